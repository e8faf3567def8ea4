"""Scores of matrices by hand, published baselines, and who is held out."""

from collections import Counter

import numpy as np
import pytest
from rows import make_rows
from sklearn.dummy import DummyClassifier
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
)
from sklearn.model_selection import (
    GroupKFold,
    RepeatedKFold,
)

from mefeat.evaluation import (
    class_scores,
    confusion,
    evaluate,
    largest_class_baseline,
    scores,
)
from mefeat.model_selection import PROTOCOLS, make_folds

# Clips of the largest class, of all, number of classes; published accuracy, macro-F1.
PUBLISHED_BASELINES = {
    "SMIC": (70, 164, 3, 0.4268, 0.1994),
    "CASME": (69, 189, 8, 0.3651, 0.0669),
    "CASME II": (99, 247, 5, 0.4008, 0.1145),
    "SAMM": (57, 159, 8, 0.3585, 0.0660),
}


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


@pytest.mark.parametrize("counts", [[], ["joy", "fear"], [[3, 1]], 5])
def test_what_counts_no_clips_has_no_baseline(counts):
    with pytest.raises(ValueError, match=r"counts must hold .*Counter\(y\) does, got"):
        largest_class_baseline(counts)


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
