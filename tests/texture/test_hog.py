"""HOG-TOP and HIGO-TOP: their twin, ramps of known direction, what must not matter."""

import naive_texture
import numpy as np
import pytest

from mefeat import Clip
from mefeat.regions import grid_regions
from mefeat.texture import HIGOTOP, HOGTOP, higo_top, hog_top

BOTH = pytest.mark.parametrize("function", [hog_top, higo_top])


@BOTH
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("levels", [3, 256])
def test_equals_the_slow_twin(rng, function, dtype, levels):
    volume = rng.integers(0, levels, (7, 12, 11)).astype(dtype)
    regions = rng.integers(-1, 3, (12, 11))
    fast = function(volume, regions, norm=None, n_times=2)
    slow = naive_texture.orientations(
        volume, regions, weighted=function is hog_top, n_times=2
    )
    np.testing.assert_allclose(fast, slow, rtol=1e-6)
    assert fast.shape == (6, 3, 8)


def test_many_rows_are_cut_into_pieces_without_a_seam(rng):
    volume = rng.integers(0, 256, (3, 150, 90)).astype(np.uint8)
    slow = naive_texture.orientations(volume, weighted=False)
    np.testing.assert_array_equal(higo_top(volume, norm=None), slow)


@pytest.mark.parametrize("b", range(8))
@pytest.mark.parametrize("turn", [-22, 0, 22])
def test_ramps_of_known_direction_fall_into_their_bin(b, turn):
    angle = np.radians(45 * b + turn)
    t, y, x = np.mgrid[:4, :6, :6]
    first, second = np.cos(angle), np.sin(angle)
    for plane, ramp in [
        ("xy", first * x - second * y),
        ("xt", first * x + second * t),
        ("yt", first * t - second * y),
    ]:
        counts = higo_top(100 * ramp, planes=(plane,), norm=None)[0, 0]
        assert counts[b] == counts.sum() == 2 * 4 * 4
        sums = hog_top(100 * ramp, planes=(plane,), norm=None)[0, 0]
        assert sums[b] == pytest.approx(200 * 32)


@BOTH
def test_without_a_gradient_nothing_is_counted(function):
    assert not function(np.full((3, 9, 9), 7, np.uint8)).any()
    still = np.repeat(np.arange(81.0).reshape(1, 9, 9), 3, axis=0)
    xt = function(still)[0, 1]
    assert np.flatnonzero(xt).tolist() == [0]


@BOTH
def test_brightness_and_contrast_do_not_matter(rng, function):
    volume = rng.uniform(0, 100, (5, 12, 12)).astype(np.float32)
    np.testing.assert_array_equal(function(2 * volume), function(volume))
    whole = np.round(volume)
    np.testing.assert_array_equal(function(2 * whole + 16), function(whole))


@BOTH
def test_mirrored_and_reversed_clips(rng, function):
    volume = rng.integers(0, 256, (6, 12, 11)).astype(np.float64)
    flip, back = [(4 - b) % 8 for b in range(8)], [-b % 8 for b in range(8)]
    plain = function(volume)[0]
    mirrored, late = function(volume[:, :, ::-1])[0], function(volume[::-1])[0]
    np.testing.assert_allclose(mirrored[:2, flip], plain[:2], rtol=1e-12)
    np.testing.assert_allclose(mirrored[2], plain[2], rtol=1e-12)
    np.testing.assert_allclose(late[0], plain[0], rtol=1e-12)
    np.testing.assert_allclose(late[1, back], plain[1], rtol=1e-12)
    np.testing.assert_allclose(late[2, flip], plain[2], rtol=1e-12)


@pytest.mark.parametrize(
    ("describe", "function"), [(HOGTOP, hog_top), (HIGOTOP, higo_top)]
)
def test_names_say_block_plane_and_orientation(rng, describe, function):
    clip = Clip(frames=rng.integers(0, 256, (8, 12, 14)).astype(np.uint8))
    hog = describe(grid=(2, 2, 2), planes=("xt", "yt"))
    row, names = hog.describe(clip), hog.feature_names()
    assert len(row) == len(names) == 8 * 2 * 8
    regions = grid_regions((12, 14), (2, 2))
    sums = function(clip.frames, regions, planes=("xt", "yt"), n_times=2)
    assert row[names.index("t1_r0_c1_yt_deg225")] == sums[5, 1, 5]


@BOTH
def test_bad_arguments_are_named(function):
    with pytest.raises(ValueError, match="at least 3 frames of 3x3 pixels, got 2 of"):
        function(np.zeros((2, 9, 9)))
    with pytest.raises(ValueError, match="frame 0 of 3 holds NaN"):
        function(np.full((3, 9, 9), np.nan))
    with pytest.raises(ValueError, match="planes must be among"):
        function(np.zeros((3, 9, 9)), planes=("xy", "zz"))
    with pytest.raises(ValueError, match="blocks of 2x2 pixels are smaller than"):
        HOGTOP(grid=(4, 4)).describe(Clip(frames=np.zeros((3, 9, 9))))
