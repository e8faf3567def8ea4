"""Spotting: expressions in long videos, and how well they are found."""

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
from mefeat.spotting._recognize import Recognized, SpotThenRecognize
from mefeat.spotting._scores import (
    apex_errors,
    interval_iou,
    interval_scores,
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
    "difference_curve",
    "feature_difference",
    "find_intervals",
    "find_peaks",
    "frequency_curve",
    "interval_iou",
    "interval_scores",
    "peak_roc",
    "spot",
    "spot_then_recognize_score",
]
