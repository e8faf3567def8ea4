"""The same jobs as others do them, to be timed beside ours."""

import numpy as np
from numba import njit
from scipy.linalg import eigh_tridiagonal, pinv
from skimage.feature import local_binary_pattern
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC


def skimage_lbp_top(volume, grid=(8, 8)):
    """Compute LBP-TOP by scikit-image on every plane of the three sets.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values.
    grid : tuple of int, default=(8, 8)
        Rows and columns of blocks.

    Returns
    -------
    ndarray of shape (n_blocks, 3, 59)
        Counts.
    """
    rows, columns = (
        np.rint(np.linspace(0, n, k + 1)).astype(int)
        for n, k in zip(volume.shape[1:], grid, strict=True)
    )
    out = []
    for axis in (0, 1, 2):
        planes = np.moveaxis(volume, axis, 0)
        codes = np.stack(
            [local_binary_pattern(plane, 8, 1, "nri_uniform") for plane in planes]
        )
        codes = np.moveaxis(codes, 0, axis).astype(np.intp)[1:-1, 1:-1, 1:-1]
        out.append(
            [
                np.bincount(
                    codes[:, max(y0 - 1, 0) : y1 - 1, max(x0 - 1, 0) : x1 - 1].ravel(),
                    minlength=59,
                )
                for y0, y1 in zip(rows[:-1], rows[1:], strict=True)
                for x0, x1 in zip(columns[:-1], columns[1:], strict=True)
            ]
        )
    return np.stack(out, axis=1)


@njit(nogil=True)
def bare_histograms(codes, counts):
    """Count ready codes, the least that any LBP-TOP must do.

    Parameters
    ----------
    codes : ndarray of shape (3, n_voxels), uint8
        Codes.
    counts : ndarray of shape (3, 256), uint32
        Updated in place.
    """
    for plane in range(3):
        here = counts[plane]
        row = codes[plane]
        for i in range(row.size):
            here[row[i]] += np.uint32(1)


def svd_tim(frames, n_frames):
    """Interpolate by the original recipe: subtract the mean, decompose, fit, go back.

    Parameters
    ----------
    frames : ndarray of shape (n_in, height, width)
        Images.
    n_frames : int
        Number of frames wanted.

    Returns
    -------
    ndarray of shape (n_frames, height, width)
        Images.
    """
    n = len(frames)
    images = frames.reshape(n, -1).T.astype(float)
    mean = images.mean(axis=1, keepdims=True)
    left, size, right = np.linalg.svd(images - mean, full_matrices=False)
    left, right = left[:, : n - 1], (size[:, None] * right)[: n - 1]
    diagonal = np.full(n, 2.0)
    diagonal[[0, -1]] = 1
    path = eigh_tridiagonal(diagonal, np.full(n - 1, -1.0))[1][:, 1:]
    k = np.arange(1, n)
    times = np.linspace(0, 1, n_frames) * (1 - 1 / n) + 1 / n

    def curve(t):
        return np.sin(np.pi * np.outer(t, k) + np.pi * (n - k) / (2 * n))

    scale = path[0] / curve(np.array([1 / n]))[0]
    out = left @ (right @ pinv(path).T @ (curve(times) * scale).T) + mean
    return out.T.reshape(n_frames, *frames.shape[1:])


def grid_search(grid, cv):
    """Search the polynomial grid as scikit-learn does, every kernel from the rows.

    Parameters
    ----------
    grid : dict
        Values of degree, coef0, gamma and C.
    cv : list
        Inner folds.

    Returns
    -------
    GridSearchCV
        Unfitted search.
    """
    estimator = SVC(kernel="poly", max_iter=1_000_000)
    return GridSearchCV(estimator, grid, scoring="f1_macro", cv=cv)
