"""The one data type: a clip of a face and everything that belongs to it."""

from __future__ import annotations

import operator
import warnings
from collections import deque
from dataclasses import dataclass, fields
from dataclasses import replace as _replace
from functools import partial
from itertools import chain
from os import PathLike
from pathlib import Path

import numpy as np

from mefeat.kernels._sampling import affine_inverse, sample_affine, sample_at

__all__ = [
    "Clip",
    "ClipFile",
    "Interval",
    "luma",
]


class Frames:
    """Frames made anew, one by one, whenever they are iterated over.

    They stand for the array in clips on their way through the first steps of a
    ClipPipeline, and nowhere else. `make` begins with the first of them each time.
    """

    def __init__(self, make, shape, dtype):
        self.make, self.shape, self.dtype = make, shape, np.dtype(dtype)
        self.ndim = len(shape)

    def __len__(self):
        return self.shape[0]

    def __iter__(self):
        for image in self.make():
            image.flags.writeable = False  # or kernels are compiled once more for it
            yield image

    def __getitem__(self, indices):
        """Take frames by an array of indices that do not decrease."""
        counts = np.bincount(indices, minlength=len(self))

        def make():
            for image, count in zip(self, counts, strict=True):
                yield from [image] * count

        return Frames(make, (len(indices), *self.shape[1:]), self.dtype)

    def whole(self):
        """Make all of them, as an array."""
        out = np.empty(self.shape, self.dtype)
        for t, image in enumerate(self):
            out[t] = image
        return out


KEY_FRAMES = ("onset", "apex", "offset")


def checked_frames(frames):
    if isinstance(frames, Frames):
        return frames  # checked when they are made
    if not isinstance(frames, np.ndarray):
        raise TypeError(f"frames must be an ndarray, got {type(frames).__name__}.")
    if frames.dtype != np.uint8:
        if frames.dtype.kind != "f":
            raise TypeError(
                f"frames must be uint8 or floating in 0..255, got {frames.dtype}: "
                "Clip.from_array converts."
            )
        with np.errstate(over="ignore"):
            frames = frames.astype(np.float32, copy=False)
    gray = frames.ndim == 3
    if not gray and not (frames.ndim == 4 and frames.shape[3] == 3):
        raise ValueError(
            "frames must be (n_frames, height, width) or (n_frames, height, width, 3), "
            f"got shape {frames.shape}."
        )
    if frames.size == 0:
        raise ValueError(f"frames must not be empty, got shape {frames.shape}.")
    if frames.dtype != np.uint8:
        _check_finite(frames)
    # One frame that is brighter ends the question.
    if frames.dtype != np.uint8 and frames[0].max() <= 1 and 0 < frames.max() <= 1:
        warnings.warn(
            "frames lie in 0..1, expected 0..255: multiply them by 255.", stacklevel=4
        )
    frames = np.ascontiguousarray(frames).view()
    frames.flags.writeable = False
    return frames


def _check_finite(frames):
    if all(np.isfinite(image).all() for image in frames):
        return
    places = np.argwhere(~np.isfinite(frames))
    t, y, x = places[0][:3]
    raise ValueError(
        f"frames must be finite, got {frames[tuple(places[0])]} in frame {t} at "
        f"(x, y) = ({x}, {y}); {len(places)} in all are not."
    )


def checked_landmarks(landmarks, n_frames):
    landmarks = np.asarray(landmarks, dtype=np.float64)
    known = np.isfinite(landmarks)
    if not known.all():  # NaN is what stands for points that were not found
        landmarks = np.where(known, landmarks, np.nan)
    return frozen(landmarks, "landmarks", np.float64, (n_frames, -1, 2))


def check_known(landmarks):
    """Refuse to interpolate NaN, which would then lie in other frames."""
    missing = np.argwhere(np.isnan(landmarks).any(axis=2))
    if len(missing):
        t, point = missing[0]
        raise ValueError(
            f"landmarks must be finite to be interpolated, got NaN for point {point} "
            f"of frame {t}: FaceLandmarks(on_missing='interpolate') fills frames "
            "without a face, 'drop' leaves them out."
        )


def frozen(array, name, dtype, shape):
    array = np.ascontiguousarray(array, dtype=dtype).view()
    good = len(shape) == array.ndim and all(
        want in (-1, got) for want, got in zip(shape, array.shape, strict=True)
    )
    if not good:
        want = ", ".join("any" if n == -1 else str(n) for n in shape)
        raise ValueError(f"{name} must have shape ({want}), got {array.shape}.")
    array.flags.writeable = False
    return array


def check_key_frames(clip, n_frames):
    given = []
    for name in KEY_FRAMES:
        value = getattr(clip, name)
        if value is None:
            continue
        try:
            value = operator.index(value)
        except TypeError:
            raise TypeError(f"{name} must be a whole number, got {value!r}.") from None
        if not 0 <= value < n_frames:
            raise ValueError(f"{name} must lie in 0..{n_frames - 1}, got {value}.")
        object.__setattr__(clip, name, value)
        given.append(value)
    if given != sorted(given):
        raise ValueError(
            "key frames must be in order onset <= apex <= offset, got "
            f"{clip.onset}, {clip.apex}, {clip.offset}."
        )


def checked_fps(fps):
    if fps is None:
        return None
    fps = float(fps)
    if not 0 < fps < np.inf:
        raise ValueError(f"fps must be positive and finite, got {fps}.")
    return fps


def checked_matrices(matrices, n_frames):
    matrices = np.asarray(matrices, dtype=np.float64)
    matrices = np.broadcast_to(matrices, (n_frames, 2, 3))
    for t, matrix in enumerate(matrices):
        _check_map(matrix, t)
    return matrices


def warped(frames, matrices, size):
    """Sample frames by affine maps (n_frames, 2, 3) from their points to new ones."""
    backward = affine_inverse(matrices)
    shrink = np.sqrt(np.abs(np.linalg.det(backward[..., :2])).max())
    n_sub = max(1, round(shrink))

    def sample(t, image, matrix, out):
        sample_affine(image[None], matrix[None], n_sub, out[None])

    return _sampled(frames, backward, size, sample)


def remapped(frames, maps):
    """Sample each frame at the points (x, y) of its map (height, width, 2)."""
    again = iter(maps)
    first = next(again)

    def sample(t, image, points, out):
        _check_map(points, t)
        sample_at(image, np.ascontiguousarray(points, dtype=np.float64), out)

    if not isinstance(frames, Frames):
        maps = chain([first], again)
    return _sampled(frames, maps, first.shape[:2], sample)


def _sampled(frames, places, size, sample):
    """Make each frame of its places: now, or later where the frames come later."""
    shape = (len(frames), *size, *frames.shape[3:])

    def make(out):
        images = enumerate(zip(frames, places, out, strict=True))
        for t, (image, place, new) in images:
            sample(t, _with_channels(image), place, _with_channels(new))
            yield new

    if isinstance(frames, Frames):
        new = partial(np.empty, shape[1:], np.float32)
        return Frames(lambda: make(new() for _ in range(shape[0])), shape, np.float32)
    out = np.empty(shape, np.float32)
    deque(make(out), maxlen=0)
    return out


def _check_map(points, t):
    if not np.isfinite(points).all():
        raise ValueError(f"the map of frame {t} holds a number that is not finite.")


def _with_channels(image):
    return image if image.ndim == 3 else image[..., None]


def checked_times(times, n_frames):
    times = np.asarray(times, dtype=np.float64)
    if times.ndim != 1 or not len(times):
        raise ValueError(f"times must be one row of numbers, got shape {times.shape}.")
    inside = times[0] >= 0 and times[-1] <= n_frames - 1
    if not inside or not np.all(np.diff(times) >= 0):
        raise ValueError(
            f"times must not decrease and lie in 0..{n_frames - 1}, got {times}."
        )
    return times


def linear(values, times):
    """Interpolate in difference form: what does not change stays bit-equal."""
    before = np.floor(times).astype(np.intp)
    weight = times - before
    if not weight.any():
        return values[before]
    after = np.minimum(before + 1, len(values) - 1)
    dtype = np.float32 if values.dtype != np.float64 else np.float64
    start = values[before].astype(dtype, copy=False)
    weight = weight.astype(dtype).reshape(-1, *[1] * (values.ndim - 1))
    return start + weight * (values[after].astype(dtype, copy=False) - start)


def nearest(frame, times):
    if frame is None or not times[0] - 0.5 <= frame <= times[-1] + 0.5:
        return None
    return int(np.argmin(np.abs(times - frame)))


def luma(frames):
    """Turn RGB images gray (Rec. 601 luma); gray ones pass through.

    Parameters
    ----------
    frames : ndarray of shape (..., height, width) or (..., height, width, 3)
        Images with their frame axis: gray has 3 dimensions, RGB has 4.

    Returns
    -------
    ndarray of shape (..., height, width)
        Gray images: the same array if it was gray, else float32. A pixel with
        R = G = B keeps its value to the last bit.

    Examples
    --------
    >>> import numpy as np
    >>> luma(np.array([[[[255, 0, 0], [9, 9, 9]]]], np.uint8)).astype(int).tolist()
    [[[76, 9]]]
    """
    if frames.ndim == 3:
        return frames
    red, green, blue = (frames[..., c].astype(np.float32) for c in range(3))
    return green + 0.299 * (red - green) + 0.114 * (blue - green)


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of a long video in which an expression is, or was found.

    Parameters
    ----------
    onset, apex, offset : int
        Frames, the offset included.
    score : float, optional
        How sure the finder is.
    kind : {"micro", "macro"}, optional
        Kind of expression.

    Raises
    ------
    ValueError
        If not onset <= apex <= offset.
    """

    onset: int
    apex: int
    offset: int
    score: float | None = None
    kind: str | None = None

    def __post_init__(self):
        if not self.onset <= self.apex <= self.offset:
            raise ValueError(
                "an interval needs onset <= apex <= offset, got "
                f"{self.onset}, {self.apex}, {self.offset}."
            )


@dataclass(frozen=True, slots=True, repr=False)
class ClipFile:
    """A clip that has not been read: a video file, or frame images in order.

    Parameters
    ----------
    path : path or sequence of paths
        One video file, or the frame images in order of time.
    onset, apex, offset : int, optional
        Key frames as indices into the frames of this clip (0 is `span[0]`).
    fps : float, optional
        Frames per second; a video's own by default.
    roi : tuple of int, optional
        Region of interest (top, left, height, width) in pixels.
    span : tuple of int, optional
        First and last frame to read (both included), counted from 0.
    landmarks : path, optional
        File of landmarks of all frames of the file, see `mefeat.video.read_landmarks`.

    Raises
    ------
    TypeError
        If `path` is neither a path nor a sequence of paths.
    ValueError
        If no path, an empty span or an impossible region is given.

    Examples
    --------
    >>> from mefeat import ClipFile
    >>> ClipFile("interview.mp4", span=(100, 179), apex=33)
    ClipFile(interview.mp4, frames 100 to 179, apex 33)
    >>> ClipFile(["EP02_01f/img46.jpg", "EP02_01f/img47.jpg"], fps=200)
    ClipFile(EP02_01f: 2 images from img46.jpg to img47.jpg, 200 fps)
    """

    path: Path | tuple[Path, ...]
    onset: int | None = None
    apex: int | None = None
    offset: int | None = None
    fps: float | None = None
    roi: tuple[int, int, int, int] | None = None
    span: tuple[int, int] | None = None
    landmarks: Path | None = None

    def __post_init__(self):
        object.__setattr__(self, "path", _checked_path(self.path))
        if self.landmarks is not None:
            object.__setattr__(self, "landmarks", Path(self.landmarks))
        object.__setattr__(self, "fps", checked_fps(self.fps))
        n_frames = np.inf if isinstance(self.path, Path) else len(self.path)
        if self.span is not None:
            first, last = map(operator.index, self.span)
            if not 0 <= first <= last < n_frames:
                raise ValueError(
                    f"span must be (first, last) with 0 <= first <= last < {n_frames}, "
                    f"got {self.span}."
                )
            n_frames = last - first + 1
            object.__setattr__(self, "span", (first, last))
        if self.roi is not None:
            roi = tuple(map(operator.index, self.roi))
            if len(roi) != 4 or min(roi[:2]) < 0 or min(roi[2:]) < 1:
                raise ValueError(
                    f"roi must be (top, left, height, width), got {self.roi}."
                )
            object.__setattr__(self, "roi", roi)
        check_key_frames(self, n_frames)

    def __repr__(self):
        # A list of a database's clips, each of hundreds of images, must stay readable.
        parts = [str(self.path)]
        if not isinstance(self.path, Path):
            first, last = self.path[0], self.path[-1]
            images = f"{len(self.path)} images from {first.name} to {last.name}"
            parts = [f"{first.parent}: {images}"]
        if self.span is not None:
            parts.append(f"frames {self.span[0]} to {self.span[1]}")
        if self.fps is not None:
            parts.append(f"{self.fps:g} fps")
        for name in (*KEY_FRAMES, "roi", "landmarks"):
            if getattr(self, name) is not None:
                parts.append(f"{name} {getattr(self, name)}")
        return f"ClipFile({', '.join(parts)})"

    @property
    def name(self):
        """Name of the video file, or of the folder of the first image."""
        return (
            self.path.name if isinstance(self.path, Path) else self.path[0].parent.name
        )


def _checked_path(path):
    if isinstance(path, str | PathLike):
        return Path(path)
    try:
        # To make a Path of a Path takes longer than all else here.
        paths = tuple(p if isinstance(p, Path) else Path(p) for p in path)
    except TypeError:
        raise TypeError(
            f"path must be a path or a sequence of paths, got {type(path).__name__}."
        ) from None
    if not paths:
        raise ValueError("path must name at least one frame image, got none.")
    return paths


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Clip:
    """Frames of a face with what belongs to them; never changed, only replaced.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width) or (n_frames, height, width, 3)
        Gray or RGB images, uint8, or floating in 0..255 (kept as float32; 0..1 gives
        a warning), all finite. The clip holds a read-only view; the array given stays
        as it is.
    landmarks : ndarray of shape (n_frames, n_landmarks, 2), optional
        Points (x, y) in pixels of `frames`. NaN where there is none; infinite numbers
        become NaN.
    onset, apex, offset : int, optional
        Key frames as indices into `frames`.
    fps : float, optional
        Frames per second.
    flow : ndarray of shape (n_pairs, 2, height, width), optional
        Optical flow (u, v) of pairs of frames, pixels.
    flow_pairs : ndarray of shape (n_pairs, 2), optional
        Frame from and frame to of each flow field.

    Raises
    ------
    TypeError
        If a field is of the wrong kind.
    ValueError
        If shapes do not fit together, a frame holds a number that is not finite, or a
        key frame lies outside of the clip.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((20, 170, 140), np.uint8), fps=200, apex=9)
    >>> clip
    Clip(20 frames of 170x140 gray uint8, 200 fps, apex 9)
    >>> clip.replace(apex=None)
    Clip(20 frames of 170x140 gray uint8, 200 fps)
    """

    frames: np.ndarray
    landmarks: np.ndarray | None = None
    onset: int | None = None
    apex: int | None = None
    offset: int | None = None
    fps: float | None = None
    flow: np.ndarray | None = None
    flow_pairs: np.ndarray | None = None

    def __post_init__(self):
        frames = checked_frames(self.frames)
        n_frames, size = len(frames), frames.shape[1:3]
        landmarks, flow, pairs = self.landmarks, self.flow, self.flow_pairs
        if landmarks is not None:
            landmarks = checked_landmarks(landmarks, n_frames)
        if (flow is None) != (pairs is None):
            raise ValueError("flow and flow_pairs go together: give both or neither.")
        if flow is not None:
            flow = frozen(flow, "flow", None, (-1, 2, *size))
            pairs = frozen(pairs, "flow_pairs", np.intp, (len(flow), 2))
            if pairs.size and not 0 <= pairs.min() <= pairs.max() < n_frames:
                raise ValueError(f"flow_pairs must lie in 0..{n_frames - 1}.")
        check_key_frames(self, n_frames)
        new = {
            "frames": frames,
            "landmarks": landmarks,
            "flow": flow,
            "flow_pairs": pairs,
            "fps": checked_fps(self.fps),
        }
        for name, value in new.items():
            object.__setattr__(self, name, value)

    def __reduce__(self):
        return type(self), tuple(getattr(self, f.name) for f in fields(self))

    def __repr__(self):
        n_frames, height, width = self.frames.shape[:3]
        color = "gray" if self.frames.ndim == 3 else "RGB"
        parts = [f"{n_frames} frames of {height}x{width} {color} {self.frames.dtype}"]
        if self.fps is not None:
            parts.append(f"{self.fps:g} fps")
        if self.landmarks is not None:
            parts.append(f"{self.landmarks.shape[1]} landmarks")
        for name in KEY_FRAMES:
            if getattr(self, name) is not None:
                parts.append(f"{name} {getattr(self, name)}")
        if self.flow is not None:
            parts.append(f"flow of {len(self.flow)} pairs")
        return f"Clip({', '.join(parts)})"

    @classmethod
    def from_array(cls, array, **others):
        """Make a clip of any real array of images.

        Parameters
        ----------
        array : array-like of shape (n_frames, height, width[, 1 or 3])
            Gray values in 0..255 of any real dtype. Whole numbers within 0..255
            become uint8, everything else float32.
        **others
            Further fields of the clip, by name.

        Returns
        -------
        Clip
            The clip.

        Raises
        ------
        ValueError
            If values are not finite or leave 0..255.
        """
        array = np.asarray(array)
        if array.dtype.kind not in "buif":
            raise TypeError(f"frames must be real numbers, got dtype {array.dtype}.")
        if array.ndim == 4 and array.shape[3] == 1:
            array = array[..., 0]
        if array.size and not (np.min(array) >= 0 and np.max(array) <= 255):
            raise ValueError(
                "frames must be finite and lie in 0..255, got values from "
                f"{np.min(array)} to {np.max(array)}."
            )
        if array.dtype.kind != "f":
            array = array.astype(np.uint8)
        return cls(array, **others)

    def replace(self, **changes):
        """Return a clip with some fields changed.

        Replacing `frames` drops the flow, so that a stale flow cannot exist.

        Parameters
        ----------
        **changes
            New values of fields, by name.

        Returns
        -------
        Clip
            A new clip.
        """
        if "frames" in changes:
            changes = {"flow": None, "flow_pairs": None} | changes
        return _replace(self, **changes)

    def at(self, times, frames=None):
        """Sample the clip in time: frames, landmarks, key frames and fps move along.

        Parameters
        ----------
        times : array-like of shape (n_times,)
            Positions in this clip in frames (fractions allowed), not decreasing,
            within 0..n_frames - 1.
        frames : ndarray of shape (n_times, height, width[, 3]), optional
            Images at these times. By default they are picked where all times are
            whole, else interpolated linearly.

        Returns
        -------
        Clip
            The clip at these times. A key frame goes to the nearest time, or to None
            if it lies outside of them; fps is that of the mean step, None without one.

        Raises
        ------
        ValueError
            If times decrease or leave the clip, or lie between frames of which one has
            landmarks that are NaN.

        Examples
        --------
        >>> import numpy as np
        >>> from mefeat import Clip
        >>> ramp = np.repeat([0.0, 10.0, 20.0], 4).reshape(3, 2, 2)
        >>> clip = Clip(frames=ramp, fps=100, offset=2).at([0, 0.5, 1, 1.5, 2])
        >>> clip.frames[:, 0, 0].tolist(), clip.offset, clip.fps
        ([0.0, 5.0, 10.0, 15.0, 20.0], 4, 200.0)
        """
        times = checked_times(times, len(self.frames))
        landmarks = self.landmarks
        if landmarks is not None and (times % 1).any():
            check_known(landmarks)
        step = (times[-1] - times[0]) / max(len(times) - 1, 1)
        fps = None if self.fps is None or step == 0 else self.fps / step
        return Clip(
            frames=linear(self.frames, times) if frames is None else frames,
            landmarks=None if landmarks is None else linear(landmarks, times),
            fps=fps,
            **{name: nearest(getattr(self, name), times) for name in KEY_FRAMES},
        )

    def warp(self, matrices, size):
        """Move frames and landmarks by affine maps.

        Parameters
        ----------
        matrices : array-like of shape (2, 3) or (n_frames, 2, 3)
            Maps of points (x, y) of this clip to points of the new one.
        size : tuple of int
            New (height, width).

        Returns
        -------
        Clip
            The clip with float32 frames, sampled bilinearly with a replicated border;
            where the image shrinks, each pixel is the mean over what it covers.

        Raises
        ------
        ValueError
            If `size` is not two positive numbers, or a map is not finite or
            has no inverse.
        """
        size = tuple(operator.index(n) for n in size)
        if len(size) != 2 or min(size) < 1:
            raise ValueError(f"size must be (height, width) in pixels, got {size}.")
        matrices = checked_matrices(matrices, len(self.frames))
        landmarks = self.landmarks
        if landmarks is not None:
            landmarks = np.einsum("tij,tpj->tpi", matrices[..., :2], landmarks)
            landmarks += matrices[:, None, :, 2]
        return self.replace(
            frames=warped(self.frames, matrices, size), landmarks=landmarks
        )

    def remap(self, maps, landmarks=None):
        """Move frames by dense backward maps.

        Parameters
        ----------
        maps : iterable of n_frames ndarrays of shape (height, width, 2)
            For each new pixel the point (x, y) of this clip's frame shown there.
        landmarks : ndarray of shape (n_frames, n_landmarks, 2), optional
            Where the landmarks come to lie.

        Returns
        -------
        Clip
            The clip with float32 frames, sampled bilinearly, border replicated.

        Raises
        ------
        ValueError
            If a map holds a number that is not finite.
        """
        return self.replace(frames=remapped(self.frames, maps), landmarks=landmarks)

    def crop(self, top, left, height, width):
        """Cut a box of whole pixels out of every frame.

        Parameters
        ----------
        top, left : int
            First row and column.
        height, width : int
            Size of the box.

        Returns
        -------
        Clip
            The clip, values and dtype unchanged, landmarks shifted.

        Raises
        ------
        ValueError
            If the box leaves the frames.
        """
        rows, columns = self.frames.shape[1:3]
        inside = 0 <= top < top + height <= rows and 0 <= left < left + width <= columns
        if not inside:
            raise ValueError(
                f"the box (top {top}, left {left}, {height}x{width}) leaves frames "
                f"of {rows}x{columns}."
            )
        landmarks = self.landmarks
        return self.replace(
            frames=self.frames[:, top : top + height, left : left + width],
            landmarks=None if landmarks is None else landmarks - [left, top],
        )
