"""What every step builds on: checks, base classes, and the ClipPipeline."""

from mefeat._text import printable
from mefeat.base.checks import apply_each, check_clips, need
from mefeat.base.files import (
    moved_together,
    read_table,
    restored_text,
    whole_file,
    write_table,
    zip_years,
)
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
    "is_stateless",
    "moved_together",
    "need",
    "one_thread",
    "printable",
    "read_table",
    "restored_text",
    "whole_file",
    "write_table",
    "zip_years",
]
