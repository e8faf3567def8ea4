"""Ctrl-C: an end within about a second, and a word on how to go on."""

import os
import signal
import socket
import sys
import threading
from contextlib import contextmanager

INTERRUPTED = 130
PATIENCE = 1.0


@contextmanager
def stops_soon(folder):
    """End soon after Ctrl-C, even in the middle of a long fit.

    Python tells of an interrupt between two of its own steps only, and a single fit may
    take minutes. All that is finished is on the disk already, so the process may end at
    any time: if the block does not end by itself, a thread ends it.

    Parameters
    ----------
    folder : Path or None
        Where results are kept, for the message.

    Yields
    ------
    None
        Nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    done = threading.Event()
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    watch = threading.Thread(target=_watch, args=(receiver, done, folder), daemon=True)
    watch.start()
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(_say_goodbye(folder))
    finally:
        done.set()
        signal.set_wakeup_fd(before)
        sender.close()
        watch.join()
        receiver.close()


def _watch(receiver, done, folder):
    """Wait for an interrupt, and end the process if it has not ended a second later."""
    while number := receiver.recv(1):
        if number[0] == signal.SIGINT and not done.wait(PATIENCE):
            _say_goodbye(folder)
            _end_children()
            os._exit(INTERRUPTED)


def _end_children():
    """Kill the processes that folds run in; they work on nothing that is kept."""
    from joblib.externals.loky import reusable_executor

    executor = reusable_executor._executor
    for process in list((getattr(executor, "_processes", None) or {}).values()):
        process.kill()


def _say_goodbye(folder):
    kept = (
        "nothing is kept without --out."
        if folder is None
        else f"what is finished lies in {folder}; the same command goes on from there."
    )
    print(f"\ninterrupted: {kept}", file=sys.stderr, flush=True)
    return INTERRUPTED
