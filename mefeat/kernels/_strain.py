"""Magnitude of the strain tensor of flow fields."""

import numpy as np

from mefeat.kernels import njit


@njit(cache=True, nogil=True)
def _neighbors(i, n, before, after):
    """Find the two pixels that are compared: at the border the nearest two inside."""
    low = max(i + before, 0)
    high = min(max(i + after, low + 1), n - 1)
    return low, high, np.float64(1.0) / max(high - low, 1)


@njit(cache=True, nogil=True)
def _magnitude(u_x, u_y, v_x, v_y, shear):
    e_xy = 0.5 * (u_y + v_x)
    return np.sqrt(u_x * u_x + v_y * v_y + shear * e_xy * e_xy)


@njit(cache=True, nogil=True)
def strain_magnitude(flow, before, after, shear, out):
    """Measure the strain of flow fields; `out` is updated in place."""
    n_pairs, height, width = out.shape
    # Columns from first to last have both neighbors: a loop for vector instructions.
    first = min(-before, width)
    last = max(width - after, first)
    per_step = np.float64(1.0) / (after - before)
    for t in range(n_pairs):
        for y in range(height):
            above, below, per_y = _neighbors(y, height, before, after)
            u, u_above, u_below = flow[t, 0, y], flow[t, 0, above], flow[t, 0, below]
            v, v_above, v_below = flow[t, 1, y], flow[t, 1, above], flow[t, 1, below]
            row = out[t, y]
            # Slices, because signed indices might be negative, which stops vectors.
            u_left, u_right = u[first + before :], u[first + after :]
            v_left, v_right = v[first + before :], v[first + after :]
            u_high, u_low = u_above[first:], u_below[first:]
            v_high, v_low = v_above[first:], v_below[first:]
            inner = row[first:last]
            for i in range(inner.size):
                inner[i] = _magnitude(
                    (u_right[i] - u_left[i]) * per_step,
                    (u_low[i] - u_high[i]) * per_y,
                    (v_right[i] - v_left[i]) * per_step,
                    (v_low[i] - v_high[i]) * per_y,
                    shear,
                )
            for i in range(width - (last - first)):
                x = i if i < first else i + last - first
                left, right, per_x = _neighbors(x, width, before, after)
                row[x] = _magnitude(
                    (u[right] - u[left]) * per_x,
                    (u_below[x] - u_above[x]) * per_y,
                    (v[right] - v[left]) * per_x,
                    (v_below[x] - v_above[x]) * per_y,
                    shear,
                )
