"""Squares of an image found in another one to small fractions of a pixel.

A square may move, turn, grow and shear: six numbers, found by inverse compositional
Gauss-Newton steps, for which slopes and normal equations are those of the first image
and are made once.
"""

import numpy as np

from mefeat.kernels import njit


@njit(cache=True, nogil=True)
def _add_product(a, b, out):
    for x in range(out.size):
        out[x] += a[x] * b[x]


@njit(cache=True, nogil=True)
def _add_three(a0, b0, a1, b1, a2, b2, out):
    """Add the products of three rows at once: memory is written a third as often."""
    for x in range(out.size):
        out[x] += a0[x] * b0[x] + a1[x] * b1[x] + a2[x] * b2[x]


@njit(cache=True, nogil=True)
def _add_rows(a, b, n_rows, shift, out):
    """Sum a product over rows, b being taken some columns on; `out` is updated."""
    width = a.shape[1]
    first, last = max(0, -shift), width - max(0, shift)
    begin, end = first + shift, last + shift
    out[:] = 0
    total = out[first:last]
    # Rows are taken before their parts: only so are they known to be contiguous.
    for j in range(0, n_rows - 2, 3):
        _add_three(
            a[j][first:last],
            b[j][begin:end],
            a[j + 1][first:last],
            b[j + 1][begin:end],
            a[j + 2][first:last],
            b[j + 2][begin:end],
            total,
        )
    for j in range(n_rows - n_rows % 3, n_rows):
        _add_product(a[j][first:last], b[j][begin:end], total)


@njit(cache=True, nogil=True)
def _add_up(values):
    """Replace each value by the sum of those up to it, so that windows are cheap."""
    total = 0.0
    for x in range(values.size):
        total += values[x]
        values[x] = total


@njit(cache=True, nogil=True)
def _row_scores(first, second, ones, y, columns, half, reach, room, out):
    """Correlate the windows of a row of points at all shifts; `out` is updated."""
    side, n, area = 2 * half + 1, 2 * reach + 1, (2 * half + 1) ** 2
    window = first[y - half :]
    one, square, product = room[0], room[1], room[2]
    for k, other in enumerate((ones, window)):
        _add_rows(window, other, side, 0, room[3 + k])
        _add_up(room[3 + k])
    for j in range(n):
        moved = second[y - half + j - reach :]
        _add_rows(moved, ones, side, 0, one)
        _add_rows(moved, moved, side, 0, square)
        _add_up(one)
        _add_up(square)
        for i in range(n):
            _add_rows(window, moved, side, i - reach, product)
            _add_up(product)
            for k in range(columns.size):
                x1, x0 = columns[k] + half, columns[k] - half - 1
                z1, z0 = x1 + i - reach, x0 + i - reach
                mean = room[3, x1] - room[3, x0]
                other = one[z1] - one[z0]
                a = room[4, x1] - room[4, x0] - mean * mean / area
                b = square[z1] - square[z0] - other * other / area
                out[k, j, i] = 0.0
                if min(a, b) > 1e-6 * area:
                    both = product[x1] - product[x0] - mean * other / area
                    out[k, j, i] = both / np.sqrt(a * b)


@njit(cache=True, nogil=True)
def _peak(score, y, x):
    """Place of the top of the quadratic fitted to 3x3 values, from their middle."""
    cx = cy = cxx = cyy = cxy = 0.0
    for j in range(-1, 2):
        for i in range(-1, 2):
            value = score[y + j, x + i]
            cx += i * value / 6
            cy += j * value / 6
            cxy += i * j * value / 4
            cxx += (i * i - 2 / 3) * value / 2
            cyy += (j * j - 2 / 3) * value / 2
    det = 4 * cxx * cyy - cxy * cxy
    if not (cxx < 0 and det > 0):
        return 0.0, 0.0
    right = (cxy * cy - 2 * cyy * cx) / det
    down = (cxy * cx - 2 * cxx * cy) / det
    return min(max(right, -1.0), 1.0), min(max(down, -1.0), 1.0)


@njit(cache=True, nogil=True)
def correlate(first, second, rows, columns, half, reach, vectors, scores):
    """Find where the points of a grid have gone to, into `vectors` and `scores`."""
    n = 2 * reach + 1
    ones = np.ones(first.shape)
    room = np.empty((5, first.shape[1]))
    found = np.empty((columns.size, n, n))
    for r in range(rows.size):
        _row_scores(first, second, ones, rows[r], columns, half, reach, room, found)
        for k in range(columns.size):
            score = found[k]
            best, top, left = 0.0, reach, reach
            for j in range(n):
                for i in range(n):
                    if score[j, i] > best:
                        best, top, left = score[j, i], j, i
            scores[r, k] = best
            vectors[0, r, k], vectors[1, r, k] = left - reach, top - reach
            if best > 0 and (min(top, left) == 0 or max(top, left) == n - 1):
                scores[r, k] = np.nan
            elif best > 0:
                right, down = _peak(score, top, left)
                vectors[0, r, k] += right
                vectors[1, r, k] += down


# The second image comes enlarged by this, so that reading it bilinearly is exact
# enough, and a step ends when it is this short, pixels.
FINE, ENOUGH = 2, 0.01
# A square that goes further from where it started is lost, pixels.
_FAR = 1.5
_FLAT, _RIDGE = 1e-6, 1e-3


@njit(cache=True, nogil=True)
def _take(first, slopes, y, x, half, own, products):
    """Cut a square and its slopes; return its norm. The last two are updated in place.

    `products` get the sums over its columns of the products of slopes, times powers of
    the height.
    """
    side = 2 * half + 1
    products[:] = 0.0
    total = 0.0
    for j in range(side):
        t = (j - half) / half
        row = first[y + j - half]
        across, down = slopes[0, y + j - half], slopes[1, y + j - half]
        for i in range(side):
            k = x + i - half
            a, b = across[k], down[k]
            own[0, j, i], own[1, j, i], own[2, j, i] = row[k], a, b
            total += row[k]
            for n, product in enumerate((a * a, a * b, b * b)):
                products[n, 0, i] += product
                products[n, 1, i] += t * product
                products[n, 2, i] += t * t * product
    square = 0.0
    for j in range(side):
        for i in range(side):
            own[0, j, i] -= total / side**2
            square += own[0, j, i] ** 2
    return square


@njit(cache=True, nogil=True)
def _normal(products, half, matrix):
    """Set up the equations of shift and stretch; `matrix` is updated in place."""
    for n, (k, m) in enumerate(((0, 0), (0, 3), (3, 3))):
        sums = np.zeros((3, 3))
        for i in range(products.shape[2]):
            u = (i - half) / half
            one, low, square = products[n, 0, i], products[n, 1, i], products[n, 2, i]
            sums[0, 0] += one
            sums[0, 1] += u * one
            sums[0, 2] += low
            sums[1, 1] += u * u * one
            sums[1, 2] += u * low
            sums[2, 2] += square
        for a in range(3):
            for b in range(3):
                value = sums[min(a, b), max(a, b)]
                matrix[k + a, m + b] = matrix[m + a, k + b] = value
    for a in range(6):
        matrix[a, a] += _RIDGE * products.shape[2] ** 2


@njit(cache=True, nogil=True)
def _read(second, y, x, warp, half, out):
    """Read a warped square less its mean; return its norm; updates `out`."""
    height, width, side = second.shape[0], second.shape[1], 2 * half + 1
    right, bottom = width - 1 - 1e-6, height - 1 - 1e-6
    step_x, step_y = FINE * (1 + warp[1]), FINE * warp[4]
    total = 0.0
    for j in range(side):
        t = j - half
        px = FINE * (x + warp[0] + t * warp[2]) - half * step_x
        py = FINE * (y + warp[3] + t * (1 + warp[5])) - half * step_y
        for i in range(side):
            cx = min(max(px + i * step_x, 0.0), right)
            cy = min(max(py + i * step_y, 0.0), bottom)
            left, top = np.uint32(cx), np.uint32(cy)
            fx = cx - left
            above = second[top, left]
            above += fx * (second[top, left + 1] - above)
            below = second[top + 1, left]
            below += fx * (second[top + 1, left + 1] - below)
            value = above + (cy - top) * (below - above)
            out[j, i] = value
            total += value
    square = 0.0
    for j in range(side):
        for i in range(side):
            out[j, i] -= total / side**2
            square += out[j, i] ** 2
    return square


@njit(cache=True, nogil=True)
def _slope(own, other, ratio, half, sums, out):
    """Project the difference of two squares on the slopes; updates the last two.

    Returns the sum of products of the squares.
    """
    sums[:] = 0.0
    product = 0.0
    for j in range(other.shape[0]):
        t = (j - half) / half
        for i in range(other.shape[1]):
            product += own[0, j, i] * other[j, i]
            rest = own[0, j, i] - ratio * other[j, i]
            a, b = rest * own[1, j, i], rest * own[2, j, i]
            sums[0, i] += a
            sums[1, i] += t * a
            sums[2, i] += b
            sums[3, i] += t * b
    out[:] = 0.0
    for i in range(other.shape[1]):
        u = (i - half) / half
        for k in range(2):
            out[3 * k] += sums[2 * k, i]
            out[3 * k + 1] += u * sums[2 * k, i]
            out[3 * k + 2] += sums[2 * k + 1, i]
    return product


@njit(cache=True, nogil=True)
def _compose(warp, step):
    """Put the inverse of a step before a warp; `warp` is updated in place."""
    a, b, c, d = 1 + step[1], step[2], step[4], 1 + step[5]
    scale = 1 / (a * d - b * c)
    a, b, c, d = scale * d, -scale * b, -scale * c, scale * a
    x, y = -(a * step[0] + b * step[3]), -(c * step[0] + d * step[3])
    for k in (0, 3):
        across = warp[k + 1] + (1.0 if k == 0 else 0.0)
        down = warp[k + 2] + (1.0 if k == 3 else 0.0)
        warp[k] += across * x + down * y
        warp[k + 1] = across * a + down * c - (1.0 if k == 0 else 0.0)
        warp[k + 2] = across * b + down * d - (1.0 if k == 3 else 0.0)


@njit(cache=True, nogil=True)
def refine_subsets(first, slopes, second, rows, columns, half, n_rounds, found, scores):
    """Refine where the points of a grid have gone to; updates the last two in place."""
    side = 2 * half + 1
    own, other = np.empty((3, side, side)), np.empty((side, side))
    products, sums = np.empty((3, 3, side)), np.empty((4, side))
    matrix, right, warp = np.empty((6, 6)), np.empty(6), np.empty(6)
    for r in range(rows.size):
        for c in range(columns.size):
            if not scores[r, c] > 0:
                continue
            y, x = rows[r], columns[c]
            norm = _take(first, slopes, y, x, half, own, products)
            _normal(products, half, matrix)
            inverse = np.linalg.inv(matrix)
            warp[:] = 0.0
            warp[0], warp[3] = found[0, r, c], found[1, r, c]
            far = False
            for _ in range(n_rounds):
                square = _read(second, y, x, warp, half, other)
                if min(norm, square) < _FLAT * side**2 or far:
                    break
                ratio = np.sqrt(norm / square)
                product = _slope(own, other, ratio, half, sums, right)
                scores[r, c] = product / np.sqrt(norm * square)
                step = -inverse @ right
                for k in (1, 2, 4, 5):
                    step[k] /= half
                _compose(warp, step)
                away = max(abs(warp[0] - found[0, r, c]), abs(warp[3] - found[1, r, c]))
                far = not away <= _FAR
                if step[0] ** 2 + step[3] ** 2 < ENOUGH**2:
                    break
            if far:
                scores[r, c] = np.nan
            else:
                found[0, r, c], found[1, r, c] = warp[0], warp[3]
