"""Generated subjects: one photograph, varied in shape, tone and skin."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.ndimage import gaussian_filter

from mefeat.datasets._generator._acting import MIRROR
from mefeat.datasets._generator._settings import frame_eye_distance
from mefeat.kernels._warping import find_moved

# Points that a subject's own shape moves, and by how much (standard deviation in units
# of the eye distance, x and y): jaw, chin, brows, corners of the eyes, nose, mouth.
_SHAPE_POINTS = {
    **dict.fromkeys((2, 14, 5, 11), (0.05, 0.03)),
    8: (0.02, 0.06),
    **dict.fromkeys((19, 24), (0.02, 0.035)),
    **dict.fromkeys((36, 39, 42, 45), (0.02, 0.02)),
    **dict.fromkeys((30, 31, 35), (0.02, 0.03)),
    **dict.fromkeys((48, 54), (0.05, 0.03)),
    **dict.fromkeys((51, 57), (0.01, 0.02)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A face at rest as the camera would see it; one of these per subject."""

    portrait: np.ndarray
    to_portrait: np.ndarray
    shape: np.ndarray
    landmarks: np.ndarray
    eye_distance: float


def make_subject(photo, landmarks, size, rng, *, color=False):
    """Make a new subject of a photograph.

    Notes
    -----
    Chosen by chance: mirrored or not, place, size and tilt of the face, a thin-plate
    change of shape with a standard deviation of 1 to 6 percent of the eye distance,
    tone and contrast, the direction of the light, fine and coarse texture of the skin,
    freckles, and a shadow of beard.
    """
    if rng.random() < 0.5:
        photo = photo[:, ::-1]
        landmarks = (landmarks * [-1, 1] + [photo.shape[1] - 1, 0])[MIRROR]
    to_photo, eye_distance = _placement(landmarks, size, rng)
    portrait, zoom, corner = _enlarge(photo, to_photo, size)
    # Centers of pixels are whole numbers on both sides of the zoom.
    to_portrait = to_photo * zoom
    to_portrait[:, 2] = (to_photo[:, 2] - corner + 0.5) * zoom - 0.5
    points = (landmarks - corner + 0.5) * zoom - 0.5
    back = np.linalg.inv(to_portrait[:, :2])
    in_frame = (points - to_portrait[:, 2]) @ back.T
    shape = _shape_change(in_frame, eye_distance, size, rng)
    rest = np.empty_like(in_frame)
    find_moved(in_frame, shape, rest)
    portrait = _skin(portrait, points, rng)
    if not color:
        portrait = portrait @ np.array([0.299, 0.587, 0.114])
    portrait = np.ascontiguousarray(np.atleast_3d(portrait), dtype=np.float32)
    return Subject(portrait, to_portrait, shape, rest, eye_distance)


def _eyes(landmarks):
    return landmarks[36:42].mean(axis=0), landmarks[42:48].mean(axis=0)


def _placement(landmarks, size, rng):
    """Map of the frame to the photograph: eyes level at their usual place, nearly."""
    right, left = _eyes(landmarks)
    unit = frame_eye_distance(size)
    eye_distance = unit * rng.uniform(0.96, 1.04)
    middle = np.array([size[1] / 2 - 0.5, 0.375 * size[0] - 0.5])
    middle += rng.uniform(-0.05, 0.05, 2) * unit
    tilt = np.deg2rad(rng.uniform(-3, 3))
    ahead = (left - right) / eye_distance
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    linear = np.array([[ahead[0], -ahead[1]], [ahead[1], ahead[0]]]) @ turn
    shift = (left + right) / 2 - linear @ middle
    return np.column_stack([linear, shift]), eye_distance


def _enlarge(photo, to_photo, size):
    """Cut the face out and bring it to 1.5 to 3 pixels for each one of the frame."""
    ends = np.array([[x, y] for x in (0, size[1]) for y in (0, size[0])])
    ends = ends @ to_photo[:, :2].T + to_photo[:, 2]
    margin = 0.2 * np.ptp(ends, axis=0).max()
    height, width = photo.shape[:2]
    limit = np.array([width, height]) - 4
    low = np.clip(np.floor(ends.min(axis=0) - margin).astype(int), 0, limit)
    high = np.clip(np.ceil(ends.max(axis=0) + margin).astype(int), low + 4, limit + 4)
    cut = photo[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    ratio = np.sqrt(np.linalg.det(to_photo[:, :2]))
    if ratio < 3:
        zoom = max(1, min(4, round(np.ceil(1.5 / ratio))))
        mode = cv2.INTER_CUBIC
    else:
        zoom = 1 / int(ratio / 1.5)
        # Whole blocks only, or the scale is not quite the one that is said.
        rows, columns = (int(n * zoom) for n in cut.shape[:2])
        cut = cut[: round(rows / zoom), : round(columns / zoom)]
        mode = cv2.INTER_AREA
    if zoom != 1:
        to_size = round(cut.shape[1] * zoom), round(cut.shape[0] * zoom)
        cut = cv2.resize(np.ascontiguousarray(cut), to_size, interpolation=mode)
    return cut, zoom, low


def _shape_change(landmarks, eye_distance, size, rng):
    """Draw a thin-plate field that moves the landmarks and leaves the border alone."""
    ids = list(_SHAPE_POINTS)
    spreads = np.array(list(_SHAPE_POINTS.values()))
    own = rng.standard_normal((len(ids), 2))
    twin = own[[ids.index(MIRROR[i]) for i in ids]] * [-1, 1]
    # Faces differ more than their two halves do.
    moves = (0.8 * (own + twin) / np.sqrt(2) + 0.35 * own) * spreads * eye_distance
    right, left = _eyes(landmarks)
    turn = np.arange(0, 2 * np.pi, np.pi / 6)
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * 2.4 * eye_distance
    ring += (right + left) / 2 + [0, 0.5 * eye_distance]
    nodes = np.concatenate([landmarks[ids], ring])
    values = np.concatenate([moves, np.zeros_like(ring)])
    grid = np.indices(size)[::-1].reshape(2, -1).T
    field = RBFInterpolator(nodes, values, kernel="thin_plate_spline")(grid)
    return field.reshape(*size, 2)


def _skin(image, landmarks, rng):
    """Change tone and light, and draw texture, freckles and beard."""
    right, left = _eyes(landmarks)
    unit = np.linalg.norm(left - right)
    image = _tone(np.clip(image / 255, 0, 1), rng)
    height, width = image.shape[:2]
    y, x = np.indices((height, width))
    angle = rng.uniform(0, 2 * np.pi)
    nose = landmarks[30]
    along = (np.cos(angle) * (x - nose[0]) + np.sin(angle) * (y - nose[1])) / unit
    light = 1 + rng.uniform(0, 0.25) * np.tanh(along)
    for width_, depth in ((0.012, 0.05), (0.03, 0.035), (0.1, 0.03), (0.3, 0.05)):
        grain = gaussian_filter(rng.standard_normal((height, width)), width_ * unit)
        light += depth * rng.uniform(0.4, 1) * grain / grain.std()
    face = _oval(x, y, landmarks[:17].mean(axis=0), landmarks, unit)
    spots = face * _freckles(x, y, landmarks, unit, rng)
    chin = 1 / (1 + np.exp(-(y - landmarks[33, 1]) / (0.08 * unit)))
    stubble = 0.7 + 0.3 * rng.standard_normal((height, width))
    light -= rng.choice([0, 0, 0.1, 0.18]) * face * chin * stubble
    # Freckles are brown: they take more of the blue than of the red.
    light = light[..., None] - spots[..., None] * [0.7, 1, 1.2]
    return 255 * np.clip(image * light, 0, 1)


def _tone(image, rng):
    gamma = np.exp(rng.uniform(-0.35, 0.7))
    contrast = rng.uniform(0.75, 1.1)
    cast = 1 + rng.uniform(-0.06, 0.06, 3)
    middle = 0.5 + rng.uniform(-0.06, 0.06)
    return np.clip(middle + contrast * (image**gamma - 0.5), 0.02, 1) * cast


def _oval(x, y, center, landmarks, unit):
    """Weight of the face: 1 within the jaw and the brows, softly 0 outside."""
    half_width = np.ptp(landmarks[:17, 0]) / 2
    half_height = np.ptp(landmarks[:27, 1]) / 2
    middle_y = (landmarks[:27, 1].max() + landmarks[:27, 1].min()) / 2
    r = np.hypot((x - center[0]) / half_width, (y - middle_y) / half_height)
    return 1 / (1 + np.exp((r - 0.95) * half_width / (0.06 * unit)))


def _freckles(x, y, landmarks, unit, rng):
    """Dark spots of random size, most of them on the cheeks and the nose."""
    spots = np.zeros(x.shape)
    n_spots = int(rng.choice([2, 5, 25, 80]))
    places = (
        rng.uniform(*landmarks[[0, 16]][:, 0], n_spots),
        rng.uniform(landmarks[27, 1] - 0.4 * unit, landmarks[8, 1], n_spots),
    )
    radii = unit * rng.uniform(0.008, 0.03 if n_spots > 10 else 0.05, n_spots)
    depths = rng.uniform(0.05, 0.25, n_spots)
    for x0, y0, radius, depth in zip(*places, radii, depths, strict=True):
        reach = int(4 * radius) + 1
        top, left = max(0, int(y0) - reach), max(0, int(x0) - reach)
        box = np.s_[top : int(y0) + reach, left : int(x0) + reach]
        distance = ((x[box] - x0) ** 2 + (y[box] - y0) ** 2) / radius**2
        spots[box] += depth * np.exp(-distance / 2)
    return spots
