"""The class by the apex frame alone: large motions and small, new persons and known."""

import pandas as pd

from benchmarks.deep.judging import CHEAP, judge
from mefeat.datasets import make_clips
from mefeat.deep import ApexCNNClassifier
from mefeat.preprocess import Resize

SETTINGS = {
    "quick": {
        "clips": CHEAP,
        "n_subjects": 3,
        "n_per_class": 1,
        "frame": (43, 35),
        "size": 48,
        "width": 2,
        "epochs": 2,
        "n_folds": 3,
    },
    "small": {
        "clips": {},
        "n_subjects": 8,
        "n_per_class": 2,
        "frame": (85, 70),
        "size": 88,
        "width": 4,
        "epochs": 30,
        "n_folds": 5,
    },
    "full": {
        "clips": {},
        "n_subjects": 26,
        "n_per_class": 3,
        "frame": (340, 280),
        "size": 400,
        "width": 32,
        "epochs": 50,
        "n_folds": 5,
    },
}
TIMES = {
    "quick": "seconds",
    "small": "about 7 minutes on one core",
    "full": "about 3 weeks on two cores, some hours on a GPU (by operations)",
}
AMPLITUDES = (6.0, 1.5)


def run(
    clips, n_subjects, n_per_class, frame, size, width, epochs, n_folds, *, seed, device
):
    """Compare large and small expressions.

    Parameters
    ----------
    clips : dict
        Options of `make_clips`.
    n_subjects, n_per_class : int
        Number of subjects, and of clips of each in each of five classes.
    frame : tuple of int
        Height and width of the apex frame.
    size, width, epochs : int
        As for `ApexCNNClassifier`.
    n_folds : int
        Folds of clips, as in the study, beside those of subjects.
    seed : int
        Seed.
    device : str
        Where to train.

    Returns
    -------
    DataFrame
        A row for each amplitude and protocol.
    """
    rows = {}
    protocols = {"subjects": {}, "clips": {"protocol": "kfold", "n_folds": n_folds}}
    for amplitude in AMPLITUDES:
        bunch = make_clips(
            n_subjects, n_per_class, amplitude=amplitude, random_state=seed, **clips
        )
        resize = Resize(frame)
        faces = [
            resize.apply(clip.at([clip.apex])).replace(apex=0) for clip in bunch.clips
        ]
        # All epochs are trained and the last is kept, as in the study.
        model = ApexCNNClassifier(
            size=size,
            width=width,
            epochs=epochs,
            validation_fraction=0,
            random_state=seed,
            device=device,
        )
        for held_out, options in protocols.items():
            rows[amplitude, held_out] = judge(model, faces, bunch, **options)
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.names = ["amplitude", "held out"]
    return table
