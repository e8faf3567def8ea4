"""Folds that are kept: a run that was ended goes on, and ends with the same table."""

import os
import shutil
import signal
import time
import warnings
from pathlib import Path

import fast_evaluate
import numpy as np
import pandas as pd
import pytest
from rows import make_rows
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from mefeat import Clip, ClipPipeline
from mefeat.base import Descriptor
from mefeat.evaluation import evaluate
from mefeat.model_selection import PolySVCSearch

SEARCH = PolySVCSearch(degree=(2,), coef0=(0, 1), gamma=(0.1,), C=(1, 10))
MODEL = make_pipeline(StandardScaler(), SEARCH)


class Moody(KNeighborsClassifier):
    """Fails after as many fits as it is told; counts them."""

    fits = 0
    left = np.inf

    def fit(self, X, y):
        if Moody.left == 0:
            raise KeyboardInterrupt
        Moody.left -= 1
        Moody.fits += 1
        return super().fit(X, y)


class Light(Descriptor):
    runs = 0

    def describe(self, clip):
        Light.runs += 1
        return np.array([float(clip.frames.mean())])

    def feature_names(self):
        return ["light"]


@pytest.fixture(autouse=True)
def _calm():
    Moody.fits, Moody.left = 0, np.inf


def same(result, expected):
    """Compare results to the last bit, but for the time they took."""
    pd.testing.assert_frame_equal(result.predictions, expected.predictions)
    tables = [r.folds.drop(columns="seconds") for r in (result, expected)]
    pd.testing.assert_frame_equal(*tables)
    assert result.settings == expected.settings
    np.testing.assert_array_equal(result.labels, expected.labels)


def fold_files(folder):
    return sorted(Path(folder).glob("*/fold-*.entry"))


@pytest.mark.parametrize("selection", ["nested", "oracle"])
def test_finished_folds_are_taken_to_the_last_bit(selection, tmp_path):
    X, y, groups = make_rows()
    plain = evaluate(MODEL, X, y, groups, selection=selection)
    options = {"selection": selection, "memory": tmp_path}
    first = evaluate(MODEL, X, y, groups, **options)
    assert len(fold_files(tmp_path)) == 6
    again = evaluate(MODEL, X, y, groups, **options)
    same(first, plain)
    same(again, plain)
    # Nothing ran: even the times are those of the first run.
    assert again.folds["seconds"].tolist() == first.folds["seconds"].tolist()


@pytest.mark.parametrize("last", [0, 1, 4])
def test_a_run_that_was_ended_goes_on(last, tmp_path):
    X, y, groups = make_rows()
    expected = evaluate(Moody(), X, y, groups)
    Moody.fits, Moody.left = 0, last
    with pytest.raises(KeyboardInterrupt):
        evaluate(Moody(), X, y, groups, memory=tmp_path)
    assert len(fold_files(tmp_path)) == last
    Moody.fits, Moody.left = 0, np.inf
    same(evaluate(Moody(), X, y, groups, memory=tmp_path), expected)
    assert Moody.fits == 6 - last


@pytest.mark.parametrize(
    "change",
    [
        {"estimator": Moody(3)},
        {"X": make_rows(1)[0]},
        {"y": make_rows(1)[1]},
        {"groups": np.roll(make_rows()[2], 1)},
        {"protocol": "group_kfold"},
        {"protocol": "kfold", "random_state": 1},
        {"labels": ["joy", "fear", "anger"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_request_takes_no_old_folds(change, tmp_path):
    X, y, groups = make_rows()
    given = {"estimator": Moody(), "X": X, "y": y, "groups": groups}
    if "random_state" in change:
        given |= {"protocol": "kfold", "random_state": 0}
    evaluate(**given, memory=tmp_path)
    Moody.fits = 0
    result = evaluate(**(given | change), memory=tmp_path)
    assert Moody.fits == len(result.folds)
    same(result, evaluate(**(given | change)))
    # Both requests are kept side by side.
    Moody.fits = 0
    evaluate(**given, memory=tmp_path)
    evaluate(**(given | change), memory=tmp_path)
    assert Moody.fits == 0


def test_selection_and_transductive_are_part_of_the_request(tmp_path):
    X, y, groups = make_rows()
    for options in {}, {"selection": "oracle"}, {"transductive": True}:
        result = evaluate(MODEL, X, y, groups, memory=tmp_path, **options)
        same(result, evaluate(MODEL, X, y, groups, **options))
    assert len(list(tmp_path.iterdir())) == 3


def test_what_changes_no_number_changes_no_request(tmp_path):
    X, y, groups = make_rows()
    evaluate(MODEL, X, y, groups, memory=tmp_path)
    quick = make_pipeline(StandardScaler(), SEARCH, verbose=True)
    quick.set_params(polysvcsearch__n_jobs=2)
    evaluate(quick, X, y, groups, memory=tmp_path, n_jobs=1)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: b"[]",
        lambda data: data.replace(b"subject s02", b"subject s03"),
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: data.replace("joy".encode("utf-32-le"), "fea".encode("utf-32-le")),
    ],
)
def test_damaged_and_foreign_files_are_not_taken(damage, tmp_path):
    X, y, groups = make_rows()
    expected = evaluate(Moody(), X, y, groups, memory=tmp_path)
    path = fold_files(tmp_path)[2]
    assert damage(path.read_bytes()) != path.read_bytes()
    path.write_bytes(damage(path.read_bytes()))
    Moody.fits = 0
    with pytest.warns(UserWarning, match=f"{path.name} is not taken"):
        same(evaluate(Moody(), X, y, groups, memory=tmp_path), expected)
    assert Moody.fits == 1
    same(evaluate(Moody(), X, y, groups, memory=tmp_path), expected)
    assert Moody.fits == 1


def test_folds_of_another_request_are_not_taken_when_copied(tmp_path):
    X, y, groups = make_rows()
    evaluate(Moody(), X, y, groups, memory=tmp_path)
    old = fold_files(tmp_path)
    evaluate(Moody(3), X, y, groups, memory=tmp_path)
    new = next(p for p in tmp_path.iterdir() if p != old[0].parent)
    for path in old:
        shutil.copy(path, new / path.name)
    Moody.fits = 0
    with pytest.warns(UserWarning, match="it is of another request"):
        found = evaluate(Moody(3), X, y, groups, memory=tmp_path)
    same(found, evaluate(Moody(3), X, y, groups))
    assert Moody.fits == 12


def test_clips_count_by_what_they_hold_and_are_not_read_again(tmp_path):
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (8, 3, 4, 4), np.uint8)
    y, groups = np.tile([0, 1], 4), np.repeat([1, 2], 4)
    model = make_pipeline(ClipPipeline([Light()]), KNeighborsClassifier(1))
    Light.runs = 0
    evaluate(model, [Clip(f) for f in frames], y, groups, memory=tmp_path)
    assert Light.runs == 8
    evaluate(model, [Clip(f) for f in frames], y, groups, memory=tmp_path)
    assert Light.runs == 8
    frames[3, 0, 0, 0] ^= 1
    evaluate(model, [Clip(f) for f in frames], y, groups, memory=tmp_path)
    assert Light.runs == 16


def test_what_cannot_be_hashed_is_refused_before_any_fold(tmp_path):
    with open(os.devnull) as file:
        model = make_pipeline(FunctionTransformer(lambda X: X, kw_args=file), Moody())
        with pytest.raises(TypeError, match="told from other code: _io.TextIOWrapper"):
            evaluate(model, *make_rows(), memory=tmp_path)
    assert Moody.fits == 0 and not list(tmp_path.iterdir())


SCRIPT = """
from sklearn.neighbors import KNeighborsClassifier

def scaled(X):
    return 1.0 * X

class Mine(KNeighborsClassifier):
    fits = 0

    def fit(self, X, y):
        Mine.fits += 1
        return super().fit(scaled(X), y)

    def predict(self, X):
        return super().predict(X)
"""


def test_changed_code_takes_no_old_folds(tmp_path):
    def fits(change=("", ""), model=lambda names: names["Mine"]()):
        names = {"__name__": "__main__"}
        exec(SCRIPT.replace(*change), names)
        evaluate(model(names), *make_rows(), memory=tmp_path)
        return names["Mine"].fits

    def before(names):
        return make_pipeline(FunctionTransformer(names["scaled"]), names["Mine"]())

    assert (fits(), fits()) == (6, 0)
    assert fits(("super().predict(X)", "super().predict(X)[::-1]")) == 6
    assert fits(("1.0 * X", "2.0 * X")) == 6
    assert (fits(model=before), fits(model=before)) == (6, 0)
    change = ("def scaled(X):", "def scaled(X):\n    X = X + 1")
    assert fits(change, before) == 6
    assert fits() == 0
    scaling = [lambda X: X, lambda X: X, lambda X: -X]
    for function, expected in zip(scaling, (6, 0, 6), strict=True):
        step = FunctionTransformer(function)
        assert fits(model=lambda n, s=step: make_pipeline(s, n["Mine"]())) == expected


def test_a_folder_that_cannot_be_made_is_known_before_any_fold(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        evaluate(Moody(), *make_rows(), memory=tmp_path / "file")
    assert Moody.fits == 0


def test_warnings_of_many_folds_are_given_once_also_when_resumed(tmp_path):
    X, y, groups = make_rows()
    for _ in range(2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            evaluate(SVC(max_iter=1), X, y, groups, memory=tmp_path)
        assert [warning.category for warning in caught] == [ConvergenceWarning]
        assert "(in 6 of 6 folds, first in that of subject s00)" in str(
            caught[0].message
        )
        assert caught[0].filename == __file__


@pytest.mark.skipif(os.name != "posix", reason="sends signals to a group of processes")
@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.hostile)])
def test_an_interrupt_ends_the_run_and_leaves_what_is_finished(n_jobs, tmp_path):
    rng = np.random.default_rng(0)
    data = rng.normal(size=(60, 5)), rng.integers(3, size=60), np.arange(60) % 20
    kept, log = tmp_path / "kept", tmp_path / "log"
    process = fast_evaluate.fork(
        fast_evaluate.judge_sleepily, kept, log, *data, n_jobs=n_jobs
    )
    while len(fold_files(kept)) < 3 and process.is_alive():
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    process.join(120)
    assert process.exitcode not in (0, None) and "KeyboardInterrupt" in log.read_text()
    assert 3 <= len(fold_files(kept)) < 20
    assert list(kept.glob("*/.*")) == []
    # Here the rest is run.
    before = {path: path.stat().st_mtime_ns for path in fold_files(kept)}
    resumed = evaluate(fast_evaluate.Sleepy(), *data, memory=kept)
    assert len(fold_files(kept)) == 20
    assert {path: path.stat().st_mtime_ns for path in before} == before
    same(resumed, evaluate(fast_evaluate.Sleepy(), *data))
