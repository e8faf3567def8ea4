"""Finding where in a long video an expression is, and how well that was done."""

from mefeat.clip import Interval
from mefeat.spotting._apex import (
    ApexFinder,
    apex_by_bisection,
    apex_by_difference,
    apex_by_fft,
    apex_by_flow,
    frequency_curve,
)
from mefeat.spotting._curves import difference_curve, feature_difference
from mefeat.spotting._peaks import Curve, find_intervals, find_peaks
from mefeat.spotting._recognize import Recognized, SpotThenRecognize, cut_intervals
from mefeat.spotting._regions import fisher_weights
from mefeat.spotting._scores import (
    apex_errors,
    interval_iou,
    interval_scores,
    match_intervals,
    peak_roc,
    spot_then_recognize_score,
)
from mefeat.spotting._spotter import Spotter, spot

__all__ = [
    "ApexFinder",
    "Curve",
    "Interval",
    "Recognized",
    "SpotThenRecognize",
    "Spotter",
    "apex_by_bisection",
    "apex_by_difference",
    "apex_by_fft",
    "apex_by_flow",
    "apex_errors",
    "cut_intervals",
    "difference_curve",
    "feature_difference",
    "find_intervals",
    "find_peaks",
    "fisher_weights",
    "frequency_curve",
    "interval_iou",
    "interval_scores",
    "match_intervals",
    "peak_roc",
    "spot",
    "spot_then_recognize_score",
]
