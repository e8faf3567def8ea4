"""Movement on the canonical face, from the reference to a frame."""

import cv2
import numpy as np

from mefeat.base import Stage
from mefeat.base.params import choice
from mefeat.clip import luma
from mefeat.flow import optical_flow
from mefeat.flow.stage import pairs_from_first
from mefeat.overlay.solvers import MOVEMENTS, WINDOW
from mefeat.overlay.steady import TRACKABLE, steadied, still_skin

# What the flow of a picture must reach so that the next search begins there, and how
# far that is smoothed before, canonical pixels.
_NEAR, _SMOOTH = 2.0, 6.0


def micro_movement(
    first, second, method="disc", *, steady=True, still=None, strength=None
):
    """Find how the face moves between two pictures of the canonical face.

    Parameters
    ----------
    first, second : ndarray of shape (height, width) or (height, width, 3)
        Pictures with values in 0..255.
    method : str or callable, default="disc"
        A name of `MOVEMENTS`: "lk" (Lucas-Kanade), "disc" (correlation) or one of
        `mefeat.flow.SOLVERS`; or a function as for `mefeat.flow.optical_flow`.
    steady : bool, default=True
        Whether the motion of the head that is left is taken out, see `steadied`.
    still : ndarray of shape (height, width), bool, optional
        Pixels that the head alone moves; all by default.
    strength : ndarray of shape (height, width), optional
        `texture(first)`, where it is at hand already.

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
    >>> abs(micro_movement(face, moved, steady=False)[:, 32, 32]).round(1).tolist()
    [1.0, 0.0]
    >>> abs(micro_movement(face, moved)[:, 32, 32]).round(1).tolist()
    [0.0, 0.0]
    """
    followed = Followed(first, method, steady=steady, still=still, strength=strength)
    return followed.next(second)[0]


class Followed:
    """A picture of the canonical face that later ones are compared with, in order.

    A solver looks around for a few pixels. Where the face had moved further in the
    picture before, the next one is taken back by that movement first, and the solver
    finds the rest. All are compared with the same picture: errors do not add up.

    Parameters
    ----------
    first, method, steady, still, strength : object
        As for `micro_movement`.
    """

    def __init__(self, first, method, *, steady, still=None, strength=None):
        if not callable(method) and method not in MOVEMENTS:
            raise ValueError(f"method must be among {list(MOVEMENTS)}, got {method!r}.")
        self.solver = method if callable(method) else MOVEMENTS[method]
        self.first, self.near = softened(first), None
        self.steady, self.still = steady, still
        self.strength = texture(first) if strength is None else strength

    def next(self, picture):
        """Find the movement to the next picture.

        Parameters
        ----------
        picture : ndarray of shape (height, width)
            The picture.

        Returns
        -------
        flow : ndarray of shape (2, height, width), float32
            Movement (u, v), pixels.
        fit : ndarray of shape (height, width), float32
            How alike the surroundings of each pixel then are, see `likeness`.
        """
        picture = softened(picture)
        if self.near is None:
            flow = optical_flow(self.first, picture, self.solver)
        else:
            flow = optical_flow(self.first, _displaced(picture, self.near), self.solver)
            flow = flow + np.stack([_displaced(part, flow) for part in self.near])
        fit = likeness(self.first, _displaced(picture, flow))
        self.near = self._expected(flow, fit)
        if self.steady:
            flow = steadied(flow, self.still, self.strength)
        return flow, fit

    def _expected(self, flow, fit):
        """Smooth a flow for the next search, by the points that were surely found."""
        sure = self.strength / (self.strength + TRACKABLE) * np.maximum(fit, 0) ** 4
        sure = np.float32(sure + 1e-6)
        total = cv2.GaussianBlur(sure, (0, 0), _SMOOTH)
        near = [cv2.GaussianBlur(sure * part, (0, 0), _SMOOTH) for part in flow]
        near = np.float32(near) / total
        return near if np.abs(near).max() > _NEAR else None


def _displaced(picture, flow):
    """Read a picture where its pixels have gone to."""
    height, width = picture.shape
    x = np.float32(flow[0] + np.arange(width))
    y = np.float32(flow[1] + np.arange(height)[:, None])
    moved = cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(moved, picture.min(), picture.max())


def likeness(first, second):
    """Correlate the surroundings of each pixel in two pictures.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures.

    Returns
    -------
    ndarray of shape (height, width), float32
        Normalized cross-correlation, -1 to 1, in the window of "lk"; 0 where a picture
        is flat.

    Examples
    --------
    >>> picture = np.float32(np.arange(1024).reshape(32, 32) % 37)
    >>> likeness(picture, 100 - picture / 2)[16, 16].round(3)
    np.float32(-1.0)
    """

    def mean(values):
        return cv2.GaussianBlur(values, (0, 0), WINDOW / 2)

    first, second = first - mean(first), second - mean(second)
    size = mean(first * first) * mean(second * second)
    return mean(first * second) / np.sqrt(np.maximum(size, 1e-6))


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
    sigma = WINDOW / 2
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
    method : str or callable, default="disc"
        As for `micro_movement`.
    steady : bool, default=True
        Whether the motion of the head that is left is taken out, found where
        expressions hardly reach: `still_skin` of clips with 68 landmarks, everywhere
        on others.

    See Also
    --------
    micro_movement : The function on two pictures, with the details.
    CanonicalFace : The step before it.

    Notes
    -----
    The clip then has the flow of `OpticalFlow(to="first")`, so that all descriptors of
    motion can follow. Each frame is compared with the first one, the search beginning
    where the frame before has been found: so large movements are followed.

    Examples
    --------
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((5, 32, 32), np.uint8))
    >>> MicroMovement().transform([clip])[0].flow.shape
    (4, 2, 32, 32)
    """

    revision = 2

    _parameter_constraints = {
        "method": [choice(MOVEMENTS), callable],
        "steady": ["boolean"],
    }

    def __init__(self, method="disc", *, steady=True):
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
        frames, still = luma(clip.frames), None
        if clip.landmarks is not None and clip.landmarks.shape[1] == 68:
            still = still_skin(clip.landmarks[0], frames.shape[1:])
        followed = Followed(frames[0], self.method, steady=self.steady, still=still)
        flow = np.stack([followed.next(frame)[0] for frame in frames[1:]])
        return clip.replace(flow=flow.astype(np.float32), flow_pairs=pairs)
