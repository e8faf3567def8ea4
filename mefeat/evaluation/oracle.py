"""Selection on the folds that are reported: to compare with papers, never to judge."""

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from mefeat.evaluation.candidates import (
    Candidates,
    candidate_predictions,
    list_candidates,
)
from mefeat.evaluation.describe import plain
from mefeat.evaluation.metrics import SCORES, flag_f1
from mefeat.evaluation.parts import flat_steps, last_step, resamples, take
from mefeat.evaluation.ranking import edges_of

# Scores by their names in scikit-learn, by which a search is told what to choose by.
_SCORINGS = {
    "f1_macro": "macro_f1",
    "accuracy": "accuracy",
    "balanced_accuracy": "uar",
    "f1_weighted": "weighted_f1",
}


def prepare_oracle(estimator, targets):
    """Check that there is something to choose from, and by a score that we have.

    Parameters
    ----------
    estimator : estimator
        A search that `candidate_predictions` takes, mostly at the end of a Pipeline,
        whose other steps are fitted in each fold.
    targets : ndarray
        Classes, or flags.

    Returns
    -------
    run : callable
        `predict_candidates`, for each fold.
    choose : callable
        Called with what that gave for the folds, the classes of all clips, folds, and
        labels or None, it gives for every fold the outcome of the one candidate that is
        best on all of them together, as of `fit_fold` without decision values; and
        facts: `scoring`, `best_params`, `n_candidates`, and `n_unconverged`, its fits
        that were given up.

    Raises
    ------
    ValueError
        If there is no search at the end, or it scores by something else.
    """
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
    """Predict what a fold holds out by every candidate of a search.

    Parameters
    ----------
    fold : Fold
        The fold.
    estimator : estimator
        A search, mostly at the end of a Pipeline, whose other steps are fitted to the
        training clips.
    X : list, array or DataFrame
        Clips or rows.
    y, groups : ndarray of shape (n_clips,)
        Classes and subjects.

    Returns
    -------
    dict
        `codes` of shape (n_candidates, n_test), predicted classes as indices into the
        sorted ones of y; `unconverged` fits of each candidate.
    """
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
