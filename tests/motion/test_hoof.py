"""HOOF: pure directions, mirrors, edges of bins, and what it asks of clips."""

import naive_motion
import numpy as np
import pytest

from mefeat import Clip
from mefeat.motion import HOOF, hoof
from mefeat.motion._fields import orientation_bins
from mefeat.regions import grid_regions
from mefeat.testing import example_clips


def uniform(degrees, length=1.0, shape=(4, 5)):
    angle = np.radians(degrees)
    vector = length * np.array([np.cos(angle), np.sin(angle)])
    return vector[:, None, None] * np.ones(shape)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("n_bins", [1, 2, 3, 8, 9, 16, 30])
def test_equals_the_slow_twin(rng, n_bins, symmetric):
    flow = rng.normal(size=(3, 2, 13, 11)).astype(np.float32)
    flow[:, :, 2] = 0
    regions = rng.integers(-1, 4, (13, 11))
    ours = hoof(flow, regions, n_bins=n_bins, symmetric=symmetric)
    slow = [naive_motion.hoof(f, regions, n_bins, symmetric) for f in flow]
    np.testing.assert_allclose(ours, slow, atol=1e-14)


@pytest.mark.parametrize("k", range(16))
@pytest.mark.parametrize("off", [-11.2, 0, 11.2])
def test_a_pure_direction_goes_into_one_centered_bin(k, off):
    found = hoof(uniform(22.5 * k + off), n_bins=16, symmetric=False)
    np.testing.assert_allclose(found[0], np.eye(16)[k], atol=1e-15)


@pytest.mark.parametrize("n_bins", [4, 8, 16])
def test_the_lower_edge_belongs_to_a_bin(n_bins):
    # Exact multiples of 45 degrees that are edges of bins that begin at angle 0.
    edges, bins = orientation_bins(n_bins, 0)
    for k, (x, y) in enumerate([(1, 0), (1, 1), (0, 1), (-1, 1)]):
        for side, sign in enumerate([1, -1]):
            if k * n_bins % 8 == 0:
                passed = sum(e[0] * y - e[1] * x >= 0 for e in edges[side])
                assert bins[side, passed] == (k + (sign < 0) * 4) * n_bins // 8


def test_left_and_right_count_alike_if_symmetric(rng):
    flow = rng.normal(size=(2, 9, 9))
    mirrored = flow * np.array([-1, 1])[:, None, None]
    np.testing.assert_array_equal(hoof(flow), hoof(mirrored))
    assert not np.allclose(hoof(flow, symmetric=False), hoof(mirrored, symmetric=False))


def test_straight_down_is_in_the_last_symmetric_bin_and_up_in_the_first():
    flow = np.zeros((2, 3, 3))
    flow[1] = 2.5
    assert hoof(flow, n_bins=5).tolist() == [[0, 0, 0, 0, 1]]
    assert hoof(-flow, n_bins=5).tolist() == [[1, 0, 0, 0, 0]]


def test_lengths_are_the_weights():
    flow = np.zeros((2, 1, 3))
    flow[0] = [3, 0, -1]
    assert hoof(flow, n_bins=4, symmetric=False).tolist() == [[0.75, 0, 0.25, 0]]


def test_nothing_moves_gives_zeros_and_empty_regions_too():
    regions = np.full((4, 4), 2)
    regions[0] = 0
    found = hoof(np.zeros((5, 2, 4, 4)), regions)
    assert found.shape == (5, 3, 8)
    assert not found.any()


def test_histograms_sum_to_one_by_pair_and_region(rng):
    flow = rng.normal(size=(4, 2, 20, 18))
    found = hoof(flow, grid_regions((20, 18), (3, 2)), symmetric=False)
    np.testing.assert_allclose(found.sum(axis=2), 1)
    alone = hoof(flow[2], grid_regions((20, 18), (3, 2)), symmetric=False)
    np.testing.assert_array_equal(found[2], alone)


def test_many_pixels_are_cut_into_pieces_without_a_seam(rng):
    flow = rng.normal(size=(2, 40, 60))
    whole = np.zeros((40, 60), int)
    slow = naive_motion.hoof(flow, whole, 8, False)
    np.testing.assert_allclose(hoof(flow, symmetric=False), slow, atol=1e-13)


def test_overlapping_maps_count_twice(rng):
    flow = rng.normal(size=(2, 8, 8))
    left, right = np.full((2, 8, 8), -1)
    left[:, :5], right[:, 3:] = 0, 1
    both = hoof(flow, np.stack([left, right]))
    np.testing.assert_array_equal(both[0], hoof(flow, left)[0])
    np.testing.assert_array_equal(both[1], hoof(flow, right)[1])


def test_descriptor_averages_over_the_pairs_and_names_its_numbers(rng):
    clip = example_clips(1)[0]
    clip = clip.replace(flow=rng.normal(size=clip.flow.shape).astype(np.float32))
    descriptor = HOOF(grid=(2, 3), n_bins=5, symmetric=False)
    regions = grid_regions(clip.frames.shape[1:], (2, 3))
    found = hoof(clip.flow, regions, n_bins=5, symmetric=False).mean(axis=0)
    row, names = descriptor.describe(clip), descriptor.feature_names()
    np.testing.assert_array_equal(row, found.ravel())
    assert row[names.index("t0_r1_c0_bin4")] == found[3, 4]


def test_takes_the_flow_of_any_pairs():
    for pairs in ("first", "previous", "apex"):
        row = HOOF(symmetric=False).transform(example_clips(1, pairs=pairs))
        np.testing.assert_allclose(row, [np.eye(8)[0]], atol=1e-12)


def test_names_the_missing_step():
    clip = Clip(np.zeros((3, 8, 8), np.uint8))
    message = "HOOF needs the optical flow of each clip: put an OpticalFlow step before"
    with pytest.raises(ValueError, match=message):
        HOOF().transform([clip])
    none = clip.replace(flow=np.zeros((0, 2, 8, 8)), flow_pairs=np.zeros((0, 2)))
    with pytest.raises(ValueError, match="at least one pair"):
        HOOF().transform([none])


@pytest.mark.parametrize(
    ("flow", "options", "message"),
    [
        (np.zeros((3, 4, 4)), {}, "flow must be"),
        (np.zeros((4, 4)), {}, "flow must be"),
        (np.full((2, 4, 4), np.nan), {}, "flow must be finite"),
        (np.zeros((2, 4, 4)), {"n_bins": 0}, "n_bins must be at least 1"),
        (np.zeros((2, 4, 4)), {"regions": np.zeros((3, 3), int)}, "size"),
    ],
)
def test_bad_arguments_are_named(flow, options, message):
    with pytest.raises(ValueError, match=message):
        hoof(flow, **options)


def test_bad_grids_are_named():
    with pytest.raises(ValueError, match="grid must be"):
        HOOF(grid=(2, 0)).transform(example_clips(1))
    with pytest.raises(ValueError, match="n_times must be"):
        HOOF(grid=(1, 1, 12)).transform(example_clips(1))
    with pytest.raises(ValueError, match="does not fit"):
        HOOF(grid=(100, 2)).transform(example_clips(1))


def test_blocks_of_time_keep_apart():
    clip = example_clips(1)[0]
    flow = np.zeros((4, 2, 8, 8), np.float32)
    flow[:2, 0], flow[2:, 0] = 1, -1  # to the right, then to the left
    clip = Clip(
        np.zeros((5, 8, 8), np.uint8), flow=flow, flow_pairs=clip.flow_pairs[:4]
    )
    descriptor = HOOF(grid=(1, 1, 2), n_bins=4, symmetric=False)
    assert descriptor.transform([clip]).tolist() == [[1, 0, 0, 0, 0, 0, 1, 0]]
    assert descriptor.feature_names()[4] == "t1_r0_c0_bin0"
