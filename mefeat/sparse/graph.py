"""Graphs of neighbors among the atoms of a clip."""

import numpy as np
from scipy import sparse
from scipy.spatial.distance import cdist

from mefeat.kernels.coding import express

_RATE = 1e-10
_TOL = 1e-11


def checked_atoms(atoms, name="atoms"):
    """Check the atoms of a clip.

    Parameters
    ----------
    atoms : array-like of shape (n_atoms, n_features)
        One row per atom.
    name : str, default="atoms"
        What to call them in a message.

    Returns
    -------
    ndarray of shape (n_atoms, n_features), float64
        The atoms, C-contiguous.

    Raises
    ------
    ValueError
        If they are not rows of finite numbers, at least one.

    Examples
    --------
    >>> checked_atoms([[1, 2]])
    array([[1., 2.]])
    """
    atoms = np.ascontiguousarray(atoms, dtype=np.float64)
    if atoms.ndim != 2 or 0 in atoms.shape:
        raise ValueError(
            f"{name} must be of shape (n_atoms, n_features), at least one of each, got "
            f"{atoms.shape}."
        )
    finite = np.isfinite(atoms).all(axis=1)
    if not finite.all():
        raise ValueError(
            f"{name}[{finite.argmin()}] holds a number that is not finite."
        )
    return atoms


def self_expressive_distance(atoms):
    """Measure how little two atoms take part in the make-up of each other.

    Parameters
    ----------
    atoms : array-like of shape (n_atoms, n_features)
        Atoms of a clip in order of time.

    Returns
    -------
    ndarray of shape (n_atoms, n_atoms), float64
        Distances, 0.5 to 1, and 0 on the diagonal.

    Raises
    ------
    ValueError
        If the atoms are not finite or none.

    Notes
    -----
    Each atom is written as a non-negative combination of the others; with the
    coefficients as rows of a matrix of Frobenius norm 1, the distance of two atoms is
    1 / (1 + the mean of their two coefficients). The paper asks for the combination of
    least sum that equals the atom, and solves it by LARS. No combination equals the
    atom in general, so here it is the nearest one, where the path ends as the weight
    of the sum goes to zero; it is computed by coordinate descent and checked against
    the conditions of a minimum (scikit-learn's positive path stops short of it).
    An atom of zeros is at 1 from all.

    Examples
    --------
    The third atom is the first again, the second is alone; the two coefficients that
    are not zero are 0.5 ** 0.5, and 1 / 1.7071 = 0.5858:

    >>> self_expressive_distance([[1, 0], [0, 1], [1, 0]]).round(4).tolist()
    [[0.0, 1.0, 0.5858], [1.0, 0.0, 1.0], [0.5858, 1.0, 0.0]]
    """
    atoms = checked_atoms(atoms)
    # Without scale, for numbers of any size; coefficients keep theirs.
    largest = np.abs(atoms).max()
    scaled = atoms / largest if largest > 0 else atoms
    coefficients = np.zeros((len(atoms), len(atoms)))
    express(scaled @ scaled.T, _RATE, _TOL, coefficients)
    norm = np.linalg.norm(coefficients)
    if norm > 0:
        coefficients /= norm
    distance = 1 / ((coefficients + coefficients.T) / 2 + 1)
    np.fill_diagonal(distance, 0)
    return distance


def euclidean_distance(atoms):
    """Measure Euclidean distances of atoms.

    Parameters
    ----------
    atoms : array-like of shape (n_atoms, n_features)
        Atoms of a clip.

    Returns
    -------
    ndarray of shape (n_atoms, n_atoms), float64
        Distances.

    Raises
    ------
    ValueError
        If the atoms are not finite or none.

    Examples
    --------
    >>> euclidean_distance([[0, 0], [3, 4]]).tolist()
    [[0.0, 5.0], [5.0, 0.0]]
    """
    atoms = checked_atoms(atoms)
    return cdist(atoms, atoms)


METRICS = {
    "self_expressive": self_expressive_distance,
    "euclidean": euclidean_distance,
}


def neighbor_graph(distance, n_neighbors=5):
    """Join each atom with its nearest neighbors.

    Parameters
    ----------
    distance : ndarray of shape (n_atoms, n_atoms)
        Distances of atoms in order of time.
    n_neighbors : int, default=5
        Number of neighbors; all others where there are fewer.

    Returns
    -------
    csr_array of shape (n_atoms, n_atoms), float64
        1 where one of two atoms is a neighbor of the other; symmetric.

    Raises
    ------
    ValueError
        If `n_neighbors` is less than 1.

    Notes
    -----
    Of atoms at the same distance the one nearer in time comes first, then the earlier.

    Examples
    --------
    >>> neighbor_graph(np.ones((3, 3)), 1).toarray().tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    if n_neighbors < 1:
        raise ValueError(f"n_neighbors must be at least 1, got {n_neighbors}.")
    n = len(distance)
    times = np.arange(n)
    chosen = np.zeros((n, n), dtype=bool)
    for i in range(n):
        order = np.lexsort((times, np.abs(times - i), distance[i]))
        chosen[i, order[order != i][:n_neighbors]] = True
    return sparse.csr_array((chosen | chosen.T).astype(np.float64))


def self_expressive_graph(atoms, n_neighbors=5):
    """Join each atom of a clip with those that make it up.

    Parameters
    ----------
    atoms : array-like of shape (n_atoms, n_features)
        Atoms of a clip in order of time.
    n_neighbors : int, default=5
        Number of neighbors; all others where there are fewer.

    Returns
    -------
    csr_array of shape (n_atoms, n_atoms), float64
        1 where one of two atoms is a neighbor of the other; symmetric. Atoms of other
        clips are infinitely far: the graph of several clips is the block-diagonal of
        theirs.

    Raises
    ------
    ValueError
        If the atoms are not finite or none, or `n_neighbors` is less than 1.

    References
    ----------
    Y.-J. Liu, B.-J. Li, Y.-K. Lai, "Sparse MDMO: learning a discriminative feature for
    micro-expression recognition", IEEE TAFFC 12(1), 2021.
    https://doi.org/10.1109/TAFFC.2018.2854166

    Examples
    --------
    >>> atoms = [[1, 0], [0, 1], [2, 0], [0, 3]]
    >>> self_expressive_graph(atoms, 1).toarray().tolist()
    [[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0],
     [0.0, 1.0, 0.0, 0.0]]
    """
    return neighbor_graph(self_expressive_distance(atoms), n_neighbors)


def graph_laplacian(graph):
    """Subtract a graph from the diagonal of its degrees.

    Parameters
    ----------
    graph : csr_array of shape (n_atoms, n_atoms)
        Weights, symmetric.

    Returns
    -------
    csr_array of shape (n_atoms, n_atoms)
        The Laplacian: its rows sum to 0.

    Examples
    --------
    >>> graph_laplacian(neighbor_graph(np.ones((3, 3)), 1)).toarray().tolist()
    [[1.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 1.0]]
    """
    return sparse.csr_array(sparse.diags_array(graph.sum(axis=1)) - graph)
