"""The benchmark of accuracy on very few, very small clips, in a process of its own.

Runs of it are killed and interrupted by tests/test_accuracy_runs.py.
"""

import hashlib
import multiprocessing
import os
import sys
import time
from multiprocessing import forkserver

from sklearn.neighbors import KNeighborsClassifier

from benchmarks.accuracy import datasets, files, methods
from benchmarks.accuracy.__main__ import main

SMALL = {
    "n_subjects": 4,
    "n_per_class": 1,
    "classes": ("happiness", "surprise"),
    "size": (64, 56),
    "fps": 60,
}


class Slow(KNeighborsClassifier):
    """Nearest neighbor that takes its time, in which Ctrl-C is heard."""

    def fit(self, X, y):
        time.sleep(0.4)
        return super().fit(X, y)


class Deaf(KNeighborsClassifier):
    """Nearest neighbor that computes for minutes, deaf to Ctrl-C."""

    def fit(self, X, y):
        print("fitting", file=sys.stderr, flush=True)
        hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)
        return super().fit(X, y)


CLASSIFIERS = {"slow": Slow, "deaf": Deaf}


def run(arguments, classifier=None, log=None):
    """Run the command; what it prints goes to a file."""
    datasets.QUICK = SMALL
    files.write_report = lambda results, path, **others: path  # takes half the time
    if classifier is not None:
        methods.classifier = lambda name, options: CLASSIFIERS[classifier](1)
    if log is not None:
        sys.stdout = sys.stderr = open(log, "w", 1, encoding="utf-8")
    try:
        sys.exit(main(arguments))
    finally:
        sys.stderr.flush()


def start(arguments, **options):
    """Start it in a process that need not import everything again."""
    serve()
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=run, args=(arguments,), kwargs=options)
    process.start()
    return process


def serve():
    """Start the server that processes are forked from, with all that they import."""
    multiprocessing.get_context("forkserver").set_forkserver_preload([__name__])
    # The server looks for modules in its environment alone.
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
