"""HOOF: histograms of oriented optical flow."""

import numpy as np

from mefeat.base import Descriptor
from mefeat.base._steps import need_flow, whole
from mefeat.kernels._orientation import orientation_histograms
from mefeat.motion._fields import (
    bin_names,
    block_regions,
    checked_fields,
    flat_pixels,
    mirrored_bins,
    orientation_bins,
)
from mefeat.regions import check_grid, check_regions, time_blocks


def hoof(flow, regions=None, *, n_bins=8, symmetric=True):
    """Histogram the orientations of flow vectors, weighted by their lengths.

    Parameters
    ----------
    flow : ndarray of shape ([n_pairs,] 2, height, width)
        Flow (u, v), u to the right and v down, pixels.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none. One region by default.
    n_bins : int, default=8
        Number of bins.
    symmetric : bool, default=True
        True mirrors vectors to the right half-plane, with equal bins from straight up
        to straight down (as angles -pi / 2 to pi / 2, both included); False takes the
        full circle, with bins centered on the multiples of 2 pi / n_bins.

    Returns
    -------
    ndarray of shape ([n_pairs,] n_regions, n_bins), float64
        Histograms, each of sum 1; zeros where nothing moves.

    Raises
    ------
    ValueError
        If the flow has another shape or is not finite, or `n_bins` is below 1.

    Notes
    -----
    `symmetric=True` is the original, made for people who walk to the left or to the
    right. The authors' code drops the angle pi / 2 itself; here it belongs to the last
    bin.

    References
    ----------
    R. Chaudhry, A. Ravichandran, G. Hager, R. Vidal, "Histograms of oriented optical
    flow and Binet-Cauchy kernels on nonlinear dynamical systems for the recognition of
    human actions", CVPR 2009. https://doi.org/10.1109/CVPR.2009.5206821

    Examples
    --------
    One pixel moves to the right by 3, one to the left by 1:

    >>> flow = np.array([[[3.0, -1.0]], [[0.0, 0.0]]])
    >>> hoof(flow, n_bins=4, symmetric=False).tolist()
    [[0.75, 0.0, 0.25, 0.0]]
    >>> hoof(flow, n_bins=4).tolist()
    [[0.0, 0.0, 1.0, 0.0]]
    """
    if n_bins < 1:
        raise ValueError(f"n_bins must be at least 1, got {n_bins}.")
    fields, single = checked_fields(flow)
    regions, n_regions = check_regions(regions, fields.shape[2:])
    tables = mirrored_bins(n_bins) if symmetric else orientation_bins(n_bins, -0.5)
    out = np.zeros((len(fields), n_regions, n_bins))
    orientation_histograms(*flat_pixels(fields, regions), *tables, bool(symmetric), out)
    total = out.sum(axis=2, keepdims=True)
    out /= np.where(total > 0, total, 1)
    return out[0] if single else out


class HOOF(Descriptor):
    """HOOF of blocks of the face, averaged over the pairs of frames of a block of time.

    Parameters
    ----------
    grid : tuple of int, default=(1, 1)
        Numbers of rows and columns of blocks, and perhaps of blocks along time, cut by
        rounding over all pairs.
    n_bins : int, default=8
        Number of bins.
    symmetric : bool, default=True
        Whether left and right count alike, see `hoof`.

    See Also
    --------
    hoof : The function on arrays, with the details.

    Notes
    -----
    Takes the flow of any pairs. `to="apex"` gives the "HOOF onset-apex" of the
    literature.

    References
    ----------
    R. Chaudhry, A. Ravichandran, G. Hager, R. Vidal, "Histograms of oriented optical
    flow and Binet-Cauchy kernels on nonlinear dynamical systems for the recognition of
    human actions", CVPR 2009. https://doi.org/10.1109/CVPR.2009.5206821

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> clips = example_clips(1)  # all moves to the right
    >>> HOOF(n_bins=4, symmetric=False).transform(clips).round(9).tolist()
    [[1.0, 0.0, 0.0, 0.0]]
    """

    _parameter_constraints: dict = {
        "grid": [tuple, list],
        "n_bins": [whole(1)],
        "symmetric": ["boolean"],
    }

    def __init__(self, grid=(1, 1), *, n_bins=8, symmetric=True):
        self.grid = grid
        self.n_bins = n_bins
        self.symmetric = symmetric

    def describe(self, clip):
        """Describe a clip.

        Gives histograms, block by block; time is slowest.
        """
        flow = need_flow(clip, self)
        rows, columns, n_times = check_grid(self.grid)
        regions = block_regions(flow.shape[2:], (rows, columns))
        histograms = hoof(flow, regions, n_bins=self.n_bins, symmetric=self.symmetric)
        times = time_blocks(len(flow), n_times, margin=0)
        means = [histograms[times == t].mean(axis=0) for t in range(n_times)]
        return np.concatenate(means).ravel()

    def feature_names(self):
        """Name block and bin of each number."""
        return bin_names(self.grid, self.n_bins)
