"""Action units one by one: how rare they are, and how well they are found."""

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

MEAN = "mean"
# A unit that one clip in a thousand shows would else count a thousand times.
_LARGEST_WEIGHT = 20.0


def unit_scores(shown, scores, units, threshold=0.5):
    """Judge the scores of action units, one row for each unit.

    Parameters
    ----------
    shown : array-like of bool, shape (n_clips, n_units)
        Whether the clip shows the unit.
    scores : array-like of shape (n_clips, n_units)
        Probabilities or other scores, higher where the unit is likely.
    units : sequence of int
        Numbers of the units, one for each column.
    threshold : float, default=0.5
        Score from which on a unit counts as found; 0 for those of a
        `decision_function`.

    Returns
    -------
    DataFrame
        By unit: `occurrence`, the share of the clips that show it, `average_precision`,
        `recall` and `accuracy`. The row "mean" averages the units that occur; of those
        that do not, average precision and recall are nan.

    Raises
    ------
    ValueError
        If shapes do not fit.

    Notes
    -----
    Average precision of guesses is the occurrence, so the two belong side by side, and
    the accuracy of never finding a rare unit is nearly 1.

    Examples
    --------
    >>> table = unit_scores([[1], [0], [1], [0]], [[0.9], [0.8], [0.7], [0.1]], [12])
    >>> table.loc[12].round(3).tolist()
    [0.5, 0.833, 1.0, 0.75]
    """
    shown = np.asarray(shown, dtype=bool)
    scores = np.asarray(scores, dtype=np.float64)
    if shown.ndim != 2 or not shown.shape == scores.shape == (len(shown), len(units)):
        raise ValueError(
            f"shown and scores must have a column for each of {len(units)} units, got "
            f"shapes {shown.shape} and {scores.shape}."
        )
    found = scores >= threshold
    rows = {}
    for column, unit in enumerate(units):
        own, said = shown[:, column], found[:, column]
        occurs = bool(own.any())
        rows[unit] = {
            "occurrence": own.mean(),
            "average_precision": (
                average_precision_score(own, scores[:, column]) if occurs else np.nan
            ),
            "recall": said[own].mean() if occurs else np.nan,
            "accuracy": (own == said).mean(),
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "unit"
    occurring = table[table["occurrence"] > 0]
    table.loc[MEAN] = occurring.mean() if len(occurring) else np.nan
    return table


def positive_weights(shown):
    """Weigh clips that show a unit by how many more do not.

    Parameters
    ----------
    shown : ndarray of shape (n_clips, n_units)
        1 where a clip shows the unit, else 0.

    Returns
    -------
    ndarray of shape (n_units,), float32
        Clips without the unit by clips with it, at most 20; 1 for a unit that no clip
        shows, or every one.

    Examples
    --------
    >>> positive_weights(np.array([[1, 0], [0, 0], [0, 0]])).tolist()
    [2.0, 1.0]
    """
    n_with = shown.sum(axis=0)
    n_without = len(shown) - n_with
    both = (n_with > 0) & (n_without > 0)
    weights = np.where(both, n_without / np.maximum(n_with, 1), 1)
    return np.minimum(weights, _LARGEST_WEIGHT).astype(np.float32)
