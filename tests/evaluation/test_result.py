"""Results as text, as rows, and as files."""

import json
import os
import pickle
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from rows import judge_rows, make_rows
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mefeat.evaluation import SCORES, Evaluation, compare, evaluate
from mefeat.model_selection import PolySVCSearch


@pytest.fixture(scope="module")
def result():
    X, y, groups = make_rows()
    model = make_pipeline(
        StandardScaler(),
        PolySVCSearch(degree=(2,), coef0=(0, 1), gamma=(0.1,), C=(1, 10)),
    )
    return evaluate(model, X, y, groups, protocol="group_kfold", n_splits=3)


def test_text_shows_scores_and_tables(result):
    text = str(result)
    assert text.startswith("group_kfold: 48 clips, 6 subjects, 3 classes, 3 folds")
    ends, baseline = result.intervals(), result.baseline
    for name, value in result.scores.items():
        line = f"{name:<13} {value:.4f}  [{{low:.4f}}, {{high:.4f}}]"
        line = line.format(**ends.loc[name])
        if name in baseline:
            line += f"  {baseline[name]:.4f}    {value - baseline[name]:+.4f}"
        assert f"\n{line}\n" in text
    assert "\nbaseline: who always says the largest class\n" in text
    assert "precision" in text and "predicted" in text
    assert repr(result).startswith(
        f"Evaluation(group_kfold: accuracy {result.accuracy:.4f}"
    )


def test_saved_files_hold_everything(result, tmp_path):
    folder = result.save(tmp_path / "new" / "run")
    assert sorted(p.name for p in folder.iterdir()) == [
        "predictions.csv",
        "result.json",
    ]
    saved = json.loads((folder / "result.json").read_text())
    assert saved == result.to_dict()
    assert saved["scores"] == pytest.approx(result.scores)
    assert saved["confusion"] == result.confusion.to_numpy().tolist()
    assert saved["settings"]["random_state"] == 0
    versions = saved["settings"]["versions"]
    assert versions["numpy"] == np.__version__
    # Flow is OpenCV's, so its version is one that figures depend on.
    [opencv] = [versions[name] for name in versions if name.startswith("opencv")]
    assert opencv.startswith(cv2.__version__)
    parameters = saved["settings"]["estimator"]["parameters"]
    assert parameters["polysvcsearch__C"] == [1, 10]
    assert parameters["polysvcsearch"] == "PolySVCSearch"
    assert saved["folds"][0]["best_params"] == result.folds["best_params"][0]
    table = pd.read_csv(folder / "predictions.csv")
    pd.testing.assert_frame_equal(table, result.predictions, check_dtype=False)


def test_what_is_not_a_number_is_saved_as_none():
    X, y, groups = make_rows()
    model = DummyClassifier(strategy="constant", constant="joy")
    result = evaluate(model, X, y, groups)
    assert result.to_dict()["per_class"][0]["precision"] is None
    assert result.to_dict()["folds"][0]["best_params"] is None


def test_a_failed_save_leaves_the_old_file(result, tmp_path, monkeypatch):
    result.save(tmp_path)
    before = (tmp_path / "result.json").read_bytes()

    def full_disk(path, text, **options):
        path.write_bytes(text[:10].encode())
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_text", full_disk)
    with pytest.raises(OSError, match="no space left"):
        result.save(tmp_path)
    assert (tmp_path / "result.json").read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["predictions.csv", "result.json"]


def test_results_can_be_pickled_and_built_from_their_parts(result):
    again = pickle.loads(pickle.dumps(result))
    assert again.to_dict() == result.to_dict()
    built = Evaluation(result.predictions, result.folds, result.labels, result.settings)
    assert built.scores == result.scores


def test_rows_of_several_results_make_a_table():
    result = judge_rows()
    other = judge_rows(make_pipeline(StandardScaler(), KNeighborsClassifier()))
    table = pd.concat([result.to_frame(), other.to_frame("scaled")])
    assert table.index.tolist() == ["KNeighborsClassifier", "scaled"]
    assert table["estimator"].tolist() == [
        "KNeighborsClassifier",
        "StandardScaler + KNeighborsClassifier",
    ]
    row = table.iloc[0]
    for name, value in result.scores.items():
        assert row[name] == value
    found = result.intervals()
    for name in SCORES:
        assert row[f"{name}_low"] == found.loc[name, "low"]
        assert row[f"{name}_high"] == found.loc[name, "high"]
    assert row["protocol"] == "loso" and row["selection"] == "nested"
    assert row["n_clips"] == 48 and row["n_classes"] == 3 and row["n_folds"] == 6


@pytest.mark.parametrize("labels", ["words", "numbers", "objects"])
def test_a_saved_result_comes_back_to_the_last_bit(labels, tmp_path):
    X, y, groups = make_rows()
    if labels == "numbers":
        y, groups = np.unique(y, return_inverse=True)[1], np.arange(48) % 6
    if labels == "objects":
        y, groups = y.astype(object), groups.astype(object)
        y[groups == "s03"] = "rare"  # decisions of its fold are NaN
    search = PolySVCSearch(degree=(2,), coef0=(1,), C=(1, 10))
    databases = np.where(np.arange(48) % 6 < 3, "casme2", "samm")
    saved = evaluate(search, X, y, groups, databases=databases)
    loaded = Evaluation.load(saved.save(tmp_path))
    pd.testing.assert_frame_equal(loaded.predictions, saved.predictions)
    pd.testing.assert_frame_equal(loaded.folds, saved.folds)
    np.testing.assert_array_equal(loaded.labels, saved.labels)
    assert loaded.to_dict() == saved.to_dict() and str(loaded) == str(saved)
    pd.testing.assert_frame_equal(loaded.to_frame(), saved.to_frame())
    assert (compare(saved, loaded).table["p_value"] == 1).all()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"kind": "classes", "predictions": [], "folds": []}']
)
def test_what_is_no_result_is_refused(text, tmp_path, result):
    with pytest.raises(FileNotFoundError, match="there is no result in"):
        Evaluation.load(tmp_path)
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(ValueError, match="is no result of classes"):
        Evaluation.load(tmp_path)
    result.save(tmp_path)
    found = json.loads((tmp_path / "result.json").read_text())
    for estimator in 5, {"name": "SVC"}:
        found["settings"]["estimator"] = estimator
        (tmp_path / "result.json").write_text(json.dumps(found))
        with pytest.raises(ValueError, match="is no result of classes.*estimator"):
            Evaluation.load(tmp_path)
    del found["predictions"][0]["subject"], found["settings"]["protocol"]
    (tmp_path / "result.json").write_text(json.dumps(found))
    with pytest.raises(ValueError, match="is no result of classes.*protocol"):
        Evaluation.load(tmp_path)
