"""Weighted sums over the bands of a Laplacian pyramid, without building the bands.

With the Gaussian pyramid G_0 (the picture), G_1, ..., G_n, upsampling U and the bands
L_k = G_k - U G_{k+1}, a sum of bands with factors f_k is a chain over the Gaussian
pyramid, because U is linear:

    sum f_k L_k = f_0 G_0 + U[(f_1 - f_0) G_1 + U[(f_2 - f_1) G_2 + ...]]

The filter is the binomial (1, 4, 6, 4, 1) / 16 along both axes; going up, it is applied
to the pixels with zeros between them and doubled. Borders are mirrored about the
outermost pixel. A picture of zeros gives zeros to the last bit.
"""

from mefeat.kernels import njit


@njit(cache=True, nogil=True)
def weigh_bands(picture, steps, sizes, taps, row, pyramid, out):
    """Sum the bands of a picture, the finest with factor 0; `out` is updated in place.

    Parameters
    ----------
    picture : ndarray of shape (height, width), floating
        Picture; no side of a level but the last is below 3.
    steps : ndarray of shape (n_levels,), same dtype
        Differences f_k - f_{k-1} for k = 1 to n_levels, with f_0 = 0.
    sizes : ndarray of shape (n_levels + 1, 2), int
        Height and width of G_0 to G_n, each half of the one before, rounded up.
    taps : ndarray of shape (4,), same dtype
        4, 6, 1 / 256 and 1 / 64.
    row : ndarray of shape (width + 4,), same dtype
        Room to work in.
    pyramid : ndarray, 1-D, same dtype
        Room for G_1 to G_n.
    out : ndarray of shape (height, width), same dtype
        The sum.
    """
    n_levels = len(steps)
    finer, start = picture, 0
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
    """Filter a picture and keep every other row and column."""
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
