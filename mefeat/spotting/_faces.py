"""The face of a video, aligned and cropped part by part."""

from collections import deque

import numpy as np

from mefeat.base._parallel import progress_bar
from mefeat.base._steps import checked_size
from mefeat.clip import Clip, ClipFile
from mefeat.faces import detect_faces
from mefeat.faces._crop import landmark_box
from mefeat.faces._detection import find_landmark_model, import_dlib
from mefeat.faces._template import place
from mefeat.faces._tracking import (
    Steadier,
    after,
    follow_face,
    smooth_landmarks,
    to_box,
    visible,
    warp_face,
)
from mefeat.kernels._mesh import fit_similarity
from mefeat.spotting._regions import face_regions
from mefeat.video import iter_frames, read_landmarks, video_info

# Skull more than muscle, and not moved by blinks as the corners of the eyes are.
STEADY_POINTS = (0, 1, 2, 14, 15, 16, 27, 28, 29, 30, 33)
FACES = ("auto", "landmarks", "box", "whole")

_BYTES, _MOST, _LEAST = 32e6, 128, 8
# How often a detector looks for the first face, seconds, and how much a cut of the film
# changes an image, gray levels.
_LOOK, _CUT = 0.25, 15.0

_NO_FACE = (
    "found no face in any of the {} frames: give landmarks, or take face='whole' "
    "(--no-crop) where the frames are cropped faces."
)


class FaceStream:
    """Read a video once, and give its face in parts of some frames."""

    def __init__(
        self,
        source,
        *,
        face="auto",
        size=(170, 140),
        grid=(6, 6),
        mask_eyes=True,
        points=STEADY_POINTS,
        smoothing_s=0.0,
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
                "spotting needs a Clip, a ClipFile, a path or images one after the "
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
        self.sigma = smoothing_s / 2 * self.fps
        self.steady, self._steadier = steady, None

    def parts(self):
        """Give the face part by part."""
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
            for frame, points in follow_face(self._images(), self.known):
                self.seen.append(not np.isnan(points).any())
                if self.seen[-1]:
                    yield frame, points
            return
        images = iter(self._images())
        for frame in images if self.face == "whole" else self._boxed(images):
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

    def _images(self):
        if self._info is None:
            images = _gray_images(self.source)
        else:
            images = iter_frames(self.source)
        total = None if self._info is None else self._info.n_frames
        return progress_bar(images, total=total, unit="frame", shown=self.verbose)

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
        track = smooth_landmarks(np.concatenate([before, used]), self.sigma)
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
            images = frames
        else:
            matrices = np.repeat(self._to_crop[None, :2], len(frames), axis=0)
            images = self._warped(frames, matrices)
        return images.astype(np.float32)

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


def _mean_change(first, second):
    return np.abs(np.subtract(first, second, dtype=np.float32)).mean()


def _gray_images(images):
    from mefeat.video._reading import gray_image

    shape = None
    for t, image in enumerate(map(np.asarray, images)):
        shape = shape or image.shape
        if image.shape != shape or len(shape) < 2 or shape[2:] not in ((), (3,)):
            raise ValueError(
                "images must be (height, width) or (height, width, 3) and of one "
                f"size, got shape {image.shape} for image {t}."
            )
        yield gray_image(image)
