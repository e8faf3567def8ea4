"""What local binary patterns share: neighborhoods, and the bins of codes."""

from functools import lru_cache

import numpy as np


def _xy(cosine, sine, radius):
    return 0 * cosine, -radius[1] * sine, radius[0] * cosine


def _xt(cosine, sine, radius):
    return radius[2] * sine, 0 * cosine, radius[0] * cosine


def _yt(cosine, sine, radius):
    return radius[2] * cosine, -radius[1] * sine, 0 * cosine


MAX_POINTS = 16
PLANES = {"xy": _xy, "xt": _xt, "yt": _yt}


def check_points(n_points):
    """Check the number of points of a neighborhood.

    Parameters
    ----------
    n_points : int
        Number of points.

    Raises
    ------
    ValueError
        If there are too few or too many.
    """
    if not 1 <= n_points <= MAX_POINTS:
        raise ValueError(f"n_points must be 1 to {MAX_POINTS}, got {n_points}.")


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


def nearest(first, second):
    """Compare the voxels nearest to two points.

    Parameters
    ----------
    first, second : ndarray of shape (n_points, 3)
        Offsets (t, y, x).

    Returns
    -------
    voxels : ndarray of shape (n_points, 2, 3), intp
        Offsets of the two voxels.
    factors : None
        There are none: see `mefeat.texture.counting`.

    Examples
    --------
    >>> nearest(np.array([[0, 0.7, -0.7]]), np.zeros((1, 3)))[0].tolist()
    [[[0, 1, -1], [0, 0, 0]]]
    """
    voxels = np.floor(np.stack([first, second], axis=1) + 0.5)
    return voxels.astype(np.intp), None


def bilinear(first, second):
    """Compare two points by the four voxels around each and their bilinear weights.

    Parameters
    ----------
    first, second : ndarray of shape (n_points, 3)
        Offsets (t, y, x), in a plane: at least one of the three is whole.

    Returns
    -------
    voxels : ndarray of shape (n_points, n_terms, 3), intp
        Offsets of voxels, 8 for each point; those of weight 0 are the center. Where
        every second point is the center, it takes none.
    factors : ndarray of shape (n_points, n_terms)
        Weights, those of the second point negative.

    Examples
    --------
    >>> voxels, factors = bilinear(np.array([[0, 0.25, 1.0]]), np.zeros((1, 3)))
    >>> factors[factors > 0].tolist(), voxels[factors > 0].tolist()
    ([0.75, 0.25], [[0, 0, 1], [0, 1, 1]])
    """
    voxels, factors = _corners(first)
    if second.any():
        others, minus = _corners(second)
        voxels = np.concatenate([voxels, others], axis=1)
        factors = np.concatenate([factors, -minus], axis=1)
    return voxels, factors


def _corners(points):
    corners = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1)
    corners = corners.reshape(8, 3)
    whole = np.floor(points)
    share = (points - whole)[:, None]
    factors = np.where(corners, share, 1 - share).prod(axis=2)
    voxels = whole[:, None].astype(np.intp) + corners
    return np.where(factors[..., None] > 0, voxels, 0), factors


INTERPOLATIONS = {"nearest": nearest, "bilinear": bilinear}


def _ring_and_center(plane, n_points, radius, inner_radius):
    return ring(plane, n_points, radius), np.zeros((n_points, 3))


def _ring_and_inner_ring(plane, n_points, radius, inner_radius):
    return ring(plane, n_points, radius), ring(plane, n_points, inner_radius)


def _along_the_ring(plane, n_points, radius, inner_radius):
    points = ring(plane, n_points, radius)
    return np.roll(points, -1, axis=0), points


PATTERNS = {"lbp": _ring_and_center, "rd": _ring_and_inner_ring, "ad": _along_the_ring}


@lru_cache(maxsize=64)
def neighborhoods(
    pattern, planes, n_points, radius, inner_radius=(0, 0, 0), interpolation="nearest"
):
    """Tabulate the voxels and factors of a pattern, as `pattern_counts` takes them.

    Parameters
    ----------
    pattern : {"lbp", "rd", "ad"}
        What bits compare: the ring with its center, the ring with an inner ring, or
        each point of the ring with the one before.
    planes : tuple of {"xy", "xt", "yt"}
        The planes.
    n_points : int
        Points of a ring.
    radius, inner_radius : tuple of int
        Radii along x, y and t.
    interpolation : {"nearest", "bilinear"}, default="nearest"
        How points between the voxels are read.

    Returns
    -------
    voxels : ndarray of int of shape (n_planes, n_points, n_terms, 3)
        Voxels (t, y, x) of each bit, relative to the center.
    factors : ndarray of shape (n_planes, n_points, n_terms) or None
        Their weights.

    Examples
    --------
    >>> neighborhoods("ad", ("xt",), 4, (2, 2, 1))[0][0, 0].tolist()
    [[1, 0, 0], [0, 0, 2]]
    """
    read = INTERPOLATIONS[interpolation]
    points = [PATTERNS[pattern](p, n_points, radius, inner_radius) for p in planes]
    voxels, factors = zip(*[read(*both) for both in points], strict=True)
    return np.stack(voxels), None if factors[0] is None else np.stack(factors)


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
