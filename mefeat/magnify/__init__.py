"""Motion too small to see, made larger: before it is described, or for the eye."""

from mefeat.magnify.bands import band_factors
from mefeat.magnify.eulerian import (
    EulerianMagnification,
    eulerian_magnification,
    magnify_stream,
)
from mefeat.magnify.filters import FILTERS
from mefeat.magnify.lagrangian import (
    GlobalLagrangianMagnification,
    about_mean_shape,
    carry,
    exaggerate,
    motion_courses,
    reference_flow,
)

__all__ = [
    "FILTERS",
    "EulerianMagnification",
    "GlobalLagrangianMagnification",
    "about_mean_shape",
    "band_factors",
    "carry",
    "eulerian_magnification",
    "exaggerate",
    "magnify_stream",
    "motion_courses",
    "reference_flow",
]
