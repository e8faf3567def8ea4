"""Micro-movement of the face: found on the canonical face, drawn on the video."""

from mefeat.overlay._arrows import draw_arrows
from mefeat.overlay._canonical import CanonicalMesh
from mefeat.overlay._disc import disc_flow
from mefeat.overlay._movement import MOVEMENTS, MicroMovement, micro_movement
from mefeat.overlay._tracking import (
    FOLLOW,
    PARTS,
    CanonicalFace,
    Grid,
    MeanMovement,
    Movement,
    face_parts,
    movement_stream,
)
from mefeat.overlay._video import (
    AutoThreshold,
    Overlay,
    Summary,
    overlay_stream,
    overlay_video,
)

__all__ = [
    "AutoThreshold",
    "CanonicalFace",
    "CanonicalMesh",
    "FOLLOW",
    "Grid",
    "MOVEMENTS",
    "MeanMovement",
    "MicroMovement",
    "Movement",
    "Overlay",
    "PARTS",
    "Summary",
    "disc_flow",
    "draw_arrows",
    "face_parts",
    "micro_movement",
    "movement_stream",
    "overlay_stream",
    "overlay_video",
]
