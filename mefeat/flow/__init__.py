"""Optical flow between frames, the head's motion taken out of it, and its strain."""

from mefeat.flow.alignment import HEAD_POINTS, align_flow
from mefeat.flow.between import optical_flow
from mefeat.flow.lucas_kanade import lucas_kanade
from mefeat.flow.needs import need_flow
from mefeat.flow.solvers import SOLVERS
from mefeat.flow.stage import OpticalFlow
from mefeat.flow.strain import optical_strain
from mefeat.flow.tvl1 import tvl1

__all__ = [
    "HEAD_POINTS",
    "SOLVERS",
    "OpticalFlow",
    "align_flow",
    "lucas_kanade",
    "need_flow",
    "optical_flow",
    "optical_strain",
    "tvl1",
]
