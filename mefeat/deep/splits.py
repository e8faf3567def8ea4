"""Splits by subject: a part for validation inside a fold, and halves and quarters."""

import warnings

import numpy as np

# So many random splits are looked at for one that keeps all classes in training.
_TRIES = 20


def split_subjects(groups, shares=(0.5, 0.25, 0.25), random_state=0):
    """Split clips by subject into parts of given sizes.

    Parameters
    ----------
    groups : array-like of shape (n_clips,)
        Subjects.
    shares : sequence of float, default=(0.5, 0.25, 0.25)
        Share of the subjects in each part, such as training, validation and test; they
        sum to 1.
    random_state : int, default=0
        Seed.

    Returns
    -------
    list of ndarray of int
        Indices of the clips of each part, increasing. No subject is in two parts.

    Raises
    ------
    ValueError
        If shares do not sum to 1, or a part would have no subject.

    Examples
    --------
    >>> parts = split_subjects(["a", "a", "b", "c", "d", "d"])
    >>> sorted(np.concatenate(parts).tolist())
    [0, 1, 2, 3, 4, 5]
    """
    groups, shares = np.asarray(groups), np.asarray(shares, dtype=float)
    if shares.min() <= 0 or not np.isclose(shares.sum(), 1):
        raise ValueError(f"shares must be positive and sum to 1, got {shares}.")
    subjects = np.random.default_rng(random_state).permutation(np.unique(groups))
    if len(subjects) < len(shares):
        raise ValueError(
            f"{len(shares)} parts need as many subjects, got {len(subjects)}."
        )
    # Every part gets one subject; each further one goes where most is lacking.
    sizes = np.ones(len(shares), dtype=int)
    for _ in range(len(subjects) - len(shares)):
        sizes[np.argmax(shares * len(subjects) - sizes)] += 1
    parts = np.split(subjects, np.cumsum(sizes)[:-1])
    return [np.flatnonzero(np.isin(groups, part)) for part in parts]


def validation_split(labels, groups, fraction, seed, *, stacklevel=2):
    """Hold out a part of the training clips, to stop on.

    Parameters
    ----------
    labels : ndarray of shape (n_clips,) or (n_clips, n_units)
        Classes as 0, 1, 2, ..., or units as 0 and 1.
    groups : array-like of shape (n_clips,) or None
        Subjects; without them clips are split, with a warning.
    fraction : float
        Share of the subjects to hold out, at least one and never all; 0 for none.
    seed : int
        Seed.
    stacklevel : int, default=2
        Whose line the warning names, as for `warnings.warn`.

    Returns
    -------
    train, held : ndarray of int
        Indices of the clips.

    Raises
    ------
    ValueError
        If there are not two subjects to split.

    Notes
    -----
    Of up to 20 random splits the first is taken that leaves every class in training;
    if there is none, one that leaves most.

    Examples
    --------
    >>> labels, subjects = np.array([0, 1, 0, 1]), ["a", "a", "b", "b"]
    >>> train, held = validation_split(labels, subjects, 0.5, seed=0)
    >>> len(train), len(held)
    (2, 2)
    """
    n_clips = len(labels)
    if fraction == 0:
        return np.arange(n_clips), np.arange(0)
    if groups is None:
        warnings.warn(
            "fitted without groups, so a subject may stand on both sides of the split "
            "for validation: give fit the subjects as groups, or set "
            "validation_fraction=0.",
            stacklevel=stacklevel,
        )
        groups = np.arange(n_clips)
    subjects, groups = np.unique(groups, return_inverse=True)
    if len(subjects) < 2:
        raise ValueError(
            "validation needs clips of at least two subjects, got "
            f"{len(subjects)}: set validation_fraction=0."
        )
    n_held = min(max(1, round(fraction * len(subjects))), len(subjects) - 1)
    rng = np.random.default_rng(seed)
    best, most = None, -1
    for _ in range(_TRIES):
        held = np.isin(groups, rng.permutation(len(subjects))[:n_held])
        kept = _n_classes(labels[~held])
        if kept > most:
            best, most = held, kept
        if most == _n_classes(labels):
            break
    return np.flatnonzero(~best), np.flatnonzero(best)


def _n_classes(labels):
    """Count the classes, or the units that occur."""
    return len(np.unique(labels)) if labels.ndim == 1 else int(labels.any(0).sum())
