"""What local binary patterns share: neighborhoods, counting by region, mappings."""

from functools import lru_cache

import numpy as np

from mefeat.kernels.lbp import count_codes, fold_counts
from mefeat.regions import check_regions, region_bases, time_blocks


def _xy(cosine, sine, radius):
    return 0 * cosine, -radius[1] * sine, radius[0] * cosine


def _xt(cosine, sine, radius):
    return radius[2] * sine, 0 * cosine, radius[0] * cosine


def _yt(cosine, sine, radius):
    return radius[2] * cosine, -radius[1] * sine, 0 * cosine


PLANES = {"xy": _xy, "xt": _xt, "yt": _yt}


def ring(plane, n_points, radius):
    """Place the points of a neighborhood on one of the three planes.

    Parameters
    ----------
    plane : {"xy", "xt", "yt"}
        The plane.
    n_points : int
        Number of points.
    radius : tuple of float
        Radii along x, y and t.

    Returns
    -------
    ndarray of shape (n_points, 3)
        Offsets (t, y, x) from the center.

    Examples
    --------
    >>> ring("xy", 4, (1, 1, 1)).tolist()
    [[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]
    """
    angle = 2 * np.pi * np.arange(n_points) / n_points
    # Without the rounding, sin(pi) would reach into the next voxel.
    cosine, sine = np.round(np.cos(angle), 12), np.round(np.sin(angle), 12)
    return np.stack(PLANES[plane](cosine, sine, radius), axis=1) + 0.0


def nearest(points):
    """Compare the voxel nearest to each point with the center.

    Parameters
    ----------
    points : ndarray of shape (n_points, 3)
        Offsets (t, y, x).

    Returns
    -------
    voxels : ndarray of shape (n_points, 2, 3), intp
        Offsets of the voxel and of the center.
    factors : None
        There are none: see `pattern_counts`.

    Examples
    --------
    >>> nearest(np.array([[0, 0.7, -0.7]]))[0].tolist()
    [[[0, 1, -1], [0, 0, 0]]]
    """
    voxels = np.floor(points + 0.5).astype(np.intp)
    return np.stack([voxels, 0 * voxels], axis=1), None


def bilinear(points):
    """Take the four voxels around each point with their bilinear weights.

    Parameters
    ----------
    points : ndarray of shape (n_points, 3)
        Offsets (t, y, x), in a plane: at least one of the three is whole.

    Returns
    -------
    voxels : ndarray of shape (n_points, 8, 3), intp
        Offsets of voxels; those of weight 0 are the center.
    factors : ndarray of shape (n_points, 8)
        Weights.

    Examples
    --------
    >>> voxels, factors = bilinear(np.array([[0, 0.25, 1.0]]))
    >>> factors[factors > 0].tolist(), voxels[factors > 0].tolist()
    ([0.75, 0.25], [[0, 0, 1], [0, 1, 1]])
    """
    corners = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1)
    corners = corners.reshape(8, 3)
    whole = np.floor(points)
    share = (points - whole)[:, None]
    factors = np.where(corners, share, 1 - share).prod(axis=2)
    voxels = whole[:, None].astype(np.intp) + corners
    return np.where(factors[..., None] > 0, voxels, 0), factors


INTERPOLATIONS = {"nearest": nearest, "bilinear": bilinear}


def _transitions(n_points):
    codes = np.arange(2**n_points)
    turned = (codes >> 1) | ((codes & 1) << (n_points - 1))
    return np.bitwise_count(codes ^ turned), np.bitwise_count(codes)


def _all(n_points):
    codes = np.arange(2**n_points)
    return codes, [f"code{code}" for code in codes]


def _u2(n_points):
    uniform = _transitions(n_points)[0] <= 2
    codes = np.flatnonzero(uniform)
    table = np.where(uniform, np.cumsum(uniform) - 1, len(codes))
    return table, [f"code{code}" for code in codes] + ["nonuniform"]


def _riu2(n_points):
    transitions, ones = _transitions(n_points)
    table = np.where(transitions <= 2, ones, n_points + 1).astype(np.intp)
    return table, [f"ones{n}" for n in range(n_points + 1)] + ["nonuniform"]


MAPPINGS = {"all": _all, "u2": _u2, "riu2": _riu2}


@lru_cache(maxsize=64)
def code_mapping(mapping, n_points):
    """Tabulate the bin of each code, and name the bins.

    Parameters
    ----------
    mapping : {"u2", "riu2", "all"}
        Kind of bins.
    n_points : int
        Number of points.

    Returns
    -------
    table : ndarray of shape (2 ** n_points,)
        Bin of each code.
    labels : list of str
        Names of the bins.

    Examples
    --------
    >>> table, labels = code_mapping("riu2", 2)
    >>> table.tolist(), labels
    ([0, 1, 1, 2], ['ones0', 'ones1', 'ones2', 'nonuniform'])
    """
    return MAPPINGS[mapping](n_points)


def pattern_counts(volume, voxels, factors=None, regions=None, *, reach, n_times=1):
    """Count the codes of a volume by region and block of time.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values of any real dtype.
    voxels : ndarray of int of shape (n_planes, n_points, n_terms, 3)
        Voxels (t, y, x) of each bit, relative to the center; at most 16 points.
    factors : ndarray of shape (n_planes, n_points, n_terms), default=None
        A bit is set where the sum of factor * (voxel - center) is not negative. By
        default n_terms is 2, and a bit is set where the first voxel is not below the
        second.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none; one region by default.
    reach : tuple of int
        Frames from both ends, and pixels from the border, without centers. No voxel
        may lie further from its center.
    n_times : int, default=1
        Number of blocks of time.

    Returns
    -------
    ndarray of shape (n_times * n_regions, n_planes, 2 ** n_points), uint32
        How often each code occurs; time is slowest.

    Raises
    ------
    ValueError
        If the volume has no centers, or regions do not fit it.

    Examples
    --------
    One bit: is a voxel not below the one before it?

    >>> voxels = np.array([[[[0, 0, 0], [-1, 0, 0]]]])
    >>> rising = np.arange(12.0).reshape(3, 2, 2)
    >>> pattern_counts(rising, voxels, reach=(1, 0)).tolist()
    [[[0, 4]]]
    """
    volume = _checked_volume(volume)
    _check_reach(volume.shape, reach)
    size = volume.shape[1:]
    regions, n_regions = check_regions(regions, size)
    n_planes, n_points = voxels.shape[:2]
    n_codes = 2**n_points
    offsets = (voxels[..., 0] * size[0] + voxels[..., 1]) * size[1] + voxels[..., 2]
    weights = (1 << np.arange(n_points)).astype(
        np.uint8 if n_points <= 8 else np.uint16
    )
    if factors is None:
        fill = -n_points % 8
        offsets = np.pad(offsets, ((0, 0), (0, fill), (0, 0)))
        weights = np.pad(weights, (0, fill))
        factors = np.empty((0, 0, 0))
    counts = np.zeros((n_times, n_planes, (n_regions + 1) * n_codes), np.uint32)
    count_codes(
        volume,
        offsets,
        factors,
        weights,
        region_bases(regions, n_regions, n_codes, reach[1]),
        reach[1],
        time_blocks(len(volume), n_times, reach[0]),
        counts,
    )
    counts = counts.reshape(n_times, n_planes, n_regions + 1, n_codes)
    counts = counts[:, :, :-1].transpose(0, 2, 1, 3)
    return counts.reshape(n_times * n_regions, n_planes, n_codes)


def histograms(counts, table, n_bins, norm):
    """Add up the codes that share a bin, and normalize.

    Parameters
    ----------
    counts : ndarray of shape (n_blocks, n_planes, n_codes), uint32
        How often each code occurs.
    table : ndarray of shape (n_codes,)
        Bin of each code.
    n_bins : int
        Number of bins.
    norm : {"l1", None}
        Whether each histogram is divided by its sum; an empty one stays zero.

    Returns
    -------
    ndarray of shape (n_blocks, n_planes, n_bins), float64
        Histograms.

    Examples
    --------
    >>> counts = np.array([[[1, 2, 1]]], np.uint32)
    >>> histograms(counts, np.array([0, 1, 0]), 2, "l1").tolist()
    [[[0.5, 0.5]]]
    """
    out = np.zeros((*counts.shape[:2], n_bins))
    flat = np.ascontiguousarray(counts).reshape(-1, counts.shape[2])
    fold_counts(flat, table, out.reshape(len(flat), -1))
    if norm is None:
        return out
    total = out.sum(axis=-1, keepdims=True)
    return out / np.where(total > 0, total, 1)


def _check_reach(shape, reach):
    least = (2 * reach[0] + 1, 2 * reach[1] + 1, 2 * reach[1] + 1)
    if any(n < m for n, m in zip(shape, least, strict=True)):
        raise ValueError(
            f"these radii need at least {least[0]} frames of {least[1]}x{least[2]} "
            f"pixels, got {shape[0]} of {shape[1]}x{shape[2]}."
        )


def _checked_volume(volume):
    volume = np.asarray(volume)
    if volume.ndim != 3:
        raise ValueError(
            f"volume must be (n_frames, height, width), gray, got shape {volume.shape}."
        )
    if volume.dtype.kind not in "buif":
        raise TypeError(f"volume must hold real numbers, got dtype {volume.dtype}.")
    if volume.dtype not in (np.uint8, np.float32, np.float64):
        volume = volume.astype(np.float64)
    volume = np.ascontiguousarray(volume).view()
    volume.flags.writeable = False  # numba compiles read-only arrays apart
    return volume
