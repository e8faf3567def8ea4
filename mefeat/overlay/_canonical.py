"""The canonical face: one frontal, symmetric layout that every frame is brought to."""

from functools import lru_cache

import cv2
import numpy as np

from mefeat.faces import MEAN_FACE
from mefeat.faces._align import PiecewiseAffine
from mefeat.faces._template import EYE_CORNERS_AND_NOSE
from mefeat.kernels._mesh import fit_affine

# What of a canvas the unit of the mean face takes, and where its origin lies.
_UNIT, _CENTER = 0.8, (0.5, 0.522)
_FOREHEAD = [(-0.39, -0.40), (-0.27, -0.53), (0.0, -0.59), (0.27, -0.53), (0.39, -0.40)]
_JAW, _EYES, _MOUTH = range(17), (range(36, 42), range(42, 48)), range(60, 68)


class CanonicalMesh(PiecewiseAffine):
    """The canonical face and its triangles, to which faces are mapped and back.

    Parameters
    ----------
    points : array-like of shape (n_points, 2), default=None
        Layout of a mesh of your own, (x, y), in pixels of the canvas. By default the
        mean face of 68 points, in the middle of the canvas, with five helper points on
        the forehead and eight around the border.
    triangles : array-like of shape (n_triangles, 3), default=None
        Triangles of that mesh, as indices of points; Delaunay's by default.
    size : int, default=256
        Height and width of the canvas, pixels.
    head : array-like of int, default=None
        Points that the head moves and expressions hardly do: by default the corners of
        the eyes and the nose of 68 points, all points of another mesh.

    Attributes
    ----------
    skin : ndarray of shape (size, size), bool
        Pixels of the face: of 68 points within jaw and forehead, without eyeballs and
        the inside of the lips; of another mesh its convex hull.

    Raises
    ------
    ValueError
        If the points leave the canvas, or triangles or `head` name others.

    See Also
    --------
    mefeat.faces.PiecewiseAffine : The maps, both ways: `backward` and `forward_map`
        for pixels, `backward_points` and `forward` for points.

    Examples
    --------
    A face that is twice as large as the canonical one and lies elsewhere:

    >>> mesh = CanonicalMesh(size=128)
    >>> face = 2 * mesh.target + [100, 50]
    >>> mesh.backward(face)[64, 64].round(6).tolist()
    [228.0, 178.0]
    >>> mesh.forward(face, np.array([[228.0, 178.0]])).round(6).tolist()
    [[64.0, 64.0]]
    """

    def __init__(self, points=None, triangles=None, *, size=256, head=None):
        own = points is not None
        helpers = () if own else _placed(np.array(_FOREHEAD), size)
        target = np.asarray(points, float) if own else _placed(MEAN_FACE, size)
        if target.ndim != 2 or target.shape[1] != 2 or len(target) < 3:
            raise ValueError(
                f"points must be at least 3 points (x, y), got shape {target.shape}."
            )
        if not (np.all(target >= 0) and np.all(target <= size - 1)):
            raise ValueError(f"points must lie on the canvas, 0 to {size - 1}.")
        super().__init__(target, (size, size), helpers=helpers, triangles=triangles)
        head = EYE_CORNERS_AND_NOSE if head is None and not own else head
        self.head = np.arange(len(target)) if head is None else np.asarray(head)
        if not (
            len(self.head) >= 3 and np.isin(self.head, np.arange(len(target))).all()
        ):
            raise ValueError(f"head must name at least 3 of {len(target)} points.")
        self.skin = _hull(target, size) if own else _skin(target, helpers, size)

    def pose(self, reference, points):
        """Fit the motion of the head between two frames.

        Parameters
        ----------
        reference, points : ndarray of shape (n_points, 2)
            Points (x, y) of both frames.

        Returns
        -------
        ndarray of shape (2, 3)
            The affine map of least squares of the points `head`.
        """
        return fit_affine(reference[self.head], points[self.head])

    def carried(self, reference, points):
        """Carry the points of a frame along with the head.

        Parameters
        ----------
        reference, points : ndarray of shape (n_points, 2)
            Points (x, y) of a frame, and of another one.

        Returns
        -------
        ndarray of shape (n_points, 2)
            Where `reference` would lie in the other frame if the face had not moved.
        """
        pose = self.pose(reference, points)
        return reference + (reference @ (pose[:, :2] - np.eye(2)).T + pose[:, 2])


@lru_cache(maxsize=4)
def canonical_mesh(size=256):
    """Get the mesh of 68 points; made once for each size."""
    return CanonicalMesh(size=size)


def softness(mesh, source):
    """Say how far a frame must be smoothed before it shrinks to the canvas."""
    shrink = pixel_size(mesh, source)
    return 0.5 * shrink if shrink > 1.5 else 0.0


def pixel_size(mesh, source):
    """Measure a pixel of the canvas in the frame."""
    matrix = fit_affine(mesh.target, source)
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))


def _placed(points, size):
    return (size - 1) * np.array(_CENTER) + _UNIT * size * points


def _skin(target, helpers, size):
    """Mark jaw and forehead, less the eyes and the inside of the lips."""
    skin = np.zeros((size, size), np.uint8)
    outline = np.concatenate([target[_JAW], helpers[::-1]])
    cv2.fillPoly(skin, [np.rint(outline).astype(np.int32)], 1)
    # What lies behind the outline shines through where the head turns.
    around = np.ones(2 * (size // 28) + 1, np.uint8)
    skin = cv2.erode(skin, np.outer(around, around), borderValue=0)
    for part in (*_EYES, _MOUTH):
        cv2.fillPoly(skin, [np.rint(target[part]).astype(np.int32)], 0)
    return skin.astype(bool)


def _hull(target, size):
    skin = np.zeros((size, size), np.uint8)
    hull = cv2.convexHull(np.rint(target).astype(np.int32))
    cv2.fillConvexPoly(skin, hull, 1)
    return skin.astype(bool)
