"""Color spaces and the Wiener filter: known colors, mixed sources, other libraries."""

import numpy as np
import pytest
import scipy.signal
from scipy.stats import kurtosis
from skimage.color import rgb2lab, rgb2luv
from sklearn.pipeline import make_pipeline

from mefeat import Clip, ClipPipeline, Read
from mefeat.base import is_stateless
from mefeat.interpolate import TemporalInterpolation
from mefeat.testing import (
    DATA_FREE_CHECKS,
    check_stage,
    estimator_checks,
    example_clips,
)
from mefeat.texture import LBPTOP, TICS, ColorSpace, WienerFilter, wiener
from mefeat.texture._color import rgb_to_lab, rgb_to_luv
from mefeat.texture._tics import tics_matrix


@pytest.fixture
def color_clips(rng):
    """Clips of random colors, which vary in all directions."""
    frames = rng.integers(0, 256, (2, 6, 20, 18, 3)).astype(np.uint8)
    return [Clip(frames=part) for part in frames]


@pytest.mark.parametrize(
    ("ours", "theirs"), [(rgb_to_lab, rgb2lab), (rgb_to_luv, rgb2luv)]
)
def test_conversions_equal_another_library(rng, ours, theirs):
    colors = rng.integers(0, 256, (40, 30, 3)).astype(np.uint8)
    colors[0, :8] = np.array(np.meshgrid([0, 255], [0, 255], [0, 255])).T.reshape(8, 3)
    np.testing.assert_allclose(ours(colors), theirs(colors), atol=0.05)


@pytest.mark.parametrize("convert", [rgb_to_lab, rgb_to_luv])
def test_gray_has_no_color_at_all(convert):
    gray = np.repeat(np.arange(256.0)[:, None], 3, axis=1)
    converted = convert(gray)
    assert not converted[:, 1:].any()
    assert (np.diff(converted[:, 0]) > 0).all()


@pytest.mark.parametrize("space", ["lab", "luv"])
def test_color_space_is_a_stage_within_0_and_255(space):
    clips = example_clips(2, color=True)
    check_stage(ColorSpace(space), clips)
    corners = np.array(np.meshgrid([0, 255], [0, 255], [0, 255])).T.reshape(1, 2, 4, 3)
    frames = ColorSpace(space).transform([Clip(frames=corners.astype(np.uint8))])[0]
    assert -1e-4 <= frames.frames.min() <= frames.frames.max() <= 255 + 1e-4


def test_tics_unmixes_independent_sources(rng):
    n = 40000
    sources = np.stack(
        [rng.uniform(-1, 1, n), rng.laplace(size=n), rng.exponential(size=n)], axis=1
    )
    sources = (sources - sources.mean(axis=0)) / sources.std(axis=0)
    mixing = np.array([[20.0, 5, 9], [-6, 14, 8], [4, -7, 18]])
    colors = 120 + sources @ mixing.T
    found = tics_matrix([colors[: n // 2], colors[n // 2 :]])
    gains = np.abs(found @ mixing)
    # Each row hears one source, and each source is heard by one row.
    assert sorted(gains.argmax(axis=1)) == [0, 1, 2]
    np.testing.assert_allclose(gains.max(axis=1), 1, atol=0.03)
    assert np.sort(gains, axis=1)[:, :2].max() < 0.05
    peaked = kurtosis(colors @ found.T)
    assert (np.diff(peaked) < 0).all()
    assert (found[np.arange(3), np.abs(found).argmax(axis=1)] > 0).all()


def test_tics_components_are_white_and_do_not_depend_on_the_order(rng, color_clips):
    frames = [clip.frames for clip in color_clips]
    found = tics_matrix(frames)
    colors = np.concatenate([part.reshape(-1, 3) for part in frames])
    np.testing.assert_allclose(
        np.cov(colors @ found.T, rowvar=False, ddof=0), np.eye(3), atol=1e-9
    )
    again = tics_matrix([rng.permutation(colors)])
    np.testing.assert_allclose(again, found, atol=1e-6)


def test_tics_gives_clips_within_0_and_255(color_clips):
    tics = TICS().fit(color_clips)
    out = tics.transform(color_clips)
    for clip, new in zip(color_clips, out, strict=True):
        assert new.frames.dtype == np.float32
        assert 0 <= new.frames.min() <= new.frames.max() <= 255
        unmixed = clip.frames.reshape(-1, 3) @ tics.components_.T
        for c in range(3):
            r = np.corrcoef(unmixed[:, c], new.frames[..., c].ravel())[0, 1]
            assert r == pytest.approx(1)
    # No color that exists leaves 0..255, and the range is used.
    corners = np.array(np.meshgrid([0, 255], [0, 255], [0, 255])).T.reshape(1, 2, 4, 3)
    cube = tics.transform([Clip(frames=corners.astype(np.uint8))])[0].frames
    np.testing.assert_allclose(cube.min(axis=(0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(cube.max(axis=(0, 1, 2)), 255, atol=1e-4)


def test_tics_stands_between_a_clip_pipeline_and_a_descriptor(color_clips):
    model = make_pipeline(
        ClipPipeline([Read(color=True), TemporalInterpolation(5)]),
        TICS(),
        LBPTOP(grid=(1, 1)),
    )
    rows = model.fit_transform(color_clips)
    assert rows.shape == (2, 3 * 177)
    assert not is_stateless(model)
    assert model.get_feature_names_out()[0] == "channel0_t0_r0_c0_xy_code0"
    with pytest.raises(TypeError, match="put it behind the ClipPipeline"):
        ClipPipeline([TICS()]).fit(color_clips)


@pytest.mark.parametrize("check", DATA_FREE_CHECKS)
def test_tics_is_an_estimator(check):
    getattr(estimator_checks, check)("TICS", TICS())


def test_gray_clips_are_named(color_clips):
    gray = example_clips(1)[0]
    message = r"TICS needs color, but the clip is gray, Clip\(12 frames .*color=True"
    for method in (TICS().fit, TICS().fit(color_clips).transform):
        with pytest.raises(ValueError, match=message) as caught:
            method([*color_clips, gray])
        assert caught.value.__notes__ == [f"while X[2], {gray!r}, was in TICS()"]
    with pytest.raises(ValueError, match="ColorSpace needs color, but the clip is"):
        ColorSpace().transform([gray])
    tinted = gray.replace(frames=np.repeat(gray.frames[..., None], 3, axis=3))
    with pytest.raises(ValueError, match="less than three directions"):
        TICS().fit([tinted])


@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_wiener_equals_scipy(rng, size, dtype):
    frames = rng.integers(0, 256, (2, 15, 17)).astype(dtype)
    reach = size // 2
    for frame, ours in zip(frames, wiener(frames, size), strict=True):
        near = np.pad(frame.astype(float), reach, mode="reflect")
        inside = slice(reach, -reach)
        # The noise is the mean over the frame itself, without its padding.
        square = np.ones((size, size)) / size**2
        mean = scipy.signal.convolve2d(near, square, mode="valid")
        variance = scipy.signal.convolve2d(near**2, square, mode="valid") - mean**2
        theirs = scipy.signal.wiener(near, size, noise=variance.mean())
        np.testing.assert_allclose(ours, theirs[inside, inside], rtol=1e-5, atol=1e-4)


def test_wiener_keeps_flat_patches_flat_and_noise_down(rng):
    flat = np.full((1, 9, 9), 0.1)
    assert (wiener(flat) == 0.1).all()
    noise = rng.normal(100, 5, (1, 60, 60))
    assert wiener(noise).std() < 0.6 * noise.std()
    step = noise + 100 * (np.arange(60) >= 30)
    kept = wiener(step)[0, :, 31].mean() - wiener(step)[0, :, 28].mean()
    assert kept == pytest.approx(100, abs=3)


def test_wiener_filters_channels_apart(color_clips):
    filtered = WienerFilter().transform(color_clips)[0].frames
    green = wiener(color_clips[0].frames[..., 1])
    np.testing.assert_array_equal(filtered[..., 1], green)


def test_bad_sizes_of_wiener_are_named():
    with pytest.raises(ValueError, match="size must be odd and at least 1, got 2"):
        wiener(np.zeros((1, 9, 9)), 2)
    with pytest.raises(ValueError, match="5x5 pixels do not fit frames of 9x2"):
        wiener(np.zeros((1, 9, 2)), 5)
