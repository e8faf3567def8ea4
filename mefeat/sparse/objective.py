"""What sparse coding minimizes."""

import numpy as np


def graph_objective(atoms, components, codes, graph=None, *, graph_weight, sparsity):
    """Compute what sparse coding of a clip minimizes.

    Parameters
    ----------
    atoms : ndarray of shape (n_atoms, n_features)
        Atoms X, one per row.
    components : ndarray of shape (n_components, n_features)
        Dictionary D.
    codes : ndarray of shape (n_atoms, n_components)
        Codes S.
    graph : csr_array of shape (n_atoms, n_atoms), default=None
        Weights of the neighbors.
    graph_weight, sparsity : float
        Weights of the two terms.

    Returns
    -------
    float
        ||X - S D||^2 + graph_weight tr(S' L S) + sparsity |S|_1.

    Examples
    --------
    An error of 0.1 squared, and 0.2 times 1.9:

    >>> codes = np.array([[1.9, 0.0]])
    >>> graph_objective(
    ...     [[2.0, 0.0]], np.eye(2), codes, graph_weight=0.1, sparsity=0.2
    ... )
    0.39...
    """
    value = ((atoms - codes @ components) ** 2).sum() + sparsity * np.abs(codes).sum()
    if graph is not None:
        i, j = graph.nonzero()
        value += graph_weight * 0.5 * (graph.data @ ((codes[i] - codes[j]) ** 2)).sum()
    return float(value)
