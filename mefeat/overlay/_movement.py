"""Movement on the canonical face, from the reference to a frame."""

from functools import partial

import cv2
import numpy as np
from scipy.ndimage import map_coordinates

from mefeat.base import Stage
from mefeat.base._steps import choice, pairs_from_first
from mefeat.clip import luma
from mefeat.flow import SOLVERS, lucas_kanade, optical_flow, tvl1
from mefeat.flow._alignment import TRACKABLE, steadied
from mefeat.motion import mdmo_regions
from mefeat.overlay._disc import disc_flow

WINDOW = 10  # reach of the window of Lucas-Kanade, two standard deviations

_FIRST = {"n_scales": 3, "scale": 0.5, "n_warps": 2}
_AGAIN = {"n_scales": 1, "n_warps": 2, "epsilon": 0.008}


def tvl1_twice(first, second):
    """Compute the TV-L1 flow, then that of what it left.

    Notes
    -----
    The total variation takes from the height of whatever moves in a small place, here a
    quarter of half a pixel. The second image is taken back by the flow and the rest
    is looked for once more, on one scale: the first step of the iterated regularization
    of the paper. Other settings than the solver's own make it no slower for that.

    References
    ----------
    S. Osher, M. Burger, D. Goldfarb, J. Xu, W. Yin, "An iterative regularization method
    for total variation-based image restoration", Multiscale Modeling & Simulation 4(2),
    2005. https://doi.org/10.1137/040605412
    """
    flow = tvl1(first, second, **_FIRST)
    places = np.indices(first.shape, np.float32) + flow[::-1]
    taken_back = map_coordinates(second, places, order=3, mode="nearest")
    rest = tvl1(first, np.clip(taken_back, 0, 255).astype(np.float32), **_AGAIN)
    return flow + rest


_OWN = {
    "lk": partial(lucas_kanade, radius=WINDOW, n_iterations=3),
    "disc": disc_flow,
}
MOVEMENTS = {**_OWN, **SOLVERS, "tvl1": tvl1_twice}


def still_skin(landmarks, size):
    """Mark the skin that the head moves and expressions hardly do."""
    return np.isin(mdmo_regions(landmarks, size) + 1, _STILL)


_STILL = (7, 10, 11, 14, 15, 17, 18, 20)


# What the flow of an image must reach so that the next search begins there, and how
# far that is smoothed before, canonical pixels.
_NEAR, _SMOOTH = 2.0, 6.0


def micro_movement(
    first, second, method="disc", *, steady=True, still=None, strength=None
):
    """Find how the face moves between two images of the canonical face.

    Parameters
    ----------
    first, second : ndarray of shape (height, width) or (height, width, 3)
        Images with values in 0..255.
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
        If the images do not fit together or the method is not known.

    Notes
    -----
    Both images are smoothed by a Gaussian of 1 pixel before: a face is hardly ever
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
    """An image of the canonical face that later ones are compared with, in order.

    A solver looks around for a few pixels. Where the face had moved further in the
    image before, the next one is taken back by that movement first, and the solver
    finds the rest. All are compared with the same image: errors do not add up.
    """

    def __init__(self, first, method, *, steady, still=None, strength=None):
        if not callable(method) and method not in MOVEMENTS:
            raise ValueError(f"method must be among {list(MOVEMENTS)}, got {method!r}.")
        self.solver = method if callable(method) else MOVEMENTS[method]
        self.first, self.near = softened(first), None
        self.steady, self.still = steady, still
        self.strength = texture(first) if strength is None else strength

    def next(self, image):
        """Find the movement to the next image."""
        image = softened(image)
        if self.near is None:
            flow = optical_flow(self.first, image, self.solver)
        else:
            flow = optical_flow(self.first, _displaced(image, self.near), self.solver)
            flow = flow + np.stack([_displaced(part, flow) for part in self.near])
        fit = likeness(self.first, _displaced(image, flow))
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


def _displaced(image, flow):
    """Read an image where its pixels have gone to."""
    height, width = image.shape
    x = np.float32(flow[0] + np.arange(width))
    y = np.float32(flow[1] + np.arange(height)[:, None])
    moved = cv2.remap(image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(moved, image.min(), image.max())


def likeness(first, second):
    """Correlate the surroundings of each pixel in two images."""

    def mean(values):
        return cv2.GaussianBlur(values, (0, 0), WINDOW / 2)

    first, second = first - mean(first), second - mean(second)
    size = mean(first * first) * mean(second * second)
    return mean(first * second) / np.sqrt(np.maximum(size, 1e-6))


def texture(image):
    """Measure how well each pixel's surroundings can be tracked.

    References
    ----------
    J. Shi, C. Tomasi, "Good features to track", CVPR 1994.
    https://doi.org/10.1109/CVPR.1994.323794
    """
    smooth = softened(image)
    gx, gy = (0.5 * cv2.filter2D(smooth, -1, k) for k in _SLOPES)
    sigma = WINDOW / 2
    xx, xy, yy = (
        cv2.GaussianBlur(p, (0, 0), sigma) for p in (gx * gx, gx * gy, gy * gy)
    )
    middle = (xx + yy) / 2
    return np.maximum(middle - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy), 0)


_SLOPES = (np.array([[-1.0, 0, 1]]), np.array([[-1.0], [0], [1]]))


def softened(image):
    """Smooth an image by a Gaussian of 1 pixel."""
    gray = np.float32(luma(np.asarray(image)[None])[0])
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
    micro_movement : The function on two images, with the details.
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

        Gives the clip with `flow` (float32) and `flow_pairs`. Raises a ValueError if
        there is one frame only.
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
