"""Training: which epoch is kept, interruption and going on, time."""

import signal
import subprocess
import sys
import textwrap
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from tiny_networks import GROUPS, eight_clips, interrupt, labels, needs_torch, tiny

from mefeat.deep import split_subjects
from mefeat.deep._estimator import validation_split


@pytest.fixture
def clips():
    """The eight clips as a list."""
    return list(eight_clips())


def assert_same_networks(model, other):
    """Compare bit by bit."""
    state, expected = model.network_.state_dict(), other.network_.state_dict()
    assert state.keys() == expected.keys()
    for name, tensor in state.items():
        np.testing.assert_array_equal(tensor, expected[name], err_msg=name)


def test_validation_keeps_subjects_and_classes_together():
    y = np.array([0, 0, 1, 1, 0, 1, 2, 2])
    groups = np.array(["a", "a", "b", "b", "c", "c", "d", "e"])
    for seed in range(20):
        train, held = validation_split(y, groups, 0.25, seed)
        assert not set(groups[train]) & set(groups[held])
        assert sorted([*train, *held]) == list(range(8))
        assert set(y[train]) == {0, 1, 2}
        assert len(held) >= 1


def test_validation_without_subjects_warns_and_with_one_fails():
    y = np.array([0, 1, 0, 1])
    with pytest.warns(UserWarning, match="subject may stand on both sides"):
        train, held = validation_split(y, None, 0.5, 0)
    assert len(train) == len(held) == 2
    with pytest.raises(ValueError, match="at least two subjects, got 1"):
        validation_split(y, ["a"] * 4, 0.5, 0)
    train, held = validation_split(y, None, 0, 0)
    assert train.tolist() == [0, 1, 2, 3] and held.tolist() == []


@pytest.mark.parametrize("n_subjects", [3, 4, 9, 40])
def test_halves_and_quarters_are_by_subject(n_subjects):
    groups = np.arange(3 * n_subjects) % n_subjects
    parts = split_subjects(groups, random_state=1)
    assert sorted(np.concatenate(parts)) == list(range(3 * n_subjects))
    subjects = [set(groups[part]) for part in parts]
    assert sum(map(len, subjects)) == n_subjects and all(subjects)
    wanted = {3: [1, 1, 1], 4: [2, 1, 1], 9: [5, 2, 2], 40: [20, 10, 10]}
    assert [len(own) for own in subjects] == wanted[n_subjects]


def test_splits_refuse_what_they_cannot_split():
    with pytest.raises(ValueError, match="sum to 1"):
        split_subjects(["a", "b"], (0.5, 0.6))
    with pytest.raises(ValueError, match="3 parts need as many subjects, got 2"):
        split_subjects(["a", "b"])


@needs_torch
def test_batches_are_random_and_of_nearly_one_size():
    from mefeat.deep._training import EvenBatches

    batches = EvenBatches(9, 4)
    first, second = list(batches), list(batches)
    assert [len(batch) for batch in first] == [3, 3, 3] and len(batches) == 3
    assert sorted(sum(first, [])) == sorted(sum(second, [])) == list(range(9))
    assert first != second
    assert sorted(map(len, EvenBatches(5, 4))) == [2, 3]


@needs_torch
def test_keeps_the_epoch_that_is_best_on_the_subjects_held_out(clips):
    settings = {"batch_size": 16, "validation_fraction": 0.25, "random_state": 3}
    # At a constant rate, so that fewer epochs are the first ones of more.
    model = tiny("autoencoder", pretraining=(), epochs=12, **settings)
    model.fit(clips, labels("autoencoder"), GROUPS)
    held = [row["validation_loss"] for row in model.history_]
    best = int(np.argmin(held)) + 1
    assert model.epoch_ == best
    assert 1 < best < 12
    shorter = clone(model).set_params(epochs=best)
    assert_same_networks(shorter.fit(clips, labels("autoencoder"), GROUPS), model)
    patient = clone(model).set_params(epochs=40, patience=2)
    patient.fit(clips, labels("autoencoder"), GROUPS)
    held = [row["validation_loss"] for row in patient.history_]
    assert len(held) == int(np.argmin(held)) + 1 + 2 < 40


@needs_torch
def test_validation_loss_is_that_of_predictions(clips):
    model = tiny("attention", epochs=1, validation_fraction=0.25)
    model.fit(clips, labels("attention"), GROUPS)
    y = np.unique(labels("attention"), return_inverse=True)[1]
    _, held = validation_split(y, GROUPS, 0.25, model._seed(None))
    rows = model.predict_proba([clips[i] for i in held])
    loss = -np.log(rows[np.arange(len(held)), y[held]]).mean()
    assert model.history_[0]["validation_loss"] == pytest.approx(loss, rel=1e-5)


@needs_torch
def test_learning_rates_fall_as_planned(clips, monkeypatch):
    from skorch.callbacks import LRScheduler

    seen = []
    end = LRScheduler.on_epoch_end

    def spy(self, net, **kwargs):
        seen.append(net.optimizer_.param_groups[0]["lr"])
        end(self, net, **kwargs)

    monkeypatch.setattr(LRScheduler, "on_epoch_end", spy)
    tiny("vgg16", epochs=3, learning_rate=0.004).fit(clips, labels("vgg16"))
    np.testing.assert_allclose(seen, [0.004, 0.003, 0.001])
    model = tiny("attention")
    assert [model._schedule(e) for e in (0, 29, 30, 60)] == [1, 1, 0.2, 0.2**2]
    assert tiny("apex", epochs=4)._schedule(2) == pytest.approx(0.5)
    assert tiny("autoencoder")._schedule(7) == 1


def count_epochs(monkeypatch):
    """Count the epochs that are trained."""
    from mefeat.deep._training import Training

    keep, done = Training._keep, []
    monkeypatch.setattr(
        Training, "_keep", lambda self, *args: done.append(1) or keep(self, *args)
    )
    return done


@needs_torch
@pytest.mark.parametrize(  # the autoencoder in the phase before the last
    ("name", "left"), [("attention", 1), ("autoencoder", 5), ("mobilenet3d", 1)]
)
def test_goes_on_exactly_where_it_was_interrupted(
    name, left, clips, tmp_path, monkeypatch
):
    settings = {"epochs": 2, "batch_size": 4, "validation_fraction": 0.25}
    with monkeypatch.context() as patch:
        batches = interrupt(patch)
        through = tiny(name, **settings).fit(clips, labels(name), GROUPS)
    model = tiny(name, **settings, memory=tmp_path)
    early = (
        "before 'classify'"  # The autoencoder says that its last layer is untrained.
    )
    stopped = pytest.warns(match=early) if name == "autoencoder" else nullcontext()
    with monkeypatch.context() as patch:
        interrupt(patch, len(batches) - left)
        with stopped, pytest.raises(KeyboardInterrupt):
            model.fit(clips, labels(name), GROUPS)
    assert model.stopped_ == "interrupted"
    n_done = len(model.history_)
    assert 0 < n_done < len(through.history_)
    (file,) = tmp_path.iterdir()
    calls = count_epochs(monkeypatch)
    model.fit(clips, labels(name), GROUPS)
    assert len(calls) == len(through.history_) - n_done
    assert model.stopped_ is None and model.epoch_ == through.epoch_
    assert [row["loss"] for row in model.history_] == [
        row["loss"] for row in through.history_
    ]
    assert_same_networks(model, through)
    # A finished training is taken as it is.
    calls.clear()
    assert_same_networks(clone(model).fit(clips, labels(name), GROUPS), through)
    assert not calls
    assert file.suffix == ".safetensors"


@needs_torch
def test_the_file_is_named_by_all_that_training_depends_on(clips, tmp_path):
    y = np.arange(8) % 2

    def name(X=clips, y=y, groups=GROUPS, **changes):
        model = tiny("apex", memory=tmp_path, **changes)
        return model._checkpoint_file(X, y, groups).name

    same = {name(), name(verbose=True), name(max_seconds=3.0), name(groups=[*GROUPS])}
    assert len(same) == 1
    others = {
        name(clips[::-1]),
        name([clips[0].replace(apex=2), *clips[1:]]),
        name(y=1 - y),
        name(groups=None),
        name(epochs=7),
        name(random_state=1),
    }
    assert len(same | others) == 7


@needs_torch
def test_a_damaged_checkpoint_is_not_taken(clips, tmp_path, monkeypatch):
    model = tiny("apex", epochs=2, memory=tmp_path)
    first = clone(model).fit(clips, labels("apex"), GROUPS)
    (file,) = tmp_path.iterdir()
    data = bytearray(file.read_bytes())
    data[-99] ^= 1
    file.write_bytes(data)
    calls = count_epochs(monkeypatch)
    with pytest.warns(UserWarning, match="is damaged.*training begins anew") as caught:
        assert_same_networks(clone(model).fit(clips, labels("apex"), GROUPS), first)
    assert len(calls) == 2 and caught[0].filename == __file__
    assert_same_networks(clone(model).fit(clips, labels("apex"), GROUPS), first)
    assert len(calls) == 2


@needs_torch
def test_a_checkpoint_is_of_the_code_that_trains(clips, tmp_path):
    names = set()
    for share in (0.5, 0.25):

        class Mine(type(tiny("apex"))):
            def _schedule(self, epoch, share=share):
                return share

        model = Mine(**tiny("apex", memory=tmp_path).get_params(deep=False))
        names.add(model._checkpoint_file(clips, np.arange(8) % 2, GROUPS).name)
    assert len(names) == 2


@needs_torch
def test_patience_goes_on_as_well(clips, tmp_path, monkeypatch):
    settings = {"epochs": 40, "patience": 3, "validation_fraction": 0.25}
    settings["random_state"] = 3
    through = tiny("apex", **settings).fit(clips, labels("apex"), GROUPS)
    assert len(through.history_) < 40
    model = tiny("apex", **settings, memory=tmp_path)
    calls = count_epochs(monkeypatch)
    with monkeypatch.context() as patch:  # in the epoch before the last, of two batches
        interrupt(patch, 2 * len(through.history_) - 3)
        with pytest.raises(KeyboardInterrupt):
            model.fit(clips, labels("apex"), GROUPS)
    model.fit(clips, labels("apex"), GROUPS)
    assert_same_networks(model, through)
    assert len(calls) == len(model.history_) == len(through.history_)


@needs_torch
@pytest.mark.hostile
def test_goes_on_after_it_was_killed(clips, tmp_path):
    code = """
        import os, signal, sys
        from tiny_networks import eight_clips, interrupt, labels, tiny

        class Patch:
            setattr = staticmethod(setattr)

        class Killed(BaseException):
            def __init__(self):
                os.kill(os.getpid(), signal.SIGKILL)

        interrupt(Patch, 5, Killed)
        model = tiny("apex", epochs=4, memory=sys.argv[1])
        model.fit(list(eight_clips()), labels("apex"))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), tmp_path],
        cwd=Path(__file__).parents[1] / "common",
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1
    model = tiny("apex", epochs=4, memory=tmp_path).fit(clips, labels("apex"))
    assert len(list(tmp_path.iterdir())) == 1
    assert_same_networks(model, tiny("apex", epochs=4).fit(clips, labels("apex")))


@needs_torch
def test_interrupted_training_leaves_the_last_finished_epoch(clips, monkeypatch):
    one = tiny("apex", epochs=1, batch_size=16).fit(clips, labels("apex"))
    model = tiny("apex", epochs=5, batch_size=16)
    interrupt(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        model.fit(clips, labels("apex"))
    assert len(model.history_) == 1
    monkeypatch.undo()
    assert_same_networks(model, one)
    assert set(model.predict(clips)) <= {"fear", "joy"}
    early = tiny("apex")
    interrupt(monkeypatch, 0)
    with pytest.raises(KeyboardInterrupt):
        early.fit(clips, labels("apex"))
    assert not hasattr(early, "network_")
    # A fit before stays as it was.
    with pytest.raises(KeyboardInterrupt):
        one.fit(clips, np.arange(8) % 3)
    assert set(one.predict(clips)) <= {"fear", "joy"}


@needs_torch
def test_a_checkpoint_with_chance_keeps_its_seed(clips, tmp_path, monkeypatch):
    model = tiny("apex", epochs=3, random_state=None, memory=tmp_path)
    interrupt(monkeypatch, 4)
    with pytest.raises(KeyboardInterrupt):
        model.fit(clips, labels("apex"))
    monkeypatch.undo()
    before = [row["loss"] for row in model.history_]
    model.fit(clips, labels("apex"))
    after = [row["loss"] for row in model.history_]
    assert after[:2] == before and len(after) == 3


@needs_torch
def test_time_ends_training_after_one_epoch_at_least(clips):
    model = tiny("apex", epochs=10_000, max_seconds=1e-9).fit(clips, labels("apex"))
    assert model.stopped_ == "max_seconds" and len(model.history_) == 1
    model = tiny("autoencoder", max_seconds=1e-9)
    with pytest.warns(UserWarning, match="in phase 'reconstruct', before 'classify'"):
        model.fit(clips, labels("autoencoder"))


@needs_torch
def test_a_loss_that_is_not_finite_is_an_error(clips):
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        tiny("attention", epochs=30, learning_rate=1e30).fit(clips, labels("attention"))
