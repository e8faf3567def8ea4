"""Head motion taken out of a flow field."""

import numpy as np

from mefeat.base._steps import checked_flow
from mefeat.kernels._mesh import fit_affine

# Jaw sides and nose root of 68 landmarks: what expressions move least.
HEAD_POINTS = (0, 1, 2, 3, 4, 5, 11, 12, 13, 14, 15, 16, 27)


def align_flow(flow, points):
    """Take the motion of the head, an affine map of some points, out of a flow.

    Parameters
    ----------
    flow : ndarray of shape ([n_pairs,] 2, height, width)
        Flow (u, v), pixels.
    points : ndarray of shape ([n_pairs,] n_points, 2)
        Points (x, y) of the first image of each pair that the head alone moves, for
        example `landmarks[list(HEAD_POINTS)]`. Points on one line, or fewer than
        three, leave a part of the map open; it stays that of the identity.

    Returns
    -------
    ndarray of shape ([n_pairs,] 2, height, width)
        What remains of the flow after the head has been brought back; float64 for
        float64 input, float32 otherwise.

    Raises
    ------
    ValueError
        If shapes do not fit together or points are not finite.

    Notes
    -----
    With p the points and q = p + flow(p), read bilinearly (a point outside of the
    image at the nearest border), T is the affine map with the least sum of
    |T q - p|^2. A pixel x then moves by T(x + flow(x)) - x: a flow that is one affine
    motion of the whole image becomes zero.

    References
    ----------
    Y.-J. Liu, J.-K. Zhang, W.-J. Yan, S.-J. Wang, G. Zhao, X. Fu, "A main directional
    mean optical flow feature for spontaneous micro-expression recognition", IEEE
    TAFFC 7(4), 2016. https://doi.org/10.1109/TAFFC.2015.2485205

    Examples
    --------
    The head moves to the right by 2, one pixel also down by 1:

    >>> flow = np.zeros((2, 5, 5))
    >>> flow[0], flow[1, 2, 2] = 2, 1
    >>> align_flow(flow, [[0, 0], [4, 0], [0, 4]])[:, 2, 2].tolist()
    [0.0, 1.0]
    """
    flow = checked_flow(flow)
    points = np.asarray(points, dtype=np.float64)
    if points.shape[-1:] != (2,) or points.ndim < 2 or not points.shape[-2]:
        raise ValueError(f"points must be (n_points, 2), got shape {points.shape}.")
    if not np.isfinite(points).all():
        raise ValueError("points must be finite.")
    pairs = flow.reshape(-1, *flow.shape[-3:])
    points = np.broadcast_to(points, (len(pairs), *points.shape[-2:]))
    out = np.empty_like(pairs)
    for field, source, result in zip(pairs, points, out, strict=True):
        motion = fit_affine(source + _read(field, source), source)
        _move_back(field, motion, result)
    return out.reshape(flow.shape)


def _read(field, points):
    """Read a field bilinearly at points (x, y)."""
    height, width = field.shape[1:]
    x, y = np.clip(points, 0, [width - 1, height - 1]).T
    left = np.minimum(x.astype(int), max(width - 2, 0))
    top = np.minimum(y.astype(int), max(height - 2, 0))
    right, below = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    above = field[:, top, left] * (1 - (x - left)) + field[:, top, right] * (x - left)
    under = field[:, below, left] * (1 - (x - left))
    under += field[:, below, right] * (x - left)
    return (above * (1 - (y - top)) + under * (y - top)).T


def _move_back(field, motion, out):
    """Write motion(x + field) - x, in displacements, so that 0 stays 0."""
    height, width = field.shape[1:]
    gradient, shift = motion[:, :2] - np.eye(2), motion[:, 2]
    x = np.arange(width) + field[0]
    y = np.arange(height)[:, None] + field[1]
    for k in range(2):
        out[k] = field[k] + (gradient[k, 0] * x + gradient[k, 1] * y + shift[k])


# Squared gray levels per pixel at which a point can be tracked just well enough.
TRACKABLE = 1.0


def steadied(flow, still=None, strength=None, *, step=4, n_rounds=10):
    """Take out of a flow the shift, turn and growth of what should lie still.

    Notes
    -----
    The similarity map of iterated least squares with the weights 1 / (1 + (r / s)^2)^2
    for a residual r, s being 1.5 times the median residual, at least 0.02 pixel. It
    removes what errors of the landmarks add. An affine map fitted to the whole face
    removes an expression's own share as well: on generated clips a quarter of its
    length, more than was gained.
    """
    height, width = flow.shape[1:]
    y, x = np.mgrid[step // 2 : height : step, step // 2 : width : step]
    asked = np.s_[:] if still is None else still[y, x]
    y, x = y[asked].ravel(), x[asked].ravel()
    if len(x) < 4:
        return flow
    sure = np.ones(len(x))
    if strength is not None:
        sure = strength[y, x] / (strength[y, x] + TRACKABLE) + 1e-6
    terms = _similarity(x / width - 0.5, y / width - 0.5)
    vectors = flow[:, y, x].astype(np.float64).ravel()
    weights = sure
    for _ in range(n_rounds):
        weighted = np.tile(weights, 2) * terms
        fit = np.linalg.pinv(weighted @ terms.T) @ (weighted @ vectors)
        far = np.hypot(*(vectors - fit @ terms).reshape(2, -1))
        scale = max(1.5 * np.median(far), 0.02)
        weights = sure / (1 + (far / scale) ** 2) ** 2
    right, down, growth, turn = fit.astype(flow.dtype)
    across = (np.arange(width) / width - 0.5).astype(flow.dtype)
    along = (np.arange(height) / width - 0.5).astype(flow.dtype)[:, None]
    u = flow[0] - (right + growth * across - turn * along)
    v = flow[1] - (down + growth * along + turn * across)
    return np.stack([u, v])


def _similarity(x, y):
    """Make the x, then the y, of small shifts, growth and turn at points."""
    zero, one = np.zeros_like(x), np.ones_like(x)
    return np.block([[one, zero], [zero, one], [x, y], [-y, x]])
