"""Magnification: known gains, known motions, and what must stay as it is."""

import itertools
import tracemalloc

import cv2
import naive_magnify as naive
import numpy as np
import pytest
from scipy.signal import butter, freqz

from mefeat import Clip
from mefeat.interpolate import TemporalInterpolation
from mefeat.kernels._evm import band_step
from mefeat.magnify import (
    FILTERS,
    EulerianMagnification,
    eulerian_magnification,
    magnify_stream,
)
from mefeat.magnify._eulerian import amplifier, band_factors
from mefeat.magnify._lagrangian import reference_flow
from mefeat.texture import lbp_top
from mefeat.video import read_clip

BANDS = {"iir": (0.05, 0.4), "butter": (4.0, 12.0), "ideal": (4.0, 12.0)}
FPS = 100.0


def options(name):
    low, high = BANDS[name]
    return {"filter": name, "low": low, "high": high, "fps": FPS}


def response(name, frequency):
    """Analytic response of the band pass at a frequency in hertz."""
    low, high = BANDS[name]
    z = np.exp(-2j * np.pi * frequency / FPS)
    if name == "iir":
        fast, slow = (rate / (1 - (1 - rate) * z) for rate in (high, low))
        return fast - slow
    if name == "butter":
        at = [2 * np.pi * frequency / FPS]
        fast, slow = (freqz(*butter(1, f, fs=FPS), worN=at)[1][0] for f in (high, low))
        return fast - slow
    return complex(low < frequency < high)


def grating(shifts, wavelength, size=(170, 140)):
    x = np.arange(size[1]) - np.asarray(shifts)[:, None]
    row = 128 + 60 * np.sin(2 * np.pi * x / wavelength)
    return np.repeat(row[:, None], size[0], axis=1)


def slope(wavelength, size=(170, 140)):
    """How a grating changes with its shift."""
    row = np.cos(2 * np.pi * np.arange(size[1]) / wavelength)
    return np.tile(-60 * 2 * np.pi / wavelength * row, (size[0], 1))


def share(pattern, factors):
    """Projection on a pattern of its bands, amplified."""
    return np.vdot(pattern, naive.weighted(pattern, factors)) / np.vdot(
        pattern, pattern
    )


@pytest.mark.parametrize("wavelength", [40, 64])
@pytest.mark.parametrize("name", FILTERS)
def test_gain_of_small_sines_of_motion(name, wavelength):
    frequencies, t = [1.0, 6.0, 8.0, 20.0, 30.0], np.arange(300)
    waves = np.exp(-2j * np.pi * np.outer(frequencies, t) / FPS)
    shifts = -0.05 * waves.imag.sum(axis=0)
    out = eulerian_magnification(grating(shifts, wavelength), **options(name))
    pattern = slope(wavelength)
    found = np.tensordot(out, pattern, 2) / np.vdot(pattern, pattern)
    late = slice(100, 300)  # whole periods of each, after the transient
    gains = np.abs(2 * (found * waves)[:, late].mean(axis=1)) / 0.05
    amplified = share(pattern, band_factors((170, 140)))
    for frequency, gain in zip(frequencies, gains, strict=True):
        expected = abs(1 + amplified * response(name, frequency))
        assert gain == pytest.approx(expected, rel=0.02)
        if name == "ideal":
            inside = 4 < frequency < 12
            assert gain == pytest.approx(8.3 if inside else 1, rel=0.05)


def test_factors_by_hand():
    # Wavelengths of the bands: 2.29, 4.59, 9.18, 18.4, 36.7; alpha 8 makes them
    # 2 (9 wavelength / 16 - 1), where not above 8.
    expected = [0, 2 * (9 * np.hypot(170, 140) / 48 / 16 - 1), 8, 8, 8, 0]
    np.testing.assert_allclose(band_factors((170, 140)), expected)
    assert band_factors((4, 100)).tolist() == [0]
    assert band_factors((5, 9), alpha=100).tolist() == [0, 0]
    assert (band_factors((300, 300), alpha=0.1, cutoff=200) >= 0).all()


@pytest.mark.parametrize("size", [(5, 5), (20, 31), (33, 40), (47, 64), (64, 48)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weighted_bands_equal_the_slow_twin(rng, size, dtype):
    image = rng.normal(size=(2, *size)).astype(dtype)
    found = amplifier(image, 20, 5)(image)
    factors = band_factors(size, alpha=20, cutoff=5)
    slow = [naive.weighted(plane, factors) for plane in image.astype(float)]
    assert found.dtype == dtype
    atol = 1e-12 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(found, slow, atol=atol)


def test_one_step_of_the_recursion_by_hand():
    # Input 10 + 1/2 (20 - 10) = 15; fast 5 + 0.5 (15 - 5), slow 5 + 0.1 (15 - 5).
    fast, slow, band = np.array([5.0]), np.array([5.0]), np.empty(1)
    rates = np.array([0.5, 0.5, 0.1])
    band_step(np.array([10.0]), np.array([20.0]), rates, fast, slow, band)
    assert (fast[0], slow[0], band[0]) == (10.0, 6.0, 4.0)


def slow_band_pass(name):
    low, high = BANDS[name]

    def recursive(values):
        if name == "iir":
            taps = [([rate], [1, rate - 1]) for rate in (high, low)]
        else:
            taps = [butter(1, f, fs=FPS) for f in (high, low)]
        fast, slow = (naive.low_pass(values, b, a) for b, a in taps)
        return fast - slow

    def ideal(values):
        frequencies = np.abs(np.fft.fftfreq(len(values), 1 / FPS))
        spectrum = np.fft.fft(values, axis=0)
        spectrum[(frequencies <= low) | (frequencies >= high)] = 0
        return np.fft.ifft(spectrum, axis=0).real

    return ideal if name == "ideal" else recursive


@pytest.mark.parametrize("color", [False, True], ids=["gray", "color"])
@pytest.mark.parametrize("name", FILTERS)
def test_equals_the_pyramid_of_every_frame(rng, name, color):
    shape = (13, 37, 42, 3) if color else (13, 37, 42)
    frames = rng.integers(0, 256, shape).astype(np.uint8)
    factors = band_factors((37, 42), alpha=8, cutoff=4)
    slow = naive.magnify(frames, factors, slow_band_pass(name), 0.3)
    settings = options(name) | {"cutoff": 4, "chrom_attenuation": 0.3}
    single = eulerian_magnification(frames, **settings)
    double = eulerian_magnification(frames.astype(np.float64), **settings)
    assert (single.dtype, double.dtype) == (np.float32, np.float64)
    # The rows of I and Q sum to zero in eight digits only.
    np.testing.assert_allclose(double, slow, rtol=0, atol=1e-5 if color else 1e-9)
    np.testing.assert_allclose(single, slow, rtol=0, atol=5e-3)
    assert np.abs(slow - frames).max() > 10


def test_color_without_its_change(rng):
    frames = rng.integers(0, 256, (9, 40, 40, 3)).astype(np.float64)
    out = eulerian_magnification(frames, chrom_attenuation=0)
    slow = naive.magnify(
        frames, band_factors((40, 40)), slow_band_pass("iir"), attenuation=0
    )
    np.testing.assert_allclose(out, slow, rtol=0, atol=1e-5)
    gray = np.repeat(frames[..., :1], 3, axis=-1)
    out = eulerian_magnification(gray, chrom_attenuation=1)
    alone = eulerian_magnification(np.ascontiguousarray(gray[..., 0]))
    np.testing.assert_allclose(out, alone[..., None].repeat(3, -1), atol=1e-5)


@pytest.mark.parametrize("name", FILTERS)
def test_alpha_zero_is_the_identity(rng, name):
    frames = rng.integers(0, 256, (12, 41, 38, 3)).astype(np.uint8)
    out = eulerian_magnification(frames, alpha=0, **options(name))
    np.testing.assert_allclose(out, frames, atol=1e-4)


@pytest.mark.parametrize("name", FILTERS)
def test_what_is_still_stays_to_the_last_bit(rng, name):
    image = rng.uniform(0, 255, (1, 60, 52)).astype(np.float32)
    still = image.repeat(12, axis=0)
    out = eulerian_magnification(still, alpha=50, cutoff=4, **options(name))
    assert (out == still).all()
    np.testing.assert_array_equal(lbp_top(out), lbp_top(still))
    color = rng.uniform(0, 255, (1, 33, 47, 3)).repeat(7, axis=0)
    assert (eulerian_magnification(color, alpha=50, **options(name)) == color).all()


@pytest.mark.parametrize("name", FILTERS)
def test_brightness_commutes_with_interpolation_and_magnification(rng, name):
    frames = rng.uniform(90, 120, (20, 40, 36))
    settings = options(name)
    del settings["fps"]
    steps = [TemporalInterpolation(15), EulerianMagnification(2, **settings)]
    for chain in itertools.permutations(steps):
        results = []
        for brighter in (0, 30):
            clip = Clip(frames=frames + brighter, fps=FPS)
            for step in chain:
                clip = step.apply(clip)
            results.append(clip.frames)
        assert 0 < results[0].min() < results[1].max() < 255, "clipping would hide it"
        np.testing.assert_allclose(results[1] - results[0], 30, atol=5e-3)


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (5, 5), (7, 9), (101, 67)])
@pytest.mark.parametrize("color", [False, True])
def test_any_size(rng, size, color):
    shape = (6, *size, 3) if color else (6, *size)
    frames = rng.integers(0, 256, shape).astype(np.uint8)
    out = eulerian_magnification(frames)
    assert out.shape == shape
    assert out.min() >= 0
    assert out.max() <= 255


@pytest.mark.parametrize("name", FILTERS)
def test_the_stream_gives_the_same(rng, name):
    frames = rng.integers(0, 256, (11, 40, 44)).astype(np.uint8)
    stream = list(magnify_stream(iter(frames), alpha=12, **options(name)))
    whole = eulerian_magnification(frames, alpha=12, **options(name))
    np.testing.assert_array_equal(stream, whole)
    assert list(magnify_stream(iter([]))) == []


@pytest.mark.parametrize("name", ["iir", "butter"])
def test_memory_of_a_stream_does_not_grow(name):
    def peak(n_frames):
        frames = (np.full((120, 100, 3), t % 200, np.uint8) for t in range(n_frames))
        tracemalloc.start()
        for image in magnify_stream(frames, **options(name)):
            assert image.shape == (120, 100, 3)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak(3)  # what is compiled or tabulated once
    short, long = peak(10), peak(400)
    assert long < short + 20_000  # of 144,000 bytes that one floating image takes


def test_the_stage_keeps_what_belongs_to_the_clip():
    landmarks = np.zeros((8, 68, 2))
    frames = np.zeros((8, 32, 32), np.uint8)
    clip = Clip(frames, landmarks, onset=1, apex=4, offset=7, fps=50)
    out = EulerianMagnification(filter="butter", low=2, high=8).apply(clip)
    assert (out.onset, out.apex, out.offset, out.fps) == (1, 4, 7, 50)
    np.testing.assert_array_equal(out.landmarks, landmarks)
    with pytest.raises(ValueError, match="EulerianMagnification needs the fps"):
        EulerianMagnification(filter="ideal", low=2, high=8).apply(
            clip.replace(fps=None)
        )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"filter": "box"}, "filter must be among .*iir.*, got 'box'"),
        ({"alpha": -1}, "must not be negative"),
        ({"cutoff": 0}, "cutoff must be positive"),
        ({"low": 0.5}, "smoothing factors of 'iir' must be"),
        ({"filter": "butter"}, "'butter' needs low and high, in hertz, and fps"),
        ({"filter": "ideal", "low": 1, "high": 2}, "got low 1, high 2 and fps None"),
        ({"filter": "butter", "low": 1, "high": 50, "fps": 100}, "< 50, half of the"),
        ({"filter": "ideal", "low": 9, "high": 2, "fps": 100}, "got low 9 and high 2"),
    ],
)
def test_bad_arguments_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        eulerian_magnification(np.zeros((3, 8, 8)), **settings)
    with pytest.raises(ValueError, match=message):
        magnify_stream([], **settings)


@pytest.mark.parametrize("name", FILTERS)
def test_a_stream_of_nothing_gives_nothing(name):
    low, high = (0.1, 0.4) if name == "iir" else (1, 2)
    assert list(magnify_stream([], 30, filter=name, low=low, high=high)) == []


def test_bad_images_are_named():
    with pytest.raises(ValueError, match="got shape .8, 8."):
        eulerian_magnification(np.zeros((8, 8)))
    with pytest.raises(ValueError, match="got shape .8, 8, 4."):
        list(magnify_stream([np.zeros((8, 8, 4))]))
    with pytest.raises(ValueError, match=r"frame 1 must have shape \(8, 8\)"):
        list(magnify_stream([np.zeros((8, 8)), np.zeros((8, 9))]))


@pytest.mark.parametrize(
    ("name", "mouth"),
    [("bbaf2n", (219, 156)), ("brbk7n", (222, 167)), ("id2_vcd_swwp2s", (220, 172))],
)
def test_speaking_faces(footage, name, mouth):
    """Motion of the mouth grows as expected, and by more than noise on the wall.

    The first ten frames, in which the mouth begins to open, move by a part of a pixel.
    The flow is measured at a quarter of the size, where the fine bands, which are not
    amplified, are gone.
    """
    frames = read_clip(footage / "grid" / f"{name}.mpg").frames[:10]
    settings = {"alpha": 4, "cutoff": 16}
    out = eulerian_magnification(frames, **settings)

    def small(image):
        image = np.asarray(image, np.float32)
        return cv2.resize(image, (90, 72), interpolation=cv2.INTER_AREA)

    def motion(frames):
        small_ones = np.stack([small(frame) for frame in frames])
        flow = reference_flow(small_ones, solver="farneback", smoothing_px=0)[1:]
        return np.hypot(flow[:, 0], flow[:, 1])

    y, x = mouth
    box = np.s_[(y - 18) // 4 : (y + 18) // 4, (x - 28) // 4 : (x + 28) // 4]
    wall = np.s_[5:22, 3:17]
    before, after = motion(frames), motion(out)
    # How much of a vertical motion of the mouth is amplified, at the scale at which the
    # solver looks, and the filter's gain on the course of the motion.
    pattern = np.gradient(frames[0].astype(float), axis=0)
    amplified = naive.weighted(pattern, band_factors(frames.shape[1:], **settings))
    pattern, amplified = (
        cv2.GaussianBlur(small(part), (0, 0), 1.2) for part in (pattern, amplified)
    )
    shown = np.vdot(pattern[box], amplified[box]) / np.vdot(pattern[box], pattern[box])
    mean = np.r_[0, before[(slice(None), *box)].mean(axis=(1, 2))]
    band = slow_band_pass("iir")(mean)
    expected = 1 + shown * band.sum() / mean.sum()
    in_mouth, on_wall = (
        (before[(slice(None), *part)].mean(), after[(slice(None), *part)].mean())
        for part in (box, wall)
    )
    print(f"{name}: mouth {in_mouth}, wall {on_wall}, expected factor {expected:.2f}")
    assert in_mouth[1] / in_mouth[0] == pytest.approx(expected, rel=0.15)
    assert in_mouth[1] - in_mouth[0] > 3 * (on_wall[1] - on_wall[0])
