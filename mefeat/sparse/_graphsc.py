"""GraphSC: a dictionary of atoms whose codes are sparse and alike for neighbors."""

import warnings

import joblib
import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.optimize import minimize
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from tqdm import tqdm

from mefeat.base import one_thread
from mefeat.base._steps import choice, number, whole
from mefeat.kernels._graphsc import code_clip, express

_RATE = 1e-10
_EXPRESSION_TOL = 1e-11


def checked_samples(samples, name="samples"):
    """Check the samples of a clip."""
    samples = np.ascontiguousarray(samples, dtype=np.float64)
    if samples.ndim != 2 or 0 in samples.shape:
        raise ValueError(
            f"{name} must be of shape (n_samples, n_features), at least one of each, "
            f"got {samples.shape}."
        )
    finite = np.isfinite(samples).all(axis=1)
    if not finite.all():
        raise ValueError(
            f"{name}[{finite.argmin()}] holds a number that is not finite."
        )
    return samples


def self_expressive_distance(samples):
    """Measure how little two samples take part in the make-up of each other.

    Notes
    -----
    Each sample is written as a non-negative combination of the others; with the
    coefficients as rows of a matrix of Frobenius norm 1, the distance of two samples is
    1 / (1 + the mean of their two coefficients). The paper asks for the combination of
    least sum that equals the sample, and solves it by LARS. No combination equals the
    sample in general, so here it is the nearest one, where the path ends as the weight
    of the sum goes to zero; it is computed by coordinate descent and checked against
    the conditions of a minimum (scikit-learn's positive path stops short of it).
    A sample of zeros is at 1 from all.
    """
    samples = checked_samples(samples)
    # Without scale, for numbers of any size; coefficients keep theirs.
    largest = np.abs(samples).max()
    scaled = samples / largest if largest > 0 else samples
    coefficients = np.zeros((len(samples), len(samples)))
    express(scaled @ scaled.T, _RATE, _EXPRESSION_TOL, coefficients)
    norm = np.linalg.norm(coefficients)
    if norm > 0:
        coefficients /= norm
    distance = 1 / ((coefficients + coefficients.T) / 2 + 1)
    np.fill_diagonal(distance, 0)
    return distance


def euclidean_distance(samples):
    """Measure Euclidean distances of samples."""
    samples = checked_samples(samples)
    return cdist(samples, samples)


METRICS = {
    "self_expressive": self_expressive_distance,
    "euclidean": euclidean_distance,
}


def neighbor_graph(distance, n_neighbors=5):
    """Join each sample with its nearest neighbors.

    Notes
    -----
    Of samples at the same distance the one nearer in time comes first, then the
    earlier.
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


def self_expressive_graph(samples, n_neighbors=5):
    """Join each sample of a clip with those that make it up.

    Parameters
    ----------
    samples : array-like of shape (n_samples, n_features)
        Samples of a clip in order of time.
    n_neighbors : int, default=5
        Number of neighbors; all others where there are fewer.

    Returns
    -------
    csr_array of shape (n_samples, n_samples), float64
        1 where one of two samples is a neighbor of the other; symmetric. Samples of
        other clips are infinitely far: the graph of several clips is the block-diagonal
        of theirs.

    Raises
    ------
    ValueError
        If the samples are not finite or none, or `n_neighbors` is less than 1.

    References
    ----------
    Y.-J. Liu, B.-J. Li, Y.-K. Lai, "Sparse MDMO: learning a discriminative feature for
    micro-expression recognition", IEEE TAFFC 12(1), 2021.
    https://doi.org/10.1109/TAFFC.2018.2854166

    Examples
    --------
    >>> samples = [[1, 0], [0, 1], [2, 0], [0, 3]]
    >>> self_expressive_graph(samples, 1).toarray().tolist()
    [[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0],
     [0.0, 1.0, 0.0, 0.0]]
    """
    return neighbor_graph(self_expressive_distance(samples), n_neighbors)


def graph_laplacian(graph):
    """Subtract a graph from the diagonal of its degrees."""
    return sparse.csr_array(sparse.diags_array(graph.sum(axis=1)) - graph)


_ADMM_STEPS = 500
_ADMM_TOL = 1e-4
_RELAXATION = 1.7
_BALANCE = 10
_NEWTON_STEPS = 10
_CG_STEPS = 300
_CG_TOL = 1e-5
_TINY = 1e-9


def admm_codes(gram, correlations, laplacian, sparsity, start):
    """Approach the minimum by alternating directions.

    References
    ----------
    S. Boyd, N. Parikh, E. Chu, B. Peleato, J. Eckstein, "Distributed optimization and
    statistical learning via the alternating direction method of multipliers",
    Foundations and Trends in Machine Learning 3(1), 2011.
    https://doi.org/10.1561/2200000016
    """
    solve = _inverse(gram, laplacian)
    ridge, codes = _scale(gram), start
    pull = np.clip(-_slope(gram, correlations, laplacian, codes), -sparsity, sparsity)
    pull /= ridge
    for k in range(1, _ADMM_STEPS + 1):
        smooth = solve(correlations + ridge * (codes - pull), ridge)
        moved = _RELAXATION * smooth + (1 - _RELAXATION) * codes + pull
        before = codes
        codes = np.sign(moved) * np.maximum(np.abs(moved) - sparsity / ridge, 0)
        pull = moved - codes
        apart = _relative(smooth - codes, codes)
        change = _relative(codes - before, pull)
        if max(apart, change) <= _ADMM_TOL:
            break
        if k % _BALANCE == 0:
            # Neither shall lag far behind the other.
            share = np.clip(np.sqrt(apart / max(change, 1e-300)), 0.2, 5)
            if not 0.5 <= share <= 2:
                ridge *= share
                pull /= share
    return codes


def solve_active_codes(gram, correlations, laplacian, sparsity, limit, codes):
    """Solve for the codes that are not zero, and add others until none is missed."""
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
        for _ in range(_NEWTON_STEPS):
            if _newton_step(gram, correlations, laplacian, sparsity, codes):
                break


def _newton_step(gram, correlations, laplacian, sparsity, codes):
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
    own, vectors = eigh(gram)
    joined, times = eigh(laplacian)
    curvature = np.maximum(joined, 0)[:, None] + np.maximum(own, 0)

    def solve(right, ridge):
        inner = times.T @ right @ vectors
        return times @ (inner / (curvature + ridge)) @ vectors.T

    return solve


def _slope(gram, correlations, laplacian, codes):
    return codes @ gram + laplacian @ codes - correlations


def _scale(gram):
    return float(np.diag(gram).mean()) or 1.0


def _relative(difference, values):
    return np.linalg.norm(difference) / max(np.linalg.norm(values), 1e-300)


_PASSES = 20
_ROUNDS = 10
_LIGHT = 2.0
_LEAST_TOL = 1e-13


def graph_codes(
    samples,
    components,
    graph=None,
    *,
    graph_weight=0.1,
    sparsity=0.2,
    start=None,
    tol=1e-10,
):
    """Code the samples of a clip by few components, alike for neighbors.

    Parameters
    ----------
    samples : array-like of shape (n_samples, n_features)
        Samples X of a clip, one per row.
    components : array-like of shape (n_components, n_features)
        Dictionary D, one atom per row.
    graph : array-like or sparse array of shape (n_samples, n_samples), default=None
        Weights W of the neighbors, symmetric, zero on the diagonal. None joins nothing.
    graph_weight : float, default=0.1
        Weight of differences between neighbors, at least 0.
    sparsity : float, default=0.2
        Weight of the sum of absolute codes, at least 0.
    start : ndarray of shape (n_samples, n_components), default=None
        Where to start; zeros by default.
    tol : float, default=1e-10
        By how much the conditions of the minimum may be missed, relative to the largest
        product of a sample and a component. More than 0; below 1e-13 rounding decides,
        and 1e-13 is taken.

    Returns
    -------
    ndarray of shape (n_samples, n_components), float64
        Codes S that minimize ||X - S D||^2 + graph_weight tr(S' L S) + sparsity |S|_1
        with the Laplacian L of the graph.

    Raises
    ------
    ValueError
        If samples or components are not finite or do not fit, a weight is negative, or
        `tol` is not above 0.

    Warns
    -----
    ConvergenceWarning
        If the conditions of the minimum are not met to `tol`.

    Notes
    -----
    Where the graph is light, sample after sample is coded with the others as they are,
    as in the papers, but exactly, and until all agree. Passes over a heavy graph would
    be thousands. There all samples are coded at once: the alternating direction method
    finds which codes are not zero, and conjugate gradients solve for them. Both end at
    the same conditions; where the minimum is unique, codes do not depend on the start.

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
    samples, components = (
        checked_samples(samples),
        checked_samples(components, "components"),
    )
    if samples.shape[1] != components.shape[1]:
        raise ValueError(
            f"samples have {samples.shape[1]} numbers, components "
            f"{components.shape[1]}."
        )
    if graph_weight < 0 or sparsity < 0:
        raise ValueError(
            "graph_weight and sparsity must not be negative, got "
            f"{graph_weight} and {sparsity}."
        )
    if not tol > 0:
        raise ValueError(f"tol must be more than 0, got {tol}.")
    codes = np.zeros((len(samples), len(components)))
    if start is not None:
        codes[:] = start
    square = (len(samples), len(samples))
    graph = sparse.csr_array(square if graph is None else graph)
    if graph.shape != square:
        raise ValueError(
            f"the graph of {len(samples)} samples has the shape {graph.shape}."
        )
    if graph_weight == 0:
        graph = sparse.csr_array(square)
    left, limit = _minimize(
        components @ components.T,
        samples @ components.T,
        graph,
        float(graph_weight),
        0.5 * sparsity,
        max(tol, _LEAST_TOL),
        codes,
    )
    if left > limit:
        warnings.warn(
            f"the codes of {len(samples)} samples miss the conditions of a minimum by "
            f"{left:.1e}, more than {limit:.1e}.",
            ConvergenceWarning,
            stacklevel=2,
        )
    return codes


def _minimize(gram, correlations, graph, weight, sparsity, tol, codes):
    """Code in place, sample by sample or all at once; return violation and limit."""
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
            codes[:] = admm_codes(*joint, codes)
        left = solve_active_codes(*joint, limit, codes)
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


_RIDGE = 1e-10
_PRECISION = 1e-12


def random_dictionary(n_components, n_features, rng):
    """Draw atoms of unit norm and zero mean."""
    atoms = rng.uniform(-0.5, 0.5, (n_components, n_features))
    if n_features > 1:
        atoms -= atoms.mean(axis=1, keepdims=True)
    return atoms / np.linalg.norm(atoms, axis=1, keepdims=True)


def update_dictionary(gram, product, squares, components):
    """Fit atoms of norm at most 1 to given codes.

    Notes
    -----
    The bound is the Lagrange dual of Lee et al., maximized by L-BFGS-B. The atoms that
    belong to it miss the norms by little; one sweep over the atoms, each the best of
    its ball given the others (Mairal et al.), ends inside.

    References
    ----------
    H. Lee, A. Battle, R. Raina, A. Y. Ng, "Efficient sparse coding algorithms", NIPS
    2006.

    J. Mairal, F. Bach, J. Ponce, G. Sapiro, "Online learning for matrix factorization
    and sparse coding", JMLR 11, 2010.
    """
    used = np.flatnonzero(np.diag(gram) > 0)
    new, bound = components.copy(), squares
    if used.size:
        part, goal = gram[np.ix_(used, used)], product[used]
        atoms, bound = _dual(part, goal, squares)
        new[used] = _sweep(part, goal, atoms)
    before = _error(gram, product, squares, components)
    after = _error(gram, product, squares, new)
    if after > before:
        new, after = components, before
    return new, max(after - bound, 0.0)


def replace_unused(components, gram, samples, errors):
    """Put the samples that are fitted worst in the place of atoms that no code uses."""
    components = components.copy()
    unused = np.flatnonzero(np.diag(gram) == 0)
    norms = np.linalg.norm(samples, axis=1)
    worst = np.argsort(-np.asarray(errors), kind="stable")
    worst = [i for i in worst[: unused.size] if errors[i] > 0 and norms[i] > 0]
    for k, i in zip(unused, worst, strict=False):
        components[k] = samples[i] / norms[i]
    return components


def _dual(gram, product, squares):
    """Maximize the dual; give its atoms and its value."""
    ridge = _RIDGE * np.trace(gram) / len(gram)

    def negative(multipliers):
        factor = cho_factor(gram + np.diag(multipliers + ridge))
        atoms = cho_solve(factor, product)
        value = squares - (product * atoms).sum() - multipliers.sum()
        return -value / squares, (1 - (atoms**2).sum(axis=1)) / squares

    # The norms of single atoms tell the size of multipliers.
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
    atoms = cho_solve(factor, product)
    # With the ridge out again this is a bound for the problem itself.
    bound = squares - (product * atoms).sum() - multipliers.sum()
    return atoms, bound - ridge * len(gram)


def _sweep(gram, product, atoms):
    """Make each atom in turn the best of its ball."""
    atoms = atoms.copy()
    for k in range(len(atoms)):
        atom = atoms[k] + (product[k] - gram[k] @ atoms) / gram[k, k]
        atoms[k] = atom / max(1.0, np.linalg.norm(atom))
    return atoms


def _error(gram, product, squares, atoms):
    return squares - 2 * (product * atoms).sum() + ((gram @ atoms) * atoms).sum()


def graph_objective(samples, components, codes, graph=None, *, graph_weight, sparsity):
    """Compute what sparse coding of a clip minimizes.

    Parameters
    ----------
    samples : ndarray of shape (n_samples, n_features)
        Samples X, one per row.
    components : ndarray of shape (n_components, n_features)
        Dictionary D.
    codes : ndarray of shape (n_samples, n_components)
        Codes S.
    graph : csr_array of shape (n_samples, n_samples), default=None
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
    value = ((samples - codes @ components) ** 2).sum() + sparsity * np.abs(codes).sum()
    if graph is not None:
        i, j = graph.nonzero()
        value += graph_weight * 0.5 * (graph.data @ ((codes[i] - codes[j]) ** 2)).sum()
    return float(value)


_CODE_TOL = 1e-10
_FIT_TOL = 1e-3


class GraphSC(TransformerMixin, BaseEstimator, auto_wrap_output_keys=()):
    """Graph regularized sparse coding of the samples of clips.

    It takes a list of arrays of shape (n_samples, n_features), one per clip, such as
    those of `MDMOSequence`, and learns a dictionary from all their samples.

    Parameters
    ----------
    n_components : int, default=128
        Atoms of the dictionary, at most as many as there are samples.
    graph_weight : float, default=0.1
        Weight of differences of the codes of neighbors, at least 0. With 0 this is
        plain sparse coding.
    sparsity : float, default=0.2
        Weight of the sum of absolute codes, more than 0.
    n_neighbors : int, default=5
        Neighbors of a sample in its clip; all others where there are fewer.
    metric : {"self_expressive", "euclidean"}, default="self_expressive"
        Distance of the samples of a clip, see `METRICS`.
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
        Atoms, of norm at most 1.
    objective_ : ndarray of shape (n_iter_,)
        Objective at the end of each iteration; it never rises.
    dual_gap_ : ndarray of shape (n_iter_,)
        How far each step of the dictionary may have been from its minimum, at most.
    n_iter_ : int
        Number of iterations.
    n_features_in_ : int
        Numbers of a sample.

    See Also
    --------
    graph_codes : The codes of a clip.
    update_dictionary : The step of the dictionary.
    self_expressive_graph : The graph of a clip.

    Notes
    -----
    The objective is ||X - S D||^2 + graph_weight tr(S' L S) + sparsity |S|_1. Samples
    of different clips are never neighbors, so that clips are coded one by one: a new
    clip gets just the codes it would have had among the others. Here each step of the
    codes is carried near to its minimum, and the last one to it, where the authors pass
    over the samples once. An atom that no code uses is replaced by the sample that is
    fitted worst.

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
        *,
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
        X : list of ndarray of shape (n_samples, n_features)
            Samples of each training clip, in order of time.
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
            If samples are not finite, differ in length, or are fewer than the atoms.
        """
        self._validate_params()
        X = _checked_clips(X)
        n_samples, n_features = sum(map(len, X)), X[0].shape[1]
        if self.n_components > n_samples:
            raise ValueError(
                f"n_components={self.n_components} is more than the {n_samples} "
                "samples of the training clips."
            )
        rng = check_random_state(self.random_state)
        self.n_features_in_ = n_features
        with one_thread():
            graphs = self._graphs(X)
            components = random_dictionary(self.n_components, n_features, rng)
            self._alternate(X, graphs, components)
        return self

    def transform(self, X):
        """Code the samples of each clip.

        Parameters
        ----------
        X : list of ndarray of shape (n_samples, n_features)
            Samples of each clip, in order of time.

        Returns
        -------
        list of ndarray of shape (n_samples, n_components)
            Codes of each clip, float64.

        Raises
        ------
        TypeError
            If X is no list of arrays.
        ValueError
            If samples are not finite, or not as long as those of `fit`.
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
            joblib.delayed(_graph)(samples, self.metric, self.n_neighbors)
            for samples in X
        )

    def _codes(self, X, graphs, components, starts, tol=_CODE_TOL):
        weights = {"graph_weight": self.graph_weight, "sparsity": self.sparsity}
        code = joblib.delayed(graph_codes)
        return self._parallel(
            code(samples, components, graph, start=start, tol=tol, **weights)
            for samples, graph, start in zip(X, graphs, starts, strict=True)
        )

    def _parallel(self, jobs):
        return joblib.Parallel(self.n_jobs, prefer="threads")(jobs)

    def _objective(self, X, graphs, components, codes):
        weights = {"graph_weight": self.graph_weight, "sparsity": self.sparsity}
        parts = zip(X, codes, graphs, strict=True)
        return sum(graph_objective(x, components, s, g, **weights) for x, s, g in parts)


def _graph(samples, metric, n_neighbors):
    return neighbor_graph(METRICS[metric](samples), n_neighbors)


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
        raise ValueError("X must hold the samples of at least one clip, got none.")
    X = [checked_samples(samples, f"X[{i}]") for i, samples in enumerate(X)]
    n_features = X[0].shape[1] if n_features is None else n_features
    for i, samples in enumerate(X):
        if samples.shape[1] != n_features:
            raise ValueError(
                f"X[{i}] must have samples of {n_features} numbers, got "
                f"{samples.shape[1]}."
            )
    return X
