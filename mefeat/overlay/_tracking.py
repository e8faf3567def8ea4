"""Movement of the face in a video, frame by frame, in bounded memory."""

from collections import deque
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from mefeat.base import Descriptor, Stage, need_landmarks
from mefeat.base._steps import LARGEST_SIDE, choice, need_flow, whole
from mefeat.faces._tracking import SMOOTHERS, apart, follow_face, savgol
from mefeat.flow._alignment import TRACKABLE
from mefeat.kernels._sampling import sample_at
from mefeat.motion import mdmo_regions
from mefeat.overlay._canonical import (
    CanonicalMesh,
    canonical_mesh,
    pixel_size,
    softness,
)
from mefeat.overlay._movement import MOVEMENTS, Followed, still_skin, texture
from mefeat.regions import check_regions, edges, region_means
from mefeat.video._reading import gray_image


def follow_head(mesh, reference, points):
    """Let the mesh of the reference follow the head; the face moves in it."""
    return mesh.carried(reference, points)


def follow_landmarks(mesh, reference, points):
    """Let the mesh follow all landmarks; the face moves in between."""
    return points


FOLLOW = {"head": follow_head, "landmarks": follow_landmarks}


class CanonicalFace(Stage):
    """Bring the face of every frame to the canonical layout.

    Parameters
    ----------
    size : int, default=256
        Height and width of the canonical canvas, pixels.
    follow : {"head", "landmarks"}, default="head"
        "head": the landmarks of the first frame are brought to the layout, and this
        map follows the head, an affine map of the points that expressions hardly move;
        so what the face does stays. "landmarks": all landmarks of every frame are
        brought to the layout.
    smoother : {"savgol", "one_euro", "none"}, default="savgol"
        How landmarks are smoothed in time before.

    See Also
    --------
    CanonicalMesh : The layout and the maps.
    mefeat.faces.Align : Alignment without a common layout.

    Notes
    -----
    Mapping each frame by all its landmarks, as in the study this follows, undoes the
    expression wherever it moves landmarks: "head" is the departure that leaves it.

    Examples
    --------
    >>> from mefeat import Clip
    >>> from mefeat.faces import MEAN_FACE
    >>> points = 90 + 80 * MEAN_FACE
    >>> clip = Clip(np.zeros((2, 180, 180), np.uint8), landmarks=[points, points + 3])
    >>> clip = CanonicalFace(128).transform([clip])[0]
    >>> clip
    Clip(2 frames of 128x128 gray float32, 68 landmarks)
    >>> bool(np.allclose(clip.landmarks[1], canonical_mesh(128).target))
    True
    """

    _parameter_constraints = {
        "size": [whole(32, LARGEST_SIDE)],
        "follow": [choice(FOLLOW)],
        "smoother": [choice(SMOOTHERS)],
    }

    def __init__(self, size=256, *, follow="head", smoother="savgol"):
        self.size = size
        self.follow = follow
        self.smoother = smoother

    def apply(self, clip):
        """Bring one clip to the canonical layout.

        Gives the clip with frames of the canvas and landmarks moved. Raises a
        ValueError if the clip has not 68 finite landmarks in each frame.
        """
        step = "put a FaceLandmarks step before it, or give landmarks of your own"
        points = np.array(need_landmarks(clip, self, step))
        if points.shape[1] != 68:
            raise ValueError(
                f"CanonicalFace needs 68 landmarks in a frame, got {points.shape[1]}."
            )
        mesh = canonical_mesh(self.size)
        smooth = np.stack(list(SMOOTHERS[self.smoother](points, clip.fps)))
        follow = FOLLOW[self.follow]
        source = np.stack([follow(mesh, smooth[0], p) for p in smooth])
        pairs = zip(source, points, strict=True)
        landmarks = np.stack([mesh.forward(s, np.array(p)) for s, p in pairs])
        return _unaliased(clip, mesh, source[0]).remap(
            (mesh.backward(s) for s in source), landmarks
        )


def _unaliased(clip, mesh, source):
    sigma = softness(mesh, source)
    if sigma == 0:
        return clip
    smooth = [cv2.GaussianBlur(np.float32(f), (0, 0), sigma) for f in clip.frames]
    return clip.replace(frames=np.clip(np.stack(smooth), 0, 255))


# Areas of MDMO, counted from 1, that make up each part; right is the person's right.
PARTS = {
    "right brow": (1, 2),
    "between brows": (3, 4),
    "left brow": (5, 6),
    "right eye": (7, 8, 9),
    "left eye": (12, 13, 14),
    "nose": (10, 11, 17, 18, 22, 23),
    "right cheek": (15, 16, 21),
    "left cheek": (19, 20, 24),
    "right mouth": (25, 26, 29),
    "left mouth": (27, 28, 32),
    "chin": (30, 31, 33, 34, 35, 36),
}


def face_parts(landmarks, size):
    """Map eleven parts of the face, made of the 36 areas of MDMO.

    Parameters
    ----------
    landmarks : ndarray of shape (68, 2)
        Points (x, y), pixels, in the order of iBUG 300-W.
    size : tuple of int
        (height, width) of the image.

    Returns
    -------
    ndarray of shape (height, width), intp
        Part of each pixel in the order of `PARTS`, or -1.

    See Also
    --------
    mefeat.motion.mdmo_regions : The areas.

    Examples
    --------
    >>> from mefeat.overlay._canonical import canonical_mesh
    >>> parts = face_parts(canonical_mesh().target, (256, 256))
    >>> list(PARTS)[parts[240, 128]], int(parts[0, 0])
    ('chin', -1)
    """
    areas = mdmo_regions(landmarks, size)
    part_of = np.full(37, -1, dtype=np.intp)  # the last is for no area at all
    for part, numbers in enumerate(PARTS.values()):
        part_of[np.array(numbers) - 1] = part
    return part_of[areas]


def mean_vectors(flow, regions=None, n_times=1):
    """Average flow over regions and blocks of time."""
    if not 1 <= n_times <= len(flow):
        raise ValueError(f"n_times must be 1 to n_pairs={len(flow)}, got {n_times}.")
    regions, _ = check_regions(regions, flow.shape[2:])
    means = np.array(
        [[region_means(component, regions) for component in pair] for pair in flow]
    )
    cuts = edges(len(flow), n_times)
    blocks = [means[a:b].mean(axis=0) for a, b in zip(cuts[:-1], cuts[1:], strict=True)]
    return np.stack(blocks).swapaxes(1, 2)


class MeanMovement(Descriptor):
    """Mean vector of each region of the face in each block of time.

    Parameters
    ----------
    n_times : int, default=3
        Blocks of time.
    regions : {"areas", "parts"}, default="areas"
        The 36 areas of MDMO, or the eleven parts made of them.

    See Also
    --------
    MicroMovement : The step before it.
    mean_vectors : The function on arrays.

    Notes
    -----
    Vectors are in pixels of the frames; on the canonical face, whose size is fixed,
    they compare between people.

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> row = MeanMovement(1, regions="parts").transform(example_clips(1))[0]
    >>> row.round(2).tolist()[:2]  # all moves to the right
    [1.2, 0.0]
    """

    pairs = "first"

    _parameter_constraints: dict = {
        "n_times": [whole(1)],
        "regions": [choice(["areas", "parts"])],
    }

    def __init__(self, n_times=3, *, regions="areas"):
        self.n_times = n_times
        self.regions = regions

    def describe(self, clip):
        """Describe a clip.

        Gives mean vectors: of the first block of time those of all regions, and so on.
        """
        flow = need_flow(clip, self, self.pairs)
        step = "put a FaceLandmarks step before it, or give landmarks of your own"
        points = need_landmarks(clip, self, step)[0]
        layout = mdmo_regions if self.regions == "areas" else face_parts
        regions = layout(points, flow.shape[2:])
        return mean_vectors(flow, regions, self.n_times).ravel()

    def feature_names(self):
        """Name block of time, region and component of each number.

        Gives names; areas are counted from 1 as in the paper.
        """
        names = [f"area{i}" for i in range(1, 37)]
        if self.regions == "parts":
            names = [name.replace(" ", "_") for name in PARTS]
        return [
            f"t{t}_{name}_{axis}"
            for t in range(self.n_times)
            for name in names
            for axis in "xy"
        ]


# How far points look around for others that jump with them, canonical pixels; how many
# times the noise a jump must be; and how many frames the noise is remembered for.
_NEAR, _TIMES, _MEMORY = 12.0, 4.0, 500


def calmed(vectors, near, fps=None):
    """Smooth vectors in time, but for what jumps out of the noise.

    Notes
    -----
    Two parabolas are fitted around each frame by `savgol`: one to an eighth of a
    second, 5 to 15 frames, and before that one to a twenty-fifth, which below 75 frames
    a second leaves vectors alone. The long one takes the noise, but also half of the
    height of an expression that is as short as itself. So of what it takes the share
    1 - 4 s / e is given back, and nothing where that is below 0: e is the mean square
    of what is taken from a point and its neighbors in this frame, and s that of the
    quiet quarter of the face, its median over the last 500 frames. It is the filter of
    the paper, over time: a local mean, and local variance above that of the noise.

    References
    ----------
    J.-S. Lee, "Digital image enhancement and noise filtering by use of local
    statistics", IEEE TPAMI 2(2), 1980. https://doi.org/10.1109/TPAMI.1980.4766994
    """
    short, long = windows(fps)
    held, levels, weights = deque(), deque(maxlen=_MEMORY), None
    vectors = vectors if short < 5 else savgol(vectors, window=short)
    for smooth in savgol(_held(vectors, held), window=long):
        rest = held.popleft() - smooth
        if np.isnan(rest).any():
            yield smooth
            continue
        weights = near() if weights is None else weights
        energy = weights @ (rest[: weights.shape[1]] ** 2).sum(axis=1)
        levels.append(np.quantile(energy[: weights.shape[1]], 0.25))
        noise = _TIMES * np.median(levels)
        share = np.maximum(1 - noise / np.maximum(energy, 1e-12), 0)
        yield smooth + share[:, None] * rest


def windows(fps=None):
    """Say how many frames vectors are smoothed over."""
    fps = fps or 30
    short = 2 * int(np.clip(round(fps / 50), 1, 4)) + 1
    return short, 2 * int(np.clip(round(fps / 16), 2, 7)) + 1


def _held(vectors, held):
    for frame in vectors:
        held.append(frame)
        yield frame


def nearness(places, points):
    """Weigh points by how near they are to places."""
    square = ((places[:, None] - points) ** 2).sum(axis=2)
    weights = np.exp(-(square - square.min(axis=1, keepdims=True)) / (2 * _NEAR**2))
    return weights / weights.sum(axis=1, keepdims=True)


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
    """A frame and its movement, not yet smoothed in time."""

    frame: np.ndarray
    vectors: np.ndarray
    points: np.ndarray | None = None
    source: np.ndarray | None = None
    grid: Grid | None = None
    fresh: bool = False
    confidence: np.ndarray | None = None


class Tracker:
    """Finds movement, frame by frame; the reference is renewed when it must be."""

    def __init__(self, mesh, method, follow, steady, step, turn):
        self.mesh, self.method, self.follow = mesh, method, follow
        self.steady, self.step, self.turn = steady, step, turn
        self.reference = self.grid = self.parts = None
        self.still, self.followed, self.before = mesh.skin, None, None

    def track(self, pair):
        """Find the movement of a frame."""
        frame, points = pair
        before, self.before = self.before, None if np.isnan(points).any() else points
        if self.before is None:
            return Tracked(frame, np.full((1, 2), np.nan))
        fresh = self.reference is None or self._is_lost(before, points)
        if fresh:
            self._begin(frame, points)
        source = self.follow(self.mesh, self.reference, points)
        image = self._canonical(frame, source)
        flow, fit = self.followed.next(image)
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
        """Weigh the points of the grid around each of them and each part."""
        points = places = self.grid.points.astype(np.float64)
        if self.parts is not None:
            areas = [np.argwhere(self.parts == k) for k in range(len(PARTS))]
            middles = [area[:, ::-1].mean(axis=0) for area in areas]
            places = np.concatenate([places, middles])
        return nearness(places, points)

    def _begin(self, frame, points):
        mesh = self.mesh
        self.reference = points
        image = self._canonical(frame, points)
        pixel = pixel_size(mesh, points)
        self.step = step = self.step or int(np.clip(round(_APART / pixel), 4, 48))
        middle = len(mesh.skin) // 2
        first = middle % step
        y, x = np.mgrid[first : len(mesh.skin) : step, first : len(mesh.skin) : step]
        on_skin = mesh.skin[y, x]
        cells = np.argwhere(on_skin)
        points = np.stack([x[on_skin], y[on_skin]], axis=1)
        strength = texture(image)
        sure = strength[points[:, 1], points[:, 0]]
        confidence = (sure / (sure + TRACKABLE)).astype(np.float64)
        area = float(mesh.skin.sum() * pixel**2)
        self.grid = Grid(points, cells, confidence, pixel, area)
        if len(mesh.target) == 68:
            self.parts = face_parts(mesh.target, mesh.skin.shape)
            self.still = still_skin(mesh.target, mesh.skin.shape)
        self.followed = Followed(
            image,
            self.method,
            steady=self.steady,
            still=self.still,
            strength=strength,
        )

    def _canonical(self, frame, source):
        gray = gray_image(frame)
        sigma = softness(self.mesh, source)
        if sigma:
            gray = cv2.GaussianBlur(gray, (0, 0), sigma)
        image = np.empty((*self.mesh.skin.shape, 1), np.float32)
        sample_at(gray[..., None], self.mesh.backward(source), image)
        return image[..., 0]


def jumped(before, points):
    """Say whether points are elsewhere than a frame before, as after a cut."""
    if before is None:
        return False
    size = ((before - before.mean(axis=0)) ** 2).sum()
    return ((points - before) ** 2).sum() > _JUMP**2 * size


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """How the face of one frame has moved since the reference.

    Parameters
    ----------
    frame : ndarray of shape (height, width) or (height, width, 3)
        The image, as it came.
    landmarks : ndarray of shape (n_landmarks, 2) or None
        Smoothed points (x, y); None where there is no face, and then all that follows
        is None.
    source : ndarray of shape (n_landmarks, 2) or None
        Points of the frame's mesh.
    grid : Grid or None
        Points of the canonical face.
    vectors : ndarray of shape (n_points, 2) or None
        Movement (x, y) of these points, smoothed in time, canonical pixels.
    parts : ndarray of shape (n_parts, 2) or None
        Mean movement of each part of the face, canonical pixels.
    tails, heads : ndarray of shape (n_points, 2) or None
        Points (x, y) of the frame: where the skin would be if only the head had moved,
        and where it is.
    confidence : ndarray of shape (n_points,) or None
        That of the grid; 0 for points that are lost in this frame: their skin does not
        look there as it did in the reference, so it was covered, or went too far.
    """

    frame: np.ndarray
    landmarks: np.ndarray | None = None
    source: np.ndarray | None = None
    grid: Grid | None = None
    vectors: np.ndarray | None = None
    parts: np.ndarray | None = None
    tails: np.ndarray | None = None
    heads: np.ndarray | None = None
    confidence: np.ndarray | None = None


def movement_stream(
    frames,
    landmarks=None,
    fps=None,
    *,
    method="disc",
    mesh=None,
    follow="head",
    smoother="savgol",
    steady=True,
    step=None,
    face=0,
    turn=1.1,
):
    """Find how the face moves in a video since the first frame that shows it.

    Parameters
    ----------
    frames : iterable of ndarray of shape (height, width) or (height, width, 3)
        Gray or RGB images of one size, uint8. May be a generator.
    landmarks : iterable of ndarray of shape (n_landmarks, 2), optional
        Points (x, y) of each frame, NaN where there is no face. By default they are
        found by `mefeat.faces.iter_landmarks`.
    fps : float, optional
        Frames per second, from which the windows of the smoother follow.
    method : str or callable, default="disc"
        As for `micro_movement`.
    mesh : CanonicalMesh, optional
        Mesh of your own for other landmarks than the usual 68.
    follow : {"head", "landmarks"}, default="head"
        What the mesh follows, see `CanonicalFace`.
    smoother : {"savgol", "one_euro", "none"}, default="savgol"
        How landmarks are smoothed in time.
    steady : bool, default=True
        Whether the motion of the head that landmarks leave is taken out, see
        `steadied`.
    step : int, optional
        Distance of the points that are followed, canonical pixels; by default about 15
        pixels of the first frame.
    face : int, default=0
        Which face is followed where there are several, 0 being the largest.
    turn : float, default=1.1
        A frame becomes the new reference, from which movement is counted, when the
        head is stretched so much more along one direction than across it since the
        last one, as it is when it turns away. None keeps the first one. After a cut,
        where all points jump, there is always a new one.

    Returns
    -------
    iterator of Movement
        One for each frame, in order, some frames late.

    Raises
    ------
    ValueError
        If an argument is not known, or landmarks do not fit the mesh or the frames.

    Notes
    -----
    Vectors are smoothed in time by `calmed`, which makes arrows steady, and leaves the
    peaks of short expressions.

    Examples
    --------
    >>> from mefeat.faces import MEAN_FACE
    >>> still = [np.zeros((180, 180), np.uint8)] * 3
    >>> points = [90 + 80 * MEAN_FACE] * 3
    >>> moves = list(movement_stream(still, points))
    >>> len(moves), float(abs(moves[2].vectors).max())
    (3, 0.0)
    """
    for name, value, known in (
        ("method", method, MOVEMENTS),
        ("follow", follow, FOLLOW),
        ("smoother", smoother, SMOOTHERS),
    ):
        if value not in known and not (name == "method" and callable(value)):
            raise ValueError(f"{name} must be among {list(known)}, got {value!r}.")
    if turn is not None and not 1 < turn < np.inf:
        raise ValueError(f"turn must be above 1 and finite, or None, got {turn}.")
    if step is not None and not step >= 1:
        raise ValueError(f"step must be at least 1 pixel, got {step}.")
    if fps is not None and not 0 < fps < np.inf:
        raise ValueError(f"fps must be positive and finite, got {fps}.")
    if mesh is not None and not isinstance(mesh, CanonicalMesh):
        raise TypeError(f"mesh must be a CanonicalMesh, got {type(mesh).__name__}.")
    mesh = canonical_mesh() if mesh is None else mesh
    followed = follow_face(
        frames,
        landmarks,
        n_points=len(mesh.target),
        face=face,
        hint=" for this mesh: give a CanonicalMesh of your own",
    )
    held = deque()
    smooth = apart(partial(SMOOTHERS[smoother], fps=fps), _shots(followed, held))
    pairs = ((held.popleft(), points) for points in smooth)
    tracker = Tracker(mesh, method, FOLLOW[follow], steady, step, turn)
    return _smoothed(map(tracker.track, pairs), tracker, fps)


def _smoothed(tracked, tracker, fps):
    """Smooth vectors in time, and bring them back into their frames."""
    held, mesh = deque(), tracker.mesh

    def vectors():
        for found in tracked:
            held.append(found)
            yield found.vectors, found.fresh

    smooth = partial(calmed, near=tracker.near, fps=fps)
    for moved in apart(smooth, vectors()):
        found = held.popleft()
        if found.points is None:
            yield Movement(found.frame)
            continue
        n_points = len(found.grid.points)
        places = found.grid.points.astype(np.float64)
        yield Movement(
            found.frame,
            found.points,
            found.source,
            found.grid,
            moved[:n_points],
            moved[n_points:] if tracker.parts is not None else None,
            mesh.backward_points(found.source, places),
            mesh.backward_points(found.source, places + moved[:n_points]),
            found.confidence,
        )


def _shots(followed, held):
    """Tell where landmarks jump, so that they are not smoothed across it."""
    before = None
    for frame, points in followed:
        held.append(frame)
        yield points, jumped(before, points)
        before = points
