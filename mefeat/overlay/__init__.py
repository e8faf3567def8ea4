"""Micro-movement of the face: found on the canonical face, drawn on the video."""

from mefeat.overlay.arrows import direction_colors, draw_arrows, draw_legend
from mefeat.overlay.canonical import (
    FOLLOW,
    CanonicalFace,
    CanonicalMesh,
    canonical_mesh,
)
from mefeat.overlay.disc import disc, disc_flow
from mefeat.overlay.movement import (
    MOVEMENTS,
    MicroMovement,
    micro_movement,
    steadied,
    texture,
)
from mefeat.overlay.parts import PARTS, MeanMovement, face_parts, mean_vectors
from mefeat.overlay.smoothing import SMOOTHERS, one_euro, savgol
