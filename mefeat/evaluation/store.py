"""Finished folds on disk, so that a run that was ended goes on where it was."""

import json
from os import PathLike

import numpy as np

from mefeat.base import whole_file
from mefeat.base.cache import describe_source, digest
from mefeat.base.store import SUFFIX, open_folder, read_entry, write_entry
from mefeat.clip import Clip, ClipFile
from mefeat.evaluation.describe import environment, plain

_LENGTH = 16


class FoldStore:
    """Folder in which every finished fold of one request is a file.

    Each request has a folder of its own within the one that is given, named by a hash
    of all that the folds depend on. So one folder serves many requests, and a changed
    request never takes the folds of another.

    Parameters
    ----------
    folder : path
        Folder of all requests; made if it does not exist.
    request : dict
        What the folds depend on, from `request_of`.

    Attributes
    ----------
    folder : Path
        Folder of this request. `request.json` in it says what was asked for.

    Notes
    -----
    Files hold arrays and JSON, with a checksum, and are written whole or not at all.
    Numbers come back to the last bit. A file that is damaged, or is not of this
    request, is not taken: a warning names it, and its fold runs again.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from mefeat.evaluation import make_folds
    >>> folds = make_folds("loso", ["joy", "fear"], [1, 2])
    >>> store = FoldStore(mkdtemp(), {"key": "0123456789abcdef"})
    >>> store.keep(1, folds[1], {"predicted": np.array([0.1])})
    >>> store.finished(folds)
    {1: {'predicted': array([0.1])}}
    """

    def __init__(self, folder, request):
        self.key = request["key"]
        self.folder = open_folder(open_folder(folder) / self.key[:_LENGTH])
        # Written now: a folder that cannot be written to is known before any work.
        with whole_file(self.folder / "request.json") as part:
            part.write_text(json.dumps(plain(request), indent=1), encoding="utf-8")

    def finished(self, folds):
        """Read the folds that are finished.

        Parameters
        ----------
        folds : list of Fold
            Folds of the request.

        Returns
        -------
        dict of int to dict
            Outcomes by the place of the fold.
        """
        found = {
            i: read_entry(self._path(i), self._head(fold))
            for i, fold in enumerate(folds)
        }
        return {i: outcome for i, outcome in found.items() if outcome is not None}

    def keep(self, index, fold, outcome):
        """Write a finished fold.

        Parameters
        ----------
        index : int
            Its place among the folds.
        fold : Fold
            The fold.
        outcome : dict
            What came out: arrays, numbers, strings, lists and dicts of these.
        """
        write_entry(self._path(index), self._head(fold), outcome)

    def _path(self, index):
        return self.folder / f"fold-{index:04d}{SUFFIX}"

    def _head(self, fold):
        return {"key": self.key, "fold": fold.name, "test": fold.test.tolist()}


def open_store(folder, estimator, X, folds, **others):
    """Open the folder of a request, if there is to be one.

    Parameters
    ----------
    folder : path or None
        Folder of all requests.
    estimator : estimator
        What is judged.
    X : list of Clip or ClipFile, or array-like of shape (n_clips, n_features)
        Clips.
    folds : list of Fold
        Folds.
    **others
        Further arrays and plain values, as for `request_of`.

    Returns
    -------
    FoldStore or None
        The folder, None without one.

    Examples
    --------
    >>> open_store(None, None, [], []) is None
    True
    """
    if folder is None:
        return None
    return FoldStore(folder, request_of(estimator, X, folds, **others))


def request_of(estimator, X, folds, **others):
    """Describe what the outcomes of folds depend on.

    Parameters
    ----------
    estimator : estimator
        What is judged.
    X : list of Clip or ClipFile, or array-like of shape (n_clips, n_features)
        Clips; files count by path, size and time of change, arrays by their contents.
    folds : list of Fold
        Folds.
    **others
        Further arrays and plain values.

    Returns
    -------
    dict
        `key`, the hash of all, and the parts of it that can be read.

    Raises
    ------
    TypeError
        If the estimator holds what cannot be hashed, such as an open file.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> one = request_of(DummyClassifier(), np.zeros((2, 1)), [], y=np.array([0, 1]))
    >>> two = request_of(DummyClassifier(), np.ones((2, 1)), [], y=np.array([0, 1]))
    >>> one["key"] == two["key"]
    False
    """
    indices = [(fold.name, fold.train, fold.test) for fold in folds]
    readable = {
        "estimator": repr(estimator),
        "folds": [fold.name for fold in folds],
        **environment(),
    }
    try:
        key = digest([estimator, _source(X), indices, others, readable["versions"]])
    except TypeError as error:
        raise TypeError(
            "resume needs an estimator whose code can be told from other code: "
            f"{error}."
        ) from error
    settings = {k: v for k, v in others.items() if np.ndim(v) == 0}
    return {"key": key, **settings, **readable}


def _source(X):
    if isinstance(X, list):
        return [_source_of(item) for item in X]
    cells = np.asarray(X)
    if cells.dtype != object:
        return X
    return [cells.shape, *(_source_of(item) for item in cells.ravel())]


def _source_of(item):
    if not isinstance(item, Clip | ClipFile | PathLike | str):
        return item
    try:
        return describe_source(item)
    except OSError:
        return None  # for the reader to report
