"""Parameters that generated clips and videos share."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Iterable
from dataclasses import dataclass

from mefeat.datasets._generator._acting import EXPRESSIONS

CLASSES = ("happiness", "disgust", "surprise", "repression", "sadness")

# Eye distance in units of the width of a frame of 170x140, and how much of it the skin
# can move before it would fold.
EYE_DISTANCE = 0.4
LARGEST_MOVE = 0.12


@dataclass(frozen=True, slots=True)
class Settings:
    """How clips are taken; see `make_clips` for the meaning of each."""

    classes: tuple
    size: tuple
    fps: float
    head_motion: float
    noise: float
    flicker: float
    blinks: bool
    color: bool
    jpeg: int | None

    def __post_init__(self):
        object.__setattr__(self, "classes", _checked_classes(self.classes))
        object.__setattr__(self, "size", _checked_size(self.size))
        check_number(self.fps, "fps", 10, 10_000)
        check_number(self.head_motion, "head_motion", 0, 10)
        check_number(self.noise, "noise", 0, 255)
        check_number(self.flicker, "flicker", 0, 50)
        for name in ("blinks", "color"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(
                    f"{name} must be True or False, got {getattr(self, name)!r}."
                )
        if self.jpeg is not None:
            check_count(self.jpeg, "jpeg", 1, 100)


def frame_eye_distance(size):
    """Distance between the centers of the eyes in frames of a size."""
    return EYE_DISTANCE * min(size[1], size[0] * 140 / 170)


def check_amplitude(amplitude, size):
    """Check that the skin can move so far."""
    check_number(amplitude, "amplitude", 0, 1000)
    room = LARGEST_MOVE * frame_eye_distance(size)
    if amplitude > room:
        raise ValueError(
            f"amplitude must be at most {room:.1f} pixels in frames of "
            f"{size[0]}x{size[1]}, or the skin would fold, got {amplitude:g}: make the "
            "frames larger."
        )
    return float(amplitude)


def check_count(value, name, low, high=None):
    """Check a whole number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a whole number, got {value!r}.")
    if value < low or (high is not None and value > high):
        limits = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} must be {limits}, got {value}.")
    return operator.index(value)


def check_number(value, name, low, high):
    """Check a real number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, got {value!r}.")
    if not low <= value <= high:
        raise ValueError(f"{name} must be from {low} to {high}, got {value}.")


def _checked_classes(classes):
    if isinstance(classes, str) or not isinstance(classes, Iterable):
        raise TypeError(f"classes must be a sequence of names, got {classes!r}.")
    classes = tuple(classes)
    if not classes:
        raise ValueError("classes must name at least one class, got none.")
    for name in classes:
        if name not in EXPRESSIONS:
            raise ValueError(
                f"classes must be among {', '.join(EXPRESSIONS)}, got {name!r}."
            )
    if len(set(classes)) < len(classes):
        raise ValueError(f"classes must differ, got {', '.join(classes)}.")
    return classes


def _checked_size(size):
    if not isinstance(size, Iterable):
        raise TypeError(f"size must be (height, width), got {size!r}.")
    size = tuple(size)
    if len(size) != 2:
        raise ValueError(f"size must be (height, width), got {size}.")
    return tuple(check_count(value, "each of size", 32) for value in size)
