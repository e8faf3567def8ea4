"""Who is held out when: from the name of a protocol to its folds."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import (
    GroupKFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    StratifiedKFold,
    check_cv,
)

from mefeat.evaluation.databases import DATABASE_PROTOCOLS, split_databases

SHOWN_SUBJECTS = 5


@dataclass(frozen=True, eq=False)
class Fold:
    """One fold: what is trained on, what is held out, and what to call that.

    Parameters
    ----------
    name : str
        What is held out, such as "subject 05".
    train, test : ndarray of int
        Indices of the clips of both parts.
    """

    name: str
    train: np.ndarray
    test: np.ndarray


def _loso(n_splits, random_state):
    return LeaveOneGroupOut()


def _lovo(n_splits, random_state):
    return LeaveOneOut()


def _kfold(n_splits, random_state):
    return StratifiedKFold(n_splits, shuffle=True, random_state=random_state)


def _group_kfold(n_splits, random_state):
    return GroupKFold(n_splits)


PROTOCOLS = {
    "loso": _loso,
    "lovo": _lovo,
    "kfold": _kfold,
    "group_kfold": _group_kfold,
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
    if isinstance(protocol, str) and protocol in DATABASE_PROTOCOLS:
        databases = None if databases is None else np.asarray(databases)
        splits = split_databases(
            protocol, databases, groups, test=test_databases, train=train_databases
        )
        return [Fold(*split) for split in splits]
    if test_databases is not None or train_databases is not None:
        raise ValueError(
            "test_databases and train_databases belong to the protocol "
            f"'cross_database', got the protocol {protocol!r}."
        )
    return _numbered_folds(_splitter(protocol, n_splits, random_state), y, groups)


def _numbered_folds(splitter, y, groups):
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
        folds.append(Fold(_name(number, test, groups), train, test))
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


def _name(number, test, groups):
    """Name what is held out, by the subject where it is all of one subject."""
    subjects = np.unique(groups[test])
    if len(subjects) == 1 and len(test) == np.sum(groups == subjects[0]):
        return f"subject {subjects[0]}"
    if len(test) == 1:
        return f"clip {test[0]} of subject {subjects[0]}"
    if len(subjects) > SHOWN_SUBJECTS:
        return f"fold {number} ({len(subjects)} subjects)"
    return f"fold {number} (subjects {', '.join(map(str, subjects))})"


def protocol_text(protocol):
    """Write a protocol as the settings of a result have it.

    Parameters
    ----------
    protocol : str, splitter or list of splits
        As for `make_folds`.

    Returns
    -------
    str
        Its name.

    Examples
    --------
    >>> protocol_text("loso"), protocol_text([([0], [1])])
    ('loso', 'given splits')
    """
    if isinstance(protocol, str):
        return protocol
    return repr(protocol) if hasattr(protocol, "split") else "given splits"


def fold_table(folds, seconds, best_params):
    """List folds with what running them took and found.

    Parameters
    ----------
    folds : list of Fold
        Folds.
    seconds : list of float
        What each took.
    best_params : list of dict or None
        What a search chose in each.

    Returns
    -------
    DataFrame
        Columns `fold`, `n_train`, `n_test`, `seconds` and `best_params`.

    Examples
    --------
    >>> folds = make_folds("loso", ["joy", "joy", "fear"], [1, 1, 2])
    >>> fold_table(folds, [1.0, 2.0], [None, None])["n_test"].tolist()
    [2, 1]
    """
    return pd.DataFrame(
        {
            "fold": [fold.name for fold in folds],
            "n_train": [len(fold.train) for fold in folds],
            "n_test": [len(fold.test) for fold in folds],
            "seconds": seconds,
            "best_params": best_params,
        }
    )
