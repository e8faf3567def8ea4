"""GraphSC: a dictionary of atoms whose codes are sparse and alike for neighbors."""

import joblib
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from tqdm import tqdm

from mefeat.base import one_thread
from mefeat.base._checks import choice, number, whole
from mefeat.sparse._coding import (
    METRICS,
    checked_atoms,
    graph_codes,
    neighbor_graph,
    random_dictionary,
    replace_unused,
    update_dictionary,
)


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


_TOL = 1e-10
_FIT_TOL = 1e-3


class GraphSC(TransformerMixin, BaseEstimator, auto_wrap_output_keys=()):
    """Graph regularized sparse coding of the atoms of clips.

    It takes a list of arrays of shape (n_atoms, n_features), one per clip, such as
    those of `MDMOSequence`, and learns a dictionary from all their atoms.

    Parameters
    ----------
    n_components : int, default=128
        Words of the dictionary, at most as many as there are atoms.
    graph_weight : float, default=0.1
        Weight of differences of the codes of neighbors, at least 0. With 0 this is
        plain sparse coding.
    sparsity : float, default=0.2
        Weight of the sum of absolute codes, more than 0.
    n_neighbors : int, default=5
        Neighbors of an atom in its clip; all others where there are fewer.
    metric : {"self_expressive", "euclidean"}, default="self_expressive"
        Distance of the atoms of a clip, see `METRICS`.
    max_iter : int, default=20
        Most iterations, each a step of the dictionary and one of the codes.
    tol : float, default=1e-4
        Stop when the objective falls by less than this share of it.
    random_state : int, RandomState or None, default=None
        Source of the first dictionary.
    n_jobs : int, default=None
        Threads over clips. The result does not depend on it.
    verbose : bool, default=False
        Whether to show progress.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
        Words, of norm at most 1.
    objective_ : ndarray of shape (n_iter_,)
        Objective at the end of each iteration; it never rises.
    dual_gap_ : ndarray of shape (n_iter_,)
        How far each step of the dictionary may have been from its minimum, at most.
    n_iter_ : int
        Number of iterations.
    n_features_in_ : int
        Numbers of an atom.

    See Also
    --------
    graph_codes : The codes of a clip.
    update_dictionary : The step of the dictionary.
    self_expressive_graph : The graph of a clip.

    Notes
    -----
    The objective is ||X - S D||^2 + graph_weight tr(S' L S) + sparsity |S|_1. Atoms of
    different clips are never neighbors, so that clips are coded one by one: a new clip
    gets just the codes it would have had among the others. Here each step of the codes
    is carried near to its minimum, and the last one to it, where the authors pass over
    the atoms once. A word that no code uses is replaced by the atom that is fitted
    worst.

    References
    ----------
    M. Zheng, J. Bu, C. Chen, C. Wang, L. Zhang, G. Qiu, D. Cai, "Graph regularized
    sparse coding for image representation", IEEE TIP 20(5), 2011.
    https://doi.org/10.1109/TIP.2010.2090535

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> clips = [rng.random((8, 5)), rng.random((6, 5))]
    >>> graphsc = GraphSC(n_components=4, random_state=0).fit(clips)
    >>> [codes.shape for codes in graphsc.transform(clips)]
    [(8, 4), (6, 4)]
    """

    _parameter_constraints: dict = {
        "n_components": [whole(1)],
        "graph_weight": [number(0)],
        "sparsity": [number(0, closed="neither")],
        "n_neighbors": [whole(1)],
        "metric": [choice(METRICS)],
        "max_iter": [whole(1)],
        "tol": [number(0)],
        "random_state": ["random_state"],
        "n_jobs": [whole(-1), None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_components=128,
        graph_weight=0.1,
        sparsity=0.2,
        n_neighbors=5,
        metric="self_expressive",
        max_iter=20,
        tol=1e-4,
        random_state=None,
        n_jobs=None,
        verbose=False,
    ):
        self.n_components = n_components
        self.graph_weight = graph_weight
        self.sparsity = sparsity
        self.n_neighbors = n_neighbors
        self.metric = metric
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.target_tags.required = False
        return tags

    def fit(self, X, y=None):
        """Learn the dictionary.

        Parameters
        ----------
        X : list of ndarray of shape (n_atoms, n_features)
            Atoms of each training clip, in order of time.
        y : object, default=None
            Ignored.

        Returns
        -------
        self : object
            The same object.

        Raises
        ------
        TypeError
            If X is no list of arrays.
        ValueError
            If atoms are not finite, differ in length, or are fewer than the words.
        """
        self._validate_params()
        X = _checked_clips(X)
        n_atoms, n_features = sum(map(len, X)), X[0].shape[1]
        if self.n_components > n_atoms:
            raise ValueError(
                f"n_components={self.n_components} is more than the {n_atoms} atoms of "
                "the training clips."
            )
        rng = check_random_state(self.random_state)
        self.n_features_in_ = n_features
        with one_thread():
            graphs = self._graphs(X)
            components = random_dictionary(self.n_components, n_features, rng)
            self._alternate(X, graphs, components)
        return self

    def transform(self, X):
        """Code the atoms of each clip.

        Parameters
        ----------
        X : list of ndarray of shape (n_atoms, n_features)
            Atoms of each clip, in order of time.

        Returns
        -------
        list of ndarray of shape (n_atoms, n_components)
            Codes of each clip, float64.

        Raises
        ------
        TypeError
            If X is no list of arrays.
        ValueError
            If atoms are not finite, or not as long as those of `fit`.
        """
        check_is_fitted(self)
        X = _checked_clips(X, self.n_features_in_)
        with one_thread():
            graphs = self._graphs(X)
            return self._codes(X, graphs, self.components_, [None] * len(X))

    def _alternate(self, X, graphs, components):
        """Improve dictionary and codes in turn until the objective stands still."""
        codes = self._codes(X, graphs, components, [None] * len(X), _FIT_TOL)
        before = self._objective(X, graphs, components, codes)
        objective, gaps = [], []
        steps = tqdm(range(self.max_iter), unit="step", disable=not self.verbose)
        for _ in steps:
            components, gap = _improve(X, components, codes)
            codes = self._codes(X, graphs, components, codes, _FIT_TOL)
            objective.append(self._objective(X, graphs, components, codes))
            gaps.append(gap)
            steps.set_postfix(objective=f"{objective[-1]:.6g}")
            if before - objective[-1] <= self.tol * before:
                break
            before = objective[-1]
        steps.close()
        codes = self._codes(X, graphs, components, codes)
        objective[-1] = self._objective(X, graphs, components, codes)
        self.components_ = components
        self.objective_ = np.array(objective)
        self.dual_gap_ = np.array(gaps)
        self.n_iter_ = len(gaps)

    def _graphs(self, X):
        if self.graph_weight == 0:
            return [None] * len(X)
        return self._parallel(
            joblib.delayed(_graph)(atoms, self.metric, self.n_neighbors) for atoms in X
        )

    def _codes(self, X, graphs, components, starts, tol=_TOL):
        weights = {"graph_weight": self.graph_weight, "sparsity": self.sparsity}
        code = joblib.delayed(graph_codes)
        return self._parallel(
            code(atoms, components, graph, start=start, tol=tol, **weights)
            for atoms, graph, start in zip(X, graphs, starts, strict=True)
        )

    def _parallel(self, jobs):
        return joblib.Parallel(self.n_jobs, prefer="threads")(jobs)

    def _objective(self, X, graphs, components, codes):
        weights = {"graph_weight": self.graph_weight, "sparsity": self.sparsity}
        parts = zip(X, codes, graphs, strict=True)
        return sum(graph_objective(x, components, s, g, **weights) for x, s, g in parts)


def _graph(atoms, metric, n_neighbors):
    return neighbor_graph(METRICS[metric](atoms), n_neighbors)


def _improve(X, components, codes):
    """Take a step of the dictionary, from sums over the clips."""
    gram = sum(s.T @ s for s in codes)
    product = sum(s.T @ x for s, x in zip(codes, X, strict=True))
    squares = float(sum((x**2).sum() for x in X))
    components, gap = update_dictionary(gram, product, squares, components)
    if (np.diag(gram) == 0).any():
        pairs = zip(X, codes, strict=True)
        errors = [((x - s @ components) ** 2).sum(axis=1) for x, s in pairs]
        components = replace_unused(
            components, gram, np.concatenate(X), np.concatenate(errors)
        )
    return components, gap


def _checked_clips(X, n_features=None):
    if isinstance(X, np.ndarray) and X.ndim == 2:
        raise TypeError("X must be a list of arrays, one per clip, got a single array.")
    if not isinstance(X, np.ndarray | list | tuple):
        raise TypeError(f"X must be a list of arrays, got {type(X).__name__}.")
    if len(X) == 0:
        raise ValueError("X must hold the atoms of at least one clip, got none.")
    X = [checked_atoms(atoms, f"X[{i}]") for i, atoms in enumerate(X)]
    n_features = X[0].shape[1] if n_features is None else n_features
    for i, atoms in enumerate(X):
        if atoms.shape[1] != n_features:
            raise ValueError(
                f"X[{i}] must have atoms of {n_features} numbers, got {atoms.shape[1]}."
            )
    return X
