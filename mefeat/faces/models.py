"""Finding dlib and the file of its 68-point model."""

import importlib.util
import os
from functools import lru_cache
from pathlib import Path

VARIABLE = "MEFEAT_LANDMARK_MODEL"
_NAME = "shape_predictor_68_face_landmarks.dat"
_DEBIAN = Path("/usr/share/dlib") / _NAME


def import_dlib():
    """Import dlib, or say how to get it.

    Returns
    -------
    module
        The module `dlib`.

    Raises
    ------
    ImportError
        If dlib is not installed.
    """
    try:
        import dlib
    except ImportError as error:
        raise ImportError(
            'dlib is not installed: `pip install "mefeat[faces]"` brings it, or give '
            "the clips landmarks of your own."
        ) from error
    return dlib


def find_landmark_model(path=None):
    """Find the file of dlib's 68-point landmark model.

    Parameters
    ----------
    path : path, optional
        The file. By default the one that the environment variable
        `MEFEAT_LANDMARK_MODEL` names, else that of the package
        `face_recognition_models` (part of the extra `faces`), else that of Debian's
        `libdlib-data`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileNotFoundError
        If there is none.

    Notes
    -----
    The model was trained on the iBUG 300-W data, whose licence excludes commercial use.

    Examples
    --------
    >>> find_landmark_model("there_is_none.dat")
    Traceback (most recent call last):
    FileNotFoundError: there is no landmark model 'there_is_none.dat'.
    """
    if path is not None:
        return _existing(path, "")
    if VARIABLE in os.environ:
        return _existing(os.environ[VARIABLE], f", which {VARIABLE} names")
    places = [_DEBIAN]
    # Found, never imported: the package cannot be imported beside new setuptools.
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is not None and spec.origin is not None:
        places.insert(0, Path(spec.origin).parent / "models" / _NAME)
    for place in places:
        if place.is_file():
            return place
    package = "the package face_recognition_models, which is not installed, "
    raise FileNotFoundError(
        f"found no {_NAME}: looked at the variable {VARIABLE}, which is not set, "
        f"{package if len(places) == 1 else ''}and {' and '.join(map(str, places))}. "
        '`pip install "mefeat[faces]"` brings it.'
    )


def _existing(path, who):
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no landmark model {str(path)!r}{who}.")
    return Path(path)


@lru_cache(maxsize=1)
def load_predictor(path):
    """Load a landmark model, once in each process.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dlib.shape_predictor
        The model; called with a picture and a box it gives the points.
    """
    return import_dlib().shape_predictor(str(path))
