"""Tables of methods by databases, which `mefeat evaluate` prints; published figures."""

from mefeat.harness._evaluate import main
from mefeat.harness._published import Figure, published_figures

__all__ = [
    "Figure",
    "main",
    "published_figures",
]
