"""Slow, obvious twins of what is in mefeat.sparse."""

import numpy as np
from scipy.optimize import nnls
from sklearn.linear_model import Lasso


def express(atoms):
    """Non-negative least squares of each atom over the others."""
    n = len(atoms)
    out = np.zeros((n, n))
    for i in range(n):
        others = np.delete(np.arange(n), i)
        out[i, others] = nnls(atoms[others].T, atoms[i])[0]
    return out


def distance(atoms):
    gamma = express(atoms)
    gamma /= np.linalg.norm(gamma)
    out = np.zeros_like(gamma)
    for i in range(len(atoms)):
        for j in range(len(atoms)):
            if i != j:
                out[i, j] = 1 / ((gamma[i, j] + gamma[j, i]) / 2 + 1)
    return out


def graph(distance, n_neighbors):
    n = len(distance)
    out = np.zeros((n, n))
    for i in range(n):
        others = [j for j in range(n) if j != i]
        others.sort(key=lambda j: (distance[i, j], abs(i - j), j))
        for j in others[:n_neighbors]:
            out[i, j] = out[j, i] = 1
    return out


def column(atom, components, degree, pull, graph_weight, sparsity):
    """Solve a column problem as the lasso of the augmented system."""
    ridge = graph_weight * degree
    root = np.sqrt(ridge)
    system = np.vstack([components.T, root * np.eye(len(components))])
    goal = np.zeros(len(components))
    if ridge > 0:
        goal = graph_weight * pull / root
    alpha = sparsity / 2 / len(system)
    lasso = Lasso(alpha=alpha, fit_intercept=False, tol=1e-14, max_iter=1_000_000)
    return lasso.fit(system, np.concatenate([atom, goal])).coef_


def codes(atoms, components, graph, graph_weight, sparsity, n_passes):
    """Pass over the atoms in order, each coded with the others as they are."""
    out = np.zeros((len(atoms), len(components)))
    for _ in range(n_passes):
        for i in range(len(atoms)):
            degree, pull = graph[i].sum(), graph[i] @ out
            out[i] = column(atoms[i], components, degree, pull, graph_weight, sparsity)
    return out


def whole_clip(atoms, components, graph, graph_weight, sparsity):
    """Solve for all codes as one lasso, with a row for each edge and word."""
    i, j = np.nonzero(np.triu(graph))
    edges = np.zeros((len(i), len(graph)))
    edges[np.arange(len(i)), i], edges[np.arange(len(i)), j] = 1, -1
    joined = np.sqrt(graph_weight) * np.kron(edges, np.eye(len(components)))
    system = np.vstack([np.kron(np.eye(len(atoms)), components.T), joined])
    goal = np.concatenate([atoms.ravel(), np.zeros(len(joined))])
    alpha = sparsity / 2 / len(system)
    lasso = Lasso(alpha=alpha, fit_intercept=False, tol=1e-15, max_iter=2_000_000)
    return lasso.fit(system, goal).coef_.reshape(len(atoms), -1)


def violation(atoms, components, codes, graph, graph_weight, sparsity):
    """How far codes are from the minimum of half the objective, by its slope."""
    laplacian = np.diag(graph.sum(axis=1)) - graph
    slope = (codes @ components - atoms) @ components.T
    slope += graph_weight * laplacian @ codes
    worst = 0.0
    for code, g in zip(codes.ravel(), slope.ravel(), strict=True):
        least = abs(g) - sparsity / 2
        worst = max(worst, abs(g + sparsity / 2 * np.sign(code)) if code else least)
    return worst


def objective(atoms, components, codes, graph, graph_weight, sparsity):
    laplacian = np.diag(graph.sum(axis=1)) - graph
    return (
        np.linalg.norm(atoms - codes @ components) ** 2
        + graph_weight * np.trace(codes.T @ laplacian @ codes)
        + sparsity * np.abs(codes).sum()
    )
