"""Sparse codes of motion over learned atoms."""

from mefeat.sparse._graphsc import (
    GraphSC,
    graph_codes,
    graph_objective,
    self_expressive_graph,
)
from mefeat.sparse._sparse_mdmo import SparseMDMO, pool_codes

__all__ = [
    "GraphSC",
    "SparseMDMO",
    "graph_codes",
    "graph_objective",
    "pool_codes",
    "self_expressive_graph",
]
