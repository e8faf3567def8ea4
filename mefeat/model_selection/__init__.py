"""Splitters that respect subjects, and the search of the parameters of an SVM."""

from mefeat.model_selection._classifiers import (
    CLASSIFIERS,
    ExtremeLearningMachine,
    make_classifier,
)
from mefeat.model_selection._search import (
    Candidates,
    PolySVCSearch,
    RowScaler,
    candidate_predictions,
)
from mefeat.model_selection._splitters import (
    DATABASE_PROTOCOLS,
    PROTOCOLS,
    CrossDatabase,
    LeaveOneDatabaseOut,
    SubjectKFold,
    make_folds,
)

__all__ = [
    "CLASSIFIERS",
    "Candidates",
    "CrossDatabase",
    "DATABASE_PROTOCOLS",
    "ExtremeLearningMachine",
    "LeaveOneDatabaseOut",
    "PROTOCOLS",
    "PolySVCSearch",
    "RowScaler",
    "SubjectKFold",
    "candidate_predictions",
    "make_classifier",
    "make_folds",
]
