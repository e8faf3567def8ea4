"""Sparse codes over a graph, against scikit-learn's lasso in a loop."""

import numpy as np
from sklearn.decomposition import sparse_encode

from benchmarks.speed.timing import best, row
from mefeat.sparse import GraphSC, graph_codes, graph_objective, self_expressive_graph

TOL = 1e-3
WEIGHTS = {"graph_weight": 0.1, "sparsity": 0.2}
HEAVY = (1.0, 10.0, 100.0)
_MAX_PASSES = 100


def motion_samples(n_clips, n_samples=60, seed=0):
    """Make samples like those of MDMO: motion that comes and goes, with noise.

    Parameters
    ----------
    n_clips : int
        Number of clips.
    n_samples : int, default=60
        Samples of a clip.
    seed : int, default=0
        Seed.

    Returns
    -------
    list of ndarray of shape (n_samples, 72)
        Lengths of 36 areas and their angles.
    """
    rng = np.random.default_rng(seed)
    rise = np.sin(np.linspace(0, np.pi, n_samples))[:, None]
    clips = []
    for _ in range(n_clips):
        length = rise * np.abs(rng.normal(size=36)) + 0.15 * rng.random((n_samples, 36))
        angle = 2 * np.pi * rng.random(36) + 0.5 * rng.normal(size=(n_samples, 36))
        clips.append(
            np.hstack([0.9 * length / length.max(), 0.1 * (angle % (2 * np.pi))])
        )
    return clips


def lasso_codes(samples, components, graph, objective):
    """Code sample after sample by scikit-learn until an objective is reached.

    Parameters
    ----------
    samples : ndarray of shape (n_samples, n_features)
        Samples of a clip.
    components : ndarray of shape (n_components, n_features)
        Dictionary.
    graph : csr_array of shape (n_samples, n_samples)
        Neighbors.
    objective : float
        What to reach.

    Returns
    -------
    ndarray of shape (n_samples, n_components)
        Codes.

    Notes
    -----
    The graph goes into a row of the system for each component.
    """
    weights, codes = graph.toarray(), np.zeros((len(samples), len(components)))
    degrees = weights.sum(axis=1)
    for _ in range(_MAX_PASSES):
        for i, sample in enumerate(samples):
            root = np.sqrt(WEIGHTS["graph_weight"] * degrees[i])
            pull = root / degrees[i] * (weights[i] @ codes)
            codes[i] = sparse_encode(
                np.concatenate([sample, pull])[None],
                np.hstack([components, root * np.eye(len(components))]),
                algorithm="lasso_cd",
                alpha=0.5 * WEIGHTS["sparsity"],
                init=codes[i][None],
                check_input=False,
            )[0]
        if graph_objective(samples, components, codes, graph, **WEIGHTS) <= objective:
            return codes
    raise RuntimeError(f"{objective} was not reached in {_MAX_PASSES} passes.")


def coding_rows(quick):
    """Time the codes of one clip, on one thread.

    Parameters
    ----------
    quick : bool
        Whether to use few components and samples.

    Returns
    -------
    list of dict
        Rows: the peer that reaches the same objective, and what a heavy graph costs.
    """
    n_components, n_clips = (32, 4) if quick else (256, 25)
    clips = motion_samples(n_clips, 12 if quick else 60)
    model = GraphSC(n_components, **WEIGHTS, max_iter=2, random_state=0).fit(clips)
    atoms, samples = model.components_, clips[0]
    graph = self_expressive_graph(samples)

    def ours():
        return graph_codes(samples, atoms, graph, tol=TOL, **WEIGHTS)

    reached = graph_objective(samples, atoms, ours(), graph, **WEIGHTS)
    times = best(
        ours,
        lambda: lasso_codes(samples, atoms, graph, reached),
        repeats=2 if quick else 3,
    )
    job = f"codes of {len(samples)} samples, {n_components} atoms"
    light, *heavy = best(
        *(
            lambda w=w: graph_codes(samples, atoms, graph, graph_weight=w, sparsity=0.2)
            for w in (WEIGHTS["graph_weight"], *HEAVY)
        ),
        repeats=2 if quick else 3,
    )
    return [
        row(job, times[0], "sparse_encode in a loop", times[1], 20),
        *(
            row(
                f"the same to 1e-10, graph weight {w:g}",
                t,
                "0.1",
                light,
                15,
                higher=False,
            )
            for w, t in zip(HEAVY, heavy, strict=True)
        ),
    ]
