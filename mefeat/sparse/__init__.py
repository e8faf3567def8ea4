"""Sparse codes: words of motion that are learned from clips."""

from mefeat.sparse.coding import graph_codes
from mefeat.sparse.dictionary import update_dictionary
from mefeat.sparse.graph import (
    METRICS,
    graph_laplacian,
    neighbor_graph,
    self_expressive_distance,
    self_expressive_graph,
)
from mefeat.sparse.graphsc import GraphSC
from mefeat.sparse.objective import graph_objective
from mefeat.sparse.sparse_mdmo import SparseMDMO, pool_codes

__all__ = [
    "METRICS",
    "GraphSC",
    "SparseMDMO",
    "graph_codes",
    "graph_laplacian",
    "graph_objective",
    "neighbor_graph",
    "pool_codes",
    "self_expressive_distance",
    "self_expressive_graph",
    "update_dictionary",
]
