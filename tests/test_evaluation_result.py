"""Results as text and as files."""

import json
import os
import pickle
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from rows import make_rows
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mefeat.evaluation import Evaluation, PolySVCSearch, evaluate


@pytest.fixture
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
    for name, value in result.scores.items():
        assert f"{name:<13} {value:.4f}" in text
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
