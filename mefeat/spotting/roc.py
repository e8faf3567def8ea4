"""The frame-wise curve of the older papers: peaks against truth, over thresholds."""

from typing import NamedTuple

import numpy as np

from mefeat.spotting.peaks import find_peaks


class PeakROC(NamedTuple):
    """Rates at which frames are marked, over thresholds.

    Parameters
    ----------
    false_rates, true_rates : ndarray of shape (n_thresholds,)
        Share of the frames without and with an expression that are marked.
    auc : float
        Area under the curve.
    """

    false_rates: np.ndarray
    true_rates: np.ndarray
    auc: float


def peak_roc(curves, truths, *, length, n_thresholds=21):
    """Draw the ROC curve of peaks as the papers on feature difference do.

    Parameters
    ----------
    curves : list of Curve
        One curve of each video.
    truths : list of list of Interval
        The expressions of each.
    length : int
        N, the longest micro-expression in frames.
    n_thresholds : int, default=21
        Number of thresholds p, spread evenly over 0..1.

    Returns
    -------
    PeakROC
        The curve, from (0, 0) to (1, 1), and the area under it.

    Raises
    ------
    ValueError
        If there are no frames with, or none without an expression.

    Notes
    -----
    A peak within [onset - (N - 1) / 4, offset + (N - 1) / 4] is a hit and marks the
    frames of that expression; any other marks N frames around itself. Frames within
    reach of an expression that is not hit count as missed. The last threshold marks no
    frame, and the line goes on from the first one to (1, 1).

    Examples
    --------
    >>> from mefeat.clip import Interval
    >>> from mefeat.spotting import make_curve
    >>> values = np.zeros(100)
    >>> values[50] = 1
    >>> curve = make_curve(values, 5, 100)
    >>> peak_roc([curve], [[Interval(46, 50, 54)]], length=9).auc
    1.0
    """
    counts = np.zeros((n_thresholds, 2))
    totals = np.zeros(2)
    for curve, intervals in zip(curves, truths, strict=True):
        last = len(curve.values) - 1
        true = _frames(_widened(intervals, (length - 1) / 4, last), last + 1)
        totals += [np.sum(~true), np.sum(true)]
        for i, p in enumerate(np.linspace(0, 1, n_thresholds)):
            peaks = find_peaks(curve, p=p, min_z=0)
            marked = _marked(peaks, intervals, length, last)
            counts[i] += [np.sum(marked & ~true), np.sum(marked & true)]
    if not totals.all():
        raise ValueError(
            f"the curve needs frames with and without an expression, got {totals[1]:g} "
            f"and {totals[0]:g}."
        )
    rates = np.concatenate([[[1, 1]], counts / totals, [[0, 0]]])[::-1]
    rates = np.maximum.accumulate(rates)
    return PeakROC(
        rates[:, 0], rates[:, 1], float(np.trapezoid(rates[:, 1], rates[:, 0]))
    )


def _widened(intervals, margin, last):
    return [
        (max(0, int(np.ceil(i.onset - margin))), min(last, int(i.offset + margin)))
        for i in intervals
    ]


def _frames(spans, n_frames):
    marked = np.zeros(n_frames, bool)
    for first, last in spans:
        marked[first : last + 1] = True
    return marked


def _marked(peaks, intervals, length, last):
    spans, half = [], (length - 1) // 2
    wide = _widened(intervals, (length - 1) / 4, last)
    for peak in peaks:
        hit = [span for span in wide if span[0] <= peak <= span[1]]
        spans += hit or [(max(0, peak - half), min(last, peak + half))]
    return _frames(spans, last + 1)
