"""Action units to emotions by printed tables, and units as sets and vectors."""

import pytest

from mefeat.facs import (
    COMPOUND_EMOTIONS,
    DETECTED_UNITS,
    OBJECTIVE_CLASSES,
    UNIT_AREAS,
    UNIT_NAMES,
    compound_emotion,
    facs_emotion,
    facs_emotions,
    objective_class,
    parse_action_units,
    unit_intensities,
    unit_matrix,
)
from mefeat.facs._emotions import equal_rows
from mefeat.facs._units import unit_sets, unit_targets


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


def test_units_must_be_a_collection_of_numbers_from_1_on():
    for bad in None, 12:
        with pytest.raises(TypeError, match=f"collection of action units, got {bad}"):
            facs_emotions(bad)
    with pytest.raises(ValueError, match="a matrix of units must be an array"):
        unit_targets([[0, 1], [1, 0]], [4, 12])


def test_intensities_are_letters():
    with pytest.raises(ValueError, match="intensity of unit 5 must be A, B"):
        facs_emotions({5: "F"})


def test_matrix_and_sets_are_each_others_reverse():
    sets, numbers = [{1, 4}, set(), {12}], (1, 4, 12)
    assert unit_sets(unit_matrix(sets, numbers), numbers) == sets
    with pytest.raises(ValueError, match="one column for each of 3 units"):
        unit_sets([[1, 0]], numbers)


def test_every_detected_unit_has_a_name_and_a_place():
    assert len(DETECTED_UNITS) == 27
    assert UNIT_NAMES.keys() == UNIT_AREAS.keys() >= set(DETECTED_UNITS)
    assert {a for areas in UNIT_AREAS.values() for a in areas} == set(range(1, 37))
