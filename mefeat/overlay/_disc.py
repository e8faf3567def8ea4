"""DISC: digital image speckle correlation, the movement of small squares of skin."""

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter

from mefeat.kernels._disc import FINE, correlate, refine_subsets


def disc(first, second, rows, columns, *, half=10, reach=6, n_rounds=5):
    """Find where the points of a grid have gone to, by correlation.

    Notes
    -----
    The correlation is computed at all whole pixels of the search range. A quadratic
    surface fitted to the 3x3 values around the best gives fractions, roughly: it is
    not the shape of the peak, and a square that also turns or stretches has no place
    where it fits. From there, shift and stretch of the square are refined together by
    inverse compositional Gauss-Newton steps on the zero-normalized difference, until
    one is below 0.01 pixel. The second image is read bilinearly after it has been
    enlarged twice by cubic convolution, which is as exact here as a cubic spline, at
    half of its cost. Images go on beyond their border as they are on it.

    References
    ----------
    M. A. Sutton, W. J. Wolters, W. H. Peters, W. F. Ranson, S. R. McNeill,
    "Determination of displacements using an improved digital correlation method",
    Image and Vision Computing 1(3), 1983.
    https://doi.org/10.1016/0262-8856(83)90064-1

    B. Pan, K. Li, W. Tong, "Fast, robust and accurate digital image correlation
    calculation without redundant computations", Experimental Mechanics 53, 2013.
    https://doi.org/10.1007/s11340-013-9717-6
    """
    first, second = np.asarray(first), np.asarray(second)
    rows, columns = np.asarray(rows, np.intp), np.asarray(columns, np.intp)
    if first.shape != second.shape or first.ndim != 2:
        raise ValueError(
            "first and second must be gray images of one size, got shapes "
            f"{first.shape} and {second.shape}."
        )
    for places, length in zip((rows, columns), first.shape, strict=True):
        if not np.isin(places, np.arange(length)).all():
            raise ValueError(f"rows and columns must lie in 0..{length - 1}.")
    margin = half + reach + 3
    padded = [
        np.pad(p.astype(np.float64), margin, mode="edge") for p in (first, second)
    ]
    vectors = np.zeros((2, len(rows), len(columns)))
    scores = np.zeros(vectors.shape[1:])
    grid = rows + margin, columns + margin
    correlate(*padded, *grid, half, reach, vectors, scores)
    if n_rounds:
        slopes, fine = _slopes(padded[0]), _enlarged(padded[1])
        refine_subsets(padded[0], slopes, fine, *grid, half, n_rounds, vectors, scores)
    return vectors, scores


def _slopes(image):
    """Take derivatives along x and y, by differences of fourth order."""
    weights = np.array([[1.0, -8.0, 0.0, 8.0, -1.0]]) / 12
    return np.stack([cv2.filter2D(image, -1, w) for w in (weights, weights.T)])


def _enlarged(image):
    """Enlarge an image so that its pixels stay and others come in between."""
    return _interpolated(image, FINE, 0, [FINE * (n - 1) + 1 for n in image.shape])


def _interpolated(values, step, first, size):
    """Interpolate values that stand `step` apart, from `first` on, to all pixels."""
    matrix = np.array([[1 / step, 0, -first / step], [0, 1 / step, -first / step]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        values, matrix, size[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE
    )


def disc_flow(first, second, *, step=8, half=10, reach=6, n_rounds=5, least_score=0.5):
    """Compute a dense flow by correlation on a grid.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray images.
    step : int, default=8
        Distance of the grid's points, pixels.
    half, reach, n_rounds : int
        As for `disc`.
    least_score : float, default=0.5
        Correlation below which a point is lost.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels, cubic between the points of the grid; lost points take
        the mean of their neighbors.

    Examples
    --------
    >>> image = np.random.default_rng(0).uniform(0, 255, (40, 40))
    >>> abs(disc_flow(image, image)[:, 20, 20]).round(1).tolist()
    [0.0, 0.0]
    """
    height, width = first.shape
    rows, columns = (np.arange(step // 2, n, step) for n in (height, width))
    settings = {"half": half, "reach": reach, "n_rounds": n_rounds}
    vectors, scores = disc(first, second, rows, columns, **settings)
    weights = (scores >= least_score).astype(float)  # NaN is below
    near = np.maximum(gaussian_filter(weights, 1.0), 1e-6)
    mean = [gaussian_filter(weights * v, 1.0) / near for v in np.nan_to_num(vectors)]
    vectors = np.where(weights == 0, mean, vectors).astype(np.float32)
    size = height, width
    return np.stack([_interpolated(v, step, step // 2, size) for v in vectors])
