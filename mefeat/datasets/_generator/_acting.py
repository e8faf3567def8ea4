"""What a generated subject shows, when, and what disturbs it.

Nothing but `draw_expression` knows the class: timing, head motion, light and blinks are
drawn from generators of their own, the same for every class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mefeat.kernels._warping import spread

MIRROR = np.r_[
    16:-1:-1, 26:16:-1, 27:31, 35:30:-1, 45:41:-1, 47, 46, 39:35:-1, 41, 40
].tolist()
MIRROR += np.r_[54:47:-1, 59:54:-1, 64:59:-1, 67:64:-1].tolist()

MIDDLE = (8, 27, 28, 29, 30, 33, 51, 57, 62, 66)

# Landmark: displacement (x, y) in hundredths of the eye distance, at full strength, x
# to the right in the image and y down. Only the left half of the image and the
# middle are listed, the other half mirrors it. Point 68 is a cheek (`with_cheeks`).
_LEFT_HALF = {
    1: {21: (0, -10), 20: (0, -8), 19: (0, -4), 18: (0, -1), 27: (0, -2)},
    2: {17: (0, -8), 18: (0, -10), 19: (0, -8), 20: (0, -4), 21: (0, -1)},
    4: {21: (5, 8), 20: (4, 7), 19: (3, 5), 18: (2, 3), 17: (1, 2), 27: (0, 3)},
    5: {37: (0, -3), 38: (0, -3), 36: (0, -1), 39: (0, -1)},
    6: {68: (0, -8), 40: (0, -3), 41: (0, -4), 36: (1, -1), 31: (0, -1)},
    7: {40: (0, -4), 41: (0, -4), 37: (0, 2), 38: (0, 2)},
    9: {
        **{31: (0, -6), 32: (0, -5), 33: (0, -4), 30: (0, -4), 29: (0, -3)},
        **{21: (2, 5), 20: (1, 3), 68: (1, -4), 50: (0, -3), 49: (0, -2), 51: (0, -2)},
    },
    10: {
        **{49: (0, -6), 50: (0, -8), 51: (0, -7), 61: (0, -7), 62: (0, -6)},
        **{48: (0, -2), 60: (0, -2), 31: (0, -3), 32: (0, -2), 33: (0, -2)},
    },
    12: {
        **{48: (-8, -8), 60: (-7, -7), 49: (-5, -4), 59: (-5, -4), 50: (-2, -2)},
        **{58: (-2, -1), 61: (-2, -1), 67: (-2, -1), 68: (-2, -4), 4: (-1, -1)},
    },
    14: {48: (-8, 0), 60: (-7, 0), 49: (-4, 0), 59: (-4, 0), 61: (-1, 0), 67: (-1, 0)},
    15: {
        **{48: (-1, 8), 60: (-1, 7), 49: (0, 4), 59: (0, 5), 50: (0, 1)},
        **{58: (0, 2), 67: (0, 1), 5: (0, 2), 4: (0, 1)},
    },
    17: {
        **{57: (0, -6), 58: (0, -6), 59: (0, -3), 66: (0, -5), 67: (0, -4)},
        **{8: (0, -5), 7: (0, -3), 6: (0, -1)},
    },
    20: {48: (-9, 1), 60: (-8, 1), 49: (-5, 1), 59: (-5, 2), 58: (-2, 1), 5: (-2, 0)},
    23: {
        **{48: (4, 0), 60: (4, 0), 49: (2, 1), 59: (2, -1), 50: (0, 2), 51: (0, 2)},
        **{57: (0, -2), 58: (0, -2)},
    },
    24: {
        **{50: (0, 3), 51: (0, 3), 61: (0, 3), 62: (0, 3), 49: (1, 2), 48: (2, 0)},
        **{57: (0, -5), 58: (0, -5), 66: (0, -4), 67: (0, -4), 59: (1, -3), 60: (2, 0)},
    },
    26: {
        **{57: (0, 10), 58: (0, 10), 66: (0, 9), 67: (0, 9), 59: (0, 6), 60: (0, 3)},
        **{48: (0, 3), 8: (0, 11), 7: (0, 10), 6: (0, 8), 5: (0, 5), 4: (0, 2)},
    },
}

UNITS = tuple(_LEFT_HALF)

# A number alone acts on both sides, "L" or "R" only on that side of the subject; of the
# units in a tuple a subject shows one.
EXPRESSIONS = {
    "happiness": (6, 12),
    "disgust": (4, 9, 10),
    "surprise": (1, 2, 5, 26),
    "repression": ((14, 15), 17, 24),
    "sadness": (1, 4, 15),
    "fear": (1, 2, 4, 20),
    "anger": (4, 7, 23),
    "contempt": (("L14", "R14"),),
}


def with_cheeks(landmarks):
    """Append the middles of the cheeks, where the 68 points have none."""
    ids = [[2, 41, 31, 48], [14, 46, 35, 54]]
    return np.concatenate([landmarks, landmarks[ids].mean(axis=1)])


def unit_displacements(unit):
    """Get the displacements of the landmarks by one action unit at full strength."""
    side, number = ("", unit) if isinstance(unit, int) else (unit[0], int(unit[1:]))
    if number not in _LEFT_HALF or side not in ("", "L", "R"):
        raise ValueError(
            f"action unit must be one of {sorted(_LEFT_HALF)}, after L or R for one "
            f"side alone, got {unit!r}."
        )
    mirror = [*MIRROR, 69, 68]
    moves = np.zeros((70, 2))
    for point, (x, y) in _LEFT_HALF[number].items():
        if point in MIDDLE:
            moves[point] = 0 if side else (x, y)
            continue
        if side != "L":
            moves[point] = x, y
        if side != "R":
            moves[mirror[point]] = -x, y
    return moves / 100


def smooth_fields(points, values, radius, size, *, smoothing=0.02):
    """Interpolate values of points smoothly; they die out away from the points.

    Notes
    -----
    Radial basis functions with the compactly supported C2 function of [1]_, which is
    positive definite: any set of different points has a unique interpolant.

    References
    ----------
    .. [1] H. Wendland, "Piecewise polynomial, positive definite and compactly supported
       radial functions of minimal degree", Advances in Computational Mathematics 4,
       1995. https://doi.org/10.1007/BF02123482
    """
    distances = np.linalg.norm(points[:, None] - points[None], axis=2) / radius
    bumps = np.maximum(1 - distances, 0) ** 4 * (4 * distances + 1)
    bumps[np.diag_indices_from(bumps)] += smoothing
    out = np.empty((*size, values.shape[1]))
    spread(points, np.linalg.solve(bumps, values), radius, out)
    return out


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
    """How one subject shows expressions."""

    gains: dict
    choices: dict
    asymmetry: dict
    tempo: float


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """Action units that are shown together."""

    strengths: dict
    moves: np.ndarray


def draw_habits(rng):
    """Draw the habits of a subject."""
    numbers = sorted({n for units in EXPRESSIONS.values() for n in _numbers(units)})
    return Habits(
        gains={n: float(np.exp(0.3 * rng.standard_normal())) for n in numbers},
        choices={name: rng.random() for name in EXPRESSIONS},
        asymmetry={name: 0.2 * rng.standard_normal() for name in EXPRESSIONS},
        tempo=rng.uniform(0.45, 0.75),
    )


def draw_expression(name, habits, rng):
    """Draw action units of a class and how strong they are."""
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
    """How far an action unit moves the landmark that it moves most."""
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
    """Draw onset, apex and offset of a clip that begins and ends neutral."""
    last = n_frames - 1
    apex = round(rng.uniform(0.25, 0.75) * last)
    apex = min(max(apex, 2), last - 2)
    fall = rng.uniform(0.6, 0.95) * (last - 1 - apex)
    rise = min(fall * tempo * rng.uniform(0.8, 1.25), 0.95 * (apex - 1))
    return apex - max(1, round(rise)), apex, apex + max(1, round(fall))


def course(n_frames, onset, apex, offset):
    """How far an expression has gone in each frame."""
    t = np.arange(n_frames)
    up = np.clip((t - onset) / (apex - onset), 0, 1)
    down = np.clip((offset - t) / (offset - apex), 0, 1)
    return np.sin(np.pi / 2 * np.minimum(up, down)) ** 2


def draw_twitches(n_frames, fps, rng):
    """Draw how a face never quite rests: all action units at random, come and go."""
    units = [f"{side}{number}" for number in UNITS for side in "LR"]
    expressions = []
    for _ in range(N_TWITCHES):
        strengths = dict(zip(units, rng.standard_normal(len(units)), strict=True))
        expressions.append(_expression(strengths))
    frequency = rng.uniform(0.5, 3, (N_TWITCHES, 1))
    phase = rng.random((N_TWITCHES, 1))
    waves = np.sin(2 * np.pi * (frequency * np.arange(n_frames) / fps + phase))
    return expressions, waves
