"""Selection on the folds that are reported: to compare with papers, never to judge."""

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from mefeat.evaluation.candidates import Candidates, candidate_predictions
from mefeat.evaluation.describe import plain
from mefeat.evaluation.metrics import SCORES
from mefeat.evaluation.parts import flat_steps, last_step, take
from mefeat.evaluation.running import run_folds

# Scores by their names in scikit-learn, by which a search is told what to choose by.
_SCORINGS = {
    "f1_macro": "macro_f1",
    "accuracy": "accuracy",
    "balanced_accuracy": "uar",
    "f1_weighted": "weighted_f1",
}


def run_oracle(arguments, estimator, y, folds, labels, **options):
    """Predict every fold by the one candidate that is best on all of them together.

    Parameters
    ----------
    arguments : callable
        Gives estimator, X, y and groups; called only if a fold is left to run.
    estimator : estimator
        A search that `candidate_predictions` takes, mostly at the end of a Pipeline,
        whose other steps are fitted in each fold.
    y : ndarray of shape (n_clips,)
        Classes.
    folds : list of Fold
        Folds.
    labels : array-like of shape (n_classes,) or None
        Classes of the scores, by default those of y.
    **options
        For `run_folds`.

    Returns
    -------
    outcomes : list of dict
        As of `fit_fold`, without decision values.
    facts : dict
        `scoring` by which the candidate was chosen, `best_params`, `n_candidates`, and
        `n_unconverged`, its fits that were given up.

    Raises
    ------
    ValueError
        If there is no search at the end, or it scores by something else.
    """
    search = last_step(estimator)
    score = _score_of(search)
    results = run_folds(predict_candidates, arguments, folds, **options)
    classes, params = np.unique(y), results[0]["params"]
    candidates = Candidates(
        params,
        [classes[result["codes"]] for result in results],
        np.sum([result["unconverged"] for result in results], axis=0),
    )
    splits = [(fold.train, fold.test) for fold in folds]
    counts = candidates.confusions(y, splits, classes if labels is None else labels)
    best = int(np.argmax([SCORES[score](matrix) for matrix in counts]))
    outcomes = [
        {
            "predicted": classes[result["codes"][best]],
            "classes": None,
            "decisions": None,
            "best_params": params[best],
            "seconds": result["seconds"],
        }
        for result in results
    ]
    return outcomes, {
        "scoring": score,
        "best_params": params[best],
        "n_candidates": len(params),
        "n_unconverged": int(candidates.unconverged[best]),
    }


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
        sorted ones of y; `unconverged` fits and `params` of each candidate.
    """
    search = clone(last_step(estimator))
    train, test = take(X, fold.train), take(X, fold.test)
    if isinstance(estimator, Pipeline):
        for _, step in flat_steps(clone(estimator))[:-1]:
            if step is not None and step != "passthrough":
                train = step.fit_transform(train, y[fold.train])
                test = step.transform(test)
    n_train = len(fold.train)
    split = np.arange(n_train), n_train + np.arange(len(fold.test))
    whole = isinstance(train, list)
    rows = train + test if whole else np.concatenate([train, test])
    both = np.concatenate([fold.train, fold.test])
    found = candidate_predictions(search, rows, y[both], [split])
    return {
        "codes": np.searchsorted(np.unique(y), found.predicted[0]),
        "unconverged": np.asarray(found.unconverged),
        "params": plain(list(found.params)),
    }


def _score_of(search):
    scoring = getattr(search, "scoring", None)
    if not hasattr(search, "scoring"):
        raise ValueError(
            "selection='oracle' chooses among the candidates of a search, such as "
            f"PolySVCSearch or GridSearchCV, got {type(search).__name__} at the end."
        )
    # Without a scoring a search of scikit-learn takes the accuracy of a classifier.
    scoring = "accuracy" if scoring is None else scoring
    if not isinstance(scoring, str) or scoring not in _SCORINGS:
        raise ValueError(
            f"selection='oracle' chooses by one of {list(_SCORINGS)}, but the search "
            f"scores by {scoring!r}."
        )
    return _SCORINGS[scoring]
