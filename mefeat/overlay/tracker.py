"""What is kept of the reference, and the movement from it to a frame."""

from dataclasses import dataclass

import cv2
import numpy as np

from mefeat.kernels.sampling import sample_at
from mefeat.overlay.calm import nearness
from mefeat.overlay.canonical import pixel_size, softness
from mefeat.overlay.movement import Followed, texture
from mefeat.overlay.parts import PARTS, face_parts
from mefeat.overlay.steady import TRACKABLE, still_skin
from mefeat.regions import region_means
from mefeat.video.frames import gray_picture

# Distance of the points of the default grid, pixels of the frame, and the jump of
# landmarks that is a cut of the film, in units of how far they lie apart.
_APART, _JUMP = 15, 0.5
# How alike skin must be where it was and where it went, within how many pixels: 0.9 and
# more in footage of faces at rest, mostly below 0.6 where it was not found.
_ALIKE, _BESIDE = 0.7, 7


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Points of the canonical face that are followed.

    Parameters
    ----------
    points : ndarray of shape (n_points, 2), int
        Points (x, y) of the canvas.
    cells : ndarray of shape (n_points, 2), int
        Row and column of each in the grid.
    confidence : ndarray of shape (n_points,)
        How well each can be tracked, 0 to 1: e / (e + 1), e being the smallest
        eigenvalue of `texture` in squared gray levels per pixel.
    pixel : float
        Side of a pixel of the canvas in pixels of the reference frame.
    area : float
        Skin of the face in the reference frame, pixels.
    """

    points: np.ndarray
    cells: np.ndarray
    confidence: np.ndarray
    pixel: float
    area: float


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """A frame and its movement, not yet smoothed in time.

    Parameters
    ----------
    frame : ndarray
        The picture, as it came.
    vectors : ndarray of shape (n_points + n_parts, 2)
        Movement (x, y) of the points of the grid, then of the parts of the face,
        canonical pixels; one NaN without a face.
    points, source : ndarray of shape (n_landmarks, 2) or None
        Points (x, y) of the face and of the frame's mesh.
    grid : Grid or None
        Points of the canonical face.
    fresh : bool
        Whether this frame is a new reference.
    confidence : ndarray of shape (n_points,) or None
        That of the grid, 0 for points that are lost in this frame.
    """

    frame: np.ndarray
    vectors: np.ndarray
    points: np.ndarray | None = None
    source: np.ndarray | None = None
    grid: Grid | None = None
    fresh: bool = False
    confidence: np.ndarray | None = None


class Tracker:
    """Finds movement, frame by frame; the reference is renewed when it must be.

    Parameters
    ----------
    mesh, method, follow, steady, step, turn : object
        As for `movement_stream`; `follow` is the function.
    """

    def __init__(self, mesh, method, follow, steady, step, turn):
        self.mesh, self.method, self.follow = mesh, method, follow
        self.steady, self.step, self.turn = steady, step, turn
        self.reference = self.grid = self.parts = None
        self.still, self.followed, self.before = mesh.skin, None, None

    def track(self, pair):
        """Find the movement of a frame.

        Parameters
        ----------
        pair : tuple
            The frame and its points, NaN without a face.

        Returns
        -------
        Tracked
            What was found.
        """
        frame, points = pair
        before, self.before = self.before, None if np.isnan(points).any() else points
        if self.before is None:
            return Tracked(frame, np.full((1, 2), np.nan))
        fresh = self.reference is None or self._is_lost(before, points)
        if fresh:
            self._begin(frame, points)
        source = self.follow(self.mesh, self.reference, points)
        picture = self._canonical(frame, source)
        flow, fit = self.followed.next(picture)
        x, y = self.grid.points.T
        vectors = flow[:, y, x].T.astype(np.float64)
        # What lies beside a point that is lost is pulled along with it.
        found = cv2.erode(fit, np.ones((_BESIDE, _BESIDE)))[y, x] >= _ALIKE
        confidence = np.where(found, self.grid.confidence, 0)
        if self.parts is not None:
            means = [region_means(part, self.parts) for part in flow]
            vectors = np.concatenate([vectors, np.transpose(means)])
        return Tracked(frame, vectors, points, source, self.grid, fresh, confidence)

    def _is_lost(self, before, points):
        """Say whether the reference shows another shot, or another side of the head."""
        if jumped(before, points):
            return True
        if self.turn is None:
            return False
        stretch = np.linalg.svd(self.mesh.pose(self.reference, points)[:, :2])[1]
        return stretch[0] > self.turn * stretch[1]

    def near(self):
        """Weigh the points of the grid around each of them and each part.

        Returns
        -------
        ndarray of shape (n_points + n_parts, n_points)
            Weights, see `nearness`.
        """
        points = places = self.grid.points.astype(np.float64)
        if self.parts is not None:
            areas = [np.argwhere(self.parts == k) for k in range(len(PARTS))]
            middles = [area[:, ::-1].mean(axis=0) for area in areas]
            places = np.concatenate([places, middles])
        return nearness(places, points)

    def _begin(self, frame, points):
        mesh = self.mesh
        self.reference = points
        picture = self._canonical(frame, points)
        pixel = pixel_size(mesh, points)
        self.step = step = self.step or int(np.clip(round(_APART / pixel), 4, 48))
        middle = len(mesh.skin) // 2
        first = middle % step
        y, x = np.mgrid[first : len(mesh.skin) : step, first : len(mesh.skin) : step]
        on_skin = mesh.skin[y, x]
        cells = np.argwhere(on_skin)
        points = np.stack([x[on_skin], y[on_skin]], axis=1)
        strength = texture(picture)
        sure = strength[points[:, 1], points[:, 0]]
        confidence = (sure / (sure + TRACKABLE)).astype(np.float64)
        area = float(mesh.skin.sum() * pixel**2)
        self.grid = Grid(points, cells, confidence, pixel, area)
        if len(mesh.target) == 68:
            self.parts = face_parts(mesh.target, mesh.skin.shape)
            self.still = still_skin(mesh.target, mesh.skin.shape)
        self.followed = Followed(
            picture,
            self.method,
            steady=self.steady,
            still=self.still,
            strength=strength,
        )

    def _canonical(self, frame, source):
        gray = gray_picture(frame)
        sigma = softness(self.mesh, source)
        if sigma:
            gray = cv2.GaussianBlur(gray, (0, 0), sigma)
        picture = np.empty((*self.mesh.skin.shape, 1), np.float32)
        sample_at(gray[..., None], self.mesh.backward(source), picture)
        return picture[..., 0]


def jumped(before, points):
    """Say whether points are elsewhere than a frame before, as after a cut.

    Parameters
    ----------
    before, points : ndarray of shape (n_points, 2) or None
        Points (x, y) of both frames; None or NaN where there is no face.

    Returns
    -------
    bool
        True if they have gone half as far as they lie from their middle (root mean
        squares).

    Examples
    --------
    >>> points = np.array([[0.0, 0.0], [20.0, 0.0]])
    >>> bool(jumped(points, points + 3)), bool(jumped(points, points + 5))
    (False, True)
    """
    if before is None:
        return False
    size = ((before - before.mean(axis=0)) ** 2).sum()
    return ((points - before) ** 2).sum() > _JUMP**2 * size
