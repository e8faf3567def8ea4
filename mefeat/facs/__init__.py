"""Facial action units: the cells of coding sheets that name them."""

from mefeat.facs.parsing import ActionUnit, ActionUnits, parse_action_units

__all__ = ["ActionUnit", "ActionUnits", "parse_action_units"]
