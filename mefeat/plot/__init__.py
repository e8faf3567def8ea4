"""Plots of what descriptors see and how methods do, by matplotlib."""

from mefeat.plot._attention import show_attention
from mefeat.plot._evaluation import (
    show_confusion,
    show_intervals,
    show_subjects,
    show_unit_counts,
)
from mefeat.plot._motion import show_atoms, show_flow, show_region_motion, show_regions
from mefeat.plot._overlay import show_part_movement
from mefeat.plot._spotting import show_spotting
from mefeat.plot._texture import show_blocks, show_codes
from mefeat.plot._units import show_units

__all__ = [
    "show_atoms",
    "show_attention",
    "show_blocks",
    "show_codes",
    "show_confusion",
    "show_flow",
    "show_intervals",
    "show_part_movement",
    "show_region_motion",
    "show_regions",
    "show_spotting",
    "show_subjects",
    "show_unit_counts",
    "show_units",
]
