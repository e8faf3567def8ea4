"""How good found intervals are: one-to-one, over all videos."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from mefeat.clip import Interval


class Counts(NamedTuple):
    """What was found and what was missed.

    Parameters
    ----------
    hits : int
        Expressions that were found.
    false : int
        Found intervals without an expression.
    missed : int
        Expressions that were not found.
    """

    hits: int
    false: int
    missed: int

    @property
    def precision(self):
        """Share of found intervals that are expressions; 0 if nothing was found."""
        return self.hits / max(self.hits + self.false, 1)

    @property
    def recall(self):
        """Share of expressions that were found; 0 if there are none."""
        return self.hits / max(self.hits + self.missed, 1)

    @property
    def f1(self):
        """Harmonic mean of precision and recall."""
        return 2 * self.hits / max(2 * self.hits + self.false + self.missed, 1)


class IntervalScores(NamedTuple):
    """Scores of micro- and macro-expressions together, and of each apart.

    Parameters
    ----------
    together, micro, macro : Counts
        What was found and what was missed.
    """

    together: Counts
    micro: Counts
    macro: Counts

    @property
    def precision(self):
        """Precision of micro- and macro-expressions together."""
        return self.together.precision

    @property
    def recall(self):
        """Recall of micro- and macro-expressions together."""
        return self.together.recall

    @property
    def f1(self):
        """F1 of micro- and macro-expressions together."""
        return self.together.f1


def interval_iou(first, second):
    """Divide what two intervals have in common by what they cover together.

    Parameters
    ----------
    first, second : Interval
        Intervals; onset and offset belong to them.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> from mefeat.clip import Interval
    >>> interval_iou(Interval(0, 4, 9), Interval(5, 7, 9))
    0.5
    """
    common = min(first.offset, second.offset) - max(first.onset, second.onset) + 1
    common = max(common, 0)
    return common / (_length(first) + _length(second) - common)


def match_intervals(truths, founds, *, min_iou=0.5):
    """Pair the expressions of one video with found intervals, one to one.

    Parameters
    ----------
    truths, founds : list of Interval
        Expressions, and what was found.
    min_iou : float, default=0.5
        Least intersection over union of a pair.

    Returns
    -------
    list of tuple of int
        Indices of truth and finding of each pair; as many pairs as possible.

    Notes
    -----
    At an intersection over union of just 0.5 one finding can suit two expressions, so
    that taking each by itself would count it twice.

    Examples
    --------
    >>> from mefeat.clip import Interval
    >>> truths = [Interval(0, 2, 4), Interval(5, 7, 9)]
    >>> len(match_intervals(truths, [Interval(0, 4, 9)]))
    1
    """
    if not truths or not founds:
        return []
    fits = [[interval_iou(t, f) >= min_iou for f in founds] for t in truths]
    # The two sides are apart, so no row can be a column.
    chosen = maximum_bipartite_matching(
        csr_array(np.array(fits, dtype=np.int8)), perm_type="column"
    )
    return [(i, int(j)) for i, j in enumerate(chosen) if j >= 0]


def interval_scores(truths, founds, *, min_iou=0.5):
    """Score found intervals over all videos.

    Parameters
    ----------
    truths : list of list of Interval
        The expressions of each video, none included.
    founds : list of list of Interval
        What was found in each.
    min_iou : float, default=0.5
        Least intersection over union of an expression and its finding.

    Returns
    -------
    IntervalScores
        `precision`, `recall` and `f1` of all, and the same of `micro` and `macro`.

    Raises
    ------
    TypeError
        If intervals are not in a list for each video.
    ValueError
        If there are not as many lists of findings as videos.

    Notes
    -----
    Hits are counted over all videos, those without an expression included, and divided
    once at the end. Together, kinds do not matter; apart, expressions of one kind are
    compared with findings of this kind alone, and intervals without a kind are left
    out.

    Examples
    --------
    >>> from mefeat.clip import Interval
    >>> truths = [[Interval(10, 15, 29)], []]
    >>> founds = [[Interval(12, 15, 29)], [Interval(5, 6, 9)]]
    >>> scores = interval_scores(truths, founds)
    >>> scores.recall, scores.precision
    (1.0, 0.5)
    """
    for name, videos in (("truths", truths), ("founds", founds)):
        for video, intervals in enumerate(videos):
            if isinstance(intervals, Interval):
                raise TypeError(
                    f"{name}[{video}] must be a list, that of the intervals in a "
                    "video, got one Interval."
                )
    if len(truths) != len(founds):
        raise ValueError(
            f"there must be a list of findings for each of {len(truths)} videos, got "
            f"{len(founds)}."
        )
    return IntervalScores(
        _count(truths, founds, min_iou),
        *(
            _count(_of_kind(truths, kind), _of_kind(founds, kind), min_iou)
            for kind in ("micro", "macro")
        ),
    )


class ApexErrors(NamedTuple):
    """How far found apexes are from the true ones.

    Parameters
    ----------
    frames : float
        Mean absolute error in frames; NaN if there are none.
    milliseconds : float
        The same in milliseconds.
    within : float
        Share of errors up to 0.1 seconds.
    """

    frames: float
    milliseconds: float
    within: float


def apex_errors(truths, founds, fps):
    """Measure how far found apexes are from the true ones.

    Parameters
    ----------
    truths, founds : array-like of shape (n_clips,)
        Apex frames.
    fps : float
        Frames per second.

    Returns
    -------
    ApexErrors
        Mean absolute error in frames and in milliseconds, and the share within 0.1 s.

    Examples
    --------
    >>> apex_errors([10, 20], [12, 60], fps=200)
    ApexErrors(frames=21.0, milliseconds=105.0, within=0.5)
    """
    apart = np.abs(np.subtract(truths, founds, dtype=np.float64))
    if not apart.size:
        return ApexErrors(np.nan, np.nan, np.nan)
    mean = float(apart.mean())
    # 0.1 s itself counts, also where it is no whole number of frames in floats.
    return ApexErrors(
        mean, 1000 * mean / fps, float(np.mean(apart <= 0.1 * fps + 1e-9))
    )


def _length(interval):
    return interval.offset - interval.onset + 1


def _of_kind(videos, kind):
    return [[i for i in intervals if i.kind == kind] for intervals in videos]


def _count(truths, founds, min_iou):
    pairs = zip(truths, founds, strict=True)
    hits = sum(len(match_intervals(t, f, min_iou=min_iou)) for t, f in pairs)
    n_true, n_found = sum(map(len, truths)), sum(map(len, founds))
    return Counts(hits, n_found - hits, n_true - hits)
