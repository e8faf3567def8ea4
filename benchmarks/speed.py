"""Ratios against peers measured in the same run: `python -m benchmarks.speed`."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold

from benchmarks import peers
from mefeat import Clip, ClipPipeline
from mefeat.base import one_thread, whole_file
from mefeat.evaluation import PolySVCSearch, environment
from mefeat.interpolate import temporal_interpolation
from mefeat.regions import grid_regions
from mefeat.texture import LBPTOP, lbp_top

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
    from scipy.ndimage import gaussian_filter, shift

    rng = np.random.default_rng(seed)
    picture = gaussian_filter(rng.normal(size=(size[0] + 20, size[1] + 20)), 3)
    picture = 128 + 40 * picture / picture.std()
    frames = np.stack(
        [shift(picture, (0, 3 * np.sin(t / 20)), order=1) for t in range(n_frames)]
    )[:, 10:-10, 10:-10]
    frames += rng.normal(scale=2, size=frames.shape)
    return np.clip(frames, 0, 255).astype(np.uint8)


def lbp_rows(quick):
    """Time LBP-TOP against the scikit-image loop and a bare histogram pass.

    Parameters
    ----------
    quick : bool
        Whether to use a short clip.

    Returns
    -------
    list of dict
        Rows.
    """
    n_frames = 20 if quick else 200
    volume = moving_texture(n_frames)
    regions = grid_regions(SIZE, (8, 8))
    single = volume.astype(np.float32)
    codes = np.random.default_rng(0).permuted(_codes(volume), axis=1)
    counts = np.zeros((3, 256), np.uint32)
    ours, floor, floats = best(
        lambda: lbp_top(volume, regions),
        lambda: peers.bare_histograms(codes, counts),
        lambda: lbp_top(single, regions),
        repeats=3 if quick else 15,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of floating pictures
        (loop,) = best(lambda: peers.skimage_lbp_top(volume), repeats=2)
        (loop_floats,) = best(lambda: peers.skimage_lbp_top(single), repeats=2)
    job = f"LBP-TOP 8x8, T={n_frames}"
    return [
        row(f"{job}, uint8", ours, "scikit-image loop", loop, 150),
        row(f"{job}, float32", floats, "scikit-image loop", loop_floats, 80),
        row(f"{job}, uint8", ours, "bare histogram pass", floor, 2.2, higher=False),
    ]


def _codes(volume):
    """Codes with the frequencies of a real clip, as the bare pass would find them."""
    counts = lbp_top(volume, mapping="all", norm=None)[0].astype(int)
    return np.stack([np.repeat(np.arange(256), n) for n in counts]).astype(np.uint8)


def tim_rows(quick):
    """Time temporal interpolation against the recipe with an SVD.

    Parameters
    ----------
    quick : bool
        Whether to use a short clip.

    Returns
    -------
    list of dict
        Rows.
    """
    n_frames = 40 if quick else 200
    frames = moving_texture(n_frames)
    difference = np.abs(
        temporal_interpolation(frames.astype(float), 10) - peers.svd_tim(frames, 10)
    ).max()
    if difference > 1e-6:
        raise AssertionError(f"the peer computes something else, by {difference:.2g}.")
    ours, theirs = best(
        lambda: temporal_interpolation(frames, 10),
        lambda: peers.svd_tim(frames, 10),
        repeats=3,
    )
    return [row(f"TIM, T={n_frames} to 10", ours, "SVD recipe", theirs, 50)]


def search_rows(quick):
    """Time the polynomial grid on LBP-TOP rows against GridSearchCV.

    Parameters
    ----------
    quick : bool
        Whether to use few rows and a small grid.

    Returns
    -------
    list of dict
        Rows.
    """
    n_clips, n_subjects = (24, 4) if quick else (120, 8)
    rows = LBPTOP().transform(
        [Clip(frames=moving_texture(10, seed=i)) for i in range(n_clips)]
    )
    rng = np.random.default_rng(0)
    y = np.arange(n_clips) % 3
    rows += 0.02 * rng.random((3, rows.shape[1]))[y]
    groups = np.arange(n_clips) * n_subjects // n_clips
    grid = {"degree": (2, 3), "coef0": (0, 1), "gamma": (0.01, 0.1), "C": (0.1, 10)}
    if not quick:
        grid |= {"degree": (2, 3, 4, 5), "coef0": (0, 1, 2, 3)}
    cv = list(GroupKFold(min(5, n_subjects)).split(rows, y, groups))
    found = {}

    def ours():
        found["ours"] = PolySVCSearch(**grid, cv=cv, aggregate="mean").fit(rows, y)

    def theirs():
        found["theirs"] = peers.grid_search(grid, cv).fit(rows, y)

    # Fitting once is enough: it takes seconds, and GridSearchCV minutes.
    start = time.perf_counter()
    theirs()
    long = time.perf_counter() - start
    (short,) = best(ours, repeats=2)
    if found["ours"].best_params_ != found["theirs"].best_params_:
        raise AssertionError("the searches disagree about the winner.")
    points = int(np.prod([len(values) for values in grid.values()]))
    job = f"SVM grid, {points} points, {len(cv)} folds, {n_clips}x{rows.shape[1]}"
    return [row(job, short, "GridSearchCV(SVC)", long, 20)]


def worker_rows(quick):
    """Time LBP-TOP rows by two workers against one.

    Parameters
    ----------
    quick : bool
        Whether to use few clips.

    Returns
    -------
    list of dict
        Rows.
    """
    frames = moving_texture(100)
    clips = [Clip(frames=frames) for _ in range(8 if quick else 80)]
    one, two = (ClipPipeline([LBPTOP()], n_jobs=n) for n in (1, 2))
    theirs, ours = best(lambda: one.transform(clips), lambda: two.transform(clips))
    return [row(f"LBP-TOP of {len(clips)} clips, 2 workers", ours, "1", theirs, 1.8)]


def import_rows(quick):
    """Time the import of all of mefeat beyond what it depends on.

    Parameters
    ----------
    quick : bool
        Not used: it takes a second.

    Returns
    -------
    list of dict
        Rows.
    """
    code = """
import time, sys
import cv2, joblib, numba, numpy, pandas, scipy.ndimage, scipy.spatial, tqdm
import skimage.feature, skimage.data, sklearn.pipeline, sklearn.svm
import sklearn.model_selection, threadpoolctl
start = time.perf_counter()
import mefeat
import mefeat.methods, mefeat.evaluation, mefeat.datasets, mefeat.texture
print(time.perf_counter() - start)
"""
    seconds = min(
        float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(3)
    )
    return [row("import of all modules", seconds, "1 s", 1.0, 1, higher=False)]


def memory_rows(quick):
    """Measure the peak memory of a process that streams many clips.

    Parameters
    ----------
    quick : bool
        Whether to stream few clips.

    Returns
    -------
    list of dict
        Rows.
    """
    n_clips = 20 if quick else 500
    code = """
import resource, sys
from mefeat import ClipFile, ClipPipeline, Read
from mefeat.interpolate import TemporalInterpolation
from mefeat.preprocess import Resize
from mefeat.texture import LBPTOP
path, n_clips = sys.argv[1], int(sys.argv[2])
clips = [ClipFile(path, span=(i % 20, 60 + i % 40)) for i in range(n_clips)]
steps = [Read(), Resize((170, 140)), TemporalInterpolation(10), LBPTOP()]
assert ClipPipeline(steps, n_jobs=2).transform(clips).shape == (len(clips), 11328)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    from mefeat.video import write_video

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "face.mp4"
        write_video(path, moving_texture(100, (480, 640)), 100)
        command = [sys.executable, "-c", code, str(path), str(n_clips)]
        kilobytes = int(subprocess.check_output(command))
    peak = kilobytes / 2**20
    return [
        {
            "job": f"{n_clips} clips of 640x480 streamed by 2 workers",
            "ours": f"{peak:.2f} GiB",
            "peer": "limit",
            "peer's": "1 GiB",
            "ratio": round(peak, 3),
            "target": "<= 1",
            "met": peak <= 1,
        }
    ]


BENCHMARKS = {
    "lbp": lbp_rows,
    "tim": tim_rows,
    "search": search_rows,
    "workers": worker_rows,
    "import": import_rows,
    "memory": memory_rows,
}


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed")
    parser.add_argument("names", nargs="*", help=f"among {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, seconds")
    parser.add_argument("--out", type=Path, help="folder for speed.json")
    arguments = parser.parse_args(argv)
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no benchmark {sorted(unknown)}; there are {list(BENCHMARKS)}")
    rows = []
    for name in arguments.names or BENCHMARKS:
        print(f"timing {name} ...", file=sys.stderr, flush=True)
        if name in ("workers", "import", "memory"):
            rows += BENCHMARKS[name](arguments.quick)
        else:
            with one_thread():
                rows += BENCHMARKS[name](arguments.quick)
    print(pd.DataFrame(rows).to_string(index=False))
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        with whole_file(arguments.out / "speed.json") as part:
            part.write_text(json.dumps({"rows": rows, **environment()}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
