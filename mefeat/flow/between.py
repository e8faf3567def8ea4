"""Optical flow between two pictures, by any solver."""

import numpy as np

from mefeat.clip import luma
from mefeat.flow.solvers import SOLVERS

# Height and width that pictures must have, pixels.
SMALLEST = 16


def optical_flow(first, second, solver="tvl1"):
    """Find how every pixel moves from one picture to another.

    Parameters
    ----------
    first, second : ndarray of shape (height, width) or (height, width, 3)
        Pictures of any real dtype with values in 0..255, gray or RGB (of which the
        luma is taken).
    solver : str or callable, default="tvl1"
        A name in `SOLVERS`, or a function that takes two gray float32 pictures in
        0..255 and returns the flow.

    Returns
    -------
    ndarray of shape (2, height, width)
        Flow (u, v), pixels: what lies at (x, y) in `first` lies at (x + u, y + v) in
        `second`. float64 if a picture is, float32 otherwise.

    Raises
    ------
    ValueError
        If the pictures do not fit together, are too small or leave 0..255, or the
        solver is not known.
    ImportError
        If the solver is one of OpenCV's contributed modules and they are missing.

    Notes
    -----
    All solvers are given the same thing, gray float32 pictures in 0..255, and work in
    single precision; those of OpenCV that only take bytes round them.

    Examples
    --------
    A picture that moves to the right by one pixel:

    >>> y, x = np.mgrid[:64, :64]
    >>> picture = 128 + 60 * np.sin(x / 4) * np.cos(y / 5)
    >>> moved = 128 + 60 * np.sin((x - 1) / 4) * np.cos(y / 5)
    >>> flow = optical_flow(picture, moved, solver="dis")
    >>> abs(flow[:, 32, 32]).round(1).tolist()
    [1.0, 0.0]
    """
    solve = solver if callable(solver) else SOLVERS.get(solver)
    if solve is None:
        raise ValueError(f"solver must be among {list(SOLVERS)}, got {solver!r}.")
    double = np.float64 in (np.asarray(first).dtype, np.asarray(second).dtype)
    first, second = _gray(first, "first"), _gray(second, "second")
    if first.shape != second.shape:
        raise ValueError(
            "first and second must be of one size, got "
            f"{first.shape} and {second.shape}."
        )
    if min(first.shape) < SMALLEST:
        raise ValueError(
            f"pictures must be at least {SMALLEST}x{SMALLEST} pixels to find a flow, "
            f"got {first.shape[0]}x{first.shape[1]}."
        )
    flow = np.asarray(solve(first, second))
    if flow.shape != (2, *first.shape):
        raise ValueError(
            f"the solver must return an array of shape {(2, *first.shape)}, got "
            f"{flow.shape}."
        )
    return np.ascontiguousarray(flow, dtype=np.float64 if double else np.float32)


def _gray(picture, name):
    picture = np.asarray(picture)
    if picture.dtype.kind not in "buif":
        raise TypeError(f"{name} must hold real numbers, got dtype {picture.dtype}.")
    if picture.ndim not in (2, 3) or picture.shape[2:] not in ((), (3,)):
        raise ValueError(
            f"{name} must be (height, width) or (height, width, 3), got shape "
            f"{picture.shape}."
        )
    if picture.size and not (np.min(picture) >= 0 and np.max(picture) <= 255):
        raise ValueError(
            f"{name} must be finite and lie in 0..255, got values from "
            f"{np.min(picture)} to {np.max(picture)}."
        )
    return np.ascontiguousarray(luma(picture[None])[0], dtype=np.float32)
