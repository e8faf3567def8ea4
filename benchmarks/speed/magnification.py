"""Eulerian magnification against the same algorithm, every band filtered apart."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
from scipy.ndimage import correlate1d

from benchmarks.speed.timing import best, moving_texture, row
from mefeat.magnify import eulerian_magnification, magnify_stream
from mefeat.magnify._eulerian import band_factors

FAST, SLOW = 0.4, 0.05
BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16


def magnify_rows(quick):
    """Time magnification against OpenCV and scipy, and by frames a second.

    Parameters
    ----------
    quick : bool
        Whether to use short clips.

    Returns
    -------
    list of dict
        Rows.
    """
    frames = moving_texture(10 if quick else 60)
    ours = eulerian_magnification(frames)
    inner = np.s_[:, 40:-40, 40:-40]  # OpenCV has another border where a side is odd
    for theirs, part in ((_opencv, inner), (_scipy, np.s_[:])):
        difference = np.abs(theirs(frames) - ours)[part].max()
        if difference > 0.02:
            raise AssertionError(f"{theirs} computes something else, by {difference}.")
    times = best(
        lambda: eulerian_magnification(frames),
        lambda: _opencv(frames),
        repeats=3 if quick else 10,
    )
    (scipys,) = best(lambda: _scipy(frames), repeats=1 if quick else 3)
    job = f"EVM gray 170x140, T={len(frames)}"
    color = np.stack([moving_texture(8, (480, 640), seed) for seed in range(3)], -1)
    (vga,) = best(lambda: list(map(np.shape, magnify_stream(color))), repeats=3)
    return [
        row(job, times[0], "OpenCV calls per band and frame", times[1], 2),
        row(job, times[0], "scipy.ndimage per band and frame", scipys, 10),
        row("EVM color 640x480, one frame", vga / 8, "30 frames/s", 1 / 30, 1),
    ]


def stream_rows(quick):
    """Measure the peak memory of a process that magnifies a long stream.

    Parameters
    ----------
    quick : bool
        Whether to use a short stream.

    Returns
    -------
    list of dict
        Rows.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return []
    n_frames = 100 if quick else 10_000
    code = """
import sys
from pathlib import Path
import numpy as np
from mefeat.magnify import magnify_stream
def kilobytes(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(dict(line.split(":", 1) for line in lines)[name].split()[0])
before = kilobytes("VmRSS")
frames = np.random.default_rng(0).integers(0, 256, (8, 480, 640, 3)).astype(np.uint8)
stream = (frames[t % 8] for t in range(int(sys.argv[1])))
assert sum(1 for _ in magnify_stream(stream)) == int(sys.argv[1])
print(kilobytes("VmHWM") - before)
"""
    command = [sys.executable, "-c", code, str(n_frames)]
    peak = int(subprocess.check_output(command)) / 2**10
    return [
        {
            "job": f"EVM stream, {n_frames} color frames of 640x480",
            "ours": f"{peak:.0f} MiB",
            "peer": "limit",
            "peer's": "300 MiB",
            "ratio": round(peak / 300, 3),
            "target": "<= 1",
            "met": peak <= 300,
        }
    ]


def _opencv(frames):
    return _band_by_band(frames, cv2.pyrDown, _up_opencv, cv2.accumulateWeighted)


def _up_opencv(image, size):
    return cv2.pyrUp(image, dstsize=size[::-1])


def _scipy(frames):
    def down(image):
        return _filtered(image, BINOMIAL)[::2, ::2]

    def up(image, size):
        stuffed = np.zeros(size, image.dtype)
        stuffed[::2, ::2] = image
        return _filtered(stuffed, 2 * BINOMIAL)

    def follow(image, state, rate):
        state += np.float32(rate) * (image - state)

    return _band_by_band(frames, down, up, follow)


def _filtered(image, weights):
    rows = correlate1d(image, weights, axis=0, mode="mirror")
    return correlate1d(rows, weights, axis=1, mode="mirror")


def _band_by_band(frames, down, up, follow):
    """Filter each band of each frame, weigh it and put the image together."""
    out = np.empty(frames.shape, np.float32)
    factors = band_factors(frames.shape[1:])
    states = None
    for t, frame in enumerate(frames):
        image = frame.astype(np.float32)
        bands, level = [], image
        for _ in factors[1:]:
            coarse = down(level)
            bands.append(level - up(coarse, level.shape))
            level = coarse
        bands.append(level)
        if states is None:
            states = [(band.copy(), band.copy()) for band in bands]
        change = None
        for factor, band, (fast, slow) in zip(
            factors[::-1], bands[::-1], states[::-1], strict=True
        ):
            follow(band, fast, FAST)
            follow(band, slow, SLOW)
            part = np.float32(factor) * (fast - slow)
            change = part if change is None else part + up(change, band.shape)
        out[t] = np.clip(image + change, 0, 255)
    return out
