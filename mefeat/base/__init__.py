"""What every step builds on: checks, base classes, and the ClipPipeline."""

from mefeat.base.checks import (
    apply_each,
    check_clips,
    has_apex,
    need,
    need_apex,
    need_landmarks,
)
from mefeat.base.files import whole_file
from mefeat.base.locking import folder_lock
from mefeat.base.pipeline import ClipPipeline
from mefeat.base.stateless import is_stateless
from mefeat.base.steps import Descriptor, SequenceDescriptor, Stage
from mefeat.base.threads import one_thread

__all__ = [
    "ClipPipeline",
    "Descriptor",
    "SequenceDescriptor",
    "Stage",
    "apply_each",
    "check_clips",
    "folder_lock",
    "has_apex",
    "is_stateless",
    "need",
    "need_apex",
    "need_landmarks",
    "one_thread",
    "whole_file",
]
