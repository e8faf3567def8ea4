"""Descriptors of texture, from local patterns of gray values."""

from mefeat.texture._color import ColorSpace
from mefeat.texture._elbp import ELBPTOP, elbp_top
from mefeat.texture._hog import HIGOTOP, HOGTOP, higo_top, hog_top
from mefeat.texture._lbp import LBPTOP, lbp_top
from mefeat.texture._mop import LBPMOP, lbp_mop
from mefeat.texture._osw import OSW
from mefeat.texture._sip import LBPSIP, lbp_sip
from mefeat.texture._stclqp import STCLQP, completed_lbp_top
from mefeat.texture._tics import TICS
from mefeat.texture._wiener import WienerFilter, wiener
from mefeat.texture._wpca import WPCA

__all__ = [
    "ColorSpace",
    "ELBPTOP",
    "HIGOTOP",
    "HOGTOP",
    "LBPMOP",
    "LBPSIP",
    "LBPTOP",
    "OSW",
    "STCLQP",
    "TICS",
    "WPCA",
    "WienerFilter",
    "completed_lbp_top",
    "elbp_top",
    "higo_top",
    "hog_top",
    "lbp_mop",
    "lbp_sip",
    "lbp_top",
    "wiener",
]
