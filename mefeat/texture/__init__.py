"""Texture: what local patterns of gray values tell."""

from mefeat.texture.color import ColorSpace, rgb_to_lab, rgb_to_luv
from mefeat.texture.completed import completed_lbp_top
from mefeat.texture.elbp import ELBPTOP, elbp_top
from mefeat.texture.gradient import higo_top, hog_top
from mefeat.texture.hog import HIGOTOP, HOGTOP
from mefeat.texture.lbp import LBPTOP, lbp_top
from mefeat.texture.mop import LBPMOP, lbp_mop
from mefeat.texture.osw import OSW, strain_weights
from mefeat.texture.sip import LBPSIP, lbp_sip
from mefeat.texture.stclqp import STCLQP, quantize_codes, telling_words
from mefeat.texture.tics import TICS, tics_matrix
from mefeat.texture.wiener import WienerFilter, wiener
from mefeat.texture.wpca import WPCA

__all__ = [
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
    "ColorSpace",
    "WienerFilter",
    "completed_lbp_top",
    "elbp_top",
    "higo_top",
    "hog_top",
    "lbp_mop",
    "lbp_sip",
    "lbp_top",
    "quantize_codes",
    "rgb_to_lab",
    "rgb_to_luv",
    "strain_weights",
    "telling_words",
    "tics_matrix",
    "wiener",
]
