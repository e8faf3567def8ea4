"""Parameters that clips and videos of the generator share."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Iterable
from dataclasses import dataclass

from mefeat.datasets.action_units import EXPRESSIONS

CLASSES = ("happiness", "disgust", "surprise", "repression", "sadness")

# Eye distance in units of the width of a frame of 170x140, and how much of it the skin
# can move before it would fold.
EYE_DISTANCE = 0.4
LARGEST_MOVE = 0.12


@dataclass(frozen=True, slots=True)
class Settings:
    """How clips are taken; see `make_clips` for the meaning of each.

    Parameters
    ----------
    classes : tuple of str
        Names of the classes.
    size : tuple of int
        Height and width, pixels.
    fps : float
        Frames per second.
    head_motion : float
        Drift of the head.
    noise : float
        Standard deviation of the sensor noise, gray levels.
    flicker : float
        Depth of changes of the light, percent.
    blinks : bool
        Whether eyes may blink.
    color : bool
        Whether frames are RGB.
    jpeg : int or None
        Quality of the compression.

    Raises
    ------
    TypeError
        If a value is of the wrong kind.
    ValueError
        If it is out of range.
    """

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
    """Distance between the centers of the eyes in frames of a size.

    Parameters
    ----------
    size : tuple of int
        Height and width, pixels.

    Returns
    -------
    float
        The distance, pixels; subjects differ from it by up to 4 percent.

    Examples
    --------
    >>> frame_eye_distance((170, 140))
    56.0
    """
    return EYE_DISTANCE * min(size[1], size[0] * 140 / 170)


def check_amplitude(amplitude, size):
    """Check that the skin can move so far.

    Parameters
    ----------
    amplitude : float
        Largest displacement at the apex, pixels.
    size : tuple of int
        Height and width, pixels.

    Returns
    -------
    float
        The amplitude.

    Raises
    ------
    TypeError
        If it is not a number.
    ValueError
        If it is negative or too large.

    Examples
    --------
    >>> check_amplitude(6, (64, 56))
    Traceback (most recent call last):
    ValueError: amplitude must be at most 2.5 pixels in frames of 64x56, or the skin
    would fold, got 6: make the frames larger.
    """
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
    """Check a whole number.

    Parameters
    ----------
    value : int
        What to check.
    name : str
        Its name, for the message.
    low, high : int
        Smallest and largest allowed; None is no limit.

    Returns
    -------
    int
        The number.

    Raises
    ------
    TypeError
        If it is not whole.
    ValueError
        If it is out of range.

    Examples
    --------
    >>> check_count(0, "n_subjects", 1)
    Traceback (most recent call last):
    ValueError: n_subjects must be at least 1, got 0.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a whole number, got {value!r}.")
    if value < low or (high is not None and value > high):
        limits = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} must be {limits}, got {value}.")
    return operator.index(value)


def check_number(value, name, low, high):
    """Check a real number.

    Parameters
    ----------
    value : float
        What to check.
    name : str
        Its name, for the message.
    low, high : float
        Smallest and largest allowed.

    Raises
    ------
    TypeError
        If it is not a number.
    ValueError
        If it is out of range.
    """
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
