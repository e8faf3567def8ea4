"""Candidates of the SVM grid, fitted on slices of one Gram matrix."""

from collections import defaultdict

import joblib
import numpy as np
import sklearn
from sklearn.svm import SVC
from sklearn.utils.parallel import Parallel, delayed

from mefeat.evaluation.kernels import KERNELS, distinct_problems

# A task is some kernels of one fold: enough tasks that no process waits long for the
# last, few enough that handing them out costs nothing.
_TASKS_PER_JOB = 8


class _QuietSVC(SVC):
    """SVC that leaves it to `fit_status_` to say that it did not converge.

    Silencing the warning from outside would change the filters of all threads.
    """

    def _warn_from_fit_status(self):
        pass


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
    gram, codes, folds, grid, *, kernel="poly", max_iter=-1, weights=None, n_jobs=None
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
    settings = {"max_iter": max_iter, "class_weight": weights}
    jobs = (
        delayed(_predict)(
            gram, codes, *fold, [grid[i] for i in members], kernel, settings
        )
        for fold in folds
        for members in chunks
    )
    # Fits of small SVMs hold Python's lock, so threads would take turns.
    results = iter(Parallel(n_jobs, prefer="processes")(jobs))
    predicted = [np.empty((len(grid), len(test)), np.intp) for _, test in folds]
    unconverged = np.zeros(len(grid), dtype=np.intp)
    for fold in predicted:
        for members in chunks:
            fold[members], given_up = next(results)
            unconverged[members] += given_up
        fold[:] = fold[first]
    return predicted, unconverged[first]


def _chunks(grid, first, n_folds, n_jobs):
    """Deal out the candidates to be fitted, those that share a kernel together."""
    kernels = defaultdict(list)
    for index in np.unique(first):
        shape = {k: v for k, v in grid[index].items() if k != "C"}
        kernels[tuple(sorted(shape.items()))].append(index)
    kernels = list(kernels.values())
    n_chunks = -(-_TASKS_PER_JOB * joblib.effective_n_jobs(n_jobs) // n_folds)
    n_chunks = min(len(kernels), n_chunks)
    # Dealt like cards: neighbors in the grid take about equally long.
    return [sum(kernels[i::n_chunks], []) for i in range(n_chunks)]


def _predict(gram, codes, train, test, candidates, kernel, settings):
    """Fit candidates to a fold and predict its test rows."""
    predicted = np.empty((len(candidates), len(test)), dtype=np.intp)
    given_up = np.zeros(len(candidates), dtype=np.intp)
    codes = codes[train]
    if np.all(codes == codes[0]):
        predicted[:] = codes[0]
        return predicted, given_up
    inner, cross = gram[np.ix_(train, train)], gram[np.ix_(test, train)]
    evaluate, shape = KERNELS[kernel], None
    with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
        for i, point in enumerate(candidates):
            point = dict(point)
            penalty = point.pop("C")
            if point != shape:
                shape = point
                inner_kernel = evaluate(inner, **shape)
                cross_kernel = evaluate(cross, **shape)
            svc = make_svc(kernel="precomputed", C=penalty, **settings)
            svc.fit(inner_kernel, codes)
            predicted[i], given_up[i] = svc.predict(cross_kernel), svc.fit_status_
    return predicted, given_up
