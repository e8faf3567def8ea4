"""What every step builds on: checks, base classes, and the ClipPipeline."""

from mefeat.base.checks import apply_each, check_clips, need
from mefeat.base.files import whole_file
from mefeat.base.locking import folder_lock
from mefeat.base.pipeline import ClipPipeline
from mefeat.base.stateless import is_stateless
from mefeat.base.steps import Descriptor, SequenceDescriptor, Stage
from mefeat.base.threads import as_they_come, one_thread

__all__ = [
    "ClipPipeline",
    "Descriptor",
    "SequenceDescriptor",
    "Stage",
    "apply_each",
    "as_they_come",
    "check_clips",
    "folder_lock",
    "is_stateless",
    "need",
    "one_thread",
    "whole_file",
]
