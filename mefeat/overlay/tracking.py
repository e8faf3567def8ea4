"""Movement of a face in a video, frame by frame, in little memory."""

from collections import deque
from dataclasses import dataclass
from functools import partial

import numpy as np

from mefeat.faces import iter_landmarks
from mefeat.faces.landmarks import shows_face
from mefeat.overlay.calm import calmed
from mefeat.overlay.canonical import CanonicalMesh, canonical_mesh
from mefeat.overlay.face import FOLLOW
from mefeat.overlay.smoothing import SMOOTHERS, apart
from mefeat.overlay.solvers import MOVEMENTS
from mefeat.overlay.tracker import Grid, Tracker, jumped


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """How the face of one frame has moved since the reference.

    Parameters
    ----------
    frame : ndarray of shape (height, width) or (height, width, 3)
        The picture, as it came.
    landmarks : ndarray of shape (n_landmarks, 2) or None
        Smoothed points (x, y); None where there is no face, and then all that follows
        is None.
    source : ndarray of shape (n_landmarks, 2) or None
        Points of the frame's mesh.
    grid : Grid or None
        Points of the canonical face.
    vectors : ndarray of shape (n_points, 2) or None
        Movement (x, y) of these points, smoothed in time, canonical pixels.
    parts : ndarray of shape (n_parts, 2) or None
        Mean movement of each part of the face, canonical pixels.
    tails, heads : ndarray of shape (n_points, 2) or None
        Points (x, y) of the frame: where the skin would be if only the head had moved,
        and where it is.
    confidence : ndarray of shape (n_points,) or None
        That of the grid; 0 for points that are lost in this frame: their skin does not
        look there as it did in the reference, so it was covered, or went too far.
    """

    frame: np.ndarray
    landmarks: np.ndarray | None = None
    source: np.ndarray | None = None
    grid: Grid | None = None
    vectors: np.ndarray | None = None
    parts: np.ndarray | None = None
    tails: np.ndarray | None = None
    heads: np.ndarray | None = None
    confidence: np.ndarray | None = None


def movement_stream(
    frames,
    landmarks=None,
    fps=None,
    *,
    method="disc",
    mesh=None,
    follow="head",
    smoothing="savgol",
    steady=True,
    step=None,
    face=0,
    turn=1.1,
):
    """Find how the face moves in a video since the first frame that shows it.

    Parameters
    ----------
    frames : iterable of ndarray of shape (height, width) or (height, width, 3)
        Gray or RGB pictures of one size, uint8. May be a generator.
    landmarks : iterable of ndarray of shape (n_landmarks, 2), optional
        Points (x, y) of each frame, NaN where there is no face. By default they are
        found by `mefeat.faces.iter_landmarks`.
    fps : float, optional
        Frames per second, from which the windows of the smoothing follow.
    method : str or callable, default="disc"
        As for `micro_movement`.
    mesh : CanonicalMesh, optional
        Mesh of your own for other landmarks than the usual 68.
    follow : {"head", "landmarks"}, default="head"
        What the mesh follows, see `CanonicalFace`.
    smoothing : {"savgol", "one_euro", "none"}, default="savgol"
        How landmarks are smoothed in time.
    steady : bool, default=True
        Whether the motion of the head that landmarks leave is taken out, see
        `steadied`.
    step : int, optional
        Distance of the points that are followed, canonical pixels; by default about 15
        pixels of the first frame.
    face : int, default=0
        Which face is followed where there are several, 0 being the largest.
    turn : float, default=1.1
        A frame becomes the new reference, from which movement is counted, when the
        head is stretched so much more along one direction than across it since the
        last one, as it is when it turns away. None keeps the first one. After a cut,
        where all points jump, there is always a new one.

    Returns
    -------
    iterator of Movement
        One for each frame, in order, some frames late.

    Raises
    ------
    ValueError
        If an argument is not known, or landmarks do not fit the mesh or the frames.

    Notes
    -----
    Vectors are smoothed in time by `calmed`, which makes arrows steady, and leaves the
    peaks of short expressions.

    Examples
    --------
    >>> from mefeat.faces import MEAN_FACE
    >>> still = [np.zeros((180, 180), np.uint8)] * 3
    >>> points = [90 + 80 * MEAN_FACE] * 3
    >>> moves = list(movement_stream(still, points))
    >>> len(moves), float(abs(moves[2].vectors).max())
    (3, 0.0)
    """
    for name, value, known in (
        ("method", method, MOVEMENTS),
        ("follow", follow, FOLLOW),
        ("smoothing", smoothing, SMOOTHERS),
    ):
        if value not in known and not (name == "method" and callable(value)):
            raise ValueError(f"{name} must be among {list(known)}, got {value!r}.")
    if turn is not None and not 1 < turn < np.inf:
        raise ValueError(f"turn must be above 1 and finite, or None, got {turn}.")
    if step is not None and not step >= 1:
        raise ValueError(f"step must be at least 1 pixel, got {step}.")
    if fps is not None and not 0 < fps < np.inf:
        raise ValueError(f"fps must be positive and finite, got {fps}.")
    if mesh is not None and not isinstance(mesh, CanonicalMesh):
        raise TypeError(f"mesh must be a CanonicalMesh, got {type(mesh).__name__}.")
    frames, held = _noted(frames)
    if landmarks is None:
        landmarks = iter_landmarks(frames, face=face)
    else:
        landmarks = _along(frames, landmarks)
    mesh = canonical_mesh() if mesh is None else mesh
    points = _shots(_checked(landmarks, len(mesh.target)))
    smooth = apart(partial(SMOOTHERS[smoothing], fps=fps), points)
    pairs = ((held.popleft(), points) for points in smooth)
    tracker = Tracker(mesh, method, FOLLOW[follow], steady, step, turn)
    return _smoothed(map(tracker.track, pairs), tracker, fps)


def _smoothed(tracked, tracker, fps):
    """Smooth vectors in time, and bring them back into their frames."""
    held, mesh = deque(), tracker.mesh

    def vectors():
        for found in tracked:
            held.append(found)
            yield found.vectors, found.fresh

    smooth = partial(calmed, near=tracker.near, fps=fps)
    for moved in apart(smooth, vectors()):
        found = held.popleft()
        if found.points is None:
            yield Movement(found.frame)
            continue
        n_points = len(found.grid.points)
        places = found.grid.points.astype(np.float64)
        yield Movement(
            found.frame,
            found.points,
            found.source,
            found.grid,
            moved[:n_points],
            moved[n_points:] if tracker.parts is not None else None,
            mesh.backward_points(found.source, places),
            mesh.backward_points(found.source, places + moved[:n_points]),
            found.confidence,
        )


def _shots(landmarks):
    """Tell where landmarks jump, so that they are not smoothed across it."""
    before = None
    for points in landmarks:
        yield points, jumped(before, points)
        before = points


def _noted(frames):
    """Hold frames from when they are taken until their landmarks are ready."""
    held = deque()

    def taken():
        for frame in frames:
            held.append(frame)
            yield frame

    return taken(), held


def _along(frames, landmarks):
    """Give landmarks while their frames are taken; both must end together."""
    for t, (_, points) in enumerate(_both(frames, landmarks)):
        if points is None:
            raise ValueError(f"landmarks must be as many as frames, got {t}.")
        yield points


def _both(frames, landmarks):
    landmarks = iter(landmarks)
    for frame in frames:
        yield frame, next(landmarks, None)
    if next(landmarks, None) is not None:
        raise ValueError("landmarks must be as many as frames, got more.")


def _checked(landmarks, n_points):
    for t, points in enumerate(landmarks):
        points = np.asarray(points, dtype=np.float64)
        if points.shape != (n_points, 2):
            raise ValueError(
                f"landmarks must be {n_points} points (x, y) for this mesh, got shape "
                f"{points.shape}: give a CanonicalMesh of your own."
            )
        yield points if shows_face(points, t) else np.full_like(points, np.nan)
