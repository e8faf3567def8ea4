"""The step that gives a clip its optical flow."""

import numpy as np

from mefeat.base import Stage, need_apex, need_landmarks
from mefeat.base.params import choice
from mefeat.clip import luma
from mefeat.flow.alignment import HEAD_POINTS, align_flow
from mefeat.flow.between import optical_flow
from mefeat.flow.solvers import SOLVERS


def pairs_from_first(clip):
    """Pair the first frame with each later one.

    Parameters
    ----------
    clip : Clip
        The clip.

    Returns
    -------
    ndarray of shape (n_frames - 1, 2)
        Frame from and frame to.
    """
    later = np.arange(1, len(clip.frames))
    return np.stack([0 * later, later], axis=1)


def pairs_from_previous(clip):
    """Pair each frame with the next.

    Parameters
    ----------
    clip : Clip
        The clip.

    Returns
    -------
    ndarray of shape (n_frames - 1, 2)
        Frame from and frame to.
    """
    later = np.arange(1, len(clip.frames))
    return np.stack([later - 1, later], axis=1)


def pair_to_apex(clip):
    """Pair the onset with the apex.

    Parameters
    ----------
    clip : Clip
        The clip; its first frame stands for a missing onset.

    Returns
    -------
    ndarray of shape (1, 2)
        Onset and apex.
    """
    onset = 0 if clip.onset is None else clip.onset
    return np.array([[onset, clip.apex]])


PAIRS = {
    "first": pairs_from_first,
    "previous": pairs_from_previous,
    "apex": pair_to_apex,
}


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
    optical_flow : The function on two pictures.
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

    def __init__(self, solver="tvl1", to="first", align=None):
        self.solver = solver
        self.to = to
        self.align = align

    def apply(self, clip):
        """Find the flow of one clip.

        Parameters
        ----------
        clip : Clip
            The clip.

        Returns
        -------
        Clip
            The clip with `flow` (float32) and `flow_pairs`.

        Raises
        ------
        ValueError
            If there is one frame only, the apex or the landmarks are missing, or the
            apex is the onset.
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
