import json
import os
import pickle
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rows import make_rows
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
)
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    LeaveOneGroupOut,
    PredefinedSplit,
    RepeatedKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from mefeat import Clip, ClipPipeline
from mefeat.base import Descriptor, Stage
from mefeat.evaluation import (
    PROTOCOLS,
    Evaluation,
    PolySVCSearch,
    class_scores,
    confusion,
    evaluate,
    largest_class_baseline,
    make_folds,
    scores,
)

# Clips of the largest class, of all, number of classes; published accuracy, macro-F1.
PUBLISHED_BASELINES = {
    "SMIC": (70, 164, 3, 0.4268, 0.1994),
    "CASME": (69, 189, 8, 0.3651, 0.0669),
    "CASME II": (99, 247, 5, 0.4008, 0.1145),
    "SAMM": (57, 159, 8, 0.3585, 0.0660),
}
NESTED = PolySVCSearch(degree=(2,), coef0=(0, 1), gamma=(0.1,), C=(1, 10))


class Counting(TransformerMixin, BaseEstimator):
    """Stateless or not; counts its transforms in a list that clones share."""

    calls = []

    def __init__(self, requires_fit=False):
        self.requires_fit = requires_fit

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = self.requires_fit
        return tags

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        self.calls.append(len(X))
        return X


class Recorder(ClassifierMixin, BaseEstimator):
    """Predicts the first class and keeps what groups it was given."""

    seen = []

    def fit(self, X, y, groups=None):
        self.classes_ = np.unique(y)
        self.seen.append(groups)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


class Failing(DummyClassifier):
    def predict(self, X):
        if np.any(np.asarray(X) == 13):
            raise RuntimeError("bad row")
        return super().predict(X)


class Brighten(Stage):
    def apply(self, clip):
        return clip.replace(frames=clip.frames.astype(np.float32) + 1)


class MeanLight(Descriptor):
    def describe(self, clip):
        return np.array([clip.frames.mean(), float(len(clip.frames))])

    def feature_names(self):
        return ["mean", "n_frames"]


# metrics


def test_scores_of_a_hand_computed_matrix():
    counts = [[5, 1, 0], [2, 3, 0], [1, 0, 0]]
    found = scores(counts)
    assert found["accuracy"] == pytest.approx(8 / 12)
    assert found["macro_f1"] == pytest.approx((10 / 14 + 6 / 9 + 0) / 3)
    assert found["uar"] == pytest.approx((5 / 6 + 3 / 5 + 0) / 3)
    assert found["weighted_f1"] == pytest.approx((6 * 10 / 14 + 5 * 6 / 9) / 12)
    table = class_scores(counts)
    np.testing.assert_allclose(table["precision"], [5 / 8, 3 / 4, np.nan])
    np.testing.assert_allclose(table["recall"], [5 / 6, 3 / 5, 0])
    np.testing.assert_allclose(table["f1"], [10 / 14, 6 / 9, 0])


def test_a_class_without_clips_lowers_f1_but_not_uar():
    assert scores([[2, 0], [0, 0]]) == {
        "accuracy": 1.0,
        "macro_f1": 0.5,
        "uar": 1.0,
        "weighted_f1": 1.0,
    }
    assert np.isnan(class_scores([[2, 0], [0, 0]])["recall"][1])


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.integers(4, size=(2, 50))
    counts = confusion(y_true, y_pred)
    np.testing.assert_array_equal(counts, confusion_matrix(y_true, y_pred))
    found, table = scores(counts), class_scores(counts)
    assert found["accuracy"] == accuracy_score(y_true, y_pred)
    assert found["macro_f1"] == f1_score(y_true, y_pred, average="macro")
    assert found["weighted_f1"] == f1_score(y_true, y_pred, average="weighted")
    assert found["uar"] == balanced_accuracy_score(y_true, y_pred)
    expected = precision_score(y_true, y_pred, average=None)
    np.testing.assert_array_equal(table["precision"], expected)
    expected = recall_score(y_true, y_pred, average=None)
    np.testing.assert_array_equal(table["recall"], expected)


def test_confusion_keeps_the_order_of_labels_and_names_strangers():
    counts = confusion(["b", "a"], ["a", "a"], labels=["c", "b", "a"])
    np.testing.assert_array_equal(counts, [[0, 0, 0], [0, 0, 1], [0, 0, 1]])
    with pytest.raises(ValueError, match="y_pred holds .*z.*, which is not among"):
        confusion(["a"], ["z"], labels=["a"])
    with pytest.raises(ValueError, match="equally long"):
        confusion(["a", "b"], ["a"])


@pytest.mark.parametrize(
    ("counts", "message"),
    [([[1, 2]], "square"), ([[1, -1], [0, 1]], "negative"), ([[0]], "empty")],
)
def test_what_is_no_confusion_matrix_is_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        scores(counts)


@pytest.mark.parametrize("dataset", PUBLISHED_BASELINES)
def test_published_baselines_follow_from_the_class_counts(dataset):
    largest, total, n_classes, accuracy, f1 = PUBLISHED_BASELINES[dataset]
    rest = np.full(n_classes - 1, (total - largest) // (n_classes - 1))
    rest[: total - largest - rest.sum()] += 1
    assert rest.max() < largest and rest.sum() + largest == total
    baseline = largest_class_baseline([*rest, largest])
    assert f"{baseline['accuracy']:.4f}" == f"{accuracy:.4f}"
    assert f"{baseline['macro_f1']:.4f}" == f"{f1:.4f}"
    assert baseline["accuracy"] == pytest.approx(largest / total, abs=1e-12)
    exact = 2 * largest / (total + largest) / n_classes
    assert baseline["macro_f1"] == pytest.approx(exact, abs=1e-12)
    assert baseline["uar"] == pytest.approx(1 / n_classes)


def test_baseline_of_labels_equals_the_dummy_judged_by_kfold():
    _, y, groups = make_rows()
    dummy = DummyClassifier(strategy="most_frequent")
    result = evaluate(dummy, np.zeros((len(y), 1)), y, groups, protocol="kfold")
    assert largest_class_baseline(Counter(y)) == pytest.approx(
        {name: result.scores[name] for name in largest_class_baseline(Counter(y))}
    )


def test_baseline_is_that_of_all_clips_not_of_the_training_clips():
    y, groups = np.repeat([0, 1], 4), np.repeat([1, 2], 4)
    dummy = DummyClassifier(strategy="most_frequent")
    learned = evaluate(dummy, np.zeros((8, 1)), y, groups)
    assert learned.accuracy == 0
    assert largest_class_baseline(Counter(y.tolist()))["accuracy"] == 0.5


# protocols


def test_loso_names_the_subject_and_keeps_subjects_apart():
    _, y, groups = make_rows()
    folds = make_folds("loso", y, groups)
    assert [fold.name for fold in folds] == [f"subject s{i:02d}" for i in range(6)]
    for fold in folds:
        assert not set(groups[fold.train]) & set(groups[fold.test])
        assert len(fold.train) + len(fold.test) == len(y)


def test_lovo_holds_out_single_clips():
    _, y, groups = make_rows()
    folds = make_folds("lovo", y, groups)
    assert [fold.test.tolist() for fold in folds] == [[i] for i in range(len(y))]
    assert folds[7].name == "clip 7 of subject s01"


def test_kfold_is_stratified_and_seeded():
    y, groups = np.repeat([0, 1], [30, 10]), np.arange(40) % 8
    folds = make_folds("kfold", y, groups, n_splits=5, random_state=3)
    assert [np.bincount(y[fold.test]).tolist() for fold in folds] == [[6, 2]] * 5
    again = make_folds("kfold", y, groups, n_splits=5, random_state=3)
    other = make_folds("kfold", y, groups, n_splits=5, random_state=4)
    same = [np.array_equal(a.test, b.test) for a, b in zip(folds, again, strict=True)]
    assert all(same)
    assert any(
        not np.array_equal(a.test, b.test) for a, b in zip(folds, other, strict=True)
    )


def test_group_kfold_keeps_subjects_together():
    _, y, groups = make_rows()
    folds = make_folds("group_kfold", y, groups, n_splits=3)
    assert len(folds) == 3 and folds[0].name.startswith("fold 0 (subjects s0")
    for fold in folds:
        assert not set(groups[fold.train]) & set(groups[fold.test])


def test_every_protocol_holds_out_every_clip_once():
    _, y, groups = make_rows()
    for protocol in [*PROTOCOLS, GroupKFold(2), [([0, 1], [2]), ([2], [0, 1])]]:
        tested = np.concatenate([f.test for f in make_folds(protocol, y, groups)])
        assert len(set(tested)) == len(tested)
        if not isinstance(protocol, list):
            assert sorted(tested) == list(range(len(y)))


@pytest.mark.parametrize(
    ("protocol", "error", "message"),
    [
        ("loco", ValueError, "must be one of .*loso.* got 'loco'"),
        (5, TypeError, "or a splitter, got int"),
        (GroupKFold, TypeError, "or a splitter, got the class GroupKFold"),
        ([], ValueError, "the protocol has no folds"),
        (
            RepeatedKFold(n_splits=2, random_state=0),
            ValueError,
            r"holds out clip \d+ twice",
        ),
        ([([0, 1], [1, 2])], ValueError, "fold 0 trains on clips that it holds out"),
        ([([], [1, 2])], ValueError, "fold 0 has an empty part"),
    ],
)
def test_what_is_no_protocol_is_refused(protocol, error, message):
    with pytest.raises(error, match=message):
        make_folds(protocol, *make_rows()[1:])


# evaluate


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


def test_the_stateless_prefix_runs_once_and_the_rest_in_every_fold():
    X, y, groups = make_rows()
    Counting.calls.clear()
    model = make_pipeline(Counting(), FunctionTransformer(), KNeighborsClassifier())
    result = evaluate(model, X, y, groups)
    assert Counting.calls == [48]
    Counting.calls.clear()
    model = make_pipeline(StandardScaler(), Counting(), KNeighborsClassifier())
    learned = evaluate(model, X, y, groups)
    assert Counting.calls == [40, 8] * 6
    Counting.calls.clear()
    evaluate(make_pipeline(Counting(True), KNeighborsClassifier()), X, y, groups)
    assert Counting.calls == [40, 8] * 6
    expected = cross_val_predict(
        KNeighborsClassifier(), X, y, groups=groups, cv=LeaveOneGroupOut()
    )
    np.testing.assert_array_equal(result.predictions["predicted"], expected)
    assert not hasattr(model[0], "mean_") and len(learned.predictions) == 48


@pytest.mark.parametrize("wrap", [False, True])
def test_the_last_step_is_given_the_training_subjects(wrap):
    X, y, groups = make_rows()
    Recorder.seen.clear()
    model = make_pipeline(StandardScaler(), Recorder()) if wrap else Recorder()
    evaluate(make_pipeline(FunctionTransformer(), model), X, y, groups)
    for i, seen in enumerate(Recorder.seen):
        np.testing.assert_array_equal(seen, groups[groups != f"s{i:02d}"])
    assert len(Recorder.seen) == 6


def test_nested_search_equals_the_search_by_hand():
    X, y, groups = make_rows()
    result = evaluate(make_pipeline(StandardScaler(), NESTED), X, y, groups)
    grid = {"degree": (2,), "coef0": (0, 1), "gamma": (0.1,), "C": (1, 10)}
    theirs = GridSearchCV(
        SVC(kernel="poly"), grid, cv=GroupKFold(5), scoring="f1_macro"
    )
    by_sklearn = evaluate(make_pipeline(StandardScaler(), theirs), X, y, groups)
    ours = NESTED.get_params() | {"aggregate": "mean"}
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


def test_clips_of_every_kind_of_prefix():
    rng = np.random.default_rng(0)
    y, groups = np.tile(["dark", "light"], 6), np.repeat([1, 2, 3], 4)
    clips = [
        Clip(frames=rng.integers(0, 50, (4, 6, 6), np.uint8) + np.uint8(100 * (i % 2)))
        for i in range(12)
    ]
    features = [
        make_pipeline(Brighten(), MeanLight(), KNeighborsClassifier(1)),
        make_pipeline(ClipPipeline([Brighten(), MeanLight()]), KNeighborsClassifier(1)),
    ]
    for model in features:
        result = evaluate(model, clips, y, groups, n_jobs=2)
        assert result.accuracy == 1
        assert result.settings["n_subjects"] == 3


def test_data_frames_keep_their_names():
    X, y, groups = make_rows()
    frame = pd.DataFrame(X, columns=list("abcde"), index=np.arange(100, 148))
    scaler = StandardScaler().set_output(transform="pandas")
    model = make_pipeline(scaler, KNeighborsClassifier())
    named = evaluate(model, frame, pd.Series(y), pd.Series(groups))
    bare = evaluate(model, X, y, groups)
    pd.testing.assert_frame_equal(named.predictions, bare.predictions)


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
    assert capsys.readouterr().err == ""  # not a terminal
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


# result


@pytest.fixture
def result():
    X, y, groups = make_rows()
    model = make_pipeline(StandardScaler(), NESTED)
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
    assert saved["settings"]["versions"]["numpy"] == np.__version__
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
