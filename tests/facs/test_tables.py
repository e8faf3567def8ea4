"""Tables of action units against a second copy, written as papers print them."""

import numpy as np
import pytest

from mefeat.faces import MEAN_FACE
from mefeat.facs import (
    COMPOUND_EMOTIONS,
    DETECTED_UNITS,
    OBJECTIVE_CLASSES,
    UNIT_AREAS,
    compound_emotion,
    facs_emotions,
    objective_class,
    parse_action_units,
)
from mefeat.motion._mdmo import mdmo_polygons

COMPOUND = """\
happy 12+25; sad 4+15; fearful 1+4+20+25; angry 4+7+24; surprised 1+2+25+26;
disgusted 9+10+17; happily sad 4+6+12+25; happily surprised 1+2+12+25;
happily disgusted 10+12+25; sadly fearful 1+4+15+25; sadly angry 4+7+15;
sadly surprised 1+4+25+26; sadly disgusted 4+10; fearfully angry 4+20+25;
fearfully surprised 1+2+5+20+25; fearfully disgusted 1+4+10+20+25;
angrily surprised 4+25+26; angrily disgusted 4+10+17; disgustedly surprised 1+2+5+10;
happily fearful 1+2+12+25+26; awed 1+2+5+25; appalled 4+9+10; hatred 4+7+10"""
OBJECTIVE = {
    "I": "6, 12, 6+12, 6+7+12, 7+12",
    "II": "1+2, 5, 25, 1+2+25, 25+26, 5+24",
    "III": "23, 4, 4+7, 4+5, 4+5+7, 17+24, 4+6+7, 4+38",
    "IV": "10, 9, 4+9, 4+40, 4+5+40, 4+7+9, 4+9+17, 4+7+10, 4+5+7+9, 7+10",
    "V": "1, 15, 1+4, 6+15, 15+17",
    "VI": "1+2+4, 20",
    "VII": "14, 4+12, 1+2+4+5, 17",
}
DETECTED = "1 2 4 5 6 7 9 10 11 12 13 14 15 16 17 18 19 20 22 23 24 27 28 30 32 38 39"


@pytest.mark.parametrize("row", COMPOUND.replace("\n", " ").split("; "))
def test_compound_emotions_are_as_printed(row):
    name, _, cell = row.rpartition(" ")
    units = parse_action_units(cell).numbers
    assert compound_emotion(units) == name
    # Without one of its units the row no longer holds.
    for unit in units:
        assert compound_emotion(set(units) - {unit}) != name
    assert len(COMPOUND_EMOTIONS) == COMPOUND.count(";") + 1 == 23


@pytest.mark.parametrize("name", OBJECTIVE)
def test_objective_classes_are_as_printed(name):
    cells = OBJECTIVE[name].split(", ")
    assert [objective_class(parse_action_units(cell)) for cell in cells] == (
        [name] * len(cells)
    )
    if name != "VII":
        assert len(OBJECTIVE_CLASSES[name]) == len(cells)


def test_objective_classes_do_not_mind_sides_and_strength():
    assert objective_class(parse_action_units("L6B+R12C")) == "I"
    assert objective_class(parse_action_units("R4+L4+9")) == "IV"


def test_detected_units_are_as_printed():
    assert list(DETECTED_UNITS) == [int(number) for number in DETECTED.split()]


@pytest.mark.parametrize(
    ("emotion", "alternatives"),
    [
        ("angry", ["23+24"]),
        ("disgust", ["9", "10"]),
        ("fear", ["1+2+4", "1+2+5E"]),
        ("happy", ["12"]),
        ("sad", ["1+4+15", "11", "6+15"]),
        ("surprise", ["1+2", "5", "5B"]),
        ("contempt", ["14"]),
    ],
)
def test_a_criterion_holds_with_all_of_its_units_alone(emotion, alternatives):
    for cell in alternatives:
        units = parse_action_units(cell).units
        assert emotion in facs_emotions(units)
        # Units that belong to nothing change nothing.
        assert emotion in facs_emotions([*units, *parse_action_units("43+30").units])
        if len(units) > 1:
            for missing in units:
                kept = [unit for unit in units if unit != missing]
                holds = any(
                    set(parse_action_units(other).units) <= set(kept)
                    for other in alternatives
                )
                assert (emotion in facs_emotions(kept)) == holds


@pytest.mark.parametrize(
    ("unit", "between", "reach"),
    [
        # Landmarks of iBUG 300-W, counted from 0, on the left of the image.
        (1, (21, 27), 0.1),
        (2, (17, 19), 0.1),
        (4, (21, 27), 0.1),
        (5, (37, 38), 0.1),
        (9, (27, 31), 0.15),
        (10, (31, 50), 0.12),
        (12, (48, 48), 0.12),
        (14, (48, 48), 0.12),
        (15, (48, 48), 0.15),
        (17, (57, 8), 0.15),
        (24, (51, 57), 0.12),
    ],
)
def test_units_act_where_their_muscles_are(unit, between, reach):
    """The areas of a unit, of the left half, lie around the landmarks they move."""
    polygons = mdmo_polygons(MEAN_FACE)
    centers = np.array([polygons[area - 1].mean(axis=0) for area in UNIT_AREAS[unit]])
    half = centers[centers[:, 0] <= MEAN_FACE[27, 0] + 0.01]
    assert len(half) and len(half) >= len(centers) / 2
    place = MEAN_FACE[list(between)].mean(axis=0)
    distance = np.hypot(*(half.mean(axis=0) - place))
    assert distance < reach, (half.mean(axis=0), place)


def test_areas_are_on_both_sides_alike():
    polygons = mdmo_polygons(MEAN_FACE)
    for unit, areas in UNIT_AREAS.items():
        centers = np.array([polygons[area - 1].mean(axis=0) for area in areas])
        assert abs(centers[:, 0].mean() - MEAN_FACE[27, 0]) < 0.01, unit
