"""Sparse codes: words of motion that are learned from clips."""

from mefeat.sparse._graphsc import (
    METRICS,
    GraphSC,
    graph_codes,
    graph_laplacian,
    graph_objective,
    neighbor_graph,
    self_expressive_graph,
)
from mefeat.sparse._sparse_mdmo import SparseMDMO, pool_codes

__all__ = [
    "GraphSC",
    "METRICS",
    "SparseMDMO",
    "graph_codes",
    "graph_laplacian",
    "graph_objective",
    "neighbor_graph",
    "pool_codes",
    "self_expressive_graph",
]
