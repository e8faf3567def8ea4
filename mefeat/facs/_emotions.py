"""Emotions from action units, by published tables."""

from mefeat.facs._units import unit_intensities

# Emotion: alternatives of (units, intensities they must have at least, at most).
FACS_CRITERIA = {
    "angry": [({23, 24}, {}, {})],
    "disgust": [({9}, {}, {}), ({10}, {}, {})],
    "fear": [({1, 2, 4}, {}, {}), ({1, 2, 5}, {5: "E"}, {})],
    "happy": [({12}, {}, {})],
    "sad": [({1, 4, 15}, {}, {}), ({11}, {}, {}), ({6, 15}, {}, {})],
    "surprise": [({1, 2}, {}, {5: "B"}), ({5}, {}, {5: "B"})],
    "contempt": [({14}, {}, {})],
}

COMPOUND_EMOTIONS = {
    "happy": {12, 25},
    "sad": {4, 15},
    "fearful": {1, 4, 20, 25},
    "angry": {4, 7, 24},
    "surprised": {1, 2, 25, 26},
    "disgusted": {9, 10, 17},
    "happily sad": {4, 6, 12, 25},
    "happily surprised": {1, 2, 12, 25},
    "happily disgusted": {10, 12, 25},
    "sadly fearful": {1, 4, 15, 25},
    "sadly angry": {4, 7, 15},
    "sadly surprised": {1, 4, 25, 26},
    "sadly disgusted": {4, 10},
    "fearfully angry": {4, 20, 25},
    "fearfully surprised": {1, 2, 5, 20, 25},
    "fearfully disgusted": {1, 4, 10, 20, 25},
    "angrily surprised": {4, 25, 26},
    "angrily disgusted": {4, 10, 17},
    "disgustedly surprised": {1, 2, 5, 10},
    "happily fearful": {1, 2, 12, 25, 26},
    "awed": {1, 2, 5, 25},
    "appalled": {4, 9, 10},
    "hatred": {4, 7, 10},
}

OBJECTIVE_CLASSES = {
    "I": [{6}, {12}, {6, 12}, {6, 7, 12}, {7, 12}],
    "II": [{1, 2}, {5}, {25}, {1, 2, 25}, {25, 26}, {5, 24}],
    "III": [{23}, {4}, {4, 7}, {4, 5}, {4, 5, 7}, {17, 24}, {4, 6, 7}, {4, 38}],
    "IV": [
        *({10}, {9}, {4, 9}, {4, 40}, {4, 5, 40}, {4, 7, 9}, {4, 9, 17}),
        *({4, 7, 10}, {4, 5, 7, 9}, {7, 10}),
    ],
    "V": [{1}, {15}, {1, 4}, {6, 15}, {15, 17}],
    "VI": [{1, 2, 4}, {20}],
}


def facs_emotions(units, *, any_intensity=False):
    """List all emotions whose criteria of the Facial Action Coding System hold.

    Parameters
    ----------
    units : iterable of int, mapping of int to str, or iterable of ActionUnit
        Units that the face shows, with intensities if they are known.
    any_intensity : bool, default=False
        Whether to ask for units alone, which makes 1+2+5 fear at any intensity of 5.

    Returns
    -------
    list of str
        Emotions, in the order of `FACS_CRITERIA`.

    See Also
    --------
    facs_emotion : The one that the most units speak for.

    Notes
    -----
    An unknown intensity is neither E nor stronger than B: 1+2+5 is then surprise and no
    fear.

    Examples
    --------
    >>> facs_emotions([1, 2, 4])
    ['fear', 'surprise']
    >>> facs_emotions({1: None, 2: None, 5: "E"}), facs_emotions([5])
    (['fear'], ['surprise'])
    """
    return list(_evidence(units, any_intensity))


def facs_emotion(units, *, any_intensity=False):
    """Choose the emotion that most units speak for by the criteria of FACS.

    Parameters
    ----------
    units : iterable of int, mapping of int to str, or iterable of ActionUnit
        Units that the face shows, with intensities if they are known.
    any_intensity : bool, default=False
        Whether to ask for units alone.

    Returns
    -------
    str or None
        Of the emotions whose criteria hold, that with the most units in its criterion,
        the first in the order of `FACS_CRITERIA` among equals; None if none holds.

    See Also
    --------
    facs_emotions : All of them.

    Examples
    --------
    >>> facs_emotion([1, 2, 4]), facs_emotion([6, 12]), facs_emotion([43])
    ('fear', 'happy', None)
    """
    evidence = _evidence(units, any_intensity)
    return max(evidence, key=evidence.get, default=None)


def _evidence(units, any_intensity):
    """Count the units that speak for each emotion that holds."""
    shown = unit_intensities(units)
    held = {}
    for emotion, alternatives in FACS_CRITERIA.items():
        counts = [
            len(needed)
            for needed, least, most in alternatives
            if needed <= shown.keys()
            and (any_intensity or _strong_enough(shown, least, most))
        ]
        if counts:
            held[emotion] = max(counts)
    return held


def _strong_enough(shown, least, most):
    return all((shown[unit] or "") >= letter for unit, letter in least.items()) and all(
        (shown.get(unit) or "") <= letter for unit, letter in most.items()
    )


def compound_emotion(units, *, known=None):
    """Choose the row of the table of compound emotions that the units show.

    Parameters
    ----------
    units : iterable of int, mapping of int to str, or iterable of ActionUnit
        Units that the face shows.
    known : collection of int, optional
        Units that whoever found them can find, all by default. The rows are asked for
        these alone: a detector without the units 25 and 26 could else never find 14 of
        the 23 rows.

    Returns
    -------
    str or None
        Of the rows whose units are all shown, that with the most units, the first among
        equals; None if there is none.

    See Also
    --------
    equal_rows : Rows that cannot be told apart by the units that are known.

    References
    ----------
    S. Du, Y. Tao, A. M. Martinez, "Compound facial expressions of emotion", PNAS
    111(15), 2014. https://doi.org/10.1073/pnas.1322355111

    Examples
    --------
    >>> compound_emotion([1, 2, 12, 25]), compound_emotion([6])
    ('happily surprised', None)
    >>> compound_emotion([1, 2, 12], known=[1, 2, 4, 5, 6, 12])
    'happily surprised'
    """
    shown = unit_intensities(units).keys()
    rows = _known_rows(known)
    held = {name: len(row) for name, row in rows.items() if row and row <= shown}
    return max(held, key=held.get, default=None)


def equal_rows(known):
    """List rows of the table of compound emotions that the known units make equal."""
    same = {}
    for name, row in _known_rows(known).items():
        same.setdefault(frozenset(row), []).append(name)
    return [tuple(names) for names in same.values() if len(names) > 1]


def _known_rows(known):
    if known is None:
        return COMPOUND_EMOTIONS
    known = set(known)
    return {name: row & known for name, row in COMPOUND_EMOTIONS.items()}


def objective_class(units):
    """Find the objective class of a set of action units, I to VII.

    Parameters
    ----------
    units : iterable of int, mapping of int to str, or iterable of ActionUnit
        Units that the face shows. Sides and intensities do not matter.

    Returns
    -------
    str
        "I" to "VI" if the set is in `OBJECTIVE_CLASSES`, else "VII".

    References
    ----------
    A. K. Davison, W. Merghani, M. H. Yap, "Objective classes for micro-facial
    expression recognition", Journal of Imaging 4(10), 2018.
    https://doi.org/10.3390/jimaging4100119

    Examples
    --------
    >>> objective_class([12, 6]), objective_class([4, 9]), objective_class([14])
    ('I', 'IV', 'VII')
    """
    shown = set(unit_intensities(units))
    for name, sets in OBJECTIVE_CLASSES.items():
        if shown in sets:
            return name
    return "VII"
