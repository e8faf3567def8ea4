"""TV-L1 optical flow on one scale: warp, then alternate primal and dual steps.

The time goes into the inner iterations, each of which touches ten numbers per pixel.
Two things make them cheap. A row is worked on by a few short loops that become vector
instructions. And several iterations run over the image together, each one row behind
the one before, so that a row is still in the cache when the next iteration comes to it.
"""

import numpy as np

from mefeat.kernels import njit

_ZERO = np.float32(0)
_HALF = np.float32(0.5)
_ONE = np.float32(1)
_TWO = np.float32(2)
_THREE = np.float32(3)
# Slope of the cubic kernel at 1; -0.75 keeps fine detail better than -0.5.
_SHARP = np.float32(-0.75)
_FLAT = np.float32(1e-7)

# Sorts five numbers.
_EXCHANGES = ((0, 1), (3, 4), (2, 4), (2, 3), (0, 3), (0, 2), (1, 4), (1, 3), (1, 2))
# Iterations that run over the image together; the change is measured in the last.
TOGETHER = 5


@njit(cache=True, nogil=True, error_model="numpy")
def _residual(rest, gx, gy, scale, u, v, limit, out):
    """Find the data step along the gradient for a row; `out` is updated in place."""
    for x in range(out.size):
        step = -(rest[x] + gx[x] * u[x] + gy[x] * v[x]) * scale[x]
        out[x] = min(max(step, -limit), limit)


@njit(cache=True, nogil=True, error_model="numpy")
def _move(step, g, px, px_left, py, py_above, u):
    """Move a row of one component; `u` is updated in place."""
    for x in range(u.size):
        u[x] += step[x] * g[x] + (px[x] - px_left[x] + py[x] - py_above[x])


@njit(cache=True, nogil=True, error_model="numpy")
def _measure(step, g, px, px_left, py, py_above, change):
    """Add the squared changes of a row; `change` is updated in place."""
    for x in range(change.size):
        d = step[x] * g[x] + (px[x] - px_left[x] + py[x] - py_above[x])
        change[x] += d * d


@njit(cache=True, nogil=True, error_model="numpy")
def _turn(u, below, tau, ratio, px, py):
    """Step and shorten the dual vectors of a row; `px`, `py` are updated in place."""
    last = u.size - 1
    here, right = u[:last], u[1:]
    for x in range(last):
        ux = right[x] - here[x]
        uy = below[x] - here[x]
        shrink = _ONE / (_ONE + ratio * np.sqrt(ux * ux + uy * uy))
        px[x] = (px[x] + tau * ux) * shrink
        py[x] = (py[x] + tau * uy) * shrink
    uy = below[last] - u[last]
    py[last] = (py[last] + tau * uy) / (_ONE + ratio * abs(uy))


@njit(cache=True, nogil=True, error_model="numpy")
def _iterate(data, flow, dual, limit, tau, ratio, step, change):
    """Run `TOGETHER` iterations; return the sum of squared changes in the last."""
    rest, gx, gy, scale = data[0], data[1], data[2], data[3]
    height, width = rest.shape
    change[:] = _ZERO
    for line in range(height + TOGETHER - 1):
        for k in range(TOGETHER):
            y = line - k
            if y < 0 or y >= height:
                continue
            _residual(
                rest[y], gx[y], gy[y], scale[y], flow[0, y], flow[1, y], limit, step
            )
            for c in range(2):
                g = gx[y] if c == 0 else gy[y]
                px, py = dual[2 * c], dual[2 * c + 1]
                left, here = px[y + 1, :width], px[y + 1, 1:]
                above, at = py[y, 1:], py[y + 1, 1:]
                u = flow[c, y]
                if k == TOGETHER - 1:
                    _measure(step, g, here, left, at, above, change)
                _move(step, g, here, left, at, above, u)
                if y > 0:
                    _turn(flow[c, y - 1], u, tau, ratio, px[y, 1:], above)
                if y == height - 1:
                    _turn(u, u, tau, ratio, here, at)
    total = np.float64(0.0)
    for x in range(width):
        total += change[x]
    return total


@njit(cache=True, nogil=True)
def _differentiate(image, out):
    """Take central differences along x and y, border replicated; `out` is updated."""
    height, width = image.shape
    for y in range(height):
        above, below = image[max(y - 1, 0)], image[min(y + 1, height - 1)]
        for x in range(width):
            left, right = image[y, max(x - 1, 0)], image[y, min(x + 1, width - 1)]
            out[0, y, x] = _HALF * (right - left)
            out[1, y, x] = _HALF * (below[x] - above[x])


@njit(cache=True, nogil=True)
def _warp(first, second, slopes, flow, data):
    """Linearize the second image around the flow; `data` is updated in place.

    What comes from outside of the image has no gradient, that is, no say.
    """
    height, width = first.shape
    for y in range(height):
        for x in range(width):
            u, v = flow[0, y, x], flow[1, y, x]
            sx, sy = x + np.float64(u), y + np.float64(v)
            if not (0 <= sx <= width - 1 and 0 <= sy <= height - 1):
                for k in range(4):
                    data[k, y, x] = _ZERO
                continue
            left, top = int(sx), int(sy)
            wx0, wx1, wx2, wx3 = _cubic(np.float32(sx - left))
            wy = _cubic(np.float32(sy - top))
            x0, x2 = max(left - 1, 0), min(left + 1, width - 1)
            x3 = min(left + 2, width - 1)
            value = gx = gy = _ZERO
            for j in range(4):
                w = wy[j]
                y_j = min(max(top - 1 + j, 0), height - 1)
                w0, w1, w2, w3 = w * wx0, w * wx1, w * wx2, w * wx3
                r = second[y_j]
                value += w0 * r[x0] + w1 * r[left] + w2 * r[x2] + w3 * r[x3]
                r = slopes[0, y_j]
                gx += w0 * r[x0] + w1 * r[left] + w2 * r[x2] + w3 * r[x3]
                r = slopes[1, y_j]
                gy += w0 * r[x0] + w1 * r[left] + w2 * r[x2] + w3 * r[x3]
            data[0, y, x] = value - first[y, x] - gx * u - gy * v
            data[1, y, x] = gx
            data[2, y, x] = gy
            data[3, y, x] = _ONE / max(gx * gx + gy * gy, _FLAT)


@njit(cache=True, nogil=True, inline="always")
def _cubic(t):
    """Weigh four neighbors by cubic convolution."""
    r = _ONE - t
    return (
        _SHARP * t * r * r,
        _ONE + t * t * ((_SHARP + _TWO) * t - _SHARP - _THREE),
        _ONE + r * r * ((_SHARP + _TWO) * r - _SHARP - _THREE),
        _SHARP * r * t * t,
    )


@njit(cache=True, nogil=True, inline="always")
def _two(a, b):
    return min(a, b), max(a, b)


@njit(cache=True, nogil=True, inline="always")
def _sort5(a, b, c, d, e):
    """Sort five numbers by nine exchanges."""
    a, b = _two(a, b)
    d, e = _two(d, e)
    c, e = _two(c, e)
    c, d = _two(c, d)
    a, d = _two(a, d)
    a, c = _two(a, c)
    b, e = _two(b, e)
    b, d = _two(b, d)
    b, c = _two(b, c)
    return a, b, c, d, e


@njit(cache=True, nogil=True)
def _exchange(low, high):
    """Put the lesser of each two numbers into `low`; both are updated in place."""
    for x in range(low.size):
        low[x], high[x] = _two(low[x], high[x])


@njit(cache=True, nogil=True)
def _middle(s0, s1, s2, s3, s4, out):
    """Find the medians of 5x5 from sorted columns; `out` is updated in place.

    With each rank sorted over five columns, rows and columns of the 25 are both in
    order, and most numbers have more than twelve on one side. Of those that may be the
    median, three diagonals, only the greatest, the middle and the least can.
    """
    for x in range(out.size):
        _, _, _, a, b = _sort5(s0[x], s0[x + 1], s0[x + 2], s0[x + 3], s0[x + 4])
        _, _, c, d, e = _sort5(s1[x], s1[x + 1], s1[x + 2], s1[x + 3], s1[x + 4])
        _, f, g, h, _ = _sort5(s2[x], s2[x + 1], s2[x + 2], s2[x + 3], s2[x + 4])
        i, j, k, _, _ = _sort5(s3[x], s3[x + 1], s3[x + 2], s3[x + 3], s3[x + 4])
        m, n, _, _, _ = _sort5(s4[x], s4[x + 1], s4[x + 2], s4[x + 3], s4[x + 4])
        low = max(max(a, c), max(f, i))
        high = min(min(e, h), min(k, n))
        _, _, middle, _, _ = _sort5(b, d, g, j, m)
        low, middle = _two(low, middle)
        out[x] = max(low, min(middle, high))


@njit(cache=True, nogil=True)
def _median(field, rows, out):
    """Filter a field by the median of 5x5, border replicated; `out` is updated."""
    height, width = field.shape
    for y in range(height):
        for j in range(5):
            source = field[min(max(y + j - 2, 0), height - 1)]
            row = rows[j]
            row[2 : width + 2] = source
            row[:2] = source[0]
            row[width + 2 :] = source[width - 1]
        for a, b in _EXCHANGES:
            _exchange(rows[a], rows[b])
        _middle(rows[0], rows[1], rows[2], rows[3], rows[4], out[y])


@njit(cache=True, nogil=True)
def refine_tvl1(first, second, flow, attachment, settings):
    """Refine a flow on one scale; `flow` is updated in place."""
    tightness, tau, epsilon, n_warps, n_rounds, n_inner = settings
    height, width = first.shape
    data = np.empty((4, height, width), np.float32)
    slopes = np.empty((2, height, width), np.float32)
    _differentiate(second, slopes)
    filtered = np.empty((height, width), np.float32)
    dual = np.zeros((4, height + 1, width + 1), np.float32)
    step = np.empty(width, np.float32)
    change = np.empty(width, np.float32)
    rows = np.empty((5, width + 4), np.float32)
    limit, ratio = attachment * tightness, tau / tightness
    enough = np.float64(epsilon * epsilon) * height * width
    total = 0
    for _ in range(n_warps):
        _warp(first, second, slopes, flow, data)
        moved = np.inf
        for _ in range(n_rounds):
            for c in range(2):
                _median(flow[c], rows, filtered)
                flow[c] = filtered
            for _ in range(0, n_inner, TOGETHER):
                moved = _iterate(data, flow, dual, limit, tau, ratio, step, change)
                total += TOGETHER
                if moved <= enough:
                    break
            if moved <= enough:
                break
    return total
