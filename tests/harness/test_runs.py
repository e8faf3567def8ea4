"""The benchmark of accuracy when things go wrong: killed, interrupted, no room."""

import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path

import fast_evaluate
import numpy as np
import pytest
from joblib.externals.loky.backend.process import LokyProcess

from mefeat.base._files import folder_lock
from mefeat.harness import _datasets as datasets
from mefeat.harness import _interrupts as stopping
from mefeat.harness import _methods as methods
from mefeat.harness import _runs as runs
from mefeat.harness import _store as store
from mefeat.harness import main
from mefeat.harness._options import parse

METHODS = ("lbp-top", "hoof")
PATIENCE = 600  # seconds until a test gives up; no test waits that long

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGKILL"), reason="needs the signals of POSIX"
)


def arguments(out, n_jobs=1, names=METHODS):
    chosen = ["--quick", "--datasets", "synthetic", "--methods", *names]
    return [*chosen, "--n-jobs", str(n_jobs), "--out", str(out)]


def tables(out, names=METHODS):
    """What a run found, but for times and places."""
    found = {}
    for method in names:
        cell = Path(out) / "synthetic" / method
        found[method] = (cell / "predictions.csv").read_bytes()
    rows = (Path(out) / "results.csv").read_text().splitlines()
    place = rows[0].split(",").index("seconds")
    found["table"] = [row.split(",")[:place] for row in rows]
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing happened to, and how long it took."""
    out = tmp_path_factory.mktemp("whole")
    for _ in range(2):  # for the first the server starts, and kernels are compiled
        shutil.rmtree(out)
        begin = time.perf_counter()
        process = fast_evaluate.start(arguments(out), log=out.with_suffix(".log"))
        process.join(PATIENCE)
        assert process.exitcode == 0
    return tables(out), time.perf_counter() - begin


def kill_at_random(folder, whole, n_kills, n_jobs):
    """Kill or interrupt runs at random times, often enough, and compare all."""
    expected, duration = whole
    log = folder / "log"
    rng = np.random.default_rng(0)
    n_killed = n_finished = 0
    while n_killed < n_kills or n_finished == 0:
        out = folder / str(n_finished)
        job = n_jobs[n_killed % len(n_jobs)]
        log.write_text("")
        begin = time.perf_counter()
        process = fast_evaluate.start(arguments(out, job), log=log)
        process.join(rng.uniform(0, duration) if n_killed < n_kills else PATIENCE)
        if process.is_alive():
            os.kill(process.pid, (signal.SIGKILL, signal.SIGINT)[n_killed % 2])
            process.join(PATIENCE)
        said = log.read_text()
        if process.exitcode == 0:
            n_finished += 1
            # The machine may have become faster, and none be killed any more.
            duration = min(duration, time.perf_counter() - begin)
            assert n_finished <= 10 * n_kills, "runs are not ended any more"
            assert tables(out) == expected
            assert not list(out.glob("**/.*.part*"))
        else:
            # Ctrl-C before the command has begun is an interrupt as of any program.
            early = process.exitcode == 1 and (not said or "KeyboardInterrupt" in said)
            assert process.exitcode in (-signal.SIGKILL, 130) or early, said
            n_killed += 1
    return n_finished


def test_killed_runs_end_with_the_same_table(whole, tmp_path):
    assert kill_at_random(tmp_path, whole, 5, [1]) >= 1


@pytest.mark.hostile
def test_often_killed_runs_end_with_the_same_table(whole, tmp_path):
    assert kill_at_random(tmp_path, whole, 12, [1, 2]) >= 1


def interrupt(process, log, word, number=signal.SIGINT):
    """Send Ctrl-C, or another signal, as soon as a word stands in the log."""
    end = time.monotonic() + PATIENCE
    while word not in (log.read_text() if log.exists() else ""):
        assert process.is_alive() and time.monotonic() < end, log.read_text()
        time.sleep(0.02)
    os.kill(process.pid, number)
    process.join(PATIENCE)
    return process.exitcode


@pytest.mark.parametrize(
    "classifier, number",
    [
        ("slow", signal.SIGINT),
        ("deaf", signal.SIGINT),
        ("slow", signal.SIGTERM),
        ("slow", signal.SIGHUP),
    ],
)
def test_interrupt_ends_it_and_says_how_to_go_on(classifier, number, tmp_path):
    log, out = tmp_path / "log", tmp_path / "out"
    process = fast_evaluate.start(arguments(out), classifier=classifier, log=log)
    assert interrupt(process, log, "fitting", number) == 128 + number
    said = log.read_text()
    assert f"interrupted: what is finished lies in {out}" in said
    assert said.count("interrupted") == 1 and "Traceback" not in said


def test_files_that_are_being_written_can_be_taken_away(monkeypatch, capsys):
    receiver, sender = socket.socketpair()
    sender.send(bytes([signal.SIGTERM]))
    sender.close()
    done, unwound = [], threading.Event()
    monkeypatch.setattr(unwound, "wait", done.append)
    monkeypatch.setattr(stopping, "_end_children", lambda: done.append("children"))
    monkeypatch.setattr(stopping.os, "_exit", done.append)
    stopping._watch(receiver, None, unwound)
    receiver.close()
    assert done == [stopping.GRACE, "children", 128 + signal.SIGTERM]
    assert "nothing is kept without --out" in capsys.readouterr().err


def test_signals_are_heard_as_before_afterwards():
    before = [signal.getsignal(number) for number in stopping._SIGNALS]
    with stopping.stops_soon(None):
        assert signal.getsignal(signal.SIGTERM) is stopping._interrupt
    assert [signal.getsignal(number) for number in stopping._SIGNALS] == before


def test_processes_of_folds_are_killed(monkeypatch):
    process = LokyProcess(target=time.sleep, args=(PATIENCE,))
    process.start()
    ended = subprocess.Popen([sys.executable, "-Sc", ""])
    ended.wait()
    # Not the workers that other tests have left to be used again.
    mine = [ended, *(p for p in multiprocessing.active_children() if p is process)]
    monkeypatch.setattr(multiprocessing, "active_children", lambda: mine)
    stopping._end_children()
    process.join(PATIENCE)
    assert process.exitcode == -signal.SIGKILL


def test_two_runs_in_one_folder_refuse(tmp_path, capsys):
    with folder_lock(tmp_path):
        assert main(arguments(tmp_path)) == 2
    said = capsys.readouterr().err
    assert f"{tmp_path} is in use by process {os.getpid()}" in said
    assert {path.name for path in tmp_path.iterdir()} <= {".lock"}


def test_a_lock_that_was_left_behind_locks_nothing(tmp_path):
    (tmp_path / ".lock").write_text("4711 on another machine")
    with folder_lock(tmp_path):
        pass


def test_folder_that_cannot_be_written_to(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(datasets, "load", None)  # nothing is loaded before
    (tmp_path / "file").write_text("")
    assert main(arguments(tmp_path / "file" / "out")) == 2
    assert "error: " in capsys.readouterr().err


@pytest.fixture
def disk(monkeypatch):
    """Set the bytes that are free."""
    monkeypatch.setattr(datasets, "QUICK", fast_evaluate.SMALL)
    usage = namedtuple("usage", "total used free")

    def leave(free):
        monkeypatch.setattr(store, "RESERVE", 0)
        monkeypatch.setattr(store.shutil, "disk_usage", lambda _: usage(0, 0, free))

    return leave


def test_room_of_the_whole_run_is_seen_before_the_work(disk, tmp_path, capsys):
    asked = arguments(tmp_path, names=["lbp-top"])
    asked[2:3] = ["synthetic", "synthetic-still"]
    n_clips, row = 8, 3 * 64 * 59 * 8 + store.PER_CLIP
    # Each of both would fit, but not both.
    disk(1.5 * n_clips * row)
    assert main(asked) == 2
    assert "the disk has 1 MB left" in capsys.readouterr().err
    assert not list(tmp_path.glob("folds/*/*"))
    assert not (tmp_path / "synthetic").exists()


def test_room_is_for_what_is_left_to_do(disk, tmp_path):
    options = parse(arguments(tmp_path, names=["lbp-top"]))
    folder = store.Store(tmp_path)
    bunches = {"synthetic": runs.once("synthetic", options)}
    cells = [("synthetic", "lbp-top")]
    disk(1000)
    with pytest.raises(OSError, match="needs about 1 MB"):
        runs.check_work(cells, bunches, folder, options, runs.Attempts(options))
    runs.check_work([], bunches, folder, options, runs.Attempts(options))
    # What lies in the cache need not be written again.
    head = methods.clip_steps(runs.estimator_of("synthetic", "lbp-top", options)[0])
    head.set_params(memory=folder.cache).transform(bunches["synthetic"]().clips)
    disk(20_000)
    runs.check_work(cells, bunches, folder, options, runs.Attempts(options))


def test_room_for_all_points_of_a_grid(disk, tmp_path):
    options = parse([*arguments(tmp_path, names=["lbp-top"]), "--grid", "paper"])
    folder = store.Store(tmp_path)
    bunches = {"synthetic": runs.once("synthetic", options)}
    cells = [("synthetic", "lbp-top")]
    disk(7.5 * (3 * 64 * 59 * 8 + store.PER_CLIP))  # the first of 8 is in the cache
    runs.check_work(cells, bunches, folder, options, runs.Attempts(options))
    options.selection = "oracle"  # 640 points on 8 clips
    with pytest.raises(OSError, match="needs about 1 MB"):
        runs.check_work(cells, bunches, folder, options, runs.Attempts(options))
