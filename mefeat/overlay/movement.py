"""Movement on the canonical face, from the reference to a frame."""

import cv2
import numpy as np

from mefeat.base import Stage
from mefeat.base.params import choice
from mefeat.clip import luma
from mefeat.flow import SOLVERS, lucas_kanade, optical_flow
from mefeat.flow.stage import pairs_from_first
from mefeat.overlay.disc import disc_flow

_WINDOW = 10  # reach of the window of Lucas-Kanade, two standard deviations


def lk(first, second):
    """Compute the dense Lucas-Kanade flow with a window that fits the canonical face.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures in 0..255.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels.

    See Also
    --------
    mefeat.flow.lucas_kanade : The solver, with the details.
    """
    return lucas_kanade(first, second, radius=_WINDOW, n_iterations=3)


MOVEMENTS = {"lk": lk, "disc": disc_flow, **SOLVERS}


def micro_movement(first, second, method="lk", *, steady=False, skin=None):
    """Find how the face moves between two pictures of the canonical face.

    Parameters
    ----------
    first, second : ndarray of shape (height, width) or (height, width, 3)
        Pictures with values in 0..255.
    method : str or callable, default="lk"
        "lk" (Lucas-Kanade), "disc" (correlation), a name of `mefeat.flow.SOLVERS`, or
        a function as for `mefeat.flow.optical_flow`.
    steady : bool, default=False
        Whether what most of the face does alike is taken out, see `steadied`.
    skin : ndarray of shape (height, width), bool, optional
        Pixels of the face; all by default.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Movement (u, v), pixels of the canonical face.

    Raises
    ------
    ValueError
        If the pictures do not fit together or the method is not known.

    Notes
    -----
    Both pictures are smoothed by a Gaussian of 1 pixel before: a face is hardly ever
    as large as the canonical one, so what is finer is noise.

    Examples
    --------
    >>> y, x = np.mgrid[:64, :64]
    >>> face = 128 + 60 * np.sin(x / 4) * np.cos(y / 5)
    >>> moved = 128 + 60 * np.sin((x - 1) / 4) * np.cos(y / 5)
    >>> abs(micro_movement(face, moved)[:, 32, 32]).round(1).tolist()
    [1.0, 0.0]
    >>> abs(micro_movement(face, moved, steady=True)[:, 32, 32]).round(1).tolist()
    [0.0, 0.0]
    """
    if not callable(method) and method not in MOVEMENTS:
        raise ValueError(f"method must be among {list(MOVEMENTS)}, got {method!r}.")
    solver = method if callable(method) else MOVEMENTS[method]
    flow = optical_flow(softened(first), softened(second), solver)
    return steadied(flow, skin) if steady else flow


def steadied(flow, skin=None, *, step=8, n_rounds=10):
    """Take out of a flow the affine motion that most of the face has in common.

    Parameters
    ----------
    flow : ndarray of shape (2, height, width)
        Flow (u, v), pixels.
    skin : ndarray of shape (height, width), bool, optional
        Pixels that are asked; all by default.
    step : int, default=8
        Every how many rows and columns of pixels.
    n_rounds : int, default=10
        Rounds of the fit.

    Returns
    -------
    ndarray of shape (2, height, width)
        What remains.

    Notes
    -----
    A fit by iterated least squares with the weights 1 / (1 + (r / s)^2)^2 for a
    residual r, s being 1.5 times the median residual, at least 0.02 pixel. It removes
    what errors of landmarks and a slight turn of the head add to all of the face alike,
    but also what an expression moves alike on most of the face: on generated clips a
    quarter of its length, more than it gained.

    Examples
    --------
    The head moves to the right by 2, a part of the face also down by 1:

    >>> flow = np.zeros((2, 40, 40))
    >>> flow[0], flow[1, :12, :12] = 2, 1
    >>> left = steadied(flow, step=2)
    >>> abs(left[:, 4, 4].round(2)).tolist(), abs(left[:, 30, 30].round(2)).tolist()
    ([0.0, 1.0], [0.0, 0.0])
    """
    height, width = flow.shape[1:]
    y, x = np.mgrid[step // 2 : height : step, step // 2 : width : step]
    asked = np.s_[:] if skin is None else skin[y, x]
    y, x = y[asked].ravel(), x[asked].ravel()
    terms = np.stack([np.ones(len(x)), x / width - 0.5, y / height - 0.5], axis=1)
    vectors = flow[:, y, x].T.astype(np.float64)
    weights = np.ones((len(x), 1))
    for _ in range(n_rounds):
        weighted = weights * terms
        fit = np.linalg.pinv(weighted.T @ terms) @ (weighted.T @ vectors)
        far = np.linalg.norm(vectors - terms @ fit, axis=1, keepdims=True)
        scale = max(1.5 * np.median(far), 0.02)
        weights = 1 / (1 + (far / scale) ** 2) ** 2
    fit = fit.astype(flow.dtype)
    across = (np.arange(width) / width - 0.5).astype(flow.dtype)
    along = (np.arange(height) / height - 0.5).astype(flow.dtype)[:, None]
    out = flow.copy()
    for k in range(2):
        out[k] -= fit[0, k] + fit[1, k] * across + fit[2, k] * along
    return out


def texture(picture):
    """Measure how well each pixel's surroundings can be tracked.

    Parameters
    ----------
    picture : ndarray of shape (height, width) or (height, width, 3)
        Picture of the canonical face, values in 0..255.

    Returns
    -------
    ndarray of shape (height, width), float32
        The smallest eigenvalue of A'A, the matrix of the gradients in the window of
        "lk", per pixel of the window: squared gray levels per pixel. It is 0 where a
        vector is open along at least one direction.

    References
    ----------
    J. Shi, C. Tomasi, "Good features to track", CVPR 1994.
    https://doi.org/10.1109/CVPR.1994.323794

    Examples
    --------
    An edge tells nothing of what moves along it, a corner does:

    >>> picture = np.zeros((60, 60))
    >>> picture[30:, :30] = 200
    >>> weak = texture(picture)
    >>> bool(weak[30, 5] < 1e-3 < weak[30, 30])
    True
    """
    smooth = softened(picture)
    gx, gy = (0.5 * cv2.filter2D(smooth, -1, k) for k in _SLOPES)
    sigma = _WINDOW / 2
    xx, xy, yy = (
        cv2.GaussianBlur(p, (0, 0), sigma) for p in (gx * gx, gx * gy, gy * gy)
    )
    middle = (xx + yy) / 2
    return np.maximum(middle - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy), 0)


_SLOPES = (np.array([[-1.0, 0, 1]]), np.array([[-1.0], [0], [1]]))


def softened(picture):
    """Smooth a picture by a Gaussian of 1 pixel.

    Parameters
    ----------
    picture : ndarray of shape (height, width) or (height, width, 3)
        Picture; of RGB the luma is taken.

    Returns
    -------
    ndarray of shape (height, width), float32
        Smooth picture.
    """
    gray = np.float32(luma(np.asarray(picture)[None])[0])
    # Its weights, rounded, can exceed 1 by an ulp.
    return np.clip(cv2.GaussianBlur(gray, (5, 5), 1.0), 0, 255)


class MicroMovement(Stage):
    """Find how the face moves from the first frame of a clip to each later one.

    Parameters
    ----------
    method : str or callable, default="lk"
        "lk" (Lucas-Kanade), "disc" (correlation), a name of `mefeat.flow.SOLVERS`, or
        a function as for `mefeat.flow.optical_flow`.
    steady : bool, default=False
        Whether what most of the face does alike is taken out.

    See Also
    --------
    micro_movement : The function on two pictures, with the details.
    CanonicalFace : The step before it.

    Notes
    -----
    The clip then has the flow of `OpticalFlow(to="first")`, so that all descriptors of
    motion can follow.

    Examples
    --------
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((5, 32, 32), np.uint8))
    >>> MicroMovement().transform([clip])[0].flow.shape
    (4, 2, 32, 32)
    """

    _parameter_constraints = {
        "method": [choice(MOVEMENTS), callable],
        "steady": ["boolean"],
    }

    def __init__(self, method="lk", *, steady=False):
        self.method = method
        self.steady = steady

    def apply(self, clip):
        """Find the movement of one clip.

        Parameters
        ----------
        clip : Clip
            A clip of the canonical face.

        Returns
        -------
        Clip
            The clip with `flow` (float32) and `flow_pairs`.

        Raises
        ------
        ValueError
            If there is one frame only.
        """
        if len(clip.frames) < 2:
            raise ValueError("MicroMovement needs clips of at least 2 frames, got 1.")
        pairs = pairs_from_first(clip)
        frames = luma(clip.frames)
        flow = np.stack(
            [
                micro_movement(frames[0], frame, self.method, steady=self.steady)
                for frame in frames[1:]
            ]
        )
        return clip.replace(flow=flow.astype(np.float32), flow_pairs=pairs)
