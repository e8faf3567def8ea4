"""Movement of a face in a video, frame by frame, in little memory."""

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np

from mefeat.faces import iter_landmarks
from mefeat.kernels.sampling import sample_at
from mefeat.overlay.calm import calmed, nearness
from mefeat.overlay.canonical import (
    FOLLOW,
    CanonicalMesh,
    canonical_mesh,
    pixel_size,
    softness,
)
from mefeat.overlay.movement import micro_movement, texture
from mefeat.overlay.parts import PARTS, face_parts
from mefeat.overlay.smoothing import SMOOTHERS
from mefeat.overlay.solvers import MOVEMENTS
from mefeat.overlay.steady import TRACKABLE, still_skin
from mefeat.regions import region_means
from mefeat.video.frames import gray_picture

# Distance of the points of the default grid, pixels of the frame.
_APART = 15


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
    """

    frame: np.ndarray
    landmarks: np.ndarray | None = None
    source: np.ndarray | None = None
    grid: object = None
    vectors: np.ndarray | None = None
    parts: np.ndarray | None = None
    tails: np.ndarray | None = None
    heads: np.ndarray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Points of the canonical face that are followed.

    Parameters
    ----------
    points : ndarray of shape (n_points, 2), int
        Points (x, y) of the canvas.
    cells : ndarray of shape (n_points, 2), int
        Row and column of each in the grid.
    confidence : ndarray of shape (n_points,)
        How well each can be tracked, 0 to 1: e / (e + 1), e being the smallest
        eigenvalue of `texture` in squared gray levels per pixel.
    pixel : float
        Side of a pixel of the canvas in pixels of the reference frame.
    area : float
        Skin of the face in the reference frame, pixels.
    """

    points: np.ndarray
    cells: np.ndarray
    confidence: np.ndarray
    pixel: float
    area: float


def movement_stream(
    frames,
    landmarks=None,
    fps=None,
    *,
    method="lk",
    mesh=None,
    follow="head",
    smoothing="savgol",
    steady=True,
    step=None,
    face=0,
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
    method : str or callable, default="lk"
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
    if mesh is not None and not isinstance(mesh, CanonicalMesh):
        raise TypeError(f"mesh must be a CanonicalMesh, got {type(mesh).__name__}.")
    frames, held = _noted(frames)
    if landmarks is None:
        landmarks = iter_landmarks(frames, face=face)
    else:
        landmarks = _along(frames, landmarks)
    mesh = canonical_mesh() if mesh is None else mesh
    smooth = SMOOTHERS[smoothing](_checked(landmarks, len(mesh.target)), fps)
    pairs = ((held.popleft(), points) for points in smooth)
    tracker = _Tracker(mesh, method, FOLLOW[follow], steady, step)
    return _smoothed(map(tracker.track, pairs), tracker, fps)


class _Tracker:
    """What must be kept of the reference, and the movement from it to a frame."""

    def __init__(self, mesh, method, follow, steady, step):
        self.mesh, self.method, self.follow = mesh, method, follow
        self.steady, self.step = steady, step
        self.reference = self.picture = self.grid = self.parts = None
        self.still, self.strength = mesh.skin, None

    def track(self, pair):
        """Give the frame, its points, its mesh, and vectors of grid and parts."""
        frame, points = pair
        if np.isnan(points).any():
            return frame, None, None, np.full((1, 2), np.nan)
        if self.reference is None:
            self._begin(frame, points)
        source = self.follow(self.mesh, self.reference, points)
        picture = self._canonical(frame, source)
        flow = micro_movement(
            self.picture,
            picture,
            self.method,
            steady=self.steady,
            still=self.still,
            strength=self.strength,
        )
        x, y = self.grid.points.T
        vectors = flow[:, y, x].T.astype(np.float64)
        if self.parts is not None:
            means = [region_means(part, self.parts) for part in flow]
            vectors = np.concatenate([vectors, np.transpose(means)])
        return frame, points, source, vectors

    def near(self):
        """Weigh the points of the grid around each of them and each part."""
        points = places = self.grid.points.astype(np.float64)
        if self.parts is not None:
            areas = [np.argwhere(self.parts == k) for k in range(len(PARTS))]
            middles = [area[:, ::-1].mean(axis=0) for area in areas]
            places = np.concatenate([places, middles])
        return nearness(places, points)

    def _begin(self, frame, points):
        mesh = self.mesh
        self.reference = points
        self.picture = self._canonical(frame, points)
        pixel = pixel_size(mesh, points)
        step = self.step or int(np.clip(round(_APART / pixel), 4, 48))
        middle = len(mesh.skin) // 2
        first = middle % step
        y, x = np.mgrid[first : len(mesh.skin) : step, first : len(mesh.skin) : step]
        on_skin = mesh.skin[y, x]
        cells = np.argwhere(on_skin)
        points = np.stack([x[on_skin], y[on_skin]], axis=1)
        self.strength = texture(self.picture)
        strength = self.strength[points[:, 1], points[:, 0]]
        confidence = (strength / (strength + TRACKABLE)).astype(np.float64)
        area = float(mesh.skin.sum() * pixel**2)
        self.grid = Grid(points, cells, confidence, pixel, area)
        if len(mesh.target) == 68:
            self.parts = face_parts(mesh.target, mesh.skin.shape)
            self.still = still_skin(mesh.target, mesh.skin.shape)

    def _canonical(self, frame, source):
        gray = gray_picture(frame)
        sigma = softness(self.mesh, source)
        if sigma:
            gray = cv2.GaussianBlur(gray, (0, 0), sigma)
        picture = np.empty((*self.mesh.skin.shape, 1), np.float32)
        sample_at(gray[..., None], self.mesh.backward(source), picture)
        return picture[..., 0]


def _smoothed(tracked, tracker, fps):
    """Smooth vectors in time, and bring them back into their frames."""
    held = deque()

    def vectors():
        for found in tracked:
            held.append(found[:3])
            yield found[3]

    for smooth in calmed(vectors(), tracker.near, fps):
        frame, points, source = held.popleft()
        if points is None:
            yield Movement(frame)
            continue
        grid, mesh = tracker.grid, tracker.mesh
        n_points = len(grid.points)
        places = grid.points.astype(np.float64)
        yield Movement(
            frame,
            points,
            source,
            grid,
            smooth[:n_points],
            smooth[n_points:] if tracker.parts is not None else None,
            mesh.backward_points(source, places),
            mesh.backward_points(source, places + smooth[:n_points]),
        )


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
    for points in landmarks:
        points = np.asarray(points, dtype=np.float64)
        if points.shape != (n_points, 2):
            raise ValueError(
                f"landmarks must be {n_points} points (x, y) for this mesh, got shape "
                f"{points.shape}: give a CanonicalMesh of your own."
            )
        yield points
