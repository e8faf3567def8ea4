"""Confusion matrices: clips counted by true and predicted class."""

import numpy as np
import pandas as pd


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
    """Get the classes that occur in any of several arrays.

    Parameters
    ----------
    *labels : array-like of shape (n_clips,)
        Classes of clips.

    Returns
    -------
    ndarray of shape (n_classes,)
        The classes, sorted.

    Examples
    --------
    >>> classes_of([3, 1], [2, 1]).tolist()
    [1, 2, 3]
    """
    return np.unique(np.concatenate([np.asarray(values) for values in labels]))
