"""Clips, and what belongs to each of them."""

from numbers import Number

import numpy as np
import pandas as pd


def check_columns(X, **columns):
    """Check that there is a value for each clip, such as a class and a subject.

    Parameters
    ----------
    X : iterable of Clip or ClipFile, or array-like of shape (n_clips, n_features)
        Clips, or rows.
    **columns : array-like of shape (n_clips,)
        Values by what they are called.

    Returns
    -------
    X : list or array-like
        The clips; a list if they have no shape.
    *columns : ndarray of shape (n_clips,)
        The values.

    Raises
    ------
    ValueError
        If there are more or fewer values than clips, or one is missing.

    Examples
    --------
    >>> _, groups = check_columns([[1], [2]], groups=["01", "02"])
    >>> groups.tolist()
    ['01', '02']
    """
    X = X if hasattr(X, "shape") else list(X)
    n_clips = X.shape[0] if hasattr(X, "shape") else len(X)
    for name, values in columns.items():
        if np.shape(values) != (n_clips,):
            raise ValueError(
                f"{name} must hold one value for each of the {n_clips} clips, got "
                f"shape {np.shape(values)}."
            )
        check_alike(name, values)
    return X, *map(np.asarray, columns.values())


def check_alike(name, values):
    """Check that values, such as classes, are there and can be put in one order.

    Parameters
    ----------
    name : str
        What they are called.
    values : array-like of shape (n_clips,)
        Values.

    Raises
    ------
    ValueError
        If one is missing.
    TypeError
        If words and numbers, or others that have no common order, are mixed.

    Examples
    --------
    >>> check_alike("y", ["joy", 1])
    Traceback (most recent call last):
    TypeError: y must hold values of one type, got str for clip 0 and int for clip 1.
    """
    # As objects: NaN among words would become the word "nan", and 1 the word "1".
    values = np.asarray(values, dtype=object)
    missing = pd.isna(values)
    if missing.any():
        raise ValueError(
            f"{name} has no value for clip {np.argmax(missing)}: leave it out."
        )
    first = {}
    for i, value in enumerate(values.flat):
        kinds = (str, bytes, Number | np.number | np.bool_, type(value))
        first.setdefault(next(k for k in kinds if isinstance(value, k)), i)
    if len(first) > 1:
        one, other = list(first.values())[:2]
        kinds = [type(values.flat[i]).__name__ for i in (one, other)]
        raise TypeError(
            f"{name} must hold values of one type, got {kinds[0]} for clip {one} and "
            f"{kinds[1]} for clip {other}."
        )
