"""Descriptors of motion, from optical flow."""

from mefeat.motion._biwoof import BiWOOF, BiWOOFPhase, bi_woof
from mefeat.motion._fdm import FDM, fdm
from mefeat.motion._hoof import HOOF, hoof
from mefeat.motion._mdmo import MDMO, MDMOSequence, mdmo, mdmo_regions, mdmo_sequence
from mefeat.motion._osf import OSF, osf

__all__ = [
    "BiWOOF",
    "BiWOOFPhase",
    "FDM",
    "HOOF",
    "MDMO",
    "MDMOSequence",
    "OSF",
    "bi_woof",
    "fdm",
    "hoof",
    "mdmo",
    "mdmo_regions",
    "mdmo_sequence",
    "osf",
]
