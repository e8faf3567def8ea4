"""Kernels of the SVM that follow from one Gram matrix, and which of them are alike."""

import numpy as np

# Two products of parameters that agree so far are one number, rounded in two ways.
_SAME = 1e-12
# Rows that lie closer together, beside their largest number, differ by rounding alone.
_ALIKE = 1e-13


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

    Notes
    -----
    The power is made of products, in the order in which LIBSVM takes them.

    Examples
    --------
    >>> import numpy as np
    >>> polynomial_kernel(np.array([[4.0, 2.0]]), degree=2, coef0=1, gamma=0.5)
    array([[9., 4.]])
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


def linear_kernel(gram):
    """Take inner products as they are.

    Parameters
    ----------
    gram : ndarray of shape (n_rows, n_columns)
        Inner products.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        The same.

    Examples
    --------
    >>> import numpy as np
    >>> linear_kernel(np.array([[4.0, 2.0]]))
    array([[4., 2.]])
    """
    return gram


def rbf_kernel(distances, gamma):
    """Turn squared distances into the radial kernel of the SVM.

    Parameters
    ----------
    distances : ndarray of shape (n_rows, n_columns)
        Squared distances.
    gamma : float
        Their factor.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        The kernel exp(-gamma * distances).

    Examples
    --------
    >>> import numpy as np
    >>> rbf_kernel(np.array([[0.0, np.log(2)]]), gamma=2)
    array([[1.  , 0.25]])
    """
    kernel = -gamma * distances
    return np.exp(kernel, out=kernel)


def spread_of(X):
    """Measure how far rows lie from their mean.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        Rows.

    Returns
    -------
    float
        Root mean square distance of the rows from their mean; 1 if they are all alike,
        but for rounding.

    Examples
    --------
    >>> spread_of(np.array([[1.0, 0.0], [1.0, 6.0]]))
    3.0
    """
    largest = np.abs(X).max(initial=0.0)
    if largest == 0:
        return 1.0
    # Squares of large or small numbers leave the range of numbers.
    rows = X / largest
    rows -= rows.mean(axis=0)
    spread = np.sqrt(np.mean(np.einsum("ij,ij->i", rows, rows)))
    return float(spread * largest) if spread > _ALIKE else 1.0


KERNELS = {"poly": polynomial_kernel, "linear": linear_kernel, "rbf": rbf_kernel}


def gram_of(X, kernel):
    """Compute what all kernels of one name are made of.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        Rows.
    kernel : {"poly", "linear", "rbf"}
        Kernel.

    Returns
    -------
    ndarray of shape (n_rows, n_rows)
        Inner products; squared distances for "rbf".

    Examples
    --------
    >>> import numpy as np
    >>> gram_of(np.array([[1.0], [3.0]]), "rbf")
    array([[0., 4.],
           [4., 0.]])
    """
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

    Parameters
    ----------
    grid : list of dict
        Candidates: C, and the parameters of the kernel.
    kernel : {"poly", "linear", "rbf"}
        Kernel.

    Returns
    -------
    ndarray of int, shape (n_candidates,)
        For each candidate the first that is the same problem, mostly itself. Numbers
        are equal that differ by no more than 1e-12 of their size.

    Examples
    --------
    >>> grid = [
    ...     {"degree": 2, "coef0": 0, "gamma": 0.01, "C": 10},
    ...     {"degree": 2, "coef0": 0, "gamma": 0.1, "C": 0.1},
    ...     {"degree": 3, "coef0": 0, "gamma": 0.1, "C": 0.1},
    ... ]
    >>> distinct_problems(grid, "poly")
    array([0, 0, 2])
    """
    described = [_DESCRIPTIONS[kernel](**point) for point in grid]
    keys = np.column_stack([_merged(column) for column in zip(*described, strict=True)])
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return first[inverse.ravel()]


def _describe_polynomial(degree, coef0, gamma, C):
    if coef0 == 0:
        return degree, 0.0, 0.0, C * gamma**degree
    return degree, 1.0, gamma / coef0, C * coef0**degree


def _describe_linear(C):
    return (C,)


def _describe_rbf(gamma, C):
    return gamma, C


_DESCRIPTIONS = {
    "poly": _describe_polynomial,
    "linear": _describe_linear,
    "rbf": _describe_rbf,
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
