"""Action units of the Facial Action Coding System, and the emotions they stand for."""

from mefeat.facs.cooccurrence import CooccurrenceTable
from mefeat.facs.detection import ActionUnitDetector
from mefeat.facs.emotions import (
    COMPOUND_EMOTIONS,
    FACS_CRITERIA,
    OBJECTIVE_CLASSES,
    compound_emotion,
    equal_rows,
    facs_emotion,
    facs_emotions,
    objective_class,
)
from mefeat.facs.parsing import ActionUnit, ActionUnits, parse_action_units
from mefeat.facs.recognition import ActionUnitEmotion
from mefeat.facs.units import (
    CD6ME_UNITS,
    DETECTED_UNITS,
    UNIT_AREAS,
    UNIT_NAMES,
    unit_intensities,
    unit_matrix,
    unit_sets,
)

__all__ = [
    "CD6ME_UNITS",
    "COMPOUND_EMOTIONS",
    "DETECTED_UNITS",
    "FACS_CRITERIA",
    "OBJECTIVE_CLASSES",
    "UNIT_AREAS",
    "UNIT_NAMES",
    "ActionUnit",
    "ActionUnitDetector",
    "ActionUnitEmotion",
    "ActionUnits",
    "CooccurrenceTable",
    "compound_emotion",
    "equal_rows",
    "facs_emotion",
    "facs_emotions",
    "objective_class",
    "parse_action_units",
    "unit_intensities",
    "unit_matrix",
    "unit_sets",
]
