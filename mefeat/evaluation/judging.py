"""What every evaluation does: its folds, once for all that is to be predicted."""

import warnings
from collections import Counter
from dataclasses import dataclass

import numpy as np
from sklearn.dummy import DummyClassifier

from mefeat.base.groups import groups_parameter
from mefeat.evaluation.describe import describe_estimator, environment, plain
from mefeat.evaluation.oracle import prepare_oracle
from mefeat.evaluation.parts import check_no_resampling, last_step, run_once, split_once
from mefeat.evaluation.running import fit_fold, run_folds
from mefeat.evaluation.store import open_store


@dataclass(frozen=True, eq=False)
class Judged:
    """What the folds gave.

    Parameters
    ----------
    outcomes : list of list of dict
        For each target and fold `predicted`, `classes`, `decisions` and `best_params`,
        as of `fit_fold`.
    facts : list of dict
        For each target what was found besides, if anything.
    seconds : list of float
        What each fold took.
    settings : dict
        Selection, estimator with its parameters, versions.
    """

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
    resume=None,
    verbose=False,
    **asked,
):
    """Run the folds of one or several targets on the same clips.

    Parameters
    ----------
    estimator : estimator
        A classifier; each target is learned by a clone of its own.
    X : list of Clip or ClipFile, or array-like of shape (n_clips, n_features)
        Clips, or rows.
    targets : ndarray of shape (n_targets, n_clips)
        Classes, or flags of action units.
    groups : ndarray of shape (n_clips,)
        Subjects.
    folds : list of Fold
        Folds.
    labels : array-like of shape (n_classes,), optional
        Classes of the scores that choose; by default those of each target.
    selection : {"nested", "oracle"}, default="nested"
        Who chooses parameters, as in `evaluate`.
    transductive : bool, default=False
        Whether steps are fitted to all clips, as in `evaluate`.
    n_jobs : int, default=None
        Clips and folds at a time.
    resume : path, optional
        Folder of finished folds.
    verbose : bool, default=False
        Whether to show progress.
    **asked
        What else makes this request another one, for `resume`.

    Returns
    -------
    Judged
        What came out.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from mefeat.evaluation import make_folds
    >>> X, groups = np.array([[0], [9], [1], [8]]), np.array([1, 1, 2, 2])
    >>> flags = np.array([[True, False, True, False], [False, True, False, True]])
    >>> folds = make_folds("loso", flags[0], groups)
    >>> found = judge(KNeighborsClassifier(1), X, flags, groups, folds)
    >>> [outcome["predicted"].tolist() for outcome in found.outcomes[0]]
    [[True, False], [True, False]]
    """
    if selection not in SELECTIONS:
        raise ValueError(
            f"selection must be one of {list(SELECTIONS)}, got {selection!r}."
        )
    head, rest, learned = split_once(estimator, transductive)
    run, choose = SELECTIONS[selection](rest, targets)
    how = {"selection": selection, "transductive": bool(learned)}
    asked |= {"targets": targets, "groups": groups, "labels": plain(labels), **how}
    store = open_store(resume, estimator, X, folds, **asked)

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
