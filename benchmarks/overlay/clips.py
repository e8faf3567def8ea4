"""Generated clips: choices of the overlay, and how their vectors are smoothed."""

import cv2
import numpy as np
import pandas as pd

from benchmarks.overlay.errors import compare
from mefeat.datasets import make_clips
from mefeat.faces import face_landmarks
from mefeat.faces._tracking import savgol
from mefeat.kernels._sampling import affine_inverse
from mefeat.overlay import FOLLOW, AutoThreshold, movement_stream
from mefeat.overlay._canonical import canonical_mesh
from mefeat.overlay._tracking import Tracker, calmed, windows
from mefeat.overlay._video import visible


def clips_table(quick):
    """Compare choices on generated clips, from onset to apex, head motion on.

    Parameters
    ----------
    quick : bool
        Whether to use few clips.

    Returns
    -------
    DataFrame
        Errors of the vectors at the apex.
    """
    bunch = make_clips(
        *((1, 1) if quick else (4, 1)),
        ["happiness", "surprise"],
        amplitude=1.0,
        fps=50,
        blinks=False,
        random_state=7,
    )
    names = ("exact",) if quick else ("exact", "found")
    found = [] if quick else [face_landmarks(clip.frames) for clip in bunch.clips]
    rows = []
    for name in names:
        for settings in (
            {},
            {"steady": False},
            {"smoother": "none"},
            {"smoother": "one_euro"},
            {"follow": "landmarks"},
        ):
            parts = []
            for i, clip in enumerate(bunch.clips):
                points = clip.landmarks if name == "exact" else found[i]
                parts.append(_at_apex(clip, points, bunch.flow, i, settings))
            mean = pd.DataFrame(parts).mean().round(3)
            what = ", ".join(f"{k}={v!r}" for k, v in settings.items()) or "as it is"
            rows.append({"landmarks": name, "settings": what})
            rows[-1] |= {k: mean[k] for k in ("error", "angle", "length")}
    return pd.DataFrame(rows)


def _at_apex(clip, points, flows, i, settings):
    """Compare the vectors at the apex with what the skin did, the head taken out."""
    scene, onset = flows._takes[i][0], clip.onset
    moves = list(
        movement_stream(
            clip.frames[onset:], points[onset:], clip.fps, step=8, **settings
        )
    )
    last = moves[clip.apex - onset]
    skin, inside = _skin(clip, moves[0].source, last.grid.points)
    truth = _moved(scene, skin, onset, clip.apex)
    return compare((last.heads - last.tails)[inside], truth)


def _skin(clip, source, points):
    """Find points of the canvas in the reference, and which of them it shows."""
    skin = canonical_mesh().backward_points(source, points.astype(float))
    inside = ((skin >= 0) & (skin <= np.array(clip.frames.shape[:0:-1]) - 1)).all(1)
    return skin[inside], inside


def _moved(scene, skin, start, end):
    """Say how far skin moves between two frames, the true head taken out."""
    flow = np.moveaxis(scene.flow(start, end), 0, -1)
    moved = (
        skin + cv2.remap(flow, *np.float32(skin.T)[..., None], cv2.INTER_LINEAR)[:, 0]
    )
    back, pose = affine_inverse(scene.poses[start]), scene.poses[end]
    rest = skin @ back[:, :2].T + back[:, 2]
    return moved - (rest @ pose[:, :2].T + pose[:, 2])


SMOOTH = {
    "none": lambda vectors, near, fps: vectors,
    "parabola": lambda vectors, near, fps: savgol(vectors, window=windows(fps)[1]),
    "calmed": calmed,
}


def calm_table(quick):
    """Smooth the vectors of generated clips in time, from their first frame on.

    Parameters
    ----------
    quick : bool
        Whether to use few clips.

    Returns
    -------
    DataFrame
        Share of the expression's height that is found at its apex; jitter, the root
        mean square of what the error changes by from frame to frame, pixels; how often
        an arrow comes or goes.
    """
    rows = []
    for fps in (50,) if quick else (30, 50, 100, 200):
        bunch = make_clips(
            *((1, 1) if quick else (2, 1)),
            ["happiness", "surprise"],
            amplitude=1.0,
            fps=fps,
            blinks=False,
            random_state=7,
        )
        raw = [_raw(clip, bunch.flow, i) for i, clip in enumerate(bunch.clips)]
        for name, smooth in SMOOTH.items():
            found = [_steadiness(smooth, *each) for each in raw]
            mean = pd.DataFrame(found).mean().round(3)
            rows.append({"frames a second": fps, "smoother": name, **mean})
    return pd.DataFrame(rows)


def _raw(clip, flows, i):
    """Vectors and truth of each frame since the first, pixels of the canvas."""
    scene, mesh = flows._takes[i][0], canonical_mesh()
    tracker = Tracker(mesh, "disc", FOLLOW["head"], True, None, None)
    points = savgol(clip.landmarks, clip.fps)
    found = list(map(tracker.track, zip(clip.frames, points, strict=True)))
    places = tracker.grid.points.astype(float)
    skin, inside = _skin(clip, found[0].source, places)
    truth = []
    for t, each in enumerate(found):
        moved = mesh.backward_points(each.source, places)[inside]
        moved = moved + _moved(scene, skin, 0, t)
        truth.append(mesh.forward(each.source, moved) - places[inside])
    vectors = [each.vectors for each in found]
    return clip, tracker, vectors, np.array(truth), inside


def _steadiness(smooth, clip, tracker, vectors, truth, inside):
    found = np.stack(list(smooth(iter(vectors), tracker.near, clip.fps)))
    found = found[:, : len(inside)][:, inside]
    pixel, rise = tracker.grid.pixel, truth[clip.apex] - truth[clip.onset]
    far = np.hypot(*rise.T)
    moving = far > 0.5 * far.max()
    height = ((found[clip.apex] - found[clip.onset]) * rise)[moving].sum()
    step = np.diff(found - truth, axis=0)
    threshold, shown = AutoThreshold(), []
    for each in pixel * found:
        before = shown[-1] if shown else None
        shown.append(visible(each, threshold(each), before))
    changes = np.diff(shown, axis=0).sum(axis=0)
    return {
        "height": height / (rise[moving] ** 2).sum(),
        "jitter, px": pixel * np.sqrt((step**2).sum(axis=-1).mean()),
        "changes": changes[np.any(shown, axis=0)].mean(),
    }
