"""Scenes: a subject, its motion, light, noise, and their rendering."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mefeat.datasets._generator._acting import (
    draw_habits,
    draw_twitches,
    smooth_fields,
    with_cheeks,
)
from mefeat.datasets._generator._subjects import Subject, make_subject
from mefeat.kernels._sampling import affine_inverse
from mefeat.kernels._warping import (
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
    """A subject and everything that changes from frame to frame."""

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
        """Compute the backward fields of all expressions and of a blink."""
        subject = self.subject
        blink = blink_field(subject.landmarks, subject.shape.shape[:2])
        return np.concatenate([expression_fields(subject, self.moves), blink[None]])

    def weights(self):
        """Share of each field in each frame."""
        return np.column_stack([*self.courses, self.closing])

    def render(self):
        """Take the images."""
        subject, fields, weights = self.subject, self.fields(), self.weights()
        size, n_channels = subject.shape.shape[:2], subject.portrait.shape[2]
        frames = np.empty((len(weights), *size, n_channels), dtype=np.uint8)
        landmarks = np.empty((len(weights), 68, 2))
        corners = np.empty((size[0] + 1, size[1] + 1, 2))
        image = np.empty((*size, n_channels), dtype=np.float32)
        noise = np.zeros_like(image)
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
            sample_areas(subject.portrait, corners, n_sub, image)
            if self.noise:
                rng.standard_normal(out=noise, dtype=np.float32)
                noise *= np.float32(self.noise)
            expose(image, *self.light[t], noise, frame)
            if self.jpeg is not None:
                frame[:] = _compressed(frame, self.jpeg)
            landmarks[t] = self._forward(subject.landmarks, moved, t)
        return frames[..., 0] if n_channels == 1 else frames, landmarks

    def flow(self, start, end):
        """Compute the true optical flow between two frames."""
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
    """Make the backward fields of expressions."""
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
    """Make the backward field of two closed eyes."""
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


def draw_closing(n_frames, fps, rate, rng):
    """Draw blinks."""
    t = np.arange(n_frames) / fps
    closing = np.zeros(n_frames)
    # A blink that began before the clip may still be under way.
    begin = rng.exponential(1 / rate) - 0.3
    while begin < t[-1]:
        down, shut, up = rng.uniform([0.06, 0.02, 0.12], [0.1, 0.05, 0.2])
        end = begin + down + shut + up
        phase = np.clip(np.minimum((t - begin) / down, (end - t) / up), 0, 1)
        blink = rng.uniform(0.85, 1) * np.sin(np.pi / 2 * phase) ** 2
        closing = np.maximum(closing, blink)
        begin = end + rng.exponential(1 / rate)
    return closing


def draw_poses(n_frames, fps, amount, size, rng):
    """Draw how the head drifts and turns."""
    t = np.arange(n_frames)[:, None] / fps
    # Slow waves are larger than quick ones; some heads are stiller than others.
    frequency = np.exp(rng.uniform(np.log(0.15), np.log(3), (4, 6)))
    wave = np.cos(2 * np.pi * (frequency[:, None] * t + rng.random((4, 1, 6))))
    paths = (wave / np.sqrt(frequency[:, None])).sum(axis=2) / np.sqrt(6)
    paths *= amount * np.exp(0.4 * rng.standard_normal())
    x, y = paths[:2]
    turn, growth = np.deg2rad(0.2) * paths[2], 1 + 0.002 * paths[3]
    cos, sin = growth * np.cos(turn), growth * np.sin(turn)
    poses = np.stack([cos, -sin, x, sin, cos, y], axis=1).reshape(-1, 2, 3)
    center = np.array([size[1] - 1, size[0] - 1]) / 2
    poses[..., 2] += center - poses[..., :2] @ center
    return poses


def draw_light(n_frames, fps, amount, rng):
    """Draw the flicker of a lamp at 100 Hz and slow changes of light."""
    t = np.arange(n_frames) / fps
    # The mains are a little off; the shutter, open half of the time, softens it.
    mains = 100 + rng.uniform(-0.2, 0.2)
    lamp = np.sinc(mains * 0.5 / fps) * np.sin(2 * np.pi * (mains * t + rng.random()))
    frequency, phase = rng.uniform(0.1, 1, 2)[:, None], rng.random(2)[:, None]
    slow, tilt = np.sin(2 * np.pi * (frequency * t + phase))
    factor = 1 + 0.01 * amount * (lamp + slow)
    return np.stack([factor, 0.01 * amount * tilt], axis=1)


# Blinks in a second.
BLINK_RATE = 0.4

# Largest displacement by one of the twitches of a restless face, pixels.
TWITCH = 0.6


def cast_subject(face, settings, seed):
    """Make a subject and its habits."""
    looks, habits = map(np.random.default_rng, seed.spawn(2))
    subject = make_subject(*face, settings.size, looks, color=settings.color)
    return subject, draw_habits(habits)


def stage_scene(subject, settings, expressions, amplitudes, courses, seed):
    """Bring expressions to their amplitudes, and draw all that happens beside them."""
    n_frames, fps = courses.shape[1], settings.fps
    noise, *seeds = seed.spawn(5)
    head, lamp, lids, skin = map(np.random.default_rng, seeds)
    twitches, waves = draw_twitches(n_frames, fps, skin)
    amplitudes = [*amplitudes, *[TWITCH * settings.head_motion] * len(twitches)]
    moves = np.stack([expression.moves for expression in [*expressions, *twitches]])
    largest = np.sqrt((expression_fields(subject, moves) ** 2).sum(axis=3))
    scales = amplitudes / largest.max(axis=(1, 2))
    closing = draw_closing(n_frames, fps, BLINK_RATE, lids)
    return Scene(
        subject=subject,
        moves=scales[:, None, None] * moves,
        courses=np.concatenate([courses, waves]),
        closing=closing if settings.blinks else np.zeros(n_frames),
        poses=draw_poses(n_frames, fps, settings.head_motion, settings.size, head),
        light=draw_light(n_frames, fps, settings.flicker, lamp),
        noise=settings.noise,
        seed=noise,
        jpeg=settings.jpeg,
    )
