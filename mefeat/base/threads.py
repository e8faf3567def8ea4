"""Threads of the libraries underneath, kept in check around parallel work."""

import threading
from contextlib import contextmanager

import cv2
from joblib.parallel import get_active_backend
from threadpoolctl import threadpool_limits

_lock = threading.Lock()
_state = {"depth": 0}


@contextmanager
def one_thread():
    """Set OpenCV and the linear algebra libraries to one thread for a while.

    Both settings hold for the whole process, so blocks that overlap in time (nested, or
    in several threads) share one change, undone when the last of them ends.

    Yields
    ------
    None
        Nothing.

    Examples
    --------
    >>> import cv2
    >>> with one_thread():
    ...     cv2.getNumThreads()
    1
    """
    with _lock:
        if _state["depth"] == 0:
            _state["opencv"] = cv2.getNumThreads()
            _state["blas"] = threadpool_limits(1)
            cv2.setNumThreads(1)
        _state["depth"] += 1
    try:
        yield
    finally:
        with _lock:
            _state["depth"] -= 1
            if _state["depth"] == 0:
                cv2.setNumThreads(_state["opencv"])
                _state["blas"].restore_original_limits()


def as_they_come(prefer, *, ordered=True):
    """Choose `return_as` of joblib: a generator where the backend can give one.

    Parameters
    ----------
    prefer : {"threads", "processes"}
        As of `joblib.Parallel`.
    ordered : bool, default=True
        Whether results come in the order of the jobs.

    Returns
    -------
    str
        "list" for "multiprocessing" and other backends that give all at the end.

    Examples
    --------
    >>> as_they_come("threads")
    'generator'
    """
    if not get_active_backend(prefer=prefer)[0].supports_return_generator:
        return "list"
    return "generator" if ordered else "generator_unordered"
