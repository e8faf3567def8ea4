"""The face of a video of any length, aligned and cropped part by part."""

from collections import deque

import numpy as np

from mefeat.base.params import checked_size
from mefeat.base.progress import progress_bar
from mefeat.clip import Clip, ClipFile
from mefeat.faces import detect_faces, iter_landmarks
from mefeat.faces.crop import landmark_box
from mefeat.faces.landmarks import shows_face
from mefeat.faces.models import find_landmark_model, import_dlib
from mefeat.faces.template import place
from mefeat.kernels.mesh import fit_similarity
from mefeat.spotting.geometry import after, smooth, to_box, visible
from mefeat.spotting.regions import face_regions
from mefeat.spotting.steady import Steadier, warp_face
from mefeat.video import iter_frames, read_landmarks, video_info

# Skull more than muscle, and not moved by blinks as the corners of the eyes are.
STEADY_POINTS = (0, 1, 2, 14, 15, 16, 27, 28, 29, 30, 33)
FACES = ("auto", "landmarks", "box", "whole")

_BYTES, _MOST, _LEAST = 32e6, 128, 8
# How often a detector looks for the first face, seconds, and how much a cut of the film
# changes a picture, gray levels.
_LOOK, _CUT = 0.25, 15.0

_NO_FACE = (
    "found no face in any of the {} frames: give landmarks, or take face='whole' "
    "(--no-crop) where the frames are cropped faces."
)


class FaceStream:
    """Read a video once, and give its face in parts of some frames.

    Parameters
    ----------
    source : Clip, ClipFile, path or iterable of ndarray
        The video; pictures one after the other need `fps`.
    face : {"auto", "landmarks", "box", "whole"}, default="auto"
        How the face is found, see `Spotter`.
    size : tuple of int, default=(170, 140)
        Height and width of the cropped face.
    grid : tuple of int, default=(6, 6)
        Rows and columns of blocks.
    mask_eyes : bool, default=True
        Whether blocks leave out the eyes.
    points : sequence of int, default=STEADY_POINTS
        The landmarks that alignment keeps in place.
    smoothing : float, default=0.0
        Seconds over which landmarks are averaged.
    steady : bool, default=False
        Whether what landmarks leave of the head's motion is taken out, see `Steadier`.
    fps : float, default=None
        Frames per second, where the source does not tell.
    landmarks : ndarray of shape (n_frames, 68, 2), default=None
        Landmarks of all frames, where the source does not bring them.
    verbose : bool, default=False
        Whether to show the progress.

    Attributes
    ----------
    fps : float
        Frames per second.
    regions : ndarray of shape (height, width) or None
        The map of blocks, once the first part is read.
    seen : list of bool
        Which of the frames so far show a face. The others are left out of all parts.
    """

    def __init__(
        self,
        source,
        *,
        face="auto",
        size=(170, 140),
        grid=(6, 6),
        mask_eyes=True,
        points=STEADY_POINTS,
        smoothing=0.0,
        steady=False,
        fps=None,
        landmarks=None,
        verbose=False,
    ):
        self.source, self.size, self.grid = source, checked_size(size), tuple(grid)
        self.mask_eyes, self.points = mask_eyes, list(points)
        self.verbose, self.regions, self.seen = verbose, None, []
        self._info = None
        if isinstance(source, Clip | ClipFile | str) or hasattr(source, "__fspath__"):
            self._info = video_info(source)
        elif not hasattr(source, "__iter__"):
            raise TypeError(
                "spotting needs a Clip, a ClipFile, a path or pictures one after the "
                f"other, got {type(source).__name__}."
            )
        if fps is None and self._info is not None:
            fps = self._info.fps
        if fps is None:
            raise ValueError(
                "spotting needs the frames per second of the video: give fps."
            )
        if not 0 < fps < np.inf:
            raise ValueError(f"fps must be positive and finite, got {fps}.")
        self.fps = fps
        self.known = _known_landmarks(source, landmarks)
        self.face = _choose(face, self.known)
        self.sigma = smoothing / 2 * self.fps
        self.steady, self._steadier = steady, None

    def parts(self):
        """Give the face part by part.

        Yields
        ------
        ndarray of shape (n_frames, height, width), float32
            The next frames that show a face, aligned and cropped.

        Raises
        ------
        ValueError
            If the video has no frames, or none of them shows a face.
        """
        reach = int(np.ceil(4 * self.sigma))
        waiting, tracks = [], deque(maxlen=reach)
        count = None
        for frame, points in self._faces():
            waiting.append((frame, points))
            count = count or int(np.clip(_BYTES // frame.nbytes, _LEAST, _MOST))
            if len(waiting) == count + reach:
                yield self._part(waiting, tracks, count)
                del waiting[:count]
        if not self.seen:
            raise ValueError("the video has no frames.")
        if count is None:
            raise ValueError(_NO_FACE.format(len(self.seen)))
        if waiting:
            yield self._part(waiting, tracks, len(waiting))

    def _faces(self):
        """Leave out frames without a face: titles, say, or a face that turns away."""
        if self.face == "landmarks":
            for t, (frame, points) in enumerate(self._frames()):
                self.seen.append(shows_face(points, t))
                if self.seen[-1]:
                    yield frame, points
            return
        frames = (frame for frame, _ in self._frames())
        frames = frames if self.face == "whole" else self._boxed(frames)
        for frame in frames:
            self.seen.append(True)
            yield frame, None

    def _boxed(self, frames):
        """Begin with the shot in which a detector finds a face."""
        before, look = deque(maxlen=_MOST), max(1, round(_LOOK * self.fps))
        for t, frame in enumerate(frames):
            before.append(frame)
            boxes = detect_faces(frame, detector="cascade") if t % look == 0 else []
            if len(boxes):
                self._box = boxes[0]
                break
        else:
            self.seen += [False] * (t + 1) if before else []
            return
        shot = [before.pop()]
        while before and _mean_change(before[-1], shot[-1]) < _CUT:
            shot.append(before.pop())
        self.seen += [False] * (t + 1 - len(shot))
        yield from reversed(shot)
        yield from frames

    def _frames(self):
        """Pair each picture with its landmarks, or None."""
        if self._info is None:
            pictures = _gray_pictures(self.source)
        else:
            pictures = iter_frames(self.source)
        total = None if self._info is None else self._info.n_frames
        pictures = progress_bar(pictures, total=total, unit="frame", shown=self.verbose)
        if self.face != "landmarks":
            yield from ((picture, None) for picture in pictures)
        elif self.known is not None:
            count = 0
            for count, picture in enumerate(pictures, 1):
                if count > len(self.known):
                    break
                yield picture, self.known[count - 1]
            if count != len(self.known):
                has = count if count < len(self.known) else "more"
                raise ValueError(
                    f"landmarks of {len(self.known)} frames were given, but the video "
                    f"has {has}."
                )
        else:
            yield from _with_landmarks(pictures)

    def _part(self, waiting, tracks, count):
        frames = np.stack([frame for frame, _ in waiting[:count]])
        if self.face == "landmarks":
            points = np.array([points for _, points in waiting])
        else:
            points = None
        if self.regions is None:
            self._prepare(frames, points)
        if self.face == "whole":
            return self._whole(frames)
        if self.face == "box":
            matrices = np.repeat(self._to_crop[None, :2], count, axis=0)
            return self._cropped(frames, matrices)
        used = points[:, self.points]
        before = np.array(tracks).reshape(-1, *used.shape[1:])
        track = smooth(np.concatenate([before, used]), self.sigma)
        tracks.extend(used[:count])
        aligned = fit_similarity(track[len(before) :][:count], self._target)
        return self._cropped(frames, after(self._to_crop, aligned))

    def _cropped(self, frames, matrices):
        if self.steady:
            if self._steadier is None:
                follow = self.face == "box"
                self._steadier = Steadier(self.regions, self.fps, follow=follow)
            seen = np.ones(len(frames), bool)
            matrices = self._steadier.correct(frames, matrices, seen)
        return self._warped(frames, matrices, cubic=self.steady)

    def _prepare(self, frames, points):
        """Settle by the first part where the face is, and what of it is compared."""
        if self.face == "whole":
            shape = frames.shape[1:]
            self._to_crop = to_box(np.array([0.0, 0, *shape]), self.size)
            self.regions = face_regions(None, self.size, self.grid)
            return
        if self.face == "box":
            rest = place(self._box)
        else:
            rest = np.median(points, axis=0)
        self._target = rest[self.points]
        box = landmark_box(rest[None], self.size)
        self._to_crop = to_box(box, self.size)
        inside = rest @ self._to_crop[:2, :2].T + self._to_crop[:2, 2]
        seen = visible(self._to_crop, self.size, frames.shape[1:], rest)
        self.regions = face_regions(
            inside, self.size, self.grid, mask_eyes=self.mask_eyes, visible=seen
        )

    def _whole(self, frames):
        if frames.shape[1:] == self.size:
            pictures = frames
        else:
            matrices = np.repeat(self._to_crop[None, :2], len(frames), axis=0)
            pictures = self._warped(frames, matrices)
        return pictures.astype(np.float32)

    def _warped(self, frames, matrices, *, cubic=False):
        # The whole video is sampled as its first part asks for: a head that comes a
        # little nearer must not be blurred otherwise from some frame on.
        shrink = 1 / np.sqrt(np.linalg.det(self._to_crop[:2, :2]))
        n_sub = max(1, round(shrink))
        return warp_face(frames, matrices, self.size, n_sub, cubic=cubic)


def _choose(face, known):
    if face not in FACES:
        raise ValueError(f"face must be among {FACES}, got {face!r}.")
    if face != "auto":
        return face
    if known is not None:
        return "landmarks"
    try:
        import_dlib()
        find_landmark_model()
    except (ImportError, OSError):
        return "box"
    return "landmarks"


def _known_landmarks(source, landmarks):
    """Landmarks that the source brings, for its first frame and on."""
    if landmarks is None and isinstance(source, Clip):
        landmarks = source.landmarks
    if landmarks is None and isinstance(source, ClipFile) and source.landmarks:
        first, last = source.span or (0, None)
        landmarks = read_landmarks(source.landmarks)
        landmarks = landmarks[first : None if last is None else last + 1]
        if source.roi is not None:
            landmarks = landmarks - source.roi[1::-1]
    if landmarks is not None and np.shape(landmarks)[1:] != (68, 2):
        raise ValueError(
            "spotting needs the 68 points of iBUG 300-W, got landmarks of shape "
            f"{np.shape(landmarks)}."
        )
    return landmarks


def _with_landmarks(pictures):
    held = deque()

    def noted():
        for picture in pictures:
            held.append(picture)
            yield picture

    for points in iter_landmarks(noted()):
        yield held.popleft(), points


def _mean_change(first, second):
    return np.abs(np.subtract(first, second, dtype=np.float32)).mean()


def _gray_pictures(pictures):
    from mefeat.video.frames import gray_picture

    shape = None
    for t, picture in enumerate(map(np.asarray, pictures)):
        shape = shape or picture.shape
        if picture.shape != shape or len(shape) < 2 or shape[2:] not in ((), (3,)):
            raise ValueError(
                "pictures must be (height, width) or (height, width, 3) and of one "
                f"size, got shape {picture.shape} for picture {t}."
            )
        yield gray_picture(picture)
