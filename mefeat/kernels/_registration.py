"""Images brought to a reference by a similarity map, whatever parts of them do."""

import numpy as np

from mefeat.kernels import njit


@njit(cache=True, nogil=True)
def compare_moved(image, points, values, found, out):
    """Subtract reference values from a moved image; `out` is updated in place."""
    height, width = image.shape
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    for i in range(len(points)):
        x, y = points[i]
        across, along = (x - middle_x) / width, (y - middle_y) / width
        x += found[0] + found[2] * across - found[3] * along
        y += found[1] + found[2] * along + found[3] * across
        x, y = min(max(x, 0.0), width - 1.0), min(max(y, 0.0), height - 1.0)
        left, top = min(int(x), width - 2), min(int(y), height - 2)
        fx, fy = x - left, y - top
        first, second = image[top], image[top + 1]
        above = first[left] + fx * (first[left + 1] - first[left])
        below = second[left] + fx * (second[left + 1] - second[left])
        value = above + fy * (below - above)
        out[i] = value - values[i] - found[4] * values[i] - found[5]


@njit(cache=True, nogil=True)
def _solve(matrix, right):
    """Solve a positive definite system by Cholesky's method; both are overwritten."""
    n = len(right)
    for i in range(n):
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= matrix[i, k] * matrix[j, k]
            matrix[i, j] = np.sqrt(total) if i == j else total / matrix[j, j]
        for k in range(i):
            right[i] -= matrix[i, k] * right[k]
        right[i] /= matrix[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            right[i] -= matrix[k, i] * right[k]
        right[i] /= matrix[i, i]


@njit(cache=True, nogil=True)
def _weigh(terms, residuals, scale, matrix, right):
    """Sum the normal equations, residuals far beyond the scale counting little."""
    n = len(right)
    matrix[:] = 0.0
    right[:] = 0.0
    for i in range(len(residuals)):
        far = residuals[i] / scale
        weight = 1.0 / (1.0 + far * far)
        weight *= weight
        for j in range(n):
            share = weight * terms[i, j]
            right[j] -= share * residuals[i]
            for k in range(j + 1):
                matrix[j, k] += share * terms[i, k]


@njit(cache=True, nogil=True)
def register_similarity(images, points, values, terms, n_rounds, follow, out):
    """Find the map and the light that bring images to a reference; updates `out`."""
    residuals, sizes = np.empty(len(points)), np.empty(len(points))
    matrix, step = np.empty((6, 6)), np.empty(6)
    found = out[0].copy()
    for t in range(len(images)):
        if not follow:
            found[:] = 0.0
        for _ in range(n_rounds):
            compare_moved(images[t], points, values, found, residuals)
            np.abs(residuals, sizes)
            # Noise of less than a gray level makes no difference.
            scale = max(1.5 * np.median(sizes), 1.0)
            _weigh(terms, residuals, scale, matrix, step)
            for j in range(6):
                matrix[j, j] += 1e-3
            _solve(matrix, step)
            found += step
            if np.abs(step[:4]).max() < 2e-3:
                break
        out[t] = found
