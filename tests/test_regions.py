"""Region maps and their runs."""

import naive
import numpy as np
import pytest

from mefeat.regions import (
    check_regions,
    edges,
    grid_regions,
    region_bases,
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
@pytest.mark.parametrize(("n_places", "dtype"), [(256, np.uint16), (65536, np.uint32)])
def test_bases_lead_to_the_region_or_aside(rng, margin, n_places, dtype):
    regions = rng.integers(-1, 3, (2, 13, 11))
    bases = region_bases(regions, 3, n_places, (margin, 2))
    assert bases.dtype == dtype
    expected = np.where(regions < 0, 3, regions)
    border = np.ones((13, 11), bool)
    border[margin : 13 - margin, 2:9] = False
    expected[:, border] = 3
    np.testing.assert_array_equal(bases.reshape(2, 13, 11), expected * n_places)


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
    with pytest.raises(ValueError, match=r"\(rows, columns\), got \(2, 2, 2\)"):
        grid_regions((5, 5), (2, 2, 2))
    for overlap in (-0.1, 1.0):
        with pytest.raises(ValueError, match="overlap must be from 0 to below 1, got"):
            separate_regions((5, 5), (2, 2), overlap=overlap)
    with pytest.raises(ValueError, match="grid of 3x9 blocks does not fit .* 5x5"):
        grid_regions((5, 5), (3, 9))
    with pytest.raises(ValueError, match="nothing left within a margin of 2"):
        separate_regions((8, 8), (2, 2), margin=2)
    with pytest.raises(ValueError, match="n_times must be"):
        time_blocks(3, 4, 0)
    assert time_blocks(10, 6, 1).tolist() == [-1, 0, 1, 2, 2, 3, 3, 4, 5, -1]
    with pytest.raises(ValueError, match="of 9 blocks of 10 frames the first or last"):
        time_blocks(10, 9, 1)
