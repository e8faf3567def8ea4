"""Judge an estimator by a protocol: fold after fold, nothing learned outside of it."""

import time
from contextlib import nullcontext

import joblib
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import has_fit_parameter
from tqdm import tqdm

from mefeat.base import ClipPipeline, is_stateless, one_thread
from mefeat.evaluation.metrics import classes_of, confusion
from mefeat.evaluation.protocols import make_folds
from mefeat.evaluation.report import Evaluation, describe_estimator, environment


def evaluate(
    estimator,
    X,
    y,
    groups,
    *,
    protocol="loso",
    labels=None,
    n_splits=5,
    random_state=0,
    n_jobs=None,
    verbose=False,
):
    """Judge a classifier by cross-validation.

    What learns is fitted to the training clips of each fold alone. If the estimator is
    a Pipeline, its leading steps that learn nothing run once, for all folds. If the
    `fit` of its last step takes groups, as that of `PolySVCSearch` or of a search of
    scikit-learn does, it is given the subjects of the training clips.

    Parameters
    ----------
    estimator : estimator
        A classifier, mostly at the end of a Pipeline. It is cloned, never changed.
    X : list of Clip or ClipFile, or array-like of shape (n_clips, n_features)
        Clips, or rows.
    y : array-like of shape (n_clips,)
        Classes.
    groups : array-like of shape (n_clips,)
        Subjects.
    protocol : {"loso", "lovo", "kfold", "group_kfold"} or splitter, default="loso"
        What is held out, as in `make_folds`.
    labels : array-like of shape (n_classes,), optional
        Classes in the order of the tables. By default those of y, sorted. A class
        named here without clips lowers the macro-F1.
    n_splits : int, default=5
        Number of folds of "kfold" and "group_kfold".
    random_state : int, default=0
        Seed of the folds of "kfold".
    n_jobs : int, default=None
        Clips at a time, in threads, then folds at a time, in processes, unless
        `joblib.parallel_config` says otherwise.
    verbose : bool, default=False
        Whether to show progress, with the name of what is held out.

    Returns
    -------
    Evaluation
        Predictions of all clips that were held out, scores and tables.

    Raises
    ------
    ValueError
        If X, y and groups differ in length, or the folds are no folds. An error of the
        estimator is raised as it is, with a note that names what was held out.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> X, y = [[0], [0], [9], [9], [5], [5]], ["low"] * 2 + ["high"] * 4
    >>> result = evaluate(
    ...     KNeighborsClassifier(1), X, y, groups=[1, 2, 1, 2, 1, 3], protocol="loso"
    ... )
    >>> result.accuracy, result.uar
    (1.0, 1.0)
    """
    X, y, groups = _checked(X, y, groups)
    if labels is not None:
        confusion(y, y, labels)
    folds = make_folds(
        protocol, y, groups, n_splits=n_splits, random_state=random_state
    )
    head, rest = _split_stateless(estimator)
    if head is not None:
        X = _run_once(head, X, n_jobs, verbose)
    outcomes = _run_folds(rest, X, y, groups, folds, n_jobs, verbose)
    if labels is None:
        labels = classes_of(y, *(outcome["predicted"] for outcome in outcomes))
    return Evaluation(
        predictions=_predictions(y, groups, folds, outcomes, labels),
        folds=_fold_table(folds, outcomes),
        labels=np.asarray(labels),
        settings={
            "protocol": _protocol_text(protocol),
            "n_splits": n_splits,
            "random_state": random_state,
            "n_clips": len(y),
            "n_subjects": len(np.unique(groups)),
            "estimator": describe_estimator(estimator),
            **environment(),
        },
    )


def _checked(X, y, groups):
    if groups is None:
        raise ValueError("groups must name the subject of each clip, got None.")
    X = X if hasattr(X, "shape") else list(X)
    y, groups = np.asarray(y), np.asarray(groups)
    n_clips = X.shape[0] if hasattr(X, "shape") else len(X)
    for name, values in ("y", y), ("groups", groups):
        if values.shape != (n_clips,):
            raise ValueError(
                f"{name} must hold one value for each of the {n_clips} clips, got "
                f"shape {values.shape}."
            )
    check_classification_targets(y)
    return X, y, groups


def _protocol_text(protocol):
    if isinstance(protocol, str):
        return protocol
    return repr(protocol) if hasattr(protocol, "split") else "given splits"


def _split_stateless(estimator):
    """Split a Pipeline behind its longest prefix of steps that learn nothing."""
    if not isinstance(estimator, Pipeline):
        return None, estimator
    flat = Pipeline(_flat_steps(estimator), memory=estimator.memory)
    n_stateless = 0
    for _, step in flat.steps[:-1]:
        if not is_stateless(step):
            break
        n_stateless += 1
    if n_stateless == 0:
        return None, estimator
    return flat[:n_stateless], flat[n_stateless:]


def _flat_steps(pipeline):
    """List steps, those of Pipelines within included unless they have a cache."""
    steps = []
    for name, step in pipeline.steps:
        if isinstance(step, Pipeline) and step.memory is None:
            steps += [(f"{name}-{inner}", part) for inner, part in _flat_steps(step)]
        else:
            steps.append((name, step))
    return steps


def _run_once(head, X, n_jobs, verbose):
    head = clone(head)
    for _, step in head.steps:
        if verbose and isinstance(step, ClipPipeline):
            step.set_params(verbose=True)
    context = nullcontext() if n_jobs is None else joblib.parallel_config(n_jobs=n_jobs)
    with context:
        return head.fit_transform(X)


def _run_folds(estimator, X, y, groups, folds, n_jobs, verbose):
    # Fits of small SVMs hold Python's lock: two threads take longer than one.
    parallel = Parallel(n_jobs, prefer="processes", return_as="generator")
    jobs = (delayed(_run_fold)(estimator, X, y, groups, fold) for fold in folds)
    results = parallel(jobs)
    outcomes = []
    with tqdm(folds, unit="fold", disable=not verbose) as bar:
        for fold in bar:
            bar.set_description(f"held out: {fold.name}, {len(fold.test)} clips")
            outcomes.append(next(results))
    return outcomes


# Wherever a fold runs: products of matrices by more threads differ in the last bit.
@one_thread()
def _run_fold(estimator, X, y, groups, fold):
    """Fit a fold and predict what it holds out."""
    start = time.perf_counter()
    model, train, test = clone(estimator), fold.train, fold.test
    key = _groups_parameter(model)
    parameters = {} if key is None else {key: groups[train]}
    try:
        model.fit(_take(X, train), y[train], **parameters)
        held_out = _take(X, test)
        predicted = np.asarray(model.predict(held_out))
        decisions = _decisions(model, held_out)
    except Exception as error:
        error.add_note(f"while {fold.name} was held out ({len(test)} clips)")
        raise
    last = model.steps[-1][1] if isinstance(model, Pipeline) else model
    return {
        "predicted": predicted,
        "decisions": decisions,
        "best_params": getattr(last, "best_params_", None),
        "seconds": time.perf_counter() - start,
    }


def _groups_parameter(estimator):
    """Get the name under which `fit` takes the subjects, or None."""
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        key = None if isinstance(last, str) else _groups_parameter(last)
        return None if key is None else f"{name}__{key}"
    takes = isinstance(estimator, GridSearchCV | RandomizedSearchCV)
    return "groups" if takes or has_fit_parameter(estimator, "groups") else None


def _take(X, index):
    if isinstance(X, list):
        return [X[i] for i in index]
    return X.iloc[index] if hasattr(X, "iloc") else X[index]


def _decisions(model, X):
    """Get the decision values as {class: values}, if there is one per class."""
    if not hasattr(model, "decision_function") or _is_ovo(model):
        return {}
    values = np.asarray(model.decision_function(X))
    if values.ndim == 1:
        values = np.column_stack([-values, values])
    if values.shape[1] != len(model.classes_):
        return {}
    return dict(zip(model.classes_, values.T, strict=True))


def _is_ovo(model):
    parameters = model.get_params().items()
    return any(
        k.endswith("decision_function_shape") and v == "ovo" for k, v in parameters
    )


def _predictions(y, groups, folds, outcomes, labels):
    clips = np.concatenate([fold.test for fold in folds])
    columns = {
        "clip": clips,
        "subject": groups[clips],
        "fold": np.repeat([f.name for f in folds], [len(f.test) for f in folds]),
        "true": y[clips],
        "predicted": np.concatenate([outcome["predicted"] for outcome in outcomes]),
    }
    for label in labels:
        parts = [
            outcome["decisions"].get(label, np.full(len(fold.test), np.nan))
            for fold, outcome in zip(folds, outcomes, strict=True)
        ]
        if not np.isnan(np.concatenate(parts)).all():
            columns[f"decision {label}"] = np.concatenate(parts)
    return pd.DataFrame(columns).sort_values("clip", ignore_index=True)


def _fold_table(folds, outcomes):
    return pd.DataFrame(
        {
            "fold": [fold.name for fold in folds],
            "n_train": [len(fold.train) for fold in folds],
            "n_test": [len(fold.test) for fold in folds],
            "seconds": [outcome["seconds"] for outcome in outcomes],
            "best_params": [outcome["best_params"] for outcome in outcomes],
        }
    )
