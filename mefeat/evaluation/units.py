"""Action units as labels: several at once, one yes-or-no classifier for each."""

import numpy as np
import pandas as pd
from sklearn.base import clone

from mefeat.base.groups import groups_parameter
from mefeat.evaluation.databases import check_databases
from mefeat.evaluation.describe import describe_estimator, environment, plain
from mefeat.evaluation.parts import last_step, run_once, split_once, take
from mefeat.evaluation.protocols import fold_table, make_folds, protocol_text
from mefeat.evaluation.running import run_folds
from mefeat.evaluation.store import open_store
from mefeat.evaluation.unit_report import UnitEvaluation


def evaluate_units(
    estimator,
    X,
    units,
    databases,
    *,
    groups=None,
    unit_names=None,
    protocol="leave_one_database_out",
    test_databases=None,
    train_databases=None,
    n_jobs=None,
    resume=None,
    verbose=False,
):
    """Judge a classifier of action units, database by database.

    The protocol of CD6ME [1]_: every database is held out in turn, a classifier of its
    own learns each unit from the others, and the F1 of a unit is that of the pooled
    predictions. Steps that learn nothing run once for all.

    Parameters
    ----------
    estimator : estimator
        A classifier of two classes, mostly at the end of a Pipeline. It is cloned for
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
    test_databases, train_databases : str or list of str, optional
        What "cross_database" holds out, and what it trains on (all others).
    n_jobs : int, default=None
        Clips at a time, in threads, then folds at a time, in processes, unless
        `joblib.parallel_config` says otherwise.
    resume : path, optional
        Folder in which every finished fold is kept, as in `evaluate`.
    verbose : bool, default=False
        Whether to show progress, if there is a terminal.

    Returns
    -------
    UnitEvaluation
        Predictions of all units of all clips that were held out, and their F1.

    Raises
    ------
    ValueError
        If lengths differ, or units are no flags.

    Notes
    -----
    A unit that all training clips show, or none, is predicted as they have it.

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
    names = _names(units, unit_names)
    X, units, databases, groups = _checked(X, units, databases, groups)
    folds = make_folds(
        protocol,
        np.zeros(len(units)),
        groups,
        databases=databases,
        test_databases=test_databases,
        train_databases=train_databases,
    )
    head, rest, _ = split_once(estimator)
    asked = {"units": units, "groups": groups, "unit_names": names}
    store = open_store(resume, estimator, X, folds, **asked)

    def arguments():
        return rest, run_once(head, X, n_jobs=n_jobs, verbose=verbose), units, groups

    outcomes = run_folds(
        fit_units, arguments, folds, store=store, n_jobs=n_jobs, verbose=verbose
    )
    predicted = np.concatenate([outcome["predicted"] for outcome in outcomes])
    return UnitEvaluation(
        predictions=_predictions(units, groups, databases, folds, predicted, names),
        folds=fold_table(folds, [_named(outcome, names) for outcome in outcomes]),
        unit_names=names,
        settings={
            "protocol": protocol_text(protocol),
            "selection": "nested",
            "transductive": False,
            "n_clips": len(units),
            "n_subjects": len(np.unique(groups)),
            "estimator": describe_estimator(estimator),
            **environment(),
        },
    )


def fit_units(fold, estimator, X, units, groups):
    """Fit a classifier for each unit and predict what a fold holds out.

    Parameters
    ----------
    fold : Fold
        The fold.
    estimator : estimator
        A classifier of two classes; it is cloned.
    X : list, array or DataFrame
        Clips or rows.
    units : ndarray of bool, shape (n_clips, n_units)
        Which units each clip shows.
    groups : ndarray of shape (n_clips,)
        Subjects.

    Returns
    -------
    dict
        `predicted` of shape (n_test, n_units), bool; `best_params` of a search for each
        unit, or None.
    """
    train, test = take(X, fold.train), take(X, fold.test)
    key = groups_parameter(estimator)
    parameters = {} if key is None else {key: groups[fold.train]}
    predicted = np.empty((len(fold.test), units.shape[1]), dtype=bool)
    best = [None] * units.shape[1]
    for i, shown in enumerate(units[fold.train].T):
        if shown.all() or not shown.any():
            predicted[:, i] = shown[0]
            continue
        model = clone(estimator).fit(train, shown, **parameters)
        predicted[:, i] = model.predict(test)
        best[i] = plain(getattr(last_step(model), "best_params_", None))
    return {"predicted": predicted, "best_params": best}


def _named(outcome, names):
    """Say which unit the chosen parameters are of."""
    best = zip(names, outcome["best_params"], strict=True)
    best = {name: found for name, found in best if found is not None}
    return outcome | {"best_params": best or None}


def _predictions(units, groups, databases, folds, predicted, names):
    clips = np.concatenate([fold.test for fold in folds])
    table = {
        "clip": clips,
        "subject": groups[clips],
        "database": databases[clips],
        "fold": np.repeat([f.name for f in folds], [len(f.test) for f in folds]),
    }
    table |= {f"true {name}": units[clips, i] for i, name in enumerate(names)}
    table |= {f"predicted {name}": predicted[:, i] for i, name in enumerate(names)}
    return pd.DataFrame(table).sort_values("clip", ignore_index=True)


def _names(units, names):
    if np.ndim(units) != 2:
        raise ValueError(f"units must be 2-D, got {np.ndim(units)}-D.")
    if names is None and hasattr(units, "columns"):
        names = [str(name) for name in units.columns]
    n_units = np.shape(units)[1]
    names = [f"AU{i}" for i in range(n_units)] if names is None else list(names)
    if len(names) != n_units or len(set(names)) != len(names):
        raise ValueError(f"unit_names must be {n_units} different names, got {names}.")
    return names


def _checked(X, units, databases, groups):
    units = np.asarray(units)
    if not np.isin(units, [0, 1]).all():
        raise ValueError(
            "units must be flags, 0 or 1, of shape (n_clips, n_units), got "
            f"{np.unique(units)[:5]}."
        )
    if databases is None:
        raise ValueError("databases must name the database of each clip, got None.")
    X = X if hasattr(X, "shape") else list(X)
    n_clips = X.shape[0] if hasattr(X, "shape") else len(X)
    databases = np.asarray(databases)
    groups = databases if groups is None else np.asarray(groups)
    for name, values in ("units", units), ("databases", databases), ("groups", groups):
        if len(values) != n_clips:
            raise ValueError(
                f"{name} must hold one entry for each of the {n_clips} clips, got "
                f"{len(values)}."
            )
    return X, units.astype(bool), check_databases(databases, groups), groups
