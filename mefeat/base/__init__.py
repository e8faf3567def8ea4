"""What every step builds on: checks, base classes, and the ClipPipeline."""

from mefeat._text import printable
from mefeat.base.checks import (
    apply_each,
    check_clips,
    has_apex,
    need,
    need_apex,
    need_landmarks,
)
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
from mefeat.base.threads import as_they_come, one_thread
from mefeat.base.workers import parallel_processes, processes, watch_parent

__all__ = [
    "ClipPipeline",
    "Descriptor",
    "SequenceDescriptor",
    "Stage",
    "apply_each",
    "as_they_come",
    "check_clips",
    "folder_lock",
    "has_apex",
    "is_stateless",
    "moved_together",
    "need",
    "need_apex",
    "need_landmarks",
    "one_thread",
    "parallel_processes",
    "printable",
    "processes",
    "read_table",
    "restored_text",
    "watch_parent",
    "whole_file",
    "write_table",
    "zip_years",
]
