"""Videos that are written: what is read back, and what is refused before."""

import os

import numpy as np
import pytest
from written_videos import (
    N_FRAMES,
    SIZE,
    gray_of,
    save_images,
    scene,
)

from mefeat import Clip, ClipFile
from mefeat.video import read_clip, video_info, write_video


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


def test_names_that_are_not_utf8(tmp_path):
    name, folder = os.fsdecode(b"gr\xfcn.mkv"), tmp_path / os.fsdecode(b"\xe9")
    write_video(tmp_path / name, scene(3), 25)
    assert os.listdir(tmp_path) == [name]
    os.rename(tmp_path / name, tmp_path / "a.mkv")
    assert video_info(tmp_path / "a.mkv").n_frames == 3
    folder.mkdir()
    with pytest.raises(OSError, match="folder is not UTF-8"):
        write_video(folder / "a.mkv", scene(3), 25)
    assert not os.listdir(folder)


def test_float_images_are_rounded_and_clipped_and_generators_are_lazy(tmp_path):
    path, asked = tmp_path / "a.mkv", []

    def images():
        for t in range(3):
            asked.append(t)
            yield np.full((8, 8), [-3.0, 7.5, 300.2][t], np.float32)

    write_video(path, images(), 23.976023976)
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


def test_what_cannot_be_written_is_found_before_the_first_image(tmp_path):
    def untouched():
        pytest.fail("an image was asked for")
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
    bad = [scene(3), [scene(1)[0], scene(1)[0][:-2]], [scene(1)[0], "no image"], []]
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
