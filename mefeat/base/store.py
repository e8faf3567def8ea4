"""Finished results on disk: a file for each, of arrays and plain values, no pickles.

A file begins with the SHA-256 of all that follows: arrays in NumPy's own format. The
first of them holds, as JSON, the key of the result and how the others make it up.
"""

import hashlib
import json
import os
import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.lib.format import read_array, write_array

from mefeat.base.files import remove_parts, whole_file
from mefeat.clip import Clip

SUFFIX = ".entry"
_DAY = 24 * 3600
_PLAIN = (str, int, float, bool, type(None))


def open_folder(path):
    """Make a folder for one's own results, and warn if others may write to it.

    Parameters
    ----------
    path : path
        The folder. One that is made is open to its owner alone.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OSError
        If it cannot be made.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> folder = open_folder(Path(mkdtemp()) / "rows")
    >>> oct(folder.stat().st_mode)[-3:]
    '700'
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(f"expected a folder for results, got the file {path}.")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove_parts(path, older_than=_DAY)
    if os.name == "posix" and (who := _who_else_writes(path.stat())):
        warnings.warn(
            f"{who} may write to the folder {path}, and what lies there is taken for "
            "results: take a folder of your own, or close it with chmod go-w.",
            stacklevel=2,
        )
    return path


def _who_else_writes(status):
    if status.st_uid not in (os.geteuid(), 0):
        return f"its owner, user {status.st_uid},"
    if status.st_mode & 0o002:
        return "everybody"
    # The group that many systems give to each user has the user's number.
    shared = status.st_mode & 0o020 and status.st_gid != status.st_uid
    return f"the group {status.st_gid}" if shared else None


def write_entry(path, key, value):
    """Write a result, whole or not at all.

    Parameters
    ----------
    path : path
        The file.
    key : object
        What the result is of, in values that JSON can hold.
    value : object
        Arrays, clips, strings, numbers, None, and lists and dicts of these.

    Raises
    ------
    TypeError
        If the value holds anything else.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "row"
    >>> write_entry(path, "clip 1", {"row": np.array([0.1, 0.2]), "seconds": 3.5})
    >>> read_entry(path, "clip 1")
    {'row': array([0.1, 0.2]), 'seconds': 3.5}
    """
    arrays = []
    head = json.dumps({"key": key, "value": _encoded(value, arrays)}).encode()
    file = BytesIO()
    for array in (np.frombuffer(head, np.uint8), *arrays):
        write_array(file, array, allow_pickle=False)
    body = file.getbuffer()
    with whole_file(path) as part, open(part, "wb") as target:
        target.write(hashlib.sha256(body).digest())
        target.write(body)


def read_entry(path, key):
    """Read a result back, to the last bit.

    Parameters
    ----------
    path : path
        The file.
    key : object
        What the result is to be of.

    Returns
    -------
    object
        The value; None if there is no file, or one that is damaged or of another key,
        which a warning names.

    Examples
    --------
    >>> read_entry("nowhere/row", "clip 1") is None
    True
    """
    try:
        content = Path(path).read_bytes()
        body = memoryview(content)[32:]
        if hashlib.sha256(body).digest() != content[:32]:
            raise ValueError("it is damaged")
        file = BytesIO(body)
        head = json.loads(read_array(file).tobytes())
        if head["key"] != key:
            raise ValueError("it is of another request")
        return _decoded(head["value"], file)
    except FileNotFoundError:
        return None
    # What is raised depends on what somebody else wrote there.
    except Exception as error:
        warnings.warn(
            f"{path} is not taken ({error}): its result is computed anew.",
            stacklevel=2,
        )
        return None


def _encoded(value, arrays):
    """Turn a value into what JSON can hold, and note its arrays in turn."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is list:
        return [_encoded(item, arrays) for item in value]
    if kind is dict and all(type(key) is str for key in value):
        return {"dict": {k: _encoded(item, arrays) for k, item in value.items()}}
    if kind is Clip:
        fields = {name: getattr(value, name) for name in Clip.__slots__}
        return {"clip": _encoded(fields, arrays)}
    if kind is np.ndarray and value.dtype == object:
        items = [_encoded(item, arrays) for item in value.ravel()]
        return {"objects": items, "shape": value.shape}
    if (kind is np.ndarray or isinstance(value, np.generic)) and not (
        value.dtype.hasobject
    ):
        arrays.append(np.asarray(value))
        return {"array": kind is np.ndarray}
    raise TypeError(f"expected arrays, clips and plain values, got {kind.__name__}")


def _decoded(value, file):
    if isinstance(value, list):
        return [_decoded(item, file) for item in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        array = read_array(file)
        return array if value["array"] else array[()]
    if "objects" in value:
        items = (_decoded(item, file) for item in value["objects"])
        return np.fromiter(items, object).reshape(value["shape"])
    if "clip" in value:
        return Clip(**_decoded(value["clip"], file))
    return {key: _decoded(item, file) for key, item in value["dict"].items()}
