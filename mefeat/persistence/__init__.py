"""Trained models in files that cannot run code.

A file holds the fitted model and *facts*: what it was trained on, and under which
versions.
"""

from mefeat.persistence._models import ModelError, load_model, save_model

__all__ = [
    "ModelError",
    "load_model",
    "save_model",
]
