"""Flow fields as kernels take them, and bins of orientation."""

from functools import lru_cache

import numpy as np

from mefeat.base._steps import checked_flow
from mefeat.regions import block_names, grid_regions


def checked_fields(flow):
    """Check a flow and make it an array of fields."""
    flow = np.ascontiguousarray(checked_flow(flow))
    if not np.isfinite(flow).all():
        raise ValueError("flow must be finite.")
    fields = flow.reshape(-1, *flow.shape[-3:])
    fields.flags.writeable = False  # numba compiles read-only arrays apart
    return fields, flow.ndim == 3


@lru_cache(maxsize=16)
def block_regions(size, grid):
    """Make a map of blocks, once for all clips of a size."""
    regions = grid_regions(size, grid)
    regions.flags.writeable = False
    return regions


def bin_names(grid, n_bins):
    """Name block and bin of each number of histograms."""
    return [f"{block}_bin{k}" for block in block_names(grid) for k in range(n_bins)]


def flat_pixels(*arrays):
    """Make one axis of the two of images."""
    flat = [np.ascontiguousarray(a).reshape(*a.shape[:-2], -1).view() for a in arrays]
    for array in flat:
        array.flags.writeable = False  # numba compiles read-only arrays apart
    return flat


@lru_cache(maxsize=32)
def orientation_bins(n_bins, start):
    """Tabulate equal bins of the full circle for the kernels."""
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
    """Tabulate equal bins of the right half circle, turned by pi / 2."""
    angles = np.arange(1, n_bins) * np.pi / n_bins
    edges = np.stack([np.cos(angles), np.sin(angles)], axis=1).round(15)[None]
    bins = np.arange(n_bins)[None]
    edges = edges + 0.0  # no negative zeros
    for array in (edges, bins):
        array.flags.writeable = False
    return edges, bins
