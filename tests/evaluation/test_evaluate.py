"""Evaluation: what it predicts, and what it refuses."""

import re
import sys
import warnings
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from rows import make_rows
from sklearn import config_context
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
)
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    LeaveOneGroupOut,
    PredefinedSplit,
    cross_val_predict,
    cross_val_score,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from mefeat.evaluation import ResultWarning, evaluate
from mefeat.model_selection import PolySVCSearch, SubjectKFold

NESTED = PolySVCSearch(degree=(2,), coef0=(0, 1), gamma=(0.1,), C=(1, 10))


class Failing(DummyClassifier):
    def predict(self, X):
        if np.any(np.asarray(X) == 13):
            raise RuntimeError("bad row")
        return super().predict(X)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_result_equals_scikit_learn_and_its_tables_agree(n_jobs):
    X, y, groups = make_rows()
    model = make_pipeline(StandardScaler(), LogisticRegression())
    cv = LeaveOneGroupOut()
    expected = cross_val_predict(model, X, y, groups=groups, cv=cv)
    result = evaluate(model, X, y, groups, n_jobs=n_jobs)
    table = result.predictions
    np.testing.assert_array_equal(table["clip"], np.arange(len(y)))
    np.testing.assert_array_equal(table["predicted"], expected)
    np.testing.assert_array_equal(table["true"], y)
    np.testing.assert_array_equal(table["subject"], groups)
    assert result.accuracy == accuracy_score(y, expected)
    assert result.macro_f1 == f1_score(y, expected, average="macro")
    assert result.weighted_f1 == f1_score(y, expected, average="weighted")
    assert result.uar == balanced_accuracy_score(y, expected)
    per_fold = cross_val_score(
        model, X, y, groups=groups, cv=cv, scoring="f1_macro", error_score="raise"
    )
    assert result.mean_fold_f1 == pytest.approx(per_fold.mean(), abs=1e-15)
    assert result.mean_fold_f1 != pytest.approx(result.macro_f1, abs=1e-3)
    np.testing.assert_array_equal(result.confusion, confusion_matrix(y, expected))
    assert result.confusion.index.tolist() == ["anger", "fear", "joy"]
    assert result.per_class["clips"].to_dict() == Counter(y)
    assert result.per_class["f1"].mean() == pytest.approx(result.macro_f1)
    assert result.per_class["recall"].mean() == pytest.approx(result.uar)
    subjects = result.per_subject
    share = (subjects["accuracy"] * subjects["clips"]).sum() / len(y)
    assert share == pytest.approx(result.accuracy)
    assert result.folds["n_test"].tolist() == subjects["clips"].tolist()
    # One fold per subject, so both tell the same story here.
    assert subjects["macro_f1"].mean() == pytest.approx(result.mean_fold_f1)


def test_decision_values_are_those_of_the_folds():
    X, y, groups = make_rows()
    result = evaluate(LogisticRegression(), X, y, groups)
    expected = cross_val_predict(
        LogisticRegression(),
        X,
        y,
        groups=groups,
        cv=LeaveOneGroupOut(),
        method="decision_function",
    )
    columns = ["decision anger", "decision fear", "decision joy"]
    np.testing.assert_allclose(result.predictions[columns], expected)


def test_two_classes_and_missing_decision_values():
    X, y, groups = make_rows(n_classes=2)
    table = evaluate(LogisticRegression(), X, y, groups).predictions
    np.testing.assert_array_equal(
        table["decision fear"] > table["decision anger"], table["predicted"] == "fear"
    )
    X, y, groups = make_rows()
    for model in KNeighborsClassifier(), SVC(decision_function_shape="ovo"):
        assert len(evaluate(model, X, y, groups).predictions.columns) == 5


def test_classes_that_training_folds_or_subjects_lack():
    X, y, groups = make_rows()
    y = y.astype(object)
    y[groups == "s03"] = "rare"  # shown by one subject, who shows nothing else
    result = evaluate(make_pipeline(StandardScaler(), NESTED), X, y, groups)
    assert result.per_class.loc["rare", ["clips", "recall", "f1"]].tolist() == [8, 0, 0]
    assert result.per_subject.loc["s03", "classes"] == 1
    assert result.per_subject.loc["s03", "accuracy"] == 0
    held_out = result.predictions["subject"] == "s03"
    rare = result.predictions["decision rare"]
    assert rare[held_out].isna().all() and rare[~held_out].notna().all()
    expected = f1_score(y, result.predictions["predicted"], average="macro")
    assert result.macro_f1 == pytest.approx(expected)


def test_labels_give_order_and_may_name_absent_classes():
    X, y, groups = make_rows()
    plain = evaluate(KNeighborsClassifier(), X, y, groups)
    result = evaluate(
        KNeighborsClassifier(), X, y, groups, labels=["joy", "fear", "anger", "awe"]
    )
    assert result.confusion.columns.tolist() == ["joy", "fear", "anger", "awe"]
    assert result.macro_f1 == pytest.approx(plain.macro_f1 * 3 / 4)
    assert result.uar == pytest.approx(plain.uar)
    with pytest.raises(ValueError, match="not among the labels"):
        evaluate(KNeighborsClassifier(), X, y, groups, labels=["joy", "fear"])


def test_a_predicted_class_that_never_occurs_is_counted():
    X, y, groups = make_rows()
    rude = DummyClassifier(strategy="constant", constant="joy")
    splits = [(np.flatnonzero(groups != "s00"), np.flatnonzero(groups == "s00"))]
    y[groups == "s00"] = "fear"
    result = evaluate(rude, X, y, groups, protocol=splits)
    assert len(result.predictions) == 8 and result.accuracy == 0
    assert result.confusion.loc["fear", "joy"] == 8


def test_nested_search_equals_the_search_by_hand():
    X, y, groups = make_rows()
    result = evaluate(make_pipeline(StandardScaler(), NESTED), X, y, groups)
    grid = {"degree": (2,), "coef0": (0, 1), "gamma": (0.1,), "C": (1, 10)}
    theirs = GridSearchCV(
        SVC(kernel="poly"), grid, cv=GroupKFold(5), scoring="f1_macro"
    )
    by_sklearn = evaluate(make_pipeline(StandardScaler(), theirs), X, y, groups)
    ours = NESTED.get_params() | {"aggregate": "mean", "scale": False}
    ours = evaluate(
        make_pipeline(StandardScaler(), PolySVCSearch(**ours)), X, y, groups
    )
    pd.testing.assert_frame_equal(ours.predictions, by_sklearn.predictions)
    assert (
        ours.folds["best_params"].tolist() == by_sklearn.folds["best_params"].tolist()
    )
    assert result.folds["best_params"].notna().all()


def test_permuted_labels_fall_to_chance():
    X, y, groups = make_rows(n_clips=120)
    honest = evaluate(LogisticRegression(), X, y, groups).uar
    y = np.random.default_rng(0).permutation(y)
    assert evaluate(LogisticRegression(), X, y, groups).uar < 0.45 < 0.6 < honest


def test_some_clips_may_never_be_held_out():
    X, y, groups = make_rows()
    splitter = PredefinedSplit(np.where(groups == "s01", 0, -1))
    result = evaluate(KNeighborsClassifier(), X, y, groups, protocol=splitter)
    assert (
        result.predictions["clip"].tolist() == np.flatnonzero(groups == "s01").tolist()
    )
    assert "PredefinedSplit" in result.settings["protocol"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"groups": None}, "subject of each clip, got None"),
        ({"groups": [None] + ["s1"] * 47}, "groups has no value for clip 0"),
        ({"y": ["joy"] * 47 + [np.nan]}, "y has no value for clip 47"),
        ({"labels": ["joy", "joy"]}, r"each class once, got \['joy', 'joy'\]"),
        ({"groups": ["s"] * 3}, r"groups must hold one value .* 48 clips, got .*3,"),
        ({"y": ["joy"] * 5}, r"y must hold one value .* 48 clips, got shape .*5,"),
        ({"y": np.linspace(0, 1, 48)}, "Unknown label type"),
        ({"protocol": "loco"}, "must be one of"),
    ],
)
def test_wrong_input_is_refused(change, message):
    X, y, groups = make_rows()
    given = {"X": X, "y": y, "groups": groups} | change
    with pytest.raises(ValueError, match=message):
        evaluate(KNeighborsClassifier(), **given)


def test_progress_names_the_held_out_subject(capsys, monkeypatch):
    X, y, groups = make_rows()
    evaluate(KNeighborsClassifier(), X, y, groups, verbose=True)
    said = capsys.readouterr().err  # in a pipe or a file
    assert "6/6 folds" in said and "\r" not in said and said.count("\n") == 1
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    evaluate(KNeighborsClassifier(), X, y, groups, verbose=True)
    shown = capsys.readouterr().err
    assert "held out: subject s03, 8 clips" in shown and "6/6" in shown
    evaluate(KNeighborsClassifier(), X, y, groups)
    assert capsys.readouterr().err == ""


def test_the_configuration_of_scikit_learn_reaches_the_workers():
    X, y, groups = make_rows()
    frame = pd.DataFrame(X, columns=list("abcde"))

    def demand(rows):
        return rows[list("abcde")]  # an array has no such columns

    model = make_pipeline(
        StandardScaler(), FunctionTransformer(demand), KNeighborsClassifier()
    )
    with config_context(transform_output="pandas"):
        result = evaluate(model, frame, y, groups, n_jobs=2)
    assert len(result.predictions) == len(y)
    with pytest.raises(IndexError):
        evaluate(model, frame, y, groups)


# Last of those with two processes: an error ends them, and others take seconds.
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_an_error_names_what_was_held_out(n_jobs):
    X, y, groups = make_rows()
    X[groups == "s04", 0] = 13
    with pytest.raises(RuntimeError, match="bad row") as caught:
        evaluate(Failing(), X, y, groups, n_jobs=n_jobs)
    assert caught.value.__notes__ == ["while subject s04 was held out (8 clips)"]


def _warned(*arguments, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        evaluate(*arguments, **options)
    return [str(w.message) for w in caught if w.category is ResultWarning]


def test_a_result_of_one_class_alone_is_warned_of_once():
    X, y, groups = make_rows()
    y = np.where(np.arange(48) % 5 > 2, y, "joy")
    search = PolySVCSearch(kernel="linear", C=(1, 10), scale=False)
    [said] = _warned(search, 1e-3 * X, y, groups)
    assert said.startswith("every clip was predicted as 'joy', as by one who has seen")
    search.set_params(scale=True)
    assert not _warned(search, 1e-3 * X, y, groups)
    assert not _warned(DummyClassifier(), X, y, groups)


def test_the_end_of_a_grid_is_warned_of_once():
    X, y, groups = make_rows()
    small = PolySVCSearch(kernel="rbf", gamma=(1e-6, 1e-5, 1e-2), C=(10,))
    [said] = _warned(small, X, y, groups)
    text = r"gamma=0\.01, the largest of its grid, was chosen in \d of 6 folds, and no "
    assert re.match(text + "other value did as well: try larger values of gamma.", said)
    wide = PolySVCSearch(kernel="rbf", gamma=(1e-4, 0.1, 1e4), C=(10,))
    assert not _warned(wide, X, y, groups)
    few = PolySVCSearch(kernel="rbf", gamma=(1e-5, 1e-2), C=(10,))
    assert not _warned(few, X, y, groups)
    theirs = GridSearchCV(SVC(C=10), {"gamma": [1e-6, 1e-5, 1e-2]}, cv=SubjectKFold())
    [said] = _warned(theirs, X, y, groups)
    assert said.startswith("gamma=0.01, the largest")
