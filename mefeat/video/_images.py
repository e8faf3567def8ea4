"""Folders of frame images, and single images."""

import os
import re
import stat
import struct
from pathlib import Path

import cv2
import numpy as np

from mefeat.clip import ClipFile
from mefeat.video._decoding import MAX_PIXELS, ReadError, too_many_pixels

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff")
# Files that are taken for videos where a folder is searched for some.
VIDEOS = tuple(
    ".264 .265 .3g2 .3gp .asf .avi .divx .dv .f4v .flv .h264 .h265 .hevc .m2t .m2ts "
    ".m2v .m4v .mjpeg .mjpg .mkv .mod .mov .mp4 .mpe .mpeg .mpg .mts .mxf .ogm .ogv "
    ".qt .tod .ts .vob .webm .wmv .y4m".split()
)


def list_frames(folder):
    """List the frame images of a folder in the order of their numbers."""
    return [path for _, path in numbered_frames(folder)]


def numbered_frames(folder):
    """List the numbers and the paths of the frame images of a folder."""
    folder = Path(folder)
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if is_image(e.name) and e.is_file()]
    except OSError as error:
        raise ReadError(f"{folder}: cannot be listed ({error.strerror}).") from None
    return number_frames(folder, names)


def is_image(name):
    """Tell by its name whether a file is a frame image."""
    return name.lower().endswith(SUFFIXES) and not name.startswith((".", "~$"))


def number_frames(folder, names):
    """Put frame images in the order of their numbers."""
    found = {}
    for name in sorted(names):
        digits = re.findall("[0-9]+", os.path.splitext(name)[0])
        if not digits:
            raise ReadError(
                f"{folder / name}: no number in the name says which frame it is; move "
                "it away, or give the images as a list."
            )
        number = int(digits[-1])
        if number in found:
            raise ReadError(
                f"{folder}: frame {number} is there twice, as {found[number].name} and "
                f"{name}; the last number in a name must tell the frames apart."
            )
        found[number] = folder / name
    ordered = sorted(found.items())
    _check_order(folder, ordered)
    return ordered


def _check_order(folder, ordered):
    """Refuse names like frame_0.700, whose last numbers do not count.

    Only names that differ in nothing but their numbers can be compared.
    """
    before = {}
    for _, path in ordered:
        stem = os.path.splitext(path.name)[0]
        numbers = [int(digits) for digits in re.findall("[0-9]+", stem)]
        if len(numbers) < 2:
            continue
        decimal = re.search(r"[0-9]+\.[0-9]+(?=[^0-9]*$)", stem)
        keys = numbers, [*numbers[:-2], float(decimal[0])] if decimal else []
        pattern = re.sub("[0-9]+", "0", stem)
        other, others = before.get(pattern, (None, keys))
        if keys[0] < others[0] or keys[1] < others[1]:
            raise ReadError(
                f"{folder}: by its last number {other} comes before {path.name}, read "
                "as a time or by all of its numbers it comes after it: rename the "
                "images so that the last number counts them, or give them as a list."
            )
        before[pattern] = path.name, keys


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
    if not os.path.isdir(path):
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
    """Make a ClipFile of images that were listed before, as `clip_file` does."""
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
    """Frame images in order of time."""

    fps = None

    def __init__(self, paths):
        self.paths = [Path(path) for path in paths]
        self.n_frames = len(self.paths)

    @property
    def size(self):
        """Height and width of the first image."""
        image = _decoded(self.paths[0], 0)
        if isinstance(image, ReadError):
            raise image
        return image.shape[:2]

    def decode(self, first, last):
        """Decode one image after the other."""
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
    """Decode an image, or give the error that says why not."""
    image = reason = None
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return ReadError(f"{path}: frame {index}: is not a file.")
        data = np.fromfile(path, dtype=np.uint8)
        size, several = _header(memoryview(data))
        if not data.size:
            reason = "the file is empty"
        elif several:
            reason = "holds several images: save each as an image of its own"
        elif size is not None and size[0] * size[1] > MAX_PIXELS:
            reason = too_many_pixels(*size)
        elif size is not None:
            flags = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH
            image = cv2.imdecode(data, flags)
    except OSError as error:
        return ReadError(f"{path}: frame {index}: cannot be opened ({error.strerror}).")
    except cv2.error:
        image = None
    if image is None:
        reason = reason or "is no image, or a damaged one"
    elif image.dtype != np.uint8:
        reason = (
            f"has {image.dtype} pixels; nothing tells how many of their bits are "
            "used: scale the images to 8 bits first"
        )
    else:
        return image
    return ReadError(f"{path}: frame {index}: {reason}.")


def _header(data):
    """Read height and width that an image says it has, and whether it is a stack.

    No memory is taken for it yet. There is no size where the file is neither PNG, BMP,
    JPEG, TIFF nor WebP.
    """
    try:
        for start, size in _HEADERS.items():
            if bytes(data[: len(start)]) == start:
                return size(data), _holds_several(data)
    except (struct.error, KeyError, IndexError):
        pass
    return None, False


def _png_size(data):
    return struct.unpack_from(">II", data, 16)[::-1]


def _bmp_size(data):
    old = struct.unpack_from("<I", data, 14)[0] == 12
    width, height = struct.unpack_from("<HH" if old else "<ii", data, 18)
    return abs(height), abs(width)


def _jpeg_size(data):
    at = 2
    while True:
        marker, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if data[at] == 0xFF and marker == 0xFF:  # filled up
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return struct.unpack_from(">HH", data, at + 5)
        else:
            at += 2 + length


def _tiff_size(data):
    order, at, n_entries, step = _tiff_directory(data)
    sides = {}
    for place in range(at, at + step * min(n_entries, 4096), step):
        tag, kind = struct.unpack_from(f"{order}HH", data, place)
        if tag in (256, 257):
            form = order + {3: "H", 4: "I", 16: "Q"}[kind]
            sides[tag] = struct.unpack_from(
                form, data, place + (12 if step == 20 else 8)
            )[0]
    return sides[257], sides[256]


def _holds_several(data):
    """Tell whether a TIFF image is followed by others in the same file."""
    if not any(bytes(data[:4]) == start for start in _TIFF):
        return False
    order, at, n_entries, step = _tiff_directory(data)
    form = order + ("Q" if step == 20 else "I")
    return struct.unpack_from(form, data, at + step * n_entries)[0] != 0


def _tiff_directory(data):
    """Get byte order, place, number and size of what a TIFF image says of itself."""
    order = "<" if data[0] == ord("I") else ">"
    if struct.unpack_from(f"{order}H", data, 2)[0] == 43:
        at = struct.unpack_from(f"{order}Q", data, 8)[0]
        return order, at + 8, struct.unpack_from(f"{order}Q", data, at)[0], 20
    at = struct.unpack_from(f"{order}I", data, 4)[0]
    return order, at + 2, struct.unpack_from(f"{order}H", data, at)[0], 12


def _webp_size(data):
    kind = bytes(data[12:16])
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = bits & 0x3FFF, bits >> 14 & 0x3FFF
    else:
        width, height = struct.unpack_from("<HH", data, 26)
        return height & 0x3FFF, width & 0x3FFF
    return height + 1, width + 1


_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# What the kinds of images begin with, and how they tell their size.
_HEADERS = {
    b"\x89PNG\r\n\x1a\n": _png_size,
    b"\xff\xd8\xff": _jpeg_size,
    b"BM": _bmp_size,
    **dict.fromkeys(_TIFF, _tiff_size),
    b"RIFF": _webp_size,
}
