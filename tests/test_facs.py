"""Action units to emotions: printed tables, a learned one, and the whole chain."""

from itertools import combinations

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.utils.estimator_checks import parametrize_with_checks

from mefeat import ClipPipeline, Read
from mefeat.datasets import make_clips
from mefeat.evaluation import evaluate
from mefeat.facs import (
    COMPOUND_EMOTIONS,
    DETECTED_UNITS,
    OBJECTIVE_CLASSES,
    UNIT_AREAS,
    UNIT_NAMES,
    ActionUnitDetector,
    ActionUnitEmotion,
    CooccurrenceTable,
    compound_emotion,
    equal_rows,
    facs_emotion,
    facs_emotions,
    objective_class,
    parse_action_units,
    unit_intensities,
    unit_matrix,
    unit_sets,
)
from mefeat.facs.calibration import fit_sigmoid, held_out_decisions
from mefeat.flow import OpticalFlow
from mefeat.motion import HOOF

PLANTED = {
    "happy": (6, 12),
    "sad": (1, 4, 15),
    "fear": (1, 2, 4),
    "surprise": (1, 2, 5),
    "disgust": (9, 10),
}
NUMBERS = (1, 2, 4, 5, 6, 9, 10, 12, 15, 17)


@parametrize_with_checks([CooccurrenceTable()])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("units", "emotions"),
    [
        ([23, 24], ["angry"]),
        ([23], []),
        ([9], ["disgust"]),
        ([10], ["disgust"]),
        ([1, 2, 4], ["fear", "surprise"]),
        ({1: None, 2: None, 5: "E"}, ["fear"]),
        ({1: None, 2: None, 5: "C"}, []),
        ({1: None, 2: None, 5: "B"}, ["surprise"]),
        ([1, 2, 5], ["surprise"]),
        ([12], ["happy"]),
        ([1, 4, 15], ["sad"]),
        ([1, 4], []),
        ([11], ["sad"]),
        ([6, 15], ["sad"]),
        ([1, 2], ["surprise"]),
        ({5: "A"}, ["surprise"]),
        ({5: "C"}, []),
        ([14], ["contempt"]),
        ([], []),
    ],
)
def test_each_criterion_of_facs(units, emotions):
    assert facs_emotions(units) == emotions


def test_a_single_answer_is_the_one_with_most_units():
    assert facs_emotion([1, 2, 4]) == "fear"
    assert facs_emotion([9, 12]) == "disgust"  # a tie: the order of the table
    assert facs_emotion([6, 15, 12]) == "sad"
    assert facs_emotion([43]) is None


def test_criteria_without_intensities():
    assert facs_emotions([1, 2, 5], any_intensity=True) == ["fear", "surprise"]
    assert facs_emotions({5: "E"}, any_intensity=True) == ["surprise"]


def test_a_whole_row_of_compound_emotions_names_itself():
    assert len(COMPOUND_EMOTIONS) == 23
    for name, units in COMPOUND_EMOTIONS.items():
        assert compound_emotion(units) == name


def test_compound_emotions_of_a_detector_that_lacks_units():
    lost = [n for n, units in COMPOUND_EMOTIONS.items() if units - set(DETECTED_UNITS)]
    assert len(lost) == 14
    assert compound_emotion([12]) is None
    assert compound_emotion([12], known=DETECTED_UNITS) == "happy"
    pair = ("happily surprised", "happily fearful")
    assert equal_rows(DETECTED_UNITS) == [pair]
    assert equal_rows(set().union(*COMPOUND_EMOTIONS.values())) == []
    reachable = {
        compound_emotion(units & set(DETECTED_UNITS), known=DETECTED_UNITS)
        for units in COMPOUND_EMOTIONS.values()
    }
    assert reachable == COMPOUND_EMOTIONS.keys() - {pair[1]}


def test_objective_classes_are_disjoint_and_exact():
    sets = [frozenset(s) for rows in OBJECTIVE_CLASSES.values() for s in rows]
    assert len(set(sets)) == len(sets)
    for name, rows in OBJECTIVE_CLASSES.items():
        assert [objective_class(row) for row in rows] == [name] * len(rows)
    assert objective_class([1, 2, 4, 12]) == "VII"
    assert objective_class([]) == "VII"


def test_units_on_both_sides_count_by_the_stronger():
    assert unit_intensities(parse_action_units("L5B+R5D+5+1A/B")) == {5: "D", 1: "B"}


def test_cells_of_coding_sheets_are_units():
    assert facs_emotion(parse_action_units("1+2+5E")) == "fear"
    assert objective_class(parse_action_units("4A/B+L7")) == "III"


@pytest.mark.parametrize("bad", [["12"], [True], [1.0]])
def test_a_unit_must_be_a_number(bad):
    with pytest.raises(TypeError, match="must be a number"):
        facs_emotions(bad)


def test_intensities_are_letters():
    with pytest.raises(ValueError, match="intensity of unit 5 must be A, B"):
        facs_emotions({5: "F"})


def test_matrix_and_sets_are_each_others_reverse():
    sets = [{1, 4}, set(), {12}]
    assert unit_sets(unit_matrix(sets, NUMBERS), NUMBERS) == sets
    with pytest.raises(ValueError, match="one column for each of 10 units"):
        unit_sets([[1, 0]], NUMBERS)


def test_every_detected_unit_has_a_name_and_a_place():
    assert len(DETECTED_UNITS) == 27
    assert UNIT_NAMES.keys() == UNIT_AREAS.keys() >= set(DETECTED_UNITS)
    assert {a for areas in UNIT_AREAS.values() for a in areas} == set(range(1, 37))


def planted(n_per_class, missing=0.1, extra=0.05, seed=0):
    """Draw units of clips whose emotions stand for sets of units."""
    rng = np.random.default_rng(seed)
    y = np.repeat(list(PLANTED), n_per_class)
    X = unit_matrix([PLANTED[emotion] for emotion in y], NUMBERS)
    X = np.where(X, rng.random(X.shape) >= missing, rng.random(X.shape) < extra)
    return X, y


def test_the_table_recovers_a_planted_mapping():
    table = CooccurrenceTable().fit(*planted(40))
    for emotion, rows in table.table(NUMBERS).items():
        # Clear of doubt: all three of a set of three appear in .9 ** 3 of the clips.
        assert PLANTED[emotion] in [units for units, _ in rows]
    X, y = planted(40, seed=1)
    assert (table.predict(X) == y).mean() > 0.85
    assert table.frequency_.shape == (5, len(table.sets_))


def test_without_noise_the_largest_sets_are_the_mapping():
    table = CooccurrenceTable().fit(*planted(3, missing=0, extra=0))
    found = {emotion: rows[0] for emotion, rows in table.table(NUMBERS).items()}
    assert found == {e: (tuple(sorted(u)), 1.0) for e, u in PLANTED.items()}


def test_size_of_classes_does_not_speak_for_them():
    X = [[1, 1]] * 2 + [[1, 0]] * 20
    table = CooccurrenceTable(threshold=0.5).fit(X, ["rare"] * 2 + ["common"] * 20)
    assert table.predict([[1, 1], [1, 0], [0, 0]]).tolist() == [
        *("rare", "common", "common"),
    ]


def test_personalized_thresholds_fit_one_person():
    """All show 12 in joy and often 6; one person shows 6 whatever they feel."""
    X = [[1, 1]] * 6 + [[0, 1]] * 4 + [[0, 0]] * 11
    table = CooccurrenceTable().fit(X, ["joy"] * 10 + ["none"] * 11)
    own_X, own_y = [[1, 1], [1, 1], [1, 0], [1, 0]], ["joy", "joy", "none", "none"]
    person = table.personalize(own_X, own_y)
    assert table.predict(own_X).tolist() == ["joy"] * 4
    assert person.predict(own_X).tolist() == own_y
    assert (person.frequency_ == table.frequency_).all()
    with pytest.raises(ValueError, match=r"among \['joy', 'none'\], got 'awe'"):
        table.personalize(own_X, ["joy", "joy", "none", "awe"])


def test_sets_that_are_too_rare_leave_the_largest_class():
    table = CooccurrenceTable(min_clips=5).fit([[1], [0], [0]], ["a", "b", "b"])
    assert table.sets_ == []
    assert table.predict([[1], [0]]).tolist() == ["b", "b"]


def test_names_of_units_must_be_as_many_as_columns():
    table = CooccurrenceTable().fit(*planted(3))
    with pytest.raises(ValueError, match="must name 10 units, got 2"):
        table.table([1, 2])


@pytest.fixture(scope="module")
def clips():
    classes = ["happiness", "sadness"]
    still = {"head_motion": 0, "blinks": False}
    bunch = make_clips(6, 2, classes, size=(96, 80), fps=60, amplitude=3.5, **still)
    cells = [cell.split("+") for cell in bunch.frame["action_units"]]
    bunch.units = [{int(unit.strip("LR")) for unit in cell} for cell in cells]
    return bunch


def features():
    return ClipPipeline([Read(), OpticalFlow("dis", to="apex"), HOOF(grid=(5, 4))])


def test_units_of_clips_are_detected(clips):
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
    with pytest.raises(ValueError, match="subject of each of 4 clips, got 1"):
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
        ([{1}], None, "units of each of 2 clips, got 1"),
    ],
)
def test_units_that_do_not_fit_the_clips(y, units, message):
    with pytest.raises(ValueError, match=message):
        ActionUnitDetector(units=units).fit([[0.0], [1.0]], y)


def test_from_clip_to_emotion(clips):
    model = ActionUnitEmotion(
        ActionUnitDetector(features(), LogisticRegression(C=100.0)),
        CooccurrenceTable(),
    )
    names = clips.target_names[clips.target]
    model = clone(model).fit(clips.clips[:16], names[:16], units=clips.units[:16])
    assert model.predict(clips.clips[16:]).tolist() == names[16:].tolist()
    assert model.classes_.tolist() == ["happiness", "sadness"]


@pytest.mark.parametrize(
    ("mapping", "emotions"),
    [
        ("facs", ["happy", "sad", "others"]),
        ("compound", ["happy", "sadly fearful", "others"]),
        ("objective", ["I", "VII", "VII"]),
    ],
)
def test_printed_tables_need_no_emotions(mapping, emotions):
    X, units = np.eye(3), [{12}, {1, 4, 15}, set()]
    detector = ActionUnitDetector(classifier=LogisticRegression(C=1e4))
    model = ActionUnitEmotion(detector, mapping).fit(X, units=units)
    assert model.predict(X).tolist() == emotions
    assert set(emotions) <= set(model.classes_)


def test_a_frozen_detector_is_judged_without_units(clips):
    rows = features().fit_transform(clips.clips)
    detector = ActionUnitDetector(classifier=LogisticRegression(C=100.0))
    detector.fit(rows[:12], clips.units[:12])
    model = ActionUnitEmotion(FrozenEstimator(detector), CooccurrenceTable())
    y = clips.target_names[clips.target]
    result = evaluate(model, rows[12:], y[12:], clips.groups[12:])
    assert result.accuracy > 0.8


def test_the_whole_chain_is_fitted_in_every_fold():
    """Rows hold units and the subject; units of a fold's training clips reach it."""
    subjects, emotions = np.repeat(np.arange(4), 6), np.tile(["joy", "fear"], 12)
    sets = [{6, 12} if e == "joy" else {1, 2, 4} for e in emotions]
    shown = unit_matrix(sets, NUMBERS)
    seen = []

    class Watched(ActionUnitDetector):
        def fit(self, X, y, groups=None):
            seen.append((set(X[:, -1]), set(groups.tolist()), len(y)))
            return super().fit(X, y, groups)

    detector = Watched(classifier=LogisticRegression(C=100.0), units=NUMBERS)
    found = cross_val_predict(
        ActionUnitEmotion(detector, CooccurrenceTable()),
        np.c_[shown, subjects],
        emotions,
        groups=subjects,
        cv=LeaveOneGroupOut(),
        params={"units": shown, "groups": subjects},
    )
    assert found.tolist() == emotions.tolist()
    others = [set(range(4)) - {subject} for subject in range(4)]
    assert seen == [(names, names, 18) for names in others]


def test_what_the_chain_needs_is_said():
    detector = ActionUnitDetector()
    X, units = [[0.0], [1.0]], [{1}, {2}]
    with pytest.raises(ValueError, match="needs the action units of the clips"):
        ActionUnitEmotion(detector).fit(X, ["a", "b"])
    with pytest.raises(ValueError, match="mapping that learns needs emotions"):
        ActionUnitEmotion(detector, CooccurrenceTable()).fit(X, units=units)
    with pytest.raises(ValueError, match="mapping must be one of"):
        ActionUnitEmotion(detector, "ekman").fit(X, units=units)
