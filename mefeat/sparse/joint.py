"""Sparse codes of all atoms of a clip at once, for graphs that hold them together.

To minimize is 0.5 <S, S G + L S> - <S, C> + sparsity |S|_1 over the codes S, with the
inner products G of the words, the weighted Laplacian L and the products C of atoms and
words. The matrix of the quadratic part is diagonal in the eigenvectors of G and L
together, so that with a multiple of the unit matrix added it is inverted by a few small
products. That makes steps of the alternating direction method cheap; these find which
codes are not zero, and their signs. Conjugate gradients then solve for the values, with
the same inverse as a preconditioner.
"""

import numpy as np
from scipy.linalg import eigh

_SPLITS = 500
_SPLIT_TOL = 1e-4
_RELAXATION = 1.7
_BALANCE = 10
_SETTLES = 10
_CG_STEPS = 300
_CG_TOL = 1e-5
_TINY = 1e-9


def split_codes(gram, correlations, laplacian, sparsity, start):
    """Approach the minimum by alternating directions.

    Parameters
    ----------
    gram : ndarray of shape (n_components, n_components)
        Inner products of the words.
    correlations : ndarray of shape (n_atoms, n_components)
        Inner products of atoms and words.
    laplacian : ndarray of shape (n_atoms, n_atoms)
        Laplacian of the graph times its weight.
    sparsity : float
        Weight of the sum of absolute codes.
    start : ndarray of shape (n_atoms, n_components)
        Where to start.

    Returns
    -------
    ndarray of shape (n_atoms, n_components)
        Codes with their zeros, right to four digits or so.

    References
    ----------
    S. Boyd, N. Parikh, E. Chu, B. Peleato, J. Eckstein, "Distributed optimization and
    statistical learning via the alternating direction method of multipliers",
    Foundations and Trends in Machine Learning 3(1), 2011.
    https://doi.org/10.1561/2200000016

    Examples
    --------
    >>> one = np.eye(1)
    >>> split_codes(one, 2 * one, 0 * one, 0.5, 0 * one).round(3)
    array([[1.5]])
    """
    solve = _inverse(gram, laplacian)
    ridge, codes = _scale(gram), start
    pull = np.clip(-_slope(gram, correlations, laplacian, codes), -sparsity, sparsity)
    pull /= ridge
    for k in range(1, _SPLITS + 1):
        smooth = solve(correlations + ridge * (codes - pull), ridge)
        moved = _RELAXATION * smooth + (1 - _RELAXATION) * codes + pull
        before = codes
        codes = np.sign(moved) * np.maximum(np.abs(moved) - sparsity / ridge, 0)
        pull = moved - codes
        apart = _relative(smooth - codes, codes)
        change = _relative(codes - before, pull)
        if max(apart, change) <= _SPLIT_TOL:
            break
        if k % _BALANCE == 0:
            # Neither shall lag far behind the other.
            share = np.clip(np.sqrt(apart / max(change, 1e-300)), 0.2, 5)
            if not 0.5 <= share <= 2:
                ridge *= share
                pull /= share
    return codes


def settle_codes(gram, correlations, laplacian, sparsity, limit, codes):
    """Solve for the codes that are not zero, and let others in, until none is missed.

    Parameters
    ----------
    gram, correlations, laplacian, sparsity : ndarray, float
        As for `split_codes`.
    limit : float
        By how much the conditions of the minimum may be missed.
    codes : ndarray of shape (n_atoms, n_components)
        Start, updated in place; the objective never rises.

    Returns
    -------
    float
        By how much they are missed.

    Examples
    --------
    >>> one, codes = np.eye(1), np.zeros((1, 1))
    >>> settle_codes(one, 2 * one, 0 * one, 0.5, 1e-9, codes), codes
    (0.0, array([[1.5]]))
    """
    left = np.inf
    while True:
        slope = _slope(gram, correlations, laplacian, codes)
        active = codes != 0
        miss = np.abs(slope + sparsity * np.sign(codes)) - sparsity * ~active
        before, left = left, max(float(miss.max()), 0.0)
        # As long as it helps; what is left may be rounding.
        if left <= limit or left > 0.5 * before:
            return left
        enter = ~active & (miss > limit)
        codes[enter] = -_TINY * np.sign(slope[enter])
        for _ in range(_SETTLES):
            if _settle(gram, correlations, laplacian, sparsity, codes):
                break


def _settle(gram, correlations, laplacian, sparsity, codes):
    """Minimize over the active codes, in place; tell if that is done.

    Codes go to the solution for their signs. If some would change theirs, all go
    towards it, those to zero, as far as the objective falls, and there is more to do.
    """
    used = np.flatnonzero(codes.any(axis=0))
    gram, linear, old = gram[np.ix_(used, used)], correlations[:, used], codes[:, used]
    sign = np.sign(old)
    active = sign != 0
    solve, ridge = _inverse(gram, laplacian), 0.5 * _scale(gram)
    move = _conjugate_gradients(
        lambda values: (values @ gram + laplacian @ values) * active,
        -_slope(gram, linear, laplacian, old) * active - sparsity * sign,
        lambda values: solve(values, ridge) * active,
    )
    if ((old + move) * sign > 0)[active].all():
        codes[:, used] = old + move
        return True

    def objective(values):
        slope = _slope(gram, 2 * linear, laplacian, values)
        return 0.5 * (values * slope).sum() + sparsity * np.abs(values).sum()

    best, chosen = objective(old), old
    for share in _shares(old, move):
        new = old + share * move
        new[new * sign <= 1e-14 * np.abs(old)] = 0
        value = objective(new)
        if value < best:
            best, chosen = value, new
    codes[:, used] = chosen
    return chosen is old


def _shares(old, move):
    """Choose some ways to go: all, and until codes reach zero, down to the first."""
    falling = old * move < 0
    zeros = np.sort(-old[falling] / move[falling])
    zeros = zeros[zeros < 1]
    halves = np.unique((len(zeros) * 0.5 ** np.arange(12)).astype(int))
    return [1.0, *zeros[halves[halves < len(zeros)]]]


def _conjugate_gradients(product, right, precondition):
    """Solve product(values) = right."""
    values, residual = np.zeros_like(right), right.copy()
    direction = precondition(residual)
    size = first = (residual * direction).sum()
    for _ in range(_CG_STEPS):
        if size <= _CG_TOL**2 * first:
            break
        image = product(direction)
        curvature = (direction * image).sum()
        if curvature <= 0:
            break
        step = size / curvature
        values += step * direction
        residual -= step * image
        scaled = precondition(residual)
        size, before = (residual * scaled).sum(), size
        direction = scaled + size / before * direction
    return values


def _inverse(gram, laplacian):
    """Prepare to solve values @ gram + laplacian @ values + ridge * values = right."""
    own, words = eigh(gram)
    joined, times = eigh(laplacian)
    curvature = np.maximum(joined, 0)[:, None] + np.maximum(own, 0)

    def solve(right, ridge):
        inner = times.T @ right @ words
        return times @ (inner / (curvature + ridge)) @ words.T

    return solve


def _slope(gram, correlations, laplacian, codes):
    return codes @ gram + laplacian @ codes - correlations


def _scale(gram):
    return float(np.diag(gram).mean()) or 1.0


def _relative(difference, values):
    return np.linalg.norm(difference) / max(np.linalg.norm(values), 1e-300)
