"""Rows relative to the face at rest: what `--baseline neutral` asks for."""

from contextlib import nullcontext

import joblib
import numpy as np

from benchmarks.accuracy import datasets
from mefeat.datasets import DatasetError
from mefeat.evaluation import relative_to_neutral


def rows_of(estimator, dataset, data, options):
    """Describe clips relative to those of the same subject at rest, if so asked.

    Parameters
    ----------
    estimator : Pipeline
        What is judged.
    dataset : str
        Name of the dataset.
    data : Bunch
        The dataset.
    options : Namespace
        Options of the command.

    Returns
    -------
    estimator : Pipeline
        What is left to be judged.
    X : list of clips, or ndarray of shape (n_clips, n_features)
        On what.

    Raises
    ------
    DatasetError
        If a subject has no clip at rest.
    """
    if options.baseline != "neutral":
        return estimator, data.clips
    neutral = datasets.load_neutral(dataset, options)
    with _all_cores(options):
        rows = estimator[0].fit_transform([*data.clips, *neutral.clips])
    at_rest = np.arange(len(rows)) >= len(data.clips)
    groups = np.concatenate([data.groups, neutral.groups])
    try:
        relative = relative_to_neutral(rows, groups, at_rest)
    except ValueError as error:
        raise DatasetError(f"--baseline neutral on {dataset}: {error}") from error
    return estimator[1:], relative[~at_rest]


def _all_cores(options):
    if options.scheduler is not None:
        return nullcontext()
    return joblib.parallel_config(n_jobs=options.n_jobs)
