"""Curves of long videos against a loop over scikit-image, and the memory they take."""

import subprocess
import sys

import numpy as np
from skimage.feature import local_binary_pattern

from benchmarks.speed.timing import SIZE, best, moving_texture, row
from mefeat.regions import grid_regions
from mefeat.spotting import difference_curve, feature_difference, frequency_curve
from mefeat.spotting._histograms import lbp_histograms

_K = 16

_STREAM = """
import sys, time
from pathlib import Path
import numpy as np
from mefeat.spotting import spot
from mefeat.testing import face_layout

def frames(n, noise):
    for t in range(n):
        yield noise[t % len(noise)]

noise = np.random.default_rng(0).integers(0, 256, (7, 480, 640)).astype(np.uint8)
points = np.broadcast_to(face_layout((480, 640)), (int(sys.argv[1]), 68, 2))
spot(frames(150, noise), fps=200, landmarks=points[:150])
start = time.perf_counter()
spot(frames(int(sys.argv[1]), noise), fps=200, landmarks=points)
print(time.perf_counter() - start)
status = dict(
    line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines()
)
print(status["VmHWM"].split()[0])
"""


def spot_rows(quick):
    """Time the difference curve and the frequency curve.

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
    clip = moving_texture(n_frames)
    ours, theirs = best(
        lambda: difference_curve(feature_difference(lbp_histograms(clip), _K)),
        lambda: _loop(clip),
        repeats=1 if quick else 3,
    )
    job = f"LBP difference curve of {n_frames} frames"
    rows = [
        row(job, ours, "scikit-image loop", theirs, 30),
        row(job, ours, "1000 frames a second", n_frames / 1000, 1),
    ]
    (ours,) = best(lambda: frequency_curve(clip), repeats=1 if quick else 3)
    job = f"FFT apex of {n_frames} frames"
    return [*rows, row(job, ours, "limit", 2.0, 1)]


def spot_stream_rows(quick):
    """Measure time and memory of streams of two lengths.

    Parameters
    ----------
    quick : bool
        Whether the streams are short.

    Returns
    -------
    list of dict
        Rows.
    """
    short, long = (150, 300) if quick else (2000, 20000)
    (first, low), (second, high) = _streamed(short), _streamed(long)
    per_frame = (second / long) / (first / short)
    # What 240,000 frames, 20 minutes at 200 a second, would take by the same slope.
    slope = max(0.0, high - low) / (long - short)
    expected = low + slope * (240_000 - short)
    job = f"spot {long} frames of 640x480"
    rows = [
        row(f"{job}, a frame", second / long, f"{short} frames", first / short, 1.2)
        | {
            "ratio": round(per_frame, 3),
            "target": "<= 1.2",
            "met": bool(per_frame <= 1.2),
        },
        {
            "job": f"{job}, memory",
            "ours": f"{high:.3f} GiB",
            "peer": f"{short} frames",
            "peer's": f"{low:.3f} GiB",
            "ratio": round(high / low, 3),
            "target": "<= 1 GiB",
            "met": bool(high <= 1),
        },
        {
            "job": "spot 20 minutes at 200 fps, memory by that slope",
            "ours": f"{expected:.3f} GiB",
            "peer": "limit",
            "peer's": "1 GiB",
            "ratio": round(expected, 3),
            "target": "<= 1",
            "met": bool(expected <= 1),
        },
    ]
    # The buffers of a short stream are still filling: its slope tells nothing.
    return rows[:2] if quick else rows


def _streamed(n_frames):
    command = [sys.executable, "-c", _STREAM, str(n_frames)]
    seconds, kilobytes = subprocess.check_output(command, text=True).split()
    return float(seconds), int(kilobytes) / 2**20


def _loop(clip):
    """Do what a script would: one frame, one block, one pair after the other."""
    regions = grid_regions(SIZE, (6, 6))
    masks = [regions == block for block in range(36)]
    features = []
    for frame in clip:
        codes = local_binary_pattern(frame, 8, 3, "nri_uniform").astype(int)
        counts = [np.bincount(codes[mask], minlength=59) for mask in masks]
        features.append([count / count.sum() for count in counts])
    features = np.array(features)
    curve = []
    for t in range(_K, len(clip) - _K):
        end = (features[t - _K] + features[t + _K]) / 2
        total = features[t] + end
        apart = (features[t] - end) ** 2 / np.where(total > 0, total, 1)
        curve.append(np.sort(apart.sum(axis=1))[-12:].mean())
    return np.array(curve)
