"""Arrows drawn on a video, frame by frame, in little memory."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from mefeat.overlay.arrows import INK, draw_arrows, draw_legend, spread_order
from mefeat.overlay.tracking import Movement, movement_stream

# Least threshold, pixels of the frame, and how it follows from the stillest quarter of
# the face: 3 standard deviations of either component of a vector of pure noise, of
# which a quarter is shorter than 0.76.
LEAST = 0.1
_SIGMAS, _QUARTER = 3.0, 0.7585
_MEMORY = 500  # frames of which the threshold remembers the noise
_STAY = 0.7  # part of the threshold above which an arrow that is shown stays
_SURE = 0.5
_LONGEST = 1000.0  # times the movement: longer arrows leave every picture


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A frame with arrows, and what they show.

    Parameters
    ----------
    picture : ndarray of shape (height, width, 3), uint8
        The frame with arrows and legend, RGB; as it came where there is no face.
    movement : Movement
        What was found.
    shown : ndarray of shape (n_points,), bool, or None
        Which points have an arrow, unless there is no room for it.
    threshold : float or None
        Movement in pixels of the frame above which arrows are shown.
    """

    picture: np.ndarray
    movement: Movement
    shown: np.ndarray | None = None
    threshold: float | None = None


class AutoThreshold:
    """A threshold that the face itself tells: three times what its stillest part does.

    Notes
    -----
    An expression moves a part of the face; errors of landmarks, a head that turns and
    noise move all of it. So in each frame a quarter of the points, those with the
    shortest vectors, is taken for still. If their vectors were pure noise, the longest
    of them would be 0.76 standard deviations of a component long. The threshold is
    three of the greater of two standard deviations, that of this frame and the median
    of the last 500 frames, and at least 0.1 pixel. What moves more than three quarters
    of the face is thus not shown.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(scale=0.2, size=(2000, 2))
    >>> round(AutoThreshold()(noise), 1)
    0.6
    """

    def __init__(self):
        self.levels = deque(maxlen=_MEMORY)

    def __call__(self, vectors):
        """Give the threshold for a frame.

        Parameters
        ----------
        vectors : ndarray of shape (n_points, 2)
            Vectors (x, y) of the points that can be tracked, pixels.

        Returns
        -------
        float
            The threshold, pixels.
        """
        if not len(vectors):
            return LEAST
        level = np.quantile(np.hypot(*vectors.T), 0.25) / _QUARTER
        self.levels.append(level)
        return float(max(LEAST, _SIGMAS * max(level, np.median(self.levels))))


def overlay_stream(
    frames, landmarks=None, fps=None, *, scale=5.0, threshold="auto", **settings
):
    """Draw how the face moves on the frames of a video.

    Parameters
    ----------
    frames : iterable of ndarray of shape (height, width) or (height, width, 3)
        Gray or RGB pictures of one size, uint8. May be a generator.
    landmarks : iterable of ndarray of shape (n_landmarks, 2), optional
        Points (x, y) of each frame, NaN where there is no face. By default they are
        found.
    fps : float, optional
        Frames per second.
    scale : float, default=5.0
        How many times longer than the movement arrows are drawn.
    threshold : "auto" or float, default="auto"
        Movement above which arrows are shown, pixels of the frame; "auto" is
        `AutoThreshold`.
    **settings
        As for `movement_stream`.

    Returns
    -------
    iterator of Overlay
        One for each frame, in order, some frames late.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    See Also
    --------
    overlay_video : The same from file to file.

    Notes
    -----
    Arrows cover at most 9 percent of the face: where there would be more, points of an
    even pattern are left out. An arrow that is shown stays until its movement falls
    below 0.7 times the threshold.

    Examples
    --------
    >>> from mefeat.faces import MEAN_FACE
    >>> still = [np.zeros((180, 180), np.uint8)] * 3
    >>> points = [90 + 80 * MEAN_FACE] * 3
    >>> [int(overlay.shown.sum()) for overlay in overlay_stream(still, points)]
    [0, 0, 0]
    """
    if not 0 < scale <= _LONGEST:
        raise ValueError(f"scale must be positive, up to {_LONGEST:g}, got {scale}.")
    if threshold != "auto" and not (np.isreal(threshold) and 0 <= threshold < np.inf):
        raise ValueError(
            f"threshold must be 'auto' or finite and not negative, got {threshold!r}."
        )
    moves = movement_stream(frames, landmarks, fps, **settings)
    auto = AutoThreshold() if threshold == "auto" else None
    return _drawn(moves, scale, threshold if auto is None else auto)


def _drawn(moves, scale, threshold):
    shown, order = None, None
    for move in moves:
        if move.landmarks is None:
            shown = None
            yield Overlay(rgb(move.frame), move)
            continue
        vectors, sure = move.heads - move.tails, move.confidence >= _SURE
        if order is None:
            order = spread_order(*move.grid.cells.T)
        limit = threshold(vectors[sure]) if callable(threshold) else float(threshold)
        shown = sure & visible(vectors, limit, shown)
        picture = rgb(move.frame)
        mark(picture, move.tails, vectors, shown, order, scale, move.grid.area)
        draw_legend(picture, scale)
        yield Overlay(picture, move, shown, limit)


def visible(vectors, limit, before=None):
    """Say which vectors are shown: those that exceed a threshold, and stay for a while.

    Parameters
    ----------
    vectors : ndarray of shape (n_points, 2)
        Vectors (x, y).
    limit : float
        The threshold.
    before : ndarray of shape (n_points,), bool, optional
        Which were shown in the frame before; they stay until they fall below 0.7 of
        the threshold.

    Returns
    -------
    ndarray of shape (n_points,), bool
        Which are shown.

    Examples
    --------
    >>> vectors = np.array([[2.0, 0.0], [0.8, 0.0], [0.8, 0.0]])
    >>> visible(vectors, 1.0, np.array([False, False, True])).tolist()
    [True, False, True]
    """
    lengths = np.hypot(*np.asarray(vectors).T)
    shown = lengths > limit
    return shown if before is None else shown | (before & (lengths > _STAY * limit))


def mark(picture, tails, vectors, shown, order, scale, area):
    """Draw the arrows that are shown, as many as there is room for.

    Parameters
    ----------
    picture : ndarray of shape (height, width, 3), uint8
        RGB, updated in place.
    tails, vectors : ndarray of shape (n_points, 2)
        Arrows, (x, y), pixels.
    shown : ndarray of shape (n_points,), bool
        Which to draw.
    order : ndarray of shape (n_points,), int
        In which order.
    scale : float
        How many times longer they are drawn.
    area : float
        Size of the face, pixels.
    """
    width = max(1, round(np.sqrt(area) / 250))
    order = order[shown[order]]
    draw_arrows(
        picture, tails, vectors, scale=scale, ink=INK * area, order=order, width=width
    )


def rgb(frame):
    """Copy a frame as an RGB picture.

    Parameters
    ----------
    frame : ndarray of shape (height, width) or (height, width, 3)
        Picture with values in 0..255.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8
        A copy.

    Examples
    --------
    >>> rgb(np.array([[7.2]])).tolist()
    [[[7, 7, 7]]]
    """
    frame = np.asarray(frame)
    if frame.dtype != np.uint8:
        frame = np.clip(np.rint(frame), 0, 255).astype(np.uint8)
    if frame.ndim == 2:
        return np.repeat(frame[..., None], 3, axis=2)
    return np.array(frame, order="C")
