"""Frame attention on expressions below a pixel, without and with movement vectors."""

import cv2
import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from benchmarks.deep.judging import CHEAP, judge
from mefeat.clip import Clip
from mefeat.datasets import make_clips
from mefeat.deep import FrameAttentionClassifier
from mefeat.overlay import overlay_stream
from mefeat.overlay._arrows import spread_order
from mefeat.overlay._video import mark, to_face
from mefeat.preprocess import Resize

# Displacement of the skin, pixels; the head moves by about a pixel.
AMPLITUDE, HEAD_MOTION = 0.9, 1.0
# Side of the cropped faces that vectors are drawn on, as in the study, and how many
# times longer than the movement.
FACE, SCALE = 224, 15.0
CLASSES = ("happiness", "surprise", "repression")
SETTINGS = {
    "quick": {
        "clips": CHEAP | {"size": (64, 56)},
        "n_subjects": 3,
        "n_per_class": 1,
        "n_folds": 3,
        "n_frames": 4,
        "size": (32, 32),
        "backbone": "small",
        "epochs": 1,
        "batch_size": 8,
    },
    "small": {
        "clips": {},
        "n_subjects": 10,
        "n_per_class": 2,
        "n_folds": 10,
        "n_frames": 16,
        "size": (64, 64),
        "backbone": "small",
        "epochs": 15,
        # The study has 0.01 for batches of 48; with so few clips that diverges.
        "batch_size": 8,
        "learning_rate": 0.002,
        "n_test_frames": 6,
    },
    "full": {
        "clips": {},
        "n_subjects": 100,
        "n_per_class": 3,
        "n_folds": 10,
        "n_frames": None,
        "size": (224, 224),
        "backbone": "resnet18",
        "epochs": 60,
    },
}
TIMES = {
    "quick": "seconds",
    "small": "about 5 minutes on one core",
    "full": "about 2 weeks on two cores, some hours on a GPU (by operations)",
}


def run(
    clips, n_subjects, n_per_class, n_folds, n_frames, size, seed, device, **options
):
    """Compare faces without and with vectors.

    Parameters
    ----------
    clips : dict
        Options of `make_clips`.
    n_subjects, n_per_class : int
        Number of subjects, and of clips of each in each of three classes.
    n_folds : int
        Folds of subjects.
    n_frames : int or None
        Frames of a clip that are looked at, spread regularly; all if None.
    size : tuple of int
        Height and width of faces for the network.
    seed : int
        Seed.
    device : str
        Where to train.
    **options
        Parameters of `FrameAttentionClassifier`.

    Returns
    -------
    DataFrame
        A row without and a row with vectors.
    """
    bunch = make_clips(
        n_subjects,
        n_per_class,
        CLASSES,
        amplitude=AMPLITUDE,
        head_motion=HEAD_MOTION,
        color=True,
        random_state=seed,
        **clips,
    )
    jobs = (delayed(face_clips)(clip, n_frames, size) for clip in bunch.clips)
    pairs = Parallel(n_jobs=-1, prefer="threads")(jobs)
    rows = {}
    for name, faces in zip(("plain", "vectors"), zip(*pairs, strict=True), strict=True):
        model = FrameAttentionClassifier(
            size=size, flip=name == "plain", random_state=seed, device=device, **options
        )
        rows[name] = judge(model, list(faces), bunch, n_folds=n_folds)
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "faces"
    return table


def face_clips(clip, n_frames, size):
    """Cut upright faces out of a clip, without and with vectors.

    Parameters
    ----------
    clip : Clip
        A clip with landmarks.
    n_frames : int or None
        Frames that are looked at, spread regularly; all if None.
    size : tuple of int
        Height and width of the faces.

    Returns
    -------
    plain, drawn : Clip
        Faces alone, and with the vectors since the first frame.
    """
    if n_frames is not None:
        clip = clip.at(np.linspace(0, len(clip.frames) - 1, n_frames).round())
    plain, drawn = [], []
    # Lucas-Kanade, as in the study.
    settings = {"method": "lk", "scale": SCALE}
    for overlay in overlay_stream(clip.frames, clip.landmarks, clip.fps, **settings):
        matrix = to_face(overlay.movement.source, FACE)
        face = cv2.warpAffine(overlay.movement.frame, matrix, (FACE, FACE))
        plain.append(face.copy())
        _draw(face, overlay, matrix)
        drawn.append(face)
    resize = Resize(size)
    return tuple(resize.apply(Clip(np.stack(faces))) for faces in (plain, drawn))


def _draw(face, overlay, matrix):
    """Draw the vectors of a frame on its upright face."""
    move = overlay.movement
    tails, heads = (
        points @ matrix[:, :2].T + matrix[:, 2] for points in (move.tails, move.heads)
    )
    order = spread_order(*move.grid.cells.T)
    area = move.grid.area * abs(np.linalg.det(matrix[:, :2]))
    mark(face, tails, heads - tails, overlay.shown, order, SCALE, area)
