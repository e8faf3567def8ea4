"""Landmark files."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from mefeat.video._decoding import ReadError

_COLUMNS = ("frame", "point", "x", "y")


def read_landmarks(path):
    r"""Read the landmarks of all frames of a video.

    Parameters
    ----------
    path : path
        A .npy or .npz file with one array of shape (n_frames, n_landmarks, 2), or a
        .csv file with the columns frame, point, x and y and a row for each point of
        each frame, both counted without gaps.

    Returns
    -------
    ndarray of shape (n_frames, n_landmarks, 2)
        Points (x, y) in pixels, float64, as they are in the file, NaN included.

    Raises
    ------
    ReadError
        If the file is missing, of another kind, or holds something else.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "face.csv")
    ...     _ = path.write_text("frame,point,x,y\n0,0,10,20\n1,0,11,21\n")
    ...     read_landmarks(path).tolist()
    [[[10.0, 20.0]], [[11.0, 21.0]]]
    """
    path = Path(path)
    if path.suffix.lower() not in READERS:
        raise ReadError(f"{path}: landmarks must be in {', '.join(READERS)} files.")
    try:
        landmarks = READERS[path.suffix.lower()](path)
    except OSError as error:
        reason = error.strerror or "is damaged"
        raise ReadError(f"{path}: cannot be read ({reason}).") from None
    except ReadError:
        raise
    except (ValueError, EOFError, OverflowError, MemoryError, BadZipFile) as error:
        raise ReadError(f"{path}: holds no landmarks: {error}") from None
    if (
        landmarks.ndim != 3
        or landmarks.shape[2] != 2
        or landmarks.dtype.kind not in "iuf"
    ):
        raise ReadError(
            f"{path}: expected numbers of shape (n_frames, n_landmarks, 2), got shape "
            f"{landmarks.shape} and dtype {landmarks.dtype}."
        )
    return landmarks.astype(np.float64)


def _from_numpy(path):
    # What the file is shows in its first bytes, whatever it is called.
    found = np.load(path, allow_pickle=False)
    if isinstance(found, np.ndarray):
        return found
    with found as arrays:
        if len(arrays.files) != 1:
            raise ReadError(f"{path}: expected one array, got {arrays.files}.")
        return arrays[arrays.files[0]]


def _from_csv(path):
    import pandas as pd

    table = pd.read_csv(path, skipinitialspace=True)
    table.columns = table.columns.str.strip().str.lower()
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        raise ReadError(f"{path}: lacks the columns {', '.join(missing)}.")
    for name in _COLUMNS[:2]:
        if not len(table) or table[name].dtype.kind not in "iu":
            raise ReadError(f"{path}: the column {name} must hold whole numbers.")
    # Of Python's integers: those of the table may not hold their own difference.
    ends = [(int(table[n].min()), int(table[n].max())) for n in _COLUMNS[:2]]
    shape = (*(last - first + 1 for first, last in ends), 2)
    if len(table) != shape[0] * shape[1] or table.duplicated(["frame", "point"]).any():
        raise ReadError(
            f"{path}: expected one row for each of {shape[1]} points of each of "
            f"{shape[0]} frames, got {len(table)} rows."
        )
    frame, point = (
        table[name].to_numpy() - first
        for name, (first, _) in zip(_COLUMNS[:2], ends, strict=True)
    )
    landmarks = np.empty(shape)
    landmarks[frame, point] = table[["x", "y"]].to_numpy(np.float64)
    return landmarks


READERS = {".npy": _from_numpy, ".npz": _from_numpy, ".csv": _from_csv}
