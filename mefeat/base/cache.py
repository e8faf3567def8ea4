"""What identifies a finished result on disk."""

import os
from functools import cache
from importlib import metadata
from pathlib import Path

import joblib
import numpy as np

import mefeat
from mefeat.clip import Clip, ClipFile

# One module goes by several names, as wheels of OpenCV and dlib do.
PACKAGES = (
    "numpy",
    "scikit-learn",
    "scikit-image",
    "opencv-contrib-python-headless",
    "opencv-contrib-python",
    "dlib-bin",
    "dlib",
)


def result_key(steps, item):
    """Hash what a result depends on.

    Parameters
    ----------
    steps : list of estimators
        Steps that make the result.
    item : Clip, ClipFile or path
        What they are applied to.

    Returns
    -------
    str or None
        The key; None if a file cannot be found, which is for the reader to report.
    """
    try:
        source = describe_source(item)
    except OSError:
        return None
    described = [describe_step(step) for step in steps]
    return joblib.hash((source, described, versions_of(PACKAGES)))


def describe_source(item):
    """Describe what a clip is.

    Parameters
    ----------
    item : Clip, ClipFile or path
        The clip.

    Returns
    -------
    tuple or list
        Path, size and time of change of its files; of a `Clip` its fields.

    Raises
    ------
    OSError
        If a file cannot be found.

    Examples
    --------
    >>> describe_source(Clip(np.zeros((3, 4, 5), np.uint8)))[0].shape
    (3, 4, 5)
    """
    if isinstance(item, Clip):
        return tuple(getattr(item, name) for name in Clip.__slots__)
    if not isinstance(item, ClipFile):
        return _stamps([Path(item)])
    paths = [item.path] if isinstance(item.path, Path) else item.path
    if item.landmarks is not None:
        paths = [*paths, item.landmarks]
    others = [getattr(item, name) for name in ClipFile.__slots__ if name != "path"]
    return _stamps(paths), others


def _stamps(paths):
    stamps = []
    for path in paths:
        status = os.stat(path)
        stamps.append((str(path.absolute()), status.st_size, status.st_mtime_ns))
        if path.is_dir():
            stamps += _stamps(sorted(p for p in path.iterdir() if p.is_file()))
    return stamps


def describe_step(value):
    """Describe an estimator by class, revision and parameters, to any depth.

    Parameters
    ----------
    value : estimator or object
        An estimator, or the value of a parameter of one.

    Returns
    -------
    object
        What can be hashed. Parameters that change no number are left out: memory,
        n_jobs and verbose.

    Examples
    --------
    >>> from mefeat.preprocess import Resize
    >>> describe_step(Resize((30, 28)))
    ('mefeat.preprocess.Resize', 1, [('size', [30, 28])])
    """
    if hasattr(value, "get_params") and not isinstance(value, type):
        kind = type(value)
        parameters = sorted(value.get_params(deep=False).items())
        ignored = ("memory", "n_jobs", "verbose")
        return (
            f"{kind.__module__}.{kind.__qualname__}",
            getattr(value, "revision", None),
            [(k, describe_step(v)) for k, v in parameters if k not in ignored],
        )
    if isinstance(value, list | tuple):
        return [describe_step(v) for v in value]
    return np.asarray(value) if isinstance(value, np.ndarray) else value


def versions_of(packages):
    """Get the versions of mefeat and of those packages that are installed.

    Parameters
    ----------
    packages : iterable of str
        Their names.

    Returns
    -------
    dict of str to str
        Versions by name.

    Examples
    --------
    >>> versions_of(["numpy", "no such package"]) == {
    ...     "mefeat": mefeat.__version__, "numpy": np.__version__
    ... }
    True
    """
    versions = {"mefeat": mefeat.__version__}
    versions |= {name: _version(name) for name in packages}
    return {name: version for name, version in versions.items() if version}


@cache
def _version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
