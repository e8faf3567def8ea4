"""The overlay against the frame rate of a video, and its memory."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from benchmarks.speed.timing import best, moving_texture, row
from mefeat.faces import MEAN_FACE
from mefeat.overlay import overlay_stream
from mefeat.overlay._canonical import canonical_mesh
from mefeat.overlay._disc import disc

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
    image = gray[0, 50:306, 200:456]
    places = np.arange(32, 224, 8)
    ours, theirs = best(
        lambda: disc(image, image, places, places, n_rounds=0),
        lambda: _match(image.astype(np.float32), places, 6),
        repeats=3 if quick else 10,
    )
    return [
        row("canonical map of a frame", maps, "3 ms", 3e-3, 1),
        row("canonical map back, 640x360", back, "3 ms", 3e-3, 1),
        row("overlay 640x360, one frame", seconds / n_frames, "10 frames/s", 0.1, 1),
        row("DISC search, 576 points, reach 6", ours, "matchTemplate", theirs, 1),
    ]


def overlay_memory_rows(quick):
    """Measure the peak memory of processes that draw on a short and a long stream.

    Parameters
    ----------
    quick : bool
        Whether to use short streams.

    Returns
    -------
    list of dict
        Rows.
    """
    if not Path("/proc/self/status").exists():
        return []
    lengths = (20, 40) if quick else (300, 3000)
    peaks = []
    for n_frames in lengths:
        command = [sys.executable, "-c", _STREAM, str(n_frames)]
        peaks.append(int(subprocess.check_output(command)) / 2**10)
    short, long = peaks
    return [
        {
            "job": f"overlay 640x360, peak memory for {lengths[1]} frames",
            "ours": f"{long:.0f} MiB",
            "peer": f"{lengths[0]} frames",
            "peer's": f"{short:.0f} MiB",
            "ratio": round(long / short, 3),
            "target": "<= 1.05",
            "met": long <= 1.05 * short,
        }
    ]


# As the command does it, with landmarks of a face that moves a little.
_STREAM = """
import sys
from pathlib import Path
import numpy as np
from mefeat.base import one_thread
from mefeat.faces import MEAN_FACE
from mefeat.overlay import overlay_stream
n_frames = int(sys.argv[1])
frames = np.random.default_rng(0).integers(0, 256, (4, 360, 640, 3)).astype(np.uint8)
images = (frames[t % 4].copy() for t in range(n_frames))
face = np.array([320, 190]) + 200 * MEAN_FACE
points = (face + np.sin(t / 9) for t in range(n_frames))
with one_thread():
    assert sum(1 for _ in overlay_stream(images, points, 25)) == n_frames
lines = Path("/proc/self/status").read_text().splitlines()
print(dict(line.split(":", 1) for line in lines)["VmHWM"].split()[0])
"""


def _match(image, places, reach):
    far = 10 + reach
    for y in places:
        for x in places:
            part = image[y - far : y + far + 1, x - far : x + far + 1]
            own = image[y - 10 : y + 11, x - 10 : x + 11]
            cv2.minMaxLoc(cv2.matchTemplate(part, own, cv2.TM_CCOEFF_NORMED))
