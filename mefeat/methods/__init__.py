"""The one table of methods: what the command line and the benchmarks offer by name."""

from mefeat.methods.descriptors import METHODS
from mefeat.methods.method import Method, face_steps
from mefeat.methods.networks import DEEP

__all__ = ["DEEP", "METHODS", "Method", "face_steps"]
