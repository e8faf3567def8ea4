"""Eulerian magnification: color planes, temporal filters, sums of bands.

In difference form: a gray RGB image has no color to the last bit, and a change of
zero leaves every pixel as it is.
"""

from mefeat.kernels import njit


@njit(cache=True, nogil=True)
def weigh_bands(image, steps, sizes, taps, row, pyramid, out):
    """Sum the bands of an image, the finest with factor 0, into `out`."""
    n_levels = len(steps)
    finer, start = image, 0
    for k in range(1, n_levels + 1):
        level = _level(pyramid, start, sizes[k])
        _shrink(finer, taps, row, level)
        finer = level
        start += level.size
    for i in range(start - finer.size, start):
        pyramid[i] *= steps[n_levels - 1]
    start -= finer.size
    for k in range(n_levels - 1, 0, -1):
        start -= sizes[k, 0] * sizes[k, 1]
        level = _level(pyramid, start, sizes[k])
        _grow(finer, steps[k - 1], taps, row, level)
        finer = level
    out[:] = 0
    _grow(finer, steps[0], taps, row, out)


@njit(cache=True, nogil=True)
def _level(pyramid, start, size):
    return pyramid[start : start + size[0] * size[1]].reshape((size[0], size[1]))


@njit(cache=True, nogil=True)
def _shrink(fine, taps, row, coarse):
    """Filter an image and keep every other row and column."""
    height, width = fine.shape
    four, six, share = taps[0], taps[1], taps[2]
    for y in range(coarse.shape[0]):
        a, b, c = fine[abs(2 * y - 2)], fine[abs(2 * y - 1)], fine[2 * y]
        d = fine[height - 1 - abs(height - 2 - 2 * y)]
        e = fine[height - 1 - abs(height - 3 - 2 * y)]
        inner = row[2 : width + 2]
        for x in range(width):
            inner[x] = a[x] + four * (b[x] + d[x]) + six * c[x] + e[x]
        row[1], row[0] = row[3], row[4]
        row[width + 2], row[width + 3] = row[width], row[width - 1]
        line = coarse[y]
        for x in range(line.size):
            k = 2 * x
            sides = row[k] + row[k + 4] + four * (row[k + 1] + row[k + 3])
            line[x] = share * (sides + six * row[k + 2])


@njit(cache=True, nogil=True)
def _grow(coarse, step, taps, row, fine):
    """Set `fine` to step * fine + U coarse."""
    n_rows, n_columns = coarse.shape
    height, width = fine.shape
    four, six, share = taps[0], taps[1], taps[3]
    inner = row[1 : n_columns + 1]
    for y in range(height):
        # Beyond an even side the mirror shows the last pixel, beyond an odd one the
        # pixel before it: the one that is mirrored about is a zero, or the last pixel.
        after = y // 2 + 1
        if after == n_rows:
            after = n_rows - 1 - height % 2
        here, below = coarse[y // 2], coarse[after]
        if y % 2:
            for x in range(n_columns):
                inner[x] = four * (here[x] + below[x])
        else:
            above = coarse[abs(y // 2 - 1)]
            for x in range(n_columns):
                inner[x] = above[x] + six * here[x] + below[x]
        row[0] = row[2]
        row[n_columns + 1] = row[n_columns - width % 2]
        line = fine[y]
        for x in range(width // 2):
            here_x, right = row[x + 1], row[x + 2]
            even = row[x] + six * here_x + right
            odd = four * (here_x + right)
            line[2 * x] = step * line[2 * x] + share * even
            line[2 * x + 1] = step * line[2 * x + 1] + share * odd
        if width % 2:
            x = n_columns - 1
            even = row[x] + six * row[x + 1] + row[x + 2]
            line[width - 1] = step * line[width - 1] + share * even


@njit(cache=True, nogil=True)
def band_step(now, last, rates, fast, slow, band):
    """Take one step of the difference of two first-order low-passes.

    Both low-passes follow `now + lag * (last - now)`: with a lag of 0 the image
    itself, with a lag of 1/2 the mean of it and the one before (Butterworth).
    """
    lag, fast_rate, slow_rate = rates[0], rates[1], rates[2]
    for i in range(now.size):
        x = now[i] + lag * (last[i] - now[i])
        quick = fast[i] + fast_rate * (x - fast[i])
        calm = slow[i] + slow_rate * (x - slow[i])
        fast[i] = quick
        slow[i] = calm
        band[i] = quick - calm


@njit(cache=True, nogil=True)
def split_yiq(image, forward, out):
    """Split an RGB image into YIQ planes; `out` is updated in place."""
    n_planes, height, width = out.shape
    for y in range(height):
        for x in range(width):
            green = image[y, x, 1]
            red, blue = image[y, x, 0] - green, image[y, x, 2] - green
            out[0, y, x] = green + forward[0, 0] * red + forward[0, 1] * blue
            for p in range(1, n_planes):
                out[p, y, x] = forward[p, 0] * red + forward[p, 1] * blue


@njit(cache=True, nogil=True)
def add_yiq(image, change, backward, limits, out):
    """Add a change in YIQ to an RGB image, within limits; updates `out`."""
    n_planes, height, width = change.shape
    for y in range(height):
        for x in range(width):
            for c in range(3):
                value = image[y, x, c] + change[0, y, x]
                for p in range(1, n_planes):
                    value += backward[c, p - 1] * change[p, y, x]
                out[y, x, c] = min(max(value, limits[0]), limits[1])


@njit(cache=True, nogil=True)
def add_gray(image, change, limits, out):
    """Add a change to a gray image, within limits; `out` is updated in place."""
    for i in range(image.size):
        out[i] = min(max(image[i] + change[i], limits[0]), limits[1])
