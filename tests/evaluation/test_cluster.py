"""A cluster of two processes: results are those of one, also when a process dies."""

import os
import signal
import time
from pathlib import Path

import fast_evaluate
import joblib
import numpy as np
import pandas as pd
import pytest
from rows import make_rows
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from mefeat.evaluation import evaluate
from mefeat.harness import _datasets as datasets
from mefeat.harness import _evaluate as files
from mefeat.harness import _methods as methods
from mefeat.harness import main
from mefeat.model_selection import PolySVCSearch

PATIENCE = 600  # seconds until a test gives up; no test waits that long
SEARCH = PolySVCSearch(degree=(2, 3), coef0=(0, 1), gamma=(0.1, 0.5), C=(1, 10))
GRID = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3, 5]}, cv=3)

distributed = pytest.importorskip("distributed", reason="needs dask")
pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGKILL"), reason="needs the signals of POSIX"
)


class Finished(distributed.diagnostics.SchedulerPlugin):
    """Notes what each worker finished, and does something at the first of a name."""

    def __init__(self, name="", action=None):
        self.tasks, self.name, self.action = [], name, action

    def transition(self, key, start, finish, *args, worker=None, **others):
        if (start, finish) == ("processing", "memory"):
            self.tasks.append((str(key), worker))
            if self.action is not None and self.name in str(key):
                action, self.action = self.action, None
                action(worker)

    def workers_of(self, name):
        return {worker for key, worker in self.tasks if name in key}


@pytest.fixture(scope="module")
def local_cluster():
    import dask

    fast_evaluate.serve()
    settings = {
        "distributed.worker.multiprocessing-method": "forkserver",
        # A worker that takes its time to come back is waited for.
        "distributed.deploy.lost-worker-timeout": PATIENCE,
    }
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=":0",
            worker_dashboard_address=None,
        ) as cluster,
    ):
        yield cluster


@pytest.fixture
def client(local_cluster):
    """Client of two worker processes, that of a test before perhaps restarted."""
    with distributed.Client(local_cluster, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=PATIENCE)
        yield client


@pytest.fixture
def watch(local_cluster):
    """Notes what is done on the cluster."""
    added = []

    def start(*arguments):
        plugin = Finished(*arguments)
        local_cluster.scheduler.add_plugin(plugin, name="finished")
        added.append(plugin)
        return plugin

    yield start
    if added:
        local_cluster.scheduler.remove_plugin("finished")


def kill(cluster, address):
    """Kill the worker of an address."""
    (pid,) = [
        worker.pid
        for worker in cluster.workers.values()
        if worker.worker_address == address
    ]
    os.kill(pid, signal.SIGKILL)


def wait_until_missed(client, address):
    """Wait until a killed worker is not counted any more."""
    end = time.monotonic() + PATIENCE
    while address in client.ncores():
        assert time.monotonic() < end
        time.sleep(0.02)


def other(cluster, address):
    addresses = {worker.worker_address for worker in cluster.workers.values()}
    return (addresses - {address}).pop()


def protocol(n_folds):
    if n_folds > 1:
        return {"protocol": "group_kfold", "n_splits": n_folds}
    parts = np.where(make_rows()[2] < "s03", "a", "b")
    return {"protocol": "cross_database", "databases": parts, "test_databases": "b"}


def same(result, expected):
    pd.testing.assert_frame_equal(result.predictions, expected.predictions)
    tables = [r.folds.drop(columns="seconds") for r in (result, expected)]
    pd.testing.assert_frame_equal(*tables)
    assert result.settings == expected.settings


def judge(model, n_folds, selection, client=None):
    options = {"selection": selection, **protocol(n_folds)}
    if client is None:
        return evaluate(model, *make_rows(), **options)
    with joblib.parallel_config("dask", client=client):
        return evaluate(model, *make_rows(), **options)


@pytest.mark.filterwarnings("ignore:The groups parameter is ignored")
@pytest.mark.parametrize(
    "n_folds, model, selection",
    [(1, SEARCH, "nested"), (1, GRID, "oracle"), (3, SEARCH, "oracle")]
    + [(3, GRID, "nested")],
)
def test_workers_share_the_grid_of_folds_that_do_not_fill_them(
    n_folds, model, selection, client, watch
):
    seen = watch()
    result = judge(model, n_folds, selection, client)
    # A worker that has the fold waits; any does tasks of the grid.
    assert seen.workers_of("_run")
    assert seen.workers_of("_predict" if model is SEARCH else "_fit_")
    same(result, judge(model, n_folds, selection))


def test_folds_that_fill_the_cluster_are_tasks_as_a_whole(client, watch):
    seen = watch()
    result = judge(SEARCH, 2, "nested", client)
    assert seen.workers_of("_run") and not seen.workers_of("_predict")
    same(result, judge(SEARCH, 2, "nested"))


def test_warnings_come_back_from_workers(client):
    expected = r"(in 2 of 2 folds, first in that of fold 0"
    with joblib.parallel_config("dask", client=client):
        with pytest.warns(match="Solver terminated early") as caught:
            evaluate(SVC(max_iter=1), *make_rows(), **protocol(2))
    assert len(caught) == 1 and expected in str(caught[0].message)


@pytest.mark.parametrize("which", ["that has the fold", "that helps"])
def test_a_worker_dies_that_shares_a_fold(which, client, watch, local_cluster):
    killed = []

    def kill_one(address):
        # The first task of the grid is done by either, the fold is had by one.
        tasks = local_cluster.scheduler.tasks.values()
        (fold,) = [task for task in tasks if "_run" in str(task.key)]
        holder = fold.processing_on.address
        helps = which == "that helps"
        killed.append(other(local_cluster, holder) if helps else holder)
        kill(local_cluster, killed[0])

    watch("_predict", kill_one)
    same(judge(SEARCH, 1, "nested", client), judge(SEARCH, 1, "nested"))
    wait_until_missed(client, *killed)


def tables(out):
    """What a run found, but for times and places."""
    rows = (Path(out) / "results.csv").read_text().splitlines()
    place = rows[0].split(",").index("seconds")
    cell = Path(out) / "synthetic" / "lbp-top"
    return (cell / "predictions.csv").read_bytes(), [
        row.split(",")[:place] for row in rows
    ]


def test_the_command_goes_on_when_a_worker_is_killed(
    client, watch, local_cluster, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(datasets, "QUICK", fast_evaluate.SMALL)
    monkeypatch.setattr(methods, "classifier", lambda *_: fast_evaluate.Slow(1))
    monkeypatch.setattr(files, "write_report", lambda results, path, **_: path)
    serial, spread = tmp_path / "serial", tmp_path / "spread"
    asked = ["--quick", "--datasets", "synthetic", "--methods", "lbp-top"]
    assert main([*asked, "--n-jobs", "1", "--out", str(serial)]) == 0
    killed = []

    def kill_other(address):
        killed.append(other(local_cluster, address))
        kill(local_cluster, killed[0])

    watch("_run", kill_other)  # as the first of the folds is finished
    address = local_cluster.scheduler_address
    asked = [*asked, "--scheduler", address, "--out", str(spread)]
    assert main(asked) == 0, capsys.readouterr().err
    wait_until_missed(client, *killed)
    assert tables(spread) == tables(serial)
