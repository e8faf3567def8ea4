"""Action units out of the cells of coding sheets, as their coders wrote them."""

from __future__ import annotations

import re
from typing import NamedTuple

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
