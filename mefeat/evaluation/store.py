"""Finished folds on disk, so that a run that was ended goes on where it was."""

import hashlib
import json
from os import PathLike
from pathlib import Path

import joblib
import numpy as np

from mefeat.base import whole_file
from mefeat.base.cache import describe_source, describe_step
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
    Files are JSON, written whole or not at all. Numbers come back to the last bit. A
    file that is damaged, or is not of this request, is not taken: its fold runs again.

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
        self.folder = Path(folder) / self.key[:_LENGTH]
        self.folder.mkdir(parents=True, exist_ok=True)
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
        found = {i: self._read(i, fold) for i, fold in enumerate(folds)}
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
        outcome = _encoded(outcome)
        content = self._head(fold) | {"digest": _digest(outcome), "outcome": outcome}
        with whole_file(self._path(index)) as part:
            part.write_text(json.dumps(content), encoding="utf-8")

    def _path(self, index):
        return self.folder / f"fold-{index:04d}.json"

    def _head(self, fold):
        return {"key": self.key, "fold": fold.name, "test": fold.test.tolist()}

    def _read(self, index, fold):
        try:
            content = json.loads(self._path(index).read_text(encoding="utf-8"))
            outcome = content.pop("outcome")
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        whole = content == self._head(fold) | {"digest": _digest(outcome)}
        return _decoded(outcome) if whole else None


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
        If the estimator holds what cannot be described, such as a lambda.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> one = request_of(DummyClassifier(), np.zeros((2, 1)), [], y=np.array([0, 1]))
    >>> two = request_of(DummyClassifier(), np.ones((2, 1)), [], y=np.array([0, 1]))
    >>> one["key"] == two["key"]
    False
    """
    indices = [(fold.name, fold.train.tolist(), fold.test.tolist()) for fold in folds]
    readable = {
        "estimator": repr(estimator),
        "folds": [fold.name for fold in folds],
        **environment(),
    }
    arrays = {name: _listed(value) for name, value in others.items()}
    described = [describe_step(estimator), _source(X), indices, arrays]
    try:
        key = joblib.hash([described, readable["versions"]])
    except Exception as error:
        raise TypeError(
            "resume needs an estimator that can be described, but a part of it "
            f"cannot: {error} A function needs a name and a module, unlike a lambda."
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


def _listed(value):
    return value.tolist() if isinstance(value, np.ndarray) else value


def _digest(outcome):
    return hashlib.sha256(json.dumps(outcome).encode()).hexdigest()


def _encoded(value):
    """Turn arrays into lists that say their type; JSON writes floats exactly."""
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": value.dtype.str}
    if isinstance(value, dict):
        return {key: _encoded(item) for key, item in value.items()}
    return [_encoded(item) for item in value] if isinstance(value, list) else value


def _decoded(value):
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"array", "dtype"}:
        return np.array(value["array"], dtype=value["dtype"])
    return {key: _decoded(item) for key, item in value.items()}
