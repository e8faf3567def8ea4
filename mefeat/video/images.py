"""Clips of frame images told by number, and one picture of each."""

from pathlib import Path

import cv2
import numpy as np

from mefeat.clip import ClipFile
from mefeat.video.errors import ReadError
from mefeat.video.folders import numbered_frames

STACKS = (".tif", ".tiff")


def clip_file(
    path, *, numbers=None, onset=None, apex=None, offset=None, fps=None, roi=None
):
    """Make a ClipFile of a video or a folder of images, with frames told by number.

    Parameters
    ----------
    path : path
        A video file, whose frames are numbered from 0, or a folder of frame images,
        whose numbers stand in their names.
    numbers : tuple of int, optional
        Numbers of the first and the last frame (both included); all by default.
    onset, apex, offset : int, optional
        Numbers of the key frames.
    fps : float, optional
        Frames per second; a video's own by default.
    roi : tuple of int, optional
        Region of interest (top, left, height, width) in pixels.

    Returns
    -------
    ClipFile
        The clip, its key frames as indices. Where the image with the number of a key
        frame is missing, the nearest one (the earlier of two) takes its place.

    Raises
    ------
    ReadError
        If a folder holds no image within `numbers`, or a key frame lies outside.

    Examples
    --------
    >>> clip = clip_file("interview.mp4", numbers=(100, 179), apex=133)
    >>> clip.span, clip.apex
    ((100, 179), 33)
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for number in (46, 47, 49, 50):
    ...         Path(folder, f"img{number}.jpg").touch()
    ...     clip = clip_file(folder, numbers=(47, 60), apex=49)
    >>> [path.name for path in clip.path], clip.apex
    (['img47.jpg', 'img49.jpg', 'img50.jpg'], 1)
    """
    path = Path(path)
    keys = {"onset": onset, "apex": apex, "offset": offset}
    if not path.is_dir():
        first, last = numbers or (0, np.inf)
        _check_keys(path, keys, first, last)
        keys = {k: None if v is None else v - first for k, v in keys.items()}
        return ClipFile(path, **keys, fps=fps, roi=roi, span=numbers)
    keys |= {"fps": fps, "roi": roi}
    return clip_of_images(path, numbered_frames(path), numbers=numbers, **keys)


def clip_of_images(
    path,
    frames,
    *,
    numbers=None,
    onset=None,
    apex=None,
    offset=None,
    fps=None,
    roi=None,
):
    """Make a ClipFile of images that were listed before, as `clip_file` does.

    Parameters
    ----------
    path : Path
        Folder that holds the images; errors name it.
    frames : list of tuple of int and Path
        What `numbered_frames` gives.
    numbers, onset, apex, offset, fps, roi : optional
        As for `clip_file`.

    Returns
    -------
    ClipFile
        The clip, its key frames as indices.

    Raises
    ------
    ReadError
        As `clip_file`.
    """
    keys = {"onset": onset, "apex": apex, "offset": offset}
    if not frames:
        raise ReadError(f"{path}: frame 0: the folder holds no frame image.")
    first, last = numbers or (frames[0][0], frames[-1][0])
    _check_keys(path, keys, first, last)
    kept = [(number, file) for number, file in frames if first <= number <= last]
    if not kept:
        raise ReadError(
            f"{path}: no image has a number from {first} to {last}; they go from "
            f"{frames[0][0]} to {frames[-1][0]}."
        )
    present = np.array([number for number, _ in kept])
    for name, number in keys.items():
        if number is not None:
            keys[name] = int(np.argmin(np.abs(present - number)))
    return ClipFile([file for _, file in kept], **keys, fps=fps, roi=roi)


class Images:
    """Frame images in order of time.

    Parameters
    ----------
    paths : sequence of path
        The files.

    Attributes
    ----------
    n_frames : int
        Number of images.
    fps : None
        Images do not tell.
    """

    fps = None

    def __init__(self, paths):
        self.paths = [Path(path) for path in paths]
        self.n_frames = len(self.paths)

    @property
    def size(self):
        """Height and width of the first image."""
        picture = _decoded(self.paths[0], 0)
        if isinstance(picture, ReadError):
            raise picture
        return picture.shape[:2]

    def decode(self, first, last):
        """Decode one image after the other.

        Parameters
        ----------
        first, last : int or None
            First and last image wanted; None for the end.

        Yields
        ------
        path : Path
            The file.
        index : int
            Which image it is.
        picture : ndarray of shape (height, width) or (height, width, 3), or ReadError
            Gray or BGR picture, uint8; or why there is none.
        """
        stop = self.n_frames if last is None else last + 1
        for index in range(first, min(stop, self.n_frames)):
            yield self.paths[index], index, _decoded(self.paths[index], index)
        if stop > self.n_frames:
            folder = self.paths[0].parent
            error = ReadError(
                f"{folder}: frame {self.n_frames}: frames {first} to {last} are asked "
                f"for, there are {self.n_frames}."
            )
            yield folder, self.n_frames, error


def _check_keys(path, keys, first, last):
    for name, number in keys.items():
        if number is not None and not first <= number <= last:
            raise ReadError(
                f"{path}: {name} must be a frame from {first} to {last}, got {number}."
            )


def _decoded(path, index):
    flags, stack = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH, False
    try:
        data = np.fromfile(path, dtype=np.uint8)
        picture = cv2.imdecode(data, flags) if data.size else None
        if picture is not None and path.suffix.lower() in STACKS:
            stack = cv2.imdecodemulti(data, flags, range=(1, 2))[0]
    except OSError as error:
        return ReadError(f"{path}: frame {index}: cannot be opened ({error.strerror}).")
    except cv2.error:
        picture = None
    if picture is None:
        reason = "is no image, or a damaged one" if data.size else "the file is empty"
    elif picture.dtype != np.uint8:
        reason = (
            f"has {picture.dtype} pixels; nothing tells how many of their bits are "
            "used: scale the images to 8 bits first"
        )
    elif stack:
        reason = "holds several pictures: save each as an image of its own"
    else:
        return picture
    return ReadError(f"{path}: frame {index}: {reason}.")
