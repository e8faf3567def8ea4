"""Videos through OpenCV: opened with care, decoded once, and checked for their end."""

import os
import stat
import subprocess
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from mefeat.video.container import (
    announced_frames,
    display_matrix,
    is_matroska,
    is_unfinished,
    missing_bytes,
)
from mefeat.video.errors import ReadError

MAX_PIXELS = 8192 * 8192  # of a picture; more is a mistake, or an attack on memory
_TEXT = bytes(range(32, 256)) + b"\t\n\f\r\x1b"
_CONSTANT_RATE = ("mpg1", "mpg2")  # codecs that know no other
_PROGRESSIVE = ("mpg1", "VP80", "VP90", "av01", "AV01")  # codecs without interlacing
_TRIES = 64  # packets in a row that may fail before a video counts as over
_MAX_FPS = 10_000  # what is told beyond is the clock of the container
_INTERLACED = (
    f"is interlaced, which OpenCV {cv2.__version__} does not decode: make it "
    "progressive first (ffmpeg -i IN -vf bwdif OUT)"
)
_UNFINISHED = "the file is still being written, or its recording was never ended"


class Video:
    """A video file, opened to be decoded once.

    Parameters
    ----------
    path : path
        The file.

    Attributes
    ----------
    n_frames : int or None
        Number of frames: as announced, else as counted without decoding them; None for
        a raw stream.
    quiet : bool
        Whether its oblong pixels were warned of before; False at first.
    fps : float or None
        Frames per second, None if not told. Where the time stamps contradict what the
        file says, and it does not count its frames, their mean rate.

    Raises
    ------
    ReadError
        If it is missing, empty, no file, a text file, nothing that OpenCV decodes, of
        more than 8 bits or too many pixels, or turned by less than a quarter.
    """

    def __init__(self, path):
        self.path = path = Path(path)
        self.quiet = False
        _check_file(path)
        self._capture = capture = _opened(path)
        if not capture.isOpened():
            missing = missing_bytes(path)
            reason = "it is damaged, or no video"
            if missing:
                reason = f"it breaks off, bytes missing: {missing}"
            elif is_unfinished(path):
                reason = _UNFINISHED
            raise self._error(0, f"OpenCV cannot open the file: {reason}")
        self._turn = self._orientation()
        self._check_pixels()
        self.n_frames, self.fps = self._length_and_rate()

    @property
    def size(self):
        """Height and width."""
        sides = (cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FRAME_WIDTH)
        size = tuple(int(self._capture.get(side)) for side in sides)
        return size[::-1] if self._turn is not None and self._turn[0] else size

    def decode(self, first, last):
        """Decode in one forward pass.

        Parameters
        ----------
        first, last : int or None
            First and last frame wanted; None for the end. Frames before the first are
            decoded and dropped: to jump there would not be exact.

        Yields
        ------
        path : Path
            The file.
        index : int
            Which frame it is.
        picture : ndarray of shape (height, width, 3), or ReadError
            BGR picture, uint8, in a buffer that is used again for the next but one; or,
            as the last item, why the video ends too early.

        Warns
        -----
        UserWarning
            If the time stamps jump or drift away from a constant rate, unless the
            format does not count its frames and demands one: there it is an error. If
            the pixels are not square.
        """
        if not self.quiet:
            self._warn_of_oblong_pixels()
        index, times, error = 0, [], None
        # A picture is given away when the next one has shown that it is one.
        buffers, held = [None, None], None
        repeats = True if self._codec() in _PROGRESSIVE else None
        try:
            while last is None or index <= last:
                if not self._capture.grab():
                    error = self._early_end(index, first, last)
                    break
                times.append(self._capture.get(cv2.CAP_PROP_POS_MSEC))
                if index >= first:
                    good, picture = self._capture.retrieve(buffers[index % 2])
                    if not good:
                        error = self._error(index, "cannot be decoded")
                        break
                    buffers[index % 2] = picture
                    if held is not None:
                        # Interlaced frames look alike, whatever is in them.
                        if repeats is None and _equal(*buffers):
                            repeats = not _is_interlaced(self.path, index)
                        if repeats is False:
                            if held == first:
                                index, held = held, None
                            error = self._error(index, _INTERLACED)
                            break
                        yield self.path, held, self._upright(buffers[held % 2])
                    held = index
                index += 1
            if held == first and repeats is None:  # there is no second
                if _is_interlaced(self.path, held):
                    index, held, error = held, None, self._error(held, _INTERLACED)
            if held is not None:
                yield self.path, held, self._upright(buffers[held % 2])
            error = error or self._uneven_times(np.array(times))
            if error is not None:
                yield self.path, index, error
        finally:
            self._capture.release()

    def _check_pixels(self):
        """Refuse pictures that are too large or too deep."""
        size = self.size
        if size[0] * size[1] > MAX_PIXELS:
            raise self._error(0, too_many_pixels(*size))
        form = int(self._capture.get(cv2.CAP_PROP_CODEC_PIXEL_FORMAT)) & 0xFFFFFFFF
        form = form.to_bytes(4, "little")
        n_bits = _bits(form)
        if n_bits > 8:
            raise self._error(
                0,
                f"has {n_bits} bits a channel, 8 are expected: convert the video first "
                "(ffmpeg -i IN -pix_fmt yuv420p OUT)",
            )

    def _orientation(self):
        """Find out how to turn pictures upright: whether to transpose, then to flip."""
        matrix = display_matrix(self.path)
        # Turns that other containers tell are applied by OpenCV.
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, float(matrix is None))
        if matrix is None:
            return None
        zeros = np.abs(matrix) < 0.01 * np.abs(matrix).max()
        if zeros.sum() != 2 or zeros[0, 0] != zeros[1, 1]:
            raise self._error(0, "is to be shown at a slant, which cannot be applied")
        return zeros[0, 0], matrix[:, 0].sum() < 0, matrix[:, 1].sum() < 0

    def _upright(self, picture):
        if self._turn is None or not any(self._turn):
            return picture
        transpose, mirror, flip = self._turn
        if transpose:
            picture = cv2.transpose(picture)
        if mirror or flip:
            picture = cv2.flip(picture, -1 if mirror and flip else int(mirror))
        return picture

    def _length_and_rate(self):
        """Get number and rate of frames, from their time stamps where nothing else is.

        Containers that do not count their frames tell a rate that need not be theirs.
        """
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        fps = fps if 0 < fps <= _MAX_FPS else None
        n_frames = announced_frames(self.path)
        if n_frames is not None:
            return n_frames, fps
        told = self._capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0
        if not told and not is_matroska(self.path):
            return None, None  # a raw stream, whose time stamps are made up
        stamps = _stamps(self.path)
        steps = np.diff(np.sort(stamps)) / 1000
        if fps is not None:  # a few lost frames make no other rate
            gaps = steps > 1.75 / fps
            steps = steps[~gaps] if gaps.sum() < 0.1 * len(gaps) else steps
        if steps.any() and self._codec() not in _CONSTANT_RATE:
            if fps is None or abs(len(steps) / fps - steps.sum()) > 0.5 / fps:
                fps = round(float(len(steps) / steps.sum()), 6)
        return len(stamps) or None, fps if fps and fps <= _MAX_FPS else None

    def _warn_of_oblong_pixels(self):
        sides = (cv2.CAP_PROP_SAR_NUM, cv2.CAP_PROP_SAR_DEN)
        width, height = (int(self._capture.get(side)) for side in sides)
        if width > 0 and height > 0 and width != height:
            warnings.warn(
                f"{self.path}: its pixels are not square ({width}:{height}); the "
                "frames are read as they are stored, so faces are too "
                f"{'narrow' if width > height else 'wide'}.",
                stacklevel=2,
            )

    def _early_end(self, index, first, last):
        """Tell why the video ends at a frame, or give None if it is simply over."""
        missing = missing_bytes(self.path)
        if missing:
            return self._error(index, f"the file breaks off, bytes missing: {missing}")
        if is_unfinished(self.path):
            return self._error(index, _UNFINISHED)
        # After a packet that it cannot decode OpenCV says that there is no more, and
        # yet goes on when asked again; at the true end it never does.
        if any(self._capture.grab() for _ in range(_TRIES)):
            return self._error(index, "cannot be decoded, though later ones can")
        if index == 0:
            return self._error(index, f"cannot be decoded (codec {self._codec()})")
        announced = announced_frames(self.path)
        if announced is not None and index < announced:
            reason = f"the video stops here, but announces {announced} frames"
            return self._error(index, reason)
        if last is not None:
            reason = f"frames {first} to {last} are asked for, there are {index}"
            return self._error(index, reason)
        return None

    def _uneven_times(self, times):
        """Compare time stamps with a constant rate: an error, or a warning, or nothing.

        Some formats tell no time for the last frames, which is 0 then.
        """
        if self.fps is None or len(times) < 2:
            return None
        steps = np.diff(times)
        usual = np.median(steps[steps > 0]) if (steps > 0).any() else np.inf
        jumps = np.flatnonzero(steps > 1.75 * usual)
        off = np.abs(times - times[0] - 1000 * np.arange(len(times)) / self.fps) / 1000
        off[1:][times[1:] <= 0] = 0
        worst, drifts = np.argmax(off), off.max() > 0.5 / self.fps + 0.001
        reasons = []
        if len(jumps):
            reasons.append(
                f"comes {steps[jumps[0]]:.0f} ms after the one before, {usual:.0f} ms "
                f"are usual ({len(jumps)} such jumps): frames were lost, or never "
                "recorded"
            )
        if drifts:
            reasons.append(
                f"the rate is not constant: times that are counted at {self.fps:.5g} "
                f"frames per second are wrong by up to {off[worst]:.2g} s (frame "
                f"{worst})"
            )
        if not reasons:
            return None
        error = self._error(jumps[0] + 1 if len(jumps) else worst, "; ".join(reasons))
        counted = announced_frames(self.path) is not None
        if len(jumps) and self._codec() in _CONSTANT_RATE and not counted:
            return error
        warnings.warn(str(error), stacklevel=2)
        return None

    def _codec(self):
        code = int(self._capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
        return code.to_bytes(4, "little").decode("latin-1").strip("\0 ") or "unknown"

    def _error(self, index, reason):
        return ReadError(f"{self.path}: frame {index}: {reason}.")


def _equal(picture, other):
    """Compare two pictures; a few rows tell most of them apart."""
    return all(np.array_equal(picture[::n], other[::n]) for n in (32, 1))


def _is_interlaced(path, index):
    """Ask a new process whether FFmpeg complains of a frame that looks like the last.

    OpenCV since 4.13 fails to convert interlaced frames, and gives what its memory
    held; of that it prints a line, which is silenced here, and tells nobody else.
    """
    script = (
        "import sys, cv2\n"
        "capture = cv2.VideoCapture(sys.argv[1], int(sys.argv[2]))\n"
        "for _ in range(int(sys.argv[3]) + 1): capture.grab()\n"
        "capture.retrieve()\n"
    )
    surroundings = os.environ | {"OPENCV_FFMPEG_LOGLEVEL": "16", "PYTHONSAFEPATH": "1"}
    with _utf8_name(path.absolute()) as name:
        command = [sys.executable, "-c", script, name, str(_backend()), str(index)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        said = subprocess.run(command, env=surroundings, **pipes).stdout
    return b"interlaced" in said.replace(name.encode(), b"")


def too_many_pixels(height, width):
    """Say that a picture claims to be larger than pictures of faces are.

    Parameters
    ----------
    height, width : int
        Its size.

    Returns
    -------
    str
        The reason of an error.

    Examples
    --------
    >>> too_many_pixels(30000, 20000)[:40]
    'claims 30000x20000 pixels, 67,108,864 in'
    """
    return (
        f"claims {height}x{width} pixels, {MAX_PIXELS:,} in all are the limit: it is "
        "damaged, or must be scaled down first"
    )


def _opened(path, *settings):
    """Open a video with OpenCV, whatever the bytes of its name are."""
    with _utf8_name(path.absolute()) as name:
        return cv2.VideoCapture(name, _backend(), settings)


def _backend():
    """Prefer FFmpeg: others would take a name for a pattern of image names."""
    ffmpeg = cv2.videoio_registry.hasBackend(cv2.CAP_FFMPEG)
    return cv2.CAP_FFMPEG if ffmpeg else cv2.CAP_ANY


@contextmanager
def _utf8_name(path):
    """Give the name of a file, or of a link where OpenCV would die of the name."""
    name = str(path)
    if _is_utf8(name):
        yield name
        return
    with TemporaryDirectory() as folder:
        suffix = path.suffix if _is_utf8(path.suffix) else ""
        link = Path(folder, f"video{suffix}")
        link.symlink_to(path)
        yield str(link)


def _is_utf8(name):
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _stamps(path):
    """Get the time stamps of all packets, in ms, without decoding any."""
    capture, stamps = _opened(path, cv2.CAP_PROP_FORMAT, -1), []
    while capture.grab():
        stamps.append(capture.get(cv2.CAP_PROP_POS_MSEC))
    capture.release()
    return np.array(stamps)


def _bits(form):
    r"""Read how many bits a channel has out of FFmpeg's abbreviation; 8 if untold.

    Planes and gray are b"Y3\x0b\n" (10 bits), packed colors b"RGB0" (48), formats of
    hardware b"P010"; where the high byte comes first the four stand the other way.
    """
    for code in (form, form[::-1]):
        if code[:2] in (b"Y1", b"Y2", b"Y3", b"Y4", b"G3", b"G4") and code[3] <= 32:
            return code[3]
        if code[:3] in (b"RGB", b"BGR", b"XYZ") and code[3] in (36, 48):
            return code[3] // 3
        if code[:3] in (b"RBA", b"BRA") and code[3] == 64:
            return 16
    if form[:1] in (b"P", b"Y") and form[1:].isdigit():
        return max(8, int(form[2:]))
    return int(form[2:]) // 3 if form[:2] == b"XV" else 8


def _check_file(path):
    """Refuse what FFmpeg would hang on, or take for something else."""
    where = f"{path}: frame 0:"
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ReadError(f"{where} is not a file.")
        with open(path, "rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        raise ReadError(f"{where} there is no such file.") from None
    except OSError as error:
        raise ReadError(f"{where} cannot be opened ({error.strerror}).") from None
    if not head:
        raise ReadError(f"{where} the file is empty.")
    # A text would become a video of its letters, or be followed as a playlist.
    if not head.translate(None, _TEXT) and not head.startswith(b"YUV4MPEG2"):
        raise ReadError(f"{where} is a text file, not a video.")
