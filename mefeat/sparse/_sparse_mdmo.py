"""Sparse MDMO: codes of the motion of a clip, pooled over time."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from mefeat.base._steps import number
from mefeat.sparse._graphsc import GraphSC


def pool_codes(codes, max_weight=0.5):
    """Pool the codes of a clip over its samples.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_components)
        Codes, with their signs.
    max_weight : float, default=0.5
        Weight of the largest code, 0 to 1; the mean has the rest.

    Returns
    -------
    ndarray of shape (n_components,), float64
        A number for each component.

    Raises
    ------
    ValueError
        If the weight leaves 0..1, or there are no codes.

    Examples
    --------
    >>> pool_codes(np.array([[0.0, -2.0], [1.0, -4.0]]), 0.5).tolist()
    [0.75, -2.5]
    """
    if not 0 <= max_weight <= 1:
        raise ValueError(f"max_weight must be 0 to 1, got {max_weight}.")
    codes = np.asarray(codes, dtype=np.float64)
    if codes.ndim != 2 or len(codes) == 0:
        raise ValueError(
            f"codes must be of shape (n_samples, n_components), got {codes.shape}."
        )
    return max_weight * codes.max(axis=0) + (1 - max_weight) * codes.mean(axis=0)


class SparseMDMO(GraphSC):
    """Sparse MDMO: codes over a learned dictionary, pooled over the clip.

    It takes what `MDMOSequence` gives and learns from it: put it behind a
    `ClipPipeline` that ends in `MDMOSequence`, in a scikit-learn `Pipeline`.

    Parameters
    ----------
    n_components : int, default=256
        Atoms of the dictionary, at most as many as there are samples.
    graph_weight : float, default=0.1
        Weight of differences of the codes of neighbors, at least 0. With 0 this is
        plain sparse coding, "BasicSC" in the paper.
    sparsity : float, default=0.2
        Weight of the sum of absolute codes, more than 0.
    max_weight : float, default=0.5
        Weight of the largest code of each atom in the pooling, the paper's omega, 0 to
        1; the mean has the rest.
    n_neighbors : int, default=5
        Neighbors of a sample in its clip; all others where there are fewer.
    metric : {"self_expressive", "euclidean"}, default="self_expressive"
        Distance of the samples of a clip; "euclidean" is "GraphSC" in the paper.
    max_iter : int, default=20
        Most iterations.
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
    GraphSC : The codes.
    pool_codes : The pooling.

    Notes
    -----
    The paper learns the dictionary from all clips, those to be classified included.
    Here it is learned from the clips given to `fit`, the training fold, and a new clip
    is coded over it with a graph of its own. The paper searches n_components 128, 192
    and 256, graph_weight 0.01 to 100 by tens, sparsity 0.1 to 0.5 and max_weight by
    steps of 0.01.

    References
    ----------
    Y.-J. Liu, B.-J. Li, Y.-K. Lai, "Sparse MDMO: learning a discriminative feature for
    micro-expression recognition", IEEE TAFFC 12(1), 2021.
    https://doi.org/10.1109/TAFFC.2018.2854166

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> clips = [rng.random((8, 72)), rng.random((6, 72))]
    >>> SparseMDMO(n_components=10, random_state=0).fit_transform(clips).shape
    (2, 10)
    """

    _parameter_constraints: dict = {
        **GraphSC._parameter_constraints,
        "max_weight": [number(0, 1, closed="both")],
    }

    def __init__(
        self,
        n_components=256,
        graph_weight=0.1,
        *,
        sparsity=0.2,
        max_weight=0.5,
        n_neighbors=5,
        metric="self_expressive",
        max_iter=20,
        tol=1e-4,
        random_state=None,
        n_jobs=None,
        verbose=False,
    ):
        super().__init__(
            n_components=n_components,
            graph_weight=graph_weight,
            sparsity=sparsity,
            n_neighbors=n_neighbors,
            metric=metric,
            max_iter=max_iter,
            tol=tol,
            random_state=random_state,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.max_weight = max_weight

    def transform(self, X):
        """Code and pool the samples of each clip.

        Parameters
        ----------
        X : list of ndarray of shape (n_samples, n_features)
            Samples of each clip, in order of time.

        Returns
        -------
        ndarray of shape (n_clips, n_components)
            One row per clip, float64.

        Raises
        ------
        TypeError
            If X is no list of arrays.
        ValueError
            If samples are not finite, or not as long as those of `fit`.
        """
        codes = super().transform(X)
        return np.stack([pool_codes(clip, self.max_weight) for clip in codes])

    def get_feature_names_out(self, input_features=None):
        """Name the atom of each number.

        Parameters
        ----------
        input_features : object, default=None
            Ignored.

        Returns
        -------
        ndarray of str
            One name per column.
        """
        check_is_fitted(self)
        names = [f"atom{i}" for i in range(len(self.components_))]
        return np.asarray(names, dtype=object)
