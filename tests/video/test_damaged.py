"""Footage that is not what it should be, and what containers say."""

import os
import pickle
import struct
import warnings
from base64 import b64decode

import cv2
import numpy as np
import pytest
from written_videos import (
    N_FRAMES,
    assert_error,
    moov_first,
    save_images,
    scene,
    write,
    y4m,
)

from mefeat import ClipFile
from mefeat.video import ReadError, iter_frames, read_clip, video_info
from mefeat.video._decoding import _bits, announced_frames, is_unfinished, missing_bytes

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
    images = [k for k in range(len(data)) if data[k : k + 3] == b"\xff\xd8\xff"]
    at = images[17]
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
            slow = round(factor * step)
            runs = [first, step, last - first, slow, n - last, step]
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


def test_a_rate_that_drifts_is_a_warning_with_figures(tmp_path):
    path = write(tmp_path / "dim.mp4", "mp4v")
    boxes = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"]
    path.write_bytes(stretched(path.read_bytes(), boxes, 15, 30, 1.5))
    # 15 frames of 40 ms and 15 of 60 ms: 20 a second; frame 15 is shown after 0.6 s.
    words = r"frame 15: the rate is not constant: .* at 20 frames .* up to 0.15 s"
    with pytest.warns(UserWarning, match=words):
        assert read_clip(path).fps == 20


def test_a_file_that_is_still_written_is_an_error_and_its_frames_can_be_kept(tmp_path):
    path = write(tmp_path / "a.mkv", "FFV1")
    data = bytearray(path.read_bytes())
    # Until it is closed the size is unknown, and the place of the index is free.
    size = data.index(b"\x18\x53\x80\x67") + 4
    data[size : size + 8] = b"\x01" + b"\xff" * 7
    at = size + 8
    assert data[at : at + 4] == b"\x11\x4d\x9b\x74"
    free = (data[at + 4] & 0x7F) + 5 - 9
    data[at : at + 9] = b"\xec\x01" + free.to_bytes(7, "big")
    path.write_bytes(data)
    assert_error(path, "a.mkv: frame 30: the file is still being written")
    with pytest.warns(UserWarning, match="still being written.* 30 frames are kept"):
        assert len(read_clip(path, on_error="keep").frames) == N_FRAMES
    # What is written to a pipe has no size either, but is whole.
    data[at] = 0x1A
    path.write_bytes(data)
    assert not is_unfinished(path)


# A generated test image, three frames of 64x48 encoded with FFmpeg.
INTERLACED = {
    "mpeg2.m2v": """
AAABswQAMCP//+AYAAABtRSCAAEAAAAAAbgACABAAAABAAAP//gAAAG1j//zgAAAAAEBo3iLZ9Ya5rJGa+gR
7dYZHIuW0WuH3jvbPqqO1S1731Vut9dIZcD63NaNce8AAAABAqN870rU0l5d9QVbRRoU1fvAti2kaTQvb9Nt
v1qaxe1WlyaAAAABA6N4J63ptV0k+8G+sDLY+XTF3p/5ke6PfMW+b7y/3YRL76xPlarpugS7op92P7d7z0QA
AAEEo13mRL5kXuptLeGRL5kS+3vPRb0abse46bse5U3fbipu17ipu17ovNRAAAABAABX//uAAAABtYEf84AA
AAABAaJtGwAAAQKibmpmwAAAAQOibmeYnM0AAAABBKI1vrEVfrEXuptKN4REfBEfb3noo3oU3Y9x03Y9ypu+
jcVN2vcVN2vdF5qIAAABAACX//uAAAABtYEf84AAAAABAaJtGwAAAQKibRsAAAEDom2Z5lAAAAEEojW+sRV+
sRe6m0o3iEVfrEVft7z0Ub0Sbse46bse5U3fRuKm7XuKm7Xui81E""",
    "avc.h264": """
AAAAAWdkABWs2URPy4CIAAADAAgAAAMBkPihTLAAAAABaPugTSyLAAABZYiCAg3/Gh6OyGlXhIl96fFsilmk
NRMpdEyaVDl0UnI2LOQGO80oz7MlXc7vzKi3gBll5O2b/26Xj3ZnYr4kEQAAAAFBmiEWRn+AgAAAAAEBnkCX
kZ+wgQ==""",
}
PROGRESSIVE = """
AAABswQAMCP//+AYAAABtRSKAAEAAAAAAbgACABAAAABAAAP//gAAAG1j//zQYAAAAEBo/EWz6w1zWSM19Aj
31hkci5bRa4feO959VR2qWve+qvrfXSGXA+tzWjXHvAAAAECo/nelamkvLvqCr0UaFNX7wLxbSNJoXt+m9v1
qaxe1WlyaAAAAQOj8E9b02q6SfeDfWBl4+XTF3p/5ke6PfMX833l/uwiX31ifK6um6BLuin3Y/t3vPRAAAAB
AABX//uAAAABtYEf80GAAAABAaJ0cAAAAQKieaZwAAABA6J0cAAAAQAAl//7gAAAAbWBH/NBgAAAAQGidHAA
AAEConRwAAABA6J0cA=="""


@pytest.mark.parametrize("name", INTERLACED)
def test_interlaced_video_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b64decode(INTERLACED[name]))
    words = f"{name}: frame 0: is interlaced", "OpenCV", "ffmpeg -i IN -vf bwdif OUT"
    assert_error(path, *words, on_error="raise" if name == "avc.h264" else "keep")


def test_one_interlaced_frame_is_refused_too(tmp_path):
    path = tmp_path / "avc.h264"
    path.write_bytes(b64decode(INTERLACED[path.name]))
    with pytest.raises(ReadError, match="frame 2: is interlaced"):
        next(iter_frames(ClipFile(path, span=(2, 2))))


def test_images_that_repeat_are_not_taken_for_interlaced(tmp_path):
    path = tmp_path / "mpeg2.m2v"
    path.write_bytes(b64decode(PROGRESSIVE))
    frames = read_clip(path).frames
    np.testing.assert_array_equal(frames[1], frames[2])
    assert frames.std() > 10
    still = np.repeat(scene(1), 5, axis=0)
    path = write(tmp_path / "title.mp4", "mp4v", np.concatenate([still, scene(5)]))
    assert len(read_clip(path).frames) == 10


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("F25:1 C420p10 XYSCSS=420P10", "has 10 bits a channel"),
        ("F25:1 Cmono16", "has 16 bits a channel"),
    ],
)
def test_video_of_more_than_8_bits_is_refused(tmp_path, settings, words):
    path = y4m(tmp_path / "deep.y4m", settings, 3, n_bytes=2)
    assert_error(path, "deep.y4m: frame 0", words, "-pix_fmt yuv420p")
    with pytest.raises(ReadError, match=words):
        video_info(path)


def test_formats_of_pixels_tell_their_bits():
    shallow = b"I420 Y42B Y41B 444P Y800 NV12 YUY2 UYVY RGB\x18 BGR\x00 PAL\x08".split()
    shallow += [b"Y4\x0b\x08", b"G3\x00\x08", bytes(4), b"\xff\xff\xff\xff", b"RGB\x0f"]
    assert {_bits(form) for form in shallow} == {8}
    deep = [b"Y3\x0b\n", b"\n\x0b3Y", b"Y1\x00\x10", b"\x10\x001Y", b"G3\x00\x0c"]
    assert [_bits(form) for form in deep] == [10, 10, 16, 16, 12]
    packed = [b"RGB0", b"0RGB", b"RBA@", b"P010", b"P216", b"Y212", b"XV36"]
    assert [_bits(form) for form in packed] == [16, 16, 16, 10, 16, 12, 12]


def test_a_video_of_too_many_pixels_is_refused_before_memory_is_taken(tmp_path):
    path = write(tmp_path / "bomb.avi", "MJPG", scene(2))
    data = bytearray(path.read_bytes())
    for at in (k for k in range(len(data)) if data[k : k + 2] == b"\xff\xc0"):
        struct.pack_into(">HH", data, at + 5, 16000, 16000)
    struct.pack_into("<ii", data, data.index(b"strf") + 12, 16000, 16000)
    path.write_bytes(data)
    words = "bomb.avi: frame 0: claims 16000x16000 pixels, 67,108,864 in all"
    assert_error(path, words)
    with pytest.raises(ReadError, match="claims 16000x16000"):
        video_info(path)


# Names and kinds of files


def test_names_that_are_no_text_are_read_and_printed(tmp_path):
    folder = tmp_path / os.fsdecode(b"f\xff")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes names that are text alone")
    write(tmp_path / "a.avi", "MJPG").rename(folder / os.fsdecode(b"a\xe9\xff.avi"))
    video = folder / os.fsdecode(b"a\xe9\xff.avi")
    assert len(read_clip(str(video)).frames) == N_FRAMES
    assert video_info(video).n_frames == len([*iter_frames(video)]) == N_FRAMES
    video.write_bytes(video.read_bytes()[:-100])
    assert_error(video, r"f\xff/a\xe9\xff.avi: frame", "breaks off")
    for number in (1, 2):
        image = folder / os.fsdecode(b"i\xfe%d.png" % number)
        cv2.imencode(".png", scene(1)[0])[1].tofile(image)
    assert len(read_clip(str(folder)).frames) == 2
    image.write_bytes(b"")
    assert_error(folder, r"f\xff/i\xfe2.png: frame 1", "is empty")


def test_what_could_steer_a_terminal_is_escaped(tmp_path):
    assert_error(tmp_path / "a\x1b[2J\nb.mp4", r"a\x1b[2J\nb.mp4: frame 0: there is no")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("name", ["pipe.mp4", "pipe.png"])
def test_pipes_and_devices_do_not_hang(tmp_path, name):
    os.mkfifo(tmp_path / name)
    for source in (tmp_path / name, "/dev/zero"):
        assert_error(source, f"{source}: frame 0: is not a file")
    assert_error([tmp_path / "pipe.png"], "frame 0")


def test_a_name_that_is_too_long_is_an_error_of_reading(tmp_path):
    for suffix in (".mp4", ".png"):
        assert_error(tmp_path / ("x" * 300 + suffix), "frame 0: cannot be opened")


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
        assert_error(wide, "frame 0", "leaves the image of 48x64", on_error="keep")
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
