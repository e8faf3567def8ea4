"""Ctrl-C and signals, and the Dask cluster that a run may use."""

import multiprocessing
import os
import signal
import socket
import sys
import threading
from contextlib import contextmanager, suppress

import joblib

INTERRUPTED = 130
# By Ctrl-C, by `kill` or a batch system, by a terminal that is closed.
_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
]
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
# The helper of joblib that takes away what such an end leaves would tell of it.
_QUIET = "ignore:resource_tracker:UserWarning"
GRACE = 0.5  # seconds in which files that are being written can be taken away
PATIENCE = 10.0  # seconds: on a busy machine a thread may have to wait for its turn


@contextmanager
def stops_soon(folder):
    """End soon after Ctrl-C, SIGTERM or SIGHUP, even in the middle of a long fit.

    Python tells of a signal between two of its own steps only, and a single fit may
    take minutes; then it waits for processes and takes down what it holds. All that is
    finished is on the disk already, written whole, so the process may end at any time:
    a thread ends it if it has not come to an end by itself.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    filters = os.environ.get("PYTHONWARNINGS", "")
    os.environ["PYTHONWARNINGS"] = f"{filters},{_QUIET}".strip(",")
    # What is ignored, as after `nohup`, stays ignored.
    heard = [s for s in _SIGNALS if signal.getsignal(s) is not signal.SIG_IGN]
    handlers = {number: signal.signal(number, _interrupt) for number in heard}
    before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    unwound = threading.Event()
    watch = threading.Thread(
        target=_watch, args=(receiver, folder, unwound), daemon=True
    )
    watch.start()
    try:
        yield
    except KeyboardInterrupt:
        # The thread that watches is ending the process, if it was a signal.
        unwound.set()
        watch.join(PATIENCE)
        sys.exit(_say_goodbye(folder))
    finally:
        os.environ["PYTHONWARNINGS"] = filters
        signal.set_wakeup_fd(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        sender.close()
        watch.join()
        receiver.close()


def _interrupt(number, frame):
    """Unwind what the main thread does, once; the thread that watches does the rest."""
    for one in _SIGNALS:
        signal.signal(one, lambda *_: None)
    raise KeyboardInterrupt


def _watch(receiver, folder, unwound):
    """Wait for a signal, and end the process."""
    while number := receiver.recv(1):
        if number[0] in _SIGNALS:
            try:
                unwound.wait(GRACE)
                _end_children()
                _say_goodbye(folder)
            finally:
                os._exit(128 + number[0])


def _end_children():
    """Kill the processes that folds run in; they work on nothing that is kept."""
    # Not those that joblib still lists: it takes each off before it ends it.
    for process in multiprocessing.active_children():
        with suppress(OSError):  # ended by itself
            os.kill(process.pid, _KILL)


def _say_goodbye(folder):
    kept = (
        "nothing is kept without --out."
        if folder is None
        else f"what is finished lies in {folder}; the same command goes on from there."
    )
    print(f"\ninterrupted: {kept}", file=sys.stderr, flush=True)
    return INTERRUPTED


@contextmanager
def workers(options):
    """Run what is parallel on a Dask cluster, if one is named."""
    if options.scheduler is None:
        yield
        return
    try:
        from distributed import Client
    except ImportError:
        raise ImportError(
            "--scheduler needs dask: install it by pip install 'mefeat[dask]'."
        ) from None
    with Client(options.scheduler, set_as_default=False) as client:
        with joblib.parallel_config("dask", client=client):
            yield
