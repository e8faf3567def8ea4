"""Intervals from curves: peaks, their onsets and offsets."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from mefeat.clip import Interval
from mefeat.spotting._curves import contrast, robust_z

# Seconds. What lasts longer is a macro-expression.
LONGEST_MICRO = 0.5

# What a curve of normalized blocks spreads at least. Sensors alone make it 0.3 to 0.5,
# heads that move 0.8; an image without any noise would spread by nothing at rest, and
# the finest ripple of its interpolation would be a peak.
_LEAST_SPREAD = 0.7

# How far below its maximum a course has reached the apex, as a part of its range:
# chosen on generated videos of the seeds 20 to 29.
_APEX_SHARE = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The difference curve of a video at one scale.

    Parameters
    ----------
    values : ndarray of shape (n_frames,)
        How much each frame differs from its ends.
    k : int
        How far the ends are, frames.
    fps : float
        Frames per second.
    contrast : ndarray of shape (n_frames,)
        Values without the average of both ends.
    z : ndarray of shape (n_frames,)
        How unusual the contrast is in this video.
    course : ndarray of shape (n_frames,)
        A curve of more blocks, that tells the apex.
    """

    values: np.ndarray
    k: int
    fps: float
    contrast: np.ndarray
    z: np.ndarray
    course: np.ndarray


def make_curve(values, k, fps, *, normalized=False, usual=None, course=None):
    """Complete a difference curve by its contrast and by how unusual that is."""
    values = np.asarray(values, dtype=np.float64)
    differs = contrast(values, k)
    z = robust_z(differs, usual, _LEAST_SPREAD if normalized else 0.0)
    course = values if course is None else np.asarray(course, dtype=np.float64)
    return Curve(values, int(k), float(fps), differs, z, course)


def find_peaks(curve, *, p=0.15, min_z=6.0):
    """Find where a curve stands out.

    Parameters
    ----------
    curve : Curve
        The curve.
    p : float, default=0.15
        Where the threshold lies between the mean (0) and the maximum (1) of the
        contrast, with what is negative set to zero.
    min_z : float, default=6.0
        How unusual a peak must be; 0 leaves the threshold alone, as papers do.

    Returns
    -------
    list of int
        Frames of the peaks, the highest first. No two are closer than k / 2.

    Notes
    -----
    The threshold is relative, so by itself it finds something in every video.

    References
    ----------
    A. Moilanen, G. Zhao, M. Pietikäinen, "Spotting rapid facial movements from videos
    using appearance-based feature difference analysis", ICPR 2014.
    https://doi.org/10.1109/ICPR.2014.303

    Examples
    --------
    >>> values = np.array([0.0, 1, 0, 1, 9, 1, 0, 1, 0])
    >>> find_peaks(make_curve(values, 2, 100))
    [4]
    """
    height = np.maximum(curve.contrast, 0)
    threshold = height.mean() + p * (height.max() - height.mean())
    # A constant curve has no peaks, whatever is asked of them.
    high = (height > threshold) & (curve.z > max(min_z, 0))
    peaks = []
    for frame in np.flatnonzero(high)[np.argsort(-height[high], kind="stable")]:
        if all(abs(frame - peak) >= curve.k / 2 for peak in peaks):
            peaks.append(int(frame))
    return peaks


def fixed_interval(curve, peak):
    """Reach k frames to both sides of a peak, as papers do."""
    last = len(curve.values) - 1
    return max(peak - curve.k, 0), peak, min(peak + curve.k, last)


def falling_interval(curve, peak, *, share=0.15):
    """Follow a curve from a peak down to what is left of it at rest.

    Notes
    -----
    Expressions fall more slowly than they rise, so that the maximum of an average comes
    late; and on a plateau noise alone would choose it.

    Rest is the level that a tenth of the curve lies below. Where the curve does not
    fall within 2 k frames to a side, that side is k frames long.
    """
    values, k, last = curve.values, curve.k, len(curve.values) - 1
    rest = np.quantile(values, 0.1)
    low = values <= rest + share * (values[peak] - rest)
    before = np.flatnonzero(low[max(peak - 2 * k, 0) : peak][::-1])
    after = np.flatnonzero(low[peak + 1 : peak + 2 * k + 1])
    onset = peak - 1 - int(before[0]) if len(before) else max(peak - k, 0)
    offset = peak + 1 + int(after[0]) if len(after) else min(peak + k, last)
    around = max(1, (offset - onset + 1) // 5)
    course = curve.course[onset : offset + 1]
    smooth = uniform_filter1d(course, around, mode="nearest")
    high = smooth >= smooth.max() - _APEX_SHARE * np.ptp(smooth)
    return onset, onset + int(np.argmax(high)), offset


INTERVALS = {"fall": falling_interval, "fixed": fixed_interval}


def find_intervals(curves, *, p=0.15, min_z=6.0, intervals="fall"):
    """Find expressions on the curves of one video.

    Parameters
    ----------
    curves : list of Curve
        Curves of one or more scales, the finest first.
    p : float, default=0.15
        Threshold of peaks, see `find_peaks`.
    min_z : float, default=6.0
        How unusual a peak must be.
    intervals : {"fall", "fixed"}, default="fall"
        Whether an interval ends where the curve has fallen, or k frames from the peak.

    Returns
    -------
    list of Interval
        In order of time, without overlaps. The score is z; kind is "micro" up to half a
        second, "macro" above.

    Notes
    -----
    Of intervals that overlap, the one with the larger z stays. But what a coarser scale
    finds to be longer than a finer scale can see (its k) is left to the coarser.

    Examples
    --------
    >>> values = np.zeros(200)
    >>> values[100:121] = 35 * np.hanning(21)
    >>> find_intervals([make_curve(values, 50, 100, normalized=True)])
    [Interval(onset=102, apex=110, offset=118, score=50.0, kind='micro')]
    """
    found = []
    for scale, curve in enumerate(curves):
        for peak in find_peaks(curve, p=p, min_z=min_z):
            onset, apex, offset = INTERVALS[intervals](curve, peak)
            seconds = (offset - onset + 1) / curve.fps
            kind = "micro" if seconds <= LONGEST_MICRO + 0.5 / curve.fps else "macro"
            score = float(curve.z[peak])
            found.append((scale, Interval(onset, apex, offset, score, kind)))
    return _without_overlaps(_to_their_scale(found, curves))


def _to_their_scale(found, curves):
    """Drop what a finer scale saw of something that is too long for it."""

    def cut_off(scale, interval):
        return any(
            coarser > scale
            and other.offset - other.onset + 1 > curves[scale].k
            and other.onset <= interval.apex <= other.offset
            for coarser, other in found
        )

    return [interval for scale, interval in found if not cut_off(scale, interval)]


def _without_overlaps(intervals):
    kept = []
    for interval in sorted(intervals, key=lambda i: -i.score):
        if all(
            interval.offset < other.onset or other.offset < interval.onset
            for other in kept
        ):
            kept.append(interval)
    return sorted(kept, key=lambda i: i.onset)
