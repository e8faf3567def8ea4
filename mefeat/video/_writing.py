"""Video files, written whole or not at all."""

import struct
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from mefeat.base._files import whole_file

# mp4v plays in most players, vp09 in browsers, FFV1 loses nothing.
CODECS = {".mp4": "mp4v", ".webm": "vp09", ".avi": "MJPG", ".mkv": "FFV1"}


def write_video(path, frames, fps, *, codec=None):
    """Write a video, frame by frame, in place of what stood under its name.

    Parameters
    ----------
    path : path
        File to write: .mp4, .webm, .avi, or .mkv, which is lossless.
    frames : iterable of ndarray of shape (height, width) or (height, width, 3)
        Gray or RGB images of one size, uint8, or floating in 0..255, which are
        rounded and clipped. May be a generator; one image is held at a time.
    fps : float
        Frames per second.
    codec : str, optional
        Four letters that name the codec; by default mp4v in .mp4, vp09 in .webm, MJPG
        in .avi and FFV1 in .mkv.

    Raises
    ------
    OSError
        If the file cannot be written, or the codec is missing or refuses this fps. This
        is found out before the first image is asked for.
    ValueError
        If the name has another ending, the codec is not four letters, there is no
        image, or one does not fit.

    Notes
    -----
    The video is written to a hidden file beside the target, which it replaces at the
    end. Whatever goes wrong before leaves the target as it was and the hidden file
    removed. Codecs code pairs of rows and columns: an image of odd height or width has
    its last row or column repeated.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from mefeat.video import video_info
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "gray.mp4")
    ...     write_video(path, np.full((5, 48, 64), 128, np.uint8), fps=25)
    ...     video_info(path)
    VideoInfo(n_frames=5, size=(48, 64), fps=25.0)
    """
    with video_writer(path, fps, codec=codec) as write:
        for frame in frames:
            write(frame)


@contextmanager
def video_writer(path, fps, *, codec=None):
    """Write a video image by image, as `write_video` does.

    Parameters
    ----------
    path : path
        File to write, as for `write_video`.
    fps : float
        Frames per second.
    codec : str, optional
        Four letters that name the codec.

    Yields
    ------
    callable
        `write(frame)` adds an image. When the block ends well, the video takes its
        place; else nothing remains of it.

    Raises
    ------
    OSError
        If the file cannot be written, at the beginning of the block.
    ValueError
        If the name has another ending, the codec is not four letters, there is no
        image, or one does not fit.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from mefeat.video import video_info
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "gray.mp4")
    ...     with video_writer(path, fps=25) as write:
    ...         for gray in (10, 20, 30):
    ...             write(np.full((48, 64), gray, np.uint8))
    ...     video_info(path).n_frames
    3
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in CODECS:
        raise ValueError(f"{path}: the name must end in {', '.join(CODECS)}.")
    if path.is_dir():
        raise IsADirectoryError(f"{path}: is a folder.")
    codec = CODECS[kind] if codec is None else codec
    if len(codec) != 4:
        raise ValueError(f"codec must be four letters, got {codec!r}.")
    with whole_file(path) as part:
        _opened(path, part, codec, fps, (64, 64)).release()
        images = _Images(path, part, codec, fps)
        try:
            yield images.write
        finally:
            images.release()
        images.check()


class _Images:
    """The images of one video on their way into its file."""

    def __init__(self, path, part, codec, fps):
        self.path, self.part, self.codec, self.fps = path, part, codec, fps
        self.writer, self.n_frames, self.size = None, 0, None

    def write(self, frame):
        image = _bgr(frame, self.n_frames)
        if self.writer is None:
            self.size = image.shape[:2]
            self.writer = _opened(self.path, self.part, self.codec, self.fps, self.size)
        if image.shape[:2] != self.size:
            raise ValueError(
                f"frame {self.n_frames} must be {self.size[0]}x{self.size[1]} like the "
                f"first, got shape {np.shape(frame)}."
            )
        self.writer.write(image)
        self.n_frames += 1

    def release(self):
        if self.writer is not None:
            self.writer.release()

    def check(self):
        if self.n_frames == 0:
            raise ValueError(
                f"{self.path}: a video needs at least one frame, got none."
            )
        # OpenCV does not tell of a disk that takes no more.
        if not _ENDS[self.path.suffix.lower()](self.part):
            raise OSError(
                f"{self.path}: its end could not be written; is the disk full?"
            )
        n_written = _count(self.part)
        if n_written != self.n_frames:
            raise OSError(
                f"{self.path}: {n_written} of {self.n_frames} frames could be written."
            )


def _opened(path, part, codec, fps, size):
    try:
        str(part.absolute()).encode()
    except UnicodeEncodeError:
        # OpenCV would end the process.
        raise OSError(
            f"{path}: the name of the folder is not UTF-8: choose another folder."
        ) from None
    code = cv2.VideoWriter.fourcc(*codec)
    writer = cv2.VideoWriter(
        str(part.absolute()), cv2.CAP_FFMPEG, code, float(fps), size[::-1]
    )
    if not writer.isOpened():
        raise OSError(
            f"{path}: OpenCV cannot write codec {codec} at {fps:g} fps there."
        )
    return writer


def _bgr(frame, index):
    frame = np.asarray(frame)
    color = frame.ndim == 3 and frame.shape[2] == 3
    good = frame.dtype == np.uint8 or frame.dtype.kind == "f"
    if not (color or frame.ndim == 2) or not frame.size or not good:
        raise ValueError(
            f"frame {index} must be (height, width) or (height, width, 3), uint8 or "
            f"floating, got shape {frame.shape} and dtype {frame.dtype}."
        )
    if frame.dtype != np.uint8:
        if not np.isfinite(frame).all():
            raise ValueError(f"frame {index} holds values that are not finite.")
        frame = np.clip(np.rint(frame), 0, 255).astype(np.uint8)
    code = cv2.COLOR_RGB2BGR if color else cv2.COLOR_GRAY2BGR
    image = cv2.cvtColor(np.ascontiguousarray(frame), code)
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        edges = (0, height % 2, 0, width % 2)
        image = cv2.copyMakeBorder(image, *edges, cv2.BORDER_REPLICATE)
    return image


def _riff_ends(path):
    """Tell whether an AVI holds its index and ends where its parts say."""
    parts = _chunks(path, "<4sI")
    inside = _chunks(path, "<4sI", 12, parts[0][1]) if parts else []
    even = all(name == b"RIFF" for name, _ in parts) and bool(parts)
    return even and any(name == b"idx1" for name, _ in inside)


def _boxes_end(path):
    """Tell whether an MP4 holds its index and ends where its boxes say."""
    return any(name == b"moov" for name, _ in _chunks(path, ">I4s"))


def _chunks(path, form, start=0, end=None):
    """List names and ends of chunks that fill a file; none if they do not."""
    size, found = path.stat().st_size if end is None else end, []
    with open(path, "rb") as file:
        while start < size:
            file.seek(start)
            head = file.read(16)
            if len(head) < 8:
                return []
            first, second = struct.unpack(form, head[:8])
            if form[0] == "<":
                # Sizes leave out the head, and a byte that makes them even.
                name, length = first, 8 + second + second % 2
            else:
                name, length = second, first
                if length == 1:  # a long one follows
                    length = int.from_bytes(head[8:], "big")
            start += length
            if length < 8 or start > size:
                return []
            found.append((name, start))
    return found


def _segment_ends(path):
    """Tell whether a Matroska file ends where its one segment says."""
    with open(path, "rb") as file:
        head = file.read(4096)
    # An element's name, then the length of its length in leading zero bits.
    ends, place = 0, 0
    for name in (b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"):
        if head[place : place + 4] != name or len(head) < place + 12:
            return False
        n_bytes = 9 - head[place + 4].bit_length()
        length = int.from_bytes(head[place + 4 : place + 4 + n_bytes], "big")
        length &= (1 << 7 * n_bytes) - 1
        place += 4 + n_bytes
        ends = place + length
        if name == b"\x1a\x45\xdf\xa3":
            place = ends
    return ends == path.stat().st_size


_ENDS = {
    ".mp4": _boxes_end,
    ".webm": _segment_ends,
    ".avi": _riff_ends,
    ".mkv": _segment_ends,
}


def _count(path):
    """Count the frames in a file without decoding them."""
    capture = cv2.VideoCapture(
        str(path.absolute()), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1]
    )
    count = 0
    while capture.grab():
        count += 1
    capture.release()
    return count
