"""Alignment: head motion and differences between faces taken out of a clip."""

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.spatial import Delaunay

from mefeat.base import Stage, need_landmarks
from mefeat.base._steps import choice, number
from mefeat.faces._template import EYE_CORNERS_AND_NOSE, JAW_AND_NOSE_ROOT, MEAN_FACE
from mefeat.faces._tracking import smooth_landmarks
from mefeat.kernels._mesh import (
    fit_affine,
    fit_similarity,
    label_triangles,
    move_with_mesh,
    paint_triangles,
    triangle_map,
    weighted_polynomials,
)


class PiecewiseAffine:
    """Triangles between points, each moved by the affine map of its corners.

    Parameters
    ----------
    target : ndarray of shape (n_points, 2)
        Where the points come to lie, (x, y), pixels of the new image.
    size : tuple of int
        (height, width) of the new image.
    helpers : array-like of shape (n_helpers, 2), default=()
        Further points of the new image, which follow the best affine map of all
        points: where a face has no landmarks, as on the forehead.
    triangles : array-like of shape (n_triangles, 3), default=None
        Triangles of a mesh, as indices of points, helpers after `target`. By default
        Delaunay's triangulation of them and of eight points around the image, which
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
            Where the points are, pixels of the old image.

        Returns
        -------
        ndarray of shape (height, width, 2)
            Points (x, y) of the old image.
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
        """Say where points of the old image come to lie.

        Parameters
        ----------
        source : ndarray of shape (n_points, 2)
            As for `backward`.
        points : ndarray of shape (n_others, 2)
            Points (x, y) of the old image.

        Returns
        -------
        ndarray of shape (n_others, 2)
            Points of the new image.
        """
        out = np.empty(points.shape)
        source = self._moved_corners(source)
        move_with_mesh(points, self.triangles, source, self.corners, out)
        return out

    def backward_points(self, source, points):
        """Say where points of the new image come from; the inverse of `forward`.

        Parameters
        ----------
        source : ndarray of shape (n_points, 2)
            As for `backward`.
        points : ndarray of shape (n_others, 2)
            Points (x, y) of the new image.

        Returns
        -------
        ndarray of shape (n_others, 2)
            Points of the old image.
        """
        out = np.empty(points.shape)
        source = self._moved_corners(source)
        move_with_mesh(points, self.triangles, self.corners, source, out)
        return out

    def forward_map(self, source, size):
        """Say for each pixel of the old image where it comes to lie.

        Parameters
        ----------
        source : ndarray of shape (n_points, 2)
            As for `backward`.
        size : tuple of int
            (height, width) of the old image.

        Returns
        -------
        ndarray of shape (height, width, 2)
            Points (x, y) of the new image; NaN where there is no triangle.
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
    """Eight points around an image."""
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
        raise ValueError("the mesh covers no pixel of the new image.")
    nearest = distance_transform_edt(
        labels < 0, return_distances=False, return_indices=True
    )
    return labels[tuple(nearest)]


_LEAST_WEIGHT = 0.1


class LocalWeightedMean:
    """A blend of polynomials, each fitted to the points around one point.

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
        """Say for each new pixel where it comes from."""
        return self._function(source)(self.pixels).reshape(*self.size, 2)

    def forward(self, source, points):
        """Say where points of the old image come to lie, by Newton's method."""
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


def align_similarity(clip, source, target):
    """Rotate, scale and shift each frame so that points come closest to others."""
    return clip.warp(fit_similarity(source, target), clip.frames.shape[1:3])


def align_affine(clip, source, target):
    """Move each frame by the affine map that brings points closest to others."""
    return clip.warp(fit_affine(source, target), clip.frames.shape[1:3])


def align_piecewise(clip, source, target):
    """Bend each frame by `PiecewiseAffine`, so that points lie on others exactly."""
    return _bend(clip, source, PiecewiseAffine(target, clip.frames.shape[1:3]))


def align_lwm(clip, source, target):
    """Bend each frame by `LocalWeightedMean`, so that points lie close to others."""
    return _bend(clip, source, LocalWeightedMean(target, clip.frames.shape[1:3]))


def _bend(clip, source, bend):
    pairs = zip(source, clip.landmarks, strict=True)
    landmarks = np.stack([bend.forward(s, np.array(points)) for s, points in pairs])
    return clip.remap(_Maps(bend, source), landmarks)


class _Maps:
    """Dense maps one at a time, made once where the points stay where they are."""

    def __init__(self, bend, source):
        self.bend, self.source = bend, source

    def __iter__(self):
        last = None
        for points in self.source:
            if last is None or not np.array_equal(points, last):
                dense = self.bend.backward(points)
            last = points
            yield dense


ALIGNMENTS = {
    "similarity": align_similarity,
    "affine": align_affine,
    "affine13": align_affine,
    "piecewise": align_piecewise,
    "lwm": align_lwm,
}

_POINTS = {
    "similarity": EYE_CORNERS_AND_NOSE,
    "affine": EYE_CORNERS_AND_NOSE,
    "affine13": JAW_AND_NOSE_ROOT,
}


class Align(Stage):
    """Bring the face of every frame to the same place, by its landmarks.

    Parameters
    ----------
    method : {"similarity", "affine", "affine13", "piecewise", "lwm"}, \
            default="similarity"
        "similarity" (rotation, scale, shift) and "affine" fit the corners of the eyes
        and the nose by least squares, "affine13" the jaw and the root of the nose as in
        [1]_. "piecewise" and "lwm" (local weighted mean [2]_, used for the CASME
        databases [3]_) bend the face so that all its landmarks lie on the reference.
    reference : {"first", "template"}, default="first"
        Where the points are to lie: where they are in the first frame, or on the mean
        face, upright, at the place and size of the first frame's face.
    per_frame : bool, default=True
        Whether each frame is moved by its own landmarks. Otherwise all are moved by
        those of the first, so the head's motion stays and no other is added.
    smoothing_frames : float, default=0.0
        Standard deviation in frames of the Gaussian that smooths the landmarks in time
        before maps are fitted to them.
    points : array-like of int, default=None
        Which landmarks to use instead of the method's own.

    See Also
    --------
    mefeat.faces.CropFace : Usually the next step.

    Notes
    -----
    What landmarks do wrong moves the image: their jitter becomes motion that nobody
    made, and a landmark that follows an expression takes the expression out of the
    image. So the more a method can bend, the less it suits one frame at a time:
    "piecewise" and "lwm" undo the expression itself wherever it moves landmarks. For
    micro-expressions either move each frame by few, stable points (the default), with
    some `smoothing_frames` where the landmarks jitter, or bend all frames alike
    (``per_frame=False, reference="template"``), which is how the CASME databases were
    prepared: the template then makes faces comparable.

    Measured on a still photograph of a face 90 pixels wide with fresh sensor noise in
    every frame, the landmarks found anew: the default adds motion of 0.06 pixel rms,
    "affine" 0.08, "affine13" 0.10; a `smoothing_frames` of 1 halves that, of 4 leaves a
    quarter.

    Landmarks move exactly with the image. A clip whose landmarks already lie on the
    reference comes back as it was.

    References
    ----------
    .. [1] Y.-J. Liu, J.-K. Zhang, W.-J. Yan, S.-J. Wang, G. Zhao, X. Fu, "A main
       directional mean optical flow feature for spontaneous micro-expression
       recognition", IEEE Transactions on Affective Computing 7(4), 2016,
       https://doi.org/10.1109/TAFFC.2015.2485205.
    .. [2] A. Goshtasby, "Image registration by local approximation methods", Image and
       Vision Computing 6(4), 1988, https://doi.org/10.1016/0262-8856(88)90016-9.
    .. [3] W.-J. Yan et al., "CASME II: an improved spontaneous micro-expression
       database and the baseline evaluation", PLoS ONE 9(1), 2014,
       https://doi.org/10.1371/journal.pone.0086041.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> from mefeat.faces import Align
    >>> corners = np.array([[10.0, 10], [30, 10], [20, 25]])
    >>> clip = Clip(
    ...     frames=np.zeros((2, 40, 40), np.uint8),
    ...     landmarks=np.stack([corners, corners + [3, 1]]),
    ... )
    >>> Align(points=[0, 1, 2]).transform([clip])[0].landmarks[1].round(6).tolist()
    [[10.0, 10.0], [30.0, 10.0], [20.0, 25.0]]
    """

    by_frame = True
    _parameter_constraints = {
        "method": [choice(ALIGNMENTS)],
        "reference": [choice(["first", "template"])],
        "per_frame": ["boolean"],
        "smoothing_frames": [number(0)],
        "points": ["array-like", None],
    }

    def __init__(
        self,
        method="similarity",
        *,
        reference="first",
        per_frame=True,
        smoothing_frames=0.0,
        points=None,
    ):
        self.method = method
        self.reference = reference
        self.per_frame = per_frame
        self.smoothing_frames = smoothing_frames
        self.points = points

    def apply(self, clip):
        """Align one clip.

        Gives the clip with frames of the same size and landmarks moved. Raises a
        ValueError if the clip lacks landmarks, or those that the method or template
        needs, or the parameters together would change nothing.
        """
        step = "put a FaceLandmarks step before it, or give landmarks of your own"
        landmarks = need_landmarks(clip, self, step)
        if self.reference == "first" and not self.per_frame:
            raise ValueError(
                "Align(reference='first', per_frame=False) would change nothing: "
                "take reference='template' or per_frame=True."
            )
        source = smooth_landmarks(landmarks, self.smoothing_frames)
        target = source[0] if self.reference == "first" else _template(source[0])
        if not self.per_frame:
            source = np.broadcast_to(source[0], source.shape)
        used = self._used(landmarks.shape[1])
        apart = np.ptp(source[:, used], axis=1).max(axis=1) > 0
        if not apart.all():
            t = np.argmin(apart)
            raise ValueError(
                f"Align needs landmarks that lie apart, but those it uses of frame {t} "
                f"in {clip!r} all lie in ({source[t, used[0], 0]:g}, "
                f"{source[t, used[0], 1]:g})."
            )
        return ALIGNMENTS[self.method](clip, source[:, used], target[used])

    def _used(self, n_landmarks):
        own = _POINTS.get(self.method, range(n_landmarks))
        used = np.asarray(own if self.points is None else self.points, dtype=np.intp)
        if (
            used.ndim != 1
            or len(used) < 3
            or used.min() < 0
            or used.max() >= n_landmarks
        ):
            raise ValueError(
                f"Align(method={self.method!r}) uses the landmarks {used.tolist()}, "
                f"but the clip has {n_landmarks}; `points` must name at least 3."
            )
        return used


def _template(points):
    """Lay the mean face upright where a face is."""
    if len(points) != len(MEAN_FACE):
        raise ValueError(
            "reference='template' needs the 68 points of iBUG 300-W, got "
            f"{len(points)}."
        )
    matrix = fit_similarity(MEAN_FACE, points)
    size, middle = np.hypot(*matrix[:, 0]), MEAN_FACE.mean(axis=0)
    center = matrix[:, :2] @ middle + matrix[:, 2]
    return center + size * (MEAN_FACE - middle)
