"""Volumes of gray values: whether they can be coded, and the form kernels take."""

import numpy as np


def check_reach(shape, reach):
    """Check that at least one neighborhood fits into a volume.

    Parameters
    ----------
    shape : tuple of int
        Shape (n_frames, height, width) of the volume.
    reach : tuple of int
        Frames, rows and columns that it extends from its center.

    Raises
    ------
    ValueError
        If none fits.
    """
    least = [2 * r + 1 for r in reach]
    if any(n < m for n, m in zip(shape, least, strict=True)):
        short = shape[0] < least[0]
        remedy = "interpolate to more frames" if short else "use larger pictures"
        raise ValueError(
            f"these radii need at least {least[0]} frames of {least[1]}x{least[2]} "
            f"pixels, got {shape[0]} of {shape[1]}x{shape[2]}: {remedy}, or smaller "
            "radii."
        )


def check_volume(volume):
    """Check a volume of gray values and bring it to a form that kernels take.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values of any real dtype.

    Returns
    -------
    ndarray of shape (n_frames, height, width)
        uint8, float32 or float64, C-contiguous, a read-only view.

    Raises
    ------
    TypeError
        If it does not hold real numbers.
    ValueError
        If it is not three-dimensional, or not finite.

    Examples
    --------
    >>> check_volume(np.zeros((3, 4, 5), np.int16)).dtype
    dtype('float64')
    """
    volume = np.asarray(volume)
    if volume.ndim != 3:
        raise ValueError(
            f"volume must be (n_frames, height, width), gray, got shape {volume.shape}."
        )
    if volume.dtype.kind not in "buif":
        raise TypeError(f"volume must hold real numbers, got dtype {volume.dtype}.")
    if volume.dtype not in (np.uint8, np.float32, np.float64):
        volume = volume.astype(np.float64)
    if volume.dtype.kind == "f":
        _check_finite(volume)
    volume = np.ascontiguousarray(volume).view()
    volume.flags.writeable = False  # numba compiles read-only arrays apart
    return volume


def _check_finite(volume):
    with np.errstate(invalid="ignore", over="ignore"):
        if np.isfinite(volume.sum()):  # quicker than to look at each
            return
    bad = np.flatnonzero(~np.isfinite(volume).all(axis=(1, 2)))
    if len(bad):
        raise ValueError(
            f"volume must be finite, but frame {bad[0]} of {len(volume)} holds NaN or "
            "infinity: repair or leave out such frames before."
        )
