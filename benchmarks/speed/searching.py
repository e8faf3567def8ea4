"""The search of the SVM's parameters against scikit-learn's."""

import time

import numpy as np
from sklearn.model_selection import GroupKFold

from benchmarks import peers
from benchmarks.speed.timing import best, moving_texture, row
from mefeat import Clip
from mefeat.evaluation import PolySVCSearch
from mefeat.texture import LBPTOP


def search_rows(quick):
    """Time the polynomial grid on LBP-TOP rows against GridSearchCV.

    Parameters
    ----------
    quick : bool
        Whether to use few rows and a small grid.

    Returns
    -------
    list of dict
        Rows.
    """
    n_clips, n_subjects = (24, 4) if quick else (120, 8)
    rows = LBPTOP().transform(
        [Clip(frames=moving_texture(10, seed=i)) for i in range(n_clips)]
    )
    rng = np.random.default_rng(0)
    y = np.arange(n_clips) % 3
    rows += 0.02 * rng.random((3, rows.shape[1]))[y]
    groups = np.arange(n_clips) * n_subjects // n_clips
    grid = {"degree": (2, 3), "coef0": (0, 1), "gamma": (0.01, 0.1), "C": (0.1, 10)}
    if not quick:
        grid |= {"degree": (2, 3, 4, 5), "coef0": (0, 1, 2, 3)}
    cv = list(GroupKFold(min(5, n_subjects)).split(rows, y, groups))
    found = {}

    def ours():
        found["ours"] = PolySVCSearch(**grid, cv=cv, aggregate="mean").fit(rows, y)

    def theirs():
        found["theirs"] = peers.grid_search(grid, cv).fit(rows, y)

    # Fitting once is enough: it takes seconds, and GridSearchCV minutes.
    start = time.perf_counter()
    theirs()
    long = time.perf_counter() - start
    (short,) = best(ours, repeats=2)
    if found["ours"].best_params_ != found["theirs"].best_params_:
        raise AssertionError("the searches disagree about the winner.")
    points = int(np.prod([len(values) for values in grid.values()]))
    job = f"SVM grid, {points} points, {len(cv)} folds, {n_clips}x{rows.shape[1]}"
    return [row(job, short, "GridSearchCV(SVC)", long, 20)]
