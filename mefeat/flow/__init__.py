"""Optical flow between frames, the head's motion taken out of it, and its strain."""

from mefeat.flow._alignment import HEAD_POINTS, align_flow
from mefeat.flow._optical_flow import OpticalFlow, optical_flow
from mefeat.flow._solvers import SOLVERS, lucas_kanade, tvl1
from mefeat.flow._strain import optical_strain

__all__ = [
    "HEAD_POINTS",
    "OpticalFlow",
    "SOLVERS",
    "align_flow",
    "lucas_kanade",
    "optical_flow",
    "optical_strain",
    "tvl1",
]
