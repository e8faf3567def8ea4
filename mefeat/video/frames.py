"""Footage frame by frame, be it a video, a folder or a list of images."""

import os
import warnings
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from mefeat.clip import Clip, ClipFile, luma
from mefeat.video.decoding import Video
from mefeat.video.errors import ReadError
from mefeat.video.folders import SUFFIXES, list_frames
from mefeat.video.images import Images

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
        Whether to give RGB pictures instead of gray ones.
    on_error : {"raise", "keep"}, default="raise"
        What to do about frames that cannot be read (see `read_clip`).

    Yields
    ------
    ndarray of shape (height, width) or (height, width, 3)
        One picture after the other, uint8; of a Clip in the dtype that it has.

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
        yield from source.frames if color else map(gray_picture, source.frames)
        return
    for _, picture in read_pictures(*open_footage(source), color, on_error):
        yield picture


def open_footage(source):
    """Find out what a source is, and open it.

    Parameters
    ----------
    source : path or ClipFile
        A video, a folder of frame images, or a ClipFile of either.

    Returns
    -------
    file : ClipFile
        The source as a ClipFile.
    footage : Video or Images
        What it names, not limited by its span and roi.
    """
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


def read_pictures(file, footage, color, on_error):
    """Read the pictures of a clip.

    Parameters
    ----------
    file : ClipFile
        Which frames, and which part of them.
    footage : Video or Images
        Where they come from.
    color : bool
        Whether RGB or gray.
    on_error : {"raise", "keep"}
        What to do about frames that cannot be read.

    Yields
    ------
    index : int
        Which frame of the clip it is.
    picture : ndarray of shape (height, width) or (height, width, 3)
        The frame, uint8.
    """
    if on_error not in ON_ERROR:
        raise ValueError(f"on_error must be among {ON_ERROR}, got {on_error!r}.")
    first, last = file.span or (0, None)
    size, n_read, failure = None, 0, None
    for path, index, picture in footage.decode(first, last):
        if not isinstance(picture, ReadError):
            size = size or picture.shape[:2]
            picture = _fitted(picture, path, index, size, file.roi)
        if isinstance(picture, ReadError):
            if on_error == "raise":
                raise picture
            failure = failure or picture
            continue
        n_read += 1
        yield index - first, _converted(picture, color)
    if failure and n_read == 0:
        raise failure
    if failure:
        warnings.warn(f"{failure} {n_read} frames are kept.", stacklevel=3)


def gray_picture(picture):
    """Turn an RGB picture gray in the dtype it has; a gray one passes through.

    Parameters
    ----------
    picture : ndarray of shape (height, width) or (height, width, 3)
        Picture, uint8 or floating.

    Returns
    -------
    ndarray of shape (height, width)
        Rec. 601 luma; as OpenCV rounds it if uint8.

    Examples
    --------
    >>> gray_picture(np.array([[[255, 0, 0], [9, 9, 9]]], np.uint8)).tolist()
    [[76, 9]]
    """
    if picture.ndim == 2:
        return picture
    if picture.dtype == np.uint8:
        return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return luma(picture[None])[0]


def _fitted(picture, path, index, size, roi):
    """Cut out the region of interest, or give the error that stands in its way."""
    (height, width), where = picture.shape[:2], f"{path}: frame {index}:"
    if (height, width) != size:
        expected = f"{size[0]}x{size[1]} like the first"
        return ReadError(f"{where} expected {expected}, got {height}x{width}.")
    if roi is None:
        return picture
    top, left, n_rows, n_columns = roi
    if top + n_rows > height or left + n_columns > width:
        return ReadError(f"{where} roi {roi} leaves the picture of {height}x{width}.")
    return picture[top : top + n_rows, left : left + n_columns]


def _converted(picture, color):
    """Make a new picture of one whose memory belongs to the decoder."""
    if picture.ndim == 3:
        code = cv2.COLOR_BGR2RGB if color else cv2.COLOR_BGR2GRAY
    elif color:
        code = cv2.COLOR_GRAY2RGB
    else:
        return picture.copy()
    return cv2.cvtColor(picture, code)
