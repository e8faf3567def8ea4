"""The command `mefeat magnify`, by the videos it writes."""

import re

import cv2
import numpy as np
import pytest

from mefeat.cli import main
from mefeat.magnify import FILTERS, eulerian_magnification
from mefeat.testing import example_clips
from mefeat.video import read_clip, video_info, write_video


@pytest.fixture
def video(tmp_path):
    """A lossless video of odd size in color."""
    path = tmp_path / "face.mkv"
    clip = example_clips(1, size=(58, 46), color=True)[0]
    write_video(path, clip.frames, 50)
    return path


def frames_of(path):
    return read_clip(path, color=True).frames


@pytest.mark.parametrize("name", FILTERS)
def test_the_video_is_what_the_function_gives(video, tmp_path, name, capsys):
    output = tmp_path / "out.mkv"
    band = [] if name == "iir" else ["--low", "2", "--high", "10"]
    arguments = ["--alpha", "12", "--filter", name, "--cutoff", "8", *band]
    assert main(["magnify", str(video), "-o", str(output), *arguments]) == 0
    assert "12/12" in capsys.readouterr().err
    assert video_info(output) == video_info(video)
    low, high = (2, 10) if band else (None, None)
    expected = eulerian_magnification(
        frames_of(video), alpha=12, filter=name, low=low, high=high, cutoff=8, fps=50
    )
    # FFV1 stores colors as YUV.
    assert np.abs(frames_of(output) - expected).max() < 4
    assert np.abs(frames_of(output) - frames_of(video).astype(float)).max() > 20


def test_side_by_side(video, tmp_path):
    alone, both = tmp_path / "alone.mkv", tmp_path / "both.mkv"
    assert main(["magnify", str(video), "-o", str(alone), "--quiet"]) == 0
    arguments = ["--side-by-side", "--quiet"]
    assert main(["magnify", str(video), "-o", str(both), *arguments]) == 0
    left, right = np.split(frames_of(both).astype(float), 2, axis=2)
    assert np.abs(left - frames_of(video)).max() < 4
    assert np.abs(right - frames_of(alone)).max() < 4


def test_gray_footage_of_odd_size_in_a_folder(tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    for i, frame in enumerate(example_clips(1, size=(41, 33))[0].frames):
        cv2.imwrite(str(folder / f"img{i}.png"), frame)
    output = tmp_path / "out.mp4"
    arguments = ["magnify", str(folder), "-o", str(output), "--quiet"]
    assert main(arguments) == 2
    assert main([*arguments, "--fps", "30"]) == 0
    info = video_info(output)
    assert (info.n_frames, info.fps) == (12, 30)
    assert info.size == (42, 34)  # the codec's pairs of rows and columns


def test_an_interrupted_run_leaves_what_was_there(video, tmp_path, monkeypatch):
    from mefeat.magnify import _eulerian as eulerian

    add_planes, calls = eulerian.add_planes, []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return add_planes(*arguments)

    monkeypatch.setattr(eulerian, "add_planes", interrupted)
    output = tmp_path / "out.mp4"
    output.write_text("yesterday's")
    assert main(["magnify", str(video), "-o", str(output), "--quiet"]) == 130
    assert output.read_text() == "yesterday's"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["face.mkv", "out.mp4"]


def test_damaged_footage_is_no_shorter_video(video, tmp_path, capsys):
    whole = tmp_path / "whole.avi"
    write_video(whole, frames_of(video), 50)
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[:-9000])
    output = tmp_path / "out.mp4"
    assert main(["magnify", str(cut), "-o", str(output), "--quiet"]) != 0
    assert "cut.avi" in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{folder}/none.mp4", "-o", "{folder}/a.mp4"], "none.mp4"),
        (["{video}", "-o", "{folder}/a.txt"], "must end in .mp4, .webm, .avi, .mkv"),
        (["{video}", "-o", "{folder}/none/a.mp4"], "folder .* does not exist"),
        (["{video}", "-o", "{video}"], "is what to read"),
        (
            ["{video}", "-o", "{folder}/a.mp4", "--alpha", "-1"],
            "--alpha must be from",
        ),
        (["{video}", "-o", "{folder}/a.mp4", "--filter", "ideal"], "needs low and"),
        (["{video}", "-o", "{folder}/a.mp4", "--high", "2"], "smoothing factors"),
    ],
)
def test_what_cannot_be_begun_is_said_before_the_work(
    video, tmp_path, capsys, arguments, message
):
    before = video.read_bytes()
    arguments = [
        a.replace("{folder}", str(tmp_path)).replace("{video}", str(video))
        for a in arguments
    ]
    assert main(["magnify", *arguments]) == 2
    assert re.search(message, capsys.readouterr().err)
    assert [p.name for p in tmp_path.iterdir()] == ["face.mkv"]
    assert video.read_bytes() == before


def test_filters_are_those_of_the_library():
    with pytest.raises(SystemExit):
        main(["magnify", "a.mp4", "-o", "b.mp4", "--filter", "box"])
    from argparse import ArgumentParser

    from mefeat.cli import _magnify as magnify

    commands = ArgumentParser().add_subparsers()
    magnify.add_command(commands)
    actions = commands.choices["magnify"]._actions
    choices = next(a.choices for a in actions if a.dest == "filter")
    assert set(choices) == set(FILTERS)
