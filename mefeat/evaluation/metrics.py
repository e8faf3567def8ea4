"""Scores of a classifier, all computed from one confusion matrix of counts."""

from collections.abc import Mapping

import numpy as np


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
    """Get the share of clips that were recognized.

    Parameters
    ----------
    confusion : array-like of shape (..., n_classes, n_classes)
        Counts, rows true, columns predicted; one matrix, or a stack of them.

    Returns
    -------
    float or ndarray of shape (...)
        Correct clips divided by all.

    Examples
    --------
    >>> accuracy([[1, 0], [1, 2]])
    0.75
    """
    hits, true, _ = _counts(confusion)
    return _plain(hits.sum(axis=-1) / true.sum(axis=-1))


def macro_f1(confusion):
    """Average F1 over the classes, which the field also calls UF1.

    Parameters
    ----------
    confusion : array-like of shape (..., n_classes, n_classes)
        Counts, rows true, columns predicted; one matrix, or a stack of them.

    Returns
    -------
    float or ndarray of shape (...)
        Mean of 2 TP / (2 TP + FP + FN) over all classes; a class of which nothing is
        present or predicted counts as 0.

    Examples
    --------
    >>> macro_f1([[1, 1], [0, 2]])  # (2 / 3 + 4 / 5) / 2
    0.7333333333333334
    """
    hits, true, predicted = _counts(confusion)
    return _plain(np.mean(_ratio(2 * hits, true + predicted, 0.0), axis=-1))


def uar(confusion):
    """Average recall over the classes that occur (unweighted average recall).

    Parameters
    ----------
    confusion : array-like of shape (..., n_classes, n_classes)
        Counts, rows true, columns predicted; one matrix, or a stack of them.

    Returns
    -------
    float or ndarray of shape (...)
        Mean of TP / (TP + FN) over the classes that have clips.

    Examples
    --------
    >>> uar([[1, 1, 0], [0, 2, 0], [0, 0, 0]])
    0.75
    """
    hits, true, _ = _counts(confusion)
    n_occurring = np.count_nonzero(true, axis=-1)
    return _plain(_ratio(hits, true, 0.0).sum(axis=-1) / n_occurring)


def weighted_f1(confusion):
    """Average F1 over the classes, weighted by their numbers of clips.

    Parameters
    ----------
    confusion : array-like of shape (..., n_classes, n_classes)
        Counts, rows true, columns predicted; one matrix, or a stack of them.

    Returns
    -------
    float or ndarray of shape (...)
        Sum of F1 times the clips of the class, divided by all clips.

    Examples
    --------
    >>> weighted_f1([[3, 0], [1, 0]])  # 3 / 4 of 6 / 7
    0.6428571428571428
    """
    hits, true, predicted = _counts(confusion)
    weighted = true * _ratio(2 * hits, true + predicted, 0.0)
    return _plain(weighted.sum(axis=-1) / true.sum(axis=-1))


def flag_f1(confusion):
    """Get the F1 of a flag, such as an action unit that clips show or not.

    Parameters
    ----------
    confusion : array-like of shape (2, 2)
        Counts, rows true, columns predicted; first without the flag, then with it.

    Returns
    -------
    float
        2 TP / (2 TP + FP + FN) of the clips with the flag, 0 without any.

    Examples
    --------
    >>> flag_f1([[9, 1], [1, 2]])  # 4 of 4 + 1 + 1
    0.6666666666666666
    """
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
    """Leave out the classes that neither occur nor are predicted.

    Parameters
    ----------
    confusion : array-like of shape (n_classes, n_classes)
        Counts, rows true, columns predicted.

    Returns
    -------
    ndarray of shape (n_left, n_left)
        The rest of the matrix. Its `macro_f1` and `weighted_f1` are what scikit-learn
        calls f1_macro and f1_weighted when no labels are given.

    Examples
    --------
    >>> occurring([[2, 0, 1], [0, 0, 0], [0, 0, 3]])
    array([[2, 1],
           [0, 3]])
    """
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
