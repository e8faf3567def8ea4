"""A portrait that moves in known ways."""

from functools import lru_cache

import cv2
import numpy as np
from scipy.ndimage import map_coordinates, spline_filter

from mefeat.datasets._generator._clips import ASTRONAUT
from mefeat.kernels._sampling import affine_inverse

SIZE = 360
# The portrait is enlarged twice; its face is then 180 pixels wide.
_TO_FRAME = np.array([[2.0, 0.0, -270.0], [0.0, 2.0, -110.0]])
FPS = 30
_RADIUS = 130  # of the cylinder that turns


def head_poses(n_frames, *, motion=1.0):
    """Draw a head that wanders, turns in the plane and comes nearer.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    motion : float, default=1.0
        1 is up to 12 pixels, 6 degrees and 6 percent.

    Returns
    -------
    ndarray of shape (n_frames, 2, 3)
        Maps of points of the first frame to points of each frame.
    """
    t = np.arange(n_frames) / FPS
    turn = np.radians(6) * motion * np.sin(3 * t)
    size = 1 + 0.06 * motion * np.sin(2 * t)
    linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = np.moveaxis(size * linear, -1, 0)
    middle = np.full(2, SIZE / 2)
    shift = 12 * motion * np.stack([np.sin(3 * t), np.sin(2 * t)], axis=1)
    shift = shift + middle - linear @ middle
    return np.concatenate([linear, shift[..., None]], axis=2)


def moving_face(n_frames=31, *, amplitude=0.0, noise=0.0, motion=1.0, seed=0):
    """Move the portrait of an astronaut, and pull at a corner of its mouth.

    Parameters
    ----------
    n_frames : int, default=31
        Number of frames.
    amplitude : float, default=0.0
        How far the corner of the mouth goes in the last frame, pixels.
    noise : float, default=0.0
        Standard deviation of the noise of each frame, gray levels.
    motion : float, default=1.0
        How far the head goes.
    seed : int, default=0
        Seed of the noise.

    Returns
    -------
    frames : ndarray of shape (n_frames, 360, 360), uint8
        Frames.
    landmarks : ndarray of shape (n_frames, 68, 2)
        Their points, pixels.
    field : callable
        `field(points)` gives how far skin points of the first frame have gone in the
        last one, the head apart.
    poses : ndarray of shape (n_frames, 2, 3)
        Motion of the head.
    """
    pull, reach = amplitude * np.array([-0.8, -0.6]), 11.0
    center = still_points()[48] + [-6, -4]

    def backward(points):
        square = ((points - center) ** 2).sum(axis=-1, keepdims=True)
        return np.exp(-square / (2 * reach**2)) * pull

    return _bent(backward, n_frames, noise, motion, seed)


def smiling_face(n_frames=16, *, amplitude=25.0, noise=2.0, seed=0):
    """Pull both corners of the mouth of the portrait up and out, as a broad smile does.

    Parameters
    ----------
    n_frames : int, default=16
        Number of frames.
    amplitude : float, default=25.0
        How far the corners go in the last frame, pixels.
    noise : float, default=2.0
        Standard deviation of the noise of each frame, gray levels.
    seed : int, default=0
        Seed of the noise.

    Returns
    -------
    tuple
        As of `moving_face`. Skin within 50 pixels of a corner moves, the nose does not.
    """
    corners = still_points()[[48, 54]]
    pulls = amplitude * np.array([[-0.8, -0.6], [0.8, -0.6]])

    def backward(points):
        moved = np.zeros(np.shape(points))
        for corner, pull in zip(corners, pulls, strict=True):
            square = ((points - corner) ** 2).sum(axis=-1, keepdims=True)
            moved += np.maximum(1 - square / 50**2, 0) ** 2 * pull
        return moved

    return _bent(backward, n_frames, noise, 1.0, seed)


def _bent(backward, n_frames, noise, motion, seed):
    """Bend the portrait more and more, under a head that moves."""
    photo, still = _portrait()
    poses, rng = head_poses(n_frames, motion=motion), np.random.default_rng(seed)

    def forward(points, share=1.0):
        moved = points
        for _ in range(60):
            moved = points + share * backward(moved)
        return moved - points

    pixels = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), axis=-1)
    frames, landmarks = [], []
    for pose, share in zip(poses, np.linspace(0, 1, n_frames), strict=True):
        back = affine_inverse(pose)
        rest = pixels @ back[:, :2].T + back[:, 2]
        frames.append(_taken(photo, rest - share * backward(rest), noise, rng))
        moved = still + forward(still, share)
        landmarks.append(moved @ pose[:, :2].T + pose[:, 2])
    return np.stack(frames), np.stack(landmarks), forward, poses


def turning_face(n_frames=31, *, degrees=30.0, noise=2.0, seed=0):
    """Turn the portrait of an astronaut to a side, as if it were on a cylinder.

    Parameters
    ----------
    n_frames : int, default=31
        Number of frames.
    degrees : float, default=30.0
        How far it has turned in the last frame.
    noise : float, default=2.0
        Standard deviation of the noise of each frame, gray levels.
    seed : int, default=0
        Seed of the noise.

    Returns
    -------
    frames : ndarray of shape (n_frames, 360, 360), uint8
        Frames.
    landmarks : ndarray of shape (n_frames, 68, 2)
        Their points, pixels.
    """
    photo, still = _portrait()
    middle, rng = still[:, 0].mean(), np.random.default_rng(seed)
    pixels = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), axis=-1)

    def turned(points, angle):
        around = np.arcsin(np.clip((points[..., 0] - middle) / _RADIUS, -1, 1))
        x = middle + _RADIUS * np.sin(np.clip(around + angle, -np.pi / 2, np.pi / 2))
        return np.stack([x, points[..., 1]], axis=-1)

    frames, landmarks = [], []
    for angle in np.radians(np.linspace(0, degrees, n_frames)):
        frames.append(_taken(photo, turned(pixels, -angle), noise, rng))
        landmarks.append(turned(still, angle))
    return np.stack(frames), np.stack(landmarks)


def still_points():
    """Place the landmarks of the portrait in the first frame.

    Returns
    -------
    ndarray of shape (68, 2)
        Points (x, y), pixels.
    """
    return ASTRONAUT @ _TO_FRAME[:, :2].T + _TO_FRAME[:, 2]


@lru_cache(maxsize=1)
def _portrait():
    """Get the photograph, filtered for `_taken`, and its points in the first frame."""
    from skimage.data import astronaut

    photo = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return spline_filter(photo), still_points()


def _taken(photo, places, noise, rng):
    """Take an image of places of the first frame, without OpenCV's steps of 1/32."""
    back = affine_inverse(_TO_FRAME)
    x, y = np.moveaxis(places @ back[:, :2].T + back[:, 2], -1, 0)
    frame = map_coordinates(photo, [y, x], order=3, mode="nearest", prefilter=False)
    frame += noise * rng.standard_normal((SIZE, SIZE))
    return np.clip(np.rint(frame), 0, 255).astype(np.uint8)
