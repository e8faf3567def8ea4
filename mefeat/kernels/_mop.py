"""Means of a volume along each axis, and patterns of them."""

import numpy as np

from mefeat.kernels import njit

_FRAMES = 8
_BYTE = np.uint64(8)
_EVEN = np.uint64(0x00FF00FF00FF00FF)
_FOLD = np.uint64(0x0001000100010001)
_TOP = np.uint64(48)


@njit(cache=True, nogil=True)
def _add(first, second):
    """Add pixel by pixel; the second is updated in place."""
    for i in range(first.size):
        second[i] += first[i]


@njit(cache=True, nogil=True)
def _add_rows(rows, total):
    """Add rows of pixels, four at a time; `total` is updated in place."""
    n_fours = len(rows) // 4
    kind = total.dtype.type
    for y in range(0, 4 * n_fours, 4):
        one, two, three, four = rows[y], rows[y + 1], rows[y + 2], rows[y + 3]
        for x in range(total.size):
            left, right = kind(kind(one[x]) + two[x]), kind(kind(three[x]) + four[x])
            total[x] += left + right
    for y in range(4 * n_fours, len(rows)):
        _add(rows[y], total)


@njit(cache=True, nogil=True)
def _sum_four(values, step, sums):
    """Sum each value and three behind it, each a step on; `sums` is updated."""
    n = max(values.size - 3 * step, 0)
    one, two = values[:n], values[step:][:n]
    three, four = values[2 * step :][:n], values[3 * step :][:n]
    found = sums[:n]
    kind = sums.dtype.type
    for i in range(n):
        found[i] = kind(kind(one[i]) + two[i]) + kind(kind(three[i]) + four[i])


@njit(cache=True, nogil=True)
def _sum_columns(pixels, fours, sixteens, columns, out):
    """Sum each row of pixels within each block of columns; `out` is (n, height)."""
    for c in range(len(columns) - 1):
        begin, end = columns[c], columns[c + 1]
        here = out[c]
        here[:] = 0
        for _ in range((end - begin) // 16):
            _add(sixteens[:, begin], here)
            begin += 16
        for _ in range((end - begin) // 4):
            _add(fours[:, begin], here)
            begin += 4
        for x in range(begin, end):
            _add(pixels[:, x], here)


@njit(cache=True, nogil=True)
def sum_axes(volume, times, rows, columns, room, over_t, over_y, over_x):
    """Sum numbers along t, y and x within blocks, into the last four arrays."""
    fours, sixteens = room[0], room[1]
    for k in range(len(times) - 1):
        along = over_t[k].reshape(-1)
        for t in range(times[k], times[k + 1]):
            pixels = volume[t].reshape(-1)
            _add(pixels, along)
            for r in range(len(rows) - 1):
                _add_rows(volume[t, rows[r] : rows[r + 1]], over_y[r, t])
            _sum_four(pixels, 1, fours.reshape(-1))
            _sum_four(fours.reshape(-1), 4, sixteens.reshape(-1))
            _sum_columns(volume[t], fours, sixteens, columns, over_x[:, t])


@njit(cache=True, nogil=True)
def _add_lines(lines, total):
    """Add lines of bytes, eight at a time; `total` is updated in place."""
    kind = total.dtype.type
    eights = len(lines) // 8 * 8
    for k in range(0, eights, 8):
        a, b, c, d = lines[k], lines[k + 1], lines[k + 2], lines[k + 3]
        e, f, g, h = lines[k + 4], lines[k + 5], lines[k + 6], lines[k + 7]
        for i in range(total.size):
            first, second = kind(kind(a[i]) + b[i]), kind(kind(c[i]) + d[i])
            third, fourth = kind(kind(e[i]) + f[i]), kind(kind(g[i]) + h[i])
            total[i] += kind(first + second) + kind(third + fourth)
    _add_rows(lines[eights:], total)


@njit(cache=True, nogil=True)
def _word(flat, at):
    """Read eight bytes as a word; the compiler makes a single load of it."""
    word = np.uint64(0)
    for k in range(8):
        word |= np.uint64(flat[at + np.uint64(k)]) << np.uint64(8 * k)
    return word


@njit(cache=True, nogil=True)
def _add_words(flat, at, step, total):
    """Add sixteen bytes of each row, as words of which every second byte is room."""
    kind = total.dtype.type
    for y in range(total.size):
        one, two = _word(flat, at), _word(flat, at + _BYTE)
        even = (one & _EVEN) + (two & _EVEN)
        odd = ((one >> _BYTE) & _EVEN) + ((two >> _BYTE) & _EVEN)
        total[y] += kind(((even + odd) * _FOLD) >> _TOP)
        at += step


@njit(cache=True, nogil=True)
def _add_blocks(frame, rows, columns, t, over_y, over_x):
    """Add the rows and the columns of each block of a frame; the last two change."""
    flat, step = frame.reshape(-1), np.uint64(frame.shape[1])
    for r in range(len(rows) - 1):
        _add_lines(frame[rows[r] : rows[r + 1]], over_y[r, t])
    for c in range(len(columns) - 1):
        begin, end = columns[c], columns[c + 1]
        while end - begin >= 16:
            # Indices without a sign need no check for being negative.
            _add_words(flat, np.uint64(begin), step, over_x[c, t])
            begin += 16
        for x in range(begin, end):
            _add(frame[:, x], over_x[c, t])


@njit(cache=True, nogil=True)
def sum_bytes(volume, times, rows, columns, over_t, over_y, over_x):
    """Sum bytes along t, y and x within blocks; the last three are updated in place."""
    lines = volume.reshape(len(volume), -1)
    for k in range(len(times) - 1):
        # Some frames at a time, which the cache holds until all three sums have them.
        for begin in range(times[k], times[k + 1], _FRAMES):
            end = min(begin + _FRAMES, times[k + 1])
            _add_lines(lines[begin:end], over_t[k].reshape(-1))
            for t in range(begin, end):
                _add_blocks(volume[t], rows, columns, t, over_y, over_x)
