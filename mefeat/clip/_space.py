"""Frames of a clip, moved in space."""

from collections import deque
from functools import partial
from itertools import chain

import numpy as np

from mefeat.clip._frames import Frames
from mefeat.kernels.sampling import affine_inverse, sample_affine, sample_at


def checked_matrices(matrices, n_frames):
    matrices = np.asarray(matrices, dtype=np.float64)
    matrices = np.broadcast_to(matrices, (n_frames, 2, 3))
    for t, matrix in enumerate(matrices):
        _check_map(matrix, t)
    return matrices


def warped(frames, matrices, size):
    """Sample frames by affine maps (n_frames, 2, 3) from their points to new ones."""
    backward = affine_inverse(matrices)
    shrink = np.sqrt(np.abs(np.linalg.det(backward[..., :2])).max())
    n_sub = max(1, round(shrink))

    def sample(t, picture, matrix, out):
        sample_affine(picture[None], matrix[None], n_sub, out[None])

    return _sampled(frames, backward, size, sample)


def remapped(frames, maps):
    """Sample each frame at the points (x, y) of its map (height, width, 2)."""
    again = iter(maps)
    first = next(again)

    def sample(t, picture, points, out):
        _check_map(points, t)
        sample_at(picture, np.ascontiguousarray(points, dtype=np.float64), out)

    if not isinstance(frames, Frames):
        maps = chain([first], again)
    return _sampled(frames, maps, first.shape[:2], sample)


def _sampled(frames, places, size, sample):
    """Make each frame of its places: now, or later where the frames come later."""
    shape = (len(frames), *size, *frames.shape[3:])

    def make(out):
        pictures = enumerate(zip(frames, places, out, strict=True))
        for t, (picture, place, new) in pictures:
            sample(t, _with_channels(picture), place, _with_channels(new))
            yield new

    if isinstance(frames, Frames):
        new = partial(np.empty, shape[1:], np.float32)
        return Frames(lambda: make(new() for _ in range(shape[0])), shape, np.float32)
    out = np.empty(shape, np.float32)
    deque(make(out), maxlen=0)
    return out


def _check_map(points, t):
    if not np.isfinite(points).all():
        raise ValueError(f"the map of frame {t} holds a number that is not finite.")


def _with_channels(picture):
    return picture if picture.ndim == 3 else picture[..., None]
