"""Dense Lucas-Kanade flow on one scale: one small least-squares problem per pixel."""

import numpy as np

from mefeat.kernels import njit

_HALF = np.float32(0.5)
_RIDGE = np.float32(1.0)


@njit(cache=True, nogil=True)
def _smooth(field, weights, rows, out):
    """Filter a field by a symmetric window, border replicated; `out` is updated."""
    height, width = field.shape
    radius = weights.size - 1
    wide = rows[0]
    for y in range(height):
        total = rows[1, :width]
        total[:] = weights[0] * field[y]
        for k in range(1, radius + 1):
            above, below = field[max(y - k, 0)], field[min(y + k, height - 1)]
            _add_two(above, below, weights[k], total)
        wide[radius : radius + width] = total
        wide[:radius] = total[0]
        wide[radius + width : width + 2 * radius] = total[width - 1]
        row = out[y]
        row[:] = weights[0] * wide[radius : radius + width]
        for k in range(1, radius + 1):
            left, right = wide[radius - k :][:width], wide[radius + k :][:width]
            _add_two(left, right, weights[k], row)


@njit(cache=True, nogil=True)
def _add_two(a, b, weight, out):
    for x in range(out.size):
        out[x] += weight * (a[x] + b[x])


@njit(cache=True, nogil=True)
def _products(first, second, flow, slopes, out):
    """Multiply the gradient by itself and by the residual; `out` is updated in place.

    The residual is that of no flow at all, linearized around the present one, so that
    all pixels of a window can be asked for one flow. What comes from outside of the
    image does not count.
    """
    height, width = first.shape
    for y in range(height):
        for x in range(width):
            sx, sy = x + np.float64(flow[0, y, x]), y + np.float64(flow[1, y, x])
            if not (0 <= sx <= width - 1 and 0 <= sy <= height - 1):
                for k in range(5):
                    out[k, y, x] = 0
                continue
            left, top = int(sx), int(sy)
            right, below = min(left + 1, width - 1), min(top + 1, height - 1)
            fx, fy = np.float32(sx - left), np.float32(sy - top)
            start = second[top, left]
            above = start + fx * (second[top, right] - start)
            under = second[below, left]
            under += fx * (second[below, right] - under)
            rest = above + fy * (under - above) - first[y, x]
            gx, gy = slopes[0, y, x], slopes[1, y, x]
            rest -= gx * flow[0, y, x] + gy * flow[1, y, x]
            out[0, y, x] = gx * gx
            out[1, y, x] = gx * gy
            out[2, y, x] = gy * gy
            out[3, y, x] = gx * rest
            out[4, y, x] = gy * rest


@njit(cache=True, nogil=True, error_model="numpy")
def _solve(sums, flow):
    """Solve for the flow of every pixel; `flow` is updated in place.

    A small ridge holds the present flow where the window has no texture.
    """
    for y in range(flow.shape[1]):
        for x in range(flow.shape[2]):
            xx, xy, yy = sums[0, y, x], sums[1, y, x], sums[2, y, x]
            u, v = flow[0, y, x], flow[1, y, x]
            right = -sums[3, y, x] - xx * u - xy * v
            down = -sums[4, y, x] - xy * u - yy * v
            xx += _RIDGE
            yy += _RIDGE
            scale = np.float32(1) / (xx * yy - xy * xy)
            flow[0, y, x] = u + scale * (yy * right - xy * down)
            flow[1, y, x] = v + scale * (xx * down - xy * right)


@njit(cache=True, nogil=True)
def refine_lucas_kanade(first, second, weights, n_iterations, flow):
    """Refine a flow on one scale; `flow` is updated in place."""
    height, width = first.shape
    radius = weights.size - 1
    slopes = np.empty((2, height, width), np.float32)
    for y in range(height):
        above, below = first[max(y - 1, 0)], first[min(y + 1, height - 1)]
        for x in range(width):
            left, right = first[y, max(x - 1, 0)], first[y, min(x + 1, width - 1)]
            slopes[0, y, x] = _HALF * (right - left)
            slopes[1, y, x] = _HALF * (below[x] - above[x])
    products = np.empty((5, height, width), np.float32)
    sums = np.empty((5, height, width), np.float32)
    rows = np.empty((2, width + 2 * radius), np.float32)
    for _ in range(n_iterations):
        _products(first, second, flow, slopes, products)
        for k in range(5):
            _smooth(products[k], weights, rows, sums[k])
        _solve(sums, flow)
