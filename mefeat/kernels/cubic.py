"""Cubic sampling of pictures, in difference form: what is flat stays so exactly."""

import numpy as np

from mefeat.kernels import njit

_HALF, _TWO = np.float32(0.5), np.float32(2)
_THREE_HALVES = np.float32(1.5)


@njit(cache=True, nogil=True, inline="always")
def _weights(f):
    """Weights of three of the four neighbors; that of the second is the rest of 1."""
    square = f * f
    first = square - _HALF * (square * f + f)
    last = _HALF * (square * f - square)
    return first, _HALF * f + _TWO * square - _THREE_HALVES * square * f, last


@njit(cache=True, nogil=True, inline="always")
def _along_row(row, left, here, weights, last_x):
    """Interpolate in a row, less the value here."""
    before, after, far = weights
    second = np.float32(row[left]) - here
    first = np.float32(row[max(left - 1, 0)]) - here
    third = np.float32(row[min(left + 1, last_x)]) - here
    fourth = np.float32(row[min(left + 2, last_x)]) - here
    return (
        second
        + before * (first - second)
        + after * (third - second)
        + far * (fourth - second)
    )


@njit(cache=True, nogil=True)
def sample_cubic(frames, matrices, out):
    """Sample frames where affine maps say; `out` is updated in place.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width)
        Pictures to sample; outside of them the border is replicated.
    matrices : ndarray of shape (n_frames, 2, 3)
        Maps of output pixels (x, y) to pixels of `frames`.
    out : ndarray of shape (n_frames, out_height, out_width), float32
        Result.

    Notes
    -----
    The cubic of Keys with a = -1/2. Halfway between two pixels it keeps 97 % of a wave
    of six pixels, where linear interpolation keeps 87 %.
    """
    last_x, last_y = frames.shape[2] - 1, frames.shape[1] - 1
    for t in range(len(out)):
        m, frame = matrices[t], frames[t]
        for y in range(out.shape[1]):
            for x in range(out.shape[2]):
                sx = min(max(m[0, 0] * x + m[0, 1] * y + m[0, 2], 0.0), float(last_x))
                sy = min(max(m[1, 0] * x + m[1, 1] * y + m[1, 2], 0.0), float(last_y))
                left, top = int(sx), int(sy)
                across = _weights(np.float32(sx - left))
                before, after, far = _weights(np.float32(sy - top))
                here = np.float32(frame[top, left])
                above, below = frame[max(top - 1, 0)], frame[min(top + 1, last_y)]
                lowest = frame[min(top + 2, last_y)]
                middle = _along_row(frame[top], left, here, across, last_x)
                value = middle + before * (
                    _along_row(above, left, here, across, last_x) - middle
                )
                value += after * (
                    _along_row(below, left, here, across, last_x) - middle
                )
                value += far * (_along_row(lowest, left, here, across, last_x) - middle)
                out[t, y, x] = here + value
