"""Leak checks: nothing that is held out may have a part in its prediction."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from mefeat.base import is_stateless
from mefeat.base._pipeline import flat_steps, last_step, run_once, split_once
from mefeat.evaluation._evaluate import (
    ResultWarning,
    check_clips_and_subjects,
    evaluate,
)
from mefeat.evaluation._results import footnotes, mark_of
from mefeat.model_selection._metrics import SCORES, classes_of, count_confusions
from mefeat.model_selection._search import PolySVCSearch
from mefeat.model_selection._splitters import SubjectKFold, make_folds


class LeakError(AssertionError):
    """A leak was found; `report` tells which.

    Parameters
    ----------
    report : LeakReport
        What was found.
    """

    def __init__(self, report):
        super().__init__(str(report))
        self.report = report


@dataclass(frozen=True, eq=False, repr=False)
class LeakReport:
    """Result of `check_no_leak`.

    Parameters
    ----------
    checks : DataFrame
        A row for each check: `passed`, and in words what was `found`.
    permuted : DataFrame
        A row for each run with permuted classes: its `score`, and `chance`, the mean
        score of its predictions on classes permuted once more.
    p_value : float
        Of the mean score being above chance.
    settings : dict
        Score, threshold, repetitions, seed.
    """

    checks: pd.DataFrame
    permuted: pd.DataFrame
    p_value: float
    settings: dict

    @property
    def passed(self):
        """Whether no leak was found, a bool."""
        return bool(self.checks["passed"].all())

    def __repr__(self):
        """Show the verdict."""
        return f"LeakReport({self._verdict()})"

    def __str__(self):
        """Show the verdict and every check."""
        lines = [
            f"{'passed' if check['passed'] else 'FAILED'}  {name}: {check['found']}"
            for name, check in self.checks.iterrows()
        ]
        return "\n".join([self._verdict(), *lines])

    def _verdict(self):
        if self.passed:
            return "no leak found"
        return f"leak found: {', '.join(self.checks.index[~self.checks['passed']])}"


_N_DRAWS = 999
_ROUNDING = 1e-12
_LEAST = 3
_SEARCHES = GridSearchCV | RandomizedSearchCV


def check_no_leak(
    estimator,
    X,
    y,
    groups,
    *,
    protocol="loso",
    n_repeats=10,
    alpha=0.01,
    score="uar",
    random_state=0,
    raise_on_leak=True,
    **options,
):
    """Check that no held-out clip or subject influences its own prediction.

    With permuted classes, scores must fall to chance. No subject may stand on both
    sides of a fold, nor of an inner fold of a search. No part may arrive fitted, and
    nothing may be chosen or fitted on clips that are held out.

    Parameters
    ----------
    estimator : estimator or callable
        A classifier, run through `evaluate`. Or a whole experiment, such as one that
        chooses features before it splits: a function of (X, y, groups) that returns an
        `Evaluation`. Only what is inside can be found to leak.
    X : list of Clip or ClipFile, or array-like of shape (n_clips, n_features)
        Clips, or rows.
    y, groups : array-like of shape (n_clips,)
        Classes and subjects.
    protocol : str or splitter, default="loso"
        What is held out, as in `make_folds`; not for a function.
    n_repeats : int, default=10
        Runs with permuted classes, at least 3.
    alpha : float, default=0.01
        A leak is found if the mean score of these runs lies above chance with a p-value
        of a one-sided t-test below this. About so often an honest estimator is accused.
    score : {"accuracy", "macro_f1", "uar", "weighted_f1"}, default="uar"
        The score.
    random_state : int, default=0
        Seed of the permutations.
    raise_on_leak : bool, default=True
        Whether to raise `LeakError` if a check fails.
    **options
        Further arguments of `evaluate`, such as `selection` and `n_jobs`.

    Returns
    -------
    LeakReport
        What was found.

    Raises
    ------
    LeakError
        If a check fails; an AssertionError with the report as its text.
    ValueError
        If the score is unknown, or there are too few runs.

    Notes
    -----
    Chance is the mean score of the same predictions when the classes that they are
    compared with are permuted once more, 999 times. How far a run strays from it is
    taken from the runs themselves, since it is more than such permutations tell: of two
    clips that look alike, each is predicted by the other. An honest estimator comes out
    at chance or below: what a held-out subject shows more often, the others show less.

    With permuted classes, a part that was fitted to the true ones looks honest. It is
    found if it keeps what it learned when cloned, as `sklearn.frozen.FrozenEstimator`
    does. Rows that were made with the true classes before they came here, no check can
    tell from others.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> rng = np.random.default_rng(0)
    >>> y, groups = np.tile([0, 1], 20), np.arange(40) // 5
    >>> X = y[:, None] + rng.normal(size=(40, 3))
    >>> check_no_leak(KNeighborsClassifier(), X, y, groups)
    LeakReport(no leak found)
    """
    if score not in SCORES:
        raise ValueError(f"score must be one of {list(SCORES)}, got {score!r}.")
    if n_repeats < _LEAST:
        raise ValueError(f"n_repeats must be at least {_LEAST}, got {n_repeats}.")
    X, y, groups = check_clips_and_subjects(X, y, groups)
    rows = {}
    if hasattr(estimator, "fit"):
        rows |= _structure(estimator, y, groups, protocol, options)
        experiment, X = _experiment(estimator, X, protocol, options)
    else:
        experiment = estimator
    runs, observed, chance = _permuted_runs(
        experiment, X, y, groups, n_repeats, SCORES[score], random_state
    )
    if not hasattr(estimator, "fit"):
        rows["subjects of the folds"] = _held_out_once(runs)
    p_value = _p_above(observed - chance)
    found = (
        f"mean {score} {observed.mean():.4f} of {n_repeats} runs, chance "
        f"{chance.mean():.4f}, p = {p_value:.4f}, threshold {alpha}"
    )
    rows["permuted classes"] = (p_value > alpha, found)
    report = LeakReport(
        checks=pd.DataFrame.from_dict(rows, "index", columns=["passed", "found"]),
        permuted=pd.DataFrame({"score": observed, "chance": chance}),
        p_value=p_value,
        settings={
            "score": score,
            "alpha": alpha,
            "n_repeats": n_repeats,
            "random_state": random_state,
        },
    )
    if raise_on_leak and not report.passed:
        raise LeakError(report)
    return report


def _experiment(estimator, X, protocol, options):
    """Make the function to repeat; stateless steps run here, once."""
    transductive = options.get("transductive", False)
    head, rest, _ = split_once(estimator, transductive)
    X = run_once(head, X, n_jobs=options.get("n_jobs"))

    def experiment(X, y, groups):
        return evaluate(rest, X, y, groups, protocol=protocol, **options)

    return experiment, X


def _permuted_runs(experiment, X, y, groups, n_repeats, score, random_state):
    """Run with permuted classes; give runs, their scores and those of chance."""
    rng = np.random.default_rng(random_state)
    with warnings.catch_warnings():
        # That nothing is found, is what is to be shown.
        warnings.simplefilter("ignore", ResultWarning)
        runs = [experiment(X, rng.permutation(y), groups) for _ in range(n_repeats)]
    observed, chance = [], []
    for run in runs:
        true, predicted = run.predictions["true"], run.predictions["predicted"]
        classes = classes_of(true, predicted)
        true, predicted = (np.searchsorted(classes, v) for v in (true, predicted))
        drawn = rng.permuted(np.tile(predicted, (_N_DRAWS, 1)), axis=1)
        observed.append(score(count_confusions(true, predicted[None], len(classes)))[0])
        chance.append(score(count_confusions(true, drawn, len(classes))).mean())
    return runs, np.array(observed), np.array(chance)


def _p_above(differences):
    """Get the p-value of a mean above zero, by a one-sided t-test."""
    mean, n = differences.mean(), len(differences)
    error = differences.std(ddof=1) / np.sqrt(n)
    if error < _ROUNDING:
        return 0.0 if mean > _ROUNDING else 1.0
    return float(stats.t.sf(mean / error, n - 1))


def _structure(estimator, y, groups, protocol, options):
    marks = mark_of(options)
    kept = "databases", "test_databases", "train_databases", "n_splits"
    options = {name: options[name] for name in kept if name in options}
    folds = make_folds(protocol, y, groups, **options)
    rows = {"subjects of the folds": _apart([(f.train, f.test) for f in folds], groups)}
    inner = _inner_splitter(last_step(estimator))
    if inner is not None:
        splits = []
        for fold in folds:
            train = fold.train
            splitter = check_cv(inner, y[train], classifier=True)
            splits += _split(splitter, train, y, groups)
        rows["subjects of the inner folds"] = _apart(splits, groups)
    fitted = _fitted_steps(estimator)
    text = f"{', '.join(fitted)} fitted before any split" if fitted else "none is"
    rows["parts that arrive fitted"] = (not fitted, text)
    notes = footnotes(marks)
    text = "; ".join(notes) if notes else "nothing is chosen or fitted on them"
    return rows | {"held-out clips": (not notes, text)}


def _split(splitter, train, y, groups):
    with warnings.catch_warnings():
        # Said by the splitters that ignore groups; what comes of it is in the report.
        warnings.filterwarnings("ignore", "The groups parameter is ignored")
        splits = splitter.split(np.zeros((len(train), 1)), y[train], groups[train])
        return [(train[a], train[b]) for a, b in splits]


def _apart(splits, groups):
    mixed = [set(groups[train]) & set(groups[test]) for train, test in splits]
    several = [subjects for subjects in mixed if subjects]
    if not several:
        return True, f"on one side in all {len(splits)}"
    return False, (
        f"subject {min(several[0], key=str)} and others on both sides in "
        f"{len(several)} of {len(splits)}"
    )


def _held_out_once(runs):
    """Check by its result that an experiment holds out whole subjects."""
    folds = runs[0].predictions.groupby("subject")["fold"].nunique()
    several = folds[folds > 1]
    if several.empty:
        return True, "each is held out in one fold"
    return False, (
        f"subject {several.index[0]} is held out in parts, in {several.iloc[0]} folds"
    )


def _inner_splitter(search):
    if isinstance(search, PolySVCSearch) and search.cv is None:
        return SubjectKFold()
    cv = getattr(search, "cv", None)
    # A search of scikit-learn takes five stratified folds where it is given none.
    return 5 if cv is None and isinstance(search, _SEARCHES) else cv


def _fitted_steps(estimator):
    """Name the steps that are still fitted after cloning."""
    model = clone(estimator)
    named = flat_steps(model) if isinstance(model, Pipeline) else [("estimator", model)]
    fitted = []
    for name, part in named:
        if is_stateless(part):
            continue
        try:
            check_is_fitted(part)
        except (NotFittedError, TypeError):
            continue
        fitted.append(repr(name))
    return fitted
