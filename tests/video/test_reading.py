"""Footage that is read as it is, and the numbers of its frames."""

import struct
import tracemalloc

import cv2
import numpy as np
import pytest
from written_videos import (
    N_FRAMES,
    SIZE,
    gray_of,
    save_images,
    scene,
    write,
    y4m,
)

from mefeat import ClipFile
from mefeat.video import ReadError, clip_file, iter_frames, read_clip, video_info
from mefeat.video._decoding import _count_shown, announced_frames
from mefeat.video._images import list_frames

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


def test_lossless_video_gives_the_images_that_were_written(tmp_path):
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


def test_a_raw_video_of_bright_images_is_no_text(tmp_path):
    path = y4m(tmp_path / "a.y4m", "F25:1 C420mpeg2", 3)
    assert read_clip(path).frames.shape == (3, *SIZE)


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


def test_frames_shown_before_the_first_of_the_file_do_not_count():
    """As after a cut in the middle of frames that refer to each other."""
    steps = struct.pack(">4i", 0, 1, 4, 100)  # decoded at 0, 100, 200, 300
    delays = struct.pack(">10i", 0, 4, 1, 200, 1, 0, 1, 300, 1, 200)
    tables = {b"stts": 0, b"ctts": len(steps)}  # shown at 200, 100, 500, 500
    assert _count_shown(steps + delays, {}, tables) == 3
    none_before = struct.pack(">4i", 0, 1, 4, 200)
    assert _count_shown(steps + none_before, {}, tables) == 4


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


def test_all_eight_orientations_of_a_video_come_upright(tmp_path):
    path = write(tmp_path / "a.mp4", "mp4v", scene(4))
    stored = read_clip(path).frames
    data = bytearray(path.read_bytes())
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    turns = [(1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0)]
    mirrors = [(-1, 0, 0, 1), (1, 0, 0, -1), (0, 1, 1, 0), (0, -1, -1, 0)]
    for a, b, c, d in turns + mirrors:
        matrix = (a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
        struct.pack_into(">9i", data, data.index(b"tkhd") + 44, *matrix)
        path.write_bytes(data)
        rows, columns = b * x + d * y, a * x + c * y
        rows, columns = rows - rows.min(), columns - columns.min()
        expected = np.empty((4, rows.max() + 1, columns.max() + 1), np.uint8)
        expected[:, rows, columns] = stored
        np.testing.assert_array_equal(read_clip(path).frames, expected)
        assert video_info(path).size == expected.shape[1:]
    slant = (46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30)
    struct.pack_into(">9i", data, data.index(b"tkhd") + 44, *slant)
    path.write_bytes(data)
    with pytest.raises(ReadError, match="a.mp4: frame 0: is to be shown at a slant"):
        read_clip(path)


@pytest.mark.parametrize(
    ("angles", "turned"),
    [
        ({"yaw": 180}, lambda frames: frames[:, :, ::-1]),
        ({"yaw": 180, "roll": 180}, lambda frames: frames[:, ::-1]),
        ({"roll": 90}, lambda frames: np.rot90(frames, 1, axes=(1, 2))),
        (
            {"yaw": -180, "roll": 90},
            lambda frames: frames.swapaxes(1, 2),
        ),
        ({"roll": 0}, lambda frames: frames),
    ],
)
def test_matroska_is_turned_and_mirrored_by_its_projection(tmp_path, angles, turned):
    path = write(tmp_path / "a.webm", "VP80", scene(4))
    stored = read_clip(path).frames
    data, kinds = path.read_bytes(), {"yaw": b"\x76\x73", "roll": b"\x76\x75"}
    more = b"".join(
        kinds[name] + b"\x84" + struct.pack(">f", angle)
        for name, angle in angles.items()
    )
    more = b"\x76\x70" + bytes([0x80 + len(more)]) + more
    head, video = data.split(b"\xe0\x86", 1)
    video = b"\xe0" + bytes([0x86 + len(more)]) + video[:6] + more + video[6:]
    # The sizes of all that it lies in: a track, the tracks, the file.
    at = head.rindex(b"\xae\x01\0\0")
    track = int.from_bytes(head[at + 2 : at + 9], "big") + len(more)
    head = head[: at + 2] + track.to_bytes(7, "big") + head[at + 9 :]
    at = head.rindex(b"\x16\x54\xae\x6b") + 4  # not in the index
    head = head[:at] + bytes([head[at] + len(more)]) + head[at + 1 :]
    at = head.index(b"\x18\x53\x80\x67\x01") + 5
    whole = int.from_bytes(head[at : at + 7], "big") + len(more)
    head = head[:at] + whole.to_bytes(7, "big") + head[at + 7 :]
    path.write_bytes(head + video)
    np.testing.assert_array_equal(read_clip(path).frames, turned(stored))


def test_pixels_that_are_not_square_are_told(tmp_path):
    path = y4m(tmp_path / "tv.y4m", "F25:1 A16:15", 3)
    with pytest.warns(UserWarning, match=r"tv.y4m: .*not square \(16:15\).*too narrow"):
        assert read_clip(path).frames.shape == (3, *SIZE)
    assert len(read_clip(y4m(tmp_path / "square.y4m", "F25:1 A1:1", 3)).frames) == 3


# Times


def test_a_rate_that_nobody_told_is_none(tmp_path):
    path = write(tmp_path / "raw.mjpeg", "MJPG")
    assert video_info(path).fps is read_clip(path).fps is None
    # The clock of the container is no rate of frames.
    assert video_info(y4m(tmp_path / "clock.y4m", "F90000:1", 3)).fps is None


def test_time_stamps_overrule_the_rate_in_a_header(tmp_path):
    path = write(tmp_path / "a.webm", "VP80")
    step = b"\x23\xe3\x83\x84" + struct.pack(">I", 40_000_000)
    assert path.read_bytes().count(step) == 1
    fast = step[:4] + struct.pack(">I", 20_000_000)
    (tmp_path / "b.webm").write_bytes(path.read_bytes().replace(step, fast))
    for name in ("a.webm", "b.webm"):
        assert video_info(tmp_path / name) == (N_FRAMES, SIZE, 25)
        assert read_clip(tmp_path / name).fps == 25


def test_frames_are_counted_where_the_container_does_not(tmp_path):
    for name, codec in (("a.mkv", "FFV1"), ("a.ts", "mpg2"), ("a.mpg", "PIM1")):
        assert video_info(write(tmp_path / name, codec)) == (N_FRAMES, SIZE, 25)


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
    names = ["a1_007.jpg", "a2_10.JPEG", "b-8.PNG", "9.tif", "x_11.Bmp", "12.TIFF"]
    others = ["~$13.jpg", ".14.jpg", ".DS_Store", "Thumbs.db", "15.txt", "16.mp4"]
    for name in names + others:
        (tmp_path / name).touch()
    (tmp_path / "17.png").mkdir()
    expected = ["a1_007.jpg", "b-8.PNG", "9.tif", "a2_10.JPEG", "x_11.Bmp", "12.TIFF"]
    assert [path.name for path in list_frames(tmp_path)] == expected


@pytest.mark.parametrize("names", [["img1.png", "img01.jpg"], ["a_v2.png", "b_v2.png"]])
def test_a_number_may_not_stand_for_two_frames(tmp_path, names):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(ReadError, match="frame [12] is there twice, as .* and "):
        list_frames(tmp_path)


@pytest.mark.parametrize(
    "names",
    [
        ["frame_0.700.png", "frame_1.033.png"],
        ["frame_0.65.png", "frame_0.7.png"],
        ["cam_10-00-59.013.png", "cam_10-01-00.001.png"],
        ["t1693.9_left.png", "t1694.1_left.png"],
        ["000001_0700ms.png", "000002_0033ms.png"],
    ],
)
def test_names_that_are_times_are_refused(tmp_path, names):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(ReadError, match="last number .* comes before .* as a time"):
        list_frames(tmp_path)


@pytest.mark.parametrize(
    "names",
    [
        ["img9.jpg", "img10.jpg"],
        ["reg_img46.jpg", "reg_img100.jpg"],
        ["EP01_5-9.jpg", "EP01_5-113.jpg"],
        ["006_1_2_00099.jpg", "006_1_2_00123.jpg"],
        ["S005_001_00000009.png", "S005_001_00000010.png"],
        ["shot.0009.png", "shot.0010.png"],
        ["v1.0009.png", "v1.0010.png"],
        ["frame_0.033.png", "frame_0.700.png"],
        ["reg_img008.jpg", "img9.jpg", "img10.jpg"],
    ],
)
def test_names_of_databases_are_put_in_order(tmp_path, names):
    for name in names:
        (tmp_path / name).touch()
    assert [path.name for path in list_frames(tmp_path)] == names


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
