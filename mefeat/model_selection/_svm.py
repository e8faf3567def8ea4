"""The grid of an SVM, fitted on one Gram matrix."""

import math
from collections import defaultdict
from functools import cache
from itertools import combinations
from numbers import Real

import joblib
import numpy as np
import sklearn
from sklearn.model_selection import ParameterGrid
from sklearn.svm import SVC
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.parallel import delayed

from mefeat.base._parallel import parallel_processes
from mefeat.model_selection._metrics import AGGREGATES, SCORING

# Two products of parameters that agree so far are one number, rounded in two ways.
_SAME = 1e-12
# Rows that lie closer together, beside their largest number, differ by rounding alone.
_ALIKE = 1e-13


def polynomial_kernel(gram, degree, coef0, gamma):
    """Turn inner products into the polynomial kernel of the SVM.

    Notes
    -----
    The power is made of products, in the order in which LIBSVM takes them.
    """
    base = gamma * gram
    base += coef0
    power = None
    while degree:
        if degree % 2:
            power = base if power is None else power * base
        degree //= 2
        if degree:
            base = base * base
    return np.ones_like(base) if power is None else power


def rbf_kernel(distances, gamma):
    """Turn squared distances into the radial kernel of the SVM."""
    kernel = -gamma * distances
    return np.exp(kernel, out=kernel)


def spread_of(X):
    """Measure how far rows lie from their mean."""
    largest = np.abs(X).max(initial=0.0)
    if largest == 0:
        return 1.0
    # Squares of large or small numbers leave the range of numbers.
    rows = X / largest
    rows -= rows.mean(axis=0)
    spread = np.sqrt(np.mean(np.einsum("ij,ij->i", rows, rows)))
    return float(spread * largest) if spread > _ALIKE else 1.0


KERNELS = {"poly": polynomial_kernel, "linear": lambda gram: gram, "rbf": rbf_kernel}


def gram_of(X, kernel):
    """Compute what all kernels of one name are made of."""
    if kernel != "rbf":
        return X @ X.T
    # Distances do not change, and large means would cost digits.
    X = X - X.mean(axis=0)
    gram = X @ X.T
    squares = np.diag(gram)
    return np.maximum(squares[:, None] + squares - 2 * gram, 0)


def distinct_problems(grid, kernel):
    """Tell which candidates are the same problem in other words.

    A kernel times s with the penalty C / s is the kernel with C. So polynomials with
    coef0 = 0 are the same if C gamma^degree is, and others if gamma / coef0 and
    C coef0^degree are.
    """
    described = [_DESCRIPTIONS[kernel](**point) for point in grid]
    keys = np.column_stack([_merged(column) for column in zip(*described, strict=True)])
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return first[inverse.ravel()]


def _describe_polynomial(degree, coef0, gamma, C):
    if coef0 == 0:
        return degree, 0.0, 0.0, C * gamma**degree
    return degree, 1.0, gamma / coef0, C * coef0**degree


_DESCRIPTIONS = {
    "poly": _describe_polynomial,
    "linear": lambda C: (C,),
    "rbf": lambda gamma, C: (gamma, C),
}


def _merged(values):
    """Give equal numbers to values that agree but for rounding."""
    values = np.asarray(values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    steps = np.diff(values[order])
    new = steps > _SAME * np.abs(values[order][1:])
    numbers = np.empty(len(values), dtype=np.intp)
    numbers[order] = np.concatenate([[0], np.cumsum(new)])
    return numbers


# Below this share of what is summed, a decision may depend on the order of summing.
_DOUBT = 1e-12


def vote(svc, kernel):
    """Predict the classes of rows as `SVC.predict` does.

    Notes
    -----
    `SVC.predict` takes a fifth of a millisecond to look at what it is given, a tenth
    of what a small fit takes. Decisions so close to 0 that the order of summing might
    turn them are left to it.
    """
    n_classes = len(svc.classes_)
    rows, present, winners = _pairs(n_classes)
    members = np.repeat(np.arange(n_classes), svc.n_support_)
    # Of one class against another, each support vector has its own coefficient.
    weights = svc.dual_coef_[rows[:, members], np.arange(len(members))]
    weights *= present[:, members]
    whole, kernel = kernel, kernel[:, svc.support_]
    decisions = kernel @ weights.T + svc.intercept_
    size = np.abs(kernel).max() * np.abs(weights).sum(axis=1)
    if np.any(np.abs(decisions) <= _DOUBT * (size + np.abs(svc.intercept_))):
        return svc.predict(whole)
    if n_classes == 2:
        return svc.classes_[(decisions[:, 0] > 0).astype(np.intp)]
    chosen = winners[(decisions > 0).astype(np.intp), np.arange(len(rows))]
    votes = (chosen[:, :, None] == np.arange(n_classes)).sum(axis=1)
    return svc.classes_[votes.argmax(axis=1)]


@cache
def _pairs(n_classes):
    """Lay out pairs of classes: rows of `dual_coef_` by class, who is in, who wins."""
    pairs = list(combinations(range(n_classes), 2))
    rows = np.zeros((len(pairs), n_classes), dtype=np.intp)
    present = np.zeros((len(pairs), n_classes))
    for number, (first, second) in enumerate(pairs):
        rows[number, first], rows[number, second] = second - 1, first
        present[number, [first, second]] = 1
    return rows, present, np.array(pairs)[:, ::-1].T


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

    Notes
    -----
    Training rows of a single class predict this class. Candidates that are the same
    problem (see `distinct_problems`) share the predictions of the first of them.
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
    results, before, unbounded = [], None, False
    for svc in svcs:
        if unbounded:
            results.append(results[-1])
            continue
        svc.fit(inner, codes)
        results.append((vote(svc, cross), svc.fit_status_))
        unbounded = before is not None and _same_end(before, svc)
        before = svc
    return results


def _same_end(one, other):
    return (
        np.array_equal(one.n_iter_, other.n_iter_)
        and np.array_equal(one.support_, other.support_)
        and np.array_equal(one.dual_coef_, other.dual_coef_)
    )


_SEARCHED = {
    "poly": ("degree", "coef0", "gamma", "C"),
    "linear": ("C",),
    "rbf": ("gamma", "C"),
}
# Binary exponent of numbers whose squares, summed up, stay far from the largest.
_SQUARED = 400
# Decimal exponent of the largest product of parameters.
_LARGEST = 150
_CHOICES = {"kernel": KERNELS, "scoring": SCORING, "aggregate": AGGREGATES}


def list_points(search):
    """List the points of the grid, checked."""
    search._validate_params()
    for name, known in _CHOICES.items():
        value = getattr(search, name)
        if value not in known:
            raise ValueError(f"{name} must be one of {list(known)}, got {value!r}.")
    names = _SEARCHED[search.kernel]
    grid = list(ParameterGrid({name: getattr(search, name) for name in names}))
    for point in grid:
        svc_of(search, point)._validate_params()
        _check_point(**point)
    return grid


def _check_point(C, gamma=1, degree=1, coef0=0):
    """Refuse what no kernel of rows of length 1 can be computed of."""
    for name, value in (("C", C), ("gamma", gamma), ("coef0", coef0)):
        if not isinstance(value, Real) or not math.isfinite(value):
            raise ValueError(f"{name} must hold finite numbers, got {value!r}.")
    largest = max(abs(gamma) + abs(coef0), 1)
    if degree * math.log10(largest) + math.log10(max(C, 1)) > _LARGEST:
        raise ValueError(
            f"degree={degree}, coef0={coef0}, gamma={gamma}, C={C} is a point of the "
            f"grid, but C (gamma + coef0) ** degree must be below 1e{_LARGEST}."
        )


def svc_of(search, point):
    """Make the classifier of a point of the grid."""
    return _QuietSVC(
        kernel=search.kernel,
        class_weight=search.class_weight,
        max_iter=search.max_iter,
        **point,
    )


def predict_points(search, X, codes, folds, classes):
    """Predict the test rows of every fold by every point of the grid."""
    scales = None
    if search.scale:
        scales = np.array([spread_of(X[train]) for train, _ in folds])
        # By a power of two, which changes no digit: squares are to stay numbers.
        exponent = np.frexp(np.abs(X).max(initial=0.0))[1]
        if abs(exponent) > _SQUARED:
            X, scales = np.ldexp(X, -exponent), np.ldexp(scales, -exponent)
    weights = search.class_weight
    if isinstance(weights, dict):
        weights = {code: weights.get(name, 1) for code, name in enumerate(classes)}
    with np.errstate(over="ignore", invalid="ignore"):
        gram = gram_of(X, search.kernel)
    return predict_folds(
        gram,
        codes,
        folds,
        list_points(search),
        kernel=search.kernel,
        scales=scales,
        max_iter=search.max_iter,
        weights=weights,
        n_jobs=search.n_jobs,
    )
