"""Micro-movement of the face: found on the canonical face, drawn on the video."""

from mefeat.overlay.arrows import direction_colors, draw_arrows, draw_legend
from mefeat.overlay.calm import calmed
from mefeat.overlay.canonical import CanonicalMesh, canonical_mesh
from mefeat.overlay.disc import disc, disc_flow
from mefeat.overlay.face import FOLLOW, CanonicalFace
from mefeat.overlay.movement import (
    MicroMovement,
    micro_movement,
    texture,
)
from mefeat.overlay.parts import PARTS, MeanMovement, face_parts, mean_vectors
from mefeat.overlay.smoothing import SMOOTHERS, one_euro, savgol
from mefeat.overlay.solvers import MOVEMENTS
from mefeat.overlay.steady import steadied, still_skin
from mefeat.overlay.stream import AutoThreshold, Overlay, overlay_stream
from mefeat.overlay.tracker import Grid
from mefeat.overlay.tracking import Movement, movement_stream
from mefeat.overlay.video import Summary, overlay_video

__all__ = [
    "FOLLOW",
    "MOVEMENTS",
    "PARTS",
    "SMOOTHERS",
    "AutoThreshold",
    "CanonicalFace",
    "CanonicalMesh",
    "Grid",
    "MeanMovement",
    "MicroMovement",
    "Movement",
    "Overlay",
    "Summary",
    "calmed",
    "canonical_mesh",
    "direction_colors",
    "disc",
    "disc_flow",
    "draw_arrows",
    "draw_legend",
    "face_parts",
    "mean_vectors",
    "micro_movement",
    "movement_stream",
    "one_euro",
    "overlay_stream",
    "overlay_video",
    "savgol",
    "steadied",
    "still_skin",
    "texture",
]
