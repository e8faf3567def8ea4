"""Videos through OpenCV: opened with care, decoded once, and checked for their end."""

import warnings
from pathlib import Path

import cv2
import numpy as np

from mefeat.video.container import announced_frames, missing_bytes
from mefeat.video.errors import ReadError

_TEXT = bytes(range(32, 256)) + b"\t\n\f\r\x1b"
_CONSTANT_RATE = ("mpg1", "mpg2")  # codecs that know no other
_TRIES = 64  # packets in a row that may fail before a video counts as over


class Video:
    """A video file, opened to be decoded once.

    Parameters
    ----------
    path : path
        The file.

    Attributes
    ----------
    n_frames : int or None
        Number of frames as the decoder tells it, often estimated from the duration.
    fps : float or None
        Frames per second, None if not told.

    Raises
    ------
    ReadError
        If it is missing, empty, no file, a text file, or nothing that OpenCV decodes.
    """

    def __init__(self, path):
        self.path = path = Path(path)
        _check_file(path)
        # Backends other than FFmpeg would take the name for a pattern of image names.
        ffmpeg = cv2.videoio_registry.hasBackend(cv2.CAP_FFMPEG)
        backend = cv2.CAP_FFMPEG if ffmpeg else cv2.CAP_ANY
        self._capture = cv2.VideoCapture(str(path.absolute()), backend)
        if not self._capture.isOpened():
            missing = missing_bytes(path)
            reason = "it is damaged, or no video"
            if missing:
                reason = f"it breaks off, bytes missing: {missing}"
            raise self._error(0, f"OpenCV cannot open the file: {reason}")
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.n_frames = int(count) if count > 0 else None
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 0 < fps < np.inf else None

    @property
    def size(self):
        """Height and width."""
        sides = (cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FRAME_WIDTH)
        return tuple(int(self._capture.get(side)) for side in sides)

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
            BGR picture, uint8, in a buffer that is used again for the next; or, as the
            last item, why the video ends too early.

        Warns
        -----
        UserWarning
            If the time stamps jump, unless the format does not count its frames and
            demands a constant rate: there it is an error.
        """
        index, picture, times, error = 0, None, [], None
        try:
            while last is None or index <= last:
                if not self._capture.grab():
                    error = self._early_end(index, first, last)
                    break
                times.append(self._capture.get(cv2.CAP_PROP_POS_MSEC))
                if index >= first:
                    good, picture = self._capture.retrieve(picture)
                    if not good:
                        error = self._error(index, "cannot be decoded")
                        break
                    yield self.path, index, picture
                index += 1
            error = error or self._lost_frames(np.array(times))
            if error is not None:
                yield self.path, index, error
        finally:
            self._capture.release()

    def _early_end(self, index, first, last):
        """Tell why the video ends at a frame, or give None if it is simply over."""
        missing = missing_bytes(self.path)
        if missing:
            return self._error(index, f"the file breaks off, bytes missing: {missing}")
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

    def _lost_frames(self, times):
        """Look for jumps of the time stamps, which are an error or a warning."""
        steps = np.diff(times)
        if self.n_frames is None or not (steps > 0).any():
            return None
        usual = np.median(steps[steps > 0])
        jumps = np.flatnonzero(steps > 1.75 * usual)
        if not len(jumps):
            return None
        error = self._error(
            jumps[0] + 1,
            f"comes {steps[jumps[0]]:.0f} ms after the one before, {usual:.0f} ms "
            f"are usual ({len(jumps)} such jumps): frames were lost, or never recorded",
        )
        counted = announced_frames(self.path) is not None
        if self._codec() in _CONSTANT_RATE and not counted:
            return error
        warnings.warn(str(error), stacklevel=2)
        return None

    def _codec(self):
        code = int(self._capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
        return code.to_bytes(4, "little").decode("latin-1").strip("\0 ") or "unknown"

    def _error(self, index, reason):
        return ReadError(f"{self.path}: frame {index}: {reason}.")


def _check_file(path):
    """Refuse what FFmpeg would hang on, or take for something else."""
    where = f"{path}: frame 0:"
    if not path.exists():
        raise ReadError(f"{where} there is no such file.")
    if not path.is_file():
        raise ReadError(f"{where} is not a file.")
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise ReadError(f"{where} cannot be opened ({error.strerror}).") from None
    if not head:
        raise ReadError(f"{where} the file is empty.")
    # A text would become a video of its letters, or be followed as a playlist.
    if not head.translate(None, _TEXT) and not head.startswith(b"YUV4MPEG2"):
        raise ReadError(f"{where} is a text file, not a video.")
