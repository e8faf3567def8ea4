"""What the commands take for clips, and what they say of it before they read it."""

import os

import cv2
import numpy as np
import pytest
from written_videos import save_images, scene, write, y4m

from mefeat.cli import _describe as describe
from mefeat.cli import main
from mefeat.cli._footage import find_clips, footage_info, shown
from mefeat.cli._options import CommandError
from mefeat.video import write_video
from mefeat.video._images import VIDEOS


def names(clips):
    return [clip.name for clip in clips]


def test_a_folder_is_walked_once_whatever_links_are_in_it(tmp_path):
    root = tmp_path / "root"
    (root / "b").mkdir(parents=True)
    write(root / "b" / "a.avi", "MJPG")
    save_images(root / "frames", [1, 2])
    for link in (root / "loop", root / "b" / "up", root / "0_again"):
        link.symlink_to(root, target_is_directory=True)
    (root / "0_same.avi").symlink_to(root / "b" / "a.avi")
    (root / "b" / "gone.avi").symlink_to(root / "nowhere")
    clips = find_clips([root])
    assert [shown(clip) for clip in clips[:2]] == [
        str(root / "b" / "a.avi"),
        str(root / "b" / "gone.avi"),
    ]
    assert clips[2].path[0].parent == root / "frames"
    assert len(clips) == 3
    # A link to elsewhere is followed, also when it is all that is given.
    outside = tmp_path / "outside"
    outside.symlink_to(root / "b", target_is_directory=True)
    assert "a.avi" in names(find_clips([outside]))
    assert len(find_clips([root / "b" / "a.avi", root / "b" / "a.avi"])) == 2


def test_all_kinds_of_videos_are_found_and_the_rest_is_named_once(tmp_path, capsys):
    kinds = [".MTS", ".ts", ".3gp", ".flv", ".y4m", ".mp4", ".AVI", ".dv", ".vob"]
    for suffix in kinds:
        (tmp_path / f"a{suffix}").touch()
    assert set(map(str.lower, kinds)) <= set(VIDEOS)
    for name in ("notes.txt", "poster.png", ".hidden", "~$lock.xlsx", "Thumbs.db"):
        (tmp_path / name).touch()
    save_images(tmp_path / "clip", [1, 2])
    (tmp_path / "clip" / "points\x1b.csv").touch()
    assert len(find_clips([tmp_path])) == len(kinds) + 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    for name in (r"points\x1b.csv", "notes.txt", "poster.png"):
        assert error.count(name) == 1
    assert "hidden" not in error and "Thumbs" not in error and "lock" not in error


def test_a_stack_is_no_single_frame(tmp_path, capsys):
    path = tmp_path / "stack1.tif"
    assert cv2.imwritemulti(str(path), [*scene(3)])
    for command in ("describe", "spot"):
        assert main([command, str(path), "-o", str(tmp_path / "a.csv")]) == 2
        assert "holds several images" in capsys.readouterr().err


def test_names_that_cannot_be_opened_are_one_line(tmp_path, capsys):
    for name in ("x" * 300 + ".mp4", "nothing.mp4"):
        for command in ("describe", "spot"):
            assert main([command, str(tmp_path / name), "-o", "a.csv"]) == 2
            assert capsys.readouterr().err.count("\n") == 1


def test_rows_of_names_that_are_no_text(tmp_path, capsys):
    frames = np.random.default_rng(0).integers(0, 255, (9, 60, 60), np.uint8)
    write_video(tmp_path / "a.avi", frames, 25)
    try:
        os.rename(tmp_path / "a.avi", os.fsencode(tmp_path) + b"/a\xff.avi")
    except OSError:
        pytest.skip("this file system takes names that are text alone")
    arguments = ["--no-crop", "--quiet", "--set", "lbptop__grid=(1,1)"]
    table = tmp_path / "rows.csv"
    assert main(["describe", str(tmp_path), "-o", str(table), *arguments]) == 0
    assert table.read_text().splitlines()[1].startswith(rf"{tmp_path}/a\xff.avi,")
    assert capsys.readouterr().err == ""


def test_a_video_that_tells_no_rate_asks_for_one(tmp_path):
    path = write(tmp_path / "raw.mjpeg", "MJPG")
    with pytest.raises(
        CommandError, match="does not tell its frames per second.*--fps"
    ):
        footage_info(path)
    assert footage_info(path, 50).fps == 50


def test_long_videos_are_sent_to_spot_before_they_are_read(
    tmp_path, capsys, monkeypatch
):
    long = y4m(tmp_path / "a long.y4m", "F2:1", 21, size=(60, 60))
    y4m(tmp_path / "short.y4m", "F2:1", 20, size=(60, 60))
    arguments = ["describe", str(tmp_path), "-o", str(tmp_path / "a.csv"), "--quiet"]
    arguments += ["--no-crop", "--set", "lbptop__grid=(1,1)"]
    assert main(arguments) == 0
    error = capsys.readouterr().err
    assert "a long.y4m has 21 frames, 10 s, and would be one row" in error
    assert f"mefeat spot '{long}' -o found.csv" in error
    assert "short" not in error
    monkeypatch.setattr(describe, "_memory", lambda: 21 * 60 * 60 - 1)
    (tmp_path / "a.csv").unlink()
    assert main(arguments) == 2
    assert "Here are 0 MiB" in capsys.readouterr().err
    assert not (tmp_path / "a.csv").exists()


def test_memory_is_told_by_the_frames_that_are_held(tmp_path, capsys, monkeypatch):
    long = y4m(tmp_path / "long.y4m", "F2:1", 21, size=(400, 400))
    arguments = ["describe", str(long), "-o", str(tmp_path / "a.csv"), "--quiet"]
    np.save(tmp_path / "long.npy", np.zeros((21, 68, 2)))
    arguments += ["--landmarks", str(tmp_path / "long.npy")]
    for size, n_bytes in (((170, 140), 4 * 170 * 140), ((400, 200), 4 * 400 * 200)):
        monkeypatch.setattr(describe, "_memory", lambda n=n_bytes: 21 * n - 1)
        assert main([*arguments, "--set", f"cropface__size={size}"]) == 2
        assert "Here are" in capsys.readouterr().err
        monkeypatch.setattr(describe, "_memory", lambda n=n_bytes: 21 * n)
        assert main([*arguments, "--set", f"cropface__size={size}"]) == 1
        assert "landmarks that lie apart" in capsys.readouterr().err
    assert main([*arguments, "--set", "cropface__size=(5,)"]) == 2
    assert "size must be (height, width)" in capsys.readouterr().err
