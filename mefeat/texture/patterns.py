"""What local binary patterns share: neighborhoods in space-time, and code mappings."""

import numpy as np


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
    """Take the voxel nearest to each point.

    Parameters
    ----------
    points : ndarray of shape (n_points, 3)
        Offsets (t, y, x).

    Returns
    -------
    voxels : ndarray of shape (n_points, 1, 3), intp
        Offsets of voxels.
    factors : ndarray of shape (n_points, 1)
        Ones.

    Examples
    --------
    >>> nearest(np.array([[0, 0.7, -0.7]]))[0].tolist()
    [[[0, 1, -1]]]
    """
    voxels = np.floor(points + 0.5).astype(np.intp)
    return voxels[:, None], np.ones((len(points), 1))


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
