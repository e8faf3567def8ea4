"""Protocols across databases: trained on some, tested on others."""

import warnings

import numpy as np

from mefeat.evaluation.clips import check_columns


def check_databases(databases, groups):
    """Check the names of databases against the clips and their subjects.

    Parameters
    ----------
    databases : array-like of shape (n_clips,) or None
        Database of each clip.
    groups : ndarray of shape (n_clips,)
        Subjects.

    Returns
    -------
    ndarray of shape (n_clips,) or None
        The names as an array. A subject that is in two databases is warned of: "01" of
        one is not "01" of another, and `composite` gives them names of their own.

    Raises
    ------
    ValueError
        If there is not one name for each clip, or one is missing.

    Examples
    --------
    >>> check_databases(["samm", "smic"], np.array(["samm/1", "smic/1"])).tolist()
    ['samm', 'smic']
    """
    if databases is None:
        return None
    _, databases = check_columns(groups, databases=databases)
    shared = _shared_subject(databases, groups)
    if shared is not None:
        warnings.warn(
            f"subject {shared} is in several databases: give people names of their "
            "own, as composite() does, unless this is one person.",
            stacklevel=3,
        )
    return databases


def split_databases(protocol, databases, groups, *, test=None, train=None):
    """Split clips by their databases.

    Parameters
    ----------
    protocol : {"leave_one_database_out", "cross_database"}
        Hold out every database in turn, or the databases `test` together.
    databases, groups : ndarray of shape (n_clips,)
        Database and subject of each clip.
    test : str or list of str, optional
        Databases that "cross_database" holds out.
    train : str or list of str, optional
        Databases that "cross_database" trains on, by default all others.

    Returns
    -------
    list of (str, ndarray, ndarray)
        Name of what is held out, indices of training and held-out clips.

    Raises
    ------
    ValueError
        If there are no databases or unknown ones, one is on both sides, or a subject
        is.

    Examples
    --------
    >>> databases, groups = np.array(["samm", "samm", "smic"]), np.array([1, 1, 2])
    >>> for split in split_databases("leave_one_database_out", databases, groups):
    ...     print(*split)
    database samm [2] [0 1]
    database smic [0 1] [2]
    """
    if databases is None:
        raise ValueError(f"the protocol {protocol!r} needs databases, got None.")
    known = np.unique(databases)
    if len(known) < 2:
        raise ValueError(
            f"the protocol {protocol!r} needs at least two databases, got "
            f"{known.tolist()}."
        )
    shared = _shared_subject(databases, groups)
    if shared is not None:
        raise ValueError(
            f"subject {shared} would stand on both sides of {protocol!r}: give people "
            "names of their own in each database, as composite() does."
        )
    pairs = DATABASE_PROTOCOLS[protocol](known, test, train)
    return [
        (
            f"database {', '.join(map(str, held_out))}",
            np.flatnonzero(np.isin(databases, used)),
            np.flatnonzero(np.isin(databases, held_out)),
        )
        for used, held_out in pairs
    ]


def _each(known, test, train):
    if test is not None or train is not None:
        raise ValueError(
            "test_databases and train_databases belong to the protocol "
            "'cross_database'; 'leave_one_database_out' holds out every one."
        )
    return [(known[known != name], [name]) for name in known]


def _some(known, test, train):
    if test is None:
        raise ValueError(
            "the protocol 'cross_database' needs test_databases, the names of those "
            f"that are held out, of {known.tolist()}."
        )
    test = _names("test_databases", test, known)
    train = known[~np.isin(known, test)] if train is None else train
    train = _names("train_databases", train, known)
    both = sorted(set(train) & set(test))
    if both:
        raise ValueError(f"database {both[0]!r} is to be trained on and held out.")
    return [(train, test)]


DATABASE_PROTOCOLS = {"leave_one_database_out": _each, "cross_database": _some}


def _names(parameter, names, known):
    names = [names] if isinstance(names, str) else list(names)
    strange = [name for name in names if name not in known]
    if strange or not names:
        raise ValueError(
            f"{parameter} must name some of {known.tolist()}, got {names}."
        )
    return names


def _shared_subject(databases, groups):
    """Find a subject that is in several databases, or None."""
    pairs = set(zip(databases.tolist(), groups.tolist(), strict=True))
    seen = set()
    for _, subject in sorted(pairs, key=str):
        if subject in seen:
            return subject
        seen.add(subject)
    return None
