"""What landmarks leave of the motion of the head, taken out of the flow itself."""

import numpy as np

from mefeat.motion import mdmo_regions

# Squared gray levels per pixel at which a point can be tracked just well enough.
TRACKABLE = 1.0


def steadied(flow, still=None, strength=None, *, step=4, n_rounds=10):
    """Take out of a flow the shift, turn and growth of what should lie still.

    Parameters
    ----------
    flow : ndarray of shape (2, height, width)
        Flow (u, v), pixels.
    still : ndarray of shape (height, width), bool, optional
        Pixels that the head alone moves, see `still_skin`; all by default.
    strength : ndarray of shape (height, width), optional
        How well each pixel can be tracked, as `texture` tells; all alike by default.
    step : int, default=4
        Every how many rows and columns of pixels.
    n_rounds : int, default=10
        Rounds of the fit.

    Returns
    -------
    ndarray of shape (2, height, width)
        What remains; the flow itself where hardly any pixel is asked.

    Notes
    -----
    The similarity map of iterated least squares with the weights 1 / (1 + (r / s)^2)^2
    for a residual r, s being 1.5 times the median residual, at least 0.02 pixel. It
    removes what errors of the landmarks add. An affine map fitted to the whole face
    removes an expression's own share as well: on generated clips a quarter of its
    length, more than was gained.

    Examples
    --------
    The head moves to the right by 2, a part of the face also down by 1:

    >>> flow = np.zeros((2, 40, 40))
    >>> flow[0], flow[1, :12, :12] = 2, 1
    >>> left = steadied(flow)
    >>> abs(left[:, 4, 4].round(2)).tolist(), abs(left[:, 30, 30].round(2)).tolist()
    ([0.0, 1.0], [0.0, 0.0])
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


def still_skin(landmarks, size):
    """Mark the skin that the head moves and expressions hardly do.

    Parameters
    ----------
    landmarks : ndarray of shape (68, 2)
        Points (x, y), pixels, in the order of iBUG 300-W.
    size : tuple of int
        (height, width) of the picture.

    Returns
    -------
    ndarray of shape (height, width), bool
        Pixels of the ridge of the nose, the temples and the outer upper cheeks: areas
        7, 10, 11, 14, 15, 17, 18 and 20 of MDMO.

    Examples
    --------
    >>> from mefeat.overlay import canonical_mesh
    >>> still = still_skin(canonical_mesh().target, (256, 256))
    >>> bool(still[120, 120]), bool(still[190, 80])  # nose, corner of the mouth
    (True, False)
    """
    return np.isin(mdmo_regions(landmarks, size) + 1, _STILL)


_STILL = (7, 10, 11, 14, 15, 17, 18, 20)
