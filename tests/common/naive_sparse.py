"""Slow, obvious twins of what is in mefeat.sparse."""

import numpy as np
from scipy.optimize import nnls
from sklearn.linear_model import Lasso


def express(samples):
    """Non-negative least squares of each sample over the others."""
    n = len(samples)
    out = np.zeros((n, n))
    for i in range(n):
        others = np.delete(np.arange(n), i)
        out[i, others] = nnls(samples[others].T, samples[i])[0]
    return out


def distance(samples):
    gamma = express(samples)
    gamma /= np.linalg.norm(gamma)
    out = np.zeros_like(gamma)
    for i in range(len(samples)):
        for j in range(len(samples)):
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


def column(sample, components, degree, pull, graph_weight, sparsity):
    """Solve a column problem as the lasso of the augmented system."""
    ridge = graph_weight * degree
    root = np.sqrt(ridge)
    system = np.vstack([components.T, root * np.eye(len(components))])
    goal = np.zeros(len(components))
    if ridge > 0:
        goal = graph_weight * pull / root
    alpha = sparsity / 2 / len(system)
    lasso = Lasso(alpha=alpha, fit_intercept=False, tol=1e-14, max_iter=1_000_000)
    return lasso.fit(system, np.concatenate([sample, goal])).coef_


def codes(samples, components, graph, graph_weight, sparsity, n_passes):
    """Pass over the samples in order, each coded with the others as they are."""
    out = np.zeros((len(samples), len(components)))
    for _ in range(n_passes):
        for i in range(len(samples)):
            degree, pull = graph[i].sum(), graph[i] @ out
            out[i] = column(
                samples[i], components, degree, pull, graph_weight, sparsity
            )
    return out


def whole_clip(samples, components, graph, graph_weight, sparsity):
    """Solve for all codes as one lasso, with a row for each edge and atom."""
    i, j = np.nonzero(np.triu(graph))
    edges = np.zeros((len(i), len(graph)))
    edges[np.arange(len(i)), i], edges[np.arange(len(i)), j] = 1, -1
    joined = np.sqrt(graph_weight) * np.kron(edges, np.eye(len(components)))
    system = np.vstack([np.kron(np.eye(len(samples)), components.T), joined])
    goal = np.concatenate([samples.ravel(), np.zeros(len(joined))])
    alpha = sparsity / 2 / len(system)
    lasso = Lasso(alpha=alpha, fit_intercept=False, tol=1e-15, max_iter=2_000_000)
    return lasso.fit(system, goal).coef_.reshape(len(samples), -1)


def violation(samples, components, codes, graph, graph_weight, sparsity):
    """How far codes are from the minimum of half the objective, by its slope."""
    laplacian = np.diag(graph.sum(axis=1)) - graph
    slope = (codes @ components - samples) @ components.T
    slope += graph_weight * laplacian @ codes
    worst = 0.0
    for code, g in zip(codes.ravel(), slope.ravel(), strict=True):
        least = abs(g) - sparsity / 2
        worst = max(worst, abs(g + sparsity / 2 * np.sign(code)) if code else least)
    return worst


def objective(samples, components, codes, graph, graph_weight, sparsity):
    laplacian = np.diag(graph.sum(axis=1)) - graph
    return (
        np.linalg.norm(samples - codes @ components) ** 2
        + graph_weight * np.trace(codes.T @ laplacian @ codes)
        + sparsity * np.abs(codes).sum()
    )
