"""Clips, and what belongs to each of them."""

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
        # As objects: NaN among words would become the word "nan".
        missing = pd.isna(np.asarray(values, dtype=object))
        if missing.any():
            raise ValueError(
                f"{name} has no value for clip {np.argmax(missing)}: leave it out."
            )
    return X, *map(np.asarray, columns.values())
