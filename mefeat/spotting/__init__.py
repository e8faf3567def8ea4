"""Finding where in a long video an expression is, and how well that was done."""

from mefeat.clip import Interval
from mefeat.spotting.apex import (
    ApexFinder,
    apex_by_bisection,
    apex_by_difference,
    apex_by_fft,
    apex_by_flow,
)
from mefeat.spotting.call import spot
from mefeat.spotting.curves import (
    collaborative_difference,
    contrast,
    difference_curve,
    feature_difference,
    smooth_features,
    usual_distances,
)
from mefeat.spotting.fft import frequency_curve
from mefeat.spotting.histograms import (
    hoof_histograms,
    lbp_histograms,
    texture_and_motion,
)
from mefeat.spotting.peaks import Curve, find_intervals, find_peaks, make_curve
from mefeat.spotting.recognize import Recognized, SpotThenRecognize, cut_intervals
from mefeat.spotting.regions import face_regions
from mefeat.spotting.roc import peak_roc
from mefeat.spotting.scores import (
    apex_errors,
    interval_iou,
    interval_scores,
    match_intervals,
)
from mefeat.spotting.spotter import Spotter
from mefeat.spotting.strs import spot_then_recognize_score
from mefeat.spotting.weights import fisher_weights

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
    "collaborative_difference",
    "contrast",
    "cut_intervals",
    "difference_curve",
    "face_regions",
    "feature_difference",
    "find_intervals",
    "find_peaks",
    "fisher_weights",
    "frequency_curve",
    "hoof_histograms",
    "interval_iou",
    "interval_scores",
    "lbp_histograms",
    "make_curve",
    "match_intervals",
    "peak_roc",
    "smooth_features",
    "spot",
    "spot_then_recognize_score",
    "texture_and_motion",
    "usual_distances",
]
