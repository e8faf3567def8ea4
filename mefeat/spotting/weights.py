"""Which blocks tell an expression from rest, learned from training videos."""

import numpy as np


def fisher_weights(distances, truths):
    """Weigh distances by how well each tells frames with an expression from others.

    Parameters
    ----------
    distances : list of ndarray of shape (n_frames, n_distances)
        Distances of the blocks in each training video, as of `feature_difference`.
    truths : list of list of Interval
        The expressions in each.

    Returns
    -------
    ndarray of shape (n_distances,), float64
        ``(mean_yes - mean_no)**2 / (variance_yes + variance_no)``, divided by the mean
        of all weights; zero where nothing varies.

    Raises
    ------
    ValueError
        If there is no frame with, or none without an expression.

    References
    ----------
    Y. Han, B. Li, Y.-K. Lai, Y.-J. Liu, "CFD: a collaborative feature difference method
    for spontaneous micro-expression spotting", ICIP 2018.

    Examples
    --------
    The first distance rises in the expression, the second does not care:

    >>> from mefeat.clip import Interval
    >>> distances = np.array([[0.0, 1], [1, 0], [8, 1], [9, 0], [0, 1], [1, 0]])
    >>> fisher_weights([distances], [[Interval(2, 3, 3)]]).tolist()
    [2.0, 0.0]
    """
    inside = [
        _inside(intervals, len(rows))
        for rows, intervals in zip(distances, truths, strict=True)
    ]
    rows, inside = np.concatenate(distances).astype(float), np.concatenate(inside)
    if inside.all() or not inside.any():
        raise ValueError(
            "weights need frames with an expression and frames without, got "
            f"{inside.sum()} of {len(inside)} with one."
        )
    yes, no = rows[inside], rows[~inside]
    apart = (yes.mean(axis=0) - no.mean(axis=0)) ** 2
    spread = yes.var(axis=0) + no.var(axis=0)
    weights = np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0)
    mean = weights.mean()
    return weights / mean if mean > 0 else np.ones_like(weights)


def check_training(videos, truths):
    """Check that there is a list of expressions for each training video.

    Parameters
    ----------
    videos : list
        Videos.
    truths : list of list of Interval or None
        The expressions in each.

    Raises
    ------
    ValueError
        If there are none, or not as many lists as videos.
    """
    if truths is None or len(videos) != len(truths):
        given = "none" if truths is None else len(truths)
        raise ValueError(
            "Spotter(feature='cfd') learns weights: fit needs a list of intervals for "
            f"each of {len(videos)} videos, got {given}."
        )


def _inside(intervals, n_frames):
    inside = np.zeros(n_frames, bool)
    for interval in intervals:
        inside[interval.onset : interval.offset + 1] = True
    return inside
