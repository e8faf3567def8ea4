"""Hidden expressions: movements below a pixel, with and without alignment."""

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mefeat.base import ClipPipeline
from mefeat.datasets import make_clips
from mefeat.datasets._generator._settings import CLASSES
from mefeat.evaluation import evaluate
from mefeat.faces import Align
from mefeat.flow import OpticalFlow
from mefeat.interpolate import TemporalInterpolation
from mefeat.overlay import CanonicalFace, MeanMovement, MicroMovement
from mefeat.texture import LBPTOP

N_FRAMES = 12


def features(name):
    """Make features with one kind of alignment, all the same otherwise.

    Parameters
    ----------
    name : str
        A key of `ALIGNMENTS`.

    Returns
    -------
    ClipPipeline
        From clips with landmarks to rows.
    """
    return ClipPipeline(
        [*ALIGNMENTS[name](), TemporalInterpolation(N_FRAMES), *_end(name)]
    )


def _end(name):
    if name.startswith("texture"):
        return [LBPTOP(grid=(5, 5))]
    steady = name != "canonical face, not steadied"
    moves = MicroMovement("lk", steady=steady and name.startswith("canonical"))
    if name == "flow aligned by 13 points":
        moves = OpticalFlow("lucas_kanade", align="affine")
    return [moves, MeanMovement(3)]


ALIGNMENTS = {
    "none": lambda: [],
    "flow aligned by 13 points": lambda: [],
    "Align(), similarity": lambda: [Align(smoothing_frames=2.0)],
    "canonical face": lambda: [CanonicalFace(192)],
    "canonical face, not steadied": lambda: [CanonicalFace(192)],
    "canonical face, all landmarks": lambda: [CanonicalFace(192, follow="landmarks")],
    "texture, none": lambda: [],
    "texture, canonical face": lambda: [CanonicalFace(192)],
}


def hidden_table(quick, seed=11):
    """Classify hidden expressions, below a pixel, with and without alignment.

    Parameters
    ----------
    quick : bool
        Whether to use few clips and features.
    seed : int, default=11
        Seed of the clips.

    Returns
    -------
    DataFrame
        Accuracy and macro-F1 of a linear SVM, one subject left out at a time.
    """
    rows = []
    for amplitude in (0.8,) if quick else (0.4, 0.8):
        bunch = make_clips(
            *((2, 1, CLASSES[:2]) if quick else (8, 3)),
            amplitude=amplitude,
            head_motion=1.0,
            random_state=seed,
            fps=50 if quick else 200,
            size=(96, 80) if quick else (170, 140),
        )
        for name in ("none", "canonical face") if quick else ALIGNMENTS:
            model = make_pipeline(
                features(name), StandardScaler(), SVC(kernel="linear", C=0.01)
            )
            result = evaluate(model, bunch.clips, bunch.target, bunch.groups)
            rows.append(
                {
                    "amplitude": amplitude,
                    "alignment": name,
                    "accuracy": round(float(result.accuracy), 3),
                    "macro-F1": round(float(result.macro_f1), 3),
                    "clips": len(np.asarray(bunch.target)),
                }
            )
            print(rows[-1], flush=True)
    return pd.DataFrame(rows)
