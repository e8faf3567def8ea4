"""The search of the SVM's parameters, against scikit-learn's and against bare fits."""

import time

import joblib
import numpy as np
import sklearn
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut, ParameterGrid
from sklearn.svm import SVC
from sklearn.utils.parallel import Parallel, delayed

from benchmarks import peers
from benchmarks.speed.timing import best, moving_texture, row
from mefeat import Clip
from mefeat.model_selection import PolySVCSearch, candidate_predictions
from mefeat.model_selection._svm import polynomial_kernel
from mefeat.texture import LBPTOP

# The grid of the thesis, and the numbers of clips, subjects and classes of CASME II.
THESIS = {
    "degree": (2, 3, 4, 5),
    "coef0": (0, 1, 2, 3),
    "gamma": tuple(np.arange(1, 101) / 100),
    "C": (0.1, 1, 10, 100),
}
CLASS_COUNTS = (99, 63, 32, 28, 25)
N_SUBJECTS = 26
LENGTHS = (72, 11328)


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
        found["ours"] = PolySVCSearch(**grid, cv=cv, aggregate="mean", scale=False).fit(
            rows, y
        )

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


def grid_rows(quick):
    """Time a random part of the thesis's protocol against its bare fits.

    Oracle selection in LOSO fits every point of the grid in each of 26 folds, nested
    selection in five inner folds of each. The part has all degrees, constants and
    penalties, and for a fold or two gammas that are drawn; a run of the whole takes as
    many times longer as it has more fits.

    Parameters
    ----------
    quick : bool
        Whether to take one gamma and one fold.

    Returns
    -------
    list of dict
        Rows.
    """
    n_jobs = 1 if quick else joblib.cpu_count()
    n_gammas, n_folds, rounds = (1, 1, 1) if quick else (2, 4, 2)
    # Starting processes takes seconds once, a run of the whole minutes.
    Parallel(n_jobs)(delayed(bare_seconds)(*_warm()) for _ in range(2 * n_jobs))
    table = []
    for length in LENGTHS:
        X, y, groups = make_rows(length)
        rng = np.random.default_rng(0)
        outer = list(LeaveOneGroupOut().split(X, y, groups))
        outer = [outer[i] for i in rng.choice(N_SUBJECTS, n_folds, replace=False)]
        gamma = np.sort(rng.choice(THESIS["gamma"], n_gammas, replace=False))
        search = PolySVCSearch(**(THESIS | {"gamma": gamma}), scale=False)
        nested = _nested(outer[: max(1, n_folds // 4)], y, groups)
        for name, folds in ("oracle, LOSO", outer), ("nested", nested):
            ours, bare = _times(search, X, y, folds, n_jobs, rounds)
            grid = ParameterGrid(THESIS | {"gamma": gamma})
            job = (
                f"thesis grid, {name}, {len(X)}x{length}, {len(grid)} points, "
                f"{len(folds)} folds, cores: {n_jobs}"
            )
            peer = "SVC(precomputed).fit / cores"
            table.append(row(job, ours, peer, bare, 1.2, higher=False))
    return table


def make_rows(length, seed=0):
    """Make rows of as many clips, subjects and classes as CASME II has.

    Parameters
    ----------
    length : int
        Numbers in a row: if they are a multiple of 59, histograms of so many bins, else
        rows of length 1, as of MDMO.
    seed : int, default=0
        Seed.

    Returns
    -------
    X : ndarray of shape (247, length)
        Rows.
    y, groups : ndarray of int, shape (247,)
        Classes and subjects.
    """
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(range(5), CLASS_COUNTS))
    groups = rng.permutation(np.arange(len(y)) % N_SUBJECTS)
    if length % 59:
        parts = rng.random((len(y), length)), rng.random((5, length))[y]
        X = parts[0] + 0.3 * parts[1] + 0.3 * rng.random((N_SUBJECTS, length))[groups]
        return X / np.linalg.norm(X, axis=1, keepdims=True), y, groups
    n_blocks = length // 59

    def histograms(n):
        return rng.dirichlet(np.full(59, 0.3), size=(n, n_blocks))

    shares = histograms(1) + 0.15 * histograms(5)[y]
    shares += 0.3 * histograms(N_SUBJECTS)[groups]
    shares /= shares.sum(axis=-1, keepdims=True)
    return (rng.multinomial(500, shares) / 500).reshape(len(y), -1), y, groups


def _nested(outer, y, groups):
    """List the inner folds of outer ones, in indices of all rows."""
    folds = []
    for train, _ in outer:
        inner = GroupKFold(5).split(train, y[train], groups[train])
        folds += [(train[a], train[b]) for a, b in inner]
    return folds


def _times(search, X, y, folds, n_jobs, rounds):
    """Time folds by turns: as the search does them, and their fits alone.

    Both run as many processes at a time, so that what else the machine does slows them
    alike. Of the fits the times within the calls are added up.
    """
    grid = list(ParameterGrid({k: getattr(search, k) for k in THESIS}))
    gram = X @ X.T
    parts = [folds[i::2] for i in range(2)] if len(folds) > 1 else [folds]
    ours, bare = np.full((2, len(parts)), np.inf)
    for _ in range(rounds):
        for i, part in enumerate(parts):
            start = time.perf_counter()
            candidate_predictions(search, X, y, part, n_jobs=n_jobs)
            ours[i] = min(ours[i], time.perf_counter() - start)
            jobs = (
                delayed(bare_seconds)(gram, y, train, grid[j::n_jobs])
                for train, _ in part
                for j in range(n_jobs)
            )
            bare[i] = min(bare[i], sum(Parallel(n_jobs)(jobs)) / n_jobs)
    return ours.sum(), bare.sum()


def bare_seconds(gram, y, train, points, clock=time.perf_counter):
    """Time the fits alone, without kernels, slices and predictions.

    Parameters
    ----------
    gram : ndarray of shape (n_clips, n_clips)
        Inner products of the rows.
    y : ndarray of shape (n_clips,)
        Classes.
    train : ndarray of int
        What is fitted.
    points : list of dict
        Points of the grid.
    clock : callable, default=time.perf_counter
        Tells seconds.

    Returns
    -------
    float
        Seconds.
    """
    inner, total = gram[np.ix_(train, train)], 0.0
    with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
        for point in points:
            shape = {k: v for k, v in point.items() if k != "C"}
            kernel = polynomial_kernel(inner, **shape)
            svc = SVC(kernel="precomputed", C=point["C"], max_iter=1_000_000)
            start = clock()
            svc.fit(kernel, y[train])
            total += clock() - start
    return total


def _warm():
    X, y = np.arange(4.0)[:, None], np.arange(4) % 2
    return X @ X.T, y, np.arange(4), [{"degree": 2, "coef0": 1, "gamma": 1, "C": 1}]
