"""Video files, decoded by OpenCV and checked against their container."""

import mmap
import os
import stat
import struct
import subprocess
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from mefeat._environment import printable


class ReadError(ValueError):
    """A file that cannot be read as asked.

    Parameters
    ----------
    message : str
        What is wrong with which file and frame; what cannot be printed is escaped.
    """

    def __init__(self, message):
        super().__init__(printable(message))


_BROKEN = (IndexError, KeyError, ValueError, struct.error)
# Elements of Matroska.
_SEGMENT, _VOID, _CLUSTER = 0x18538067, 0xEC, 0x1F43B675
_TRACKS, _TRACK, _VIDEO, _PROJECTION = 0x1654AE6B, 0xAE, 0xE0, 0x7670
_YAW, _PITCH, _ROLL = 0x7673, 0x7674, 0x7675


def missing_bytes(path):
    """Count the bytes that a video file announces beyond its end.

    Notes
    -----
    MP4 and its relatives, AVI, Matroska and WebM state their size. MPEG program and
    transport streams are rows of packets: a packet cut in two is seen, a file that
    ends between two packets is not.
    """
    with _mapped(path) as data:
        for matches, end, _ in FORMATS:
            if matches(data):
                try:
                    return max(0, end(data) - len(data))
                except _BROKEN:
                    break
    return 0


def announced_frames(path):
    """Count the frames that a video file says it shows.

    Notes
    -----
    Known for MP4 and its relatives (unless fragmented) and AVI. An MP4 file that was
    cut without encoding it anew keeps frames that only serve to decode others, and
    hides them by its edit list: these do not count. Matroska and the MPEG streams give
    a duration at most, which may be that of the sound.
    """
    with _mapped(path) as data:
        for matches, _, count in FORMATS:
            if matches(data):
                try:
                    return count(data)
                except _BROKEN:
                    break
    return None


def is_matroska(path):
    """Tell whether a file is Matroska or WebM, which give each frame its time."""
    with _mapped(path) as data:
        return _is_matroska(data)


def is_unfinished(path):
    """Tell whether a Matroska file is being written, or its writer never came back.

    Its segment is of unknown size, and begins with the place that is kept free for the
    index. A stream that was written to a pipe or by a browser keeps no place free.
    """
    with _mapped(path) as data:
        if not _is_matroska(data):
            return False
        try:
            _, at, size = _element(data, 0)
            kind, at, size = _element(data, at + size)
            return kind == _SEGMENT and size == 0 and _element(data, at)[0] == _VOID
        except _BROKEN:
            return False


def display_matrix(path):
    """Get how frames are turned and mirrored before they are shown."""
    with _mapped(path) as data:
        try:
            if _is_mp4(data):
                return _mp4_matrix(data)
            return _matroska_matrix(data) if _is_matroska(data) else None
        except (*_BROKEN, StopIteration):
            return None


def _mp4_matrix(data):
    movie, tracks = _movie_and_tracks(data)
    track = next(track for track in tracks if _is_video(data, track))
    matrix = _matrix(data, track[b"tkhd"], 40)
    return matrix if movie is None else matrix @ _matrix(data, movie, 36)


def _matrix(data, at, offset):
    """Get the part of a matrix that turns; where it has none it turns nothing."""
    at += offset + (12 if data[at] else 0)
    a, b, _, c, d = struct.unpack_from(">5i", data, at)
    matrix = np.array([[a, b], [c, d]]) / (1 << 16)
    return matrix if matrix.any() else np.eye(2)


@contextmanager
def _mapped(path):
    with open(path, "rb") as file:
        if not file.seek(0, 2):
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def _is_mp4(data):
    return data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


def _boxes(data, at, end):
    """Yield kind, start of the contents and end of each box of an MP4 file."""
    while at + 8 <= end and data[at + 4 : at + 8].isalnum():
        size, head = _number(data, at, ">I"), 8
        if size == 1:
            size, head = _number(data, at + 8, ">Q"), 16
        stop = end if size == 0 else at + size
        if stop < at + head:
            return
        yield data[at + 4 : at + 8], at + head, stop
        at = stop


def _tables(data, at, end):
    for kind, start, stop in _boxes(data, at, end):
        yield kind, start
        if kind in (b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl"):
            yield from _tables(data, start, stop)


def _mp4_end(data):
    return max(stop for _, _, stop in _boxes(data, 0, len(data)))


def _movie_and_tracks(data):
    """Find the header of an MP4 film, and the tables of each of its tracks."""
    movie, tracks = None, []
    for kind, at in _tables(data, 0, len(data)):
        if kind == b"mvhd":
            movie = at
        elif kind == b"trak":
            tracks.append({})
        elif tracks:
            tracks[-1].setdefault(kind, at)
    return movie, tracks


def _is_video(data, track):
    return data[track[b"hdlr"] + 8 : track[b"hdlr"] + 12] == b"vide"


def _mp4_frames(data):
    movie, tracks = _movie_and_tracks(data)
    for track in tracks:
        if _is_video(data, track):
            return _count_shown(data, movie, track) or None
    return None


def _count_shown(data, movie, track):
    steps = _run_lengths(data, track[b"stts"])
    times = np.cumsum(steps) - steps
    if b"ctts" in track:
        times = times + _run_lengths(data, track[b"ctts"])
    # What is shown before the first frame of the file needs frames that were cut off.
    times = times[times >= times[0]]
    if b"elst" not in track:
        return len(times)
    scale = _timescale(data, track[b"mdhd"]) / _timescale(data, movie)
    slack = steps.mean() / 2  # the two clocks round differently
    shown = 0
    for duration, start in _edits(data, track[b"elst"]):
        end = start + duration * scale - slack if duration else np.inf
        shown += np.count_nonzero((times >= start) & (times < end))
    return int(shown)


def _run_lengths(data, at):
    n_runs = _number(data, at + 4, ">I")
    runs = np.frombuffer(data[at + 8 : at + 8 + 8 * n_runs], ">i4").reshape(-1, 2)
    if runs[:, 0].sum() > len(data):
        raise ValueError("more frames than bytes.")
    return np.repeat(runs[:, 1].astype(np.int64), runs[:, 0])


def _timescale(data, at):
    return _number(data, at + (20 if data[at] else 12), ">I")


def _edits(data, at):
    """Yield duration and start of each edit, in the clocks of the movie and track."""
    form = ">qqi" if data[at] else ">iii"
    for _ in range(_number(data, at + 4, ">I")):
        duration, start, _ = struct.unpack_from(form, data, at + 8)
        if start >= 0:
            yield duration, start
        at += struct.calcsize(form)


def _avi_end(data):
    at = end = 0
    while data[at : at + 4] == b"RIFF":
        # Some writers count the 8 bytes of the header in, so they are not added here.
        end = at + _number(data, at + 4, "<I")
        at = end + 8
    return end


def _avi_frames(data):
    at = data.find(b"strh", 0, 1 << 16)
    while at >= 0 and data[at + 8 : at + 12] != b"vids":
        at = data.find(b"strh", at + 4, 1 << 16)
    return None if at < 0 else _number(data, at + 40, "<I") or None


def _is_matroska(data):
    return data[:4] == b"\x1aE\xdf\xa3"


def _matroska_end(data):
    _, at, size = _element(data, 0)
    kind, at, size = _element(data, at + size)
    return at + size if kind == _SEGMENT else 0


def _matroska_matrix(data):
    """Turn by the roll of the projection; a yaw of half a turn is a mirror."""
    inside = [(0, len(data))]
    for kind in (_SEGMENT, _TRACKS, _TRACK, _VIDEO, _PROJECTION):
        inside = [
            span
            for at, end in inside
            for k, *span in _children(data, at, end)
            if k == kind
        ]
    at, end = inside[0]
    angles = {
        kind: _number(data, start, ">f" if stop - start == 4 else ">d")
        for kind, start, stop in _children(data, at, end)
        if kind in (_YAW, _PITCH, _ROLL)
    }
    mirror = abs(angles.get(_YAW, 0)) == 180
    if angles.get(_PITCH, 0) or angles.get(_YAW, 0) and not mirror:
        return None  # an image of a sphere
    roll = np.deg2rad(angles.get(_ROLL, 0)) * (-1 if mirror else 1)
    cos, sin = np.cos(roll), np.sin(roll)
    return np.array([[-cos if mirror else cos, -sin], [-sin if mirror else sin, cos]])


def _children(data, at, end):
    """Yield kind, start and end of the elements in another, up to the images."""
    while at < end:
        kind, start, size = _element(data, at)
        if kind == _CLUSTER:
            return
        at = start + size if size else end
        yield kind, start, min(at, end)


def _element(data, at):
    """Get kind, start of the contents and size of an element of a Matroska file."""
    kind, at = _variable(data, at)
    size, after = _variable(data, at)
    marker = 1 << 7 * (after - at)
    unknown = size == 2 * marker - 1
    return kind, after, 0 if unknown else size - marker


def _variable(data, at):
    length = 9 - data[at].bit_length()
    return int.from_bytes(data[at : at + length], "big"), at + length


def _program_stream_end(data):
    at = 0
    while data[at : at + 3] == b"\0\0\1" and at + 14 <= len(data):
        if data[at + 3] == 0xBA:
            mpeg2 = data[at + 4] >> 6 == 1
            at += 14 + (data[at + 13] & 7) if mpeg2 else 12
        elif data[at + 3] == 0xB9:
            at += 4
        else:
            at += 6 + _number(data, at + 4, ">H")
    return at


def _number(data, at, form):
    return struct.unpack_from(form, data, at)[0]


def _unknown(data):
    return None


# How to tell a format, where its file should end, and how many frames it should show.
FORMATS = (
    (_is_mp4, _mp4_end, _mp4_frames),
    (lambda data: data[:4] == b"RIFF", _avi_end, _avi_frames),
    (_is_matroska, _matroska_end, _unknown),
    (lambda data: data[:4] == b"\0\0\1\xba", _program_stream_end, _unknown),
    (
        lambda data: len(data) > 376 and data[0] == data[188] == data[376] == 0x47,
        lambda data: -(-len(data) // 188) * 188,
        _unknown,
    ),
)


MAX_PIXELS = 8192 * 8192  # of an image; more is a mistake, or an attack on memory
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
    """A video file, opened to be decoded once."""

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
        """Decode in one forward pass."""
        if not self.quiet:
            self._warn_of_oblong_pixels()
        index, times, error = 0, [], None
        # An image is given away when the next one has shown that it is one.
        buffers, held = [None, None], None
        repeats = True if self._codec() in _PROGRESSIVE else None
        try:
            while last is None or index <= last:
                if not self._capture.grab():
                    error = self._early_end(index, first, last)
                    break
                times.append(self._capture.get(cv2.CAP_PROP_POS_MSEC))
                if index >= first:
                    good, image = self._capture.retrieve(buffers[index % 2])
                    if not good:
                        error = self._error(index, "cannot be decoded")
                        break
                    buffers[index % 2] = image
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
        """Refuse images that are too large or too deep."""
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
        """Find out how to turn images upright: whether to transpose, then to flip."""
        matrix = display_matrix(self.path)
        # Turns that other containers tell are applied by OpenCV.
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, float(matrix is None))
        if matrix is None:
            return None
        zeros = np.abs(matrix) < 0.01 * np.abs(matrix).max()
        if zeros.sum() != 2 or zeros[0, 0] != zeros[1, 1]:
            raise self._error(0, "is to be shown at a slant, which cannot be applied")
        return zeros[0, 0], matrix[:, 0].sum() < 0, matrix[:, 1].sum() < 0

    def _upright(self, image):
        if self._turn is None or not any(self._turn):
            return image
        transpose, mirror, flip = self._turn
        if transpose:
            image = cv2.transpose(image)
        if mirror or flip:
            image = cv2.flip(image, -1 if mirror and flip else int(mirror))
        return image

    def _length_and_rate(self):
        """Get number and rate of frames, from time stamps if nothing else says.

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
        """Compare time stamps with a constant rate: error, warning, or nothing.

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


def _equal(image, other):
    """Compare two images; a few rows tell most of them apart."""
    return all(np.array_equal(image[::n], other[::n]) for n in (32, 1))


def _is_interlaced(path, index):
    """Ask in a new process whether FFmpeg complains of a repeated frame.

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
    """Say that an image claims to be larger than images of faces are."""
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
