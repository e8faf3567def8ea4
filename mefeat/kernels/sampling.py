"""Bilinear sampling of pictures, in difference form.

A value is its upper left neighbor plus weighted *differences*, never a weighted sum:
where the picture is flat the result is exact to the last bit. Descriptors that count
ties depend on it.
"""

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, inline="always")
def _bilinear(picture, y, x, c):
    height, width = picture.shape[0], picture.shape[1]
    if math.isnan(x + y):
        return math.nan  # it has no place: to read there would end the process
    x = min(max(x, 0.0), width - 1.0)
    y = min(max(y, 0.0), height - 1.0)
    left = int(x)
    top = int(y)
    right = min(left + 1, width - 1)
    below = min(top + 1, height - 1)
    fx = x - left
    fy = y - top
    v00 = float(picture[top, left, c])
    v01 = picture[top, right, c] - v00
    v10 = picture[below, left, c] - v00
    v11 = picture[below, right, c] - v00
    return v00 + fx * v01 + fy * v10 + fx * fy * (v11 - v10 - v01)


@njit(cache=True, nogil=True)
def sample_affine(frames, matrices, n_sub, out):
    """Sample frames where affine maps say; `out` is updated in place.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width, n_channels)
        Pictures to sample; outside of them the border is replicated.
    matrices : ndarray of shape (n_frames, 2, 3)
        Maps of output pixels (x, y) to pixels of `frames`; NaN gives NaN.
    n_sub : int
        Each output pixel is the mean of n_sub x n_sub samples.
    out : ndarray of shape (n_frames, out_height, out_width, n_channels), float32
        Result.
    """
    n_frames, height, width, n_channels = out.shape
    step = 1.0 / n_sub
    first = 0.5 * step - 0.5
    for t in range(n_frames):
        m = matrices[t]
        for y in range(height):
            for x in range(width):
                sx = m[0, 0] * x + m[0, 1] * y + m[0, 2]
                sy = m[1, 0] * x + m[1, 1] * y + m[1, 2]
                for c in range(n_channels):
                    value = _bilinear(frames[t], sy, sx, c)
                    if n_sub > 1:
                        rest = 0.0
                        for j in range(n_sub):
                            dy = first + j * step
                            for i in range(n_sub):
                                dx = first + i * step
                                px = sx + m[0, 0] * dx + m[0, 1] * dy
                                py = sy + m[1, 0] * dx + m[1, 1] * dy
                                rest += _bilinear(frames[t], py, px, c) - value
                        value += rest * step * step
                    out[t, y, x, c] = value


@njit(cache=True, nogil=True)
def sample_at(picture, points, out):
    """Sample a picture at given points; `out` is updated in place.

    Parameters
    ----------
    picture : ndarray of shape (height, width, n_channels)
        Picture to sample; outside of it the border is replicated.
    points : ndarray of shape (out_height, out_width, 2)
        For each output pixel the (x, y) in `picture`; NaN gives NaN.
    out : ndarray of shape (out_height, out_width, n_channels), float32
        Result.
    """
    height, width, n_channels = out.shape
    for y in range(height):
        for x in range(width):
            for c in range(n_channels):
                out[y, x, c] = _bilinear(picture, points[y, x, 1], points[y, x, 0], c)


def affine_inverse(matrices):
    """Invert affine maps of the plane.

    Parameters
    ----------
    matrices : ndarray of shape (..., 2, 3)
        Maps of points.

    Returns
    -------
    ndarray of shape (..., 2, 3)
        Their inverses.
    """
    linear = np.linalg.inv(matrices[..., :2])
    shift = -np.einsum("...ij,...j->...i", linear, matrices[..., 2])
    return np.concatenate([linear, shift[..., None]], axis=-1)
