"""Sparse codes of the atoms of a clip over a given dictionary."""

import warnings

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from mefeat.kernels.coding import code_clip
from mefeat.sparse.graph import checked_atoms, graph_laplacian
from mefeat.sparse.joint import settle_codes, split_codes

_PASSES = 20
_ROUNDS = 10
_LIGHT = 2.0
_LEAST_TOL = 1e-13


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
    graph : array-like or sparse array of shape (n_atoms, n_atoms), default=None
        Weights W of the neighbors, symmetric, zero on the diagonal. None joins nothing.
    graph_weight : float, default=0.1
        Weight of differences between neighbors, at least 0.
    sparsity : float, default=0.2
        Weight of the sum of absolute codes, at least 0.
    start : ndarray of shape (n_atoms, n_components), default=None
        Where to start; zeros by default.
    tol : float, default=1e-10
        By how much the conditions of the minimum may be missed, relative to the largest
        product of an atom and a component. More than 0; below 1e-13 rounding decides,
        and 1e-13 is taken.

    Returns
    -------
    ndarray of shape (n_atoms, n_components), float64
        Codes S that minimize ||X - S D||^2 + graph_weight tr(S' L S) + sparsity |S|_1
        with the Laplacian L of the graph.

    Raises
    ------
    ValueError
        If atoms or components are not finite or do not fit, a weight is negative, or
        `tol` is not above 0.

    Warns
    -----
    ConvergenceWarning
        If the conditions of the minimum are not met to `tol`.

    Notes
    -----
    Where the graph is light, atom after atom is coded with the others as they are, as
    in the papers, but exactly, and until all agree. Passes over a heavy graph would be
    thousands. There all atoms are coded at once: the alternating direction method finds
    which codes are not zero, and conjugate gradients solve for them. Both end at the
    same conditions; where the minimum is unique, codes do not depend on the start.

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
    if not tol > 0:
        raise ValueError(f"tol must be more than 0, got {tol}.")
    codes = np.zeros((len(atoms), len(components)))
    if start is not None:
        codes[:] = start
    square = (len(atoms), len(atoms))
    graph = sparse.csr_array(square if graph is None else graph)
    if graph.shape != square:
        raise ValueError(
            f"the graph of {len(atoms)} atoms has the shape {graph.shape}."
        )
    if graph_weight == 0:
        graph = sparse.csr_array(square)
    left, limit = _minimize(
        components @ components.T,
        atoms @ components.T,
        graph,
        float(graph_weight),
        0.5 * sparsity,
        max(tol, _LEAST_TOL),
        codes,
    )
    if left > limit:
        warnings.warn(
            f"the codes of {len(atoms)} atoms miss the conditions of a minimum by "
            f"{left:.1e}, more than {limit:.1e}.",
            ConvergenceWarning,
            stacklevel=2,
        )
    return codes


def _minimize(gram, correlations, graph, weight, sparsity, tol, codes):
    """Code atom by atom or all at once, in place; give what is missed and may be."""
    limit = tol * np.abs(correlations).max()
    laplacian = weight * graph_laplacian(graph).toarray()
    heavy = laplacian.diagonal().max() > _LIGHT * np.diag(gram).mean()
    lists, before = _lists(graph), np.inf
    for k in range(_ROUNDS):
        if k > 0 or not heavy:
            options = (weight, sparsity, limit, _PASSES, codes)
            left = code_clip(gram, correlations, lists, *options)
            if left <= limit:
                break
        joint = (gram, correlations, laplacian, sparsity)
        if k == 0:
            codes[:] = split_codes(*joint, codes)
        left = settle_codes(*joint, limit, codes)
        if left <= limit or left > 0.5 * before:
            break
        before = left
    return left, limit


def _lists(graph):
    """List the neighbors as the kernel wants them."""
    return (
        graph.indptr.astype(np.intp),
        graph.indices.astype(np.intp),
        graph.data.astype(np.float64),
    )
