"""Digital image correlation: where the surroundings of a point have gone to."""

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
    """Find where the points of a grid have gone to; the last two are updated in place.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float64
        Gray pictures.
    rows, columns : ndarray of int
        The grid, further than half + reach from the border.
    half : int
        A point is known by the pixels up to this far to each side.
    reach : int
        How far it is searched, pixels.
    vectors : ndarray of shape (2, n_rows, n_columns)
        Movement (x, y), pixels.
    scores : ndarray of shape (n_rows, n_columns)
        Normalized cross-correlation at the best whole pixel, -1 to 1; 0 where there is
        nothing to correlate. NaN where the best place lies on the border of the search,
        beyond which it may lie.
    """
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
