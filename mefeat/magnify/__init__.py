"""Magnification of motion too small to see."""

from mefeat.magnify._eulerian import (
    FILTERS,
    EulerianMagnification,
    eulerian_magnification,
    magnify_stream,
)
from mefeat.magnify._lagrangian import GlobalLagrangianMagnification

__all__ = [
    "EulerianMagnification",
    "FILTERS",
    "GlobalLagrangianMagnification",
    "eulerian_magnification",
    "magnify_stream",
]
