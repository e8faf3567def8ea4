"""DISC: digital image speckle correlation, the movement of small squares of skin."""

import numpy as np
from scipy.ndimage import gaussian_filter

from mefeat.kernels.correlation import correlate
from mefeat.kernels.pyramid import resize


def disc(first, second, rows, columns, *, half=10, reach=6):
    """Find where the points of a grid have gone to, by correlation.

    Parameters
    ----------
    first, second : ndarray of shape (height, width)
        Gray pictures.
    rows, columns : array-like of int
        The grid: rows and columns of pixels of its points.
    half : int, default=10
        A point is known by the square of 2 half + 1 pixels around it.
    reach : int, default=6
        How far it is searched to each side, pixels.

    Returns
    -------
    vectors : ndarray of shape (2, n_rows, n_columns)
        Movement (x, y), pixels.
    scores : ndarray of shape (n_rows, n_columns)
        Normalized cross-correlation at the best whole pixel, up to 1; 0 where there is
        no texture, NaN where the best place lies on the border of the search.

    Raises
    ------
    ValueError
        If pictures differ in size, or a point lies outside.

    Notes
    -----
    The correlation is computed at all whole pixels of the search range. A quadratic
    surface fitted to the 3x3 values around the best gives fractions. Pictures go on
    beyond their border as they are on it.

    References
    ----------
    M. A. Sutton, W. J. Wolters, W. H. Peters, W. F. Ranson, S. R. McNeill,
    "Determination of displacements using an improved digital correlation method",
    Image and Vision Computing 1(3), 1983.
    https://doi.org/10.1016/0262-8856(83)90064-1

    Examples
    --------
    >>> first = np.random.default_rng(0).normal(size=(40, 40))
    >>> second = np.roll(first, (2, -1), (0, 1))  # down by 2, left by 1
    >>> vectors, scores = disc(first, second, [20], [20])
    >>> vectors[:, 0, 0].round(1).tolist(), float(scores[0, 0].round(3))
    ([-1.0, 2.0], 1.0)
    """
    first, second = np.asarray(first), np.asarray(second)
    rows, columns = np.asarray(rows, np.intp), np.asarray(columns, np.intp)
    if first.shape != second.shape or first.ndim != 2:
        raise ValueError(
            "first and second must be gray pictures of one size, got shapes "
            f"{first.shape} and {second.shape}."
        )
    for places, length in zip((rows, columns), first.shape, strict=True):
        if not np.isin(places, np.arange(length)).all():
            raise ValueError(f"rows and columns must lie in 0..{length - 1}.")
    margin = half + reach + 1
    padded = [
        np.pad(p.astype(np.float64), margin, mode="edge") for p in (first, second)
    ]
    vectors = np.zeros((2, len(rows), len(columns)))
    scores = np.zeros(vectors.shape[1:])
    correlate(*padded, rows + margin, columns + margin, half, reach, vectors, scores)
    return vectors, scores


def disc_flow(first, second, *, step=8, half=10, reach=6, least_score=0.5):
    """Compute a dense flow by correlation on a grid.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures.
    step : int, default=8
        Distance of the grid's points, pixels.
    half, reach : int
        As for `disc`.
    least_score : float, default=0.5
        Correlation below which a point is lost.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels, linear between the points of the grid; lost points take
        the mean of their neighbors.

    Examples
    --------
    >>> picture = np.random.default_rng(0).uniform(0, 255, (40, 40))
    >>> abs(disc_flow(picture, picture)[:, 20, 20]).round(1).tolist()
    [0.0, 0.0]
    """
    height, width = first.shape
    rows, columns = (np.arange(step // 2, n, step) for n in (height, width))
    vectors, scores = disc(first, second, rows, columns, half=half, reach=reach)
    weights = (scores >= least_score).astype(float)  # NaN is below
    near = gaussian_filter(weights, 1.0)
    lost = weights == 0
    whole = (len(rows) * step, len(columns) * step)
    flow = np.empty((2, *whole), np.float32)
    for component, out in zip(vectors, flow, strict=True):
        mean = gaussian_filter(weights * component, 1.0) / np.maximum(near, 1e-6)
        component[lost] = mean[lost]
        resize(component.astype(np.float32), np.float32(1), out)
    return np.ascontiguousarray(_fitted(flow, height, width))


def _fitted(flow, height, width):
    """Cut the last cells of the grid, or go on where it ends."""
    missing = max(0, height - flow.shape[1]), max(0, width - flow.shape[2])
    flow = np.pad(flow, ((0, 0), (0, missing[0]), (0, missing[1])), mode="edge")
    return flow[:, :height, :width]
