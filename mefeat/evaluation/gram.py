"""Candidates of the SVM grid, fitted on slices of one Gram matrix."""

from collections import defaultdict

import joblib
import numpy as np
import sklearn
from sklearn.svm import SVC
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.parallel import delayed

from mefeat.base import parallel_processes
from mefeat.evaluation.kernels import KERNELS, distinct_problems
from mefeat.evaluation.voting import vote

# A task is some kernels of one fold: enough tasks that no process waits long for the
# last, few enough that handing them out costs nothing.
_TASKS_PER_JOB = 8


class _QuietSVC(SVC):
    """SVC that leaves it to `fit_status_` to say that it did not converge.

    Silencing the warning from outside would change the filters of all threads.
    """

    def _warn_from_fit_status(self):
        pass


class _FoldSVC(_QuietSVC):
    """SVM of a fold, whose classes and their weights were looked at before."""

    targets: tuple

    def _validate_targets(self, y):
        self.classes_, self.class_weight_ = self.targets
        return np.searchsorted(self.classes_, y).astype(np.float64)


def make_svc(**params):
    """Make an SVM that says by `fit_status_` alone that it did not converge.

    Parameters
    ----------
    **params
        Parameters of `sklearn.svm.SVC`.

    Returns
    -------
    SVC
        The SVM, not fitted.

    Examples
    --------
    >>> make_svc(kernel="linear", max_iter=1).fit([[0], [1], [2]], [0, 1, 0]).n_iter_
    array([1], dtype=int32)
    """
    return _QuietSVC(**params)


def predict_folds(
    gram,
    codes,
    folds,
    grid,
    *,
    kernel="poly",
    scales=None,
    max_iter=-1,
    weights=None,
    n_jobs=None,
):
    """Predict the test rows of every fold by every candidate.

    Parameters
    ----------
    gram : ndarray of shape (n_clips, n_clips)
        What `gram_of` gives for the rows.
    codes : ndarray of int, shape (n_clips,)
        Classes as 0, 1, ...
    folds : list of (ndarray, ndarray)
        Indices of the training and the test rows.
    grid : list of dict
        Candidates: C, and the parameters of the kernel.
    kernel : {"poly", "linear", "rbf"}, default="poly"
        Kernel.
    scales : list of float, default=None
        What the rows of each fold are divided by, if anything.
    max_iter : int, default=-1
        Iterations after which a fit is given up; -1 for no limit.
    weights : dict of int to float, "balanced" or None, default=None
        Factors of C for the codes, as `class_weight` of `SVC`.
    n_jobs : int, default=None
        Processes, unless `joblib.parallel_config` says otherwise.

    Returns
    -------
    predicted : list of ndarray of int, shape (n_candidates, n_test)
        Codes that the candidates predict, for each fold.
    unconverged : ndarray of int, shape (n_candidates,)
        How many fits of each candidate were given up.

    Notes
    -----
    Training rows of a single class predict this class. Candidates that are the same
    problem (see `distinct_problems`) share the predictions of the first of them.

    Examples
    --------
    >>> import numpy as np
    >>> X, folds = np.array([[-1.0], [1.0], [-2.0], [2.0]]), [([0, 1], [2, 3])]
    >>> point = {"degree": 3, "coef0": 0, "gamma": 1, "C": 1}
    >>> predicted, _ = predict_folds(X @ X.T, np.array([0, 1, 0, 1]), folds, [point])
    >>> predicted[0]
    array([[0, 1]])
    """
    first = distinct_problems(grid, kernel)
    chunks = _chunks(grid, first, len(folds), n_jobs)
    tasks = [[[grid[i] for i in same] for same in chunk] for chunk in chunks]
    scales = [1.0] * len(folds) if scales is None else scales
    jobs = (
        delayed(_predict)(gram, codes, *fold, scale, task, kernel, weights, max_iter)
        for fold, scale in zip(folds, scales, strict=True)
        for task in tasks
    )
    # Fits of small SVMs hold Python's lock, so threads would take turns.
    results = iter(parallel_processes(n_jobs)(jobs))
    predicted = [np.empty((len(grid), len(test)), np.intp) for _, test in folds]
    unconverged = np.zeros(len(grid), dtype=np.intp)
    for fold in predicted:
        for chunk in chunks:
            members = sum(chunk, [])
            fold[members], given_up = next(results)
            unconverged[members] += given_up
        fold[:] = fold[first]
    return predicted, unconverged[first]


def _chunks(grid, first, n_folds, n_jobs):
    """Deal out what is to be fitted: tasks of kernels of candidates, C ascending."""
    kernels = defaultdict(list)
    for index in np.unique(first):
        shape = {k: v for k, v in grid[index].items() if k != "C"}
        kernels[tuple(sorted(shape.items()))].append(index)
    kernels = [sorted(same, key=lambda i: grid[i]["C"]) for same in kernels.values()]
    n_chunks = -(-_TASKS_PER_JOB * joblib.effective_n_jobs(n_jobs) // n_folds)
    n_chunks = min(len(kernels), n_chunks)
    # Dealt like cards: neighbors in the grid take about equally long.
    return [kernels[i::n_chunks] for i in range(n_chunks)]


def _predict(gram, codes, train, test, scale, kernels, kernel, weights, max_iter):
    """Fit the candidates of some kernels to a fold and predict its test rows."""
    n_candidates = sum(map(len, kernels))
    codes = codes[train]
    classes = np.unique(codes)
    if len(classes) == 1:
        shape = n_candidates, len(test)
        return np.full(shape, classes[0]), np.zeros(n_candidates, dtype=np.intp)
    weights = compute_class_weight(weights, classes=classes, y=codes)
    inner, cross = gram[np.ix_(train, train)], gram[np.ix_(test, train)]
    if scale != 1:
        inner, cross = inner / scale**2, cross / scale**2
    results = []
    with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
        for candidates in kernels:
            shape = {k: v for k, v in candidates[0].items() if k != "C"}
            with np.errstate(over="ignore", invalid="ignore"):
                both = [KERNELS[kernel](part, **shape) for part in (inner, cross)]
            if not all(np.isfinite(part).all() for part in both):
                point = ", ".join(f"{name}={value}" for name, value in shape.items())
                raise ValueError(
                    f"the kernel of {point or 'these rows'} overflows: the numbers of "
                    "the rows, or these parameters, are too large."
                )
            svcs = [_FoldSVC(kernel="precomputed", C=p["C"]) for p in candidates]
            for svc in svcs:
                svc.max_iter, svc.targets = max_iter, (classes, weights)
            results += _try_penalties(svcs, *both, codes)
    predicted, given_up = zip(*results, strict=True)
    return np.array(predicted), np.array(given_up)


def _try_penalties(svcs, inner, cross, codes):
    """Fit SVMs that differ by C alone, ascending, until C no longer matters.

    LIBSVM uses C to bound the coefficients and for nothing else. Where two values lead
    to the same coefficients in as many iterations, the smaller never was a bound, and
    every larger one takes the same way to the same end.
    """
    results, before, settled = [], None, False
    for svc in svcs:
        if settled:
            results.append(results[-1])
            continue
        svc.fit(inner, codes)
        results.append((vote(svc, cross), svc.fit_status_))
        settled = before is not None and _same_end(before, svc)
        before = svc
    return results


def _same_end(one, other):
    return (
        np.array_equal(one.n_iter_, other.n_iter_)
        and np.array_equal(one.support_, other.support_)
        and np.array_equal(one.dual_coef_, other.dual_coef_)
    )
