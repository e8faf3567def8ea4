"""An estimate of clips, frames, hours and bytes that a run would take."""

import time
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, ParameterGrid
from sklearn.utils import Bunch

from mefeat.base import one_thread
from mefeat.base._pipeline import split_once
from mefeat.facs import CD6ME_UNITS
from mefeat.harness import _datasets as datasets
from mefeat.harness import _methods as methods
from mefeat.harness import _tables as tables
from mefeat.harness._runs import (
    Attempts,
    NoResultError,
    estimator_of,
    folds_of,
    needs_color,
    once,
    say,
    told,
)
from mefeat.harness._store import PER_CLIP, first_of, stored_bytes
from mefeat.model_selection import PolySVCSearch
from mefeat.model_selection._svm import list_points
from mefeat.video._decoding import announced_frames

N_CLIPS = 6
N_INNER = 5
N_CANDIDATES = 8
TIMES = ["time of clips", "time of folds"]
GRID = ("degree", "coef0", "gamma", "C")
NOTE = """\
Time of one core, reckoned from {n} clips of each dataset and a few points of each grid:
a guess within a factor of two or so. What is in the folder of results is not counted
off."""


@dataclass
class Cost:
    """What one method takes on one dataset."""

    features: float
    folds: float
    n_bytes: int


def dry_run(options):
    """Tell what a run would take, without running it."""
    rows, attempts = [], Attempts(options)
    for dataset in options.datasets:
        bunch = once(dataset, options)
        for method in options.methods:
            say(f"calibrating {method} on {dataset}")
            data = bunch(needs_color(method))
            folds = folds_of(dataset, data, options)
            cost = None
            with attempts.of(dataset, method), one_thread():
                estimator = estimator_of(dataset, method, options)
                cost = estimate(estimator, data, folds, options)
            rows.append(_row(dataset, method, data, cost, options))
    table = pd.DataFrame(rows)
    if len(attempts.reasons) == len(table):
        raise NoResultError(f"nothing could be judged: {told(attempts.reasons)}")
    signs, reasons = tables.signs_of(attempts.reasons)
    seconds = np.nansum(table[TIMES].to_numpy())
    n_cores = joblib.effective_n_jobs(options.n_jobs)
    total = (
        f"total: {seconds / 3600:.3g} CPU hours, at best {duration(seconds / n_cores)} "
        f"on {n_cores} cores, and {table['MB'].sum():.0f} MB with --out"
    )
    table[TIMES] = table[TIMES].map(duration)
    for i, row in table.iterrows():
        if sign := signs.get(row["dataset"], {}).get(row["method"]):
            table.loc[i, TIMES] = sign
    text = table.to_string(index=False, na_rep="", float_format="{:.1f}".format)
    notes = "\n".join([total, NOTE.format(n=N_CLIPS), *reasons])
    return f"{text}\n\n{notes}", attempts.reasons


def _row(dataset, method, data, cost, options):
    cost = Cost(np.nan, np.nan, np.nan) if cost is None else cost
    return {
        "dataset": dataset,
        "method": methods.label(method, options.solver),
        "clips": len(data.clips),
        "frames": sum(map(n_frames, data.clips)),
        TIMES[0]: cost.features,
        TIMES[1]: cost.folds,
        "MB": cost.n_bytes / 1e6,
    }


def duration(seconds):
    """Write a time in the unit that suits it."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def n_frames(clip):
    """Count the frames of a clip without reading it."""
    if hasattr(clip, "frames"):
        return len(clip.frames)
    if clip.span is not None:
        return clip.span[1] - clip.span[0] + 1
    if isinstance(clip.path, Path):
        return announced_frames(clip.path) or 0
    return len(clip.path)


def estimate(estimator, data, folds, options):
    """Estimate what it takes to judge a method on a dataset."""
    units = options.protocol == datasets.UNITS
    if units:  # flags, of which only the number is known before
        data = Bunch(**data | {"y": data.y == data.y[0]})
    head, rest, _ = split_once(estimator, options.transductive)
    steps = [step for _, step in getattr(rest, "steps", [(None, rest)])]
    chosen = _spread(data)
    clips = [data.clips[i] for i in chosen]
    head.fit_transform(clips[:1])  # what compiles, compiles now
    described, seconds = _timed(head.fit_transform, clips)
    frames = sum(map(n_frames, clips))
    features = seconds * sum(map(n_frames, data.clips)) / max(frames, 1)
    n_bytes = len(data.clips) * (stored_bytes(first_of(described)) + PER_CLIP)
    n_train = float(np.mean([len(fold.train) for fold in folds]))
    y, learning = data.y[chosen], 0.0
    for step in steps[:-1]:
        # The first time may compile.
        fits = [_timed(clone(step).fit_transform, described, y) for _ in range(2)]
        learning += min(fit[1] for fit in fits) * len(data.clips) / len(clips)
        described = fits[0][0]
    search = _search_seconds(steps[-1], described, data, n_train, options)
    if units:
        search *= len(CD6ME_UNITS)  # a classifier for each
    return Cost(features, len(folds) * (learning + search), n_bytes)


def _timed(function, *arguments):
    start = time.process_time()
    result = function(*arguments)
    return result, time.process_time() - start


def _spread(data):
    """Choose clips of two classes, from short to long."""
    lengths = np.array([n_frames(clip) for clip in data.clips])
    chosen = []
    for label in pd.unique(data.y)[:2]:
        members = np.flatnonzero(data.y == label)
        members = members[np.argsort(lengths[members], kind="stable")]
        places = np.linspace(0, len(members) - 1, min(N_CLIPS // 2, len(members)))
        chosen.append(members[places.round().astype(int)])
    return np.concatenate(chosen)


def _search_seconds(last, described, data, n_train, options):
    """Time the classifier, on a few points of its grid, and reckon the others."""
    if isinstance(last, GridSearchCV):
        return _candidate_seconds(last, described, data, n_train, options)
    rows, y, groups = _rows_like(described, data, round(n_train))
    if isinstance(last, PolySVCSearch):
        return _grid_seconds(last, rows, y, groups, options)
    return _timed(clone(last).fit, rows, y)[1]


def _grid_seconds(search, rows, y, groups, options):
    """Time a search of one point and one of a few, and reckon from these one of all."""
    one, few = (_thinned(search, n_values) for n_values in (1, 2))
    one.fit(rows, y, groups)  # what is slow once, is slow now
    first, seconds = (_timed(model.fit, rows, y, groups)[1] for model in (one, few))
    n_points, n_few = (len(list_points(model)) for model in (search, few))
    per_point = max(seconds - first, 0) / max(n_few - 1, 1)
    if options.selection == "oracle":
        # Without inner folds, which leave out a fifth; fits take the square of rows.
        return first + n_points * per_point / N_INNER * (N_INNER / (N_INNER - 1)) ** 2
    return first + (n_points - 1) * per_point


def _candidate_seconds(search, described, data, n_train, options):
    """Time some candidates of any grid, and reckon from these what all take."""
    if isinstance(described, np.ndarray):
        X, y, _ = _rows_like(described, data, round(n_train))
        scale = 1.0
    else:  # clips still, of which there are few
        X, y = described, data.y[_spread(data)]
        scale = n_train / len(X)
    candidates = list(ParameterGrid(search.param_grid))
    rng = np.random.default_rng(0)
    drawn = rng.choice(
        len(candidates), min(N_CANDIDATES, len(candidates)), replace=False
    )
    total = 0.0
    for i in drawn:
        model = clone(search.estimator).set_params(**candidates[i])
        total += _timed(model.fit, X, y)[1]
        total += _timed(model.predict, X[: -(-len(X) // N_INNER)])[1]
    n_fits = len(candidates) * _inner(options) + 1
    return scale * total / len(drawn) * n_fits


def _inner(options):
    return 1 if options.selection == "oracle" else N_INNER


def _rows_like(described, data, n_rows):
    """Draw rows of the same length, with classes and subjects of the dataset."""
    rng = np.random.default_rng(0)
    some = np.asarray(described)
    rows = some[rng.integers(len(some), size=n_rows)]
    # As far apart as clips are: neighbors of different classes would be hard to learn.
    rows = rows + rng.normal(size=rows.shape) * some.std(axis=0)
    places = rng.permutation(len(data.y))[:n_rows]
    return rows, data.y[places], data.groups[places]


def _thinned(search, n_values):
    """Leave so many values of each parameter in the grid, from end to end.

    Where it is more than one, all of C stay: what is fitted for one may do for others.
    """
    thin = clone(search)
    for name in GRID:
        values = tuple(getattr(search, name))
        whole = name == "C" and n_values > 1
        n_left = len(values) if whole else min(n_values, len(values))
        places = np.linspace(0, len(values) - 1, n_left)
        thin.set_params(**{name: tuple(values[i] for i in places.astype(int))})
    return thin
