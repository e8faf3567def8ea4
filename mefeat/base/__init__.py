"""Base classes, checks, and ClipPipeline, on which every step builds."""

from mefeat.base._parallel import one_thread
from mefeat.base._pipeline import ClipPipeline, is_stateless
from mefeat.base._steps import (
    Descriptor,
    SequenceDescriptor,
    Stage,
    check_clips,
    has_apex,
    need,
    need_apex,
    need_flow,
    need_landmarks,
)

__all__ = [
    "ClipPipeline",
    "Descriptor",
    "SequenceDescriptor",
    "Stage",
    "check_clips",
    "has_apex",
    "is_stateless",
    "need",
    "need_apex",
    "need_flow",
    "need_landmarks",
    "one_thread",
]
