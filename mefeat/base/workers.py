"""Processes of joblib that end with the process that started them."""

import multiprocessing
import os
import threading
import time

import joblib
from joblib.externals.loky.backend.process import LokyProcess
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel

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

    Examples
    --------
    >>> watch_parent()
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
    """Run what is parallel within a block in processes that end with this one.

    Parameters
    ----------
    n_jobs : int
        How many.

    Returns
    -------
    context manager
        As of `joblib.parallel_config`.

    Examples
    --------
    >>> with processes(2):
    ...     joblib.effective_n_jobs(None)
    2
    """
    return joblib.parallel_config("loky", n_jobs=n_jobs, initializer=watch_parent)


def parallel_processes(n_jobs=None, **options):
    """Make what runs tasks in processes, unless `joblib.parallel_config` says others.

    Parameters
    ----------
    n_jobs : int, default=None
        Tasks at a time.
    **options
        Further options of `joblib.Parallel`.

    Returns
    -------
    Parallel
        That of scikit-learn, whose processes end with this one.

    Examples
    --------
    >>> from sklearn.utils.parallel import delayed
    >>> parallel_processes(1)(delayed(abs)(x) for x in (-1, 2))
    [1, 2]
    """
    backend = get_active_backend()[0]
    own = getattr(backend, "backend_kwargs", {}).get("initializer")
    watched = {} if own is not None else {"initializer": watch_parent}
    return Parallel(n_jobs, prefer="processes", **options, **watched)
