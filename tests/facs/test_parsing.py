"""Action units out of the cells of coding sheets."""

import random

import pytest

from mefeat.facs import ActionUnit, parse_action_units

CELLS = {
    "4": [(4, None, None)],
    "4+7": [(4, None, None), (7, None, None)],
    "L10": [(10, "L", None)],
    "R12": [(12, "R", None)],
    "A2": [(2, "A", None)],
    "T18": [(18, "T", None)],
    "15A+17": [(15, None, "A"), (17, None, None)],
    "4A/B": [(4, None, "A/B")],
    "A/L12": [(12, "A/L", None)],
    "L12 + 61": [(12, "L", None), (61, None, None)],
    "12+15 ": [(12, None, None), (15, None, None)],
    "AU4": [(4, None, None)],
    "r14b": [(14, "R", "B")],
    "(7)": [(7, None, None)],
    "6,12": [(6, None, None), (12, None, None)],
}
NOTED = {
    "ref(7B)+43": ([(7, None, "B"), (43, None, None)], ["ref"]),
    "(R6 or R12)+R15": (
        [(6, "R", None), (12, "R", None), (15, "R", None)],
        ["either R6 or R12"],
    ),
    "L12 or L14": ([(12, "L", None), (14, "L", None)], ["either L12 or L14"]),
    "R14+17+soft focus": ([(14, "R", None), (17, None, None)], ["soft focus"]),
    "AU4(k)+L7": ([(4, None, None), (7, "L", None)], ["k"]),
    "?": ([], ["?"]),
    "4+?": ([(4, None, None)], ["?"]),
    "123": ([], ["123"]),
    "0": ([], ["0"]),
    "AU0.0": ([], ["AU0.0"]),
    "20+00": ([(20, None, None)], ["00"]),
    "(4": ([], ["(4"]),
    "4 or blink": ([], ["4 or blink"]),
}


@pytest.mark.parametrize("cell", CELLS)
def test_cells_of_the_databases(cell):
    found = parse_action_units(cell)
    assert [tuple(unit) for unit in found.units] == CELLS[cell]
    assert found.notes == ()
    assert found.text == cell


@pytest.mark.parametrize("cell", NOTED)
def test_what_is_not_a_unit_is_a_note(cell):
    units, notes = NOTED[cell]
    found = parse_action_units(cell)
    assert [tuple(unit) for unit in found.units] == units
    assert list(found.notes) == notes


@pytest.mark.parametrize("cell", ["", "  ", "NULL", "null", "/", None])
def test_empty_cells(cell):
    found = parse_action_units(cell)
    assert found.units == () and found.notes == ()


@pytest.mark.parametrize(
    ("cell", "coded"),
    [("", 0), ("NULL", 0), ("?", 0), ("0", 1), ("none", 1), ("4+7", 1), ("blink", 1)],
)
def test_cells_that_nobody_coded(cell, coded):
    assert parse_action_units(cell).coded == coded


def test_numbers_are_cells_too():
    assert parse_action_units(12).units == (ActionUnit(12),)
    assert parse_action_units(12.0).units == (ActionUnit(12),)
    assert parse_action_units(12.5).units == ()
    assert parse_action_units("12+4+L12").numbers == [4, 12]


def test_nothing_is_lost():
    """Every number of one or two digits is a unit or in a note, whatever is around."""
    chance = random.Random(0)
    alphabet = "0123456789+ LRAor()/,?=\t\x00é"
    for _ in range(500):
        cell = "".join(chance.choices(alphabet, k=chance.randrange(20)))
        found = parse_action_units(cell)
        assert found.text == cell
        told = sum(len(str(unit.number)) for unit in found.units)
        told += sum(c.isdigit() for note in found.notes for c in note)
        zeros = cell.count("0")
        if cell.strip() not in ("", "/"):
            assert told >= sum(c.isdigit() for c in cell) - zeros


def test_long_cells_end():
    found = parse_action_units("(" * 100_000 + "4+" * 100_000)
    assert found.notes[0] == "cut off after 500 characters"
