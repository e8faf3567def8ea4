"""What happens before the camera: faces that move, light, and the frames of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mefeat.datasets.action_units import smooth_fields, with_cheeks
from mefeat.datasets.subjects import Subject
from mefeat.kernels.sampling import affine_inverse
from mefeat.kernels.warping import (
    expose,
    find_moved,
    sample_areas,
    source_map,
    take_back,
)

# How far the skin around a landmark follows it, in units of the eye distance.
REACH = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A subject and everything that changes from frame to frame.

    Parameters
    ----------
    subject : Subject
        The face at rest.
    moves : ndarray of shape (n_expressions, 70, 2)
        Displacements (x, y) of landmarks and cheeks at the apex of each expression,
        pixels.
    courses : ndarray of shape (n_expressions, n_frames)
        How far each has gone, from 0 to 1 at the apex.
    closing : ndarray of shape (n_frames,)
        How far the eyes are closed by blinking, from 0 to 1.
    poses : ndarray of shape (n_frames, 2, 3)
        Affine maps of points of the head at rest to points of the frame.
    light : ndarray of shape (n_frames, 2)
        Factor of brightness, and its difference between right and left.
    noise : float
        Standard deviation of the sensor noise, gray levels.
    seed : numpy.random.SeedSequence
        Seed of the sensor noise.
    jpeg : int or None
        Quality of the compression, from 1 to 100; None is none.
    """

    subject: Subject
    moves: np.ndarray
    courses: np.ndarray
    closing: np.ndarray
    poses: np.ndarray
    light: np.ndarray
    noise: float
    seed: np.random.SeedSequence
    jpeg: int | None = None

    def fields(self):
        """Compute the backward fields of all expressions and of a blink.

        Returns
        -------
        ndarray of shape (n_expressions + 1, height, width, 2)
            Fields (x, y), pixels.
        """
        subject = self.subject
        blink = blink_field(subject.landmarks, subject.shape.shape[:2])
        return np.concatenate([expression_fields(subject, self.moves), blink[None]])

    def weights(self):
        """Share of each field in each frame.

        Returns
        -------
        ndarray of shape (n_frames, n_expressions + 1)
            From 0 to 1.
        """
        return np.column_stack([*self.courses, self.closing])

    def render(self):
        """Take the pictures.

        Returns
        -------
        ndarray of shape (n_frames, height, width) or (n_frames, height, width, 3)
            The frames, uint8.
        landmarks : ndarray of shape (n_frames, 68, 2)
            The points of each frame, pixels.
        """
        subject, fields, weights = self.subject, self.fields(), self.weights()
        size, n_channels = subject.shape.shape[:2], subject.portrait.shape[2]
        frames = np.empty((len(weights), *size, n_channels), dtype=np.uint8)
        landmarks = np.empty((len(weights), 68, 2))
        corners = np.empty((size[0] + 1, size[1] + 1, 2))
        picture = np.empty((*size, n_channels), dtype=np.float32)
        noise = np.zeros_like(picture)
        scale = np.sqrt(np.abs(np.linalg.det(subject.to_portrait[:, :2])))
        n_sub = max(1, int(np.ceil(scale)))
        rng = np.random.default_rng(self.seed)
        for t, frame in enumerate(frames):
            moved = _mixture(weights[t], fields)
            source_map(
                affine_inverse(self.poses[t]),
                moved,
                subject.shape,
                subject.to_portrait,
                corners,
            )
            sample_areas(subject.portrait, corners, n_sub, picture)
            if self.noise:
                rng.standard_normal(out=noise, dtype=np.float32)
                noise *= np.float32(self.noise)
            expose(picture, *self.light[t], noise, frame)
            if self.jpeg is not None:
                frame[:] = _compressed(frame, self.jpeg)
            landmarks[t] = self._forward(subject.landmarks, moved, t)
        return frames[..., 0] if n_channels == 1 else frames, landmarks

    def flow(self, start, end):
        """Compute the true optical flow between two frames.

        Parameters
        ----------
        start, end : int
            Frame from and frame to.

        Returns
        -------
        ndarray of shape (2, height, width)
            Displacement (u, v) of what each pixel of `start` shows, pixels, float32.
        """
        fields, weights = self.fields(), self.weights()
        size = fields.shape[1:3]
        pixels = np.indices(size)[::-1].reshape(2, -1).T.astype(np.float64)
        inverse = affine_inverse(self.poses[start])
        shown = pixels @ inverse[:, :2].T + inverse[:, 2]
        rest = np.empty_like(shown)
        take_back(shown, _mixture(weights[start], fields), rest)
        moved = self._forward(rest, _mixture(weights[end], fields), end)
        return (moved - pixels).T.reshape(2, *size).astype(np.float32)

    def _forward(self, rest, moved, t):
        """Find where points of the face at rest are in a frame."""
        places = np.empty_like(rest)
        find_moved(rest, moved, places)
        return places @ self.poses[t, :, :2].T + self.poses[t, :, 2]


def expression_fields(subject, moves):
    """Make the backward fields of expressions.

    Parameters
    ----------
    subject : Subject
        Whose face it is.
    moves : ndarray of shape (n_expressions, 70, 2)
        Displacements (x, y) of landmarks and cheeks, pixels.

    Returns
    -------
    ndarray of shape (n_expressions, height, width, 2)
        The fields (x, y), pixels. The largest displacement of skin is the largest value
        of the field, since each value belongs to the skin that is shown there.
    """
    size = subject.shape.shape[:2]
    points = with_cheeks(subject.landmarks)
    values = moves.transpose(1, 0, 2).reshape(len(points), -1)
    fields = smooth_fields(points, values, REACH * subject.eye_distance, size)
    return np.ascontiguousarray(np.moveaxis(fields.reshape(*size, -1, 2), 2, 0))


def _mixture(weights, fields):
    return (weights @ fields.reshape(len(fields), -1)).reshape(fields.shape[1:])


def _compressed(frame, quality):
    flag = cv2.IMREAD_GRAYSCALE if frame.shape[2] == 1 else cv2.IMREAD_COLOR
    # The codec takes the channels in the order blue, green, red.
    _, code = cv2.imencode(
        ".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return np.atleast_3d(cv2.imdecode(code, flag))[..., ::-1]


def blink_field(landmarks, size):
    """Make the backward field of two closed eyes.

    Parameters
    ----------
    landmarks : ndarray of shape (68, 2)
        Points (x, y), pixels.
    size : tuple of int
        Height and width.

    Returns
    -------
    ndarray of shape (height, width, 2)
        The field (x, y), pixels: the upper lids come down almost to the lower.
    """
    y, x = np.indices(size, dtype=np.float64)
    field = np.zeros((*size, 2))
    for outer, inner, upper, lower, brow in (
        (36, 39, [37, 38], [40, 41], [18, 19, 20]),
        (45, 42, [43, 44], [46, 47], [23, 24, 25]),
    ):
        middle = (landmarks[outer] + landmarks[inner]) / 2
        axis = landmarks[inner] - landmarks[outer]
        half_width = 0.6 * np.hypot(*axis)
        slope = axis[1] / axis[0]
        low = landmarks[lower, 1].mean() - middle[1]
        opening = max(landmarks[lower, 1].mean() - landmarks[upper, 1].mean(), 0)
        room = landmarks[lower, 1].mean() - landmarks[brow, 1].mean()
        across = (x - middle[0]) / half_width
        bow = np.where(np.abs(across) < 1, np.cos(np.pi / 2 * across**2) ** 2, 0)
        # Height above the closed lid, which lies on a bow between the corners.
        above = middle[1] + slope * (x - middle[0]) + low * bow - y
        shut = 0.95 * opening * bow
        up = np.clip(1 - (above - 0.05 * opening) / (0.9 * room), 0, 1)
        down = np.clip(1 + (above - 0.05 * opening) / (0.15 * opening + 1), 0, 1)
        fade = np.where(above > 0.05 * opening, up, down)
        field[..., 1] += shut * fade**2 * (3 - 2 * fade)
    return field
