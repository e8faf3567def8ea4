"""What a video file says of itself: where it ends, its frames, and which way is up.

FFmpeg decodes what is there and stops; that something is missing stands only in the
container, and OpenCV passes neither that on nor that a picture is mirrored.
"""

import mmap
import struct
from contextlib import contextmanager

import numpy as np

_BROKEN = (IndexError, KeyError, ValueError, struct.error)
# Elements of Matroska.
_SEGMENT, _VOID, _CLUSTER = 0x18538067, 0xEC, 0x1F43B675
_TRACKS, _TRACK, _VIDEO, _PROJECTION = 0x1654AE6B, 0xAE, 0xE0, 0x7670
_YAW, _PITCH, _ROLL = 0x7673, 0x7674, 0x7675


def missing_bytes(path):
    """Count the bytes that a video file announces beyond its end.

    Parameters
    ----------
    path : path
        Video file.

    Returns
    -------
    int
        Bytes missing at the end; 0 if none are, or if the format does not tell.

    Notes
    -----
    MP4 and its relatives, AVI, Matroska and WebM state their size. MPEG program and
    transport streams are rows of packets: a packet cut in two is seen, a file that
    ends between two packets is not.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "cut.avi")
    ...     _ = path.write_bytes(b"RIFF" + bytes([100, 0, 0, 0]) + b"AVI LIST")
    ...     missing_bytes(path)
    84
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

    Parameters
    ----------
    path : path
        Video file.

    Returns
    -------
    int or None
        Number of frames; None where the file holds no such number.

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
    """Tell whether a file is Matroska or WebM, which give each frame its time.

    Parameters
    ----------
    path : path
        Video file.

    Returns
    -------
    bool
        Whether it is.
    """
    with _mapped(path) as data:
        return _is_matroska(data)


def is_unfinished(path):
    """Tell whether a Matroska file is being written, or its writer never came back.

    Its segment is of unknown size, and begins with the place that is kept free for the
    index. A stream that was written to a pipe or by a browser keeps no place free.

    Parameters
    ----------
    path : path
        Video file.

    Returns
    -------
    bool
        Whether it is.
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
    """Get how pictures are turned and mirrored before they are shown (MP4, Matroska).

    Parameters
    ----------
    path : path
        Video file.

    Returns
    -------
    ndarray of shape (2, 2) or None
        Row vectors (x, y) of stored pictures are multiplied by it from the right; None
        where nothing is told.
    """
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
        return None  # a picture of a sphere
    roll = np.deg2rad(angles.get(_ROLL, 0)) * (-1 if mirror else 1)
    cos, sin = np.cos(roll), np.sin(roll)
    return np.array([[-cos if mirror else cos, -sin], [-sin if mirror else sin, cos]])


def _children(data, at, end):
    """Yield kind, start and end of the elements in another, up to the pictures."""
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
