"""The overlay against the frame rate of a video, and its memory."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from benchmarks.speed.timing import best, moving_texture, row
from mefeat.faces import MEAN_FACE
from mefeat.overlay import canonical_mesh, disc, overlay_stream

_FACE = np.array([320, 190]) + 200 * MEAN_FACE


def overlay_rows(quick):
    """Time the overlay, the maps of a frame, and correlation against OpenCV's.

    Parameters
    ----------
    quick : bool
        Whether to use few frames.

    Returns
    -------
    list of dict
        Rows.
    """
    mesh = canonical_mesh()
    maps, back = best(
        lambda: mesh.backward(_FACE), lambda: mesh.forward_map(_FACE, (360, 640))
    )
    n_frames = 10 if quick else 60
    gray = moving_texture(8, (360, 640))
    frames = [np.repeat(gray[t % 8, ..., None], 3, axis=2) for t in range(n_frames)]
    points = [_FACE + np.sin(t / 9) for t in range(n_frames)]
    (seconds,) = best(
        lambda: list(overlay_stream(iter(frames), points, 25)),
        repeats=1 if quick else 3,
    )
    picture = gray[0, 50:306, 200:456]
    places = np.arange(32, 224, 8)
    ours, theirs = best(
        lambda: disc(picture, picture, places, places),
        lambda: _match(picture.astype(np.float32), places, 6),
        repeats=3 if quick else 10,
    )
    return [
        row("canonical map of a frame", maps, "3 ms", 3e-3, 1),
        row("canonical map back, 640x360", back, "3 ms", 3e-3, 1),
        row("overlay 640x360, one frame", seconds / n_frames, "10 frames/s", 0.1, 1),
        row("DISC, 576 points, reach 6", ours, "OpenCV matchTemplate", theirs, 1),
    ]


def overlay_memory_rows(quick):
    """Measure the peak memory of a process that draws on a long stream.

    Parameters
    ----------
    quick : bool
        Whether to use a short stream.

    Returns
    -------
    list of dict
        Rows.
    """
    if not Path("/proc/self/status").exists():
        return []
    n_frames = 60 if quick else 3000
    code = """
import sys
from pathlib import Path
import numpy as np
from mefeat.faces import MEAN_FACE
from mefeat.overlay import overlay_stream
def kilobytes(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(dict(line.split(":", 1) for line in lines)[name].split()[0])
n_frames = int(sys.argv[1])
frames = np.random.default_rng(0).integers(0, 256, (4, 360, 640, 3)).astype(np.uint8)
def stream(n_frames):
    pictures = (frames[t % 4].copy() for t in range(n_frames))
    points = (np.array([320, 190]) + 200 * MEAN_FACE for _ in range(n_frames))
    return sum(1 for _ in overlay_stream(pictures, points, 25, method="dis_fast"))
stream(30)
before = kilobytes("VmHWM")
assert stream(n_frames) == n_frames
print(kilobytes("VmHWM") - before)
"""
    command = [sys.executable, "-c", code, str(n_frames)]
    more = int(subprocess.check_output(command)) / 2**10
    return [
        {
            "job": f"overlay, {n_frames} frames of 640x360 after 30",
            "ours": f"{more:.0f} MiB more",
            "peer": "limit",
            "peer's": "20 MiB",
            "ratio": round(more / 20, 3),
            "target": "<= 1",
            "met": more <= 20,
        }
    ]


def _match(picture, places, reach):
    far = 10 + reach
    for y in places:
        for x in places:
            part = picture[y - far : y + far + 1, x - far : x + far + 1]
            own = picture[y - 10 : y + 11, x - 10 : x + 11]
            cv2.minMaxLoc(cv2.matchTemplate(part, own, cv2.TM_CCOEFF_NORMED))
