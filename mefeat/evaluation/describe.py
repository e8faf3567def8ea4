"""What a result depends on, as plain values."""

import platform
import re

import numpy as np

from mefeat.base.cache import PACKAGES, versions_of

# What judges, besides what describes clips.
_OTHERS = ("scipy", "pandas", "numba", "torch")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def environment():
    """Get what a figure depends on besides its own settings.

    Returns
    -------
    dict
        `versions` of Python, mefeat and those packages that compute and are installed,
        and `platform`.

    Examples
    --------
    >>> import mefeat
    >>> environment()["versions"]["mefeat"] == mefeat.__version__
    True
    """
    versions = versions_of((*PACKAGES, *_OTHERS))
    return {
        "versions": {"python": platform.python_version(), **versions},
        "platform": platform.platform(),
    }


def describe_estimator(estimator):
    """Describe an estimator by plain values.

    Parameters
    ----------
    estimator : estimator
        Any that has `get_params`.

    Returns
    -------
    dict
        `name`, its class, and `parameters` to any depth, estimators among them by the
        names of their classes.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> describe_estimator(KNeighborsClassifier(3))["parameters"]["n_neighbors"]
    3
    """
    parameters = estimator.get_params(deep=True)
    return {"name": type(estimator).__name__, "parameters": plain(parameters)}


def plain(value):
    """Turn a value into what JSON can hold.

    Parameters
    ----------
    value : object
        Any.

    Returns
    -------
    dict, list, str, int, float, bool or None
        Arrays as lists, tuples as lists, keys as strings, what is not finite as None,
        estimators and functions by their names, what JSON cannot hold by its repr.

    Examples
    --------
    >>> plain({"gamma": (0.1, float("nan")), "metric": abs})
    {'gamma': [0.1, None], 'metric': 'abs'}
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "get_params"):
        return type(value).__name__
    # Without the address in memory, which is another in every run.
    return getattr(value, "__qualname__", None) or _ADDRESS.sub("", repr(value))
