"""Spot-then-recognize: one score for finding expressions and naming them."""

from typing import NamedTuple

import numpy as np

from mefeat.spotting.scores import Counts, interval_iou, match_intervals

COMPAT = ("megc2025",)


class STRS(NamedTuple):
    """The score of spotting and recognition, and what it is made of.

    Parameters
    ----------
    strs : float
        Product of the two F1.
    spotting_f1 : float
        F1 of the intervals, whatever their class.
    recognition_f1 : float
        Harmonic mean of the macro precision and the macro recall of the classes of
        what was found.
    """

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
