"""FDM: alignment, principal directions, and blocks of space and time."""

import math

import naive_motion
import numpy as np
import pytest

from mefeat.motion import FDM, fdm
from mefeat.motion._fdm import subtract_common_motion
from mefeat.regions import edges, grid_regions
from mefeat.testing import example_clips


def field_of(vectors):
    """An image of one row."""
    return np.array(vectors, dtype=float).T[:, None, :]


# Alignment


def test_common_motion_equals_the_slow_twin(rng):
    flow = rng.normal(scale=0.2, size=(4, 2, 9, 8)).astype(np.float32)
    flow += np.array([1.5, -0.7], np.float32)[:, None, None]
    out = subtract_common_motion(flow)
    for before, after in zip(flow.reshape(8, -1), out.reshape(8, -1), strict=True):
        common = naive_motion.common_value(before)
        np.testing.assert_allclose(before - after, common, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("constant", [(0, 0), (0.7, -1.3), (0.025, 0.075), (-40, 0.1)])
def test_a_constant_on_most_pixels_is_removed(rng, dtype, constant):
    flow = rng.normal(scale=2, size=(3, 2, 20, 20)).astype(dtype)
    still = np.zeros(400, bool)
    still[rng.permutation(400)[:240]] = True
    still = still.reshape(20, 20)
    flow[:, 0, still], flow[:, 1, still] = np.array(constant, dtype)
    out = subtract_common_motion(flow)
    assert out.dtype == dtype
    assert not out[:, :, still].any()
    moved = flow - np.array(constant, dtype)[:, None, None]
    np.testing.assert_array_equal(out, moved)


def test_equally_full_bins_give_the_one_nearest_to_zero():
    flow = np.zeros((2, 1, 6))
    flow[0] = [[3, 3, -1, -1, 5, 7]]
    assert subtract_common_motion(flow)[0, 0, 0] == 4
    assert subtract_common_motion(flow)[1].tolist() == [[0] * 6]


def test_values_out_of_all_reason_do_no_harm():
    flow = np.full((2, 2, 3), 1e30)
    flow[:, 0] = -1e30
    assert np.isfinite(subtract_common_motion(flow)).all()


# Directions


@pytest.mark.parametrize("n", [1, 2, 3, 7, 10])
def test_exact_finds_the_longest_of_all_partial_sums(rng, n):
    for _ in range(20):
        vectors = rng.normal(size=(n, 2))
        found = fdm(field_of(vectors), n_times=1, method="exact", align=False)[0, 0] * n
        best = naive_motion.longest_subset_sum(vectors)
        assert math.hypot(*found) == pytest.approx(math.hypot(*best), rel=1e-9)


@pytest.mark.parametrize("n", [1, 5, 64, 150])
def test_iterative_equals_the_slow_twin(rng, n):
    for _ in range(20):
        vectors = rng.normal(size=(n, 2))
        found = fdm(field_of(vectors), n_times=1, align=False)[0, 0] * n
        np.testing.assert_allclose(found, naive_motion.iterated_sum(vectors), rtol=1e-9)


def test_exact_is_never_shorter_and_often_longer(rng):
    flow = rng.normal(size=(12, 2, 36, 36))
    regions = grid_regions((36, 36), (6, 6))
    lengths = [
        np.linalg.norm(fdm(flow, regions, method=m, align=False), axis=2)
        for m in ("iterative", "exact")
    ]
    assert (lengths[1] >= lengths[0] * (1 - 1e-12)).all()
    best = np.isclose(*lengths, rtol=1e-9)
    assert 0.2 < best.mean() < 0.8  # noise without a trend is the hardest case


def test_both_agree_where_all_vectors_point_one_way(rng):
    angle = rng.normal(2.0, 0.3, (5, 12, 12))
    flow = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    regions = grid_regions((12, 12), (2, 2))
    found = [
        fdm(flow, regions, n_times=2, method=m, align=False)
        for m in ("iterative", "exact")
    ]
    np.testing.assert_allclose(*found, rtol=1e-9)
    means = flow[:2, :, :6, :6].mean(axis=(0, 2, 3))  # rint(5 / 2) is 2
    np.testing.assert_allclose(found[0][0, 0], means)


@pytest.mark.parametrize("method", ["iterative", "exact"])
def test_vectors_behind_do_not_count(method):
    vectors = [(3, 0), (0, 1), (-1, 0), (0, 0)]
    found = fdm(field_of(vectors), n_times=1, method=method, align=False)
    np.testing.assert_allclose(found, [[[3 / 4, 1 / 4]]])


@pytest.mark.parametrize("method", ["iterative", "exact"])
def test_vectors_that_cancel_have_a_direction_all_the_same(method):
    vectors = [(1, 0), (-1, 0), (0, 0)]
    found = fdm(field_of(vectors), n_times=1, method=method, align=False)[0, 0]
    assert np.abs(found).tolist() == pytest.approx([1 / 3, 0])


@pytest.mark.parametrize("method", ["iterative", "exact"])
def test_turning_the_field_turns_the_map(rng, method):
    flow = rng.normal(0.3, 1, size=(4, 2, 8, 8))
    plain = fdm(flow, n_times=1, method=method, align=False)[0, 0]
    turned = np.stack([-flow[:, 1], flow[:, 0]], axis=1)
    found = fdm(turned, n_times=1, method=method, align=False)[0, 0]
    np.testing.assert_allclose(found, [-plain[1], plain[0]], rtol=1e-9)


@pytest.mark.parametrize("method", ["iterative", "exact"])
@pytest.mark.parametrize("unit", [True, False])
def test_without_motion_all_is_zero(method, unit):
    flow = np.zeros((4, 2, 6, 6))
    assert not fdm(flow, method=method, unit=unit).any()
    # What all pixels share is no motion of the face.
    assert not fdm(flow + 1.5, method=method, unit=unit).any()


def test_unit_vectors_keep_the_direction(rng):
    flow = rng.normal(size=(4, 2, 8, 8))
    regions = grid_regions((8, 8), (2, 2))
    plain, unit = (fdm(flow, regions, unit=u) for u in (False, True))
    length = np.linalg.norm(plain, axis=2, keepdims=True)
    np.testing.assert_allclose(unit, plain / length)


# Blocks


def test_blocks_are_cut_by_rounding_in_space_and_time(rng):
    flow = rng.normal(size=(7, 2, 13, 11)).astype(np.float32)
    regions = grid_regions((13, 11), (3, 2))
    found = fdm(flow, regions, n_times=3, method="exact", align=False)
    assert found.shape == (3, 6, 2)
    times, rows, columns = edges(7, 3), edges(13, 3), edges(11, 2)
    block = flow[times[1] : times[2], :, rows[2] : rows[3], columns[0] : columns[1]]
    vectors = np.moveaxis(block, 1, -1).reshape(1, -1, 2).transpose(2, 0, 1)
    alone = fdm(vectors, n_times=1, method="exact", align=False)
    np.testing.assert_allclose(found[1, 4], alone[0, 0])


def test_pixels_of_no_region_do_not_count_and_maps_may_overlap(rng):
    flow = rng.normal(size=(4, 2, 8, 8))
    left, right = np.full((2, 8, 8), -1)
    left[:, :5], right[:, 3:] = 0, 1
    both = fdm(flow, np.stack([left, right]), align=False)
    np.testing.assert_array_equal(both[:, 0], fdm(flow, left, align=False)[:, 0])
    np.testing.assert_array_equal(both[:, 1], fdm(flow, right, align=False)[:, 1])
    np.testing.assert_array_equal(
        fdm(flow, left, align=False)[:, 0], fdm(flow[..., :5], align=False)[:, 0]
    )


def test_descriptor_orders_time_row_column_axis(rng):
    clip = example_clips(1, pairs="previous")[0]
    clip = clip.replace(flow=rng.normal(size=clip.flow.shape).astype(np.float32))
    descriptor = FDM(grid=(2, 3, 2), method="exact")
    regions = grid_regions(clip.frames.shape[1:], (2, 3))
    found = fdm(clip.flow, regions, n_times=2, method="exact")
    row, names = descriptor.describe(clip), descriptor.feature_names()
    assert len(row) == len(names) == 24
    assert row[names.index("t1_r0_c2_y")] == found[1, 2, 1]


def test_needs_the_flow_of_consecutive_frames():
    message = r'FDM needs the flow of each frame and the next: put an OpticalFlow\(to="'
    with pytest.raises(ValueError, match=message):
        FDM().transform(example_clips(1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_times": 0}, "n_times must be 1 to the number of pairs, 3, got 0"),
        ({"n_times": 4}, "n_times must be 1 to the number of pairs, 3, got 4"),
        ({"method": "best"}, "method must be among"),
        ({"n_times": 1, "regions": np.full((4, 4), -1)}, "at least one region"),
    ],
)
def test_bad_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        fdm(np.zeros((3, 2, 4, 4)), **options)
