"""Micro-expressions after each way of pretraining by faces and macro-expressions."""

import numpy as np
import pandas as pd

from benchmarks.deep.judging import CHEAP, judge
from mefeat.datasets import THREE_CLASSES, make_clips
from mefeat.deep import AutoencoderRNNClassifier
from mefeat.preprocess import Resize

CLASSES = THREE_CLASSES["synthetic"]
MICRO, MACRO = 1.5, 6.0
SETTINGS = {
    "quick": {
        "clips": CHEAP,
        "n_subjects": 3,
        "n_per_class": 1,
        "n_folds": 3,
        "size": (32, 32),
        "pretrain_epochs": 1,
        "epochs": 2,
        "n_frames": 6,
    },
    "small": {
        "clips": {},
        "n_subjects": 6,
        "n_per_class": 2,
        "n_folds": 3,
        "size": (48, 48),
        "pretrain_epochs": 8,
        "epochs": 30,
        "n_frames": 8,
    },
    "full": {
        "clips": {},
        "n_subjects": 26,
        "n_per_class": 4,
        "n_folds": None,
        "size": (64, 64),
        "pretrain_epochs": 50,
        "epochs": 100,
        "n_frames": None,
    },
}
TIMES = {
    "quick": "seconds",
    "small": "about 3 minutes on one core",
    "full": "about 2 days on two cores (by operations)",
}
VARIANTS = {
    "reconstruct, expression": ("reconstruct", "expression"),
    "reconstruct (FIR)": ("reconstruct",),
    "expression (ER)": ("expression",),
    "mixed (MIXT)": "mixed",
    "none": (),
}


def run(clips, n_subjects, n_per_class, n_folds, size, seed, device, **options):
    """Compare the variants of pretraining.

    Parameters
    ----------
    clips : dict
        Options of `make_clips`.
    n_subjects, n_per_class : int
        Number of subjects, and of clips of each in each of five emotions.
    n_folds : int or None
        Folds of subjects; one for each if None.
    size : tuple of int
        Height and width of faces.
    seed : int
        Seed.
    device : str
        Where to train.
    **options
        Parameters of `AutoencoderRNNClassifier`.

    Returns
    -------
    DataFrame
        A row for each variant.
    """
    resize = Resize(size)
    shape = (n_subjects, n_per_class)
    micro = make_clips(*shape, amplitude=MICRO, random_state=seed, **clips)
    # Other people: none of those that are tested is seen before.
    macro = make_clips(*shape, amplitude=MACRO, random_state=seed + 1000, **clips)
    faces = [resize.apply(clip) for clip in micro.clips]
    emotions = np.asarray(macro.target_names)[macro.target]
    rows = {}
    for name, steps in VARIANTS.items():
        model = AutoencoderRNNClassifier(
            steps,
            pretrain_clips=[resize.apply(clip) for clip in macro.clips],
            pretrain_y=[CLASSES[emotion] for emotion in emotions],
            size=size,
            random_state=seed,
            device=device,
            **options,
        )
        rows[name] = judge(model, faces, micro, CLASSES, n_folds)
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "pretraining"
    return table
