"""Workers, imports and memory."""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.speed.timing import best, moving_texture, row
from mefeat import Clip, ClipPipeline
from mefeat.texture import LBPTOP
from mefeat.video import write_video


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
        Whether to import once instead of three times.

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
        float(subprocess.check_output([sys.executable, "-c", code]))
        for _ in range(1 if quick else 3)
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
from pathlib import Path
from mefeat import ClipFile, ClipPipeline, Read
from mefeat.interpolate import TemporalInterpolation
from mefeat.preprocess import Resize
from mefeat.texture import LBPTOP
path, n_clips = sys.argv[1], int(sys.argv[2])
clips = [ClipFile(path, span=(i % 20, 60 + i % 40)) for i in range(n_clips)]
steps = [Read(), Resize((170, 140)), TemporalInterpolation(10), LBPTOP()]
assert ClipPipeline(steps, n_jobs=2).transform(clips).shape == (len(clips), 11328)
status = Path("/proc/self/status")
if status.exists():  # maxrss would count what the parent held when it forked
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    print(lines["VmHWM"].split()[0])
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "face.mp4"
        write_video(path, np.tile(moving_texture(10, (480, 640)), (10, 1, 1)), 100)
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
