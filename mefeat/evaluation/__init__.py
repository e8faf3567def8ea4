"""Evaluation of methods: protocols, scores, statistics, leak checks, reports."""

from mefeat.evaluation._comparison import Comparison, compare, composite
from mefeat.evaluation._evaluate import (
    ResultWarning,
    evaluate,
    evaluate_units,
)
from mefeat.evaluation._leaks import LeakError, LeakReport, check_no_leak
from mefeat.evaluation._neutral import RelativeToOnset, relative_to_neutral
from mefeat.evaluation._report import write_report
from mefeat.evaluation._results import (
    Evaluation,
    UnitEvaluation,
    environment,
    load_result,
)
from mefeat.model_selection._metrics import (
    SCORES,
    class_scores,
    confusion,
    largest_class_baseline,
    scores,
)

__all__ = [
    "Comparison",
    "Evaluation",
    "LeakError",
    "LeakReport",
    "RelativeToOnset",
    "ResultWarning",
    "SCORES",
    "UnitEvaluation",
    "check_no_leak",
    "class_scores",
    "compare",
    "composite",
    "confusion",
    "environment",
    "evaluate",
    "evaluate_units",
    "largest_class_baseline",
    "load_result",
    "relative_to_neutral",
    "scores",
    "write_report",
]
