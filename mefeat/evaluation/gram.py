"""Candidates of the SVM grid, fitted on slices of one Gram matrix."""

from collections import defaultdict

import numpy as np
import sklearn
from sklearn.svm import SVC
from sklearn.utils.parallel import Parallel, delayed


def polynomial_kernel(gram, degree, coef0, gamma):
    """Turn inner products into the polynomial kernel of the SVM.

    Parameters
    ----------
    gram : ndarray of shape (n_rows, n_columns)
        Inner products.
    degree : int
        Degree.
    coef0, gamma : float
        Constant, and factor of the inner product.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        The kernel (gamma * gram + coef0) ** degree.

    Examples
    --------
    >>> import numpy as np
    >>> polynomial_kernel(np.array([[4.0, 2.0]]), degree=2, coef0=1, gamma=0.5)
    array([[9., 4.]])
    """
    return (gamma * gram + coef0) ** degree


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


def predict_folds(gram, codes, folds, grid, *, max_iter=-1, n_jobs=None):
    """Predict the test rows of every fold by every candidate.

    Parameters
    ----------
    gram : ndarray of shape (n_clips, n_clips)
        Inner products of the rows.
    codes : ndarray of int, shape (n_clips,)
        Classes as 0, 1, ...
    folds : list of (ndarray, ndarray)
        Indices of the training and the test rows.
    grid : list of dict
        Candidates: degree, coef0, gamma and C.
    max_iter : int, default=-1
        Iterations after which a fit is given up; -1 for no limit.
    n_jobs : int, default=None
        Kernels at a time.

    Returns
    -------
    predicted : list of ndarray of int, shape (n_candidates, n_test)
        Codes that the candidates predict, for each fold.
    unconverged : ndarray of int, shape (n_candidates,)
        How many fits of each candidate were given up.

    Notes
    -----
    Training rows of a single class predict this class.

    Examples
    --------
    >>> import numpy as np
    >>> X, folds = np.array([[-1.0], [1.0], [-2.0], [2.0]]), [([0, 1], [2, 3])]
    >>> point = {"degree": 3, "coef0": 0, "gamma": 1, "C": 1}
    >>> predicted, _ = predict_folds(X @ X.T, np.array([0, 1, 0, 1]), folds, [point])
    >>> predicted[0]
    array([[0, 1]])
    """
    kernels = _kernels(grid)
    parts = [(gram[np.ix_(a, a)], gram[np.ix_(b, a)], codes[a]) for a, b in folds]
    jobs = (
        delayed(_predict)(*part, [grid[i] for i in members], max_iter)
        for part in parts
        for members in kernels
    )
    results = iter(Parallel(n_jobs, prefer="threads")(jobs))
    predicted = [np.empty((len(grid), len(test)), np.intp) for _, test in folds]
    unconverged = np.zeros(len(grid), dtype=np.intp)
    for fold in predicted:
        for members in kernels:
            fold[members], given_up = next(results)
            unconverged[members] += given_up
    return predicted, unconverged


def _kernels(grid):
    """Group the candidates that share a kernel, and so differ by C alone."""
    groups = defaultdict(list)
    for index, point in enumerate(grid):
        groups[point["degree"], point["coef0"], point["gamma"]].append(index)
    return list(groups.values())


def _predict(inner, cross, codes, candidates, max_iter):
    """Fit candidates of one kernel to a fold and predict its test rows."""
    predicted = np.empty((len(candidates), len(cross)), dtype=np.intp)
    given_up = np.zeros(len(candidates), dtype=np.intp)
    if np.all(codes == codes[0]):
        predicted[:] = codes[0]
        return predicted, given_up
    shape = {name: value for name, value in candidates[0].items() if name != "C"}
    inner, cross = polynomial_kernel(inner, **shape), polynomial_kernel(cross, **shape)
    with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
        for i, point in enumerate(candidates):
            svc = make_svc(kernel="precomputed", C=point["C"], max_iter=max_iter)
            svc.fit(inner, codes)
            predicted[i], given_up[i] = svc.predict(cross), svc.fit_status_
    return predicted, given_up
