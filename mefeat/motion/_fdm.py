"""FDM: the facial dynamics map, one direction for each block of space and time."""

import numpy as np

from mefeat.base import Descriptor
from mefeat.base._steps import choice, need_flow
from mefeat.kernels._fdm import common_motions, principal_motions
from mefeat.motion._fields import block_regions, checked_fields, flat_pixels
from mefeat.regions import block_names, check_grid, check_regions, edges

_WIDTH = 0.05
METHODS = ("iterative", "exact")


def subtract_common_motion(flow):
    """Subtract from each field the constant that leaves most pixels motionless.

    Notes
    -----
    u and v apart, the constant is the lower median of the values in the fullest bin
    of a histogram with bins of 0.05 pixel and in its two neighbors; of equally full
    bins the one nearest to 0 is taken. A field that is constant on more than half of
    the pixels becomes 0 there, exactly.

    References
    ----------
    F. Xu, J. Zhang, J. Z. Wang, "Microexpression identification and categorization
    using a facial dynamics map", IEEE TAFFC 8(2), 2017.
    https://doi.org/10.1109/TAFFC.2016.2518162
    """
    fields, single = checked_fields(flow)
    common = np.empty((len(fields), 2))
    common_motions(*flat_pixels(fields), _WIDTH, common)
    out = fields - common[:, :, None, None].astype(fields.dtype)
    return out[0] if single else out


def fdm(flow, regions=None, *, n_times=4, method="iterative", align=True, unit=False):
    """Sum up the flow of each block of space and time along its principal direction.

    Parameters
    ----------
    flow : ndarray of shape ([n_pairs,] 2, height, width)
        Flow (u, v) of consecutive frames, pixels.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none. One region by default.
    n_times : int, default=4
        Number of segments along time, cut by rounding over all pairs.
    method : {"iterative", "exact"}, default="iterative"
        How the direction is found: step by step, as published, which may stop at a
        direction that is not the best one, or by a sweep over all.
    align : bool, default=True
        Whether the motion that most pixels share is subtracted first, pair by pair.
    unit : bool, default=False
        Whether to give the direction alone, as a vector of length 1.

    Returns
    -------
    ndarray of shape (n_times, n_regions, 2), float64
        Vectors (x, y): the sum of the flow vectors within 90 degrees of the principal
        direction, divided by the number of pixels of the block; zeros where nothing
        moves.

    Raises
    ------
    ValueError
        If the flow has another shape or is not finite, there are fewer pairs than
        segments, or an argument is out of its range.

    See Also
    --------
    subtract_common_motion : The alignment.

    Notes
    -----
    The principal direction d maximizes the sum of max(0, d . x) over the vectors x of
    the block; the sum then is their longest partial sum. "iterative" begins at the mean
    (at the longest vector where the mean is zero) and goes to the direction of the sum
    of the vectors ahead until that repeats. The value never falls, but it may end at a
    lesser one where vectors have no common trend. "exact" turns a line through all
    vectors, sorted by angle. The bins of the alignment, the division by the number of
    pixels and the order of the numbers are choices.

    References
    ----------
    F. Xu, J. Zhang, J. Z. Wang, "Microexpression identification and categorization
    using a facial dynamics map", IEEE TAFFC 8(2), 2017.
    https://doi.org/10.1109/TAFFC.2016.2518162

    Examples
    --------
    Two pixels move to the right, one to the left, one not at all:

    >>> flow = np.array([[[2.0, 2.0, -1.0, 0.0]], [[0.0, 0.0, 0.0, 0.0]]])
    >>> fdm(flow, n_times=1, align=False).tolist()
    [[[1.0, 0.0]]]
    """
    if method not in METHODS:
        raise ValueError(f"method must be among {list(METHODS)}, got {method!r}.")
    fields, _ = checked_fields(subtract_common_motion(flow) if align else flow)
    if not 1 <= n_times <= len(fields):
        raise ValueError(
            f"n_times must be 1 to the number of pairs, {len(fields)}, got {n_times}."
        )
    regions, n_regions = check_regions(regions, fields.shape[2:])
    places, starts = _places(regions, n_regions)
    out = np.zeros((n_times, n_regions, 2))
    times = edges(len(fields), n_times)
    principal_motions(
        *flat_pixels(fields), places, starts, times, method == "exact", out
    )
    if unit:
        length = np.linalg.norm(out, axis=2, keepdims=True)
        out /= np.where(length > 0, length, 1)
    return out


class FDM(Descriptor):
    """FDM of blocks of the face and segments of time.

    Parameters
    ----------
    grid : tuple of int, default=(6, 6, 4)
        Numbers of rows and columns of blocks, and of segments along time.
    method : {"iterative", "exact"}, default="iterative"
        How the principal direction is found, see `fdm`.
    align : bool, default=True
        Whether the motion that most pixels share is subtracted first.
    unit : bool, default=False
        Whether to give directions alone, as vectors of length 1.

    See Also
    --------
    fdm : The function on arrays, with the details.

    Notes
    -----
    Needs the flow of each frame to the next, `OpticalFlow(to="previous")`.

    References
    ----------
    F. Xu, J. Zhang, J. Z. Wang, "Microexpression identification and categorization
    using a facial dynamics map", IEEE TAFFC 8(2), 2017.
    https://doi.org/10.1109/TAFFC.2016.2518162

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> FDM().transform(example_clips(1, pairs="previous")).shape
    (1, 288)
    """

    pairs = "previous"

    _parameter_constraints: dict = {
        "grid": [tuple, list],
        "method": [choice(METHODS)],
        "align": ["boolean"],
        "unit": ["boolean"],
    }

    def __init__(self, grid=(6, 6, 4), *, method="iterative", align=True, unit=False):
        self.grid = grid
        self.method = method
        self.align = align
        self.unit = unit

    def describe(self, clip):
        """Describe a clip.

        Gives x and y of each block; time is slowest, then rows, then columns.
        """
        flow = need_flow(clip, self, self.pairs)
        rows, columns, n_times = check_grid(self.grid)
        return fdm(
            flow,
            block_regions(flow.shape[2:], (rows, columns)),
            n_times=n_times,
            method=self.method,
            align=self.align,
            unit=self.unit,
        ).ravel()

    def feature_names(self):
        """Name block (time, row, column) and coordinate of each number."""
        return [f"{block}_{axis}" for block in block_names(self.grid) for axis in "xy"]


def _places(regions, n_regions):
    """List the pixels of each region, and where each begins."""
    flat = regions.ravel()
    # Few values sort by counting, which numpy does for short integers.
    short = flat.astype(np.int16) if n_regions < 2**15 else flat
    order = np.argsort(short, kind="stable")
    starts = np.searchsorted(flat[order], np.arange(n_regions + 1))
    return order % (regions.shape[1] * regions.shape[2]), starts
