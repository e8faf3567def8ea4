"""Magnitude of the strain tensor of flow fields."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _neighbors(i, n, before, after):
    """Find the two pixels that are compared: at the border the nearest two inside."""
    low = max(i + before, 0)
    high = min(max(i + after, low + 1), n - 1)
    return low, high, 1.0 / max(high - low, 1)


@njit(cache=True, nogil=True)
def strain_magnitude(flow, before, after, shear, out):
    """Measure the strain of flow fields; `out` is updated in place.

    Parameters
    ----------
    flow : ndarray of shape (n_pairs, 2, height, width)
        Fields (u, v).
    before, after : int
        Steps to the two pixels whose difference is the derivative.
    shear : float
        Weight of the squared shear.
    out : ndarray of shape (n_pairs, height, width)
        Magnitude.
    """
    n_pairs, height, width = out.shape
    for t in range(n_pairs):
        u, v = flow[t, 0], flow[t, 1]
        for y in range(height):
            above, below, per_y = _neighbors(y, height, before, after)
            for x in range(width):
                left, right, per_x = _neighbors(x, width, before, after)
                e_xx = (u[y, right] - u[y, left]) * per_x
                e_yy = (v[below, x] - v[above, x]) * per_y
                u_y = (u[below, x] - u[above, x]) * per_y
                v_x = (v[y, right] - v[y, left]) * per_x
                e_xy = 0.5 * (u_y + v_x)
                out[t, y, x] = np.sqrt(e_xx * e_xx + e_yy * e_yy + shear * e_xy * e_xy)
