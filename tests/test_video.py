"""Footage that is read as it is, and footage that is not what it should be."""

import os
import pickle
import struct
import tracemalloc
import warnings

import cv2
import numpy as np
import pytest
from sklearn.base import clone

from mefeat import Clip, ClipFile, ClipPipeline, Read
from mefeat.clip import luma
from mefeat.video import (
    ReadError,
    clip_file,
    iter_frames,
    list_frames,
    read_clip,
    read_landmarks,
    video_info,
    write_video,
)
from mefeat.video.container import announced_frames, missing_bytes

SIZE = (48, 64)
N_FRAMES = 30
COUNTS = {
    "WolfgangLanger_Pexels.mp4": 472,
    "single_face.mp4": 72,
    "grid/bbaf2n.mpg": 75,
    "grid/brbk7n.mpg": 75,
    "grid/id2_vcd_swwp2s.mpg": 75,
    "grid/lbbc2a.mpg": 75,
    "grid/pwij3p.mpg": 75,
    "grid/swiz3n.mpg": 75,
}


def scene(n_frames=N_FRAMES, size=SIZE):
    """A texture that moves and changes its color, RGB."""
    y, x = np.mgrid[: size[0], : size[1]]
    frames = np.empty((n_frames, *size, 3), np.uint8)
    for t in range(n_frames):
        wave = np.sin(x / 5 + t / 4) * np.cos(y / 6 - t / 7)
        frames[t] = np.stack([128 + 100 * wave, 128 - 90 * wave, 4 * t + 0 * wave], -1)
    return frames


def gray_of(frames):
    return np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames])


def write(path, codec, frames=None):
    """Write a video with bare OpenCV."""
    frames = scene() if frames is None else frames
    code = cv2.VideoWriter.fourcc(*codec)
    size = frames.shape[2:0:-1]
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, 25, size)
    assert writer.isOpened()
    for frame in frames:
        writer.write(frame[..., ::-1].copy())
    writer.release()
    return path


def boxes(data, start=0):
    """Place and kind of the boxes of an MP4 file at one level."""
    found, at = {}, start
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size < 8:
            break
        found[kind] = (at, size)
        at += size
    return found


def moov_first(data):
    """Move the tables of an MP4 file before its pictures, as for the web."""
    at, size = boxes(data)[b"moov"]
    moov = bytearray(data[at : at + size])
    table = moov.index(b"stco")
    for k in range(struct.unpack_from(">I", moov, table + 8)[0]):
        (place,) = struct.unpack_from(">I", moov, table + 12 + 4 * k)
        struct.pack_into(">I", moov, table + 12 + 4 * k, place + size)
    head = boxes(data)[b"ftyp"][1]
    return data[:head] + bytes(moov) + data[head:at] + data[at + size :]


def save_images(folder, numbers, frames=None, form="img{}.png"):
    folder.mkdir(exist_ok=True)
    frames = scene(len(numbers)) if frames is None else frames
    for number, frame in zip(numbers, frames, strict=True):
        picture = frame if frame.ndim == 2 else frame[..., ::-1]
        done, data = cv2.imencode(form[form.rindex(".") :], picture)
        assert done
        data.tofile(folder / form.format(number))
    return folder


def assert_error(source, *words, **options):
    """Expect one error that holds the words."""
    with pytest.raises(ReadError) as caught:
        read_clip(source, **options)
    for word in words:
        assert word in str(caught.value)


# What is whole


@pytest.mark.parametrize("name", COUNTS)
def test_real_footage_is_read_to_its_last_frame(footage, name):
    info = video_info(footage / name)
    assert info.n_frames == COUNTS[name]
    assert sum(1 for _ in iter_frames(footage / name)) == COUNTS[name]
    clip = read_clip(ClipFile(footage / name, span=(3, 12), apex=4))
    assert clip.frames.shape == (10, *info.size)
    assert (clip.fps, clip.apex) == (info.fps, 4)
    assert clip.frames.std() > 10


def test_lossless_video_gives_the_pictures_that_were_written(tmp_path):
    path = write(tmp_path / "a b ü 人 %d.mkv", "FFV1")
    color = read_clip(path, color=True)
    np.testing.assert_array_equal(color.frames, scene())
    assert color.fps == 25
    gray = read_clip(str(path))
    np.testing.assert_array_equal(gray.frames, gray_of(scene()))
    assert gray.frames.dtype == np.uint8
    for given, kept in zip(iter_frames(path), gray.frames, strict=True):
        np.testing.assert_array_equal(given, kept)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "mp4v"),
        ("a.avi", "MJPG"),
        ("a.avi", "XVID"),
        ("a.webm", "VP80"),
        ("a.mkv", "MJPG"),
        ("a.mpg", "PIM1"),
        ("a.ts", "mpg2"),
        ("a.mjpeg", "MJPG"),
        ("without_suffix.avi", "MJPG"),
    ],
)
def test_every_container_gives_all_frames_in_order(tmp_path, name, codec):
    path = write(tmp_path / name, codec)
    if name.startswith("without"):
        path = path.rename(tmp_path / "without")
    clip = read_clip(path, color=True)
    assert clip.frames.shape == (N_FRAMES, *SIZE, 3)
    # Blue counts the frames.
    blue = clip.frames[..., 2].mean(axis=(1, 2))
    np.testing.assert_allclose(blue, 4 * np.arange(N_FRAMES), atol=5)


def test_more_frames_than_announced_are_all_kept(tmp_path):
    frames = scene(600, (16, 16))
    path = write(tmp_path / "raw.mjpeg", "MJPG", frames)
    assert video_info(path).n_frames is None
    clip = read_clip(path)
    np.testing.assert_array_equal(clip.frames, list(iter_frames(path)))
    assert len(clip.frames) == 600


def test_a_clip_is_held_once_while_it_is_read(tmp_path):
    path = write(tmp_path / "a.avi", "MJPG", scene(300))
    read_clip(path)
    tracemalloc.start()
    clip = read_clip(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert clip.frames.nbytes <= peak < 1.2 * clip.frames.nbytes


def test_a_raw_video_of_bright_pictures_is_no_text(tmp_path):
    plane = b"\xc8" * (48 * 64) + b"\x80" * (2 * 24 * 32)
    data = b"YUV4MPEG2 W64 H48 F25:1 C420mpeg2\n" + 3 * (b"FRAME\n" + plane)
    (tmp_path / "a.y4m").write_bytes(data)
    assert read_clip(tmp_path / "a.y4m").frames.shape == (3, *SIZE)


def test_span_and_roi_are_slices_of_the_whole(tmp_path):
    video = write(tmp_path / "a.mkv", "FFV1")
    folder = save_images(tmp_path / "images", range(N_FRAMES), scene())
    for path in (video, folder, list_frames(folder)):
        part = ClipFile(
            path, span=(7, 20), roi=(3, 5, 40, 31), onset=0, apex=4, offset=13, fps=200
        )
        for color, whole in [(False, gray_of(scene())), (True, scene())]:
            clip = read_clip(part, color=color)
            expected = whole[7:21, 3:43, 5:36]
            np.testing.assert_array_equal(clip.frames, expected)
            assert (clip.onset, clip.apex, clip.offset, clip.fps) == (0, 4, 13, 200)
        assert video_info(part) == (14, (40, 31), 200)


def test_frames_hidden_by_an_edit_list_are_not_missed(tmp_path):
    data = bytearray(write(tmp_path / "a.mp4", "mp4v").read_bytes())
    at = data.index(b"elst") + 4
    movie = struct.unpack_from(">I", data, data.index(b"mvhd") + 16)[0]
    track = struct.unpack_from(">I", data, data.index(b"mdhd") + 16)[0]
    struct.pack_into(">ii", data, at + 8, 20 * movie // 25, 10 * track // 25)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data)
    assert announced_frames(cut) == video_info(cut).n_frames == 20
    shown = read_clip(cut).frames
    np.testing.assert_array_equal(shown, read_clip(tmp_path / "a.mp4").frames[10:])


def test_rotated_videos_and_images_come_upright(tmp_path):
    path = write(tmp_path / "a.mp4", "mp4v")
    upright = read_clip(path).frames
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 44
    quarter = (0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    struct.pack_into(">9i", data, matrix, *quarter)
    path.write_bytes(data)
    assert video_info(path).size == SIZE[::-1]
    turned = read_clip(path).frames
    np.testing.assert_array_equal(turned, np.rot90(upright, -1, axes=(1, 2)))

    photo = save_images(tmp_path / "photos", [1], upright[:1], "p{}.jpg") / "p1.jpg"
    before = read_clip(photo).frames
    tag = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    exif = b"\xff\xe1" + struct.pack(">H", 8 + len(tag)) + b"Exif\0\0" + tag
    data = photo.read_bytes()
    photo.write_bytes(data[:2] + exif + data[2:])
    turned = read_clip(photo).frames
    np.testing.assert_array_equal(turned, np.rot90(before, -1, axes=(1, 2)))
    assert video_info(photo) == (1, SIZE[::-1], None)


def test_gray_images_alpha_and_color_agree(tmp_path):
    gray = gray_of(scene(2))
    rgba = np.concatenate([scene(1)[0], np.full((*SIZE, 1), 9, np.uint8)], axis=2)
    save_images(tmp_path / "gray", [1, 2], gray, "{}.bmp")
    np.testing.assert_array_equal(read_clip(tmp_path / "gray").frames, gray)
    color = read_clip(tmp_path / "gray", color=True).frames
    np.testing.assert_array_equal(color, np.repeat(gray[..., None], 3, axis=3))
    (tmp_path / "alpha").mkdir()
    data = cv2.imencode(".png", rgba[..., [2, 1, 0, 3]])[1]
    data.tofile(tmp_path / "alpha" / "1.png")
    clip = read_clip(tmp_path / "alpha", color=True)
    np.testing.assert_array_equal(clip.frames[0], rgba[..., :3])


# Names and numbers


def test_frames_are_listed_by_the_last_number_and_nothing_else_is(tmp_path):
    names = ["a2_007.jpg", "a1_10.JPEG", "b-8.PNG", "9.tif", "x_11.Bmp", "12.TIFF"]
    others = ["~$13.jpg", ".14.jpg", ".DS_Store", "Thumbs.db", "15.txt", "16.mp4"]
    for name in names + others:
        (tmp_path / name).touch()
    (tmp_path / "17.png").mkdir()
    expected = ["a2_007.jpg", "b-8.PNG", "9.tif", "a1_10.JPEG", "x_11.Bmp", "12.TIFF"]
    assert [path.name for path in list_frames(tmp_path)] == expected


@pytest.mark.parametrize("names", [["img1.png", "img01.jpg"], ["a_v2.png", "b_v2.png"]])
def test_a_number_may_not_stand_for_two_frames(tmp_path, names):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(ReadError, match="frame [12] is there twice, as .* and "):
        list_frames(tmp_path)


def test_a_name_without_a_number_is_an_error(tmp_path):
    (tmp_path / "1.png").touch()
    (tmp_path / "cover.png").touch()
    with pytest.raises(ReadError, match="cover.png: no number"):
        list_frames(tmp_path)
    with pytest.raises(ReadError, match="nowhere: cannot be listed"):
        list_frames(tmp_path / "nowhere")


def test_frames_and_key_frames_are_resolved_by_number(tmp_path):
    numbers = [44, 45, 46, 48, 50, 51, 100]
    folder = save_images(tmp_path / "a", numbers, form="reg_img{:05d}.png")
    clip = clip_file(folder, numbers=(45, 60), onset=45, apex=47, offset=60, fps=100)
    names = [int(path.stem[-5:]) for path in clip.path]
    assert names == [45, 46, 48, 50, 51]
    # The apex is missing: 46 and 48 are equally near, the earlier one takes its place.
    assert (clip.onset, clip.apex, clip.offset) == (0, 1, 4)
    np.testing.assert_array_equal(
        read_clip(clip, color=True).frames, scene(len(numbers))[1:6]
    )
    assert len(clip_file(folder).path) == 7
    with pytest.raises(ReadError, match="no image has a number from 60 to 90"):
        clip_file(folder, numbers=(60, 90))
    with pytest.raises(ReadError, match="apex must be a frame from 44 to 100, got 3"):
        clip_file(folder, apex=3)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReadError, match="empty.*holds no frame image"):
        clip_file(tmp_path / "empty")


def test_frames_of_a_video_are_numbered_from_0(tmp_path):
    path = write(tmp_path / "a.mkv", "FFV1")
    file = clip_file(path, numbers=(5, 9), apex=7, roi=(0, 0, 8, 8))
    assert (file.span, file.apex) == ((5, 9), 2)
    np.testing.assert_array_equal(
        read_clip(file).frames, gray_of(scene())[5:10, :8, :8]
    )
    assert clip_file(path, apex=7).apex == 7
    with pytest.raises(ReadError, match="onset must be a frame from 5 to 9, got 4"):
        clip_file(path, numbers=(5, 9), onset=4)


# What is not whole


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


@pytest.mark.parametrize("name", list(COUNTS)[:4])
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


def test_a_bad_image_is_an_error_or_left_out(tmp_path):
    folder = save_images(tmp_path / "a", range(10), form="img{}.jpg")
    whole = read_clip(folder).frames
    good = (folder / "img4.jpg").read_bytes()
    cases = {
        "damaged": good[: len(good) // 2],
        "is empty": b"",
        "is no image": b"some text",
        "expected 48x64 like the first, got 20x20": cv2.imencode(
            ".jpg", np.zeros((20, 20), np.uint8)
        )[1].tobytes(),
    }
    for words, data in cases.items():
        (folder / "img4.jpg").write_bytes(data)
        assert_error(folder, "img4.jpg: frame 4", words)
        with pytest.raises(ReadError, match="img4.jpg: frame 4"):
            list(iter_frames(folder))
        file = ClipFile(list_frames(folder), onset=2, apex=4, offset=8)
        with pytest.warns(UserWarning) as caught:
            kept = read_clip(file, on_error="keep")
        np.testing.assert_array_equal(kept.frames, np.delete(whole, 4, axis=0))
        assert (kept.onset, kept.apex, kept.offset) == (2, None, 7)
        assert "img4.jpg" in str(caught[0].message)
        assert "apex is frame 4" in str(caught[1].message)
    (folder / "img4.jpg").unlink()
    assert_error(file, "img4.jpg: frame 4", "No such file")
    only = tmp_path / "only1.png"
    only.write_bytes(b"nothing")
    assert_error([only], "only1.png: frame 0", on_error="keep")
    with pytest.raises(ReadError, match="only1.png"):
        video_info(only)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
def test_half_an_image_is_an_error(tmp_path, suffix):
    folder = save_images(tmp_path / "a", [1, 2], form="{}" + suffix)
    data = (folder / f"2{suffix}").read_bytes()
    (folder / f"2{suffix}").write_bytes(data[: len(data) // 2])
    assert_error(folder, f"2{suffix}: frame 1", "damaged")


def test_images_of_more_than_8_bits_are_refused(tmp_path):
    deep = np.full((1, *SIZE), 4095, np.uint16)
    folder = save_images(tmp_path / "a", [1], deep)
    assert_error(folder, "img1.png: frame 0", "uint16", "scale the images to 8 bits")


def test_a_stack_of_pictures_in_one_file_is_refused(tmp_path):
    path = tmp_path / "stack1.tif"
    assert cv2.imwritemulti(str(path), [*gray_of(scene(3))])
    assert_error(path, "stack1.tif: frame 0", "several pictures")
    assert_error(tmp_path, "stack1.tif: frame 0", "several pictures")


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


# Clips, the stage, landmarks


def test_a_clip_passes_through_and_turns_gray():
    gray = Clip(frames=gray_of(scene(3)), fps=100, apex=1)
    assert read_clip(gray) is gray
    assert read_clip(gray, color=True) is gray
    points = np.ones((3, 5, 2))
    color = Clip(frames=scene(3), landmarks=points, fps=100, apex=1)
    assert read_clip(color, color=True) is color
    made = read_clip(color)
    np.testing.assert_array_equal(made.frames, gray.frames)
    np.testing.assert_array_equal(made.landmarks, points)
    assert (made.fps, made.apex) == (100, 1)
    np.testing.assert_array_equal(list(iter_frames(color)), gray.frames)
    np.testing.assert_array_equal(list(iter_frames(color, color=True)), scene(3))
    processed = color.replace(frames=scene(3).astype(np.float32) / 3)
    np.testing.assert_allclose(
        read_clip(processed).frames, luma(processed.frames), rtol=1e-6
    )


def test_the_stage_takes_clips_files_and_paths(tmp_path):
    path = write(tmp_path / "a.mkv", "FFV1")
    items = [path, str(path), ClipFile(path), Clip(frames=scene())]
    for clip in clone(Read()).fit(items).transform(items):
        np.testing.assert_array_equal(clip.frames, gray_of(scene()))
    for clip in ClipPipeline([Read(color=True)]).fit_transform(items):
        np.testing.assert_array_equal(clip.frames, scene())
    assert Read().fit_transform([ClipFile(path, fps=7)])[0].fps == 7
    with pytest.raises(TypeError, match=r"X\[0\] must be a Clip, got ndarray"):
        Read().transform([scene()])
    with pytest.raises(TypeError, match="must be a list of clips"):
        Read().transform(str(path))
    with pytest.raises(ValueError, match="on_error"):
        Read(on_error="ignore").fit(items)
    with pytest.raises(ValueError, match="on_error must be among"):
        read_clip(path, on_error="ignore")


def test_landmarks_are_read_and_move_with_span_and_roi(tmp_path):
    video = write(tmp_path / "a.mkv", "FFV1")
    points = np.random.default_rng(0).uniform(0, 40, (N_FRAMES, 4, 2))
    np.save(tmp_path / "a.npy", points)
    np.savez(tmp_path / "a.npz", face=points)
    rows = [
        f"{t + 1},{p},{x},{y}"  # frames may count from 1
        for t, frame in enumerate(points)
        for p, (x, y) in enumerate(frame)
    ]
    (tmp_path / "a.csv").write_text("\n".join(["Frame, point, x, y", *rows[::-1]]))
    for name in ("a.npy", "a.npz", "a.csv"):
        file = ClipFile(video, landmarks=tmp_path / name)
        np.testing.assert_allclose(read_clip(file).landmarks, points, rtol=1e-12)
        part = ClipFile(
            video, span=(4, 9), roi=(3, 5, 40, 50), landmarks=tmp_path / name
        )
        expected = points[4:10] - [5, 3]
        np.testing.assert_allclose(read_clip(part).landmarks, expected, rtol=1e-12)
    np.save(tmp_path / "short.npy", points[:-1])
    short = ClipFile(video, landmarks=tmp_path / "short.npy")
    assert_error(short, "short.npy: landmarks of 29 frames, but", "a.mkv has 30")
    np.save(tmp_path / "long.npy", np.concatenate([points, points]))
    long = ClipFile(video, landmarks=tmp_path / "long.npy")
    assert_error(long, "long.npy: landmarks of 60 frames")


def test_landmarks_follow_the_frames_that_are_kept(tmp_path):
    folder = save_images(tmp_path / "a", range(6))
    (folder / "img2.png").write_bytes(b"no image")
    points = np.arange(6.0)[:, None, None] * np.ones((6, 3, 2))
    np.save(tmp_path / "a.npy", points)
    file = ClipFile(list_frames(folder), landmarks=tmp_path / "a.npy")
    with pytest.warns(UserWarning, match="5 frames are kept"):
        clip = read_clip(file, on_error="keep")
    assert clip.landmarks[:, 0, 0].tolist() == [0, 1, 3, 4, 5]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "frame,point,x\n0,0,1\n", "lacks the columns y"),
        ("a.csv", "frame,point,x,y\n0,0,1,1\n1,1,2,2\n", "one row for each of 2"),
        ("a.csv", "frame,point,x,y\n0,0,1,1\n0,0,2,2\n", "one row for each of 1"),
        ("a.csv", "frame,point,x,y\n0.5,0,1,1\n", "whole numbers"),
        ("a.csv", "frame,point,x,y\n", "whole numbers"),
        ("a.csv", "frame,point,x,y\n0,0,left,1\n", "holds no landmarks"),
        ("a.csv", "", "holds no landmarks"),
        ("a.npy", "text", "holds no landmarks"),
        ("a.npz", "text", "holds no landmarks"),
        ("a.txt", "1 2", "must be in .npy, .npz, .csv files"),
        ("nowhere.npy", None, "cannot be read"),
    ],
)
def test_bad_landmarks_are_a_clear_error(tmp_path, name, text, words):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ReadError, match=words) as caught:
        read_landmarks(tmp_path / name)
    assert name in str(caught.value)


def test_landmarks_of_another_shape_are_refused(tmp_path):
    np.save(tmp_path / "flat.npy", np.ones((5, 136)))
    with pytest.raises(ReadError, match=r"n_landmarks, 2\), got shape \(5, 136\)"):
        read_landmarks(tmp_path / "flat.npy")
    np.savez(tmp_path / "two.npz", a=np.ones((5, 1, 2)), b=np.ones(3))
    with pytest.raises(ReadError, match="expected one array, got"):
        read_landmarks(tmp_path / "two.npz")


def test_arrays_of_numpy_are_read_whatever_they_are_called(tmp_path):
    points = np.ones((5, 1, 2))
    np.savez(tmp_path / "a.npz", points)
    np.save(tmp_path / "b.npy", points)
    for old, new in (("a.npz", "a.npy"), ("b.npy", "b.npz")):
        (tmp_path / old).rename(tmp_path / new)
        assert np.array_equal(read_landmarks(tmp_path / new), points)


# Writing


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".avi", ".mkv"])
@pytest.mark.parametrize("color", [True, False])
def test_what_is_written_is_read_back(tmp_path, suffix, color):
    frames = scene() if color else gray_of(scene())
    path = tmp_path / f"ü b{suffix}"
    write_video(path, frames, fps=200)
    assert video_info(path) == (N_FRAMES, SIZE, 200)
    back = read_clip(path, color=color).frames
    worst = np.abs(back.astype(float) - frames).mean(axis=tuple(range(1, frames.ndim)))
    assert worst.max() < (1e-9 if suffix == ".mkv" else 8)
    assert os.listdir(tmp_path) == [path.name]


def test_float_pictures_are_rounded_and_clipped_and_generators_are_lazy(tmp_path):
    path, asked = tmp_path / "a.mkv", []

    def pictures():
        for t in range(3):
            asked.append(t)
            yield np.full((8, 8), [-3.0, 7.5, 300.2][t], np.float32)

    write_video(path, pictures(), 23.976023976)
    assert read_clip(path).frames[:, 0, 0].tolist() == [0, 8, 255]
    assert read_clip(path).fps == pytest.approx(23.976, abs=1e-3)
    assert asked == [0, 1, 2]


def test_odd_sizes_repeat_the_last_row_and_column(tmp_path):
    frames = gray_of(scene(4, (33, 47)))
    write_video(tmp_path / "a.mkv", frames, 25)
    back = read_clip(tmp_path / "a.mkv").frames
    np.testing.assert_array_equal(
        back, np.pad(frames, [(0, 0), (0, 1), (0, 1)], "edge")
    )


def test_what_cannot_be_written_is_found_before_the_first_picture(tmp_path):
    def untouched():
        pytest.fail("a picture was asked for")
        yield

    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file").touch()
    for name, kind in [
        ("a.mov", ValueError),
        ("nowhere/a.mp4", OSError),
        ("file/a.mp4", OSError),
        ("folder.mp4", OSError),
    ]:
        with pytest.raises(kind, match=os.path.dirname(name) or name):
            write_video(tmp_path / name, untouched(), 25)
    with pytest.raises(OSError, match="a.mp4: OpenCV cannot write codec zzzz"):
        write_video(tmp_path / "a.mp4", untouched(), 25, codec="zzzz")
    with pytest.raises(ValueError, match="codec must be four letters, got 'h264x'"):
        write_video(tmp_path / "a.mp4", untouched(), 25, codec="h264x")
    with pytest.raises(OSError, match="at 0 fps"):
        write_video(tmp_path / "a.mp4", untouched(), 0)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder.mp4"]


def test_an_interrupted_video_leaves_the_old_one(tmp_path):
    path = tmp_path / "a.mp4"
    write_video(path, scene(5), 25)
    before = path.read_bytes()

    def interrupted():
        yield from scene(3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(path, interrupted(), 25)
    bad = [scene(3), [scene(1)[0], scene(1)[0][:-2]], [scene(1)[0], "no picture"], []]
    bad[0] = np.where(scene(3) > 0, np.nan, 0.0)
    for frames, words in zip(
        bad,
        ["frame 0 holds", "frame 1 must be 48x64", "frame 1 must be", "got none"],
        strict=True,
    ):
        with pytest.raises(ValueError, match=words):
            write_video(path, frames, 25)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.mp4"]


def test_frames_that_the_container_drops_are_noticed(tmp_path):
    with pytest.raises(OSError, match=r"\d+ of 30 frames could be written"):
        write_video(tmp_path / "a.avi", scene(), fps=3000)
    assert os.listdir(tmp_path) == []


def test_information_on_clips_and_folders(tmp_path):
    folder = save_images(tmp_path / "a", [3, 4, 9])
    assert video_info(folder) == (3, SIZE, None)
    assert video_info(ClipFile(folder, span=(1, 2), fps=60)) == (2, SIZE, 60)
    assert video_info(Clip(frames=scene(2), fps=5)) == (2, SIZE, 5)
