"""Evaluation of action units: several labels at once."""

import numpy as np
import pandas as pd

from mefeat.evaluation._evaluate import judge
from mefeat.evaluation._results import UnitEvaluation
from mefeat.model_selection._splitters import (
    check_columns,
    check_databases,
    fold_table,
    make_folds,
    protocol_text,
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
    names = _names(units, unit_names)
    if groups is None and protocol_text(protocol) in ("loso", "group_kfold"):
        raise ValueError(f"the protocol {protocol!r} needs groups, the subjects.")
    X, units, databases, groups = _checked(X, units, databases, groups)
    folds = make_folds(
        protocol,
        np.zeros(len(units)),
        groups,
        databases=databases,
        test_databases=test_databases,
        train_databases=train_databases,
    )
    found = judge(
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
        _by_name(names, [outcome["best_params"] for outcome in fold])
        for fold in zip(*found.outcomes, strict=True)
    ]
    return UnitEvaluation(
        predictions=_predictions(units, groups, databases, folds, found, names),
        folds=fold_table(folds, found.seconds, best_params),
        unit_names=names,
        settings={
            "protocol": protocol_text(protocol),
            **_together(names, found.facts),
            **found.settings,
        },
    )


def _by_name(names, values):
    """Say which unit each value is of; None if there are none."""
    pairs = zip(names, values, strict=True)
    return {name: value for name, value in pairs if value is not None} or None


def _together(names, facts):
    """Put what is known of each unit into one table."""
    if not facts[0]:
        return {}
    return facts[0] | {
        "best_params": _by_name(names, [fact["best_params"] for fact in facts]),
        "n_unconverged": sum(fact["n_unconverged"] for fact in facts),
    }


def _predictions(units, groups, databases, folds, found, names):
    clips = np.concatenate([fold.test for fold in folds])
    said = [[outcome["predicted"] for outcome in unit] for unit in found.outcomes]
    table = {
        "clip": clips,
        "subject": groups[clips],
        "database": databases[clips],
        "fold": np.repeat([f.name for f in folds], [len(f.test) for f in folds]),
    }
    table |= {f"true {name}": units[clips, i] for i, name in enumerate(names)}
    table |= {
        f"predicted {name}": np.concatenate(rows)
        for name, rows in zip(names, said, strict=True)
    }
    return pd.DataFrame(table).sort_values("clip", ignore_index=True)


def _names(units, names):
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


def _checked(X, units, databases, groups):
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
