"""Texture: what local patterns of gray values tell."""

from mefeat.texture.lbp import LBPTOP, lbp_top

__all__ = ["LBPTOP", "lbp_top"]
