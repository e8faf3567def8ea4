"""Footage that is not what it should be, and what containers say."""

import os
import pickle
import struct
import warnings

import numpy as np
import pytest
from written_videos import (
    N_FRAMES,
    assert_error,
    moov_first,
    save_images,
    scene,
    write,
)

from mefeat import ClipFile
from mefeat.video import (
    ReadError,
    iter_frames,
    read_clip,
    video_info,
)
from mefeat.video.container import announced_frames, missing_bytes

REAL = (
    "WolfgangLanger_Pexels.mp4 single_face.mp4 grid/bbaf2n.mpg grid/brbk7n.mpg".split()
)


def test_what_is_no_video_is_one_clear_error(tmp_path):
    playlist = "ffconcat version 1.0\nfile 'a.mp4'\n"
    cases = {
        "zero.mp4": (b"", "is empty"),
        "text.mp4": (b"just a text\n" * 500, "text file"),
        "text.txt": (b"just a text\n" * 500, "text file"),
        "playlist.mp4": (playlist.encode(), "text file"),
        "zeros.mp4": (bytes(20000), "cannot open"),
        "noise.avi": (np.random.default_rng(0).bytes(20000), "cannot open"),
    }
    write(tmp_path / "a.mp4", "mp4v")
    for name, (data, words) in cases.items():
        (tmp_path / name).write_bytes(data)
        assert_error(tmp_path / name, name, "frame 0", words)
        assert_error(tmp_path / name, name, "frame 0", words, on_error="keep")
        with pytest.raises(ReadError, match=name):
            video_info(tmp_path / name)
    assert_error(tmp_path / "nowhere.mp4", "nowhere.mp4", "frame 0", "no such file")
    (tmp_path / "folder.mp4").mkdir()
    assert_error(tmp_path / "folder.mp4", "folder.mp4", "frame 0", "no image")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    assert_error(tmp_path / "pipe.mp4", "pipe.mp4", "is not a file")


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "mp4v"),
        ("first.mp4", "mp4v"),
        ("a.avi", "MJPG"),
        ("a.avi", "mp4v"),
        ("a.mkv", "FFV1"),
        ("a.webm", "VP80"),
        ("a.mpg", "PIM1"),
        ("a.ts", "mpg2"),
    ],
)
def test_a_truncated_video_is_an_error_and_what_is_left_can_be_kept(
    tmp_path, name, codec
):
    path = write(tmp_path / name, codec)
    if name == "first.mp4":
        path.write_bytes(moov_first(path.read_bytes()))
    whole, data = read_clip(path).frames, path.read_bytes()
    assert len(whole) == N_FRAMES
    n_kept = []
    for share in (0.03, 0.31, 0.62, 0.97):
        path.write_bytes(data[: int(share * len(data))])
        assert missing_bytes(path) > 0
        assert_error(path, name, "frame ", "breaks off")
        with pytest.raises(ReadError, match=name):
            list(iter_frames(path))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                frames = read_clip(path, on_error="keep").frames
            except ReadError:
                n_kept.append(0)
                continue
        assert "frames are kept" in str(caught[0].message)
        n_kept.append(len(frames))
        # The decoder may have patched up the last frames it got.
        np.testing.assert_array_equal(frames[:-3], whole[: len(frames)][:-3])
    assert n_kept == sorted(n_kept)
    if name == "a.mp4":  # its tables stand at the end: without them nothing is left
        assert n_kept == [0, 0, 0, 0]
    else:
        assert n_kept[1] < n_kept[2] < n_kept[3] < N_FRAMES + 1


@pytest.mark.parametrize("name", REAL)
def test_truncated_real_footage_is_an_error(footage, tmp_path, name):
    data = (footage / name).read_bytes()
    path = tmp_path / os.path.basename(name)
    for share in (0.1, 0.5, 0.95):
        path.write_bytes(data[: int(share * len(data)) - 7])
        assert_error(path, path.name, "frame ")
    # A span before the break is whole.
    if name != "single_face.mp4":
        part = read_clip(ClipFile(path, span=(0, 9)))
        whole = read_clip(ClipFile(footage / name, span=(0, 9)))
        np.testing.assert_array_equal(part.frames, whole.frames)


def test_lost_frames_of_a_real_mpeg_video_are_an_error(footage, tmp_path):
    data = bytearray((footage / "grid" / "bbaf2n.mpg").read_bytes())
    middle = len(data) * 7 // 10
    data[middle : middle + 4000] = bytes(4000)
    path = tmp_path / "hole.mpg"
    path.write_bytes(data)
    assert_error(path, "hole.mpg", "frame ", "comes 80 ms after the one before")
    with pytest.warns(UserWarning, match="74 frames are kept"):
        assert len(read_clip(path, on_error="keep").frames) == 74


def test_a_packet_that_does_not_decode_is_an_error_where_it_stands(tmp_path):
    path = write(tmp_path / "a.avi", "MJPG")
    whole, data = read_clip(path).frames, bytearray(path.read_bytes())
    chunks = range(data.index(b"movi"), len(data))
    at = [k for k in chunks if data[k : k + 4] == b"00dc"][12]
    data[at + 8 : at + 400] = bytes(392)
    path.write_bytes(data)
    assert_error(path, "a.avi", "frame 12", "later ones can")
    with pytest.warns(UserWarning, match="frame 12.* 12 frames are kept"):
        frames = read_clip(path, on_error="keep").frames
    np.testing.assert_array_equal(frames, whole[:12])


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "mp4v"), ("a.avi", "MJPG")])
def test_a_download_that_ends_in_zeros_is_an_error(tmp_path, name, codec):
    path = write(tmp_path / name, codec)
    data = path.read_bytes()
    data = moov_first(data) if codec == "mp4v" else data
    n_good = len(data) * 3 // 4
    path.write_bytes(data[:n_good] + bytes(len(data) - n_good))
    assert missing_bytes(path) == 0
    assert_error(path, name, "frame ", f"announces {N_FRAMES} frames")


def test_a_jump_in_time_is_a_warning_where_rates_may_vary(tmp_path):
    path = write(tmp_path / "a.mkv", "MJPG")
    data = bytearray(path.read_bytes())
    pictures = [k for k in range(len(data)) if data[k : k + 3] == b"\xff\xd8\xff"]
    at = pictures[17]
    while data[at] != 0xA3:
        at -= 1
    data[at] = 0xEC  # a block of nothing
    path.write_bytes(data)
    with pytest.warns(UserWarning, match="frame 17: comes 80 ms after the one before"):
        assert len(read_clip(path).frames) == N_FRAMES - 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(read_clip(ClipFile(path, span=(0, 16))).frames) == 17


def stretched(data, path, first, last, factor):
    """Show some frames of an MP4 file longer: rewrite the table of their times."""
    out, at = b"", 0
    while at < len(data):
        size = struct.unpack_from(">I", data, at)[0]
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size
        if kind == b"edts":
            continue
        if kind == path[0] and len(path) > 1:
            body = stretched(body, path[1:], first, last, factor)
        elif kind == path[0]:
            n, step = struct.unpack_from(">II", body, 8)
            runs = [first, step, last - first, factor * step, n - last, step]
            body = body[:4] + struct.pack(">7I", 3, *runs)
        out += struct.pack(">I", len(body) + 8) + kind + body
    return out


def test_a_video_of_varying_rate_is_a_warning(tmp_path):
    path = write(tmp_path / "phone.mp4", "mp4v")
    boxes = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"]
    path.write_bytes(stretched(path.read_bytes(), boxes, 10, 15, 4))
    words = r"frame 11: comes 160 ms after the one before, 40 ms .*5 such jumps"
    with pytest.warns(UserWarning, match=words):
        assert len(read_clip(path).frames) == N_FRAMES


def test_a_span_or_roi_beyond_the_footage_is_an_error(tmp_path):
    video = write(tmp_path / "a.mp4", "mp4v")
    folder = save_images(tmp_path / "images", range(1, N_FRAMES + 1), scene())
    for path in (video, folder):
        beyond = ClipFile(path, span=(25, 40), apex=12)
        assert_error(beyond, path.name, "frame 30", "frames 25 to 40", "there are 30")
        with pytest.warns(UserWarning) as caught:
            kept = read_clip(beyond, on_error="keep")
        assert len(kept.frames) == 5
        assert kept.apex is None
        assert "5 frames are kept" in str(caught[0].message)
        assert "apex is frame 12" in str(caught[1].message)
        assert_error(ClipFile(path, span=(30, 40)), "frame 30", on_error="keep")
        wide = ClipFile(path, roi=(0, 0, 48, 65))
        assert_error(wide, "frame 0", "leaves the picture of 48x64", on_error="keep")
        late = ClipFile(path, span=(0, 9), offset=9).path
        assert_error(ClipFile(late, offset=30), path.name, "offset is frame 30")


def test_errors_reach_the_parent_of_a_worker_process(tmp_path):
    with pytest.raises(ReadError) as caught:
        read_clip(tmp_path / "nowhere.mp4")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is ReadError
    assert str(again) == str(caught.value)


# What containers say


def test_announced_size_and_frames_by_hand(tmp_path):
    def of(data):
        path = tmp_path / "file"
        path.write_bytes(data)
        return missing_bytes(path), announced_frames(path)

    mp4 = b"\0\0\0\x08ftyp" + b"\0\0\0\x20mdat" + bytes(20)
    assert of(mp4) == (4, None)
    assert of(mp4 + bytes(4)) == (0, None)
    assert of(mp4[:8] + b"\0\0\0\0mdat" + bytes(3)) == (0, None)  # "to the end"
    large = mp4[:8] + b"\0\0\0\x01mdat" + struct.pack(">Q", 16 + 9) + bytes(2)
    assert of(large) == (7, None)
    assert of(b"RIFF" + struct.pack("<I", 50) + b"AVI " + bytes(38)) == (0, None)
    assert of(b"RIFF" + struct.pack("<I", 50) + b"AVI " + bytes(28)) == (10, None)
    matroska = b"\x1aE\xdf\xa3\x81\0" + b"\x18\x53\x80\x67"
    assert of(matroska + b"\x8a" + bytes(4)) == (6, None)
    assert of(matroska + b"\x8a" + bytes(10)) == (0, None)
    assert of(matroska + b"\xff" + bytes(4)) == (0, None)  # "unknown", a live recording
    pack = b"\0\0\1\xba\x21" + bytes(7)
    video = b"\0\0\1\xe0" + struct.pack(">H", 100) + bytes(100)
    assert of(pack + video) == (0, None)
    assert of(pack + video[:-9]) == (9, None)
    assert of(pack + video + b"\0\0\1\xb9") == (0, None)
    packet = b"G" + bytes(187)
    assert of(3 * packet) == (0, None)
    assert of(3 * packet + packet[:100]) == (88, None)
    assert of(b"") == of(b"\xff\xd8\xff") == (0, None)
    assert of(b"\x1aE\xdf\xa3") == of(b"RIFF\0") == (0, None)
