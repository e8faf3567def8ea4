"""Meshes of triangles that bend a face so that its points come to lie on others."""

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.spatial import Delaunay

from mefeat.kernels.mesh import (
    fit_affine,
    label_triangles,
    move_with_mesh,
    paint_triangles,
    triangle_map,
)


class PiecewiseAffine:
    """Triangles between points, each moved by the affine map of its corners.

    Parameters
    ----------
    target : ndarray of shape (n_points, 2)
        Where the points come to lie, (x, y), pixels of the new picture.
    size : tuple of int
        (height, width) of the new picture.
    helpers : array-like of shape (n_helpers, 2), default=()
        Further points of the new picture, which follow the best affine map of all
        points: where a face has no landmarks, as on the forehead.
    triangles : array-like of shape (n_triangles, 3), default=None
        Triangles of a mesh, as indices of points, helpers after `target`. By default
        Delaunay's triangulation of them and of eight points around the picture, which
        follow as helpers do, so that what surrounds the face moves with it.

    Raises
    ------
    ValueError
        If a triangle names a point that does not exist.

    Notes
    -----
    Outside of a mesh that was given, its nearest triangle is continued.

    Examples
    --------
    >>> import numpy as np
    >>> target = np.array([[2.0, 2], [6, 2], [4, 6]])
    >>> bend = PiecewiseAffine(target, (9, 9))
    >>> bend.backward(target + [1, 0])[4, 4]  # shown at (4, 4): what was at (5, 4)
    array([5., 4.])
    """

    def __init__(self, target, size, *, helpers=(), triangles=None):
        self.target = np.asarray(target, dtype=np.float64)
        helpers = np.reshape(np.asarray(helpers, dtype=np.float64), (-1, 2))
        self.corners = np.vstack([self.target, helpers])
        if triangles is None:
            self.corners = np.vstack([self.corners, _around(size)])
            self.triangles = Delaunay(self.corners).simplices
        else:
            self.triangles = _checked_triangles(triangles, len(self.corners))
        self.labels = np.full(size, -1, dtype=np.int32)
        label_triangles(self.corners, self.triangles, self.labels)
        if (self.labels < 0).any():
            self.labels = _continued(self.labels)
        edges = np.diff(self.corners[self.triangles], axis=1)
        self._to_gradient = np.linalg.pinv(edges, rcond=1e-9)  # slivers hold no pixel

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
        displaced = self._moved_corners(source) - self.corners
        at_corners = displaced[self.triangles]
        gradients = self._to_gradient @ np.diff(at_corners, axis=1)
        out = np.empty((*self.labels.shape, 2))
        triangle_map(
            self.labels,
            self.corners[self.triangles[:, 0]],
            np.ascontiguousarray(at_corners[:, 0]),
            np.ascontiguousarray(np.swapaxes(gradients, 1, 2)),
            out,
        )
        return out

    def forward(self, source, points):
        """Say where points of the old picture come to lie.

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
        out = np.empty(points.shape)
        source = self._moved_corners(source)
        move_with_mesh(points, self.triangles, source, self.corners, out)
        return out

    def backward_points(self, source, points):
        """Say where points of the new picture come from; the inverse of `forward`.

        Parameters
        ----------
        source : ndarray of shape (n_points, 2)
            As for `backward`.
        points : ndarray of shape (n_others, 2)
            Points (x, y) of the new picture.

        Returns
        -------
        ndarray of shape (n_others, 2)
            Points of the old picture.
        """
        out = np.empty(points.shape)
        source = self._moved_corners(source)
        move_with_mesh(points, self.triangles, self.corners, source, out)
        return out

    def forward_map(self, source, size):
        """Say for each pixel of the old picture where it comes to lie.

        Parameters
        ----------
        source : ndarray of shape (n_points, 2)
            As for `backward`.
        size : tuple of int
            (height, width) of the old picture.

        Returns
        -------
        ndarray of shape (height, width, 2)
            Points (x, y) of the new picture; NaN where there is no triangle.
        """
        out = np.full((*size, 2), np.nan)
        paint_triangles(self._moved_corners(source), self.triangles, self.corners, out)
        return out

    def _moved_corners(self, source):
        matrix = fit_affine(self.target, source)
        around = self.corners[len(self.target) :]
        shift = around @ (matrix[:, :2] - np.eye(2)).T + matrix[:, 2]
        return np.vstack([source, around + shift])


def _around(size):
    """Eight points around a picture."""
    height, width = size
    x, y = [-1, (width - 1) / 2, width], [-1, (height - 1) / 2, height]
    return [(a, b) for b in y for a in x if (a, b) != (x[1], y[1])]


def _checked_triangles(triangles, n_corners):
    triangles = np.asarray(triangles)
    if (
        triangles.ndim != 2
        or triangles.shape[1] != 3
        or triangles.dtype.kind not in "iu"
    ):
        raise ValueError(
            "triangles must be whole numbers of shape (n_triangles, 3), got shape "
            f"{triangles.shape} and dtype {triangles.dtype}."
        )
    if not len(triangles) or not 0 <= triangles.min() <= triangles.max() < n_corners:
        raise ValueError(f"triangles must name points from 0 to {n_corners - 1}.")
    return np.ascontiguousarray(triangles, dtype=np.int32)


def _continued(labels):
    """Give pixels without a triangle that of the nearest pixel that has one."""
    if (labels < 0).all():
        raise ValueError("the mesh covers no pixel of the new picture.")
    nearest = distance_transform_edt(
        labels < 0, return_distances=False, return_indices=True
    )
    return labels[tuple(nearest)]
