"""Splitters that keep subjects or databases together, and protocols by name."""

import warnings
from dataclasses import dataclass
from numbers import Number

import numpy as np
import pandas as pd
from sklearn.model_selection import (
    BaseCrossValidator,
    GroupKFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    StratifiedKFold,
    check_cv,
)


def check_columns(X, **columns):
    """Check that there is a value for each clip, such as a class and a subject."""
    X = X if hasattr(X, "shape") else list(X)
    n_clips = X.shape[0] if hasattr(X, "shape") else len(X)
    for name, values in columns.items():
        if np.shape(values) != (n_clips,):
            raise ValueError(
                f"{name} must hold one value for each of the {n_clips} clips, got "
                f"shape {np.shape(values)}."
            )
        check_alike(name, values)
    return X, *map(np.asarray, columns.values())


def check_alike(name, values):
    """Check that values, such as classes, are there and can be put in one order."""
    # As objects: NaN among words would become the word "nan", and 1 the word "1".
    values = np.asarray(values, dtype=object)
    missing = pd.isna(values)
    if missing.any():
        raise ValueError(
            f"{name} has no value for clip {np.argmax(missing)}: leave it out."
        )
    first = {}
    for i, value in enumerate(values.flat):
        kinds = (str, bytes, Number | np.number | np.bool_, type(value))
        first.setdefault(next(k for k in kinds if isinstance(value, k)), i)
    if len(first) > 1:
        one, other = list(first.values())[:2]
        kinds = [type(values.flat[i]).__name__ for i in (one, other)]
        raise TypeError(
            f"{name} must hold values of one type, got {kinds[0]} for clip {one} and "
            f"{kinds[1]} for clip {other}."
        )


def check_databases(databases, groups):
    """Check the names of databases against the clips and their subjects."""
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


class _DatabaseSplitter(BaseCrossValidator):
    """Folds of whole databases, each with subjects of its own."""

    def get_n_splits(self, X=None, y=None, groups=None):
        """Get the number of folds.

        Parameters
        ----------
        X, y, groups : object, default=None
            Ignored.

        Returns
        -------
        int
            Number of folds.
        """
        return len(self._held_out())

    def split(self, X, y=None, groups=None):
        """Split clips into training and test parts.

        Parameters
        ----------
        X : sequence of length n_clips
            Clips or rows.
        y : object, default=None
            Ignored.
        groups : array-like of shape (n_clips,), default=None
            Subjects. None may be in two databases.

        Yields
        ------
        (ndarray, ndarray)
            Indices of the training and the test clips.

        Raises
        ------
        ValueError
            If there are fewer than two databases, or a subject is in several.
        """
        databases = np.asarray(self.databases)
        if len(databases) != len(X):
            raise ValueError(
                f"databases must name one for each of the {len(X)} clips, got "
                f"{len(databases)}."
            )
        shared = None if groups is None else _shared_subject(databases, groups)
        if shared is not None:
            raise ValueError(
                f"subject {shared} would stand on both sides of {type(self).__name__}: "
                "give people names of their own in each database, as composite() does."
            )
        for used, held_out in zip(self._used(), self._held_out(), strict=True):
            yield (
                np.flatnonzero(np.isin(databases, used)),
                np.flatnonzero(np.isin(databases, held_out)),
            )

    def _held_out(self):
        return [[name] for name in self._known()]

    def _used(self):
        known = self._known()
        return [known[~np.isin(known, names)] for names in self._held_out()]

    def _known(self):
        known = np.unique(self.databases)
        if len(known) < 2:
            raise ValueError(
                f"{type(self).__name__} needs at least two databases, got "
                f"{known.tolist()}."
            )
        return known


class LeaveOneDatabaseOut(_DatabaseSplitter):
    """Folds that hold out every database in turn.

    Parameters
    ----------
    databases : array-like of shape (n_clips,)
        Database of each clip.

    See Also
    --------
    CrossDatabase : Holds out some databases, once.

    Examples
    --------
    >>> cv = LeaveOneDatabaseOut(["casme2", "casme2", "samm"])
    >>> [test.tolist() for _, test in cv.split([[0]] * 3)]
    [[0, 1], [2]]
    """

    def __init__(self, databases):
        self.databases = databases


class CrossDatabase(_DatabaseSplitter):
    """One fold that trains on some databases and holds out others.

    Parameters
    ----------
    databases : array-like of shape (n_clips,)
        Database of each clip.
    test : str or list of str
        Databases that are held out.
    train : str or list of str, default=None
        Databases that are trained on; all others by default.

    See Also
    --------
    LeaveOneDatabaseOut : Holds out every database in turn.

    Examples
    --------
    >>> cv = CrossDatabase(["casme2", "casme2", "samm"], test="samm")
    >>> next(cv.split([[0]] * 3))[1].tolist()
    [2]
    """

    def __init__(self, databases, test, *, train=None):
        self.databases = databases
        self.test = test
        self.train = train

    def _held_out(self):
        known = self._known()
        if self.test is None:
            raise ValueError(
                "the protocol 'cross_database' needs test_databases, the names of "
                f"those that are held out, of {known.tolist()}."
            )
        return [_names("test_databases", self.test, known)]

    def _used(self):
        if self.train is None:
            return super()._used()
        (test,) = self._held_out()
        train = _names("train_databases", self.train, self._known())
        both = sorted(set(train) & set(test))
        if both:
            raise ValueError(f"database {both[0]!r} is to be trained on and held out.")
        return [train]


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
    pairs = set(zip(databases.tolist(), np.asarray(groups).tolist(), strict=True))
    seen = set()
    for _, subject in sorted(pairs, key=str):
        if subject in seen:
            return subject
        seen.add(subject)
    return None


class SubjectKFold(BaseCrossValidator):
    """Folds that keep subjects together, as many as there are subjects for.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds; with fewer subjects there are as many folds as subjects.

    See Also
    --------
    sklearn.model_selection.GroupKFold : Makes the folds, but never fewer than it is
        told to.

    Notes
    -----
    Without groups, folds are stratified by class, with a warning: a subject may then
    stand on both sides.

    Examples
    --------
    >>> folds = SubjectKFold().split([[0]] * 4, [0, 1, 0, 1], ["s1", "s1", "s2", "s3"])
    >>> [test.tolist() for _, test in folds]
    [[0, 1], [3], [2]]
    """

    def __init__(self, n_splits=5):
        self.n_splits = n_splits

    def get_n_splits(self, X=None, y=None, groups=None):
        """Get the number of folds.

        Parameters
        ----------
        X, y : object, default=None
            Ignored.
        groups : array-like of shape (n_clips,), default=None
            Subjects.

        Returns
        -------
        int
            Number of folds.

        Raises
        ------
        ValueError
            If there are fewer than two subjects.
        """
        if groups is None:
            return self.n_splits
        check_alike("groups", groups)
        n_subjects = len(np.unique(groups))
        if n_subjects < 2:
            raise ValueError(
                "a search needs at least two subjects for its inner folds, got "
                f"{n_subjects}."
            )
        return min(self.n_splits, n_subjects)

    def split(self, X, y=None, groups=None):
        """Split clips into training and test parts.

        Parameters
        ----------
        X : sequence of length n_clips
            Clips or rows.
        y : array-like of shape (n_clips,), default=None
            Classes, which stratify the folds if there are no groups.
        groups : array-like of shape (n_clips,), default=None
            Subjects.

        Yields
        ------
        (ndarray, ndarray)
            Indices of the training and the test clips.
        """
        if groups is None:
            warnings.warn(
                "a search was fitted without groups, so a subject may stand on both "
                "sides of an inner fold: give fit the subjects as groups, or name "
                "a cv.",
                stacklevel=2,
            )
            yield from StratifiedKFold(self.n_splits).split(X, y)
        else:
            cv = GroupKFold(self.get_n_splits(groups=groups))
            yield from cv.split(X, y, groups)


SHOWN_SUBJECTS = 5


@dataclass(frozen=True, eq=False)
class Fold:
    """One fold: what is trained on, what is held out, and what to call that."""

    name: str
    train: np.ndarray
    test: np.ndarray


PROTOCOLS = {
    "loso": lambda n_splits, random_state: LeaveOneGroupOut(),
    "lovo": lambda n_splits, random_state: LeaveOneOut(),
    "kfold": lambda n_splits, random_state: StratifiedKFold(
        n_splits, shuffle=True, random_state=random_state
    ),
    "group_kfold": lambda n_splits, random_state: GroupKFold(n_splits),
}
DATABASE_PROTOCOLS = {
    "leave_one_database_out": LeaveOneDatabaseOut,
    "cross_database": CrossDatabase,
}
_NAMES = [*PROTOCOLS, *DATABASE_PROTOCOLS]


def make_folds(
    protocol,
    y,
    groups,
    *,
    n_splits=5,
    random_state=0,
    databases=None,
    test_databases=None,
    train_databases=None,
):
    """Split clips into training and held-out parts.

    Parameters
    ----------
    protocol : {"loso", "lovo", "kfold", "group_kfold", "leave_one_database_out", \
"cross_database"} or splitter
        Leave one subject out; leave one video (clip) out; k folds stratified by class,
        shuffled by a seed; k folds that keep subjects together; every database in
        turn; some databases together. Or a scikit-learn splitter, or an iterable of
        (train, test) indices.
    y : array-like of shape (n_clips,)
        Classes.
    groups : array-like of shape (n_clips,)
        Subjects.
    n_splits : int, default=5
        Number of folds of "kfold" and "group_kfold".
    random_state : int, default=0
        Seed of "kfold".
    databases : array-like of shape (n_clips,), optional
        Database of each clip, for the last two.
    test_databases : str or list of str, optional
        Databases that "cross_database" holds out.
    train_databases : str or list of str, optional
        Databases that "cross_database" trains on, by default all others.

    Returns
    -------
    list of Fold
        The folds. Every clip is held out at most once, since scores are pooled over
        clips.

    Raises
    ------
    ValueError
        If the protocol is unknown, a fold has an empty part or a clip on both sides,
        or a clip is held out twice.

    Examples
    --------
    >>> folds = make_folds("loso", ["joy", "fear", "joy"], ["s1", "s1", "s2"])
    >>> [(fold.name, fold.test.tolist()) for fold in folds]
    [('subject s1', [0, 1]), ('subject s2', [2])]
    """
    y, groups = np.asarray(y), np.asarray(groups)
    across = isinstance(protocol, str) and protocol in DATABASE_PROTOCOLS
    if across and databases is None:
        raise ValueError(f"the protocol {protocol!r} needs databases, got None.")
    if across and protocol == "cross_database":
        splitter = CrossDatabase(databases, test_databases, train=train_databases)
        return _named_folds(splitter, y, groups)
    if test_databases is not None or train_databases is not None:
        raise ValueError(
            "test_databases and train_databases belong to the protocol "
            f"'cross_database', got the protocol {protocol!r}."
        )
    if across:
        return _named_folds(LeaveOneDatabaseOut(databases), y, groups)
    return _named_folds(_splitter(protocol, n_splits, random_state), y, groups)


def _named_folds(splitter, y, groups):
    with warnings.catch_warnings():
        # Splitters that need no groups say so; here they are part of every call.
        warnings.filterwarnings("ignore", "The groups parameter is ignored")
        splits = list(splitter.split(np.zeros((len(y), 1)), y, groups))
    if not splits:
        raise ValueError("the protocol has no folds.")
    folds = []
    held_out = np.zeros(len(y), dtype=bool)
    for number, (train, test) in enumerate(splits):
        train, test = np.asarray(train), np.asarray(test)
        if train.size == 0 or test.size == 0:
            raise ValueError(f"fold {number} has an empty part.")
        if np.intersect1d(train, test).size:
            raise ValueError(f"fold {number} trains on clips that it holds out.")
        if held_out[test].any():
            clip = test[np.argmax(held_out[test])]
            raise ValueError(
                f"the protocol holds out clip {clip} twice, but scores are pooled over "
                "clips: take a splitter that holds out each clip once."
            )
        held_out[test] = True
        folds.append(Fold(_name(splitter, number, test, groups), train, test))
    return folds


def _splitter(protocol, n_splits, random_state):
    if isinstance(protocol, str):
        if protocol not in PROTOCOLS:
            raise ValueError(
                f"protocol must be one of {_NAMES} or a splitter, got {protocol!r}."
            )
        return PROTOCOLS[protocol](n_splits, random_state)
    is_class = isinstance(protocol, type)
    if is_class or not (hasattr(protocol, "split") or hasattr(protocol, "__iter__")):
        got = f"the class {protocol.__name__}" if is_class else type(protocol).__name__
        raise TypeError(f"protocol must be one of {_NAMES} or a splitter, got {got}.")
    return check_cv(protocol)


def _name(splitter, number, test, groups):
    """Name what is held out, by the subject where it is all of one subject."""
    if isinstance(splitter, _DatabaseSplitter):
        return f"database {', '.join(map(str, splitter._held_out()[number]))}"
    subjects = np.unique(groups[test])
    if len(subjects) == 1 and len(test) == np.sum(groups == subjects[0]):
        return f"subject {subjects[0]}"
    if len(test) == 1:
        return f"clip {test[0]} of subject {subjects[0]}"
    if len(subjects) > SHOWN_SUBJECTS:
        return f"fold {number} ({len(subjects)} subjects)"
    return f"fold {number} (subjects {', '.join(map(str, subjects))})"
