"""Which pixels are compared: blocks of the face, without eyes and surroundings."""

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
    """Cut the face into blocks, leaving out what is not skin that acts.

    Parameters
    ----------
    landmarks : ndarray of shape (68, 2) or None
        Points (x, y) of a face at rest; None takes the whole picture.
    size : tuple of int
        Height and width of the pictures.
    grid : tuple of int, default=(6, 6)
        Rows and columns of blocks.
    mask_eyes : bool, default=True
        Whether the eyes are left out, so that blinks are not seen.
    visible : ndarray of bool of shape (height, width), default=None
        Pixels that can be used at all.

    Returns
    -------
    ndarray of shape (height, width), intp
        Block of each pixel, numbered row by row, or -1 outside of the face. Blocks of
        which less than a quarter is left are dropped, and not counted.

    Raises
    ------
    ValueError
        If nothing is left.

    See Also
    --------
    mefeat.spotting.regions.block_numbers : Which blocks of the grid are left.

    Examples
    --------
    >>> face_regions(None, (60, 60)).max()
    np.int64(35)
    """
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
        raise ValueError("the landmarks leave no face within the picture.")
    numbers = np.full(len(whole) + 1, -1, dtype=np.intp)
    numbers[kept] = np.arange(len(kept))
    return numbers[regions]


def block_numbers(regions, grid=(6, 6)):
    """Tell which block of the grid each block of a face was.

    Parameters
    ----------
    regions : ndarray of int of shape (height, width)
        Block of each pixel, as of `face_regions`.
    grid : tuple of int, default=(6, 6)
        Rows and columns of blocks.

    Returns
    -------
    ndarray of shape (n_present,), intp
        Numbers in the grid, row by row.

    Examples
    --------
    >>> block_numbers(np.array([[-1, -1, 0, 0, -1, 1]]), (1, 3)).tolist()
    [1, 2]
    """
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
