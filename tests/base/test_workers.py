"""Processes that end with the process that started them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import joblib
import pytest
from joblib.externals.loky.backend.process import LokyProcess
from sklearn.utils.parallel import delayed

from mefeat.base import _parallel as workers
from mefeat.base._parallel import parallel_processes, processes, watch_parent
from mefeat.cli import main

PROC, SHM = Path("/proc"), Path("/dev/shm")
PATIENCE = 120  # seconds until a test gives up; no test waits that long
# More workers than tasks: those without any are to end, too. The array is large enough
# for joblib to share it by a file.
HOLD = """
import time, numpy as np
from sklearn.utils.parallel import delayed
from mefeat.base._parallel import parallel_processes
def hold(rows):
    time.sleep(600)
print("begun", flush=True)
parallel_processes(3)(delayed(hold)(np.zeros(1 << 18)) for _ in range(2))
"""


def wait_for(fact):
    end = time.monotonic() + PATIENCE
    while not (found := fact()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def children(pid):
    """Processes of a process, by id and time of start: ids are used again."""
    found = []
    for path in PROC.glob("[0-9]*/stat"):
        try:
            values = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(values[1]) == pid and values[0] != "Z":
            found.append((int(path.parent.name), values[19]))
    return found


def alive(process):
    try:
        values = (PROC / str(process[0]) / "stat").read_text().rpartition(")")[2]
    except OSError:
        return False
    return values.split()[19] == process[1] and values.split()[0] != "Z"


def is_worker(process):
    try:
        return b"LokyProcess" in (PROC / str(process[0]) / "cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.hostile
@pytest.mark.skipif(not SHM.is_dir(), reason="needs the files of Linux")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_a_parent_that_is_killed(number):
    parent = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE)
    try:
        wait_for(lambda: sum(map(is_worker, children(parent.pid))) == 3)
        shared = f"joblib_memmapping_folder_{parent.pid}_*"
        wait_for(lambda: list(SHM.glob(shared)))
        started = children(parent.pid)
        os.kill(parent.pid, number)
        parent.wait(PATIENCE)
        begin = time.monotonic()
        # The pipe ends when nobody holds it any more: `| tee` goes on.
        assert parent.stdout.read() == b"begun\n"
        wait_for(lambda: not any(map(alive, started)))
        assert time.monotonic() - begin < 60  # it was minutes
        wait_for(lambda: not list(SHM.glob(shared)))
    finally:
        parent.kill()
        parent.stdout.close()
        parent.wait(PATIENCE)


def test_a_worker_watches_once_and_other_processes_do_not(monkeypatch):
    watch_parent()
    assert not workers._watching
    begun = []
    monkeypatch.setattr(workers, "_watching", [])
    monkeypatch.setattr(workers, "_end_with", begun.append)
    monkeypatch.setattr(
        workers.multiprocessing, "current_process", lambda: LokyProcess(target=abs)
    )
    for _ in range(2):
        watch_parent()
        workers._watching[0].join()
    assert len(begun) == 1


def test_it_ends_when_its_parent_is_another(monkeypatch):
    class Parent:
        sentinel, pid = None, os.getppid()

    ended = []
    monkeypatch.setattr(workers.time, "sleep", lambda _: setattr(Parent, "pid", -1))
    monkeypatch.setattr(workers.os, "_exit", ended.append)
    workers._end_with(Parent)
    assert ended == [1]


def test_an_initializer_of_the_user_stays():
    assert parallel_processes(2)._backend_kwargs["initializer"] is watch_parent
    with joblib.parallel_config("loky", initializer=abs):
        assert "initializer" not in parallel_processes(2)._backend_kwargs
    with processes(2):
        assert joblib.effective_n_jobs(None) == 2
    with joblib.parallel_config("threading"):
        assert parallel_processes(2)(delayed(abs)(x) for x in (-1, 2)) == [1, 2]


@pytest.mark.parametrize(
    "command", [["train", "synthetic"], ["describe", "nowhere.mp4"]]
)
def test_no_processes_at_all_cannot_be_asked_for(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([*command, "-o", "out.csv", "--n-jobs", "0"])
    assert end.value.code == 2
    assert "0 processes do nothing; -1 is all cores" in capsys.readouterr().err
