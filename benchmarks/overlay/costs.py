"""What the maps of a frame and the search by correlation cost."""

import time

import cv2
import numpy as np
import pandas as pd

from benchmarks.overlay.portrait import SIZE, moving_face, still_points
from mefeat.overlay._canonical import canonical_mesh
from mefeat.overlay._disc import disc
from mefeat.overlay._movement import softened


def maps_table(quick):
    """Measure the maps of the canonical face, and points that go there and back.

    Parameters
    ----------
    quick : bool
        Ignored.

    Returns
    -------
    DataFrame
        Milliseconds and pixels.
    """
    mesh = canonical_mesh()
    points = still_points()
    inside = np.argwhere(mesh.skin)[::7, ::-1].astype(float)
    back = mesh.forward(points, mesh.backward_points(points, inside))
    return pd.DataFrame(
        [
            {
                "frame to canvas, ms": round(_best(lambda: mesh.backward(points)), 2),
                "canvas to frame, ms": round(
                    _best(lambda: mesh.forward_map(points, (SIZE, 640))), 2
                ),
                "there and back, px": f"{np.abs(back - inside).max():.1e}",
            }
        ]
    )


def disc_table(quick):
    """Time the search of DISC against OpenCV's matchTemplate, point by point.

    Parameters
    ----------
    quick : bool
        Whether to repeat less.

    Returns
    -------
    DataFrame
        Milliseconds for 576 points of 21x21 pixels.
    """
    image = softened(moving_face(2)[0][0][40:296, 60:316])
    places = np.arange(32, 224, 8)
    rows = []
    for reach in (4,) if quick else (4, 6, 8):

        def theirs(reach=reach):
            for y in places:
                for x in places:
                    far = 10 + reach
                    part = image[y - far : y + far + 1, x - far : x + far + 1]
                    own = image[y - 10 : y + 11, x - 10 : x + 11]
                    score = cv2.matchTemplate(part, own, cv2.TM_CCOEFF_NORMED)
                    cv2.minMaxLoc(score)

        def ours(reach=reach):
            disc(image, image, places, places, reach=reach, n_rounds=0)

        times = [[], []]
        for _ in range(1 if quick else 10):
            for job, found in zip((ours, theirs), times, strict=True):
                found.append(_best(job, 1))
        a, b = map(min, times)
        rows.append({"reach": reach, "ours": round(a, 1), "OpenCV": round(b, 1)})
        rows[-1]["ratio"] = round(b / a, 2)
    return pd.DataFrame(rows)


def _best(job, repeats=10):
    job()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)
