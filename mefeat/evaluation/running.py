"""Running the folds: side by side, with progress, each kept as soon as it is done."""

import builtins
import threading
import time
import warnings
from collections import defaultdict
from contextlib import closing, contextmanager, nullcontext

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.parallel import delayed

from mefeat.base import as_they_come, one_thread, parallel_processes, watch_parent
from mefeat.base.groups import groups_parameter
from mefeat.evaluation.cluster import (
    active_client,
    count_whole,
    everywhere,
    has_one_thread,
    here,
    within,
)
from mefeat.evaluation.describe import plain
from mefeat.evaluation.parts import last_step, take
from mefeat.evaluation.progress import Progress
from mefeat.evaluation.ranking import edges_of_search


def run_folds(function, arguments, folds, *, store=None, n_jobs=None, verbose=False):
    """Run a function on every fold that is not finished yet.

    Parameters
    ----------
    function : callable
        Called as `function(fold, *values)`, gives a dict.
    arguments : callable
        Gives `values`; called only if a fold is left to run.
    folds : list of Fold
        Folds.
    store : FoldStore, optional
        Where finished folds are found and kept.
    n_jobs : int, default=None
        Folds at a time, in processes unless `joblib.parallel_config` says otherwise. A
        single fold may use them itself.
    verbose : bool, default=False
        Whether to show progress, as in `evaluate`.

    Returns
    -------
    list of dict
        What the function gave for each fold, with `seconds` and `warnings`. Warnings
        of the same kind in several folds are given as one.

    Examples
    --------
    >>> from mefeat.evaluation import make_folds
    >>> folds = make_folds("loso", ["joy", "fear", "joy"], [1, 2, 2])
    >>> def count(fold, weight):
    ...     return {"weight": weight * len(fold.test)}
    >>> [found["weight"] for found in run_folds(count, lambda: (10,), folds)]
    [10, 20]
    """
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

    Parameters
    ----------
    fold : Fold
        The fold.
    estimator : estimator
        A classifier; it is cloned.
    X : list, array or DataFrame
        Clips or rows.
    y, groups : ndarray of shape (n_clips,)
        Classes and subjects.

    Returns
    -------
    dict
        `predicted`; `decisions` of shape (n_test, n_classes) in the order of
        `classes`, both None without decision values; `best_params` of a search, and
        its `edges`, as of `edges_of`.

    Notes
    -----
    A flag that all training clips have, or none, is predicted as they have it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from mefeat.evaluation.protocols import Fold
    >>> fold = Fold("clip 2", np.array([0, 1]), np.array([2]))
    >>> X, y = np.array([[0.0], [9.0], [8.0]]), np.array(["low", "high", "high"])
    >>> fit_fold(fold, KNeighborsClassifier(1), X, y, y)["predicted"]
    array(['high'], dtype='<U4')
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
    """What all folds are given, as one object."""

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
    n_whole = count_whole(len(left), joblib.effective_n_jobs(n_jobs)) if client else 0
    shared = everywhere(shared, client)
    # Fits of small SVMs hold Python's lock: two threads take longer than one.
    return_as = as_they_come("processes", ordered=False)
    parallel = parallel_processes(n_jobs, return_as=return_as)
    jobs = (
        delayed(_run)(index, folds[index], shared, place >= n_whole)
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
    said = [[warning.category.__name__, str(warning.message)] for warning in caught]
    seconds = time.perf_counter() - start
    return index, outcome | {"seconds": seconds, "warnings": said}


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
    """Give the warnings of all folds, those of fits that did not converge as one."""
    said = defaultdict(dict)
    for fold, outcome in zip(folds, outcomes, strict=True):
        for category, text in outcome["warnings"]:
            same = category if category == ConvergenceWarning.__name__ else text
            said[category, same].setdefault(fold.name, text)
    for (category, _), texts in said.items():
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
