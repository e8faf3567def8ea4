"""The grid of a `PolySVCSearch`: its points, their classifiers, what they predict."""

import math
from numbers import Real

import numpy as np
from sklearn.model_selection import ParameterGrid

from mefeat.evaluation.gram import make_svc, predict_folds
from mefeat.evaluation.kernels import KERNELS, gram_of, spread_of
from mefeat.evaluation.ranking import AGGREGATES, SCORING

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
    """List the points of the grid, checked.

    Parameters
    ----------
    search : PolySVCSearch
        Search.

    Returns
    -------
    list of dict
        Parameters of each candidate, in the order of `ParameterGrid`.

    Raises
    ------
    ValueError
        If a parameter of the search is not what it may be.

    Examples
    --------
    >>> from mefeat.evaluation import PolySVCSearch
    >>> list_points(PolySVCSearch(kernel="linear", C=(1, 10)))
    [{'C': 1}, {'C': 10}]
    """
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
    """Make the classifier of a point of the grid.

    Parameters
    ----------
    search : PolySVCSearch
        Search.
    point : dict
        Parameters.

    Returns
    -------
    SVC
        The classifier, not fitted.

    Examples
    --------
    >>> from mefeat.evaluation import PolySVCSearch
    >>> svc_of(PolySVCSearch(kernel="linear"), {"C": 10}).kernel
    'linear'
    """
    return make_svc(
        kernel=search.kernel,
        class_weight=search.class_weight,
        max_iter=search.max_iter,
        **point,
    )


def predict_points(search, X, codes, folds, classes):
    """Predict the test rows of every fold by every point of the grid.

    Parameters
    ----------
    search : PolySVCSearch
        Search.
    X : ndarray of shape (n_clips, n_features)
        Rows.
    codes : ndarray of int, shape (n_clips,)
        Classes of the rows, as indices of `classes`.
    folds : list of (ndarray, ndarray)
        Indices of the training and the test rows.
    classes : ndarray of shape (n_classes,)
        Classes.

    Returns
    -------
    predicted : list of ndarray of int, shape (n_candidates, n_test)
        Codes that the candidates predict, for each fold.
    unconverged : ndarray of int, shape (n_candidates,)
        How many fits of each candidate were given up.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.evaluation import PolySVCSearch
    >>> search, X = PolySVCSearch(kernel="linear", C=(1,)), np.array([[-1.0], [1.0]])
    >>> predicted, _ = predict_points(
    ...     search, X, np.array([0, 1]), [(np.array([0, 1]), np.array([1]))], ["a", "b"]
    ... )
    >>> predicted[0]
    array([[1]])
    """
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
