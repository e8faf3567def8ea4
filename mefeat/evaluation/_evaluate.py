"""`evaluate` and `evaluate_units`: run an estimator through a protocol."""

import warnings
from collections import Counter

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
from mefeat.evaluation._folds import FoldStore, fit_fold, request_of, run_folds
from mefeat.evaluation._results import (
    Evaluation,
    UnitEvaluation,
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
    make_folds,
)


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
    """Evaluate a classifier by cross-validation.

    Steps that learn are fitted to the training clips of each fold alone. The stateless
    steps at the beginning of a Pipeline run once for all folds. If the `fit` of the
    last step takes groups, as in `PolySVCSearch` and the searches of scikit-learn, it
    receives the subjects of the training clips.

    Parameters
    ----------
    estimator : estimator
        A classifier, usually at the end of a Pipeline. It is cloned, never changed.
    X : list of Clip or ClipFile, or array-like of shape (n_clips, n_features)
        Clips, or rows.
    y : array-like of shape (n_clips,)
        Classes.
    groups : array-like of shape (n_clips,)
        Subjects.
    protocol : {"loso", "lovo", "kfold", "group_kfold", "leave_one_database_out", \
"cross_database"} or splitter, default="loso"
        What each fold holds out, as in `make_folds`.
    selection : {"nested", "oracle"}, default="nested"
        How a search at the end of the estimator chooses its parameters. "nested": by
        itself, within the training clips of each fold. "oracle": the one candidate with
        the best score on the very clips that are reported, as in many papers; such a
        result is optimistic and carries a dagger wherever it is shown.
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
    A warning that several folds raise, such as of fits that did not converge, is
    issued once, with the number of folds.

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
    [outcomes], [facts], seconds, settings = _run_protocol(
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
    if labels is None:
        labels = classes_of(y, *(outcome["predicted"] for outcome in outcomes))
    best_params = [outcome["best_params"] for outcome in outcomes]
    return Evaluation(
        predictions=_class_predictions(y, groups, databases, folds, outcomes, labels),
        folds=_fold_table(folds, seconds, best_params),
        labels=np.asarray(labels),
        settings={
            "protocol": _protocol_text(protocol),
            "n_splits": n_splits,
            "random_state": random_state,
            **facts,
            **settings,
        },
    )


def evaluate_units(
    estimator,
    X,
    units,
    databases,
    *,
    groups=None,
    unit_names=None,
    protocol="leave_one_database_out",
    selection="nested",
    transductive=False,
    test_databases=None,
    train_databases=None,
    n_jobs=None,
    memory=None,
    verbose=False,
):
    """Evaluate a classifier of action units, database by database.

    The protocol of CD6ME [1]_: every database is held out in turn, a classifier of its
    own learns each unit from the others, and the F1 of a unit is that of the pooled
    predictions. Stateless steps run once for all folds.

    Parameters
    ----------
    estimator : estimator
        A binary classifier, usually at the end of a Pipeline. It is cloned for
        each unit.
    X : list of Clip or ClipFile, or array-like of shape (n_clips, n_features)
        Clips, or rows.
    units : array-like of bool, shape (n_clips, n_units), or DataFrame
        Which units each clip shows.
    databases : array-like of shape (n_clips,)
        Database of each clip.
    groups : array-like of shape (n_clips,), optional
        Subjects, which a search of parameters keeps apart, and over which intervals
        are drawn. By default each database counts as one.
    unit_names : list of str, optional
        Names of the units, by default the columns of a DataFrame, or "AU0", "AU1", ...
    protocol : str or splitter, default="leave_one_database_out"
        What is held out, as in `make_folds`; "loso" and others need `groups`.
    selection : {"nested", "oracle"}, default="nested"
        Who chooses the parameters of a search at the end of the estimator, as in
        `evaluate`: for each unit within the training clips, or for each unit the one
        candidate with the best score on the clips that are reported, which carries a
        dagger.
    transductive : bool, default=False
        Whether the steps before the classifier are fitted once to all clips, as in
        `evaluate`, which carries a double dagger.
    test_databases, train_databases : str or list of str, optional
        What "cross_database" holds out, and what it trains on (all others).
    n_jobs : int, default=None
        Clips at a time, in threads, then folds at a time, in processes, unless
        `joblib.parallel_config` says otherwise.
    memory : path, optional
        Folder in which every finished fold is kept, as in `evaluate`.
    verbose : bool, default=False
        Whether to show progress, as in `evaluate`.

    Returns
    -------
    UnitEvaluation
        Predictions of all units of all clips that were held out, and their F1.

    Raises
    ------
    ValueError
        If lengths differ, units are no flags, or there is nothing to select from.

    Notes
    -----
    A unit that all training clips show, or none, is predicted as they have it. Let a
    search choose by ``scoring="f1"``, the score that is reported of a unit: "f1_macro"
    also looks at how well the clips without the unit are told.

    References
    ----------
    .. [1] T. Varanka, Y. Li, W. Peng, G. Zhao, "Data leakage and evaluation issues in
       micro-expression analysis", 2022. https://doi.org/10.48550/arXiv.2211.11425

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> X, units = [[0], [0], [9], [9]], [[0, 1], [0, 1], [1, 0], [1, 0]]
    >>> databases = ["casme2", "samm", "casme2", "samm"]
    >>> result = evaluate_units(KNeighborsClassifier(1), X, units, databases)
    >>> result.f1.to_dict(), result.mean_f1
    ({'AU0': 1.0, 'AU1': 1.0}, 1.0)
    """
    names = _unit_names(units, unit_names)
    if groups is None and _protocol_text(protocol) in ("loso", "group_kfold"):
        raise ValueError(f"the protocol {protocol!r} needs groups, the subjects.")
    X, units, databases, groups = _check_units(X, units, databases, groups)
    folds = make_folds(
        protocol,
        np.zeros(len(units)),
        groups,
        databases=databases,
        test_databases=test_databases,
        train_databases=train_databases,
    )
    outcomes, facts, seconds, settings = _run_protocol(
        estimator,
        X,
        units.T,
        groups,
        folds,
        labels=[False, True],
        selection=selection,
        transductive=transductive,
        n_jobs=n_jobs,
        memory=memory,
        verbose=verbose,
        unit_names=names,
    )
    best_params = [
        _by_unit(names, [outcome["best_params"] for outcome in fold])
        for fold in zip(*outcomes, strict=True)
    ]
    return UnitEvaluation(
        predictions=_unit_predictions(units, groups, databases, folds, outcomes, names),
        folds=_fold_table(folds, seconds, best_params),
        unit_names=names,
        settings={
            "protocol": _protocol_text(protocol),
            **_unit_facts(names, facts),
            **settings,
        },
    )


class ResultWarning(UserWarning):
    """A result is suspect: it predicts one class alone, or lies at the end of a grid.

    Examples
    --------
    >>> issubclass(ResultWarning, UserWarning)
    True
    """


def _run_protocol(
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
    **request,
):
    """Run the folds of one or several targets on the same clips.

    Returns the outcomes of the folds for each target, what the selection says of each
    target, the seconds of each fold, and settings.
    """
    if selection not in SELECTIONS:
        raise ValueError(
            f"selection must be one of {list(SELECTIONS)}, got {selection!r}."
        )
    head, rest, learned = split_once(estimator, transductive)
    run, choose = SELECTIONS[selection](rest, targets)
    how = {"selection": selection, "transductive": bool(learned)}
    request |= {"targets": targets, "groups": groups, "labels": plain(labels), **how}
    store = None
    if memory is not None:
        store = FoldStore(memory, request_of(estimator, X, folds, **request))

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
    seconds = [fold["seconds"] for fold in found]
    settings = {
        **how,
        "fitted_to_all": learned,
        **counts,
        "estimator": describe_estimator(estimator),
        **environment(),
    }
    return outcomes, facts, seconds, settings


def _run_targets(fold, run, estimator, X, targets, groups):
    return {"targets": [run(fold, estimator, X, y, groups) for y in targets]}


def _prepare_nested(estimator, targets):
    if groups_parameter(estimator) is not None:
        check_no_resampling(estimator)
    return fit_fold, lambda outcomes, y, folds, labels: (outcomes, {})


def _prepare_oracle(estimator, targets):
    """Check that the search has candidates and a known score."""
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

    return _predict_candidates, choose


def _predict_candidates(fold, estimator, X, y, groups):
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


# Scores by their names in scikit-learn, by which a search is told what to choose by.
_SCORINGS = {
    "f1_macro": "macro_f1",
    "accuracy": "accuracy",
    "balanced_accuracy": "uar",
    "f1_weighted": "weighted_f1",
}


# Each returns a function that runs in a fold, and one that chooses from all folds.
SELECTIONS = {"nested": _prepare_nested, "oracle": _prepare_oracle}


def _warn_of_result(classifier, outcomes, targets, folds):
    """Warn of predictions of one class alone, and of choices at the end of a grid."""
    held_out = np.concatenate([fold.test for fold in folds])
    predicted_classes = [
        np.unique(np.concatenate([outcome["predicted"] for outcome in unit]))
        for unit in outcomes
    ]
    alike = all(
        len(predicted) == 1 < len(np.unique(y[held_out]))
        for predicted, y in zip(predicted_classes, targets, strict=True)
    )
    if alike and not isinstance(classifier, DummyClassifier):
        warnings.warn(
            f"every clip was predicted as {predicted_classes[0].tolist()[0]!r}, as by "
            "one who has seen no row: look at the scale of the rows and at the grid of "
            "the classifier.",
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


def check_clips_and_subjects(X, y, groups):
    """Check that there is a class and a subject for each clip."""
    if groups is None:
        raise ValueError("groups must name the subject of each clip, got None.")
    X, y, groups = check_columns(X, y=y, groups=groups)
    check_classification_targets(y)
    return X, y, groups


def _check_units(X, units, databases, groups):
    units = np.asarray(units)
    if not np.isin(units, [0, 1]).all():
        raise ValueError(
            "units must be flags, 0 or 1, of shape (n_clips, n_units), got "
            f"{np.unique(units)[:5]}."
        )
    if databases is None:
        raise ValueError("databases must name the database of each clip, got None.")
    groups = databases if groups is None else groups
    X, databases, groups = check_columns(X, databases=databases, groups=groups)
    if len(units) != len(groups):
        raise ValueError(
            f"units must hold one row for each of the {len(groups)} clips, got "
            f"{len(units)}."
        )
    return X, units.astype(bool), check_databases(databases, groups), groups


def _unit_names(units, names):
    if np.ndim(units) != 2:
        raise ValueError(f"units must be 2-D, got {np.ndim(units)}-D.")
    if names is None and hasattr(units, "columns"):
        names = [str(name) for name in units.columns]
    n_units = np.shape(units)[1]
    if n_units == 0:
        raise ValueError("units must have a column for each unit, got none.")
    names = [f"AU{i}" for i in range(n_units)] if names is None else list(names)
    if len(names) != n_units or len(set(names)) != len(names):
        raise ValueError(f"unit_names must be {n_units} different names, got {names}.")
    return names


def _protocol_text(protocol):
    """Write a protocol as the settings of a result have it."""
    if isinstance(protocol, str):
        return protocol
    return repr(protocol) if hasattr(protocol, "split") else "given splits"


def _fold_table(folds, seconds, best_params):
    """List folds with what running them took and found."""
    return pd.DataFrame(
        {
            "fold": [fold.name for fold in folds],
            "n_train": [len(fold.train) for fold in folds],
            "n_test": [len(fold.test) for fold in folds],
            "seconds": seconds,
            "best_params": best_params,
        }
    )


def _clip_columns(groups, databases, folds):
    """List clip, subject, database and fold of what is held out, fold by fold."""
    clips = np.concatenate([fold.test for fold in folds])
    columns = {"clip": clips, "subject": groups[clips]}
    if databases is not None:
        columns["database"] = databases[clips]
    names = [fold.name for fold in folds]
    return columns | {"fold": np.repeat(names, [len(fold.test) for fold in folds])}


def _class_predictions(y, groups, databases, folds, outcomes, labels):
    columns = _clip_columns(groups, databases, folds)
    columns |= {
        "true": y[columns["clip"]],
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


def _unit_predictions(units, groups, databases, folds, outcomes, names):
    table = _clip_columns(groups, databases, folds)
    clips = table["clip"]
    table |= {f"true {name}": units[clips, i] for i, name in enumerate(names)}
    for name, of_unit in zip(names, outcomes, strict=True):
        rows = [outcome["predicted"] for outcome in of_unit]
        table[f"predicted {name}"] = np.concatenate(rows)
    return pd.DataFrame(table).sort_values("clip", ignore_index=True)


def _by_unit(names, values):
    """Say which unit each value is of; None if there are none."""
    pairs = zip(names, values, strict=True)
    return {name: value for name, value in pairs if value is not None} or None


def _unit_facts(names, facts):
    """Join what the selection says of each unit."""
    if not facts[0]:
        return {}
    return facts[0] | {
        "best_params": _by_unit(names, [fact["best_params"] for fact in facts]),
        "n_unconverged": sum(fact["n_unconverged"] for fact in facts),
    }
