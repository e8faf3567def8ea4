"""Sparse codes of the atoms of a clip over a given dictionary."""

import warnings

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from mefeat.kernels.coding import code_clip
from mefeat.sparse.graph import checked_atoms, graph_laplacian

_PASSES = 20
_ROUNDS = 100
_TRIES = 10
_CG_STEPS = 300
_CG_TOL = 1e-5


def graph_codes(
    atoms,
    components,
    graph=None,
    *,
    graph_weight=0.1,
    sparsity=0.2,
    start=None,
    tol=1e-10,
):
    """Code the atoms of a clip by few components, alike for neighbors.

    Parameters
    ----------
    atoms : array-like of shape (n_atoms, n_features)
        Atoms X of a clip, one per row.
    components : array-like of shape (n_components, n_features)
        Dictionary D, one word per row.
    graph : csr_array of shape (n_atoms, n_atoms), default=None
        Weights W of the neighbors, symmetric, zero on the diagonal. None joins nothing.
    graph_weight : float, default=0.1
        Weight of differences between neighbors, at least 0.
    sparsity : float, default=0.2
        Weight of the sum of absolute codes, at least 0.
    start : ndarray of shape (n_atoms, n_components), default=None
        Where to start; zeros by default.
    tol : float, default=1e-10
        By how much the conditions of the minimum may be missed, relative to the largest
        product of an atom and a component.

    Returns
    -------
    ndarray of shape (n_atoms, n_components), float64
        Codes S that minimize ||X - S D||^2 + graph_weight tr(S' L S) + sparsity |S|_1
        with the Laplacian L of the graph.

    Raises
    ------
    ValueError
        If atoms or components are not finite or do not fit, or a weight is negative.

    Warns
    -----
    ConvergenceWarning
        If the conditions of the minimum are not met to `tol`.

    Notes
    -----
    Atom after atom is coded with the others as they are, as in the papers, but exactly,
    and until all agree. Passes over the atoms alone would take thousands where the
    graph is heavy; conjugate gradients solve for the active codes of all atoms between
    them. Even so a weight of 10 or more takes seconds for a clip of 60 atoms and
    256 words. Where the minimum is unique, codes do not depend on the start.

    References
    ----------
    M. Zheng, J. Bu, C. Chen, C. Wang, L. Zhang, G. Qiu, D. Cai, "Graph regularized
    sparse coding for image representation", IEEE TIP 20(5), 2011.
    https://doi.org/10.1109/TIP.2010.2090535

    Examples
    --------
    Each number loses half of the sparsity weight:

    >>> graph_codes([[2.0, 0.05]], np.eye(2), sparsity=0.2).tolist()
    [[1.9, 0.0]]
    """
    atoms, components = checked_atoms(atoms), checked_atoms(components, "components")
    if atoms.shape[1] != components.shape[1]:
        raise ValueError(
            f"atoms have {atoms.shape[1]} numbers, components {components.shape[1]}."
        )
    if graph_weight < 0 or sparsity < 0:
        raise ValueError(
            "graph_weight and sparsity must not be negative, got "
            f"{graph_weight} and {sparsity}."
        )
    codes = np.zeros((len(atoms), len(components)))
    if start is not None:
        codes[:] = start
    if graph is not None and graph.shape != (len(atoms), len(atoms)):
        raise ValueError(
            f"the graph of {len(atoms)} atoms has the shape {graph.shape}."
        )
    if graph is None or graph_weight == 0:
        graph = sparse.csr_array((len(atoms), len(atoms)))
    gram, correlations = components @ components.T, atoms @ components.T
    limit = tol * np.abs(correlations).max()
    laplacian = float(graph_weight) * graph_laplacian(graph)
    options = (float(graph_weight), 0.5 * sparsity, limit, _PASSES, codes)
    for _ in range(_ROUNDS):
        left = code_clip(gram, correlations, _lists(graph), *options)
        if left <= limit:
            return codes
        for _ in range(_TRIES):
            if _settle(gram, correlations, laplacian, 0.5 * sparsity, codes):
                break
    warnings.warn(
        f"the codes of {len(atoms)} atoms miss the conditions of a minimum by "
        f"{left:.1e}, more than {limit:.1e}.",
        ConvergenceWarning,
        stacklevel=2,
    )
    return codes


def _lists(graph):
    """List the neighbors as the kernel wants them."""
    return (
        graph.indptr.astype(np.intp),
        graph.indices.astype(np.intp),
        graph.data.astype(np.float64),
    )


def _settle(gram, correlations, laplacian, sparsity, codes):
    """Minimize over the active codes of all atoms, in place; tell if that is done.

    Codes go towards the solution for their signs, those that would change it to zero,
    as far as the objective falls. If some had to stop there is more to do.
    """
    used = np.flatnonzero(codes.any(axis=0))
    gram, linear, old = gram[np.ix_(used, used)], correlations[:, used], codes[:, used]

    def product(values):
        return values @ gram + laplacian @ values

    def objective(values):
        quadratic = (values * (0.5 * product(values) - linear)).sum()
        return quadratic + sparsity * np.abs(values).sum()

    sign = np.sign(old)
    scale = np.diag(gram) + laplacian.diagonal()[:, None]
    move = _conjugate_gradients(
        lambda values: product(values) * (sign != 0),
        (linear - product(old)) * (sign != 0) - sparsity * sign,
        scale,
    )
    best, chosen = objective(old), old
    for share in _shares(old, move):
        new = old + share * move
        new[new * sign <= 1e-14 * np.abs(old)] = 0
        value = objective(new)
        if value < best:
            best, chosen = value, new
    codes[:, used] = chosen
    return chosen is old or ((chosen != 0) == (old != 0)).all()


def _shares(old, move):
    """Choose some ways to go: all, and until codes reach zero, down to the first."""
    falling = old * move < 0
    zeros = np.sort(-old[falling] / move[falling])
    zeros = zeros[zeros < 1]
    halves = np.unique((len(zeros) * 0.5 ** np.arange(12)).astype(int))
    return [1.0, *zeros[halves[halves < len(zeros)]]]


def _conjugate_gradients(product, right, scale):
    """Solve product(values) = right, with the diagonal as a preconditioner."""
    values, residual = np.zeros_like(right), right.copy()
    direction = residual / scale
    size = first = (residual * direction).sum()
    for _ in range(_CG_STEPS):
        if size <= _CG_TOL**2 * first:
            break
        image = product(direction)
        step = size / (direction * image).sum()
        values += step * direction
        residual -= step * image
        scaled = residual / scale
        size, before = (residual * scaled).sum(), size
        direction = scaled + size / before * direction
    return values
