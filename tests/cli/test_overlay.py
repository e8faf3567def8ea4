"""The command that draws arrows on videos."""

import re

import cv2
import numpy as np
import pytest

from mefeat.cli import main
from mefeat.overlay import overlay_video
from mefeat.video import read_clip, video_info


def run(*arguments):
    return main(["overlay", *map(str, arguments), "--quiet"])


def test_the_command_writes_what_the_function_does(pulled_video, tmp_path, capsys):
    out, other = tmp_path / "o.mkv", tmp_path / "other.mkv"
    points = tmp_path / "face.npy"
    settings = ["--method", "lk", "--scale", "8", "--threshold", "0.3"]
    settings += ["--keep-reference"]
    settings += ["--vectors", tmp_path / "v.csv", "--faces", "64"]
    settings += ["--image", tmp_path / "p.png", "--plot", tmp_path / "q.png"]
    assert run(pulled_video, "-o", out, "--landmarks", points, *settings) == 0
    overlay_video(
        pulled_video, other, landmarks=points, method="lk", scale=8, threshold=0.3
    )
    assert (read_clip(out).frames == read_clip(other).frames).all()
    assert video_info(tmp_path / "o-faces.mkv").size == (64, 64)
    assert cv2.imread(str(tmp_path / "p.png")).shape == (360, 360, 3)
    assert cv2.imread(str(tmp_path / "q.png")).size > 10_000
    assert capsys.readouterr().err == ""


def test_the_command_counts_frames_without_a_face(pulled_video, tmp_path, capsys):
    points = np.load(tmp_path / "face.npy")
    points[[2, 3]] = np.nan
    np.save(tmp_path / "face.npy", points)
    out = tmp_path / "o.mkv"
    assert run(pulled_video, "-o", out, "--landmarks", tmp_path / "face.npy") == 0
    assert "no face in 2 of 8 frames" in capsys.readouterr().err


def test_a_video_without_faces_passes_unmarked(pulled_video, tmp_path, capsys):
    np.save(tmp_path / "face.npy", np.full((8, 68, 2), np.nan))
    out, points = tmp_path / "o.mkv", tmp_path / "face.npy"
    files = ["--faces", "64", "--vectors", tmp_path / "v.csv"]
    files += ["--plot", tmp_path / "q.png", "--image", tmp_path / "p.png"]
    assert run(pulled_video, "-o", out, "--landmarks", points, *files) == 0
    assert (read_clip(out).frames == read_clip(pulled_video).frames).all()
    assert not list(tmp_path.glob("*-faces*")) and not (tmp_path / "p.png").exists()
    assert (tmp_path / "v.csv").read_text().count("\n") == 1
    message = capsys.readouterr().err
    for part in ("no face in 8 of 8", "no video of --faces", "so no --image"):
        assert part in message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("{video} -o {folder}/o.txt", "--output must end in"),
        ("{video} -o {folder}/none/o.mkv", "folder .*none does not exist"),
        ("{video} -o {video}", "is what to read"),
        ("{video} -o {folder}/o.mkv --landmarks {folder}/none.npy", "none.npy"),
        ("{folder}/none.mp4 -o {folder}/o.mkv", "none.mp4"),
        ("{video} -o {folder}/o.mkv --method none", "no method 'none'; there are lk,"),
        (
            "{video} -o {folder}/o.mkv --threshold much",
            "must be auto or from 0 to 1000",
        ),
        (
            "{video} -o {folder}/o.mkv --scale 0",
            "--scale must be from 0.01 to",
        ),
        ("{video} -o {folder}/o.mkv --face 0", "--face must be from 1 to 1000, got 0"),
        (
            "{video} -o {folder}/o.mkv --faces 8",
            "--faces must be from 32 to 4096",
        ),
        ("{video} -o {folder}/o.mkv --vectors {folder}/v.txt", "--vectors must end in"),
        ("{video} -o {folder}/o.mkv --image {folder}/p.gif", "--image must end in"),
        ("{video} -o {folder}/o.mkv --plot {folder}/none/p.png", "does not exist"),
    ],
)
def test_what_cannot_be_begun_is_said_before_the_work(
    pulled_video, tmp_path, capsys, arguments, message
):
    if "--landmarks" not in arguments:
        arguments += " --landmarks {folder}/face.npy"
    arguments = arguments.format(video=pulled_video, folder=tmp_path).split()
    assert run(*arguments) == 2
    assert re.search(message, capsys.readouterr().err)
    assert {p.name for p in tmp_path.iterdir()} == {"face.mkv", "face.npy"}


def test_settings_of_the_command_are_those_of_the_library():
    from argparse import ArgumentParser

    from mefeat.cli import _overlay as overlay
    from mefeat.faces._tracking import SMOOTHERS

    commands = ArgumentParser().add_subparsers()
    overlay.add_command(commands)
    actions = commands.choices["overlay"]._actions
    choices = next(a.choices for a in actions if a.dest == "smoother")
    assert set(choices) == set(SMOOTHERS)
