"""A portrait whose movement is known: rigid, pulled at the mouth, turned away."""

from functools import partial

import numpy as np
import pandas as pd

from benchmarks.overlay.errors import errors
from benchmarks.overlay.portrait import (
    FPS,
    moving_face,
    smiling_face,
    turning_face,
)
from mefeat.faces import face_landmarks
from mefeat.flow import tvl1
from mefeat.overlay import disc_flow, overlay_stream
from mefeat.overlay._canonical import canonical_mesh


def rigid_table(quick):
    """Move a still photograph: all vectors should be 0.

    Parameters
    ----------
    quick : bool
        Whether to use few frames.

    Returns
    -------
    DataFrame
        Mean length of vectors, pixels.
    """
    rows = []
    for noise in (2,) if quick else (0, 2):
        made = moving_face(6 if quick else 31, noise=noise)
        found = face_landmarks(made[0])
        for name, points in (("exact", made[1]), ("found", found)):
            row = {"noise": noise, "landmarks": name}
            for method in ("lk", "disc") if quick else ("lk", "dis", "disc"):
                still = errors(method, made[0], points, *made[2:])["still"]
                row[f"{method}, px"] = round(still, 3)
            rows.append(row)
    return pd.DataFrame(rows)


METHODS = {
    "lk": {"method": "lk"},
    "disc": {"method": "disc"},
    "disc, peak": {"method": partial(disc_flow, n_rounds=0)},
    "dis": {"method": "dis"},
    "tvl1": {"method": "tvl1"},
    "tvl1, once": {"method": tvl1},
    "lk, all landmarks": {"method": "lk", "follow": "landmarks"},
}


def warp_table(quick):
    """Pull at a corner of the mouth under head motion.

    Parameters
    ----------
    quick : bool
        Whether to use few frames and methods.

    Returns
    -------
    DataFrame
        Errors of methods.
    """
    rows, names = [], list(METHODS)
    for amplitude in (2.0,) if quick else (0.5, 1.0, 2.0):
        made = moving_face(6 if quick else 31, amplitude=amplitude, noise=2)
        for name in names[:2] if quick else names:
            settings = dict(METHODS[name])
            found = errors(settings.pop("method"), *made, **settings)
            rows.append({"amplitude": amplitude, "method": name})
            rows[-1] |= {key: round(value, 3) for key, value in found.items()}
    return pd.DataFrame(rows)


def smile_table(quick):
    """Smile broadly under head motion.

    Parameters
    ----------
    quick : bool
        Whether to use few amplitudes and methods.

    Returns
    -------
    DataFrame
        What `smile_errors` gives.
    """
    rows = []
    for amplitude in (2.0, 12.0) if quick else (2.0, 7.0, 10.0, 15.0, 20.0, 25.0, 30.0):
        for n_frames in (16,) if quick else (16, 8):
            made = smiling_face(n_frames, amplitude=amplitude)
            for method in ("disc",) if quick else ("disc", "lk"):
                found = smile_errors(*made, method=method)
                rows.append({"amplitude": amplitude, "frames": n_frames})
                rows[-1] |= {"method": method}
                rows[-1] |= {key: round(value, 2) for key, value in found.items()}
    return pd.DataFrame(rows)


def smile_errors(frames, landmarks, field, poses, **settings):
    """Compare the arrows of the last frame with what the skin has done.

    Parameters
    ----------
    frames, landmarks, field, poses : object
        As `smiling_face` gives them.
    **settings
        Of `overlay_stream`.

    Returns
    -------
    dict
        Share of the points with an arrow among those that move at least half as far as
        any; of the arrows where the skin moves by a pixel or more, the mean angular
        error in degrees, that of nine in ten, and the share below 20 degrees.
    """
    *_, last = overlay_stream(frames, landmarks, FPS, turn=None, **settings)
    move, shown = last.movement, last.shown
    points = move.grid.points.astype(float)
    skin = canonical_mesh().backward_points(landmarks[0], points)
    truth, vectors = field(skin) @ poses[-1][:, :2].T, move.heads - move.tails
    far = np.hypot(*truth.T)
    cosine = (truth * vectors).sum(axis=1)
    cosine /= np.maximum(far * np.hypot(*vectors.T), 1e-9)
    angles = np.degrees(np.arccos(np.clip(cosine, -1, 1)))[shown & (far >= 1)]
    return {
        "shown": shown[far > 0.5 * far.max()].mean(),
        "angle": angles.mean(),
        "90 %": np.quantile(angles, 0.9),
        "within 20": (angles <= 20).mean(),
    }


def turn_table(quick):
    """Turn the head to a side by 40 degrees, without an expression.

    Parameters
    ----------
    quick : bool
        Whether to use few frames.

    Returns
    -------
    DataFrame
        Mean length of the vectors of all points that can be tracked, and of the arrows
        shown, pixels, by how far the head has turned; how many arrows.
    """
    frames, landmarks = turning_face(9 if quick else 61, degrees=40)
    rows = []
    for turn in (None, 1.1):
        stream = overlay_stream(frames, landmarks, FPS, turn=turn)
        found = np.array([_lengths(overlay) for overlay in stream])
        for part, mean in enumerate(np.array_split(found, 4)):
            rows.append({"turn": turn or "None", "degrees": f"{10 * part} to "})
            rows[-1]["degrees"] += f"{10 * part + 10}"
            names = ("vectors, px", "arrows, px", "arrows")
            rows[-1] |= dict(zip(names, np.nanmean(mean, axis=0).round(2), strict=True))
    return pd.DataFrame(rows)


def _lengths(overlay):
    move = overlay.movement
    lengths = np.hypot(*(move.heads - move.tails).T)
    shown = lengths[overlay.shown]
    far = shown.mean() if len(shown) else 0.0
    return lengths[move.grid.confidence >= 0.5].mean(), far, len(shown)
