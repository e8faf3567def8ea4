"""Optical flow of two images, and the step that gives it to a clip."""

import numpy as np

from mefeat.base import Stage, need_apex, need_landmarks
from mefeat.base._steps import PAIRS, choice
from mefeat.clip import luma
from mefeat.flow._alignment import HEAD_POINTS, align_flow
from mefeat.flow._solvers import SOLVERS

# Height and width that images must have, pixels.
SMALLEST = 16


def optical_flow(first, second, solver="tvl1"):
    """Find how every pixel moves from one image to another.

    Parameters
    ----------
    first, second : ndarray of shape (height, width) or (height, width, 3)
        Images of any real dtype with values in 0..255, gray or RGB (of which the
        luma is taken).
    solver : str or callable, default="tvl1"
        A name in `SOLVERS`, or a function that takes two gray float32 images in
        0..255 and returns the flow.

    Returns
    -------
    ndarray of shape (2, height, width)
        Flow (u, v), pixels: what lies at (x, y) in `first` lies at (x + u, y + v) in
        `second`. float64 if an image is, float32 otherwise.

    Raises
    ------
    ValueError
        If the images do not fit together, are too small or leave 0..255, or the
        solver is not known.
    ImportError
        If the solver is one of OpenCV's contributed modules and they are missing.

    Notes
    -----
    All solvers are given the same thing, gray float32 images in 0..255, and work in
    single precision; those of OpenCV that only take bytes round them.

    Examples
    --------
    An image that moves to the right by one pixel:

    >>> y, x = np.mgrid[:64, :64]
    >>> image = 128 + 60 * np.sin(x / 4) * np.cos(y / 5)
    >>> moved = 128 + 60 * np.sin((x - 1) / 4) * np.cos(y / 5)
    >>> flow = optical_flow(image, moved, solver="dis")
    >>> abs(flow[:, 32, 32]).round(1).tolist()
    [1.0, 0.0]
    """
    solve = solver if callable(solver) else SOLVERS.get(solver)
    if solve is None:
        raise ValueError(f"solver must be among {list(SOLVERS)}, got {solver!r}.")
    double = np.float64 in (np.asarray(first).dtype, np.asarray(second).dtype)
    first, second = _gray(first, "first"), _gray(second, "second")
    if first.shape != second.shape:
        raise ValueError(
            "first and second must be of one size, got "
            f"{first.shape} and {second.shape}."
        )
    if min(first.shape) < SMALLEST:
        raise ValueError(
            f"images must be at least {SMALLEST}x{SMALLEST} pixels to find a flow, "
            f"got {first.shape[0]}x{first.shape[1]}."
        )
    flow = np.asarray(solve(first, second))
    if flow.shape != (2, *first.shape):
        raise ValueError(
            f"the solver must return an array of shape {(2, *first.shape)}, got "
            f"{flow.shape}."
        )
    return np.ascontiguousarray(flow, dtype=np.float64 if double else np.float32)


def _gray(image, name):
    image = np.asarray(image)
    if image.dtype.kind not in "buif":
        raise TypeError(f"{name} must hold real numbers, got dtype {image.dtype}.")
    if image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,)):
        raise ValueError(
            f"{name} must be (height, width) or (height, width, 3), got shape "
            f"{image.shape}."
        )
    if image.size and not (np.min(image) >= 0 and np.max(image) <= 255):
        raise ValueError(
            f"{name} must be finite and lie in 0..255, got values from "
            f"{np.min(image)} to {np.max(image)}."
        )
    return np.ascontiguousarray(luma(image[None])[0], dtype=np.float32)


class OpticalFlow(Stage):
    """Find the optical flow of pairs of frames.

    Parameters
    ----------
    solver : str or callable, default="tvl1"
        A name in `SOLVERS`, or a function as for `optical_flow`.
    to : {"first", "previous", "apex"}, default="first"
        The pairs: the first frame with each later one, each frame with the next, or
        the onset (the first frame where it is missing) with the apex.
    align : {"affine", None}, default=None
        Whether the motion of the head, an affine map of 13 of 68 landmarks, is taken
        out of the flow.

    See Also
    --------
    optical_flow : The function on two images.
    align_flow : The alignment, with the details.

    Examples
    --------
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((5, 32, 32), np.uint8), apex=3)
    >>> clip = OpticalFlow(solver="dis", to="apex").transform([clip])[0]
    >>> clip.flow.shape, clip.flow_pairs.tolist()
    ((1, 2, 32, 32), [[0, 3]])
    """

    _parameter_constraints = {
        "solver": [choice(SOLVERS), callable],
        "to": [choice(PAIRS)],
        "align": [choice(["affine"]), None],
    }

    def __init__(self, solver="tvl1", to="first", *, align=None):
        self.solver = solver
        self.to = to
        self.align = align

    def apply(self, clip):
        """Find the flow of one clip.

        Gives the clip with `flow` (float32) and `flow_pairs`. Raises a ValueError if
        there is one frame only, the apex or the landmarks are missing, or the apex is
        the onset.
        """
        pairs = self._pairs(clip)
        frames = luma(clip.frames)
        flow = np.empty((len(pairs), 2, *frames.shape[1:]), np.float32)
        for field, (start, end) in zip(flow, pairs, strict=True):
            field[:] = optical_flow(frames[start], frames[end], self.solver)
        if self.align is not None:
            flow = align_flow(flow, self._head(clip)[pairs[:, 0]])
        return clip.replace(flow=flow, flow_pairs=pairs)

    def _pairs(self, clip):
        if len(clip.frames) < 2:
            raise ValueError(
                "OpticalFlow needs clips of at least 2 frames, got 1: look at what "
                "TrimToEvent or TemporalInterpolation before it leave."
            )
        if self.to == "apex":
            step = "give it (Clip(..., apex=...)) or put an apex finder before"
            need_apex(clip, self, step)
        return PAIRS[self.to](clip)

    def _head(self, clip):
        step = "give them or put a FaceLandmarks step before, or set align=None"
        points = need_landmarks(clip, self, step)
        if points.shape[1] != 68:
            raise ValueError(
                "OpticalFlow(align='affine') knows 13 points of 68 landmarks, got "
                f"{points.shape[1]} landmarks: align_flow takes any points."
            )
        return points[:, list(HEAD_POINTS)]
