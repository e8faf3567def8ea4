"""Detectors of action units by any descriptor, and their probabilities."""

from itertools import combinations

import joblib
import numpy as np
import pandas as pd
import pytest
from coded_clips import coded_clips, features
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from mefeat.facs import (
    ActionUnitDetector,
    ActionUnitEmotion,
    CooccurrenceTable,
    parse_action_units,
    unit_matrix,
)
from mefeat.facs._detection import fit_sigmoid, held_out_decisions


def test_units_of_clips_are_detected():
    clips = coded_clips()
    detector = ActionUnitDetector(features(), LogisticRegression(C=100.0))
    detector.fit(clips.clips[:16], clips.units[:16])
    others = clips.clips[16:]  # of subjects that it has not seen
    found, truth = detector.predict(others), clips.units[16:]
    for unit in 12, 15:
        column = detector.units_.tolist().index(unit)
        assert found[:, column].tolist() == [unit in units for units in truth]
    decisions = detector.decision_function(others)
    assert decisions.shape == (8, len(detector.units_))
    assert ((decisions > 0) == found).all()


def test_detector_of_a_matrix_and_of_sets_agree():
    X = np.random.default_rng(0).normal(size=(20, 3))
    sets = [{4} if x[0] > 0 else {12} for x in X]
    one = ActionUnitDetector().fit(X, sets)
    other = ActionUnitDetector(units=[4, 12])
    with joblib.parallel_config("threading", n_jobs=2):
        other.fit(X, unit_matrix(sets, [4, 12]))
    assert one.units_.tolist() == other.units_.tolist() == [4, 12]
    assert (one.decision_function(X) == other.decision_function(X)).all()


def test_units_as_a_column_of_the_table_of_a_dataset():
    X = np.random.default_rng(0).normal(size=(8, 3))
    cells = [parse_action_units("4+7" if x[0] > 0 else "12") for x in X]
    column = pd.Series(cells)
    detectors = [ActionUnitDetector(units=[4, 12]).fit(X, y) for y in (cells, column)]
    one, other = (detector.decision_function(X) for detector in detectors)
    np.testing.assert_array_equal(one, other)
    chain = ActionUnitEmotion(detectors[0], CooccurrenceTable())
    chain.fit(X, np.where(X[:, 0] > 0, "sad", "happy"), units=column)
    assert chain.mapping_.classes_.tolist() == ["happy", "sad"]


def test_units_that_all_or_none_show_are_told_as_they_are():
    detector = ActionUnitDetector(units=[1, 2]).fit([[0.0], [1.0]], [{1}, {1}])
    assert detector.classifiers_ == [True, False]
    assert detector.predict([[5.0]]).tolist() == [[True, False]]
    assert detector.decision_function([[5.0]]).tolist() == [[1.0, -1.0]]


def judged(seed, n_subjects=12):
    """Draw rows that tell unit 4, tell nothing of 12, and lack 1; with subjects."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(10 * n_subjects, 2))
    shown = np.stack([X[:, 0] + rng.normal(0, 1, len(X)) > 0, rng.random(len(X)) < 0.3])
    return X, np.c_[shown.T, np.zeros(len(X), bool)], np.arange(len(X)) % n_subjects


def test_probabilities_are_as_often_right_as_they_say():
    X, shown, subjects = judged(0)
    detector = ActionUnitDetector(units=[4, 12, 1], probability=True)
    detector = detector.fit(X, shown, groups=subjects)
    new_X, new_shown, _ = judged(1, n_subjects=200)
    found = detector.predict_proba(new_X)
    assert found.shape == (2000, 3) and (found[:, 2] == 0).all()
    for low, high in (0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1):
        part = (found[:, 0] >= low) & (found[:, 0] < high)
        assert low - 0.1 < new_shown[part, 0].mean() < high + 0.1
    # Of a unit that rows tell nothing of, its share of the clips is left.
    assert abs(found[:, 1] - 0.3).max() < 0.15
    np.testing.assert_array_equal(detector.predict(new_X), found >= 0.5)
    learned, guessed, none = detector.average_precision_
    assert learned > 0.7 and 0.2 < guessed < 0.5 and np.isnan(none)
    assert not hasattr(ActionUnitDetector(), "predict_proba")


def test_average_precision_is_that_of_clips_of_subjects_held_out():
    """Rows name the subject, who alone decides: what was learned of others is wrong."""
    subjects = np.repeat(np.arange(6), 4)
    X, shown = np.eye(6)[subjects], (subjects % 2 == 0)[:, None]
    classifier = LogisticRegression(C=1e4)
    detector = ActionUnitDetector(None, classifier, units=[9], probability=True)
    detector.fit(X, shown, groups=subjects)
    assert detector.average_precision_[0] < 0.6
    detector.fit(X, shown)
    assert detector.average_precision_[0] == 1


def test_subjects_reach_a_classifier_that_asks_for_them():
    seen = []

    class Asks(LogisticRegression):
        def fit(self, X, y, groups=None):
            seen.append((len(X), None if groups is None else set(groups.tolist())))
            return super().fit(X, y)

    X, shown, subjects = judged(0, n_subjects=3)
    detector = ActionUnitDetector(classifier=Asks(), units=[4], probability=True)
    detector.fit(X, shown[:, :1], groups=subjects)
    assert seen[0] == (30, {0, 1, 2})
    assert sorted(map(sorted, (names for _, names in seen[1:]))) == [
        *([0, 1], [0, 2], [1, 2]),
    ]
    seen.clear()
    chain = ActionUnitEmotion(detector, "facs")
    chain.fit(X, units=shown[:, :1], groups=subjects)
    assert seen[0] == (30, {0, 1, 2})
    ActionUnitEmotion(detector, "facs").fit(X, units=shown[:, :1])
    assert seen[4][1] is None


def test_a_probability_needs_two_subjects_on_either_side():
    detector = ActionUnitDetector(units=[4, 9], probability=True)
    shown = np.array([[1, 0], [0, 0], [1, 0], [0, 1]], bool)
    with pytest.raises(ValueError, match=r"which is not so for the units \[9\]"):
        detector.fit(np.eye(4), shown, groups=["a", "a", "b", "b"])
    with pytest.raises(ValueError, match="groups must have a row for each of the 4"):
        detector.fit(np.eye(4), shown, groups=["a"])
    for bad in {"probability": "yes"}, {"units": 12}:
        with pytest.raises(ValueError, match=f"The '{next(iter(bad))}' parameter"):
            ActionUnitDetector(**{"units": [4, 9]} | bad).fit(np.eye(4), shown)


def test_clips_of_those_who_show_a_unit_are_in_different_folds():
    """Two of six show the unit: one is held out at a time, whoever they are."""
    X, subjects = np.eye(12), np.repeat(np.arange(6), 2)
    for pair in combinations(range(6), 2):
        shown = np.isin(subjects, pair)
        held = held_out_decisions(LogisticRegression(), X, shown, subjects)
        assert np.isfinite(held).all()


def test_sigmoid_of_values_that_part_the_clips_or_mislead():
    values, shown = np.array([-1.0, -1.0, 1.0, 1.0, np.nan]), np.arange(5) >= 2
    slope, offset = fit_sigmoid(values, shown)
    assert expit(slope + offset) == pytest.approx(3 / 4, abs=1e-4)
    assert expit(-slope + offset) == pytest.approx(1 / 4, abs=1e-4)
    slope, offset = fit_sigmoid(-values, shown)
    assert slope == 0 and expit(offset) == pytest.approx(1 / 2)
    # Values a thousand times as large mean the same.
    large = fit_sigmoid(1000 * values, shown)[0]
    assert 1000 * large == pytest.approx(fit_sigmoid(values, shown)[0], rel=1e-3)


@pytest.mark.parametrize(
    ("y", "units", "message"),
    [
        (np.eye(2), None, "y is a matrix, so units must name"),
        (np.eye(2), [1], "y is a matrix, so units must name"),
        ([set(), set()], None, "no action units to be found"),
        ([{1}], None, "y must have a row for each of the 2 clips, got 1"),
    ],
)
def test_units_that_do_not_fit_the_clips(y, units, message):
    with pytest.raises(ValueError, match=message):
        ActionUnitDetector(units=units).fit([[0.0], [1.0]], y)
