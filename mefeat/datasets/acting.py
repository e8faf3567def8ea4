"""Chance of the generator: what a subject shows, when, and what disturbs it.

Nothing but `draw_expression` knows the class: timing, head motion, light and blinks are
drawn from generators of their own, the same for every class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mefeat.datasets.action_units import EXPRESSIONS, MIDDLE, UNITS, unit_displacements

_RIGHT = (*range(8), *range(17, 22), 31, 32, *range(36, 42), 48, 49, 50, 58, 59, 60)
_RIGHT += (61, 67, 68)

# Share of a class's units that a clip shows, range of their strength, and the chance
# and the strength of one unit that does not belong to the class.
SHOWN = 0.7
STRENGTH = (0.35, 1.0)
FOREIGN = 0.5
FOREIGN_STRENGTH = (0.2, 0.8)

N_TWITCHES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Habits:
    """How one subject shows expressions.

    Parameters
    ----------
    gains : dict of int to float
        Strength of each action unit.
    choices : dict of str to float
        For each class, which of alternative units it is, from 0 to 1.
    asymmetry : dict of str to float
        For each class, how much stronger the right side of the face is, as a share.
    tempo : float
        Length of the rise as a share of that of the fall.
    """

    gains: dict
    choices: dict
    asymmetry: dict
    tempo: float


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """Action units that are shown together.

    Parameters
    ----------
    strengths : dict of int or str to float
        Action units and their strengths, 1 being full.
    moves : ndarray of shape (70, 2)
        Displacements (x, y) of landmarks and cheeks in units of the eye distance.
    """

    strengths: dict
    moves: np.ndarray


def draw_habits(rng):
    """Draw the habits of a subject.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    Habits
        The habits.
    """
    numbers = sorted({n for units in EXPRESSIONS.values() for n in _numbers(units)})
    return Habits(
        gains={n: float(np.exp(0.3 * rng.standard_normal())) for n in numbers},
        choices={name: rng.random() for name in EXPRESSIONS},
        asymmetry={name: 0.2 * rng.standard_normal() for name in EXPRESSIONS},
        tempo=rng.uniform(0.45, 0.75),
    )


def draw_expression(name, habits, rng):
    """Draw action units of a class and how strong they are.

    Parameters
    ----------
    name : str
        One of `EXPRESSIONS`.
    habits : Habits
        Of the subject.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    Expression
        The action units, and where they move the landmarks.
    """
    units = [
        unit[int(habits.choices[name] * len(unit))] if isinstance(unit, tuple) else unit
        for unit in EXPRESSIONS[name]
    ]
    shown = rng.random(len(units)) < SHOWN
    # A lid never moves alone: an expression has at least one unit with a long way.
    far = [i for i, unit in enumerate(units) if reach(unit) > 0.055]
    shown[rng.choice(far)] = True
    strengths = {}
    for unit, is_shown in zip(units, shown, strict=True):
        strength = rng.uniform(*STRENGTH) * habits.gains[_number(unit)]
        if is_shown:
            strengths[unit] = strength
    others = [n for n in habits.gains if n not in map(_number, units)]
    other, strength = rng.choice(others), rng.uniform(*FOREIGN_STRENGTH)
    if rng.random() < FOREIGN:
        strengths[int(other)] = strength * habits.gains[other]
    strengths = dict(sorted(strengths.items(), key=lambda item: _number(item[0])))
    moves = _expression(strengths).moves
    sides = np.full((70, 1), 1 - habits.asymmetry[name])
    sides[list(_RIGHT)] = 1 + habits.asymmetry[name]
    sides[list(MIDDLE)] = 1
    return Expression(strengths, moves * np.clip(sides, 0.3, 1.7))


def reach(unit):
    """How far an action unit moves the landmark that it moves most.

    Parameters
    ----------
    unit : int or str
        The unit.

    Returns
    -------
    float
        Distance at full strength, in units of the eye distance.

    Examples
    --------
    >>> reach(2)
    0.1
    """
    return float(np.hypot(*unit_displacements(unit).T).max())


def _expression(strengths):
    moves = sum(s * unit_displacements(unit) for unit, s in strengths.items())
    return Expression(strengths, moves)


def _number(unit):
    return unit if isinstance(unit, int) else int(unit[1:])


def _numbers(units):
    flat = [u for unit in units for u in (unit if isinstance(unit, tuple) else (unit,))]
    return [_number(unit) for unit in flat]


def draw_key_frames(n_frames, tempo, rng):
    """Draw onset, apex and offset of a clip that begins and ends neutral.

    Parameters
    ----------
    n_frames : int
        Length of the clip, at least 6.
    tempo : float
        Length of the rise as a share of that of the fall.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    tuple of int
        Onset, apex and offset; the apex lies in the middle half.
    """
    last = n_frames - 1
    apex = round(rng.uniform(0.25, 0.75) * last)
    apex = min(max(apex, 2), last - 2)
    fall = rng.uniform(0.6, 0.95) * (last - 1 - apex)
    rise = min(fall * tempo * rng.uniform(0.8, 1.25), 0.95 * (apex - 1))
    return apex - max(1, round(rise)), apex, apex + max(1, round(fall))


def course(n_frames, onset, apex, offset):
    """How far an expression has gone in each frame.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    onset, apex, offset : int
        Last neutral frame, strongest frame, first neutral frame.

    Returns
    -------
    ndarray of shape (n_frames,)
        From 0 to 1 at the apex, along halves of a cosine.

    Examples
    --------
    >>> course(7, 1, 3, 5).round(3).tolist()
    [0.0, 0.0, 0.5, 1.0, 0.5, 0.0, 0.0]
    """
    t = np.arange(n_frames)
    up = np.clip((t - onset) / (apex - onset), 0, 1)
    down = np.clip((offset - t) / (offset - apex), 0, 1)
    return np.sin(np.pi / 2 * np.minimum(up, down)) ** 2


def draw_twitches(n_frames, fps, rng):
    """Draw how a face never quite rests: all action units at random, come and go.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    fps : float
        Frames per second.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    expressions : list of Expression
        Action units of both signs, each side of the face by itself.
    courses : ndarray of shape (n_expressions, n_frames)
        Slow waves with a mean square of about 1/2.
    """
    units = [f"{side}{number}" for number in UNITS for side in "LR"]
    expressions = []
    for _ in range(N_TWITCHES):
        strengths = dict(zip(units, rng.standard_normal(len(units)), strict=True))
        expressions.append(_expression(strengths))
    frequency = rng.uniform(0.5, 3, (N_TWITCHES, 1))
    phase = rng.random((N_TWITCHES, 1))
    waves = np.sin(2 * np.pi * (frequency * np.arange(n_frames) / fps + phase))
    return expressions, waves
