"""The command, by its arguments, its output and its exit status."""

import json
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from skimage.data import astronaut

import mefeat
from mefeat import Clip, Read
from mefeat.base import ClipPipeline
from mefeat.cli import main
from mefeat.cli._footage import find_clips, footage_info
from mefeat.cli._options import CommandError
from mefeat.faces import CropFace
from mefeat.interpolate import TemporalInterpolation
from mefeat.methods import DEEP, METHODS
from mefeat.testing import example_clips, face_layout
from mefeat.texture import LBPTOP
from mefeat.video import write_video


@pytest.fixture
def videos(tmp_path):
    folder = tmp_path / "videos"
    folder.mkdir()
    for name, clip in zip("abc", example_clips(3), strict=True):
        write_video(folder / f"{name}.avi", clip.frames, 100)
    return folder


@pytest.fixture
def portrait(tmp_path):
    frames = np.repeat(astronaut()[None, :300, 100:400], 12, axis=0)
    path = tmp_path / "portrait.avi"
    write_video(path, frames, 50)
    return path


def test_rows_and_names_are_those_of_the_method(videos, tmp_path, capsys):
    output = tmp_path / "rows.csv"
    assert main(["describe", str(videos), "-o", str(output), "--no-crop"]) == 0
    table = pd.read_csv(output)
    assert table["clip"].tolist() == [str(videos / f"{n}.avi") for n in "abc"]
    pipeline = ClipPipeline([Read(), TemporalInterpolation(10), LBPTOP()])
    rows = pipeline.fit_transform(sorted(videos.iterdir()))
    np.testing.assert_allclose(table.iloc[:, 1:], rows, rtol=1e-12)
    assert table.columns[1:].tolist() == list(pipeline.get_feature_names_out())
    assert "3/3" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_other_formats_hold_the_same(videos, tmp_path, suffix):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    output = tmp_path / f"rows{suffix}"
    arguments = ["--no-crop", "--set", "lbptop__grid=(2, 1)", "--quiet"]
    assert main(["describe", str(videos), "-o", str(output), *arguments]) == 0
    if suffix == ".npz":
        with np.load(output) as file:
            assert file["features"].shape == (3, 354)
            assert file["names"][0] == "t0_r0_c0_xy_code0"
            assert file["clips"][0].endswith("a.avi")
    else:
        assert pd.read_parquet(output).shape == (3, 355)


def test_a_bad_file_does_not_stop_the_others(videos, tmp_path, capsys):
    (videos / "b.avi").write_text("not a video at all")
    output = tmp_path / "rows.csv"
    assert main(["describe", str(videos), "-o", str(output), "--no-crop"]) == 1
    assert len(pd.read_csv(output)) == 2
    error = capsys.readouterr().err
    assert "b.avi" in error
    assert "2 of 3 clips described, 1 failed" in error


def test_when_all_fail_nothing_is_written(videos, tmp_path):
    output = tmp_path / "rows.csv"
    output.write_text("yesterday's")
    for path in videos.iterdir():
        path.write_bytes(b"")
    assert main(["describe", str(videos), "-o", str(output), "--no-crop"]) == 1
    assert output.read_text() == "yesterday's"
    assert list(tmp_path.glob(".*")) == []


def test_without_dlib_the_detectors_box_serves(portrait, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "dlib", None)
    output = tmp_path / "rows.NPZ"
    assert main(["describe", str(portrait), "-o", str(output)]) == 0
    error = capsys.readouterr().err
    assert error.count("box of a face detector, without alignment") == 1
    assert "mefeat[faces]" in error
    steps = [Read(), CropFace(source="box"), TemporalInterpolation(10), LBPTOP()]
    with np.load(output) as file:
        np.testing.assert_array_equal(
            file["features"], ClipPipeline(steps).transform([portrait])
        )


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".csv"])
def test_landmarks_of_the_user_need_no_dlib(tmp_path, suffix, monkeypatch):
    monkeypatch.setitem(sys.modules, "dlib", None)
    clip = example_clips(1, size=(120, 100))[0]
    write_video(tmp_path / "own.avi", clip.frames, 100)
    points = np.repeat(face_layout((120, 100))[None], len(clip.frames), axis=0)
    given = tmp_path / f"own{suffix}"
    if suffix == ".npy":
        np.save(given, points)
    elif suffix == ".npz":
        np.savez(given, landmarks=points)
    else:
        frame, point = np.divmod(np.arange(points[..., 0].size), 68)
        columns = {"frame": frame, "point": point}
        xy = dict(zip("xy", points.reshape(-1, 2).T, strict=True))
        pd.DataFrame(columns | xy).to_csv(given, index=False)
    output = tmp_path / "rows.npz"
    arguments = ["describe", str(tmp_path / "own.avi"), "-o", str(output)]
    assert main([*arguments, "--landmarks", str(given)]) == 0
    clip = Read().transform([tmp_path / "own.avi"])[0].replace(landmarks=points)
    expected = METHODS["lbp-top"].pipeline().transform([clip])
    with np.load(output) as file:
        np.testing.assert_array_equal(file["features"], expected)


def test_a_folder_of_landmarks_has_a_file_for_each_video(videos, tmp_path, capsys):
    points = np.repeat(face_layout((72, 64))[None], 12, axis=0)
    folder = tmp_path / "points"
    folder.mkdir()
    for name in "ac":
        np.save(folder / f"{name}.npy", points)
    output = tmp_path / "rows.csv"
    arguments = ["describe", str(videos), "-o", str(output)]
    assert main([*arguments, "--landmarks", str(folder)]) == 1
    assert "b.npy" in capsys.readouterr().err
    assert len(pd.read_csv(output)) == 2


@pytest.fixture
def same_names(tmp_path):
    """Two subjects, each with a clip EP01, and a folder for landmarks."""
    for subject in ("s1", "s2"):
        (tmp_path / "data" / subject).mkdir(parents=True)
        frames = example_clips(1)[0].frames
        write_video(tmp_path / "data" / subject / "EP01.avi", frames, 25)
        (tmp_path / "points" / subject).mkdir(parents=True)
    return tmp_path / "data", tmp_path / "points"


def test_landmarks_lie_where_their_clips_lie(same_names):
    data, points = same_names
    for subject in ("s1", "s2"):
        np.save(points / subject / "EP01.npy", np.zeros((12, 68, 2)))
    found = find_clips([data], points)
    given = [clip.landmarks.relative_to(points) for clip in found]
    assert given == [Path("s1/EP01.npy"), Path("s2/EP01.npy")]
    (points / "s2" / "EP01.npy").unlink()  # named when the clip is read
    assert find_clips([data], points)[1].landmarks == points / "s2" / "EP01.npy"
    files = [data / subject / "EP01.avi" for subject in ("s1", "s2")]
    np.save(points / "s2" / "EP01.npy", np.zeros((12, 68, 2)))
    found = find_clips(files, points)  # given one by one
    assert [clip.landmarks.relative_to(points) for clip in found] == given
    found = find_clips([data / "s1"], points / "s1")
    assert found[0].landmarks == points / "s1" / "EP01.npy"


def test_two_clips_do_not_share_their_landmarks(same_names):
    data, points = same_names
    np.save(points / "EP01.npy", np.zeros((12, 68, 2)))
    with pytest.raises(CommandError, match=r"EP01.npy would .* both .*s1.* and .*s2"):
        find_clips([data], points)
    assert find_clips([data / "s1", data / "s1"], points)  # the same clip twice


def test_folders_of_frames_and_of_folders(tmp_path):
    for subject in ("s1", "s2"):
        for name in ("clip1", "clip2"):
            folder = tmp_path / "data" / subject / name
            folder.mkdir(parents=True)
            clip = example_clips(1)[0]
            for i, frame in enumerate(clip.frames):
                cv2.imwrite(str(folder / f"img{i + 1}.png"), frame)
    output = tmp_path / "rows.csv"
    arguments = ["-o", str(output), "--no-crop", "--set", "lbptop__grid=(1,1)"]
    assert main(["describe", str(tmp_path / "data"), *arguments]) == 0
    table = pd.read_csv(output)
    assert [c.split("data")[1].strip("/\\") for c in table["clip"]] == [
        "s1/clip1",
        "s1/clip2",
        "s2/clip1",
        "s2/clip2",
    ]
    clip = Clip(frames=example_clips(1)[0].frames)
    steps = [TemporalInterpolation(10), LBPTOP(grid=(1, 1))]
    expected = ClipPipeline(steps).transform([clip])[0]
    np.testing.assert_allclose(table.iloc[0, 1:].astype(float), expected, rtol=1e-12)


def test_images_beside_videos_are_not_frames(videos, tmp_path, capsys):
    cv2.imwrite(str(videos / "poster.png"), np.zeros((9, 9), np.uint8))
    output = tmp_path / "rows.csv"
    arguments = ["-o", str(output), "--no-crop", "--quiet"]
    assert main(["describe", str(videos), *arguments]) == 0
    assert len(pd.read_csv(output)) == 3
    (tmp_path / "odd").mkdir()
    cv2.imwrite(str(tmp_path / "odd" / "poster.png"), np.zeros((9, 9), np.uint8))
    assert main(["describe", str(tmp_path / "odd"), *arguments]) == 2
    assert "poster.png" in capsys.readouterr().err


def test_an_interrupted_run_goes_on_from_its_cache(videos, tmp_path, monkeypatch):
    calls = []
    describe = LBPTOP.describe

    def counted(self, clip):
        calls.append(clip)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return describe(self, clip)

    monkeypatch.setattr(LBPTOP, "describe", counted)
    output = tmp_path / "rows.csv"
    arguments = ["describe", str(videos), "-o", str(output), "--no-crop"]
    arguments += ["--memory", str(tmp_path / "cache")]
    assert main(arguments) == 130
    assert not output.exists()
    assert main(arguments) == 0
    assert len(calls) == 4
    assert len(pd.read_csv(output)) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{missing}", "-o", "{folder}/a.csv"], "does not exist"),
        (["{folder}", "-o", "{folder}/a.csv"], "neither videos nor frame images"),
        (["{one}/a1.png", "-o", "{folder}/a.csv"], "a1.png is a single frame"),
        (
            ["{one}", "-o", "{folder}/a.csv"],
            "one is a single frame: a clip has at",
        ),
        (["{video}", "-o", "{folder}/a.txt"], "must end in .csv, .npz, .parquet"),
        (["{video}", "-o", "{missing}/a.csv"], "folder .* does not exist"),
        (["{video}", "-o", "{folder}/a.csv", "--method", "lbp"], "there are lbp-top"),
        (["{video}", "-o", "{folder}/a.csv", "--set", "grid"], "STEP__NAME=VALUE"),
        (["{video}", "-o", "{folder}/a.csv", "--set", "a__b=1"], "Invalid parameter"),
        (
            ["{video}", "-o", "{folder}/a.csv", "--set", "lbptop__grid=5x"],
            "'grid' parameter of LBPTOP",
        ),
    ],
)
def test_what_cannot_be_begun_is_said_before_the_work(
    videos, tmp_path, capsys, arguments, message
):
    places = {
        "{missing}": tmp_path / "missing",
        "{folder}": tmp_path / "empty",
        "{video}": videos / "a.avi",
        "{one}": tmp_path / "one",
    }
    (tmp_path / "empty").mkdir()
    (tmp_path / "one").mkdir()
    cv2.imwrite(str(tmp_path / "one" / "a1.png"), np.zeros((8, 8), np.uint8))
    for name, place in places.items():
        arguments = [a.replace(name, str(place)) for a in arguments]
    assert main(["describe", *arguments]) == 2
    error = capsys.readouterr().err
    assert re.search(message, error)
    assert "clip/s" not in error


def test_a_single_frame_is_no_footage(tmp_path):
    cv2.imwrite(str(tmp_path / "a1.png"), np.zeros((8, 8), np.uint8))
    for path in (tmp_path, tmp_path / "a1.png"):
        with pytest.raises(CommandError, match="is a single frame"):
            footage_info(path, fps=25)


def test_methods_names_papers_and_defaults(capsys):
    assert main(["methods"]) == 0
    shown = capsys.readouterr().out
    for name, method in METHODS.items():
        assert name in shown
        assert method.doi is None or method.doi in shown
    assert "TemporalInterpolation(" in shown


@pytest.mark.parametrize("table", [METHODS, DEEP])
def test_a_method_that_is_missing_is_answered_with_those_like_it(table):
    name = next(iter(table))
    with pytest.raises(KeyError, match=f"no method {name.upper()!r}, but .*{name}"):
        table[name.upper()]
    with pytest.raises(KeyError, match=rf"'\?', but {', '.join(table)}; see `mefeat"):
        table["?"]


def test_every_method_makes_its_pipeline():
    for method in METHODS.values():
        for crop in (True, "box", False):
            pipeline = method.pipeline(crop=crop)
            (pipeline[0] if method.learns else pipeline).check()
    with pytest.raises(ValueError, match="crop must be True, False or 'box'"):
        METHODS["lbp-top"].pipeline(crop="no")


def test_the_module_is_the_command():
    command = [sys.executable, "-m", "mefeat", "--version"]
    assert subprocess.check_output(command, text=True).strip() == mefeat.__version__


def test_importing_mefeat_imports_nothing_heavy():
    code = "import sys, json, mefeat; print(json.dumps(list(sys.modules)))"
    shown = subprocess.check_output([sys.executable, "-c", code], text=True)
    modules = json.loads(shown)
    assert not {"numba", "cv2", "sklearn", "numpy"} & set(modules)
    # Nor does the command, to say what is wrong or that it was interrupted.
    code = (
        "import sys, json; from mefeat.cli import main; "
        "main(['describe', 'none.mp4', '-o', 'a.txt', '--n-jobs', '999']); "
        "print(json.dumps(list(sys.modules)))"
    )
    shown = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert not {"numba", "cv2", "sklearn", "numpy"} & set(json.loads(shown))


def test_footage(footage, tmp_path):
    output = tmp_path / "rows.npz"
    pytest.importorskip("dlib")
    video = footage / "grid" / "lbbc2a.mpg"
    assert main(["describe", str(video), "-o", str(output), "--quiet"]) == 0
    with np.load(output) as file:
        assert file["features"].shape == (1, 11328)
        np.testing.assert_allclose(file["features"].sum(), 192)
