"""The command `mefeat spot`, by the files it writes."""

import numpy as np
import pandas as pd
import pytest

from mefeat.cli import main
from mefeat.datasets import make_video
from mefeat.spotting import spot
from mefeat.video import read_clip, video_info, write_video


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A video with a large expression, and its landmarks."""
    folder = tmp_path_factory.mktemp("spot")
    clip, _ = make_video(4, 1, amplitude=6, fps=40, blinks=False, random_state=1)
    write_video(folder / "face.mkv", clip.frames, 40)
    np.save(folder / "face.npy", clip.landmarks)
    return folder


def run(folder, *arguments):
    return main(["spot", str(folder / "face.mkv"), *map(str, arguments)])


def test_the_table_is_what_the_function_gives(folder, tmp_path, capsys):
    table = tmp_path / "out.csv"
    given = ["--landmarks", folder / "face.npy", "--min-z", 5]
    assert run(folder, "-o", table, *given) == 0
    said = capsys.readouterr().err
    assert "160/160" in said and "lasts 4 s. In less than 8 s" in said
    rows = pd.read_csv(table)
    points = np.load(folder / "face.npy")
    expected = spot(read_clip(folder / "face.mkv"), landmarks=points, min_z=5)
    assert len(expected) > 0
    frames = [(i.onset, i.apex, i.offset) for i in expected]
    assert rows[["onset", "apex", "offset"]].to_numpy().tolist() == [
        list(f) for f in frames
    ]
    np.testing.assert_allclose(rows["apex_s"], rows["apex"] / 40, atol=1e-4)
    assert rows["kind"].tolist() == [i.kind for i in expected]


def test_the_curve_is_drawn_and_the_video_marked(folder, tmp_path):
    pytest.importorskip("matplotlib")
    outputs = [tmp_path / name for name in ("out.csv", "curve.png", "marked.mkv")]
    options = zip(("-o", "--plot", "--overlay"), outputs, strict=True)
    arguments = [x for option in options for x in option]
    given = ["--landmarks", folder / "face.npy", "--quiet", "--min-z", 5]
    assert run(folder, *arguments, *given) == 0
    assert outputs[1].stat().st_size > 5000
    info = video_info(outputs[2])
    assert info == video_info(folder / "face.mkv")
    marked = read_clip(outputs[2], color=True).frames
    apex = int(pd.read_csv(outputs[0])["apex"][0])
    corner = marked[apex, :2, :2].reshape(-1, 3).astype(int)
    assert (corner.max(axis=1) - corner.min(axis=1)).min() > 60  # colored
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in outputs)


def test_without_landmarks_the_frames_are_taken_as_they_are(folder, tmp_path):
    table = tmp_path / "out.csv"
    assert run(folder, "-o", table, "--no-crop", "--quiet") == 0
    assert pd.read_csv(table).columns[0] == "onset"
    assert run(folder, "-o", table, "--no-landmarks", "--quiet") == 0
    assert pd.read_csv(table).columns[0] == "onset"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "out.txt"], "must end in .csv"),
        (["-o", "nowhere/out.csv"], "does not exist"),
        (["-o", "out.csv", "--plot", "out.xlsx"], "must end in .png"),
        (["-o", "out.csv", "--overlay", "out.gif"], "must end in .mp4"),
        (["-o", "out.csv", "--landmarks", "no.npy"], "no.npy"),
        (["-o", "out.csv", "--min-z", "-1"], "--min-z must be from 0"),
        (["-o", "out.csv", "--fps", "0"], "--fps must be from 0.01"),
        (
            ["-o", "out.csv", "--landmarks", "no.npy", "--no-landmarks"],
            "exclude each other",
        ),
    ],
)
def test_wrong_arguments_are_told_before_the_work(
    folder, tmp_path, monkeypatch, capsys, arguments, message
):
    monkeypatch.chdir(tmp_path)
    assert run(folder, *arguments, "--quiet") == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_footage_that_is_missing_or_damaged(folder, tmp_path, capsys):
    table = tmp_path / "out.csv"
    assert main(["spot", str(tmp_path / "no.mp4"), "-o", str(table)]) == 2
    assert "does not exist" in capsys.readouterr().err
    broken = tmp_path / "broken.mkv"
    whole = (folder / "face.mkv").read_bytes()
    broken.write_bytes(whole[: len(whole) // 2])
    status = main(["spot", str(broken), "-o", str(table), "--no-crop", "--quiet"])
    assert status == 1
    assert "broken.mkv" in capsys.readouterr().err
    assert not table.exists()
