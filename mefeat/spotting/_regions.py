"""Blocks of the face that are compared, and weights learned for them."""

from math import prod

import cv2
import numpy as np

from mefeat.regions import grid_regions

_JAW, _BROWS = np.arange(17), np.arange(17, 27)
_EYES = np.arange(36, 42), np.arange(42, 48)
# In units of an eye's width: what a blink moves to its sides, above and below.
_BESIDE, _ABOVE = 0.8, 0.6
# A block needs this part of its pixels.
_LEAST = 0.25


def face_regions(landmarks, size, grid=(6, 6), *, mask_eyes=True, visible=None):
    """Cut the face into blocks, leaving out what is not skin that acts."""
    regions = grid_regions(size, grid)
    whole = np.bincount(regions.ravel())
    if landmarks is not None:
        landmarks = np.asarray(landmarks, dtype=np.float64)
        regions[~_face(landmarks, size)] = -1
        if mask_eyes:
            for eye in _EYES:
                regions[_around(landmarks[eye], size)] = -1
    if visible is not None:
        regions[~visible] = -1
    left = np.bincount(regions[regions >= 0], minlength=len(whole))
    kept = np.flatnonzero(left >= _LEAST * whole)
    if not len(kept):
        raise ValueError("the landmarks leave no face within the image.")
    numbers = np.full(len(whole) + 1, -1, dtype=np.intp)
    numbers[kept] = np.arange(len(kept))
    return numbers[regions]


def block_numbers(regions, grid=(6, 6)):
    """Tell which block of the grid each block of a face was."""
    blocks, first = np.unique(regions, return_index=True)
    return grid_regions(regions.shape, grid).ravel()[first[blocks >= 0]]


def _face(landmarks, size):
    """Mark the hull of the jaw and of the forehead above the brows."""
    eyes = np.hypot(*(landmarks[45] - landmarks[36]))
    down = landmarks[8] - landmarks[27]
    forehead = landmarks[_BROWS] - 0.3 * eyes * down / max(np.hypot(*down), 1e-9)
    outline = np.concatenate([landmarks[_JAW], forehead])
    marked = np.zeros(size, np.uint8)
    hull = cv2.convexHull(np.rint(outline).astype(np.int32))
    return cv2.fillConvexPoly(marked, hull, 1).astype(bool)


def _around(eye, size):
    y, x = np.ogrid[: size[0], : size[1]]
    width = np.ptp(eye[:, 0])
    middle_x, middle_y = (eye.min(axis=0) + eye.max(axis=0)) / 2
    beside = np.abs(x - middle_x) <= _BESIDE * width
    return beside & (np.abs(y - middle_y) <= _ABOVE * width)


def fisher_weights(distances, truths):
    """Weigh distances by how well each tells frames with an expression from others.

    References
    ----------
    Y. Han, B. Li, Y.-K. Lai, Y.-J. Liu, "CFD: a collaborative feature difference method
    for spontaneous micro-expression spotting", ICIP 2018.
    """
    inside = [
        _inside(intervals, len(rows))
        for rows, intervals in zip(distances, truths, strict=True)
    ]
    rows, inside = np.concatenate(distances).astype(float), np.concatenate(inside)
    rows = np.ma.masked_invalid(rows)
    if inside.all() or not inside.any():
        raise ValueError(
            "weights need frames with an expression and frames without, got "
            f"{inside.sum()} of {len(inside)} with one."
        )
    yes, no = rows[inside], rows[~inside]
    learned = (yes.count(axis=0) > 0) & (no.count(axis=0) > 0)
    apart = np.ma.filled((yes.mean(axis=0) - no.mean(axis=0)) ** 2, 0.0)
    spread = np.ma.filled(yes.var(axis=0) + no.var(axis=0), 0.0)
    weights = np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0)
    total = weights.sum()
    return weights * (learned.sum() / total) if total > 0 else np.ones_like(weights)


def to_grid(distances, regions, grid=(6, 6)):
    """Bring the distances of the blocks of a face to their places in the grid."""
    n_frames, blocks = len(distances), block_numbers(regions, grid)
    kinds = distances.reshape(n_frames, -1, len(blocks))
    out = np.full((*kinds.shape[:2], prod(grid)), np.nan)
    out[..., blocks] = kinds
    return out.reshape(n_frames, -1)


def from_grid(weights, regions, grid=(6, 6)):
    """Choose the weights of the blocks that a face has."""
    return weights.reshape(-1, prod(grid))[:, block_numbers(regions, grid)].ravel()


def check_training(videos, truths):
    """Check that there is a list of expressions for each training video."""
    if truths is None or len(videos) != len(truths):
        given = "none" if truths is None else len(truths)
        raise ValueError(
            "Spotter(feature='cfd') learns weights: fit needs a list of intervals for "
            f"each of {len(videos)} videos, got {given}."
        )


def _inside(intervals, n_frames):
    inside = np.zeros(n_frames, bool)
    for interval in intervals:
        inside[interval.onset : interval.offset + 1] = True
    return inside
