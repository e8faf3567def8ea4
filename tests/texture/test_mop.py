"""LBP-MOP: its twin, its sums, and images whose codes are known."""

import naive_texture
import numpy as np
import pytest

from mefeat import Clip
from mefeat.texture import LBPMOP, lbp_mop


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
@pytest.mark.parametrize(
    ("grid", "radius"),
    [((1, 1), (1, 1, 1)), ((2, 3), (1, 1, 2)), ((2, 1, 2), (3, 1, 1))],
)
def test_equals_the_slow_twin(rng, grid, radius, dtype, interpolation):
    volume = rng.integers(0, 256, (11, 17, 26)).astype(dtype)
    options = {"radius": radius, "interpolation": interpolation, "n_points": 8}
    fast = lbp_mop(volume, grid=grid, mapping="all", norm=None, **options)
    slow = naive_texture.lbp_mop(volume, grid, **options)
    np.testing.assert_array_equal(fast.sum(axis=2), slow.sum(axis=2))
    if interpolation == "nearest":
        np.testing.assert_array_equal(fast, slow)
    else:  # near ties fall either way, by the order of summation
        assert np.abs(fast - slow).sum() <= 0.02 * slow.sum()


@pytest.mark.parametrize("width", [7, 64, 200, 700])
@pytest.mark.parametrize("columns", [1, 2])
def test_blocks_of_any_width_are_summed_whole(rng, width, columns):
    # Sums over x begin with pairs of neighbors: every length must come out.
    volume = rng.integers(0, 256, (5, 30, width)).astype(np.uint8)
    np.testing.assert_array_equal(
        lbp_mop(volume, grid=(1, columns)),
        lbp_mop(volume.astype(np.float64), grid=(1, columns)),
    )
    volume[:] = 255  # the largest sums there are
    counts = lbp_mop(volume, grid=(1, columns), mapping="all")
    assert (counts[..., 255] == 1).all()


def test_a_still_clip_is_flat_along_t(rng):
    image = rng.integers(0, 256, (20, 20)).astype(np.float32)
    counts = lbp_mop(np.repeat(image[None], 9, axis=0), mapping="all")[0]
    # Time neither raises nor lowers: the points before and after are ties.
    bits = np.flatnonzero(counts[1])
    assert (bits >> 2 & bits >> 6 & 1).all()
    bits = np.flatnonzero(counts[2])
    assert (bits & bits >> 4 & 1).all()


def test_mirrored_clip_has_mirrored_codes(rng):
    volume = rng.integers(0, 256, (8, 15, 16)).astype(np.uint8)
    codes = np.arange(256)
    flip = sum(((codes >> p) & 1) << (4 - p) % 8 for p in range(8))
    plain = lbp_mop(volume, mapping="all")[0]
    mirrored = lbp_mop(volume[:, :, ::-1], mapping="all")[0]
    np.testing.assert_array_equal(mirrored[:2, flip], plain[:2])
    np.testing.assert_array_equal(mirrored[2], plain[2])
    late = lbp_mop(volume[::-1], mapping="all")[0]
    np.testing.assert_array_equal(late[0], plain[0])
    np.testing.assert_array_equal(late[2, flip], plain[2])


def test_names_say_block_plane_and_code(rng):
    clip = Clip(frames=rng.integers(0, 256, (8, 12, 14)).astype(np.uint8))
    mop = LBPMOP(grid=(2, 2, 2), mapping="all")
    row, names = mop.describe(clip), mop.feature_names()
    counts = lbp_mop(clip.frames, grid=(2, 2, 2), mapping="all")
    code = int(counts[5, 2].argmax())
    assert row[names.index(f"t1_r0_c1_yt_code{code}")] == counts[5, 2, code] > 0


def test_small_blocks_are_named():
    with pytest.raises(ValueError, match="blocks of 4 frames of 2x8 .* 3 of 3x3: use"):
        lbp_mop(np.zeros((4, 4, 8)), grid=(2, 1))
    with pytest.raises(ValueError, match="frame 0 of 4 holds NaN"):
        lbp_mop(np.full((4, 4, 8), np.nan))


@pytest.mark.parametrize("axis", range(3))
def test_sums_of_long_blocks_of_bright_bytes_do_not_wrap(axis, rng):
    # Their sums lie around 2**16, more than 16 bits hold; some would begin anew.
    shape = [9, 9, 9]
    shape[axis] = 300
    volume = rng.integers(181, 256, shape).astype(np.uint8)
    sums = volume.sum(axis=axis, dtype=int)
    assert sums.min() < 2**16 < sums.max()
    assert np.array_equal(lbp_mop(volume), lbp_mop(volume.astype(np.float64)))
