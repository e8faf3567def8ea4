"""Sums of a volume along each of its axes within blocks, a frame at a time."""

from numba import njit

_CHUNK = 2048


@njit(cache=True, nogil=True)
def _double(pixels, sums, n):
    """Sum 2, 4, ... neighbors from each of the first n pixels on, level by level."""
    for level in range(len(sums)):
        step = 1 << level
        stop = max(n - 2 * step + 1, 0)
        whole = sums[level, :stop]
        if level == 0:
            near, far = pixels[:stop], pixels[step:][:stop]
            for i in range(stop):
                whole[i] = near[i]
                whole[i] += far[i]
        else:
            first, second = sums[level - 1, :stop], sums[level - 1, step:][:stop]
            for i in range(stop):
                whole[i] = first[i] + second[i]


@njit(cache=True, nogil=True)
def _sum_rows(pixels, width, columns, sums, out):
    """Sum the pixels of each row within each block of columns; `out` is (n, rows)."""
    n_rows = pixels.size // width
    for c in range(len(columns) - 1):
        begin, length = columns[c], columns[c + 1] - columns[c]
        here = out[c]
        here[:] = 0
        if length & 1:
            for y in range(n_rows):
                here[y] = pixels[y * width + begin]
            begin += 1
        for level in range(len(sums)):
            step = 2 << level
            # The longest sums are taken as often as they fit, the others once at most.
            times = length // step if level == len(sums) - 1 else (length // step) & 1
            for _ in range(times):
                found = sums[level, begin:]
                for y in range(n_rows):
                    here[y] += found[y * width]
                begin += step


@njit(cache=True, nogil=True)
def sum_axes(volume, times, rows, columns, sums, over_t, over_y, over_x):
    """Sum along t, y and x within blocks; the last four are updated in place.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values, C-contiguous.
    times, rows, columns : ndarray of int
        Edges of the blocks along t, y and x, from 0 to the end.
    sums : ndarray of shape (n_levels, n)
        Room for sums of 2, 4, ... values; n is at least 2048 and the width.
    over_t : ndarray of shape (n_times, height, width), zeros
        Sums over the frames of each block of time.
    over_y : ndarray of shape (n_rows, n_frames, width), zeros
        Sums over the rows of pixels of each block.
    over_x : ndarray of shape (n_columns, n_frames, height)
        Sums over the columns of pixels of each block.
    """
    height, width = volume.shape[1:]
    n_together = max(1, _CHUNK // width)
    for k in range(len(times) - 1):
        for t in range(times[k], times[k + 1]):
            for r in range(len(rows) - 1):
                across = over_y[r, t]
                for y in range(rows[r], rows[r + 1]):
                    line = volume[t, y]
                    along = over_t[k, y]
                    for x in range(line.size):
                        along[x] += line[x]
                        across[x] += line[x]
            for top in range(0, height, n_together):
                below = min(top + n_together, height)
                pixels = volume[t, top:below].reshape(-1)
                _double(pixels, sums, pixels.size)
                _sum_rows(pixels, width, columns, sums, over_x[:, t, top:below])
