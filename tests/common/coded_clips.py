"""Clips whose action units are known, for detectors and what stands behind them."""

from functools import cache

from mefeat import ClipPipeline, Read
from mefeat.datasets import make_clips
from mefeat.flow import OpticalFlow
from mefeat.motion import HOOF


@cache
def coded_clips():
    """Make clips of six subjects, once for all who only look; `units` are sets."""
    classes = ["happiness", "sadness"]
    still = {"head_motion": 0, "blinks": False}
    bunch = make_clips(6, 2, classes, size=(96, 80), fps=60, amplitude=3.5, **still)
    cells = [cell.split("+") for cell in bunch.frame["action_units"]]
    bunch.units = [{int(unit.strip("LR")) for unit in cell} for cell in cells]
    return bunch


def features():
    """Describe clips by the orientation of their flow to the apex."""
    return ClipPipeline([Read(), OpticalFlow("dis", to="apex"), HOOF(grid=(5, 4))])
