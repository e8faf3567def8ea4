"""`evaluate`: run an estimator through a protocol, fold by fold."""

import warnings
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils.multiclass import check_classification_targets

from mefeat.base._pipeline import (
    check_no_resampling,
    flat_steps,
    groups_parameter,
    last_step,
    resamples,
    run_once,
    split_once,
    take,
)
from mefeat.evaluation._folds import fit_fold, open_store, run_folds
from mefeat.evaluation._results import (
    Evaluation,
    describe_estimator,
    environment,
    plain,
)
from mefeat.model_selection._metrics import (
    SCORES,
    classes_of,
    confusion,
    edges_of,
    flag_f1,
)
from mefeat.model_selection._search import (
    Candidates,
    candidate_predictions,
    list_candidates,
)
from mefeat.model_selection._splitters import (
    check_columns,
    check_databases,
    fold_table,
    make_folds,
    protocol_text,
)

# Scores by their names in scikit-learn, by which a search is told what to choose by.
_SCORINGS = {
    "f1_macro": "macro_f1",
    "accuracy": "accuracy",
    "balanced_accuracy": "uar",
    "f1_weighted": "weighted_f1",
}


def prepare_oracle(estimator, targets):
    """Check that there is something to choose from, and by a score that we have."""
    search = last_step(estimator)
    name, score = _score_of(search, set(np.unique(targets).tolist()) <= {0, 1})
    params = plain(list_candidates(search))

    def choose(found, y, folds, labels):
        classes = np.unique(y)
        candidates = Candidates(
            params,
            [classes[fold["codes"]] for fold in found],
            np.sum([fold["unconverged"] for fold in found], axis=0),
        )
        splits = [(fold.train, fold.test) for fold in folds]
        known = classes if labels is None else np.unique(labels)
        counts = candidates.confusions(y, splits, known)
        found_scores = [score(matrix) for matrix in counts]
        best = int(np.argmax(found_scores))
        one = {"classes": None, "decisions": None, "best_params": params[best]}
        one["edges"] = edges_of(params, found_scores)
        return [{"predicted": rows[best]} | one for rows in candidates.predicted], {
            "scoring": name,
            "best_params": params[best],
            "n_candidates": len(params),
            "n_unconverged": int(candidates.unconverged[best]),
        }

    return predict_candidates, choose


def predict_candidates(fold, estimator, X, y, groups):
    """Predict what a fold holds out by every candidate of a search."""
    search = clone(last_step(estimator))
    train, test = take(X, fold.train), take(X, fold.test)
    known = y[fold.train]
    for step in _steps_before(clone(estimator)):
        if resamples(step):
            train, known = step.fit_resample(train, known)
        else:
            train = step.fit_transform(train, known)
            test = step.transform(test)
    n_train = len(known)
    split = np.arange(n_train), n_train + np.arange(len(fold.test))
    whole = isinstance(train, list)
    rows = train + test if whole else np.concatenate([train, test])
    both = np.concatenate([known, y[fold.test]])
    found = candidate_predictions(search, rows, both, [split])
    return {
        "codes": np.searchsorted(np.unique(y), found.predicted[0]),
        "unconverged": np.asarray(found.unconverged),
    }


def _steps_before(estimator):
    """List the steps before the search, to any depth."""
    if not isinstance(estimator, Pipeline):
        return []
    *before, (_, last) = flat_steps(estimator)
    steps = [step for _, step in before if step is not None and step != "passthrough"]
    return steps + _steps_before(last)


def _score_of(search, flags):
    """Find the name of the score that the search chooses by, and its function."""
    scoring = getattr(search, "scoring", None)
    if not hasattr(search, "scoring"):
        raise ValueError(
            "selection='oracle' chooses among the candidates of a search, such as "
            f"PolySVCSearch or GridSearchCV, got {type(search).__name__} at the end."
        )
    # Without a scoring a search of scikit-learn takes the accuracy of a classifier.
    scoring = "accuracy" if scoring is None else scoring
    if flags and scoring == "f1":
        return scoring, flag_f1
    if not isinstance(scoring, str) or scoring not in _SCORINGS:
        raise ValueError(
            f"selection='oracle' chooses by one of {list(_SCORINGS)}, but the search "
            f"scores by {scoring!r}."
        )
    return _SCORINGS[scoring], SCORES[_SCORINGS[scoring]]


@dataclass(frozen=True, eq=False)
class Judged:
    """What the folds gave."""

    outcomes: list
    facts: list
    seconds: list
    settings: dict


def judge(
    estimator,
    X,
    targets,
    groups,
    folds,
    *,
    labels=None,
    selection="nested",
    transductive=False,
    n_jobs=None,
    memory=None,
    verbose=False,
    **asked,
):
    """Run the folds of one or several targets on the same clips."""
    if selection not in SELECTIONS:
        raise ValueError(
            f"selection must be one of {list(SELECTIONS)}, got {selection!r}."
        )
    head, rest, learned = split_once(estimator, transductive)
    run, choose = SELECTIONS[selection](rest, targets)
    how = {"selection": selection, "transductive": bool(learned)}
    asked |= {"targets": targets, "groups": groups, "labels": plain(labels), **how}
    store = open_store(memory, estimator, X, folds, **asked)

    def arguments():
        rows = run_once(head, X, learned=learned, n_jobs=n_jobs, verbose=verbose)
        return run, rest, rows, targets, groups

    found = run_folds(
        _run_targets, arguments, folds, store=store, n_jobs=n_jobs, verbose=verbose
    )
    chosen = [
        choose([fold["targets"][i] for fold in found], y, folds, labels)
        for i, y in enumerate(targets)
    ]
    outcomes, facts = zip(*chosen, strict=True)
    _warn_of_result(last_step(estimator), outcomes, targets, folds)
    counts = {"n_clips": len(groups), "n_subjects": len(np.unique(groups))}
    return Judged(
        outcomes=list(outcomes),
        facts=list(facts),
        seconds=[fold["seconds"] for fold in found],
        settings={
            **how,
            "fitted_to_all": learned,
            **counts,
            "estimator": describe_estimator(estimator),
            **environment(),
        },
    )


class ResultWarning(UserWarning):
    """A result looks like none: of one class alone, or chosen at the end of a grid.

    Examples
    --------
    >>> issubclass(ResultWarning, UserWarning)
    True
    """


def _warn_of_result(classifier, outcomes, targets, folds):
    """Warn once of what makes figures look like an answer that was never found."""
    held_out = np.concatenate([fold.test for fold in folds])
    said = [
        np.unique(np.concatenate([outcome["predicted"] for outcome in unit]))
        for unit in outcomes
    ]
    alike = all(
        len(predicted) == 1 < len(np.unique(y[held_out]))
        for predicted, y in zip(said, targets, strict=True)
    )
    if alike and not isinstance(classifier, DummyClassifier):
        warnings.warn(
            f"every clip was predicted as {said[0].tolist()[0]!r}, as by one who has "
            "seen no row: look at the scale of the rows and at the grid of the "
            "classifier.",
            ResultWarning,
            stacklevel=4,
        )
    edges = Counter(
        (name, *edge)
        for unit in outcomes
        for outcome in unit
        for name, edge in (outcome.get("edges") or {}).items()
    )
    n_chosen = sum(map(len, outcomes))
    for (name, value, end), n in edges.items():
        if n > n_chosen / 2:
            more = {"largest": "larger", "smallest": "smaller"}[end]
            warnings.warn(
                f"{name}={value}, the {end} of its grid, was chosen in {n} of "
                f"{n_chosen} folds, and no other value did as well: try {more} values "
                f"of {name}.",
                ResultWarning,
                stacklevel=4,
            )


def _run_targets(fold, run, estimator, X, targets, groups):
    return {"targets": [run(fold, estimator, X, y, groups) for y in targets]}


def _prepare_nested(estimator, targets):
    if groups_parameter(estimator) is not None:
        check_no_resampling(estimator)
    return fit_fold, lambda outcomes, y, folds, labels: (outcomes, {})


# Each gives what runs in a fold, and what chooses from that of all folds.
SELECTIONS = {"nested": _prepare_nested, "oracle": prepare_oracle}


def evaluate(
    estimator,
    X,
    y,
    groups,
    *,
    protocol="loso",
    selection="nested",
    transductive=False,
    databases=None,
    test_databases=None,
    train_databases=None,
    labels=None,
    n_splits=5,
    random_state=0,
    n_jobs=None,
    memory=None,
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
    protocol : {"loso", "lovo", "kfold", "group_kfold", "leave_one_database_out", \
"cross_database"} or splitter, default="loso"
        What is held out, as in `make_folds`.
    selection : {"nested", "oracle"}, default="nested"
        Who chooses the parameters of a search at the end of the estimator. "nested":
        the search itself, within the training clips of each fold. "oracle": the one
        candidate with the best score on the very clips that are reported, as in many
        papers; such a result is too good, and carries a dagger wherever it is shown.
    transductive : bool, default=False
        Whether the steps before the classifier are fitted once to all clips, without
        their classes, as some papers did, instead of in each fold. Such a result
        carries a double dagger, if any of these steps learns.
    databases : array-like of shape (n_clips,), optional
        Database of each clip: for the protocols across databases, and for the scores
        of each.
    test_databases, train_databases : str or list of str, optional
        What "cross_database" holds out, and what it trains on (all others).
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
    memory : path, optional
        Folder in which every finished fold is kept. The same call, after this one was
        ended in any way, takes them and goes on; its tables are those of a run that
        was not. A call that differs in anything that matters takes none of them: in
        parameters, the code of steps of your own, clips, folds or versions of packages.
    verbose : bool, default=False
        Whether to show progress, with the name of what is held out: a bar, or without
        a terminal a line with each fold, at most one a minute.

    Returns
    -------
    Evaluation
        Predictions of all clips that were held out, scores and tables.

    Raises
    ------
    ValueError
        If X, y and groups differ in length, the folds are no folds, there is nothing
        to select from, or a step that needs classes would be fitted to all clips. An
        error of the estimator is raised as it is, with a note that names what was held
        out.

    Notes
    -----
    Warnings that several folds give, say of fits that did not converge, are given
    once, with the number of folds.

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
    X, y, groups = check_clips_and_subjects(X, y, groups)
    if labels is not None:
        confusion(y, y, labels)
    databases = check_databases(databases, groups)
    folds = make_folds(
        protocol,
        y,
        groups,
        n_splits=n_splits,
        random_state=random_state,
        databases=databases,
        test_databases=test_databases,
        train_databases=train_databases,
    )
    found = judge(
        estimator,
        X,
        y[None],
        groups,
        folds,
        labels=labels,
        selection=selection,
        transductive=transductive,
        n_jobs=n_jobs,
        memory=memory,
        verbose=verbose,
    )
    [outcomes], [facts] = found.outcomes, found.facts
    if labels is None:
        labels = classes_of(y, *(outcome["predicted"] for outcome in outcomes))
    best_params = [outcome["best_params"] for outcome in outcomes]
    return Evaluation(
        predictions=_predictions(y, groups, databases, folds, outcomes, labels),
        folds=fold_table(folds, found.seconds, best_params),
        labels=np.asarray(labels),
        settings={
            "protocol": protocol_text(protocol),
            "n_splits": n_splits,
            "random_state": random_state,
            **facts,
            **found.settings,
        },
    )


def check_clips_and_subjects(X, y, groups):
    """Check that there is a class and a subject for each clip."""
    if groups is None:
        raise ValueError("groups must name the subject of each clip, got None.")
    X, y, groups = check_columns(X, y=y, groups=groups)
    check_classification_targets(y)
    return X, y, groups


def _predictions(y, groups, databases, folds, outcomes, labels):
    clips = np.concatenate([fold.test for fold in folds])
    columns = {"clip": clips, "subject": groups[clips]}
    if databases is not None:
        columns["database"] = databases[clips]
    columns |= {
        "fold": np.repeat([f.name for f in folds], [len(f.test) for f in folds]),
        "true": y[clips],
        "predicted": np.concatenate([outcome["predicted"] for outcome in outcomes]),
    }
    for label in labels:
        parts = [
            _decision(outcome, label, len(fold.test))
            for fold, outcome in zip(folds, outcomes, strict=True)
        ]
        if not np.isnan(np.concatenate(parts)).all():
            columns[f"decision {label}"] = np.concatenate(parts)
    return pd.DataFrame(columns).sort_values("clip", ignore_index=True)


def _decision(outcome, label, n_test):
    """Get the decision values of a class, NaN where the fold has none."""
    classes = outcome["classes"]
    if classes is None or label not in classes:
        return np.full(n_test, np.nan)
    return outcome["decisions"][:, np.flatnonzero(classes == label)[0]]
