"""Judging descriptors: protocols, scores, and the search of the SVM's parameters."""

from mefeat.evaluation.candidates import (
    Candidates,
    candidate_estimator,
    candidate_predictions,
)
from mefeat.evaluation.comparison import Comparison, compare
from mefeat.evaluation.counting import confusion
from mefeat.evaluation.crossval import evaluate
from mefeat.evaluation.databases import DATABASE_PROTOCOLS
from mefeat.evaluation.describe import describe_estimator, environment
from mefeat.evaluation.metrics import (
    SCORES,
    class_scores,
    largest_class_baseline,
    scores,
)
from mefeat.evaluation.protocols import PROTOCOLS, make_folds
from mefeat.evaluation.report import Evaluation
from mefeat.evaluation.search import PolySVCSearch

__all__ = [
    "DATABASE_PROTOCOLS",
    "PROTOCOLS",
    "SCORES",
    "Candidates",
    "Comparison",
    "Evaluation",
    "PolySVCSearch",
    "candidate_estimator",
    "candidate_predictions",
    "class_scores",
    "compare",
    "confusion",
    "describe_estimator",
    "environment",
    "evaluate",
    "largest_class_baseline",
    "make_folds",
    "scores",
]
