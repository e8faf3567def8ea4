"""Motion: what the optical flow of a face tells."""

from mefeat.motion.areas import mdmo_polygons, mdmo_regions
from mefeat.motion.biwoof import BiWOOF, BiWOOFPhase, bi_woof
from mefeat.motion.fdm import FDM, fdm, subtract_common_motion
from mefeat.motion.hoof import HOOF, hoof
from mefeat.motion.mdmo import MDMO, MDMOSequence, main_motion, mdmo, mdmo_sequence
from mefeat.motion.osf import OSF, osf
from mefeat.motion.phase import phase_motion

__all__ = [
    "FDM",
    "HOOF",
    "MDMO",
    "OSF",
    "BiWOOF",
    "BiWOOFPhase",
    "MDMOSequence",
    "bi_woof",
    "fdm",
    "hoof",
    "main_motion",
    "mdmo",
    "mdmo_polygons",
    "mdmo_regions",
    "mdmo_sequence",
    "osf",
    "phase_motion",
    "subtract_common_motion",
]
