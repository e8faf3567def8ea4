"""Judging descriptors: protocols, scores, and the search of the SVM's parameters."""

from mefeat.evaluation.candidates import (
    Candidates,
    candidate_estimator,
    candidate_predictions,
)
from mefeat.evaluation.checks import check_no_leak
from mefeat.evaluation.classifiers import CLASSIFIERS, make_classifier
from mefeat.evaluation.comparison import Comparison, compare
from mefeat.evaluation.composite import composite
from mefeat.evaluation.counting import confusion
from mefeat.evaluation.crossval import evaluate
from mefeat.evaluation.databases import DATABASE_PROTOCOLS
from mefeat.evaluation.describe import describe_estimator, environment
from mefeat.evaluation.elm import ExtremeLearningMachine
from mefeat.evaluation.inner import SubjectKFold
from mefeat.evaluation.judging import ResultWarning
from mefeat.evaluation.leak_report import LeakError, LeakReport
from mefeat.evaluation.metrics import (
    SCORES,
    class_scores,
    largest_class_baseline,
    scores,
)
from mefeat.evaluation.neutral import RelativeToOnset, relative_to_neutral
from mefeat.evaluation.pages import write_report
from mefeat.evaluation.protocols import PROTOCOLS, make_folds
from mefeat.evaluation.report import Evaluation
from mefeat.evaluation.results import load_result
from mefeat.evaluation.search import PolySVCSearch, RowScaler
from mefeat.evaluation.unit_report import UnitEvaluation
from mefeat.evaluation.units import evaluate_units

__all__ = [
    "CLASSIFIERS",
    "DATABASE_PROTOCOLS",
    "PROTOCOLS",
    "SCORES",
    "Candidates",
    "Comparison",
    "Evaluation",
    "ExtremeLearningMachine",
    "LeakError",
    "LeakReport",
    "PolySVCSearch",
    "RelativeToOnset",
    "ResultWarning",
    "RowScaler",
    "SubjectKFold",
    "UnitEvaluation",
    "candidate_estimator",
    "candidate_predictions",
    "check_no_leak",
    "class_scores",
    "compare",
    "composite",
    "confusion",
    "describe_estimator",
    "environment",
    "evaluate",
    "evaluate_units",
    "largest_class_baseline",
    "load_result",
    "make_classifier",
    "make_folds",
    "relative_to_neutral",
    "scores",
    "write_report",
]
