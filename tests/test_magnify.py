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
from mefeat.kernels.temporal import band_step
from mefeat.magnify import (
    EulerianMagnification,
    GlobalLagrangianMagnification,
    about_mean_shape,
    band_factors,
    carry,
    eulerian_magnification,
    exaggerate,
    magnify_stream,
    motion_courses,
    reference_flow,
)
from mefeat.magnify.bands import amplifier
from mefeat.magnify.filters import FILTERS
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


@pytest.mark.parametrize("frequency", [1.0, 6.0, 8.0, 20.0, 30.0])
@pytest.mark.parametrize("wavelength", [40, 64])
@pytest.mark.parametrize("name", FILTERS)
def test_gain_of_a_small_sine_of_motion(name, wavelength, frequency):
    t = np.arange(300)
    shifts = 0.05 * np.sin(2 * np.pi * frequency * t / FPS)
    out = eulerian_magnification(grating(shifts, wavelength), **options(name))
    pattern = slope(wavelength)
    found = np.tensordot(out, pattern, 2) / np.vdot(pattern, pattern)
    late = slice(100, 300)  # whole periods, after the transient
    wave = np.exp(-2j * np.pi * frequency * t / FPS)
    gain = np.abs(2 * (found * wave)[late].mean()) / 0.05
    amplified = share(pattern, band_factors((170, 140)))
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
    picture = rng.normal(size=(2, *size)).astype(dtype)
    found = amplifier(picture, 20, 5)(picture)
    factors = band_factors(size, alpha=20, cutoff=5)
    slow = [naive.weighted(plane, factors) for plane in picture.astype(float)]
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
    picture = rng.uniform(0, 255, (1, 60, 52)).astype(np.float32)
    still = picture.repeat(12, axis=0)
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
        for picture in magnify_stream(frames, **options(name)):
            assert picture.shape == (120, 100, 3)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak(3)  # what is compiled or tabulated once
    short, long = peak(10), peak(400)
    assert long < short + 20_000  # of 144,000 bytes that one floating picture takes


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


def test_bad_pictures_are_named():
    with pytest.raises(ValueError, match="got shape .8, 8."):
        eulerian_magnification(np.zeros((8, 8)))
    with pytest.raises(ValueError, match="got shape .8, 8, 4."):
        list(magnify_stream([np.zeros((8, 8, 4))]))
    with pytest.raises(ValueError, match=r"frame 1 must have shape \(8, 8\)"):
        list(magnify_stream([np.zeros((8, 8)), np.zeros((8, 9))]))


# Global Lagrangian magnification

SIZE = (80, 72)
CENTER = (40.0, 36.0)


def bump(width=13.0):
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    squares = (y - CENTER[0]) ** 2 + (x - CENTER[1]) ** 2
    return np.exp(-squares / (2 * width**2))


def scene(amplitude, direction=(1.0, 0.5)):
    """A blob on a texture, moved by a known bump of displacement."""
    field = np.stack([amplitude * d * bump() for d in direction])
    x, y = naive.fixed_point(field, 60)
    blob = np.exp(-((x - CENTER[1]) ** 2 + (y - CENTER[0]) ** 2) / (2 * 4**2))
    return 100 + 25 * np.sin(x / 5) * np.cos(y / 6) + 100 * blob


def course(n_frames=9):
    wave = np.sin(2 * np.pi * np.arange(n_frames) / n_frames)
    return 1.5 * (wave - wave.mean())


def true_solver(frames, amplitudes, direction=(1.0, 0.5)):
    """Make a solver that knows how each frame was moved from the mean shape."""
    fields = [np.stack([a * d * bump() for d in direction]) for a in amplitudes]

    def solve(first, second):
        i, j = (
            int(np.argmin([np.abs(f - p).sum() for f in frames]))
            for p in (first, second)
        )
        points = naive.fixed_point(fields[i], 60)
        return naive.sample(fields[j] - fields[i], points).astype(np.float32)

    return solve


def place(frames):
    """Place of the blob, by the center of what is bright."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    light = np.maximum(frames - 150, 0)
    total = light.sum(axis=(1, 2))
    return np.stack([(light * c).sum(axis=(1, 2)) / total for c in (x, y)], axis=1)


@pytest.fixture(scope="module")
def moving():
    return np.stack([scene(a) for a in course()]).astype(np.float32)


@pytest.mark.parametrize("onset", [0, 4])
def test_a_blob_moves_alpha_times_as_far_about_its_mean_place(moving, onset):
    clip = Clip(frames=moving, onset=onset)
    solver = true_solver(moving, course())
    stage = GlobalLagrangianMagnification(3, solver=solver, smoothing=0)
    out = stage.apply(clip)
    truth = np.stack([scene(3 * a) for a in course()])
    # Each picture is sampled bilinearly once: the texture's curvature is what is lost.
    assert np.abs(out.frames - truth).max() < 2.5
    np.testing.assert_allclose(place(out.frames), place(truth), atol=0.05)
    far = np.ptp(place(out.frames), axis=0) / np.ptp(place(moving), axis=0)
    np.testing.assert_allclose(far, 3, rtol=0.05)


@pytest.mark.parametrize("solver", ["dis", "farneback"])
def test_a_blob_moves_further_by_a_real_solver_too(moving, solver):
    out = GlobalLagrangianMagnification(3, solver=solver).apply(Clip(frames=moving))
    far = np.ptp(place(out.frames), axis=0) / np.ptp(place(moving), axis=0)
    np.testing.assert_allclose(far, 3, rtol=0.2)


@pytest.mark.parametrize("solver", ["dis", "farneback"])
def test_alpha_one_with_all_components_gives_the_clip_back(moving, solver):
    clip = Clip(frames=moving, landmarks=np.full((9, 5, 2), 30.0))
    stage = GlobalLagrangianMagnification(1, components=None, solver=solver)
    out = stage.apply(clip)
    np.testing.assert_allclose(out.frames, moving, atol=1e-2)
    np.testing.assert_allclose(out.landmarks, clip.landmarks, atol=1e-3)


def test_a_motion_of_rank_one_has_one_component(rng):
    waves = rng.normal(size=(10, 3))
    waves -= waves.mean(axis=0)
    waves = np.linalg.qr(waves)[0]
    shapes = np.linalg.qr(rng.normal(size=(200, 3)))[0].T
    one = waves[:, :1] * 5 @ shapes[:1]
    assert motion_courses(one, None).shape == (10, 1)
    three = waves * [10, 3, 1] @ shapes  # variances 100 : 9 : 1
    assert motion_courses(three, 0.9).shape == (10, 1)
    assert motion_courses(three, 0.95).shape == (10, 2)
    assert motion_courses(three, None).shape == (10, 3)
    assert motion_courses(three, 7).shape == (10, 3)
    assert motion_courses(0 * three, None).shape == (10, 0)
    courses = motion_courses(three, 2)
    np.testing.assert_allclose(np.abs(courses.T @ waves[:, :2]), np.eye(2), atol=1e-12)
    single = motion_courses(one.astype(np.float32), None)
    assert single.shape == (10, 1)


def test_noise_beside_the_main_motion_is_dropped(rng):
    wave = course()[:, None, None, None] * np.stack([bump(), 0 * bump()])
    noise = rng.normal(size=wave.shape) * 0.02
    kept = exaggerate(wave + noise - noise.mean(axis=0), alpha=1, components=1)
    assert np.abs(kept - wave).mean() < 0.5 * np.abs(noise).mean()


def smooth_flow(rng, n_frames=6):
    flow = rng.normal(size=(n_frames, 2, *SIZE))
    flow = np.stack(
        [[cv2.GaussianBlur(f, (0, 0), 8) for f in fields] for fields in flow]
    )
    flow *= 1.5 / flow.std()
    flow[0] = 0
    return flow


def test_equals_the_slow_twin(rng):
    flow = smooth_flow(rng)
    before = about_mean_shape(flow)
    np.testing.assert_allclose(before, naive.about_mean_shape(flow), atol=1e-3)
    np.testing.assert_allclose(before.mean(axis=0), 0, atol=1e-12)
    after = exaggerate(before, alpha=2, components=3)
    np.testing.assert_allclose(after, naive.exaggerate(before, 2, 3), atol=1e-9)
    frames = cv2.GaussianBlur(rng.uniform(0, 255, SIZE), (0, 0), 2)[None].repeat(6, 0)
    solver = iter(flow[1:].astype(np.float32))
    frames += np.arange(6)[:, None, None] * 1e-3  # the solver is asked for each
    out = GlobalLagrangianMagnification(
        2, 3, solver=lambda first, second: next(solver), smoothing=0
    ).apply(Clip(frames=frames))
    np.testing.assert_allclose(out.frames, naive.warp(frames, before, after), atol=2e-2)


def test_points_are_carried_from_one_shape_to_the_other(rng):
    start, end = smooth_flow(rng)[1:3]
    rest = rng.uniform(10, 60, (20, 2))
    before, after = (
        rest + naive.sample(field, rest.T[:, None])[:, 0].T for field in (start, end)
    )
    np.testing.assert_allclose(carry(before, start, end), after, atol=1e-3)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_points_that_are_nowhere_are_carried_nowhere(wrong):
    fields = np.ones((2, 9, 9))
    carried = carry(np.array([[wrong, 4.0], [4.0, 4.0]]), fields, 2 * fields)
    assert np.isnan(carried[0]).all()
    assert carried[1] == pytest.approx([5, 5])


def test_landmarks_move_with_the_picture(moving):
    solver = true_solver(moving, course())
    rest = np.stack(np.meshgrid([22.0, 36.0, 41.0], [33.0, 40.0]), -1).reshape(-1, 2)
    field = np.stack([bump(), 0.5 * bump()])
    moved = naive.sample(field, rest.T[:, None])[:, 0].T
    landmarks = rest + course()[:, None, None] * moved
    clip = Clip(frames=moving, landmarks=landmarks, apex=3, fps=100)
    stage = GlobalLagrangianMagnification(3, solver=solver, smoothing=0)
    out = stage.apply(clip)
    expected = rest + 3 * course()[:, None, None] * moved
    np.testing.assert_allclose(out.landmarks, expected, atol=0.02)
    assert (out.apex, out.fps) == (3, 100)


def test_flow_from_the_reference_is_smoothed():
    frames = np.zeros((3, 32, 32), np.uint8)
    frames[1] = 1
    spike = np.zeros((2, 32, 32), np.float32)
    spike[0, 16, 16] = 1
    flow = reference_flow(frames, solver=lambda first, second: spike)
    assert flow[[0, 2]].max() == 0
    assert 0.1 < flow[1].max() < 0.2  # 1 / (2 pi)
    assert flow[1].sum() == pytest.approx(1, abs=1e-3)


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

    def small(picture):
        picture = np.asarray(picture, np.float32)
        return cv2.resize(picture, (90, 72), interpolation=cv2.INTER_AREA)

    def motion(frames):
        small_ones = np.stack([small(frame) for frame in frames])
        flow = reference_flow(small_ones, solver="farneback", smoothing=0)[1:]
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
