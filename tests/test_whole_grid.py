"""The long benchmark of the grid: it counts its fits, and goes on when ended."""

import json

import numpy as np
import pytest
from rows import make_rows
from sklearn.model_selection import LeaveOneGroupOut

from benchmarks.speed import whole_grid
from benchmarks.speed.searching import bare_seconds
from benchmarks.speed.timing import row

GRID = {"degree": (2, 3), "coef0": (1,), "gamma": (0.1,), "C": (1, 10)}


@pytest.fixture
def counted(monkeypatch):
    """The fits that were asked for, without any."""
    asked = []

    def count(gram, y, train, points, clock):
        asked.append((train, points))
        return 2.0 * len(points)

    monkeypatch.setattr(whole_grid, "bare_seconds", count)
    monkeypatch.setattr(whole_grid, "make_rows", lambda length: make_rows())
    return asked


def run(folder, **shares):
    return whole_grid.whole_grid_rows(folder, GRID, (5,), shares)


def test_all_fits_of_all_folds_are_timed_beside(counted, tmp_path):
    (line,) = run(tmp_path, oracle=1)
    _, y, groups = make_rows()
    outer = [train.tolist() for train, _ in LeaveOneGroupOut().split(y, y, groups)]
    assert [train.tolist() for train, _ in counted] == outer
    assert all(len(points) == 4 for _, points in counted)
    assert "24 fits, all bare" in line["job"]
    assert line["peer's"] == f"{1e3 * 6 * 8:.4g} ms"


def test_of_nested_folds_a_share_is_timed_and_scaled_up(counted):
    (line,) = run(None, nested=2)
    assert len(counted) == 6 * 5
    kernels = [{point["degree"] for point in points} for _, points in counted]
    assert {len(kernel) for kernel in kernels} == {1}  # one of two, C by C
    assert set.union(*kernels) == {2, 3}
    assert "120 fits, 1 of 2 bare" in line["job"]
    assert line["peer's"] == f"{1e3 * 6 * 5 * 8:.4g} ms"


def test_it_goes_on_where_it_was_ended(counted, tmp_path, monkeypatch):
    count = whole_grid.bare_seconds

    def fail(*arguments):
        if len(counted) == 2:
            raise KeyboardInterrupt
        return count(*arguments)

    monkeypatch.setattr(whole_grid, "bare_seconds", fail)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, oracle=1)
    monkeypatch.setattr(whole_grid, "bare_seconds", count)
    (line,) = run(tmp_path, oracle=1)
    assert len(counted) == 6
    assert line["peer's"] == f"{1e3 * 6 * 8:.4g} ms"
    times = [json.loads(path.read_text()) for path in tmp_path.glob("times*/*.json")]
    assert len(times) == 7  # 6 folds, and the choice
    ours = sum(time["ours"] for time in times)
    assert line == row(line["job"], ours, line["peer"], 48.0, 1.2, higher=False)


def test_bare_fits_are_timed_alone():
    ticks = iter([0.0, 1.0, 10.0, 11.0])
    X, y = np.array([[-1.0], [1.0], [-2.0], [2.0]]), np.array([0, 1, 0, 1])
    points = [{"degree": 2, "coef0": 1, "gamma": 1.0, "C": C} for C in (1, 10)]
    assert bare_seconds(X @ X.T, y, np.arange(4), points, lambda: next(ticks)) == 2.0
