"""Judging classifiers by subjects, one row of the table for each."""

import numpy as np

from mefeat.evaluation import evaluate

# Options of `make_clips` for clips that cost little, to see that things run.
CHEAP = {"fps": 50}


def judge(model, clips, bunch, classes=None, n_folds=None, protocol="group_kfold"):
    """Judge a classifier by folds, of subjects unless told otherwise.

    Parameters
    ----------
    model : estimator
        Takes clips; its `fit` takes groups.
    clips : list of Clip
        Clips.
    bunch : Bunch
        What they were made from.
    classes : dict of str to str, default=None
        What the emotions of the bunch count as.
    n_folds : int, default=None
        Number of folds; by default each subject is one, whatever the protocol.
    protocol : str, default="group_kfold"
        How folds are made, as for `evaluate`.

    Returns
    -------
    dict of str to float
        Accuracy, macro-F1, and the accuracy of the most frequent class.
    """
    y = np.asarray(bunch.target_names)[bunch.target]
    if classes is not None:
        y = np.array([classes[emotion] for emotion in y])
    result = evaluate(
        model,
        clips,
        y,
        bunch.groups,
        protocol=protocol if n_folds else "loso",
        n_splits=n_folds or 5,
        verbose=True,
    )
    return {
        "accuracy": result.accuracy,
        "macro_f1": result.scores["macro_f1"],
        "largest_class": np.unique(y, return_counts=True)[1].max() / len(y),
    }
