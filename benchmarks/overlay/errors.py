"""Vectors compared with what was done to the skin."""

import time

import numpy as np

from benchmarks.overlay.portrait import FPS
from mefeat.overlay import movement_stream
from mefeat.overlay._canonical import canonical_mesh


def errors(method, frames, landmarks, field, poses, **settings):
    """Compare the vectors of the last frame with what the skin has done.

    Parameters
    ----------
    method : str or callable
        Method of the movement.
    frames, landmarks, field, poses : object
        As `moving_face` gives them.
    **settings
        Of `movement_stream`.

    Returns
    -------
    dict
        What `compare` gives, and milliseconds of one core a frame.
    """
    list(movement_stream(frames[:2], landmarks[:2], FPS, method=method))  # compiles
    start = time.process_time()  # of this process alone, on a machine with others
    settings = {"method": method, "step": 8, **settings}
    *_, last = movement_stream(frames, landmarks, FPS, **settings)
    seconds = time.process_time() - start
    mesh = canonical_mesh()
    skin = mesh.backward_points(landmarks[0], last.grid.points.astype(float))
    truth = field(skin) @ poses[-1][:, :2].T
    found = compare(last.heads - last.tails, truth)
    return found | {"ms": 1e3 * seconds / len(frames)}


def compare(found, truth):
    """Compare vectors with the truth.

    Parameters
    ----------
    found, truth : ndarray of shape (n_points, 2)
        Vectors (x, y), pixels.

    Returns
    -------
    dict
        Mean length of vectors where nothing moves and mean error everywhere, pixels;
        where the skin moves at least half as far as it does anywhere, the mean angular
        error in degrees and the ratio of mean lengths; the share of points with an
        error below a quarter of a pixel.
    """
    far, length = np.hypot(*truth.T), np.hypot(*found.T)
    moving, still = far > max(0.5 * far.max(), 1e-9), far < 0.02
    cosine = (truth * found).sum(axis=1) / np.maximum(far * length, 1e-9)
    angles = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    error, some = np.hypot(*(found - truth).T), moving.any()
    return {
        "still": length[still].mean() if still.any() else np.nan,
        "error": error.mean(),
        "angle": angles[moving].mean() if some else np.nan,
        "length": length[moving].mean() / far[moving].mean() if some else np.nan,
        "tracked": (error < 0.25).mean(),
    }
