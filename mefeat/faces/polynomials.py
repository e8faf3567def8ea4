"""Blends of polynomials that bend a face so that its points come close to others."""

import numpy as np

from mefeat.kernels.mesh import fit_affine, weighted_polynomials

_LEAST_WEIGHT = 0.1


class LocalWeightedMean:
    """A blend of polynomials, each fitted to the points around one point.

    Parameters
    ----------
    target : ndarray of shape (n_points, 2)
        Where the points come to lie, (x, y), pixels of the new picture.
    size : tuple of int
        (height, width) of the new picture.
    n_neighbors : int, default=12
        Points to which each polynomial is fitted, its own among them; it reaches as far
        as the last of them.

    Notes
    -----
    Polynomials of second order, weighted by 1 - 3 r^2 + 2 r^3, as in [1]_. Departures:
    they are fitted to what the best affine map of all points leaves over; by least
    squares, so a point is met closely but not exactly; directions that the neighbors
    hardly determine (those on the jaw lie nearly on a conic) are left out; and where
    the sum of weights falls below 0.1 the blend fades to the affine map instead of
    ending.

    References
    ----------
    .. [1] A. Goshtasby, "Image registration by local approximation methods", Image and
       Vision Computing 6(4), 1988, https://doi.org/10.1016/0262-8856(88)90016-9.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.meshgrid([2.0, 4, 6, 8], [2.0, 5, 8])
    >>> target = np.stack([x, y], axis=-1).reshape(-1, 2)
    >>> bend = LocalWeightedMean(target, (10, 10))
    >>> bend.backward(target + [1, 0])[4, 4].round(6)
    array([5., 4.])
    """

    def __init__(self, target, size, n_neighbors=12):
        self.target = np.asarray(target, dtype=np.float64)
        n_neighbors = min(n_neighbors, len(self.target))
        apart = np.linalg.norm(self.target[:, None] - self.target, axis=2)
        self.neighbors = np.argsort(apart, axis=1, kind="stable")[:, :n_neighbors]
        self.radii = np.take_along_axis(apart, self.neighbors, axis=1)[:, -1]
        around = self.target[self.neighbors] - self.target[:, None]
        x, y = np.moveaxis(around / self.radii[:, None, None], -1, 0)
        terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
        self._to_terms = np.linalg.pinv(terms, rcond=0.1)
        self.pixels = np.indices(size)[::-1].reshape(2, -1).T.astype(np.float64)
        self.size = size

    def backward(self, source):
        """Say for each new pixel where it comes from.

        Parameters
        ----------
        source : ndarray of shape (n_points, 2)
            Where the points are, pixels of the old picture.

        Returns
        -------
        ndarray of shape (height, width, 2)
            Points (x, y) of the old picture.
        """
        return self._function(source)(self.pixels).reshape(*self.size, 2)

    def forward(self, source, points):
        """Say where points of the old picture come to lie, by Newton's method.

        Parameters
        ----------
        source : ndarray of shape (n_points, 2)
            As for `backward`.
        points : ndarray of shape (n_others, 2)
            Points (x, y) of the old picture.

        Returns
        -------
        ndarray of shape (n_others, 2)
            Points of the new picture.
        """
        function, step = self._function(source), 1e-4
        nearest = np.linalg.norm(points[:, None] - source, axis=2).argmin(axis=1)
        out = points + (self.target - source)[nearest]
        for _ in range(20):
            miss = points - function(out)
            if np.abs(miss).max() < 1e-9:
                break
            slopes = [
                (function(out + step * axis) - function(out - step * axis)) / (2 * step)
                for axis in np.eye(2)
            ]
            out = (
                out
                + np.linalg.solve(np.stack(slopes, axis=-1), miss[..., None])[..., 0]
            )
        return out

    def _function(self, source):
        matrix = fit_affine(self.target, source)
        bend = matrix[:, :2] - np.eye(2)

        def shift(points):
            return points @ bend.T + matrix[:, 2]

        left = source - self.target - shift(self.target)
        terms = self._to_terms @ left[self.neighbors]

        def function(points):
            out = np.empty(points.shape)
            weighted_polynomials(
                points, self.target, self.radii, terms, _LEAST_WEIGHT, out
            )
            return points + (shift(points) + out)

        return function
