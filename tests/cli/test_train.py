"""Training and prediction by command, by their output and exit status."""

import json
import os
import re
import sys
import zipfile
from argparse import Namespace

import numpy as np
import pandas as pd
import pytest
import trees

from mefeat.cli import main
from mefeat.cli._options import CommandError
from mefeat.cli._train import load_labelled
from mefeat.datasets import make_clips
from mefeat.persistence import load_model, save_model
from mefeat.video import write_video

FAST = ["--no-crop", "--quiet", "--set", "lbptop__grid=(2, 2)"]
FAST += ["--classifier", "linear-svm"]


@pytest.fixture(scope="module")
def bunch():
    return make_clips(3, 1, ["happiness", "disgust"], size=(64, 56))


@pytest.fixture(scope="module")
def table(bunch, tmp_path_factory):
    """A table of clips of three subjects, with the videos that it names."""
    folder = tmp_path_factory.mktemp("clips")
    rows = []
    labels = bunch.target_names[bunch.target]
    for i, clip in enumerate(bunch.clips):
        write_video(folder / f"clip{i}.avi", clip.frames, clip.fps)
        rows.append({"path": f"clip{i}.avi", "subject": bunch.groups[i]})
        rows[-1] |= {"label": labels[i], "onset": 1, "offset": len(clip.frames) - 2}
    pd.DataFrame(rows).to_csv(folder / "clips.csv", index=False)
    return folder / "clips.csv"


@pytest.fixture(scope="module")
def trained(table, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model.skops"
    assert main(["train", str(table), "-o", str(path), *FAST]) == 0
    return path


def test_a_model_says_what_it_was_trained_on(trained, table):
    _, facts = load_model(trained)
    assert facts["dataset"] == str(table)
    assert facts["method"] == "lbp-top" and facts["classifier"] == "linear-svm"
    assert facts["classes"] == {"disgust": 3, "happiness": 3}
    assert facts["n_clips"] == 6 and facts["n_subjects"] == 3
    assert facts["seed"] == 0 and facts["changes"] == ["lbptop__grid=(2, 2)"]
    assert set(facts["chosen"]) == {"C"}
    assert {"mefeat", "numpy", "scikit-learn"} <= set(facts["versions"])


def test_what_is_printed_is_what_the_model_says(trained, table, tmp_path, capsys):
    videos = [str(table.parent / f"clip{i}.avi") for i in range(6)]
    output = tmp_path / "predictions.csv"
    assert main(["predict", str(trained), *videos, "-o", str(output)]) == 0
    out, err = capsys.readouterr()
    found = pd.read_csv(output)
    model, _ = load_model(trained)
    assert found["clip"].tolist() == videos
    assert found["label"].tolist() == model.predict(videos).tolist()
    values = model.decision_function(videos)
    np.testing.assert_allclose(found["decision happiness"], values)
    np.testing.assert_allclose(found["decision disgust"], -values)
    lines = out.splitlines()
    assert len(lines) == 6
    for line, video, label, value in zip(
        lines, videos, found["label"], values, strict=True
    ):
        assert line == (
            f"{video}  {label}  (disgust {-value:.3g}, happiness {value:.3g})"
        )
    assert "6 clips of 3 subjects" in err


def test_probabilities_where_there_are_some(bunch, tmp_path, table, capsys):
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline

    from mefeat.methods import METHODS

    features = METHODS["lbp-top"].pipeline(crop=False, lbptop__grid=(2, 2))
    model = make_pipeline(features, RandomForestClassifier(5, random_state=0))
    model.fit(bunch.clips, bunch.target_names[bunch.target])
    save_model(model, tmp_path / "forest.skops")
    video = str(table.parent / "clip0.avi")
    output = tmp_path / "p.csv"
    assert (
        main(["predict", str(tmp_path / "forest.skops"), video, "-o", str(output)]) == 0
    )
    row = pd.read_csv(output).iloc[0]
    assert row["probability disgust"] + row["probability happiness"] == pytest.approx(1)
    assert "does not say what it was trained on" in capsys.readouterr().err


def test_a_bad_video_is_named_and_the_others_are_predicted(
    trained, table, tmp_path, capsys
):
    bad = tmp_path / "bad.avi"
    bad.write_text("no video")
    good = table.parent / "clip0.avi"
    output = tmp_path / "p.csv"
    assert main(["predict", str(trained), str(bad), str(good), "-o", str(output)]) == 1
    out, err = capsys.readouterr()
    assert "bad.avi" in err and "1 of 2 clips predicted, 1 failed" in err
    assert len(out.splitlines()) == 1 and len(pd.read_csv(output)) == 1


def test_synthetic_clips_and_a_class_map_of_ones_own(table, tmp_path, capsys):
    path = tmp_path / "model.skops"
    sizes = ["--subjects", "2", "--per-class", "1"]
    assert main(["train", "synthetic", "-o", str(path), *sizes, *FAST]) == 0
    assert load_model(path)[1]["n_clips"] == 10
    out, _ = capsys.readouterr()
    assert "10 clips of 2 subjects (happiness 2, " in out and "too high" in out
    classes = ["--classes", "happiness=positive, disgust=negative"]
    assert main(["train", str(table), "-o", str(path), *classes, *FAST]) == 0
    assert load_model(path)[1]["classes"] == {"positive": 3, "negative": 3}


@pytest.mark.parametrize("kind", ["semicolons", "title", ".CSV", ".xlsx", "emotion"])
def test_tables_as_load_folder_reads_them(kind, table, tmp_path):
    frame = pd.read_csv(table)
    for name in frame["path"]:
        os.link(table.parent / name, tmp_path / name)
    path = tmp_path / f"clips{kind if kind.startswith('.') else '.csv'}"
    if kind == ".xlsx":
        frame.to_excel(path, index=False)
    elif kind == "emotion":
        theirs = frame.rename(columns={"label": "Estimated Emotion", "path": "PATH"})
        theirs.to_csv(path, index=False)
    else:
        text = frame.to_csv(index=False, sep=";" if kind == "semicolons" else ",")
        path.write_text("Clips of our lab\n\n" * (kind == "title") + text)
    bunch = load_labelled(str(path), _options())
    assert bunch.frame["path"].tolist() == frame["path"].tolist()
    assert [clip.span for clip in bunch.clips] == [
        (row.onset, row.offset) for row in frame.itertuples()
    ]
    # Units are learned without labels.
    frame = frame.drop(columns="label").assign(action_units="6+12")
    frame.to_csv(tmp_path / "units.csv", index=False, sep=";")
    arguments = _options(units="all", mapping="none")
    bunch = load_labelled(str(tmp_path / "units.csv"), arguments)
    assert len(bunch.clips) == 6 and bunch.target_names.tolist() == ["unlabelled"]


def _options(**more):
    """Options of the command, as parsed."""
    names = ("data", "version", "sheet", "units", "mapping")
    return Namespace(**dict.fromkeys(names) | {"classes": "own"} | more)


def test_the_sheet_and_the_version_of_a_database(tmp_path):
    root = trees.casme2(tmp_path / "CASME2", folder="Cropped")
    sheet = root / "CASME2-coding-20140508.xlsx"
    sheet.rename(tmp_path / "mine.xlsx")
    for version, sheet, message in (
        ("cropped", None, "say where it is (`sheet` of the loader, --sheet)"),
        (None, tmp_path / "mine.xlsx", "in the version 'raw'; there is cropped in"),
        ("long", None, "must be one of ['raw', 'cropped'], got 'long'"),
    ):
        arguments = _options(data=root, version=version, sheet=sheet)
        with pytest.raises(CommandError, match=re.escape(message)):
            load_labelled("casme2", arguments)
    arguments = _options(data=root, version="cropped", sheet=tmp_path / "mine.xlsx")
    assert len(load_labelled("casme2", arguments).clips) == 8


def test_a_folder_by_its_pattern(bunch, tmp_path):
    labels = bunch.target_names[bunch.target]
    for i, clip in enumerate(bunch.clips):
        folder = tmp_path / "clips" / labels[i] / bunch.groups[i]
        folder.mkdir(parents=True, exist_ok=True)
        write_video(folder / f"{i}.avi", clip.frames, clip.fps)
    path = tmp_path / "model.skops"
    pattern = ["--pattern", "{emotion}/{subject}/{clip}.avi"]
    data = str(tmp_path / "clips")
    assert main(["train", data, "-o", str(path), *pattern, *FAST]) == 0
    assert load_model(path)[1]["classes"] == {"disgust": 3, "happiness": 3}


def test_training_again_gives_the_same_model(trained, table, tmp_path):
    again = tmp_path / "again.skops"
    cache = ["--memory", str(tmp_path / "rows")]
    assert main(["train", str(table), "-o", str(again), *FAST, *cache]) == 0
    videos = [str(table.parent / f"clip{i}.avi") for i in range(6)]
    np.testing.assert_array_equal(
        load_model(again)[0].decision_function(videos),
        load_model(trained)[0].decision_function(videos),
    )
    assert any((tmp_path / "rows").iterdir())
    assert load_model(again)[0][0].memory is None


def test_a_clip_that_cannot_be_read_stops_the_training(table, tmp_path, capsys):
    frame = pd.read_csv(table)
    for name in frame["path"]:
        (tmp_path / name).write_bytes((table.parent / name).read_bytes())
    (tmp_path / "clip3.avi").write_bytes(b"RIFF" + b"\0" * 200)
    frame.to_csv(tmp_path / "clips.csv", index=False)
    path = tmp_path / "model.skops"
    status = main(["train", str(tmp_path / "clips.csv"), "-o", str(path), *FAST])
    assert status == 1 and not path.exists()
    assert "clip3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "no dataset 'nowhere': give synthetic, a table .csv or .xlsx"),
        (["casme2"], "--data must name the folder into which casme2"),
        (["synthetic", "--classifier", "cnn"], "no classifier 'cnn'"),
        (["synthetic", "--method", "lbp"], "no method 'lbp'"),
        (["synthetic", "--set", "lbptop__size=3"], "Invalid parameter"),
        (["synthetic", "--classes", "joy=a=b"], "--classes takes the name of a class"),
        (["synthetic", "--subjects", "1"], "two classes and two subjects or more"),
        (["{table}", "--classes", "seven"], "classes of"),
        (["{lacking}"], "lacks the column label and subject"),
    ],
)
def test_what_cannot_be_begun_is_told(arguments, message, table, tmp_path, capsys):
    lacking = tmp_path / "lacking.csv"
    lacking.write_text("path\nclip0.avi\n")
    arguments = [a.format(table=table, lacking=lacking) for a in arguments]
    output = tmp_path / "model.skops"
    arguments += ["-o", str(output), "--no-crop", "--quiet", "--per-class", "1"]
    assert main(["train", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not output.exists()


def test_a_model_is_named_skops(tmp_path, capsys):
    assert main(["train", "synthetic", "-o", str(tmp_path / "model.pkl")]) == 2
    assert "--output must end in .skops, got 'model.pkl'" in capsys.readouterr().err


def test_a_file_that_is_no_model_is_refused(table, trained, tmp_path, capsys):
    video = str(table.parent / "clip0.avi")
    path = tmp_path / "model.skops"
    path.write_bytes(trained.read_bytes()[:1000])
    assert main(["predict", str(path), video]) == 2
    assert "no model, or not the whole of one" in capsys.readouterr().err
    assert main(["predict", video, video]) == 2
    assert "must end in .skops or .safetensors" in capsys.readouterr().err
    assert main(["predict", str(tmp_path / "none.skops"), video]) == 2
    assert "no file" in capsys.readouterr().err


@pytest.mark.filterwarnings("always:.* was saved under")
def test_other_versions_are_said_once(table, trained, tmp_path, capsys):
    path = tmp_path / "model.skops"
    with zipfile.ZipFile(trained) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "mefeat.json":
                facts = json.loads(data)
                facts["versions"]["numpy"] = "1.0"
                data = json.dumps(facts)
            new.writestr(name, data)
    assert main(["predict", str(path), str(table.parent / "clip0.avi")]) == 0
    err = capsys.readouterr().err
    assert err.count("was saved under numpy 1.0 (now ") == 1
    assert "UserWarning" not in err


def test_without_skops_the_extra_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "skops.io", None)
    assert main(["train", "synthetic", "-o", str(tmp_path / "m.skops")]) == 2
    assert "mefeat[models]" in capsys.readouterr().err
