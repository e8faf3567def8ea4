"""Videos with arrows of movement, with tables and cropped faces."""

import csv
from collections import deque
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from mefeat.base import one_thread
from mefeat.base._files import whole_file
from mefeat.base._steps import LARGEST_SIDE
from mefeat.kernels._mesh import fit_similarity
from mefeat.overlay._arrows import INK, draw_arrows, draw_legend, spread_order
from mefeat.overlay._canonical import canonical_mesh
from mefeat.overlay._tracking import PARTS, Movement, movement_stream
from mefeat.video import iter_frames, read_landmarks, video_info, video_writer

# Least threshold, pixels of the frame, and how it follows from the stillest quarter of
# the face: 3 standard deviations of either component of a vector of pure noise, of
# which a quarter is shorter than 0.76.
LEAST = 0.1
_SIGMAS, _QUARTER = 3.0, 0.7585
_MEMORY = 500  # frames of which the threshold remembers the noise
_STAY = 0.7  # part of the threshold above which an arrow that is shown stays
_SURE = 0.5
_LONGEST = 1000.0  # times the movement: longer arrows leave every image


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A frame with arrows, and what they show.

    Parameters
    ----------
    image : ndarray of shape (height, width, 3), uint8
        The frame with arrows and legend, RGB; as it came where there is no face.
    movement : Movement
        What was found.
    shown : ndarray of shape (n_points,), bool, or None
        Which points have an arrow, unless there is no room for it.
    threshold : float or None
        Movement in pixels of the frame above which arrows are shown.
    """

    image: np.ndarray
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
        """Give the threshold for a frame."""
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
        Gray or RGB images of one size, uint8. May be a generator.
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
        image = rgb(move.frame)
        mark(image, move.tails, vectors, shown, order, scale, move.grid.area)
        draw_legend(image, scale)
        yield Overlay(image, move, shown, limit)


def visible(vectors, limit, before=None):
    """Choose the vectors shown: those above a threshold, which stay for a while."""
    lengths = np.hypot(*np.asarray(vectors).T)
    shown = lengths > limit
    return shown if before is None else shown | (before & (lengths > _STAY * limit))


def mark(image, tails, vectors, shown, order, scale, area):
    """Draw the arrows that are shown, as many as there is room for."""
    width = max(1, round(np.sqrt(area) / 250))
    order = order[shown[order]]
    draw_arrows(
        image, tails, vectors, scale=scale, ink=INK * area, order=order, width=width
    )


def rgb(frame):
    """Copy a frame as an RGB image."""
    frame = np.asarray(frame)
    if frame.dtype != np.uint8:
        frame = np.clip(np.rint(frame), 0, 255).astype(np.uint8)
    if frame.ndim == 2:
        return np.repeat(frame[..., None], 3, axis=2)
    return np.array(frame, order="C")


COLUMNS = ("frame", "point", "x", "y", "dx", "dy", "confidence", "shown")


@dataclass(slots=True, eq=False)
class Summary:
    """What was found in a video.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    n_without_face : int
        Frames that passed unmarked.
    strongest : int or None
        Frame whose arrows are longest taken together; None without any.
    image : ndarray of shape (height, width, 3) or None
        That frame with its arrows.
    parts : ndarray of shape (n_frames, n_parts, 2), float32
        Mean movement of each part of the face in pixels of the first frame with a
        face, in the order of `PARTS`; NaN without a face. Empty unless it was asked
        for.
    fps : float
        Frames per second.
    """

    n_frames: int = 0
    n_without_face: int = 0
    strongest: int | None = None
    image: np.ndarray | None = None
    parts: np.ndarray = field(default_factory=lambda: np.empty((0, len(PARTS), 2)))
    fps: float = 0.0


def overlay_video(
    source,
    target,
    *,
    landmarks=None,
    fps=None,
    vectors=None,
    faces=None,
    faces_size=224,
    parts=False,
    progress=None,
    **settings,
):
    """Draw how the face moves on a video.

    Parameters
    ----------
    source : path or ClipFile
        A video or a folder of frame images.
    target : path
        Video to write, of the same size and frame rate, in a format of
        `mefeat.video.write_video`.
    landmarks : path or ndarray of shape (n_frames, n_landmarks, 2), optional
        Landmarks of your own, see `mefeat.video.read_landmarks`; by default they are
        found.
    fps : float, optional
        Frames per second, where the footage does not tell.
    vectors : path, optional
        Table to write: .csv with a row for each point of each frame.
    faces : path, optional
        Video of the face alone to write, upright, with arrows and without legend.
        Frames without a face are left out; without any face there is no file.
    faces_size : int, default=224
        Height and width of that video.
    parts : bool, default=False
        Whether the movement of the parts of the face is kept, 88 bytes a frame.
    progress : callable, optional
        `progress(frames)` wraps the iterator of frames, for example `tqdm.tqdm`.
    **settings
        As for `overlay_stream`.

    Returns
    -------
    Summary
        What was found.

    Raises
    ------
    OSError
        If a file cannot be written; before the first frame is read.
    ValueError
        If the frame rate is not known or a parameter is out of its range.
    ReadError
        If the footage or the landmarks cannot be read.

    Notes
    -----
    All files are written beside their places and moved there together at the end:
    there are whole results or none. Memory does not grow with the length of the video,
    but for `parts`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from mefeat.faces import MEAN_FACE
    >>> from mefeat.video import write_video
    >>> points = np.stack([90 + 80 * MEAN_FACE] * 5)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "still.mp4")
    ...     write_video(path, np.zeros((5, 180, 180), np.uint8), fps=25)
    ...     found = overlay_video(path, Path(folder, "out.mp4"), landmarks=points)
    >>> found.n_frames, found.n_without_face, found.strongest
    (5, 0, None)
    """
    if not 0 < faces_size <= LARGEST_SIDE:
        raise ValueError(f"faces_size must be 1 to {LARGEST_SIDE}, got {faces_size}.")
    fps = fps or video_info(source).fps
    if not fps:
        raise ValueError(f"{source} does not tell its frames per second: give fps.")
    if isinstance(landmarks, str | Path):
        landmarks = read_landmarks(landmarks)
    with ExitStack() as files:
        writers = [_Images(files.enter_context(video_writer(target, fps)))]
        if faces is not None:
            scale = settings.get("scale", 5.0)
            video = _face_video(faces, fps, faces_size, scale)
            writers.append(files.enter_context(video))
        if vectors is not None:
            writers.append(_Table(files.enter_context(_table(vectors))))
        files.enter_context(one_thread())
        frames = iter_frames(source, color=True)
        frames = frames if progress is None else progress(frames)
        summary = Summary(fps=fps)
        means, longest = [], 0.0
        for overlay in overlay_stream(frames, landmarks, fps, **settings):
            for writer in writers:
                writer.write(overlay, summary.n_frames)
            length = _length(overlay)
            if length > longest:
                longest, summary.strongest = length, summary.n_frames
                summary.image = overlay.image
            if parts:
                means.append(_parts(overlay))
            summary.n_frames += 1
            summary.n_without_face += overlay.shown is None
    if parts:
        summary.parts = np.array(means)
    return summary


def _length(overlay: Overlay):
    if overlay.shown is None:
        return 0.0
    vectors = (overlay.movement.heads - overlay.movement.tails)[overlay.shown]
    return float(np.hypot(*vectors.T).sum())


def _parts(overlay):
    move = overlay.movement
    if move.parts is None:
        return np.full((len(PARTS), 2), np.nan, np.float32)
    return np.float32(move.grid.pixel * move.parts)


class _Images:
    """Frames with arrows, into a video."""

    def __init__(self, add):
        self.add = add

    def write(self, overlay, index):
        self.add(overlay.image)


class _Faces:
    """Upright faces with arrows, into a video."""

    def __init__(self, add, size, scale):
        self.add, self.size, self.scale = add, size, scale
        self.order = None

    def write(self, overlay, index):
        move = overlay.movement
        if move.landmarks is None:
            return
        matrix = to_face(move.source, self.size)
        size = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
        frame = rgb(move.frame)
        if size < 0.67:
            frame = cv2.GaussianBlur(frame, (0, 0), 0.5 / size)
        face = cv2.warpAffine(frame, matrix, (self.size, self.size))
        tails, heads = (
            points @ matrix[:, :2].T + matrix[:, 2]
            for points in (move.tails, move.heads)
        )
        if self.order is None:
            self.order = spread_order(*move.grid.cells.T)
        area = move.grid.area * size**2
        mark(face, tails, heads - tails, overlay.shown, self.order, self.scale, area)
        self.add(face)


class _NoFaceError(Exception):
    """Ends a video of faces that has none."""


@contextmanager
def _face_video(path, fps, size, scale):
    try:
        with video_writer(path, fps) as write:
            faces = _Faces(write, size, scale)
            yield faces
            if faces.order is None:
                raise _NoFaceError
    except _NoFaceError:
        pass


class _Table:
    """Vectors, into rows of a table."""

    def __init__(self, add):
        self.add = add

    def write(self, overlay, index):
        move = overlay.movement
        if move.landmarks is None:
            return
        rows = np.column_stack([move.tails, move.heads - move.tails])
        for point, row in enumerate(rows):
            confidence = f"{move.confidence[point]:.3f}"
            numbers = (f"{number:.3f}" for number in row)
            self.add([index, point, *numbers, confidence, int(overlay.shown[point])])


@contextmanager
def _table(path):
    with whole_file(path) as part, open(part, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        yield writer.writerow


def to_face(points, size):
    """Map a frame to an upright image of its face."""
    target = canonical_mesh().target
    if len(points) != len(target):
        raise ValueError(f"cropped faces need 68 landmarks, got {len(points)}.")
    return fit_similarity(points, target * ((size - 1) / 255))
