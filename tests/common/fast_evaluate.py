"""The benchmark of accuracy on very few, very small clips, in a process of its own.

Runs of it are killed and interrupted by tests/harness/test_runs.py.
"""

import hashlib
import multiprocessing
import os
import signal
import sys
import time
from functools import cache
from multiprocessing import forkserver
from pathlib import Path

from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import Bunch

from mefeat.datasets import make_clips
from mefeat.evaluation import evaluate
from mefeat.harness import _datasets as datasets
from mefeat.harness import _evaluate as files
from mefeat.harness import _methods as methods
from mefeat.harness import main

SMALL = {
    "n_subjects": 4,
    "n_per_class": 1,
    "classes": ("happiness", "surprise"),
    "size": (64, 56),
    "fps": 60,
}


class Slow(KNeighborsClassifier):
    """Nearest neighbor that takes its time, in which Ctrl-C is heard."""

    seconds = 0.4

    def fit(self, X, y):
        print("fitting", file=sys.stderr, flush=True)
        time.sleep(self.seconds)
        return super().fit(X, y)


class Deaf(KNeighborsClassifier):
    """Nearest neighbor that computes for minutes, deaf to Ctrl-C."""

    def fit(self, X, y):
        print("fitting", file=sys.stderr, flush=True)
        hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)
        return super().fit(X, y)


class Sleepy(KNeighborsClassifier):
    """Nearest neighbors that fall asleep once three folds are in a folder."""

    def fit(self, X, y):
        folder = os.environ.get("SLEEPY")
        if folder is not None and len(list(Path(folder).glob("*/fold*"))) >= 3:
            time.sleep(60)
        return super().fit(X, y)


CLASSIFIERS = {"slow": Slow, "deaf": Deaf}


def run(arguments, classifier=None, log=None):
    """Run the command; what it prints goes to a file."""
    hear_interrupts()
    datasets.QUICK = SMALL
    files.write_report = lambda results, path, **others: path  # takes half the time
    Slow.seconds = 60  # it is to be interrupted, however late that comes
    if classifier is not None:
        methods.classifier = lambda name, options: CLASSIFIERS[classifier](1)
    if log is not None:
        sys.stdout = sys.stderr = open(log, "w", 1, encoding="utf-8")
    try:
        sys.exit(main(arguments))
    finally:
        sys.stderr.flush()


def hear_interrupts():
    """Hear Ctrl-C, which shells have all ignore that they run in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def judge_sleepily(folder, log, *arguments, **options):
    """Judge a classifier that falls asleep, as the first process of a group."""
    os.setsid()
    hear_interrupts()
    os.environ["SLEEPY"] = str(folder)
    sys.stderr = open(log, "w", 1, encoding="utf-8")
    evaluate(Sleepy(), *arguments, memory=folder, **options)


@cache
def _made(settings):
    return make_clips(**dict(settings))


def remembered_clips(**settings):
    """Make clips as `make_clips` does, the same once for all tests."""
    bunch = _made(tuple(sorted(settings.items())))
    return Bunch(**bunch)


def start(arguments, **options):
    """Start it in a process that need not import everything again."""
    return fork(run, arguments, **options)


def fork(function, *arguments, **options):
    """Call a function in a process that need not import everything again."""
    serve()
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=function, args=arguments, kwargs=options)
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
