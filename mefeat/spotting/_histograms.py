"""Features of frames that are compared over time, block by block."""

import numpy as np

from mefeat.flow import optical_flow
from mefeat.motion import hoof
from mefeat.motion._mdmo import main_motion
from mefeat.regions import check_regions, grid_regions
from mefeat.texture._patterns import (
    code_mapping,
    histograms,
    neighborhoods,
    pattern_counts,
)

GRID = (6, 6)
_CHUNK = 64


def lbp_histograms(frames, regions=None, *, n_points=8, radius=3):
    """Histogram the local binary patterns of each block of each frame.

    References
    ----------
    A. Moilanen, G. Zhao, M. Pietikäinen, "Spotting rapid facial movements from videos
    using appearance-based feature difference analysis", ICPR 2014.
    https://doi.org/10.1109/ICPR.2014.303
    """
    frames = np.asarray(frames)
    if frames.ndim != 3 or not len(frames):
        raise ValueError(
            "frames must be (n_frames, height, width), gray and at least one, got "
            f"shape {frames.shape}."
        )
    if regions is None:
        regions = grid_regions(frames.shape[1:], GRID)
    regions, n_blocks = check_regions(regions, frames.shape[1:])
    voxels, _ = neighborhoods("lbp", ("xy",), n_points, (radius, radius, 0))
    table, labels = code_mapping("u2", n_points)
    out = np.empty((len(frames), n_blocks, len(labels)), np.float32)
    for first in range(0, len(frames), _CHUNK):
        part = frames[first : first + _CHUNK]
        counts = pattern_counts(
            part, voxels, None, regions, reach=(0, radius, radius), n_times=len(part)
        )
        counted = histograms(counts, table, len(labels), "l1")
        out[first : first + len(part)] = counted.reshape(len(part), n_blocks, -1)
    return out


def hoof_histograms(frames, regions=None, *, reference=None, solver="dis_fast"):
    """Histogram the flow of each block from the first frame to each frame."""
    frames, regions = np.asarray(frames), _blocks(frames, regions)
    first = frames[0] if reference is None else reference
    rows = [
        hoof(optical_flow(first, frame, solver), regions, n_bins=8, symmetric=False)
        for frame in frames
    ]
    return np.array(rows, np.float32)


def texture_and_motion(frames, regions=None, *, reference=None, solver="dis_fast"):
    """Describe each block by its patterns and by its main motion, as CFD does."""
    frames, regions = np.asarray(frames), _blocks(frames, regions)
    first = frames[0] if reference is None else reference
    motions = np.array(
        [main_motion(optical_flow(first, frame, solver), regions) for frame in frames]
    )
    length, angle = motions[..., 0], motions[..., 1]
    vectors = np.stack([length * np.cos(angle), length * np.sin(angle)], axis=-1)
    patterns = lbp_histograms(frames, regions)
    return np.concatenate([patterns, vectors.astype(np.float32)], axis=-1)


def _blocks(frames, regions):
    return grid_regions(np.shape(frames)[1:], GRID) if regions is None else regions


def _texture(frames, regions, reference):
    return lbp_histograms(frames, regions)


def _motion(frames, regions, reference):
    frames, reference = _gray_values(frames), _gray_values(reference)
    return hoof_histograms(frames, regions, reference=reference)


def _both(frames, regions, reference):
    frames, reference = _gray_values(frames), _gray_values(reference)
    return texture_and_motion(frames, regions, reference=reference)


def _gray_values(frames):
    """Cut off what cubic sampling adds at edges; flow takes values of 0 to 255."""
    return np.clip(frames, 0, 255)


FEATURES = {"lbp": _texture, "hoof": _motion, "cfd": _both}
