"""The dictionary of sparse codes: where it starts and how it is improved."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

_RIDGE = 1e-10
_PRECISION = 1e-12


def random_dictionary(n_components, n_features, rng):
    """Draw words of unit norm and zero mean.

    Parameters
    ----------
    n_components, n_features : int
        Numbers of words and of their numbers.
    rng : RandomState
        Source of random numbers.

    Returns
    -------
    ndarray of shape (n_components, n_features), float64
        Words, one per row.

    Examples
    --------
    >>> words = random_dictionary(3, 4, np.random.RandomState(0))
    >>> (words**2).sum(axis=1).round(9).tolist(), abs(words.mean(axis=1)).max() < 1e-9
    ([1.0, 1.0, 1.0], np.True_)
    """
    words = rng.uniform(-0.5, 0.5, (n_components, n_features))
    if n_features > 1:
        words -= words.mean(axis=1, keepdims=True)
    return words / np.linalg.norm(words, axis=1, keepdims=True)


def update_dictionary(gram, product, squares, components):
    """Fit words of norm at most 1 to given codes.

    Parameters
    ----------
    gram : ndarray of shape (n_components, n_components)
        S' S of the codes S.
    product : ndarray of shape (n_components, n_features)
        S' X of codes and atoms.
    squares : float
        Sum of the squares of X.
    components : ndarray of shape (n_components, n_features)
        Words so far, of norm at most 1.

    Returns
    -------
    components : ndarray of shape (n_components, n_features)
        Words D; ||X - S D||^2 is not larger than before. Words that no code uses stay.
    gap : float
        How much ||X - S D||^2 is above a lower bound of what any such words reach.

    Notes
    -----
    The bound is the Lagrange dual of Lee et al., maximized by L-BFGS-B. The words that
    belong to it miss the norms by little; one sweep over the words, each the best of
    its ball given the others (Mairal et al.), ends inside.

    References
    ----------
    H. Lee, A. Battle, R. Raina, A. Y. Ng, "Efficient sparse coding algorithms", NIPS
    2006.

    J. Mairal, F. Bach, J. Ponce, G. Sapiro, "Online learning for matrix factorization
    and sparse coding", JMLR 11, 2010.

    Examples
    --------
    One atom (0, 3) has the code 2, so half of it would fit, but has a norm above 1:

    >>> update_dictionary(np.array([[4.0]]), np.array([[0.0, 6.0]]), 9.0, np.eye(1, 2))
    (array([[0., 1.]]), ...)
    """
    used = np.flatnonzero(np.diag(gram) > 0)
    new, bound = components.copy(), squares
    if used.size:
        part, goal = gram[np.ix_(used, used)], product[used]
        words, bound = _dual(part, goal, squares)
        new[used] = _sweep(part, goal, words)
    before = _error(gram, product, squares, components)
    after = _error(gram, product, squares, new)
    if after > before:
        new, after = components, before
    return new, max(after - bound, 0.0)


def replace_unused(components, gram, atoms, errors):
    """Put the atoms that are fitted worst in the place of words that no code uses.

    Parameters
    ----------
    components : ndarray of shape (n_components, n_features)
        Words.
    gram : ndarray of shape (n_components, n_components)
        S' S of the codes S.
    atoms : ndarray of shape (n_atoms, n_features)
        Atoms.
    errors : ndarray of shape (n_atoms,)
        Squared error of each atom.

    Returns
    -------
    ndarray of shape (n_components, n_features)
        Words. Where fewer atoms have an error, the other words stay.

    Examples
    --------
    >>> replace_unused(np.eye(2), np.diag([1, 0]), np.array([[0, 5], [3, 4]]), [0, 1])
    array([[1. , 0. ], [0.6, 0.8]])
    """
    components = components.copy()
    unused = np.flatnonzero(np.diag(gram) == 0)
    norms = np.linalg.norm(atoms, axis=1)
    worst = np.argsort(-np.asarray(errors), kind="stable")
    worst = [i for i in worst[: unused.size] if errors[i] > 0 and norms[i] > 0]
    for k, i in zip(unused, worst, strict=False):
        components[k] = atoms[i] / norms[i]
    return components


def _dual(gram, product, squares):
    """Maximize the dual; give its words and its value."""
    ridge = _RIDGE * np.trace(gram) / len(gram)

    def negative(multipliers):
        factor = cho_factor(gram + np.diag(multipliers + ridge))
        words = cho_solve(factor, product)
        value = squares - (product * words).sum() - multipliers.sum()
        return -value / squares, (1 - (words**2).sum(axis=1)) / squares

    # The norms of single words tell the size of multipliers.
    start = np.maximum(np.linalg.norm(product, axis=1) - np.diag(gram), 0)
    found = minimize(
        negative,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * len(gram),
        options={"maxiter": 500, "maxfun": 1000, "ftol": _PRECISION, "gtol": 1e-12},
    )
    multipliers = found.x
    factor = cho_factor(gram + np.diag(multipliers + ridge))
    words = cho_solve(factor, product)
    # With the ridge out again this is a bound for the problem itself.
    bound = squares - (product * words).sum() - multipliers.sum()
    return words, bound - ridge * len(gram)


def _sweep(gram, product, words):
    """Make each word in turn the best of its ball."""
    words = words.copy()
    for k in range(len(words)):
        word = words[k] + (product[k] - gram[k] @ words) / gram[k, k]
        words[k] = word / max(1.0, np.linalg.norm(word))
    return words


def _error(gram, product, squares, words):
    return squares - 2 * (product * words).sum() + ((gram @ words) * words).sum()
