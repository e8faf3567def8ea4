"""Parallel work: one thread per task, processes that end with us, progress bars."""

import multiprocessing
import os
import sys
import threading
import time
from contextlib import contextmanager

import cv2
import joblib
from joblib.externals.loky.backend.process import LokyProcess
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel
from threadpoolctl import threadpool_limits
from tqdm import tqdm

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
    """Choose `return_as` of joblib: a generator where the backend can give one."""
    if not get_active_backend(prefer=prefer)[0].supports_return_generator:
        return "list"
    return "generator" if ordered else "generator_unordered"


_LINE = "{n_fmt}/{total_fmt} {unit}s in {elapsed}, {remaining} left; {desc}"
_SECONDS = 60


def progress_bar(items=None, *, total, unit, shown=True, initial=0):
    """Make a bar that is readable where there is no terminal, too."""
    options = {"total": total, "unit": unit, "initial": initial, "disable": not shown}
    if sys.stderr.isatty():
        return tqdm(items, **options)
    # The delay leaves out the line before the first item.
    pace = {"mininterval": _SECONDS, "miniters": 1, "delay": 1e-9}
    return tqdm(items, **options, **pace, bar_format=_LINE, file=_Lines())


class _Lines:
    """Makes lines of what a bar writes over itself."""

    def __init__(self):
        self.last = ""

    def write(self, text):
        text = text.strip("\r\n ;:")
        if text not in ("", self.last):
            sys.stderr.write(f"{text}\n")
            self.last = text

    def flush(self):
        sys.stderr.flush()


_INTERVAL = 0.5  # seconds
_watching = []


def watch_parent():
    """End this process when that which started it is gone, however it ended.

    Workers of joblib do not see that: they would wait for tasks for minutes, hold their
    memory, and keep open what they inherited, such as a pipe to `tee`.

    Notes
    -----
    Does nothing in a process that is no worker, and none after the first time. Workers
    are those of joblib, and daemons of multiprocessing.
    """
    process = multiprocessing.current_process()
    is_worker = process.daemon or isinstance(process, LokyProcess)
    if not is_worker or _watching:
        return
    # A thread and not a signal at the parent's death: that of Linux comes when the
    # thread that started the worker ends, and a worker may serve many threads.
    parent = multiprocessing.parent_process()
    watch = threading.Thread(target=_end_with, args=(parent,), daemon=True)
    _watching.append(watch)
    watch.start()


def _end_with(parent):
    if parent.sentinel is None:  # joblib gives none on POSIX
        while os.getppid() == parent.pid:
            time.sleep(_INTERVAL)
    else:
        parent.join()
    os._exit(1)


def processes(n_jobs):
    """Run what is parallel within a block in processes that end with this one."""
    return joblib.parallel_config("loky", n_jobs=n_jobs, initializer=watch_parent)


def parallel_processes(n_jobs=None, **options):
    """Run tasks in processes, unless `joblib.parallel_config` says others."""
    backend = get_active_backend()[0]
    own = getattr(backend, "backend_kwargs", {}).get("initializer")
    watched = {} if own is not None else {"initializer": watch_parent}
    return Parallel(n_jobs, prefer="processes", **options, **watched)
