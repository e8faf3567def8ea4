"""Texture: what local patterns of gray values tell."""

from mefeat.texture.elbp import ELBPTOP, elbp_top
from mefeat.texture.gradient import HIGOTOP, HOGTOP, higo_top, hog_top
from mefeat.texture.lbp import LBPTOP, lbp_top
from mefeat.texture.mop import LBPMOP, lbp_mop
from mefeat.texture.osw import OSW, strain_weights
from mefeat.texture.sip import LBPSIP, lbp_sip
from mefeat.texture.wpca import WPCA

__all__ = [
    "ELBPTOP",
    "HIGOTOP",
    "HOGTOP",
    "LBPMOP",
    "LBPSIP",
    "LBPTOP",
    "OSW",
    "WPCA",
    "elbp_top",
    "higo_top",
    "hog_top",
    "lbp_mop",
    "lbp_sip",
    "lbp_top",
    "strain_weights",
]
