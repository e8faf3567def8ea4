"""Optical flow solvers: ours against OpenCV's, and the rate of all of them."""

import numpy as np
from scipy.ndimage import map_coordinates, zoom
from skimage.data import astronaut

from benchmarks.speed.timing import SIZE, best, row
from mefeat.clip import luma
from mefeat.datasets import make_clips
from mefeat.datasets._generator._settings import CLASSES
from mefeat.flow import SOLVERS, optical_flow


def flow_rows(quick):
    """Time the TV-L1 flow against OpenCV's, and compare end-point errors.

    Parameters
    ----------
    quick : bool
        Whether to use the small size only.

    Returns
    -------
    list of dict
        Rows.
    """
    rows = []
    for size in [SIZE] if quick else [SIZE, (480, 640)]:
        first, second, _ = moved_face(size)
        ours, theirs = best(
            lambda a=first, b=second: optical_flow(a, b, "tvl1"),
            lambda a=first, b=second: optical_flow(a, b, "tvl1_opencv"),
            repeats=2,
        )
        job = f"TV-L1 flow, {size[0]}x{size[1]}"
        rows.append(row(job, ours, "OpenCV, 1 thread", theirs, 3))
    for where, pairs in _known(quick).items():
        ours, theirs = (_error(pairs, solver) for solver in ("tvl1", "tvl1_opencv"))
        rows.append(_error_row(f"TV-L1 flow, {where}", ours, theirs))
    return rows


def solver_rows(quick):
    """Time all solvers, and measure their errors on warped faces and generated clips.

    Parameters
    ----------
    quick : bool
        Whether to time each once only.

    Returns
    -------
    list of dict
        Rows: the peer is our TV-L1, the ratio how much faster the solver is.
    """
    first, second, _ = moved_face(SIZE)
    jobs = [lambda name=name: optical_flow(first, second, name) for name in SOLVERS]
    times = dict(zip(SOLVERS, best(*jobs, repeats=1 if quick else 3), strict=True))
    known = _known(quick)
    rows, unaimed = [], {"target": "-", "met": "-"}
    for name, seconds in times.items():
        errors = " and ".join(f"{_error(pairs, name):.3f}" for pairs in known.values())
        job = f"{name}, {1 / seconds:.1f} pairs/s, error {errors} px"
        rows.append(row(job, seconds, "tvl1", times["tvl1"], 0) | unaimed)
    return rows


def moved_face(size, seed=0, noise=1.0):
    """Move a real face by a known smooth field.

    Parameters
    ----------
    size : tuple of int
        Height and width.
    seed : int, default=0
        Seed of the field and the noise.
    noise : float, default=1.0
        Standard deviation of the sensor noise, gray values.

    Returns
    -------
    first, second : ndarray of shape (height, width), uint8
        Images.
    flow : ndarray of shape (2, height, width)
        Flow from the first to the second, pixels.
    """
    rng = np.random.default_rng(seed)
    height, width = size
    face = luma(astronaut()[None, :270, 95:331])[0]
    face = zoom(face, np.divide((height + 40, width + 40), face.shape), order=3)
    y, x = np.mgrid[:height, :width].astype(float)
    scale = height / 170
    flow = scale * rng.uniform(-1, 1, (2, 1, 1)) * np.ones((2, height, width))
    turn = rng.uniform(-0.01, 0.01)
    flow += turn * np.stack([height / 2 - y, x - width / 2])
    for _ in range(4):
        center = rng.uniform(0.2, 0.8, 2) * size
        square = (y - center[0]) ** 2 + (x - center[1]) ** 2
        bump = np.exp(-square / (2 * (15 * scale) ** 2))
        flow += rng.normal(0, scale, (2, 1, 1)) * bump
    second = face[20 : 20 + height, 20 : 20 + width]
    first = map_coordinates(face, [y + flow[1] + 20, x + flow[0] + 20], order=5)
    images = (p + rng.normal(0, noise, size) for p in (first, second))
    return *(np.clip(np.rint(p), 0, 255).astype(np.uint8) for p in images), flow


def _known(quick):
    """Pairs of images with their true flow: warped faces and generated clips."""
    n_faces, n_subjects, classes = (1, 1, CLASSES[:1]) if quick else (6, 3, CLASSES)
    faces = [moved_face(SIZE, seed, noise=seed % 3) for seed in range(n_faces)]
    bunch = make_clips(n_subjects, 1, classes)
    clips = [
        (clip.frames[clip.onset], clip.frames[clip.apex], flow)
        for clip, flow in zip(bunch.clips, bunch.flow, strict=True)
    ]
    return {"warped faces": faces, "generated clips": clips}


def _error(pairs, solver):
    """Measure the mean end-point error of a solver, pixels."""
    found = [
        np.hypot(*(optical_flow(first, second, solver) - truth)).mean()
        for first, second, truth in pairs
    ]
    return float(np.mean(found))


def _error_row(job, ours, theirs):
    ratio = ours / theirs
    return {
        "job": f"{job}, end-point error",
        "ours": f"{ours:.4f} px",
        "peer": "OpenCV",
        "peer's": f"{theirs:.4f} px",
        "ratio": round(ratio, 3),
        "target": "<= 1",
        "met": bool(ratio <= 1),
    }
