"""Timing side by side, and what the jobs are timed on."""

import time

import numpy as np
from scipy.ndimage import gaussian_filter, shift

SIZE = (170, 140)


def best(*jobs, repeats=5):
    """Time jobs in turn, so that a machine that changes its mind hits all alike.

    Parameters
    ----------
    *jobs : callable
        Jobs without arguments; each runs once before, to compile.
    repeats : int, default=5
        Rounds.

    Returns
    -------
    list of float
        Shortest time of each job in seconds.
    """
    for job in jobs:
        job()
    times = [[] for _ in jobs]
    for _ in range(repeats):
        for job, found in zip(jobs, times, strict=True):
            start = time.perf_counter()
            job()
            found.append(time.perf_counter() - start)
    return [min(found) for found in times]


def row(job, ours, peer, theirs, target, *, higher=True):
    """Make a row of the table.

    Parameters
    ----------
    job : str
        What was done.
    ours : float
        Our time in seconds.
    peer : str
        Who else did it.
    theirs : float
        The peer's time in seconds.
    target : float
        Ratio aimed at.
    higher : bool, default=True
        Whether the ratio is theirs / ours, to be high, or ours / theirs, to be low.

    Returns
    -------
    dict
        The row.
    """
    ratio = theirs / ours if higher else ours / theirs
    sign = ">=" if higher else "<="
    return {
        "job": job,
        "ours": f"{1e3 * ours:.4g} ms",
        "peer": peer,
        "peer's": f"{1e3 * theirs:.4g} ms",
        "ratio": round(ratio, 3),
        "target": f"{sign} {target:g}",
        "met": bool(ratio >= target if higher else ratio <= target),
    }


def moving_texture(n_frames, size=SIZE, seed=0):
    """Make a clip of smooth noise that drifts, with sensor noise.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    size : tuple of int, default=(170, 140)
        Height and width.
    seed : int, default=0
        Seed.

    Returns
    -------
    ndarray of shape (n_frames, height, width), uint8
        Frames.
    """
    rng = np.random.default_rng(seed)
    image = gaussian_filter(rng.normal(size=(size[0] + 20, size[1] + 20)), 3)
    image = 128 + 40 * image / image.std()
    frames = np.stack(
        [shift(image, (0, 3 * np.sin(t / 20)), order=1) for t in range(n_frames)]
    )[:, 10:-10, 10:-10]
    frames += rng.normal(scale=2, size=frames.shape)
    return np.clip(frames, 0, 255).astype(np.uint8)
