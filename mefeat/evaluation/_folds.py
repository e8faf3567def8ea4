"""Folds run in parallel, here or on a cluster, each stored when it is done."""

import builtins
import json
import sys
import threading
import time
import warnings
from collections import defaultdict
from contextlib import closing, contextmanager, nullcontext
from os import PathLike

import joblib
import numpy as np
from joblib.parallel import get_active_backend
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.parallel import delayed

from mefeat._environment import printable
from mefeat.base import one_thread
from mefeat.base._files import whole_file
from mefeat.base._parallel import (
    as_they_come,
    parallel_processes,
    progress_bar,
    watch_parent,
)
from mefeat.base._pipeline import groups_parameter, last_step, take
from mefeat.base._store import (
    SUFFIX,
    describe_source,
    digest,
    open_folder,
    read_entry,
    write_entry,
)
from mefeat.clip import Clip, ClipFile
from mefeat.evaluation._results import environment, plain
from mefeat.model_selection._metrics import edges_of_search


class Progress:
    """Progress that names the fold in work: a bar, or lines without a terminal."""

    def __init__(self, folds, done, *, verbose):
        self.folds = folds
        self.left = [i for i in range(len(folds)) if i not in set(done)]
        n_done = len(folds) - len(self.left)
        self._bar = progress_bar(
            total=len(folds), unit="fold", shown=verbose, initial=n_done
        )
        self._describe()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._bar.close()

    def finished(self, index):
        """Count a fold."""
        self.left.remove(index)
        self._describe()
        self._bar.update()

    def _describe(self):
        text = ""
        if self.left:
            fold = self.folds[self.left[0]]
            name = printable(fold.name)
            text = f"held out: {name}, {len(fold.test)} clips"
        self._bar.set_description(text, refresh=sys.stderr.isatty())


class SturdyClient:
    """A client of Dask as joblib uses it, for workers that may die.

    joblib scatters large arguments, which are then gone with the worker that holds
    them, and all tasks that need them fail. Here they are results of tasks, which the
    cluster makes again.
    """

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        return getattr(self._client, name)

    async def scatter(self, data, **options):
        """Give the workers a large argument."""
        return everywhere(data, self._client)


def active_client():
    """Get the client of the Dask cluster that joblib runs on."""
    return getattr(get_active_backend()[0], "client", None)


def everywhere(value, client):
    """Send a value to a cluster once, for all tasks."""
    if client is None:
        return value
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sending large graph")
        return client.submit(_itself, value, pure=False)


def here(value):
    """Get, within a task, the value that `everywhere` sent."""
    return value.result() if hasattr(value, "result") else value


def has_one_thread():
    """Tell whether this is a worker of a Dask cluster that has one task at a time."""
    if active_client() is None:
        return False
    from distributed import get_worker

    try:
        return get_worker().state.nthreads == 1
    except ValueError:  # not in a worker
        return False


def within(shared_out):
    """Choose where the parallel work inside a fold runs."""
    client = active_client()
    if client is None:
        return nullcontext()
    if not shared_out:
        return joblib.parallel_config(backend="sequential")
    # While it waits for its tasks, joblib lends its place on the worker to others.
    return joblib.parallel_config("dask", client=SturdyClient(client))


def _itself(value):
    return value


_LENGTH = 16


class FoldStore:
    """Folder in which every finished fold of one request is a file.

    Each request has a folder of its own within the one that is given, named by a hash
    of all that the folds depend on. So one folder serves many requests, and a changed
    request never takes the folds of another.

    Notes
    -----
    Files hold arrays and JSON, with a checksum, and are written whole or not at all.
    Numbers come back to the last bit. A file that is damaged, or is not of this
    request, is not taken: a warning names it, and its fold runs again.
    """

    def __init__(self, folder, request):
        self.key = request["key"]
        self.folder = open_folder(open_folder(folder) / self.key[:_LENGTH])
        # Written now: a folder that cannot be written to is known before any work.
        with whole_file(self.folder / "request.json") as part:
            part.write_text(json.dumps(plain(request), indent=1), encoding="utf-8")

    def finished(self, folds):
        """Read the folds that are finished."""
        found = {
            i: read_entry(self._path(i), self._head(fold))
            for i, fold in enumerate(folds)
        }
        return {i: outcome for i, outcome in found.items() if outcome is not None}

    def keep(self, index, fold, outcome):
        """Write a finished fold."""
        write_entry(self._path(index), self._head(fold), outcome)

    def _path(self, index):
        return self.folder / f"fold-{index:04d}{SUFFIX}"

    def _head(self, fold):
        return {"key": self.key, "fold": fold.name, "test": fold.test.tolist()}


def request_of(estimator, X, folds, **others):
    """Describe what the outcomes of folds depend on."""
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
            "memory needs an estimator whose code can be told from other code: "
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


def run_folds(function, arguments, folds, *, store=None, n_jobs=None, verbose=False):
    """Run a function on every fold that is not finished yet."""
    outcomes = {} if store is None else store.finished(folds)
    left = [index for index in range(len(folds)) if index not in outcomes]
    if left:
        shared = _Shared(function, arguments())
        with one_thread(), Progress(folds, outcomes, verbose=verbose) as progress:
            for index, outcome in _results(shared, folds, left, n_jobs):
                if store is not None:
                    store.keep(index, folds[index], outcome)
                outcomes[index] = outcome
                progress.finished(index)
    outcomes = [outcomes[index] for index in range(len(folds))]
    _warn_together(folds, outcomes)
    return outcomes


def fit_fold(fold, estimator, X, y, groups):
    """Fit a classifier to a fold and predict what it holds out.

    Notes
    -----
    A flag that all training clips have, or none, is predicted as they have it.
    """
    known = y[fold.train]
    alike = y.dtype == bool and (known == known[0]).all()
    model = DummyClassifier() if alike else clone(estimator)
    key = groups_parameter(model)
    parameters = {} if key is None else {key: groups[fold.train]}
    model.fit(take(X, fold.train), known, **parameters)
    held_out = take(X, fold.test)
    predicted = np.asarray(model.predict(held_out))
    classes, decisions = _decisions(model, held_out)
    return {
        "predicted": predicted,
        "classes": classes,
        "decisions": decisions,
        "best_params": plain(getattr(last_step(model), "best_params_", None)),
        "edges": plain(edges_of_search(last_step(model))),
    }


class _Shared:
    """The function and the arguments that all folds share, as one object."""

    def __init__(self, function, values):
        self.function = function
        self.values = values


def _results(shared, folds, left, n_jobs):
    """Yield (index, outcome) of each fold as it ends."""
    client = active_client()
    if len(left) == 1 and client is None:
        several = n_jobs is not None
        with joblib.parallel_config(n_jobs=n_jobs) if several else nullcontext():
            yield _run(left[0], folds[left[0]], shared)
        return
    # On a cluster, all workers share each of the folds that do not fill it.
    n_rest = len(left) % joblib.effective_n_jobs(n_jobs) if client else len(left)
    shared = everywhere(shared, client)
    # Fits of small SVMs hold Python's lock: two threads take longer than one.
    return_as = as_they_come("processes", ordered=False)
    parallel = parallel_processes(n_jobs, return_as=return_as)
    jobs = (
        delayed(_run)(index, folds[index], shared, place >= len(left) - n_rest)
        for place, index in enumerate(left)
    )
    # Closed at once when interrupted, which ends the processes.
    results = parallel(jobs)
    with nullcontext() if return_as == "list" else closing(results):
        yield from results


# Wherever a fold runs: products of matrices by more threads differ in the last bit.
@one_thread()
def _run(index, fold, shared, shared_out=False):
    start = time.perf_counter()
    watch_parent()
    shared = here(shared)
    try:
        with _collected(shared_out) as caught, within(shared_out):
            outcome = shared.function(fold, *shared.values)
    except Exception as error:
        error.add_note(f"while {fold.name} was held out ({len(fold.test)} clips)")
        raise
    texts = [[warning.category.__name__, str(warning.message)] for warning in caught]
    seconds = time.perf_counter() - start
    return index, outcome | {"seconds": seconds, "warnings": texts}


@contextmanager
def _collected(shared_out):
    """Collect warnings, where no other thread would lose its own by that."""
    main = threading.current_thread() is threading.main_thread()
    if main or (has_one_thread() and not shared_out):
        with warnings.catch_warnings(record=True) as caught:
            yield caught
    else:
        yield []


def _warn_together(folds, outcomes):
    """Issue each warning of the folds once, fits that did not converge as one."""
    by_text = defaultdict(dict)
    for fold, outcome in zip(folds, outcomes, strict=True):
        for category, text in outcome["warnings"]:
            same = category if category == ConvergenceWarning.__name__ else text
            by_text[category, same].setdefault(fold.name, text)
    for (category, _), texts in by_text.items():
        name, text = next(iter(texts.items()))
        kind = getattr(builtins, category, UserWarning)
        if category == ConvergenceWarning.__name__:
            kind = ConvergenceWarning
        where = f"in {len(texts)} of {len(folds)} folds, first in that of {name}"
        warnings.warn(f"{text} ({where})", kind, stacklevel=5)


def _decisions(model, X):
    """Get classes and decision values, if there is one value per class."""
    if not hasattr(model, "decision_function") or _is_ovo(model):
        return None, None
    values = np.asarray(model.decision_function(X))
    if values.ndim == 1:
        values = np.column_stack([-values, values])
    if values.shape[1] != len(model.classes_):
        return None, None
    return np.asarray(model.classes_), values


def _is_ovo(model):
    parameters = model.get_params().items()
    return any(
        k.endswith("decision_function_shape") and v == "ovo" for k, v in parameters
    )
