"""Scores of spotting: intervals, ROC curves, spot-then-recognize."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from mefeat.clip import Interval
from mefeat.spotting._peaks import find_peaks


class PeakROC(NamedTuple):
    """Rates at which frames are marked, over thresholds."""

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
    >>> from mefeat.spotting._peaks import make_curve
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


class Counts(NamedTuple):
    """What was found and what was missed."""

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
    """Scores of micro- and macro-expressions together, and of each apart."""

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

    Notes
    -----
    At an intersection over union of just 0.5 one finding can suit two expressions, so
    that taking each by itself would count it twice.
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
    """How far found apexes are from the true ones."""

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


COMPAT = ("megc2025",)


class STRS(NamedTuple):
    """The score of spotting and recognition, and what it is made of."""

    strs: float
    spotting_f1: float
    recognition_f1: float


def spot_then_recognize_score(
    truths, true_classes, founds, found_classes, *, groups=None, compat=None
):
    """Score finding expressions and naming them (STRS).

    Parameters
    ----------
    truths : list of list of Interval
        The expressions of each video.
    true_classes : list of list
        Their classes.
    founds : list of list of Interval
        What was found in each video.
    found_classes : list of list
        The classes given to it.
    groups : list, default=None
        Subject of each video, which only `compat` needs.
    compat : {"megc2025"}, default=None
        Reproduce the official script, mistakes included.

    Returns
    -------
    STRS
        The score and its two factors.

    Raises
    ------
    ValueError
        If the lists do not fit together.

    Notes
    -----
    Classes are those of the true expressions; a finding with another class is wrong in
    its own. What was not found does not enter the recognition. Macro means are over the
    classes that occur among the matched expressions or their findings.

    The official script differs in five points, and ``compat="megc2025"`` with it:
    expressions of subjects for whom nothing was found are not missed; findings in
    videos without an expression are not false; a finding can be a hit for several
    expressions; where only one class occurs the result is NaN; and what it calls
    unweighted average recall is the mean precision, so that its F1 of recognition takes
    this mean twice. These are repeated as they are described; no figures that the
    script itself printed were at hand to compare with.

    References
    ----------
    G.-B. Liong, J. See, C. S. Chan, "Spot-then-recognize: a micro-expression analysis
    network for seamless evaluation of long videos", Signal Processing: Image
    Communication 110, 2023.

    Examples
    --------
    >>> from mefeat.clip import Interval
    >>> interval = Interval(0, 4, 9)
    >>> spot_then_recognize_score([[interval]], [["joy"]], [[interval]], [["joy"]])
    STRS(strs=1.0, spotting_f1=1.0, recognition_f1=1.0)
    """
    lengths = {len(x) for x in (truths, true_classes, founds, found_classes)}
    if len(lengths) > 1:
        raise ValueError("intervals and classes must be of the same videos.")
    for intervals, classes in ((truths, true_classes), (founds, found_classes)):
        for video, (i, c) in enumerate(zip(intervals, classes, strict=True)):
            if len(i) != len(c):
                raise ValueError(
                    f"video {video} has {len(i)} intervals and {len(c)} classes."
                )
    if compat is None:
        return _right(truths, true_classes, founds, found_classes)
    if compat not in COMPAT:
        raise ValueError(f"compat must be None or among {COMPAT}, got {compat!r}.")
    groups = range(len(truths)) if groups is None else groups
    return _as_official(truths, true_classes, founds, found_classes, groups)


def _right(truths, true_classes, founds, found_classes):
    hits, named = 0, []
    for video in zip(truths, true_classes, founds, found_classes, strict=True):
        pairs = match_intervals(video[0], video[2])
        hits += len(pairs)
        named += [(video[1][i], video[3][j]) for i, j in pairs]
    n_true, n_found = sum(map(len, truths)), sum(map(len, founds))
    spotting = Counts(hits, n_found - hits, n_true - hits).f1
    precision, recall = _macro(named)
    total = precision + recall
    recognition = 2 * precision * recall / total if total else 0.0
    return STRS(spotting * recognition, spotting, recognition)


def _as_official(truths, true_classes, founds, found_classes, groups):
    spoken = {g for g, found in zip(groups, founds, strict=True) if found}
    hits = false = missed = 0
    named = []
    videos = zip(groups, truths, true_classes, founds, found_classes, strict=True)
    for group, true, classes, found, given in videos:
        if group not in spoken or not true:
            continue
        pairs = [
            (i, j)
            for i, t in enumerate(true)
            for j in [next((j for j, f in enumerate(found) if _fits(t, f)), None)]
            if j is not None
        ]
        hits += len(pairs)
        false += len(found) - len({j for _, j in pairs})
        missed += len(true) - len(pairs)
        named += [(classes[i], given[j]) for i, j in pairs]
    spotting = Counts(hits, false, missed).f1
    if len({c for pair in named for c in pair}) == 1:
        return STRS(np.nan, spotting, np.nan)
    precision, _ = _macro(named)
    return STRS(spotting * precision, spotting, precision)


def _fits(truth, found):
    return interval_iou(truth, found) >= 0.5


def _macro(named):
    """Mean precision and mean recall over classes, 0 where a class has none."""
    if not named:
        return 0.0, 0.0
    true, given = np.array([[str(c) for c in pair] for pair in named]).T
    precision, recall = [], []
    for name in np.union1d(true, given):
        both = np.sum((true == name) & (given == name))
        precision.append(both / max(np.sum(given == name), 1))
        recall.append(both / max(np.sum(true == name), 1))
    return float(np.mean(precision)), float(np.mean(recall))
