"""Frames of a clip, moved in space."""

import numpy as np

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
    source = _with_channels(frames)
    out = np.empty((len(source), *size, source.shape[3]), dtype=np.float32)
    sample_affine(source, backward, max(1, round(shrink)), out)
    return out.reshape(out.shape[: frames.ndim])


def remapped(frames, maps):
    """Sample each frame at the points (x, y) of its map (height, width, 2)."""
    source = _with_channels(frames)
    out = None
    for t, (picture, points) in enumerate(zip(source, maps, strict=True)):
        if out is None:
            shape = (len(source), *points.shape[:2], source.shape[3])
            out = np.empty(shape, dtype=np.float32)
        _check_map(points, t)
        sample_at(picture, np.ascontiguousarray(points, dtype=np.float64), out[t])
    return out.reshape(out.shape[: frames.ndim])


def _check_map(points, t):
    if not np.isfinite(points).all():
        raise ValueError(f"the map of frame {t} holds a number that is not finite.")


def _with_channels(frames):
    return frames if frames.ndim == 4 else frames[..., None]
