"""Action units as displacements of 68 landmarks, and expressions as sets of them."""

import numpy as np

from mefeat.kernels.warping import spread

MIRROR = np.r_[
    16:-1:-1, 26:16:-1, 27:31, 35:30:-1, 45:41:-1, 47, 46, 39:35:-1, 41, 40
].tolist()
MIRROR += np.r_[54:47:-1, 59:54:-1, 64:59:-1, 67:64:-1].tolist()

MIDDLE = (8, 27, 28, 29, 30, 33, 51, 57, 62, 66)

# Landmark: displacement (x, y) in hundredths of the eye distance, at full strength, x
# to the right in the picture and y down. Only the left half of the picture and the
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
    """Append the middles of the cheeks, where the 68 points have none.

    Parameters
    ----------
    landmarks : ndarray of shape (68, 2)
        Points (x, y).

    Returns
    -------
    ndarray of shape (70, 2)
        The same and the cheek in the left half of the picture and in the right half.
    """
    ids = [[2, 41, 31, 48], [14, 46, 35, 54]]
    return np.concatenate([landmarks, landmarks[ids].mean(axis=1)])


def unit_displacements(unit):
    """Get the displacements of the landmarks by one action unit at full strength.

    Parameters
    ----------
    unit : int or str
        Number of the unit, or "L" or "R" and the number for the left or right side of
        the subject alone.

    Returns
    -------
    ndarray of shape (70, 2)
        Displacements (x, y) in units of the eye distance, of the 68 landmarks and the
        two cheeks; x to the right in the picture, y down.

    Raises
    ------
    ValueError
        If there is no such unit.

    Examples
    --------
    The right brow is in the left half of the picture, and goes up:

    >>> unit_displacements("R2")[[18, 25]].tolist()
    [[0.0, -0.1], [0.0, 0.0]]
    """
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

    Parameters
    ----------
    points : ndarray of shape (n_points, 2)
        Points (x, y), pixels.
    values : ndarray of shape (n_points, n_fields)
        What is to be interpolated.
    radius : float
        Reach of a point, pixels.
    size : tuple of int
        Height and width.
    smoothing : float, default=0.02
        0 is exact at the points; more lets close points with different displacements,
        as the lips of a closed mouth, make a compromise instead of a tear.

    Returns
    -------
    ndarray of shape (height, width, n_fields)
        The fields.

    Notes
    -----
    Radial basis functions with the compactly supported C2 function of [1]_, which is
    positive definite: any set of different points has a unique interpolant.

    References
    ----------
    .. [1] H. Wendland, "Piecewise polynomial, positive definite and compactly supported
       radial functions of minimal degree", Advances in Computational Mathematics 4,
       1995. https://doi.org/10.1007/BF02123482

    Examples
    --------
    >>> import numpy as np
    >>> point, value = np.array([[2.0, 2.0]]), np.array([[1.0, -3.0]])
    >>> fields = smooth_fields(point, value, 2.0, (5, 5), smoothing=0)
    >>> fields[2, 2].tolist(), fields[2, 4].tolist()
    ([1.0, -3.0], [0.0, 0.0])
    """
    distances = np.linalg.norm(points[:, None] - points[None], axis=2) / radius
    bumps = np.maximum(1 - distances, 0) ** 4 * (4 * distances + 1)
    bumps[np.diag_indices_from(bumps)] += smoothing
    out = np.empty((*size, values.shape[1]))
    spread(points, np.linalg.solve(bumps, values), radius, out)
    return out
