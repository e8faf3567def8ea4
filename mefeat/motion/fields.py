"""Flow fields as kernels take them, and bins of orientation."""

import operator
from functools import lru_cache

import numpy as np

from mefeat.flow.alignment import checked_flow
from mefeat.regions import grid_regions


def checked_fields(flow):
    """Check a flow and make it an array of fields.

    Parameters
    ----------
    flow : ndarray of shape ([n_pairs,] 2, height, width)
        Flow (u, v), pixels.

    Returns
    -------
    fields : ndarray of shape (n_pairs, 2, height, width)
        The same, read-only, C-contiguous, float32 or float64; one pair if there was no
        such axis.
    single : bool
        Whether there was none.

    Raises
    ------
    ValueError
        If it has another shape or is not finite.

    Examples
    --------
    >>> fields, single = checked_fields(np.zeros((2, 4, 4)))
    >>> fields.shape, single
    ((1, 2, 4, 4), True)
    """
    flow = np.ascontiguousarray(checked_flow(flow))
    if not np.isfinite(flow).all():
        raise ValueError("flow must be finite.")
    fields = flow.reshape(-1, *flow.shape[-3:])
    fields.flags.writeable = False  # numba compiles read-only arrays apart
    return fields, flow.ndim == 3


def checked_grid(grid):
    """Check a grid of blocks.

    Parameters
    ----------
    grid : sequence of int
        Number of rows and columns.

    Returns
    -------
    tuple of int
        The same.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> checked_grid([5, 4])
    (5, 4)
    """
    grid = tuple(operator.index(n) for n in grid)
    if len(grid) != 2 or min(grid) < 1:
        raise ValueError(f"grid must be (rows, columns), got {grid}.")
    return grid


@lru_cache(maxsize=16)
def block_regions(size, grid):
    """Make a map of blocks, once for all clips of a size.

    Parameters
    ----------
    size : tuple of int
        Height and width of the pictures.
    grid : tuple of int
        Number of rows and columns.

    Returns
    -------
    ndarray of shape (height, width), intp
        As `mefeat.regions.grid_regions`, read-only.

    Examples
    --------
    >>> block_regions((1, 4), (1, 2)).tolist()
    [[0, 0, 1, 1]]
    """
    regions = grid_regions(size, grid)
    regions.flags.writeable = False
    return regions


def flat_pixels(*arrays):
    """Make one axis of the two of pictures.

    Parameters
    ----------
    *arrays : ndarray of shape (..., height, width)
        Fields, or maps of regions.

    Returns
    -------
    list of ndarray of shape (..., height * width)
        The same, read-only.

    Examples
    --------
    >>> [a.shape for a in flat_pixels(np.zeros((3, 2, 4, 5)), np.zeros((1, 4, 5)))]
    [(3, 2, 20), (1, 20)]
    """
    flat = [np.ascontiguousarray(a).reshape(*a.shape[:-2], -1).view() for a in arrays]
    for array in flat:
        array.flags.writeable = False  # numba compiles read-only arrays apart
    return flat


@lru_cache(maxsize=32)
def orientation_bins(n_bins, start):
    """Tabulate equal bins of the full circle for the kernels.

    Parameters
    ----------
    n_bins : int
        Number of bins.
    start : float
        Where bin 0 begins, in bins from angle 0: -0.5 centers it there.

    Returns
    -------
    edges : ndarray of shape (2, n_edges, 2)
        Edges as unit vectors: of the upper half-plane, and of the lower one turned by
        pi. NaN fills up: no vector lies beyond it.
    bins : ndarray of shape (2, n_edges + 1)
        Bin by half-plane and number of edges passed.

    Examples
    --------
    >>> edges, bins = orientation_bins(4, -0.5)
    >>> bins.tolist()
    [[0, 1, 2], [2, 3, 0]]
    """
    angles = (np.arange(n_bins) + start) * (2 * np.pi / n_bins) % (2 * np.pi)
    # Sines and cosines of the same angle must agree, or its vector may miss its bin.
    x, y = np.cos(angles).round(15), np.sin(angles).round(15)
    lower = (y < 0) | ((y == 0) & (x < 0))
    n_edges = max(lower.sum(), (~lower).sum())
    edges = np.full((2, n_edges, 2), np.nan)
    bins = np.zeros((2, n_edges + 1), dtype=np.intp)
    for side, here in enumerate([~lower, lower]):
        sign = 1 - 2 * side
        order = np.flatnonzero(here)
        order = order[np.argsort(np.arctan2(sign * y, sign * x)[order])]
        edges[side, : len(order)] = np.stack([sign * x, sign * y], axis=1)[order]
        if len(order):
            bins[side, 1 : len(order) + 1] = order
    # Before its first edge a half-plane is in the last bin of the other one.
    bins[0, 0] = bins[1, lower.sum()] if lower.any() else bins[0, (~lower).sum()]
    bins[1, 0] = bins[0, (~lower).sum()]
    for array in (edges, bins):
        array.flags.writeable = False
    return edges, bins


@lru_cache(maxsize=32)
def mirrored_bins(n_bins):
    """Tabulate equal bins of the right half circle, turned by pi / 2, for the kernels.

    Parameters
    ----------
    n_bins : int
        Number of bins.

    Returns
    -------
    edges : ndarray of shape (1, n_bins - 1, 2)
        Edges between bins as unit vectors.
    bins : ndarray of shape (1, n_bins)
        Bin by number of edges passed.

    Examples
    --------
    >>> mirrored_bins(2)[0].tolist()
    [[[0.0, 1.0]]]
    """
    angles = np.arange(1, n_bins) * np.pi / n_bins
    edges = np.stack([np.cos(angles), np.sin(angles)], axis=1).round(15)[None]
    bins = np.arange(n_bins)[None]
    edges = edges + 0.0  # no negative zeros
    for array in (edges, bins):
        array.flags.writeable = False
    return edges, bins
