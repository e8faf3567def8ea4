"""Clips with labels: generated ones, and the class maps of the databases."""

from mefeat.datasets.classes import (
    FIVE_CLASSES,
    THREE_CLASSES,
    emotion_name,
    map_classes,
)
from mefeat.datasets.generator import make_clips
from mefeat.datasets.video import make_video

__all__ = [
    "FIVE_CLASSES",
    "THREE_CLASSES",
    "emotion_name",
    "make_clips",
    "make_video",
    "map_classes",
]
