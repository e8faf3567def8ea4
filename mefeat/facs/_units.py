"""Action units of the Facial Action Coding System: names, places, sets and vectors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

# Longer than any cell that was ever coded; what comes after is not looked at.
MAX_LENGTH = 500

_EMPTY = ("", "null", "none", "nan", "/", "-")
_UNKNOWN = ("", "null", "nan", "/", "?")
_SIDE, _GRADE = "[LRATBU]", "[A-E]"
_UNIT = re.compile(
    rf"(?:AU\s*)?({_SIDE}(?:/{_SIDE})?)?\s*(0?[1-9]|[1-9][0-9])(?:\.0*)?"
    rf"({_GRADE}(?:/{_GRADE})?)?",
    re.IGNORECASE,
)
_WORD_BEFORE = re.compile(r"([a-z]+)\s*\(([^()]*)\)", re.IGNORECASE)
_WORD_BEHIND = re.compile(r"([^()]*)\(([^()]*)\)")
_EITHER = re.compile(r"\s+or\s+", re.IGNORECASE)
# Not within brackets.
_BETWEEN = re.compile(r"[+,;&](?![^()]*\))")


class ActionUnit(NamedTuple):
    """One action unit of a cell.

    Parameters
    ----------
    number : int
        Number of the unit.
    side : str or None
        "L" or "R" for one side of the face, "A" for both but not alike, "T" or "B" for
        the top or bottom lip, "U" for one side that is not named, "A/L" for
        both but more so on the left; None where the cell says nothing.
    intensity : str or None
        "A" (a trace) to "E", "A/B" for between two; None where the cell says nothing.
    """

    number: int
    side: str | None = None
    intensity: str | None = None


class ActionUnits(NamedTuple):
    """The action units of a cell.

    Parameters
    ----------
    units : tuple of ActionUnit
        All units that the cell names, in its order; of alternatives, all.
    text : str
        The cell as it is written.
    notes : tuple of str
        What else it says, and what could not be read.
    """

    units: tuple[ActionUnit, ...]
    text: str
    notes: tuple[str, ...] = ()

    @property
    def numbers(self):
        """Numbers of the units, sorted, each once."""
        return sorted({unit.number for unit in self.units})

    @property
    def coded(self):
        """Whether somebody coded the clip, and be it without any unit."""
        return self.text.strip().lower() not in _UNKNOWN


def parse_action_units(text):
    """Read the cell of a coding sheet that names action units.

    Parameters
    ----------
    text : str or None
        The cell; a number as such will do.

    Returns
    -------
    ActionUnits
        Units, the text as it is, and notes. What cannot be read is a note, never an
        error.

    Notes
    -----
    Units stand between ``+``; a side stands before the number, an intensity behind it.
    Of alternatives, "L12 or L14", all are units, and a note tells them. What
    stands in brackets behind a unit, and a word that brackets it, is a note too. So is
    a 0, with which the manual codes a neutral face: no unit is shown.

    References
    ----------
    .. [1] P. Ekman, W. V. Friesen, J. C. Hager, "Facial Action Coding System: the
       manual", Research Nexus, 2002.

    Examples
    --------
    >>> cell = parse_action_units("R14+17B+soft focus")
    >>> [tuple(unit) for unit in cell.units], cell.notes
    ([(14, 'R', None), (17, None, 'B')], ('soft focus',))
    >>> parse_action_units("L12 or L14").numbers
    [12, 14]
    >>> parse_action_units("AU0")
    ActionUnits(units=(), text='AU0', notes=('AU0',))
    """
    text = "" if text is None else str(text)
    if text.strip().lower() in _EMPTY:
        return ActionUnits((), text)
    units, notes = [], []
    if len(text) > MAX_LENGTH:
        notes.append(f"cut off after {MAX_LENGTH} characters")
    for part in _BETWEEN.split(text[:MAX_LENGTH]):
        if part.strip():
            found, note = _part(part.strip())
            units += found
            notes += [note] if note else []
    return ActionUnits(tuple(units), text, tuple(notes))


def _part(part):
    """Read what stands between two plus signs: units, and a note or None."""
    unit = _unit(part)
    if unit:
        return [unit], None
    inside = part[1:-1] if part.startswith("(") and part.endswith(")") else part
    choices = [_unit(choice) for choice in _EITHER.split(inside.strip())]
    if all(choices):
        return choices, f"either {inside.strip()}" if len(choices) > 1 else None
    for form, place in ((_WORD_BEFORE, 1), (_WORD_BEHIND, 0)):
        match = form.fullmatch(part)
        unit = match and _unit(match.groups()[place])
        if unit:
            return [unit], match.groups()[1 - place].strip()
    return [], part


def _unit(text):
    match = _UNIT.fullmatch(text.strip())
    if match is None:
        return None
    side, number, intensity = match.groups()
    side, intensity = side and side.upper(), intensity and intensity.upper()
    return ActionUnit(int(number), side, intensity)


# Names of P. Ekman, W. V. Friesen, J. C. Hager, "Facial Action Coding System", 2002.
UNIT_NAMES = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    9: "nose wrinkler",
    10: "upper lip raiser",
    11: "nasolabial deepener",
    12: "lip corner puller",
    13: "sharp lip puller",
    14: "dimpler",
    15: "lip corner depressor",
    16: "lower lip depressor",
    17: "chin raiser",
    18: "lip pucker",
    19: "tongue show",
    20: "lip stretcher",
    22: "lip funneler",
    23: "lip tightener",
    24: "lip presser",
    25: "lips part",
    26: "jaw drop",
    27: "mouth stretch",
    28: "lip suck",
    30: "jaw sideways",
    32: "lip bite",
    38: "nostril dilator",
    39: "nostril compressor",
    43: "eye closure",
}

# What the networks of the study on action units detect.
DETECTED_UNITS = (
    *(1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20),
    *(22, 23, 24, 27, 28, 30, 32, 38, 39),
)

# What CD6ME asks for (Varanka, Li, Peng, Zhao 2022).
CD6ME_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17)

_UPPER_LIDS, _LIPS = (8, 9, 12, 13), (26, 27, 29, 30, 31, 32)
# The areas of MDMO (as the paper counts them, from 1) above the muscles of each unit.
UNIT_AREAS = {
    1: (3, 4, 10, 11),
    2: (1, 2, 5, 6),
    4: (3, 4, 10, 11),
    5: _UPPER_LIDS,
    6: (7, 14, 15, 16, 19, 20),
    7: (*_UPPER_LIDS, 16, 19),
    9: (10, 11, 17, 18, 22, 23),
    10: (22, 23, 26, 27),
    11: (21, 22, 23, 24),
    12: (21, 24, 25, 28),
    13: (21, 24, 25, 28),
    14: (25, 28),
    15: (25, 28, 29, 32, 33, 36),
    16: (29, 30, 31, 32),
    17: (30, 31, 34, 35),
    18: _LIPS,
    19: (30, 31),
    20: (25, 28, 29, 32),
    22: _LIPS,
    23: _LIPS,
    24: _LIPS,
    25: _LIPS,
    26: (30, 31, 33, 34, 35, 36),
    27: (30, 31, 33, 34, 35, 36),
    28: _LIPS,
    30: (33, 34, 35, 36),
    32: (29, 30, 31, 32),
    38: (22, 23),
    39: (22, 23),
    43: _UPPER_LIDS,
}


def unit_intensities(units):
    """Tell how strong each of the units is that a face shows.

    Parameters
    ----------
    units : iterable of int, mapping of int to str, iterable of ActionUnit, or \
ActionUnits
        Numbers; numbers and intensities "A" to "E" or None; or what
        `parse_action_units` found.

    Returns
    -------
    dict of int to (str or None)
        Strongest intensity of each unit on either side, None where none is known; B
        for "A/B".

    Raises
    ------
    TypeError
        If a unit is none of these.
    ValueError
        If a number is below 1, or an intensity is not one of A to E.

    Examples
    --------
    >>> unit_intensities({5: "B", 1: None})
    {5: 'B', 1: None}
    >>> unit_intensities([1, 2])
    {1: None, 2: None}
    """
    units = getattr(units, "units", units)
    if not isinstance(units, Iterable):
        raise TypeError(f"units must be a collection of action units, got {units!r}.")
    pairs = units.items() if isinstance(units, Mapping) else map(_pair, units)
    strongest = {}
    for number, intensity in pairs:
        if isinstance(intensity, str) and "/" in intensity:
            intensity = max(intensity.split("/"))
        if intensity is not None and intensity not in tuple("ABCDE"):
            raise ValueError(
                f"intensity of unit {number} must be A, B, C, D, E or None, got "
                f"{intensity!r}."
            )
        known = strongest.get(number)
        louder = known is None or (intensity is not None and intensity > known)
        strongest[number] = intensity if louder else known
    return strongest


def _pair(unit):
    if hasattr(unit, "number"):
        return unit.number, unit.intensity
    if isinstance(unit, bool | np.bool_) or not isinstance(unit, int | np.integer):
        raise TypeError(
            "an action unit must be a number, or have a number and an intensity, got "
            f"{unit!r}."
        )
    # What a matrix written as lists would be taken for.
    if unit < 1:
        raise ValueError(
            f"action units are numbers from 1 on, got {unit}; a matrix of units must "
            "be an array."
        )
    return int(unit), None


def unit_matrix(shown, numbers):
    """Write sets of units as rows of a matrix.

    Parameters
    ----------
    shown : sequence of n_clips collections of units
        Units of each clip, in a form that `unit_intensities` takes.
    numbers : sequence of int
        Units that the columns stand for. Others are left out.

    Returns
    -------
    ndarray of bool, shape (n_clips, n_units)
        Whether the clip shows the unit.

    Examples
    --------
    >>> unit_matrix([{6, 12}, {4}, set()], [4, 12]).tolist()
    [[False, True], [True, False], [False, False]]
    """
    rows = [unit_intensities(units) for units in shown]
    matrix = [[number in row for number in numbers] for row in rows]
    return np.array(matrix, dtype=bool).reshape(len(rows), len(numbers))


def unit_sets(matrix, numbers):
    """Read rows of a matrix as sets of units, the reverse of `unit_matrix`."""
    matrix = np.asarray(matrix, dtype=bool)
    if matrix.ndim != 2 or matrix.shape[1] != len(numbers):
        raise ValueError(
            f"matrix must have one column for each of {len(numbers)} units, got shape "
            f"{matrix.shape}."
        )
    return [
        {int(number) for number, shows in zip(numbers, row, strict=True) if shows}
        for row in matrix
    ]


def unit_targets(y, units):
    """Read the units of clips as a matrix."""
    # An array or column of collections is a list of such.
    if getattr(y, "ndim", 1) != 1:
        shown = np.asarray(y)
        if units is None or shown.ndim != 2 or shown.shape[1] != len(units):
            raise ValueError(
                "y is a matrix, so units must name the unit of each of its columns: "
                f"got shape {shown.shape} and units {units}."
            )
        shown, numbers = shown.astype(bool), list(units)
    else:
        sets = [set(unit_intensities(one)) for one in y]
        numbers = sorted(set().union(*sets)) if units is None else list(units)
        shown = unit_matrix(sets, numbers)
    if not numbers:
        raise ValueError("there are no action units to be found.")
    return shown, np.array(numbers)
