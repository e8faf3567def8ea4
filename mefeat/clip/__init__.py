"""The one data type: a clip of a face and everything that belongs to it."""

from mefeat.clip._checks import KEY_FRAMES
from mefeat.clip.clip import Clip
from mefeat.clip.file import ClipFile
from mefeat.clip.gray import luma
from mefeat.clip.interval import Interval

__all__ = ["KEY_FRAMES", "Clip", "ClipFile", "Interval", "luma"]
