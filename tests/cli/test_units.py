"""Action units by command: training, prediction, images."""

import json
import sys
import zipfile
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from mefeat import ClipPipeline, Read
from mefeat.cli import main
from mefeat.datasets import make_clips
from mefeat.facs import (
    ActionUnitDetector,
    ActionUnitEmotion,
    facs_emotion,
    parse_action_units,
)
from mefeat.persistence import load_model, save_model
from mefeat.testing import example_clips
from mefeat.texture import LBPTOP
from mefeat.video import write_video

FAST = ["--no-crop", "--quiet", "--set", "lbptop__grid=(2, 2)"]
FAST += ["--classifier", "linear-svm"]
CELLS = {"happiness": "6+12", "disgust": "4+L9B"}


@pytest.fixture(scope="module")
def bunch():
    return make_clips(4, 1, list(CELLS), size=(64, 56))


@pytest.fixture(scope="module")
def table(bunch, tmp_path_factory):
    """A coded table of clips, one of which nobody coded, with videos and landmarks."""
    folder = tmp_path_factory.mktemp("clips")
    rows = []
    for i, clip in enumerate(bunch.clips):
        label = str(bunch.target_names[bunch.target[i]])
        write_video(folder / f"clip{i}.avi", clip.frames, clip.fps)
        np.save(folder / f"clip{i}.npy", clip.landmarks)
        rows.append({"path": f"clip{i}.avi", "subject": bunch.groups[i]})
        # 17 is shown by one subject alone.
        cell = CELLS[label] + ("+17" if i == 0 else "")
        rows[-1] |= {"label": label, "action_units": "" if i == 7 else cell}
    pd.DataFrame(rows).to_csv(folder / "clips.csv", index=False)
    return folder / "clips.csv"


@pytest.fixture(scope="module")
def trained(table, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "units.skops"
    assert main(["train", str(table), "-o", str(path), "--units", "all", *FAST]) == 0
    return path


def videos(table, n=8):
    return [str(table.parent / f"clip{i}.avi") for i in range(n)]


def test_a_model_of_units_says_what_it_was_trained_on(trained, table):
    model, facts = load_model(trained)
    # The clip that nobody coded is left out, and so is the unit of one subject.
    assert facts["n_clips"] == 7 and facts["n_subjects"] == 4
    happy = 7 - facts["units"]["AU4"]
    assert facts["units"] == {"AU4": 7 - happy, "AU6": happy, "AU9": 7 - happy} | {
        "AU12": happy
    }
    assert facts["mapping"] == "facs" and facts["classifier"] == "linear-svm"
    assert set(facts["average_precision"]) == set(facts["units"])
    assert model[-1].units_.tolist() == [4, 6, 9, 12]


def test_what_is_printed_is_what_the_model_finds(trained, table, tmp_path, capsys):
    output = tmp_path / "units.csv"
    assert main(["predict", str(trained), *videos(table), "-o", str(output)]) == 0
    out, _ = capsys.readouterr()
    found, (model, _) = pd.read_csv(output, keep_default_na=False), load_model(trained)
    rows = model[:-1].transform(videos(table))
    chances = model[-1].detector_.predict_proba(rows)
    names = [f"probability AU{number}" for number in (4, 6, 9, 12)]
    np.testing.assert_allclose(found[names], chances)
    assert found["label"].tolist() == model.predict(videos(table)).tolist()
    for row, line, chance in zip(
        found.itertuples(), out.splitlines(), chances, strict=True
    ):
        units = [n for n, p in zip((4, 6, 9, 12), chance, strict=True) if p >= 0.5]
        assert row.units == "+".join(map(str, units))
        assert row.label == (facs_emotion(units) or "others")
        assert f"{row.label}, objective class {row[4]}  (" in line
        for number, p in zip((4, 6, 9, 12), chance, strict=True):
            assert (f"AU{number} {p:.3g}" in line) == (number in units)
    # Units go together in the table, and so they are found together.
    assert {"4+9", "6+12"} >= set(found["units"]) - {""}


def test_a_detector_alone_and_a_table_that_is_learned(table, tmp_path, capsys):
    path = tmp_path / "units.skops"
    train = ["train", str(table), "-o", str(path), *FAST, "--units", "4,12"]
    assert main([*train, "--mapping", "none"]) == 0
    out, _ = capsys.readouterr()
    assert "clips of 4 subjects (AU4 " in out
    assert "mean average precision" in out and "held out in turn (guesses" in out
    assert isinstance(load_model(path)[0][-1], ActionUnitDetector)
    assert main(["predict", str(path), *videos(table, 1), "--quiet"]) == 0
    line = capsys.readouterr().out
    assert "clip0.avi  objective class " in line
    assert main([*train, "--mapping", "cooccurrence"]) == 0
    model, facts = load_model(path)
    assert isinstance(model[-1], ActionUnitEmotion)
    assert model[-1].classes_.tolist() == ["disgust", "happiness"]
    assert sum(facts["classes"].values()) == facts["n_clips"] == 7


def test_units_need_no_classes(table, tmp_path, capsys):
    frame = pd.read_csv(table, keep_default_na=False)
    for name in frame["path"]:
        (tmp_path / name).write_bytes((table.parent / name).read_bytes())
    frame.drop(columns="label").to_csv(tmp_path / "units.csv", index=False)
    path = tmp_path / "units.skops"
    train = ["train", str(tmp_path / "units.csv"), "-o", str(path), *FAST]
    assert main([*train, "--units", "12"]) == 0
    assert load_model(path)[1]["units"].keys() == {"AU12"}
    for mapping in ["--mapping", "cooccurrence"], []:
        units = ["--units", "12"] if mapping else []
        assert main([*train, *units, *mapping]) == 2
        assert "lacks the column label" in capsys.readouterr().err
    frame.drop(columns="action_units").to_csv(tmp_path / "units.csv", index=False)
    assert main([*train, "--units", "12"]) == 2
    assert "lacks the column action_units" in capsys.readouterr().err


def test_what_is_left_out_is_told(table, tmp_path, capsys):
    train = ["train", str(table), "-o", str(tmp_path / "units.skops"), *FAST]
    train.remove("--quiet")
    assert main([*train, "--units", "cd6me", "--mapping", "none"]) == 0
    err = capsys.readouterr().err
    assert "without the units [1, 2, 5, 7, 10, 14, 15, 17]: two subjects or more" in err
    assert "1 of 8 clips are left out, whose units nobody coded" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--units", "4,17"], "which is not so for [17]"),
        (["--units", "99"], "which is not so for [99]"),
        (["--units", "AU4"], "--units takes all, cd6me or numbers like 1,2,4,12"),
        (["--units", "4,-2"], "--units takes all, cd6me or numbers"),
        (["--units", ""], "--units takes all, cd6me or numbers"),
        (["--units", "4", "--mapping", "ekman"], "no mapping 'ekman'; there are facs"),
        (["--mapping", "facs"], "--mapping makes emotions of units: give --units too"),
        (["--units", "4", "--method", "apex-cnn"], "apex-cnn predicts classes itself"),
        (["--units", "4", "--classifier", "cnn"], "no classifier 'cnn'"),
    ],
)
def test_what_cannot_be_begun_is_told(arguments, message, table, tmp_path, capsys):
    output = tmp_path / "units.skops"
    if "apex-cnn" in arguments:
        output = tmp_path / "units.safetensors"
    train = ["train", str(table), "-o", str(output), "--no-crop", "--quiet"]
    assert main([*train, *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not output.exists()


def test_two_subjects_are_too_few(table, tmp_path, capsys):
    frame = pd.read_csv(table)[2:6]
    for name in frame["path"]:
        (tmp_path / name).write_bytes((table.parent / name).read_bytes())
    frame.to_csv(tmp_path / "clips.csv", index=False)
    train = ["train", str(tmp_path / "clips.csv"), "-o", str(tmp_path / "u.skops")]
    assert main([*train, "--units", "all", *FAST]) == 2
    assert "takes three subjects or more" in capsys.readouterr().err


def test_a_dataset_without_units_is_told(table, tmp_path, capsys):
    frame = pd.read_csv(table).assign(action_units="")
    for name in frame["path"]:
        (tmp_path / name).write_bytes((table.parent / name).read_bytes())
    frame.to_csv(tmp_path / "clips.csv", index=False)
    train = ["train", str(tmp_path / "clips.csv"), "-o", str(tmp_path / "u.skops")]
    assert main([*train, "--units", "all", *FAST]) == 2
    assert "does not say which action units its clips show" in capsys.readouterr().err


def test_images_of_units(trained, table, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    predict = ["predict", str(trained), "--quiet", "--landmarks", str(table.parent)]
    assert main([*predict, *videos(table, 2), "--image", str(tmp_path / "new")]) == 0
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == [
        *("clip0.png", "clip1.png"),
    ]
    one = tmp_path / "one.png"
    assert main([*predict, *videos(table, 1), "--image", str(one)]) == 0
    assert one.read_bytes() == (tmp_path / "new" / "clip0.png").read_bytes()
    # What is printed is what is printed without an image.
    lines = capsys.readouterr().out.splitlines()
    assert main([*predict, *videos(table, 2)]) == 0
    assert lines[:2] == capsys.readouterr().out.splitlines()


def test_a_chain_that_was_saved_in_python(bunch, table, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    features = ClipPipeline([Read(), LBPTOP(grid=(2, 2))])
    detector = ActionUnitDetector(features, KNeighborsClassifier(1))
    units = [CELLS[name] for name in bunch.target_names[bunch.target]]
    units = [parse_action_units(cell) for cell in units]
    path = tmp_path / "chain.skops"
    save_model(ActionUnitEmotion(detector).fit(bunch.clips, units=units), path)
    predict = ["predict", str(path), *videos(table, 2), "--landmarks"]
    image = ["--image", str(tmp_path / "drawn"), "--quiet"]
    assert main([*predict, str(table.parent), *image]) == 0
    happy, disgusted = capsys.readouterr().out.splitlines()
    # Without probabilities, of one classifier for each unit, neighbors vote.
    assert happy.endswith("happy, objective class I  (AU6 1, AU12 1)")
    assert disgusted.endswith("disgust, objective class IV  (AU4 1, AU9 1)")
    assert len(list((tmp_path / "drawn").iterdir())) == 2


def test_two_clips_of_one_name_are_two_images(trained, table, tmp_path):
    pytest.importorskip("matplotlib")
    other = tmp_path / "other"
    other.mkdir()
    points = (table.parent / "clip0.npy").read_bytes()
    (other / "clip0.avi").write_bytes((table.parent / "clip0.avi").read_bytes())
    for folder in (other.name, table.parent.name):  # as the clips lie
        (other / folder).mkdir()
        (other / folder / "clip0.npy").write_bytes(points)
    paths = [*videos(table, 1), str(other / "clip0.avi")]
    predict = ["predict", str(trained), *paths, "--landmarks", str(other)]
    assert main([*predict, "--image", str(tmp_path / "drawn"), "--quiet"]) == 0
    assert sorted(p.name for p in (tmp_path / "drawn").iterdir()) == [
        *("clip0-2.png", "clip0.png"),
    ]


def test_images_that_cannot_be_drawn(trained, table, tmp_path, capsys, monkeypatch):
    one = videos(table, 1)
    with_points = ["--landmarks", str(table.parent), "--quiet"]
    classes = tmp_path / "classes.skops"
    model = make_pipeline(
        ClipPipeline([Read(), LBPTOP(grid=(1, 1))]), KNeighborsClassifier(1)
    )
    save_model(model.fit(example_clips(2), ["a", "b"]), classes)
    for file, paths, image, message in [
        (classes, one, "a.png", "finds no action units, so there is nothing"),
        (trained, videos(table, 2), "a.png", "one image for 2 clips: give a folder"),
        (trained, one, "a.gif", "--image must end in .png, got 'a.gif'"),
        (trained, one, "none/a.png", "the folder"),
        (trained, one, "none/folder", "none/folder"),
    ]:
        image = str(tmp_path / image)
        assert main(["predict", str(file), *paths, "--image", image, *with_points]) == 2
        assert message in capsys.readouterr().err
    image = ["--image", str(tmp_path / "a.png")]
    monkeypatch.setitem(sys.modules, "dlib", None)
    assert main(["predict", str(trained), *one, *image]) == 2
    assert "mefeat[faces]" in capsys.readouterr().err
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["predict", str(trained), *one, *image, *with_points]) == 2
    assert "mefeat[plot]" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["classes.skops"]


def test_a_clip_without_landmarks_fails_alone(trained, table, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    folder = tmp_path / "points"
    folder.mkdir()
    (folder / "clip1.npy").write_bytes((table.parent / "clip1.npy").read_bytes())
    predict = ["predict", str(trained), *videos(table, 2), "--landmarks", str(folder)]
    assert main([*predict, "--image", str(tmp_path / "drawn"), "--quiet"]) == 1
    out, err = capsys.readouterr()
    assert "clip0" in err and "1 of 2 clips predicted, 1 failed" in err
    assert len(out.splitlines()) == 1
    assert [p.name for p in (tmp_path / "drawn").iterdir()] == ["clip1.png"]


@pytest.mark.skipif(find_spec("torch") is None, reason="needs torch, of the extra deep")
def test_networks_learn_units_by_command(table, tmp_path, capsys):
    path = tmp_path / "units.safetensors"
    changes = ["clippipeline__resize__size=(32,32)", "actionunitnet__size=(32,32)"]
    changes += ["actionunitnet__width=0.1", "actionunitnet__n_frames=2"]
    changes = [f"--set={text}" for text in [*changes, "actionunitnet__epochs=1"]]
    train = [
        "train",
        str(table),
        "--method",
        "units-mobilenet3d",
        "--no-crop",
        "--quiet",
    ]
    assert main([*train, "-o", str(tmp_path / "units.skops")]) == 2
    assert ".safetensors" in capsys.readouterr().err
    assert main([*train, *changes, "-o", str(path)]) == 0
    out, _ = capsys.readouterr()
    assert "units-mobilenet3d and its own network, trained on 7 clips" in out
    assert "by the loss of subjects held out of training" in out
    model, facts = load_model(path)
    assert facts["mapping"] == "facs" and facts["versions"]["torch"]
    assert facts["units"].keys() == {"AU4", "AU6", "AU9", "AU12"}
    output = tmp_path / "units.csv"
    assert main(["predict", str(path), *videos(table, 2), "-o", str(output)]) == 0
    found = pd.read_csv(output)
    chances = model[-1].detector_.predict_proba(model[:-1].transform(videos(table, 2)))
    names = [f"probability AU{number}" for number in (4, 6, 9, 12)]
    np.testing.assert_allclose(found[names], chances)
    assert found["label"].tolist() == model.predict(videos(table, 2)).tolist()


def test_facts_can_be_read_without_python(trained):
    with zipfile.ZipFile(trained) as archive:
        facts = json.loads(archive.read("mefeat.json"))
    assert facts["units"].keys() == {"AU4", "AU6", "AU9", "AU12"}
