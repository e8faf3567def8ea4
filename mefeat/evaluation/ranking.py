"""The table of a search: scores of its candidates, from counts of their predictions."""

from numbers import Real

import numpy as np
from scipy.stats import rankdata

from mefeat.evaluation.metrics import (
    accuracy,
    flag_f1,
    macro_f1,
    occurring,
    uar,
    weighted_f1,
)

SCORING = {
    "accuracy": accuracy,
    "balanced_accuracy": uar,
    "f1_macro": lambda counts: macro_f1(occurring(counts)),
    "f1_weighted": lambda counts: weighted_f1(occurring(counts)),
    "f1": flag_f1,
}
AGGREGATES = {"pooled": "pooled_test_score", "mean": "mean_test_score"}


def count_confusions(true, predicted, n_classes):
    """Count clips by true and predicted class, for every candidate.

    Parameters
    ----------
    true : ndarray of int, shape (n_test,)
        Codes of the classes.
    predicted : ndarray of int, shape (n_candidates, n_test)
        Codes that the candidates predict.
    n_classes : int
        Number of classes.

    Returns
    -------
    ndarray of int, shape (n_candidates, n_classes, n_classes)
        Confusion matrices, rows true, columns predicted.

    Examples
    --------
    >>> import numpy as np
    >>> count_confusions(np.array([0, 1]), np.array([[0, 0], [0, 1]]), 2).tolist()
    [[[1, 0], [1, 0]], [[1, 0], [0, 1]]]
    """
    n_cells = n_classes**2
    cells = true * n_classes + predicted
    cells += n_cells * np.arange(len(predicted))[:, None]
    counts = np.bincount(cells.ravel(), minlength=n_cells * len(predicted))
    return counts.reshape(len(predicted), n_classes, n_classes)


def score_all(counts, score):
    """Score every confusion matrix, those that are alike once.

    Parameters
    ----------
    counts : ndarray of int, shape (n_candidates, n_classes, n_classes)
        Confusion matrices.
    score : callable
        Gives a number for a matrix.

    Returns
    -------
    ndarray of shape (n_candidates,)
        Scores.

    Examples
    --------
    >>> import numpy as np
    >>> score_all(np.array([[[1, 1], [0, 2]], [[2, 0], [0, 2]]]), accuracy).tolist()
    [0.75, 1.0]
    """
    cells = counts.reshape(len(counts), -1)
    _, first, inverse = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    return np.array([score(counts[i]) for i in first])[inverse.ravel()]


def rank_candidates(grid, codes, folds, predicted, n_classes, scoring, aggregate):
    """Lay out the scores of a search as `GridSearchCV` does.

    Parameters
    ----------
    grid : list of dict
        Candidates.
    codes : ndarray of int, shape (n_clips,)
        Classes as 0, 1, ...
    folds : list of (ndarray, ndarray)
        Indices of the training and the test rows.
    predicted : list of ndarray of int, shape (n_candidates, n_test)
        Codes that the candidates predict, for each fold.
    n_classes : int
        Number of classes.
    scoring : str
        A key of `SCORING`.
    aggregate : str
        A key of `AGGREGATES`.

    Returns
    -------
    dict of str to array
        As `cv_results_` of `PolySVCSearch`.

    Examples
    --------
    >>> import numpy as np
    >>> table = rank_candidates(
    ...     [{"C": 1}, {"C": 9}],
    ...     np.array([0, 1]),
    ...     [(np.array([0]), np.array([1]))],
    ...     [np.array([[0], [1]])],
    ...     n_classes=2,
    ...     scoring="accuracy",
    ...     aggregate="mean",
    ... )
    >>> table["split0_test_score"].tolist(), table["rank_test_score"].tolist()
    ([0.0, 1.0], [2, 1])
    """
    score = SCORING[scoring]
    counts = [
        count_confusions(codes[test], rows, n_classes)
        for (_, test), rows in zip(folds, predicted, strict=True)
    ]
    # Laid out as in GridSearchCV, whose means this repeats to the last bit.
    split = np.array([score_all(fold, score) for fold in counts]).T.copy()
    results = {"params": grid}
    for name in sorted(grid[0]):
        results[f"param_{name}"] = np.array([point[name] for point in grid])
    for i, column in enumerate(split.T):
        results[f"split{i}_test_score"] = column.copy()
    results["mean_test_score"] = np.average(split, axis=1)
    results["std_test_score"] = np.std(split, axis=1)
    results["pooled_test_score"] = score_all(np.sum(counts, axis=0), score)
    chosen = results[AGGREGATES[aggregate]]
    results["rank_test_score"] = rankdata(-chosen, method="min").astype(np.int32)
    return results


def edges_of(params, scores):
    """Find the ends of a grid where the best candidate lies, and no other is as good.

    Parameters
    ----------
    params : list of dict
        Candidates.
    scores : array-like of shape (n_candidates,)
        Their scores, the first of the best being chosen.

    Returns
    -------
    dict of str to (float, str)
        Parameters whose chosen value is the smallest or largest, which, while every
        candidate of another value scores less. Of those alone that are tried at three
        values or more, over a factor of ten or more, such as C and gamma: fewer
        neighbors than one, or degrees below two, there are none.

    Examples
    --------
    >>> edges_of([{"C": 1}, {"C": 10}, {"C": 100}], [0.2, 0.3, 0.4])
    {'C': (100, 'largest')}
    >>> edges_of([{"C": 1}, {"C": 10}, {"C": 100}], [0.2, 0.4, 0.4])
    {}
    """
    scores = np.nan_to_num(np.asarray(scores, dtype=float), nan=-np.inf)
    best = int(np.argmax(scores))
    edges = {}
    for name, chosen in params[best].items():
        values = [point.get(name) for point in params]
        if not all(isinstance(v, Real) and v > 0 for v in values):
            continue
        low, high = min(values), max(values)
        ends = {low: "smallest", high: "largest"}
        wide = len(set(values)) >= 3 and high >= 10 * low
        if wide and chosen in ends:
            others = scores[[value != chosen for value in values]]
            if others.max() < scores[best]:
                edges[name] = (chosen, ends[chosen])
    return edges


def edges_of_search(search):
    """Find the ends of the grid of a fitted search where its best candidate lies.

    Parameters
    ----------
    search : estimator
        A fitted search, or anything else, which has none.

    Returns
    -------
    dict of str to (float, str)
        As `edges_of` gives them.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> edges_of_search(SVC())
    {}
    """
    results, refit = getattr(search, "cv_results_", {}), getattr(search, "refit", None)
    several = f"rank_test_{refit}" if isinstance(refit, str) else None
    ranks = results.get("rank_test_score", results.get(several))
    if ranks is None:
        return {}
    return edges_of(list(results["params"]), -np.asarray(ranks))
