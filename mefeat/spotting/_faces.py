"""The face of a video of any length, aligned and cropped part by part."""

from collections import deque

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from mefeat.base._parallel import progress_bar
from mefeat.base._steps import checked_size
from mefeat.clip import Clip, ClipFile
from mefeat.faces import detect_faces, iter_landmarks
from mefeat.faces._crop import landmark_box
from mefeat.faces._detection import find_landmark_model, import_dlib
from mefeat.faces._landmarks import shows_face
from mefeat.faces._template import place
from mefeat.kernels._mesh import fit_similarity
from mefeat.kernels._registration import register_similarity
from mefeat.kernels._sampling import affine_inverse, sample_affine, sample_cubic
from mefeat.spotting._regions import face_regions
from mefeat.video import iter_frames, read_landmarks, video_info

# How far around the image's border pixels may be missing when the head moves, in
# widths of the face.
_BORDER = 0.05


def to_box(box, size):
    """Map a box onto an image; pixel 0 covers -0.5 to 0.5."""
    y, x = np.asarray(size) / box[2:]
    shift_x, shift_y = (0.5 - box[1]) * x - 0.5, (0.5 - box[0]) * y - 0.5
    return np.array([[x, 0, shift_x], [0, y, shift_y], [0, 0, 1]])


def after(second, first):
    """Apply some affine maps first, then another."""
    out = second[:2, :2] @ first
    out[..., 2] += second[:2, 2]
    return out


def smooth(points, sigma):
    """Average points over time; what stays is not touched."""
    if sigma == 0 or len(points) == 1:
        return points
    first = points[:1]
    return first + gaussian_filter1d(points - first, sigma, axis=0, mode="nearest")


def visible(to_crop, size, shape, rest):
    """Mark pixels of the crop that stay within the frame when the head moves."""
    back = affine_inverse(to_crop[None, :2])[0]
    y, x = np.mgrid[: size[0], : size[1]]
    points = np.stack([x, y], axis=-1) @ back[:, :2].T + back[:, 2]
    margin = _BORDER * np.ptp(rest[:, 0])
    upper = np.array(shape[::-1]) - 1 - margin
    return ((points >= margin) & (points <= upper)).all(axis=-1)


# Images are compared at this part of their size.
_PART = 2
_N_ROUNDS = 6
# Seconds over which the reference follows the video.
_MEMORY = 10.0
# Every how many frames the reference is renewed from.
_SPARSE = 8
# A face that moves by more than this part of the width was not followed but lost.
_FARTHEST = 0.25


class Steadier:
    """Correct the maps from frames to face crops, so that the skin keeps its place.

    Notes
    -----
    Each image, at half the size, is brought to a reference by shift, turn and growth,
    together with a factor and an offset of its light: iterated least squares, in which
    residuals beyond 1.5 times their median count little, as those of skin that acts.
    The reference is the mean of the first part, and follows the video within ten
    seconds.
    """

    def __init__(self, regions, fps, *, follow=False):
        size = regions.shape
        self.small = max(2, size[0] // _PART), max(2, size[1] // _PART)
        self.down = to_box(np.array([0.0, 0.0, *size]), self.small)
        marked = (regions >= 0).astype(np.uint8)
        marked = cv2.resize(marked, self.small[::-1], interpolation=cv2.INTER_NEAREST)
        # Every second pixel of every second row tells enough.
        marked[1::2], marked[:, 1::2] = 0, 0
        self.points = np.argwhere(marked)[:, ::-1].astype(np.float64)
        self.fps, self.follow = fps, follow
        self.reference, self.found = None, np.zeros(6)

    def correct(self, frames, matrices, seen):
        """Correct the maps of some frames."""
        if not seen.any():
            return matrices
        images = self._shrunken(frames, matrices)
        if self.reference is None:
            # The mean of what is not yet steady is blurred: take it twice.
            self.reference = images[seen].mean(axis=0)
            found = self._register(images, seen)
            self.reference = self._mean(frames, matrices, found, seen)
        found = self._register(images, seen)
        self.found = found[-1]
        share = 1 - np.exp(-len(frames) / (_MEMORY * self.fps))
        change = self._mean(frames, matrices, found, seen) - self.reference
        self.reference = self.reference + np.float32(share) * change
        return self._corrected(matrices, found)

    def _shrunken(self, frames, matrices):
        backward = affine_inverse(after(self.down, matrices))
        out = np.empty((len(frames), *self.small, 1), np.float32)
        sample_affine(frames[..., None], backward, 2, out)
        return out[..., 0]

    def _mean(self, frames, matrices, found, seen):
        some = np.flatnonzero(seen)[::_SPARSE]
        corrected = self._corrected(matrices[some], found[some])
        return self._shrunken(frames[some], corrected).mean(axis=0)

    def _register(self, images, seen):
        found = np.zeros((len(images), 6))
        found[0] = self.found
        x, y = self.points.astype(int).T
        values = self.reference[y, x].astype(np.float64)
        register_similarity(
            images,
            self.points,
            values,
            self._terms(values),
            _N_ROUNDS,
            self.follow,
            found,
        )
        lost = ~np.isfinite(found).all(axis=1)
        lost |= np.abs(found[:, :4]).max(axis=1) > _FARTHEST * self.small[1]
        found[lost | ~seen] = 0.0
        return found

    def _terms(self, values):
        """How residuals change with shifts, growth, turn, gain and offset."""
        x, y = self.points.astype(int).T
        width = self.small[1]
        smooth = cv2.GaussianBlur(self.reference, (0, 0), 0.7)
        slope_y, slope_x = (slope[y, x] for slope in np.gradient(smooth))
        across = (x - (width - 1) / 2) / width
        along = (y - (self.small[0] - 1) / 2) / width
        growth = slope_x * across + slope_y * along
        turn = slope_y * across - slope_x * along
        return np.stack(
            [slope_x, slope_y, growth, turn, -values, -np.ones(len(x))], axis=1
        )

    def _corrected(self, matrices, found):
        height, width = self.small
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        right, down, growth, turn = found[:, 0], found[:, 1], *found[:, 2:4].T / width
        moved = np.zeros((len(found), 3, 3))
        moved[:, 0] = np.stack(
            [1 + growth, -turn, right - growth * middle_x + turn * middle_y], axis=1
        )
        moved[:, 1] = np.stack(
            [turn, 1 + growth, down - growth * middle_y - turn * middle_x], axis=1
        )
        moved[:, 2, 2] = 1
        back = np.linalg.inv(np.linalg.inv(self.down) @ moved @ self.down)
        out = back[:, :2, :2] @ matrices
        out[..., 2] += back[:, :2, 2]
        return out


def warp_face(frames, matrices, size, n_sub=1, *, cubic=True):
    """Move frames by affine maps so that the fraction of a pixel matters little.

    Notes
    -----
    Linear interpolation blurs an image the more, the nearer its pixels lie to the
    middle between those of the frame, so that a face that moves as a whole would seem
    to change.
    """
    frames = np.ascontiguousarray(frames)
    backward = affine_inverse(np.ascontiguousarray(matrices, np.float64))
    out = np.empty((len(frames), *size), np.float32)
    if cubic and n_sub == 1:
        sample_cubic(frames, backward, out)
    else:
        sample_affine(frames[..., None], backward, n_sub, out[..., None])
    return out


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
        """Pair each image with its landmarks, or None."""
        if self._info is None:
            images = _gray_images(self.source)
        else:
            images = iter_frames(self.source)
        total = None if self._info is None else self._info.n_frames
        images = progress_bar(images, total=total, unit="frame", shown=self.verbose)
        if self.face != "landmarks":
            yield from ((image, None) for image in images)
        elif self.known is not None:
            count = 0
            for count, image in enumerate(images, 1):
                if count > len(self.known):
                    break
                yield image, self.known[count - 1]
            if count != len(self.known):
                has = count if count < len(self.known) else "more"
                raise ValueError(
                    f"landmarks of {len(self.known)} frames were given, but the video "
                    f"has {has}."
                )
        else:
            yield from _with_landmarks(images)

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


def _with_landmarks(images):
    held = deque()

    def noted():
        for image in images:
            held.append(image)
            yield image

    for points in iter_landmarks(noted()):
        yield held.popleft(), points


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
