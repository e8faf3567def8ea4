"""A stretch of a long video."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of a long video in which an expression is, or was found.

    Parameters
    ----------
    onset, apex, offset : int
        Frames, the offset included.
    score : float, optional
        How sure the finder is.
    kind : {"micro", "macro"}, optional
        Kind of expression.

    Raises
    ------
    ValueError
        If not onset <= apex <= offset.
    """

    onset: int
    apex: int
    offset: int
    score: float | None = None
    kind: str | None = None

    def __post_init__(self):
        if not self.onset <= self.apex <= self.offset:
            raise ValueError(
                "an interval needs onset <= apex <= offset, got "
                f"{self.onset}, {self.apex}, {self.offset}."
            )
