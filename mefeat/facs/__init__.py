"""Action units of the Facial Action Coding System, and the emotions they stand for."""

from mefeat.facs._cooccurrence import CooccurrenceTable
from mefeat.facs._detection import ActionUnitDetector
from mefeat.facs._emotions import (
    COMPOUND_EMOTIONS,
    FACS_CRITERIA,
    OBJECTIVE_CLASSES,
    compound_emotion,
    facs_emotion,
    facs_emotions,
    objective_class,
)
from mefeat.facs._recognition import ActionUnitEmotion
from mefeat.facs._units import (
    CD6ME_UNITS,
    DETECTED_UNITS,
    UNIT_AREAS,
    UNIT_NAMES,
    ActionUnit,
    ActionUnits,
    parse_action_units,
    unit_intensities,
    unit_matrix,
)

__all__ = [
    "ActionUnit",
    "ActionUnitDetector",
    "ActionUnitEmotion",
    "ActionUnits",
    "CD6ME_UNITS",
    "COMPOUND_EMOTIONS",
    "CooccurrenceTable",
    "DETECTED_UNITS",
    "FACS_CRITERIA",
    "OBJECTIVE_CLASSES",
    "UNIT_AREAS",
    "UNIT_NAMES",
    "compound_emotion",
    "facs_emotion",
    "facs_emotions",
    "objective_class",
    "parse_action_units",
    "unit_intensities",
    "unit_matrix",
]
