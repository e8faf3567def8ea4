"""Clips from videos, folders and lists of images."""

import os
import warnings
import zlib
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from mefeat.base import Stage
from mefeat.base._steps import choice
from mefeat.clip import KEY_FRAMES, Clip, ClipFile, Frames, luma
from mefeat.video._decoding import ReadError, Video
from mefeat.video._images import SUFFIXES, Images, list_frames
from mefeat.video._landmarks import read_landmarks

ON_ERROR = ("raise", "keep")


class VideoInfo(NamedTuple):
    """What is known of footage before it is decoded.

    Parameters
    ----------
    n_frames : int or None
        Number of frames; for formats that do not count them the number of packets;
        None for a raw stream.
    size : tuple of int
        Height and width.
    fps : float or None
        Frames per second, None if not told.
    """

    n_frames: int | None
    size: tuple[int, int]
    fps: float | None


def video_info(source):
    """Look at footage without decoding it.

    Parameters
    ----------
    source : path, ClipFile or Clip
        A video, a folder of frame images, or a clip.

    Returns
    -------
    VideoInfo
        Number of frames, size and frames per second, those of the file's `span` and
        `roi` where it has them.

    Raises
    ------
    ReadError
        If there is no such footage.

    Examples
    --------
    >>> video_info(Clip(frames=np.zeros((20, 170, 140), np.uint8), fps=200))
    VideoInfo(n_frames=20, size=(170, 140), fps=200.0)
    """
    if isinstance(source, Clip):
        n_frames, *size = source.frames.shape[:3]
        return VideoInfo(n_frames, tuple(size), source.fps)
    file, footage = open_footage(source)
    n_frames, size = footage.n_frames, footage.size
    if file.span is not None:
        n_frames = file.span[1] - file.span[0] + 1
    if file.roi is not None:
        size = file.roi[2:]
    return VideoInfo(n_frames, tuple(size), file.fps or footage.fps)


def iter_frames(source, *, color=False, on_error="raise"):
    """Read footage frame by frame, in one forward pass and little memory.

    Parameters
    ----------
    source : path, ClipFile or Clip
        A video, a folder of frame images, or a clip (see `read_clip`).
    color : bool, default=False
        Whether to give RGB images instead of gray ones.
    on_error : {"raise", "keep"}, default="raise"
        What to do about frames that cannot be read (see `read_clip`).

    Yields
    ------
    ndarray of shape (height, width) or (height, width, 3)
        One image after the other, uint8; of a Clip in the dtype that it has.

    Raises
    ------
    ReadError
        At the first frame that cannot be read.

    Examples
    --------
    >>> ramp = np.arange(3, dtype=np.uint8).repeat(4).reshape(3, 2, 2)
    >>> [int(frame.mean()) for frame in iter_frames(Clip(frames=ramp))]
    [0, 1, 2]
    """
    if isinstance(source, Clip):
        yield from source.frames if color else map(gray_image, source.frames)
        return
    for _, image in read_images(*open_footage(source), color, on_error):
        yield image


def open_footage(source):
    """Find out what a source is, and open it."""
    file = source if isinstance(source, ClipFile) else ClipFile(source)
    path = file.path
    if not isinstance(path, Path):
        return file, Images(path)
    if os.path.isdir(path):  # also of names too long
        images = list_frames(path)
        if not images:
            kinds = ", ".join(suffix[1:] for suffix in SUFFIXES)
            raise ReadError(f"{path}: frame 0: the folder holds no image ({kinds}).")
        return file, Images(images)
    if path.suffix.lower() in SUFFIXES:
        return file, Images([path])
    return file, Video(path)


def read_images(file, footage, color, on_error):
    """Read the images of a clip."""
    if on_error not in ON_ERROR:
        raise ValueError(f"on_error must be among {ON_ERROR}, got {on_error!r}.")
    first, last = file.span or (0, None)
    size, n_read, failure = None, 0, None
    for path, index, image in footage.decode(first, last):
        if not isinstance(image, ReadError):
            size = size or image.shape[:2]
            image = _fitted(image, path, index, size, file.roi)
        if isinstance(image, ReadError):
            if on_error == "raise":
                raise image
            failure = failure or image
            continue
        n_read += 1
        yield index - first, _converted(image, color)
    if failure and n_read == 0:
        raise failure
    if failure:
        warnings.warn(f"{failure} {n_read} frames are kept.", stacklevel=3)


def gray_image(image):
    """Turn an RGB image gray in the dtype it has; a gray one passes through."""
    if image.ndim == 2:
        return image
    if image.dtype == np.uint8:
        return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return luma(image[None])[0]


def _fitted(image, path, index, size, roi):
    """Cut out the region of interest, or give the error that stands in its way."""
    (height, width), where = image.shape[:2], f"{path}: frame {index}:"
    if (height, width) != size:
        expected = f"{size[0]}x{size[1]} like the first"
        return ReadError(f"{where} expected {expected}, got {height}x{width}.")
    if roi is None:
        return image
    top, left, n_rows, n_columns = roi
    if top + n_rows > height or left + n_columns > width:
        return ReadError(f"{where} roi {roi} leaves the image of {height}x{width}.")
    return image[top : top + n_rows, left : left + n_columns]


def _converted(image, color):
    """Make a new image of one whose memory belongs to the decoder."""
    if image.ndim == 3:
        code = cv2.COLOR_BGR2RGB if color else cv2.COLOR_BGR2GRAY
    elif color:
        code = cv2.COLOR_GRAY2RGB
    else:
        return image.copy()
    return cv2.cvtColor(image, code)


# Frames, or bytes, set aside at most when a container announces many; and frames later
# at a time, each of which may copy what is there.
_ROOM, _ROOM_BYTES, _MORE_ROOM = 4096, 2**32, 1024
# Bytes of a clip's frames that are held where they can be read again.
_HELD = 128 * 2**20


def read_clip(source, *, color=False, on_error="raise"):
    """Read a clip.

    Parameters
    ----------
    source : path, ClipFile or Clip
        A video, a folder of frame images, or a ClipFile of either. A Clip passes
        through: with `color=False` an RGB one turns gray, a gray one stays gray in any
        case.
    color : bool, default=False
        Whether to give RGB frames instead of gray ones.
    on_error : {"raise", "keep"}, default="raise"
        With "keep", what can be read is kept, with a warning: of a video the frames
        before the first that fails, of images all others. Key frames move along; one
        that is not among them becomes None. Where nothing can be read it raises.

    Returns
    -------
    Clip
        The clip, uint8, with the fps and the key frames of the ClipFile, or the fps
        that the video states.

    Raises
    ------
    ReadError
        If a frame is missing, damaged, interlaced, of more than 8 bits or of another
        size than the first, or `span` or `roi` leave the footage; the message names the
        file and the frame.

    Warns
    -----
    UserWarning
        If frames are left out, the time stamps of a video jump or are not those of a
        constant rate, or its pixels are not square.

    Notes
    -----
    Gray is Rec. 601 luma rounded to 8 bits, by OpenCV, for videos and images alike.
    Alpha is dropped; more than 8 bits a channel, files with several images (TIFF
    stacks) and images of more than 8192 x 8192 pixels are refused. Images are
    upright: the turn or mirror that a phone writes into a video, and the EXIF
    orientation of an image, are applied, and `roi` counts on the upright image.
    Pixels that are not square stay as they are.

    The fps of a video is what it says, or the mean of its time stamps where its
    container does not count its frames and they contradict it, or None for a raw
    stream.

    That a video breaks off is seen where its container tells: a size or a packet that
    reaches beyond the end of the file (MP4, AVI, Matroska, WebM, MPEG streams), a
    number of frames that is not reached (MP4, AVI), a frame after which others still
    decode, a Matroska file that is still being written. Not seen are a raw stream
    (.mjpeg, .h264) that was cut, an MPEG stream cut between two packets, and damage
    that the decoder patches over: the number of frames is right then, their content is
    not. The same holds for bytes changed within a JPEG, BMP or TIFF image.

    FFmpeg may write remarks on damaged files to stderr; the environment variable
    OPENCV_FFMPEG_LOGLEVEL=-8, set before the first video is opened, silences them.

    Examples
    --------
    >>> clip = Clip(frames=np.full((2, 4, 4, 3), [255, 0, 0], np.uint8))
    >>> int(read_clip(clip).frames[0, 0, 0])
    76
    """
    if isinstance(source, Clip):
        return source if color else _gray(source)
    return _read(source, color, on_error, _stacked)


def _read(source, color, on_error, collect):
    file, footage = open_footage(source)
    n_frames = footage.n_frames
    if file.span is not None:
        n_frames = file.span[1] - file.span[0] + 1
    images = read_images(file, footage, color, on_error)
    frames, kept = collect(images, n_frames)
    return Clip(
        frames=frames,
        landmarks=_landmarks(file, kept, on_error),
        fps=file.fps or footage.fps,
        **_key_frames(file, kept, on_error),
    )


class Read(Stage):
    """Read clips from their files; the first step of a pipeline.

    Parameters
    ----------
    color : bool, default=False
        Whether to give RGB frames instead of gray ones.
    on_error : {"raise", "keep"}, default="raise"
        With "keep", what can be read of a damaged file is kept, with a warning.

    See Also
    --------
    read_clip : The function, with the details.

    Examples
    --------
    >>> Read().transform([Clip(frames=np.zeros((5, 8, 8, 3), np.uint8))])
    [Clip(5 frames of 8x8 gray uint8)]
    """

    _parameter_constraints: dict = {
        "color": ["boolean"],
        "on_error": [choice(ON_ERROR)],
    }
    by_frame = True
    _kinds = Clip | ClipFile | str | Path

    def __init__(self, *, color=False, on_error="raise"):
        self.color = color
        self.on_error = on_error

    def apply(self, clip):
        """Read a clip.

        Gives the clip, uint8 if it was read.
        """
        return read_clip(clip, color=self.color, on_error=self.on_error)

    def _stream(self, X):
        return self._each(X, self._streamed)

    def _streamed(self, source):
        if isinstance(source, Clip):
            return self.apply(source)
        collect = partial(_streamed, source, self.color, self.on_error)
        return _read(source, self.color, self.on_error, collect)


def _streamed(source, color, on_error, images, n_frames):
    """Read images: hold them if they are few, else check them, to read them again."""
    marks, held, n_bytes, stamp = [], [], 0, _stamp(source)
    for index, image in images:
        marks.append(_mark(index, image))
        n_bytes += image.nbytes
        held.append(image)
        if n_bytes > _HELD:
            held.clear()
    make = partial(iter, held)
    if not held:
        make = partial(_again, source, color, on_error, marks, stamp)
    frames = Frames(make, (len(marks), *image.shape), image.dtype)
    return frames, [index for index, *_ in marks]


def _again(source, color, on_error, marks, stamp):
    file, footage = open_footage(source)
    footage.quiet = True
    images = read_images(file, footage, color, on_error)
    # After the last of them nothing is asked for, and so no warning is repeated.
    for mark in marks:
        index, image = next(images, (None, None))
        same = image is not None and _mark(index, image)
        # Of a damaged video the decoder may patch a frame otherwise each time.
        patched = same and same[:2] == mark[:2] and stamp and stamp == _stamp(source)
        if same != mark and not patched:
            raise ReadError(
                f"{_where(file)}: frame {mark[0]}: is not what it was when it was read "
                "before: the footage changed meanwhile."
            )
        yield image


def _mark(index, image):
    """Tell an image from others by its index, its shape and a few of its rows."""
    return index, image.shape, zlib.crc32(image[::16].tobytes())


def _stamp(source):
    """Tell a video from what it is after a change; None of images."""
    path = source.path if isinstance(source, ClipFile) else source
    if isinstance(path, tuple) or not os.path.isfile(path):
        return None
    status = os.stat(path)
    return status.st_ino, status.st_size, status.st_mtime_ns


def _stacked(images, n_frames):
    """Stack images without ever holding them twice, whatever number was announced."""
    frames, kept = None, []
    for index, image in images:
        if frames is None:
            room = min(n_frames or 256, max(_ROOM, _ROOM_BYTES // image.nbytes))
            frames = np.empty((room, *image.shape), np.uint8)
        elif len(kept) == len(frames):
            more = len(frames) + min(len(frames), _MORE_ROOM)
            frames.resize((more, *image.shape), refcheck=False)
        frames[len(kept)] = image
        kept.append(index)
    frames.resize((len(kept), *frames.shape[1:]), refcheck=False)
    return frames, kept


def _landmarks(file, kept, on_error):
    if file.landmarks is None:
        return None
    landmarks = read_landmarks(file.landmarks)
    first = 0 if file.span is None else file.span[0]
    n_needed = first + kept[-1] + 1
    # A span or an early end leaves frames over that are not known here.
    whole = file.span is None and on_error == "raise"
    if len(landmarks) < n_needed or whole and len(landmarks) != n_needed:
        raise ReadError(
            f"{file.landmarks}: landmarks of {len(landmarks)} frames, but "
            f"{_where(file)} has {n_needed}."
        )
    top, left = (0, 0) if file.roi is None else file.roi[:2]
    return landmarks[first + np.array(kept)] - [left, top]


def _key_frames(file, kept, on_error):
    keys = {}
    for name in KEY_FRAMES:
        keys[name] = frame = getattr(file, name)
        if frame is None:
            continue
        if frame in kept:
            keys[name] = kept.index(frame)
            continue
        message = (
            f"{_where(file)}: {name} is frame {frame} of the clip, but frames "
            f"{kept[0]} to {kept[-1]} could be read."
        )
        if on_error == "raise":
            raise ReadError(message)
        warnings.warn(f"{message} It is dropped.", stacklevel=4)
        keys[name] = None
    return keys


def _where(file):
    return file.path if isinstance(file.path, Path) else file.path[0].parent


def _gray(clip):
    if clip.frames.ndim == 3:
        return clip
    gray = np.empty(clip.frames.shape[:3], clip.frames.dtype)
    for t, image in enumerate(clip.frames):
        gray[t] = gray_image(image)
    return clip.replace(frames=gray, flow=clip.flow, flow_pairs=clip.flow_pairs)
