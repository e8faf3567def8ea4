"""Sparse codes of rows: coordinate descent finds what is active, a solve finishes.

A column problem is to minimize

    0.5 c' (gram + ridge I) c - target' c + sparsity |c|_1

over c, or over c >= 0. Sweeps of coordinate descent find out quickly which numbers of c
are not zero and then converge slowly; the exact solution for those numbers is one small
system of equations. Both never raise the objective.
"""

import numpy as np

from mefeat.kernels import njit

_SWEEPS = 5
_TRIES = 5
_ROUNDS = 2000
_SINGULAR = 1e-11
_LOOSE = 0.01


@njit(cache=True, nogil=True)
def _residual(gram, ridge, target, code, residual):
    """Subtract what the code explains; `residual` is updated in place."""
    residual[:] = target
    for k in range(code.size):
        if code[k] != 0:
            step, row = code[k], gram[k]
            for j in range(residual.size):
                residual[j] -= step * row[j]
            residual[k] -= ridge * step


@njit(cache=True, nogil=True)
def _violation(residual, sparsity, positive, code):
    """Find by how much the conditions of a minimum are missed."""
    worst = 0.0
    for k in range(code.size):
        if code[k] != 0:
            miss = abs(residual[k] - (sparsity if code[k] > 0 else -sparsity))
        else:
            miss = (residual[k] if positive else abs(residual[k])) - sparsity
        worst = max(worst, miss)
    return worst


@njit(cache=True, nogil=True)
def _sweep(gram, ridge, sparsity, positive, code, residual):
    """Minimize over each number in turn; `code` and `residual` change in place."""
    for k in range(code.size):
        curvature = gram[k, k] + ridge
        if curvature <= 0:
            continue
        pull = residual[k] + curvature * code[k]
        value = 0.0
        if pull > sparsity:
            value = (pull - sparsity) / curvature
        elif pull < -sparsity and not positive:
            value = (pull + sparsity) / curvature
        step = value - code[k]
        if step != 0:
            row = gram[k]
            for j in range(residual.size):
                residual[j] -= step * row[j]
            residual[k] -= ridge * step
            code[k] = value


@njit(cache=True, nogil=True)
def _solve(system, values):
    """Solve by Cholesky in place; tell whether the system is regular."""
    n = values.size
    diagonal = np.diag(system).copy()
    for i in range(n):
        top, pivot = system[i], system[i, i]
        if pivot <= _SINGULAR * diagonal[i]:
            return False
        scale = 1 / np.sqrt(pivot)
        for j in range(i, n):
            top[j] *= scale
        for k in range(i + 1, n):
            factor, row = top[k], system[k]
            for j in range(k, n):
                row[j] -= factor * top[j]
        values[i] *= scale
        for j in range(i + 1, n):
            values[j] -= values[i] * top[j]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            values[i] -= system[i, j] * values[j]
        values[i] /= system[i, i]
    return True


@njit(cache=True, nogil=True)
def _finish(gram, target, sparsity, code):
    """Solve for the active numbers, in place; tell whether they kept their signs.

    If not, all go as far as the first zero on the way.
    """
    active = np.flatnonzero(code)
    n = active.size
    system, values = np.empty((n, n)), np.empty(n)
    for i in range(n):
        for j in range(n):
            system[i, j] = gram[active[i], active[j]]
        sign = 1.0 if code[active[i]] > 0 else -1.0
        values[i] = target[active[i]] - sparsity * sign
    if not _solve(system, values):
        return False
    share, leaver = 1.0, -1
    for i in range(n):
        old = code[active[i]]
        if values[i] * old <= 0 and (leaver < 0 or old / (old - values[i]) < share):
            share, leaver = old / (old - values[i]), active[i]
    for i in range(n):
        old = code[active[i]]
        code[active[i]] = values[i] if leaver < 0 else old + share * (values[i] - old)
    if leaver >= 0:
        code[leaver] = 0.0
    return leaver < 0


@njit(cache=True, nogil=True)
def _settle(gram, ridge, target, sparsity, positive, code):
    """Minimize over the active numbers alone; `code` is updated in place."""
    active = np.flatnonzero(code)
    n = active.size
    part, goal, own = np.empty((n, n)), np.empty(n), np.empty(n)
    for i in range(n):
        for j in range(n):
            part[i, j] = gram[active[i], active[j]]
        part[i, i] += ridge
        goal[i], own[i] = target[active[i]], code[active[i]]
    residual = np.empty(n)
    for _ in range(_TRIES):
        _residual(part, 0.0, goal, own, residual)
        for _ in range(_SWEEPS):
            _sweep(part, 0.0, sparsity, positive, own, residual)
        if _finish(part, goal, sparsity, own):
            break
    for i in range(n):
        code[active[i]] = own[i]


@njit(cache=True, nogil=True)
def code_column(gram, ridge, target, sparsity, positive, tol, code):
    """Minimize a column problem from the code given."""
    residual = np.empty(code.size)
    miss = np.inf
    for _ in range(_ROUNDS):
        _residual(gram, ridge, target, code, residual)
        miss = _violation(residual, sparsity, positive, code)
        if miss <= tol:
            break
        _sweep(gram, ridge, sparsity, positive, code, residual)
        _settle(gram, ridge, target, sparsity, positive, code)
    return miss


@njit(cache=True, nogil=True)
def code_clip(gram, correlations, graph, weight, sparsity, tol, max_passes, codes):
    """Code the samples of a clip, each given its neighbors, until all agree."""
    starts, neighbors, weights = graph
    n_samples = codes.shape[0]
    misses, changes = np.empty(n_samples), np.empty(n_samples)
    left = 10 * _LOOSE * np.abs(correlations).max()
    for _ in range(max_passes):
        # While others still change there is no use in coding a sample exactly.
        aim, left = max(tol, _LOOSE * left), 0.0
        for i in range(n_samples):
            target, degree = correlations[i].copy(), 0.0
            for n in range(starts[i], starts[i + 1]):
                degree += weight * weights[n]
                target += weight * weights[n] * codes[neighbors[n]]
            before = codes[i].copy()
            misses[i] = code_column(
                gram, degree, target, sparsity, False, aim, codes[i]
            )
            changes[i] = np.abs(codes[i] - before).max()
        for i in range(n_samples):
            # What later neighbors change shifts the conditions of this one.
            shift = 0.0
            for n in range(starts[i], starts[i + 1]):
                if neighbors[n] > i:
                    shift += weight * weights[n] * changes[neighbors[n]]
            left = max(left, misses[i] + shift)
        if left <= tol:
            break
    return left


@njit(cache=True, nogil=True)
def express(gram, rate, tol, out):
    """Write each sample as a sparse combination of the others, without minus signs."""
    worst = 0.0
    for i in range(gram.shape[0]):
        target = gram[i].copy()
        target[i] = -np.inf
        largest = max(target.max(), 0.0)
        if largest > 0:
            miss = code_column(
                gram, 0.0, target, rate * largest, True, tol * largest, out[i]
            )
            worst = max(worst, miss / largest)
    return worst
