"""Handcrafted features for facial micro-expressions, in scikit-learn style."""

__version__ = "0.1.0"

_HOMES = {
    "Clip": "mefeat.clip",
    "ClipFile": "mefeat.clip",
    "ClipPipeline": "mefeat.base",
    "Read": "mefeat.video",
}

__all__ = ["Clip", "ClipFile", "ClipPipeline", "Read", "__version__"]


def __getattr__(name):
    """Import the public names on first use, so that `import mefeat` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mefeat' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__():
    return __all__
