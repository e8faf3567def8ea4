"""Judge an estimator by a protocol: fold after fold, nothing learned outside of it."""

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets

from mefeat.evaluation.clips import check_columns
from mefeat.evaluation.counting import classes_of, confusion
from mefeat.evaluation.databases import check_databases
from mefeat.evaluation.judging import judge
from mefeat.evaluation.protocols import fold_table, make_folds, protocol_text
from mefeat.evaluation.report import Evaluation


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
    resume=None,
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
    resume : path, optional
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
        resume=resume,
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
    """Check that there is a class and a subject for each clip.

    Parameters
    ----------
    X : list of Clip or ClipFile, or array-like of shape (n_clips, n_features)
        Clips, or rows.
    y, groups : array-like of shape (n_clips,)
        Classes and subjects.

    Returns
    -------
    X : list or array-like
        The clips; a list if they have no shape.
    y, groups : ndarray of shape (n_clips,)
        Classes and subjects.

    Raises
    ------
    ValueError
        If lengths differ, a subject or a class is missing, or y holds no classes.

    Examples
    --------
    >>> X, y, groups = check_clips_and_subjects([[1], [2]], ["joy", "fear"], [1, 1])
    >>> groups
    array([1, 1])
    """
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
