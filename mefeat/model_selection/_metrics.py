"""Scores of confusion matrices, one at a time or for all candidates of a search."""

from collections.abc import Mapping
from numbers import Real

import numpy as np
import pandas as pd
from scipy.stats import rankdata


def confusion(y_true, y_pred, labels=None):
    """Count the clips of each true class by what they were taken for.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_clips,)
        True and predicted classes.
    labels : array-like of shape (n_classes,), optional
        Classes in the order of rows and columns. By default those that occur in
        either, sorted.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        Counts; rows are true classes, columns predicted ones.

    Raises
    ------
    ValueError
        If the two differ in length, or hold a class that is not among `labels`; or if
        one is named twice there.

    Examples
    --------
    >>> confusion(["joy", "joy", "fear"], ["joy", "fear", "fear"])
    array([[1, 0],
           [1, 1]])
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.ndim != 1 or y_true.shape != y_pred.shape:
        raise ValueError(
            "y_true and y_pred must be 1-D and equally long, got shapes "
            f"{y_true.shape} and {y_pred.shape}."
        )
    if labels is None:
        labels = classes_of(y_true, y_pred)
    index, n_classes = pd.Index(labels), len(labels)
    if not index.is_unique:
        raise ValueError(f"labels must name each class once, got {index.tolist()}.")
    rows, columns = index.get_indexer(y_true), index.get_indexer(y_pred)
    for name, codes, values in ("y_true", rows, y_true), ("y_pred", columns, y_pred):
        if np.any(codes < 0):
            stranger = values.tolist()[np.argmin(codes)]
            raise ValueError(
                f"{name} holds {stranger!r}, which is not among the labels "
                f"{index.tolist()}."
            )
    cells = np.bincount(rows * n_classes + columns, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes)


def classes_of(*labels):
    """Get the classes that occur in any of several arrays."""
    return np.unique(np.concatenate([np.asarray(values) for values in labels]))


def class_scores(confusion):
    """Score every class by itself.

    Parameters
    ----------
    confusion : array-like of shape (n_classes, n_classes)
        Counts, rows true, columns predicted.

    Returns
    -------
    dict of str to ndarray of shape (n_classes,)
        `precision` TP / (TP + FP), NaN for a class that is never predicted; `recall`
        TP / (TP + FN), NaN for one that does not occur; `f1` 2 TP / (2 TP + FP + FN),
        0 for one that is neither.

    Examples
    --------
    >>> scores = class_scores([[1, 0], [1, 2]])
    >>> {name: values.round(2).tolist() for name, values in scores.items()}
    {'precision': [0.5, 1.0], 'recall': [1.0, 0.67], 'f1': [0.67, 0.8]}
    """
    hits, true, predicted = _counts(confusion)
    return {
        "precision": _ratio(hits, predicted, np.nan),
        "recall": _ratio(hits, true, np.nan),
        "f1": _ratio(2 * hits, true + predicted, 0.0),
    }


def accuracy(confusion):
    """Get the share of clips that were recognized."""
    hits, true, _ = _counts(confusion)
    return _plain(hits.sum(axis=-1) / true.sum(axis=-1))


def macro_f1(confusion):
    """Average F1 over the classes, which the field also calls UF1."""
    hits, true, predicted = _counts(confusion)
    return _plain(np.mean(_ratio(2 * hits, true + predicted, 0.0), axis=-1))


def uar(confusion):
    """Average recall over the classes that occur (unweighted average recall)."""
    hits, true, _ = _counts(confusion)
    n_occurring = np.count_nonzero(true, axis=-1)
    return _plain(_ratio(hits, true, 0.0).sum(axis=-1) / n_occurring)


def weighted_f1(confusion):
    """Average F1 over the classes, weighted by their numbers of clips."""
    hits, true, predicted = _counts(confusion)
    weighted = true * _ratio(2 * hits, true + predicted, 0.0)
    return _plain(weighted.sum(axis=-1) / true.sum(axis=-1))


def flag_f1(confusion):
    """Get the F1 of a flag, such as an action unit that clips show or not."""
    return float(class_scores(confusion)["f1"][1])


SCORES = {
    "accuracy": accuracy,
    "macro_f1": macro_f1,
    "uar": uar,
    "weighted_f1": weighted_f1,
}


def scores(confusion):
    """Compute all scores of a confusion matrix.

    Parameters
    ----------
    confusion : array-like of shape (n_classes, n_classes)
        Counts pooled over all folds, rows true, columns predicted.

    Returns
    -------
    dict of str to float
        `accuracy`, `macro_f1`, `uar` and `weighted_f1`.

    Raises
    ------
    ValueError
        If the matrix is not square, has negative counts, or counts nothing.

    Examples
    --------
    >>> scores([[4, 0], [0, 6]])
    {'accuracy': 1.0, 'macro_f1': 1.0, 'uar': 1.0, 'weighted_f1': 1.0}
    """
    return {name: function(confusion) for name, function in SCORES.items()}


def occurring(confusion):
    """Leave out the classes that neither occur nor are predicted."""
    confusion = np.asarray(confusion)
    kept = confusion.any(axis=0) | confusion.any(axis=1)
    return confusion[kept][:, kept]


def largest_class_baseline(counts):
    """Score the guess that every clip is of the largest class.

    Parameters
    ----------
    counts : array-like of shape (n_classes,) or mapping of class to int
        Clips of each class, such as `collections.Counter(y)`. A class without clips
        counts among the classes.

    Returns
    -------
    dict of str to float
        As `scores`.

    Raises
    ------
    ValueError
        If there are no counts, or none but 0; or they are no numbers, such as classes.

    Notes
    -----
    The largest class is that of all clips, so the figures follow from three numbers,
    the clips n, those m of the largest class, and the classes k: accuracy m / n,
    macro-F1 2 m / (n + m) / k, UAR 1 / k. A classifier that learns the largest class
    of each training fold may fall below this: where two classes are about equal, the
    one that the held-out subject shows is the rarer one among the others.

    The figures are exact quotients; nothing is rounded.

    Examples
    --------
    >>> baseline = largest_class_baseline({"others": 6, "joy": 3, "fear": 1})
    >>> baseline["accuracy"], baseline["macro_f1"]  # 6 / 10, 12 / 16 / 3
    (0.6, 0.25)
    """
    if isinstance(counts, Mapping):
        counts = list(counts.values())
    counts = np.asarray(counts)
    if counts.ndim != 1 or not counts.size or counts.dtype.kind not in "iuf":
        raise ValueError(
            "counts must hold the number of clips of each class, such as "
            f"collections.Counter(y) does, got {counts.dtype} of shape {counts.shape}."
        )
    guesses = np.zeros((counts.size, counts.size), dtype=counts.dtype)
    guesses[:, np.argmax(counts)] = counts
    return scores(guesses)


def _counts(confusion):
    """Check a confusion matrix; return hits, true clips and predicted clips."""
    confusion = np.asarray(confusion)
    if confusion.ndim < 2 or confusion.shape[-2] != confusion.shape[-1]:
        raise ValueError(f"a confusion matrix is square, got {confusion.shape}.")
    if confusion.dtype.kind not in "iuf" or (confusion < 0).any():
        raise ValueError("a confusion matrix holds counts, which are never negative.")
    true, predicted = confusion.sum(axis=-1), confusion.sum(axis=-2)
    if not np.all(true.any(axis=-1)):
        raise ValueError("there is nothing to score: the confusion matrix is empty.")
    return np.diagonal(confusion, axis1=-2, axis2=-1), true, predicted


def _ratio(numerator, denominator, otherwise):
    out = np.full(np.shape(numerator), otherwise)
    return np.divide(numerator, denominator, out=out, where=denominator > 0)


def _plain(score):
    return float(score) if np.ndim(score) == 0 else score


SCORING = {
    "accuracy": accuracy,
    "balanced_accuracy": uar,
    "f1_macro": lambda counts: macro_f1(occurring(counts)),
    "f1_weighted": lambda counts: weighted_f1(occurring(counts)),
    "f1": flag_f1,
}
AGGREGATES = {"pooled": "pooled_test_score", "mean": "mean_test_score"}


def count_confusions(true, predicted, n_classes):
    """Count clips by true and predicted class, for every candidate."""
    n_cells = n_classes**2
    cells = true * n_classes + predicted
    cells += n_cells * np.arange(len(predicted))[:, None]
    counts = np.bincount(cells.ravel(), minlength=n_cells * len(predicted))
    return counts.reshape(len(predicted), n_classes, n_classes)


def score_all(counts, score):
    """Score every confusion matrix, those that are alike once."""
    cells = counts.reshape(len(counts), -1)
    _, first, inverse = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    return np.array([score(counts[i]) for i in first])[inverse.ravel()]


def rank_candidates(grid, codes, folds, predicted, n_classes, scoring, aggregate):
    """Lay out the scores of a search as `GridSearchCV` does."""
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
    """Find the ends of a grid at which the best candidate lies alone."""
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
    """Find the ends of the grid of a fitted search where its best candidate lies."""
    results, refit = getattr(search, "cv_results_", {}), getattr(search, "refit", None)
    several = f"rank_test_{refit}" if isinstance(refit, str) else None
    ranks = results.get("rank_test_score", results.get(several))
    if ranks is None:
        return {}
    return edges_of(list(results["params"]), -np.asarray(ranks))
