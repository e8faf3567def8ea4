"""Region maps and their runs."""

import naive
import numpy as np
import pytest

from mefeat.regions import (
    check_regions,
    edges,
    grid_regions,
    region_runs,
    separate_regions,
    time_blocks,
)


@pytest.mark.parametrize("grid", [(1, 1), (8, 8), (5, 3), (17, 14)])
def test_grid_equals_the_slow_twin(grid):
    ours = grid_regions((17, 14), grid)
    np.testing.assert_array_equal(ours, naive.grid_regions((17, 14), grid))
    assert ours.max() == grid[0] * grid[1] - 1


def test_edges_and_times_cover_everything():
    assert edges(7, 7).tolist() == list(range(8))
    assert time_blocks(7, 3, 0).tolist() == [0, 0, 1, 1, 1, 2, 2]
    assert time_blocks(3, 1, 2).tolist() == [-1, -1, -1]


@pytest.mark.parametrize("margin", [0, 1, 3])
def test_runs_paint_the_map_again(rng, margin):
    regions = rng.integers(-1, 3, (2, 13, 11))
    painted = np.full((13, 11, 3), 0)
    for y, start, stop, region in region_runs(regions, margin):
        painted[y, start:stop, region] += 1
    expected = np.stack([(regions == r).sum(axis=0) for r in range(3)], axis=-1)
    inside = np.zeros((13, 11, 1), int)
    inside[margin : 13 - margin, margin : 11 - margin] = 1
    np.testing.assert_array_equal(painted, expected * inside)
    rows = region_runs(regions, margin)[:, 0]
    assert (np.diff(rows) >= 0).all()


def test_overlapping_blocks_share_what_was_asked():
    # A side of 10 / (3 - 2 * 0.5) = 5, so blocks begin at 0, 2 (2.5 cut) and 5.
    maps = separate_regions((5, 10), (1, 3), overlap=0.5)
    columns = [np.flatnonzero(m[0] >= 0).tolist() for m in maps]
    assert columns == [[0, 1, 2, 3, 4], [2, 3, 4, 5, 6], [5, 6, 7, 8, 9]]
    assert [m.max() for m in maps] == [0, 1, 2]


def test_check_regions():
    regions, n_regions = check_regions(None, (3, 4))
    assert regions.shape == (1, 3, 4)
    assert n_regions == 1
    assert check_regions(np.array([[0, 5]], np.uint8), (1, 2))[1] == 6


def test_bad_grids_are_named():
    with pytest.raises(ValueError, match="grid of 3x9 blocks does not fit .* 5x5"):
        grid_regions((5, 5), (3, 9))
    with pytest.raises(ValueError, match="nothing left within a margin of 2"):
        separate_regions((8, 8), (2, 2), margin=2)
    with pytest.raises(ValueError, match="n_times must be"):
        time_blocks(3, 4, 0)
