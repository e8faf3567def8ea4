"""LBP-SIP: patterns of the six points around a voxel."""

import numpy as np

from mefeat.base import Descriptor
from mefeat.base._steps import choice, whole
from mefeat.regions import block_names
from mefeat.texture._patterns import (
    check_choices,
    check_radius,
    check_volume,
    histograms,
    pattern_counts,
    pool_blocks,
    reach,
)

_CODES = np.arange(64)
_LABELS = [f"space_code{i}" for i in range(16)] + [f"time_code{i}" for i in range(4)]


def lbp_sip(volume, regions=None, *, radius=(1, 1, 1), levels=1, norm="l1", n_times=1):
    """Histogram binary patterns with six intersection points.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values of any real dtype.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none. One region by default.
    radius : tuple of int, default=(1, 1, 1)
        Distances of the points along x, y and t, in pixels and frames.
    levels : int, default=1
        Levels of a Gaussian pyramid, halved along y and x; 1 is the volume alone.
    norm : {"l1", None}, default="l1"
        Whether the two histograms are divided by their sum.
    n_times : int, default=1
        Number of blocks along time, cut by rounding over all frames.

    Returns
    -------
    ndarray of shape (n_times * n_regions, levels, 20), float64
        Per block and level 16 numbers of the spatial code and 4 of the temporal code;
        time is slowest.

    Raises
    ------
    ValueError
        If a level is too small for the radii, or an argument is out of its range.

    Notes
    -----
    Bits 0 to 3 of the spatial code are the points right, above, left and below, in the
    order of a ring of four points; bits 0 and 1 of the temporal code are the frames
    before and after. A bit is set where the point is not below the center. Pixel
    (y, x) of a level shows (2 y, 2 x) of the one before, and belongs to its region.

    References
    ----------
    Y. Wang, J. See, R. C.-W. Phan, Y.-H. Oh, "LBP with six intersection points:
    reducing redundant information in LBP-TOP for micro-expression recognition", ACCV
    2014. https://doi.org/10.1007/978-3-319-16865-4_34

    Examples
    --------
    The center is brighter than the point at its right (bit 0) and the frame before:

    >>> volume = np.zeros((3, 3, 3))
    >>> volume[1, 1, 2] = volume[0, 1, 1] = -1
    >>> np.flatnonzero(lbp_sip(volume)[0, 0]).tolist()
    [14, 18]
    """
    volume, radius = check_volume(volume), check_radius(radius)
    check_choices(norm=(norm, ["l1", None]))
    if levels < 1:
        raise ValueError(f"levels must be at least 1, got {levels}.")
    right, below, after = np.diag(radius)[:, ::-1]
    points = np.stack([right, -below, -right, below, -after, after])
    voxels = np.stack([points, 0 * points], axis=1)[None]
    out = []
    for level in range(levels):
        if level:
            volume = halve(volume)
            regions = None if regions is None else np.asarray(regions)[..., ::2, ::2]
        counts = pattern_counts(
            volume,
            voxels,
            None,
            regions,
            reach=reach(radius),
            n_times=n_times,
        )
        out += [
            histograms(counts, _CODES % 16, 16, norm),
            histograms(counts, _CODES // 16, 4, norm),
        ]
    return np.concatenate(out, axis=2).reshape(-1, levels, 20)


def halve(frames):
    """Smooth frames by the 5-tap binomial filter and keep every second pixel.

    Notes
    -----
    Weighted differences from the middle are added to it, so a flat patch stays flat to
    the last bit.
    """
    if min(frames.shape[1:]) < 3:
        height, width = frames.shape[1:]
        raise ValueError(
            f"a level of {height}x{width} pixels cannot be halved: use fewer levels "
            "or larger images."
        )
    frames = frames.astype(np.float64 if frames.dtype == np.float64 else np.float32)
    for axis in (1, 2):
        frames = np.moveaxis(frames, axis, 0)
        near = np.concatenate([frames[2:0:-1], frames, frames[-2:-4:-1]])
        n = len(frames)
        middle = near[2 : 2 + n : 2]
        shifted = [near[2 + k : 2 + k + n : 2] - middle for k in (-2, -1, 1, 2)]
        outer, inner = shifted[0] + shifted[3], shifted[1] + shifted[2]
        frames = np.moveaxis(middle + (outer + 4 * inner) / 16, 0, axis)
    return np.ascontiguousarray(frames)


class LBPSIP(Descriptor):
    """LBP with six intersection points, of blocks of the face.

    Parameters
    ----------
    radius : tuple of int, default=(1, 1, 1)
        Distances of the points along x, y and t, in pixels and frames.
    grid : tuple of int, default=(8, 8)
        Number of blocks along y, x and, if three are given, time.
    levels : int, default=1
        Levels of a Gaussian pyramid, halved along y and x.
    norm : {"l1", None}, default="l1"
        Whether the two histograms are divided by their sum.

    See Also
    --------
    lbp_sip : The function on arrays, with the details.
    WienerFilter : A filter that the paper puts before.

    References
    ----------
    Y. Wang, J. See, R. C.-W. Phan, Y.-H. Oh, "LBP with six intersection points:
    reducing redundant information in LBP-TOP for micro-expression recognition", ACCV
    2014. https://doi.org/10.1007/978-3-319-16865-4_34

    Examples
    --------
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((10, 170, 140), np.uint8))
    >>> LBPSIP().transform([clip]).shape
    (1, 1280)
    >>> LBPSIP(levels=2).get_feature_names_out()[[0, -1]].tolist()
    ['t0_r0_c0_level0_space_code0', 't0_r7_c7_level1_time_code3']
    """

    per_channel = True

    _parameter_constraints: dict = {
        "radius": [tuple, list],
        "grid": [tuple, list],
        "levels": [whole(1)],
        "norm": [choice(["l1"]), None],
    }

    def __init__(self, radius=(1, 1, 1), grid=(8, 8), *, levels=1, norm="l1"):
        self.radius = radius
        self.grid = grid
        self.levels = levels
        self.norm = norm

    def describe(self, clip):
        """Describe a gray clip.

        Gives histograms of block, level and code, in this order.
        """
        margin = max(self.radius[:2]) * 2 ** (self.levels - 1)
        options = {"radius": self.radius, "levels": self.levels, "norm": self.norm}
        return pool_blocks(lbp_sip, clip.frames, self.grid, margin, **options).ravel()

    def feature_names(self):
        """Name block (time, row, column), level and code of each number."""
        return [
            f"{block}_level{level}_{label}"
            for block in block_names(self.grid)
            for level in range(self.levels)
            for label in _LABELS
        ]
