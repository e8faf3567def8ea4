"""What all networks keep: scikit-learn's contract, chance, interruption, errors."""

import json
import re
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from mefeat import ClipPipeline, Read
from mefeat.cli import main
from mefeat.datasets import make_clips
from mefeat.deep import (
    ActionUnitNet,
    ApexCNNClassifier,
    AutoencoderRNNClassifier,
    FrameAttentionClassifier,
    load_model,
    save_model,
    split_subjects,
)
from mefeat.deep.splits import validation_split
from mefeat.evaluation import evaluate
from mefeat.facs import ActionUnitEmotion, facs_emotion
from mefeat.methods import DEEP
from mefeat.preprocess import Resize
from mefeat.testing import DATA_FREE_CHECKS, example_clips
from mefeat.video import write_video

needs_torch = pytest.mark.skipif(
    find_spec("torch") is None, reason="needs torch, of the extra deep"
)
SIZE = (32, 32)
UNITS = [4, 6, 12]
TINY = {
    "attention": FrameAttentionClassifier(
        "small", size=SIZE, learning_rate=0.005, batch_size=4, n_test_frames=4
    ),
    "self attention": FrameAttentionClassifier(
        "small", "self", SIZE, learning_rate=0.005, batch_size=4, n_test_frames=4
    ),
    "autoencoder": AutoencoderRNNClassifier(
        size=SIZE, n_code=16, n_hidden=16, pretrain_epochs=2, learning_rate=0.01
    ),
    "autoencoder, mixed, LSTM": AutoencoderRNNClassifier(
        "mixed",
        size=SIZE,
        n_code=16,
        rnn="lstm",
        pretrain_epochs=2,
        freeze_encoder=False,
    ),
    "apex": ApexCNNClassifier(size=32, width=4, learning_rate=0.01),
    "mobilenet3d": ActionUnitNet(
        units=UNITS, size=SIZE, width=0.1, n_frames=2, learning_rate=0.01, batch_size=4
    ),
    "vgg16": ActionUnitNet(
        "vgg16", units=UNITS, size=SIZE, width=0.05, n_frames=2, learning_rate=0.003
    ),
}
EPOCHS = {"vgg16": 60, "mobilenet3d": 20, "autoencoder": 60}


def tiny(name, **changes):
    changes = {"epochs": 2, "validation_fraction": 0, "random_state": 0} | changes
    return clone(TINY[name]).set_params(**changes)


@pytest.fixture(scope="module")
def clips():
    """Eight colored clips that differ in brightness of halves, by class."""
    found = example_clips(8, size=SIZE, n_frames=6, color=True)
    for i, clip in enumerate(found):
        frames = clip.frames // 2
        half = slice(0, 16) if i % 2 else slice(16, 32)
        frames[:, half] += 90
        found[i] = clip.replace(frames=frames)
    return found


def labels(name):
    """Two classes; or their units, one of which all clips show."""
    y = np.arange(8) % 2
    if name in ("mobilenet3d", "vgg16"):
        return np.stack([y == 0, y == 1, y >= 0], axis=1)
    return np.array(["fear", "joy"])[y]


GROUPS = np.repeat(["a", "b", "c", "d"], 2)


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("check", DATA_FREE_CHECKS)
def test_keeps_the_contract_of_scikit_learn(name, check):
    model = clone(TINY[name])
    getattr(estimator_checks, check)(type(model).__name__, model)


def test_importing_and_making_them_does_not_import_torch():
    code = (
        "import sys, mefeat.deep, mefeat.methods, mefeat.plot;"
        "mefeat.deep.FrameAttentionClassifier();"
        "print('torch' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "False"


def test_without_torch_the_error_names_the_extra(monkeypatch, clips):
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in TINY:
        with pytest.raises(ImportError, match=r"pip install 'mefeat\[deep\]'"):
            tiny(name).fit(clips, labels(name))
    with pytest.raises(ImportError, match="extra|mefeat\\[deep\\]"):
        load_model("any.safetensors")


@needs_torch
@pytest.mark.parametrize("name", TINY)
def test_overfits_eight_clips(name, clips):
    model = tiny(name, epochs=EPOCHS.get(name, 30)).fit(clips, labels(name))
    np.testing.assert_array_equal(model.predict(clips), labels(name))
    losses = [row["loss"] for row in model.history_ if row["phase"] != "reconstruct"]
    assert losses[-1] < losses[0]


@needs_torch
@pytest.mark.parametrize("name", TINY)
def test_a_seed_fixes_all_and_order_does_not_matter(name, clips):
    import torch

    state = torch.get_rng_state()
    model = tiny(name).fit(clips, labels(name))
    first = model.predict_proba(clips)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(5)
    np.testing.assert_array_equal(
        model.fit(clips, labels(name)).predict_proba(clips), first
    )
    again = clone(model).fit(clips, labels(name))
    np.testing.assert_array_equal(again.predict_proba(clips), first)
    np.testing.assert_array_equal(model.predict_proba(clips[::-1]), first[::-1])
    np.testing.assert_array_equal(model.predict_proba(clips[3:4]), first[3:4])
    other = tiny(name, random_state=1).fit(clips, labels(name))
    assert (other.predict_proba(clips) != first).any()


@needs_torch
@pytest.mark.parametrize("name", ["attention", "autoencoder", "apex"])
def test_probabilities_sum_to_one(name, clips):
    model = tiny(name).fit(clips, labels(name))
    rows = model.predict_proba(clips)
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-14)
    assert (rows >= 0).all()
    np.testing.assert_array_equal(model.classes_, ["fear", "joy"])
    chosen = model.classes_[rows.argmax(axis=1)]
    np.testing.assert_array_equal(model.predict(clips), chosen)


@needs_torch
@pytest.mark.parametrize("name", ["attention", "apex"])
def test_is_judged_subject_by_subject(name, clips, monkeypatch):
    """The split for validation stands inside the fold and knows its subjects."""
    seen = []

    def spy(targets, groups, *args, **kwargs):
        seen.append(sorted(set(groups)))
        return validation_split(targets, groups, *args, **kwargs)

    monkeypatch.setattr("mefeat.deep.estimator.validation_split", spy)
    model = make_pipeline(
        ClipPipeline([Read(color=True), Resize(SIZE)]),
        tiny(name, validation_fraction=0.3),
    )
    result = evaluate(model, clips, labels(name), GROUPS)
    assert len(result.predictions) == 8
    assert seen == [[g for g in "abcd" if g != held] for held in "abcd"]


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
def test_keeps_the_epoch_that_is_best_on_the_subjects_held_out(clips):
    model = tiny("apex", epochs=12, validation_fraction=0.25, random_state=3)
    model.fit(clips, labels("apex"), GROUPS)
    held = [row["validation_loss"] for row in model.history_]
    best = int(np.argmin(held)) + 1
    assert model.epoch_ == best
    shorter = clone(model).set_params(epochs=best)
    shorter.fit(clips, labels("apex"), GROUPS)
    np.testing.assert_array_equal(
        model.predict_proba(clips), shorter.predict_proba(clips)
    )
    patient = clone(model).set_params(epochs=40, patience=2)
    patient.fit(clips, labels("apex"), GROUPS)
    held = [row["validation_loss"] for row in patient.history_]
    assert len(held) == int(np.argmin(held)) + 1 + 2 < 40


def interrupt(monkeypatch, n_batches=None):
    """Press Ctrl-C in the middle of an epoch, after so many batches; count them."""
    from torch import Tensor

    backward, done = Tensor.backward, []

    def interrupted(self):
        if len(done) == n_batches:
            raise KeyboardInterrupt
        done.append(1)
        backward(self)

    monkeypatch.setattr(Tensor, "backward", interrupted)
    return done


@needs_torch
@pytest.mark.parametrize(
    ("name", "left"), [("attention", 3), ("autoencoder", 3), ("mobilenet3d", 3)]
)
def test_goes_on_exactly_where_it_was_interrupted(
    name, left, clips, tmp_path, monkeypatch
):
    settings = {"epochs": 3, "batch_size": 4, "validation_fraction": 0.25}
    with monkeypatch.context() as patch:
        batches = interrupt(patch)
        through = tiny(name, **settings).fit(clips, labels(name), GROUPS)
    model = tiny(name, **settings, checkpoint=tmp_path)
    with monkeypatch.context() as patch:
        interrupt(patch, len(batches) - left)
        with pytest.raises(KeyboardInterrupt):
            model.fit(clips, labels(name), GROUPS)
    assert model.stopped_ == "interrupted"
    n_done = len(model.history_)
    assert 0 < n_done < len(through.history_)
    (file,) = tmp_path.iterdir()
    calls = []
    run = pytest.importorskip("mefeat.deep._training").Training._run_epoch
    monkeypatch.setattr(
        "mefeat.deep._training.Training._run_epoch",
        lambda self, *args: calls.append(1) or run(self, *args),
    )
    model.fit(clips, labels(name), GROUPS)
    assert len(calls) == len(through.history_) - n_done
    assert model.stopped_ is None
    assert [row["loss"] for row in model.history_] == [
        row["loss"] for row in through.history_
    ]
    np.testing.assert_array_equal(
        model.predict_proba(clips), through.predict_proba(clips)
    )
    # A finished training is taken as it is, and other clips have a file of their own.
    calls.clear()
    model.fit(clips, labels(name), GROUPS)
    assert not calls
    model.fit(clips[::-1], labels(name)[::-1], GROUPS[::-1])
    assert calls and len(list(tmp_path.iterdir())) == 2
    assert file.suffix == ".safetensors"


@needs_torch
def test_interrupted_training_leaves_the_last_finished_epoch(clips, monkeypatch):
    one = tiny("apex", epochs=1).fit(clips, labels("apex"))
    model = tiny("apex", epochs=5, batch_size=16)
    interrupt(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        model.fit(clips, labels("apex"))
    assert len(model.history_) == 1
    monkeypatch.undo()
    np.testing.assert_array_equal(model.predict_proba(clips), one.predict_proba(clips))
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
    model = tiny("apex", epochs=3, random_state=None, checkpoint=tmp_path)
    interrupt(monkeypatch, 2)
    with pytest.raises(KeyboardInterrupt):
        model.fit(clips, labels("apex"))
    monkeypatch.undo()
    before = model.history_
    model.fit(clips, labels("apex"))
    assert model.history_[:2] == before and len(model.history_) == 3


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


@needs_torch
def test_takes_gray_clips_and_says_so_once(clips):
    gray = [clip.replace(frames=clip.frames[..., 0]) for clip in clips]
    colored = [
        clip.replace(frames=np.repeat(c, 3, axis=3))
        for clip, c in zip(gray, [g.frames[..., None] for g in gray], strict=True)
    ]
    model = tiny("attention")
    with pytest.warns(UserWarning, match="repeated as three channels") as caught:
        model.fit(gray, labels("attention"))
    assert len(caught) == 1 and caught[0].filename == __file__
    rows = model.predict_proba(gray)
    model.fit(colored, labels("attention"))
    np.testing.assert_array_equal(model.predict_proba(colored), rows)


@needs_torch
def test_refuses_what_cannot_be_learned(clips):
    model = tiny("apex")
    with pytest.raises(ValueError, match="clips of two classes, got"):
        model.fit(clips, ["joy"] * 8)
    with pytest.raises(ValueError, match="y must have a row for each of the 8 clips"):
        model.fit(clips, [0, 1])
    with pytest.raises(ValueError, match="groups must have a row for each of the 8"):
        model.fit(clips, labels("apex"), ["a"])
    with pytest.raises(TypeError, match=r"X\[0\] must be a Clip, got int"):
        model.fit([1], [0])
    some = tiny("apex", validation_fraction=0.9)
    with pytest.raises(ValueError, match="fewer than the 4 classes"):
        some.fit(clips, np.arange(8) % 4, GROUPS)
    with pytest.raises(ValueError, match="no device 'abacus'"):
        tiny("apex", device="abacus").fit(clips, labels("apex"))
    with pytest.raises(ValueError, match="the apex of each clip: spot it"):
        model.fit([clip.replace(apex=None) for clip in clips], labels("apex"))
    with pytest.raises(ValueError, match="'apex'|apex of each clip"):
        apexless = [clip.replace(apex=None) for clip in clips]
        tiny("autoencoder").fit(apexless, labels("autoencoder"))


@needs_torch
def test_a_class_that_training_lacks_is_never_predicted(clips):
    model = tiny("apex").fit(clips[:6], ["a", "b", "a", "b", "a", "b"])
    assert set(model.predict(clips)) <= {"a", "b"}
    assert model.score(clips, ["c"] * 8) == 0


@needs_torch
@pytest.mark.parametrize("name", TINY)
def test_saved_and_loaded_it_predicts_the_same(name, clips, tmp_path):
    model = tiny(name).fit(clips, labels(name))
    path = tmp_path / "model.safetensors"
    save_model(model, path)
    again = load_model(path)
    np.testing.assert_array_equal(again.predict(clips), model.predict(clips))
    np.testing.assert_array_equal(
        again.predict_proba(clips), model.predict_proba(clips)
    )
    assert again.get_params() == model.get_params()
    assert [r["loss"] for r in again.history_] == [r["loss"] for r in model.history_]


@needs_torch
def test_a_pipeline_is_saved_whole(clips, tmp_path):
    head = ClipPipeline([Read(color=True), Resize(SIZE)])
    model = make_pipeline(head, tiny("apex", checkpoint=tmp_path / "folder"))
    model.fit(clips, labels("apex"))
    path = tmp_path / "model.safetensors"
    save_model(model, path)
    again = load_model(path)
    np.testing.assert_array_equal(
        again.predict_proba(clips), model.predict_proba(clips)
    )
    assert repr(again[0]) == repr(model[0])
    assert again[-1].checkpoint is None


@needs_torch
def test_files_of_strangers_cannot_run_code(clips, tmp_path):
    import torch

    class Evil:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").touch, ())

    pickled = tmp_path / "evil.pt"
    torch.save({"weight": Evil()}, pickled)
    with pytest.raises(ValueError, match="pickles, which can run code"):
        load_model(pickled)
    renamed = pickled.rename(tmp_path / "evil.safetensors")
    with pytest.raises(ValueError, match="no readable safetensors file"):
        load_model(renamed)
    with pytest.raises(ValueError, match="no readable safetensors file"):
        tiny("apex", weights=renamed).fit(clips, labels("apex"))
    assert not (tmp_path / "ran").exists()
    with pytest.raises(FileNotFoundError, match="there is no file"):
        load_model(tmp_path / "none.safetensors")


@needs_torch
@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.update(format=2),
        lambda h: h.pop("model"),
        lambda h: h["model"].update({"class": "os.system"}),
        lambda h: h["model"].update({"class": "deep.load_model"}),
        lambda h: h["model"].update({"class": "cli.main"}),
        lambda h: h["model"].update({"class": "video.Read", "parameters": {}}),
        lambda h: h["model"]["parameters"].update(width=-1),
        lambda h: h["model"]["parameters"].update(width=3),
        lambda h: h["model"]["parameters"].update(other=3),
        lambda h: h["fitted"].update(fit={"tuple": []}),
        lambda h: h["fitted"].update(outputs_={"dict": {"n_outputs": 5}}),
    ],
)
def test_headers_of_strangers_are_refused(change, clips, tmp_path):
    from mefeat.deep.tensors import read_tensors, write_tensors

    path = tmp_path / "model.safetensors"
    save_model(tiny("apex").fit(clips, labels("apex")), path)
    tensors, header = read_tensors(path)
    change(header)
    write_tensors(path, tensors, header)
    with pytest.raises(ValueError, match="holds no model of mefeat.deep"):
        load_model(path)


@needs_torch
def test_local_parameters_in_a_file_are_not_taken(clips, tmp_path):
    from mefeat.deep.tensors import read_tensors, write_tensors

    path = tmp_path / "model.safetensors"
    model = make_pipeline(ClipPipeline([Read()]), tiny("apex"))
    save_model(model.fit(clips, labels("apex")), path)
    tensors, header = read_tensors(path)
    assert "memory" not in json.dumps(header)
    head, last = header["model"]["pipeline"]
    head["tuple"][1]["parameters"]["memory"] = "/tmp/pickles"
    last["tuple"][1]["parameters"]["weights"] = "/etc/passwd"
    write_tensors(path, tensors, header)
    again = load_model(path)
    assert again[0].memory is None and again[-1].weights is None


@needs_torch
def test_only_fitted_networks_are_saved(clips, tmp_path):
    from sklearn.exceptions import NotFittedError
    from sklearn.svm import SVC

    with pytest.raises(NotFittedError):
        save_model(tiny("apex"), tmp_path / "model.safetensors")
    with pytest.raises(TypeError, match="got SVC"):
        save_model(SVC(), tmp_path / "model.safetensors")
    model = tiny("apex").fit(clips, labels("apex"))
    with pytest.raises(ValueError, match="got 'model.pt'"):
        save_model(model, tmp_path / "model.pt")
    assert not list(tmp_path.iterdir())


@needs_torch
@pytest.mark.parametrize("name", ["attention", "vgg16", "apex", "autoencoder"])
def test_starts_from_weights(name, clips, tmp_path):
    import torch

    source = tiny(name).fit(clips, labels(name))
    path = tmp_path / "weights.safetensors"
    save_model(source, path)
    model = tiny(name, weights=path, epochs=1, learning_rate=1e-12)
    if name == "autoencoder":
        model.set_params(pretraining=())
    model.fit(clips, labels(name))
    old, new = source.network_.state_dict(), model.network_.state_dict()
    for key in old:
        if "running" not in key and "num_batches" not in key:
            torch.testing.assert_close(new[key], old[key], atol=1e-6, rtol=0)
    # Another number of classes: the last layer starts anew.
    if name != "vgg16":
        model.fit(clips, np.arange(8) % 3)
        assert len(model.classes_) == 3


@needs_torch
def test_weights_of_a_backbone_alone_fit_and_others_do_not(clips, tmp_path):
    from mefeat.deep._networks import ResNet18
    from mefeat.deep.tensors import write_tensors

    path = tmp_path / "backbone.safetensors"
    tensors = ResNet18(16).state_dict()
    write_tensors(path, tensors | {"fc.weight": tensors["bn1.weight"]}, {})
    model = tiny("attention", weights=path, epochs=1, learning_rate=1e-12)
    model.fit(clips, labels("attention"))
    found = model.network_.backbone.conv1.weight
    np.testing.assert_allclose(found.detach(), tensors["conv1.weight"], atol=1e-6)
    write_tensors(path, ResNet18(8).state_dict(), {})
    with pytest.raises(ValueError, match="does not fit the network"):
        model.fit(clips, labels("attention"))
    write_tensors(path, {"conv1.weight": tensors["conv1.weight"]}, {})
    with pytest.raises(ValueError, match="are missing"):
        model.fit(clips, labels("attention"))


@pytest.mark.parametrize("name", DEEP)
def test_methods_name_networks_behind_clips_of_faces(name):
    model = DEEP[name].pipeline(crop=False, clippipeline__read__on_error="raise")
    model[0].check()
    model[-1]._validate_params()
    assert model[0][0].color == ("color" in DEEP[name].needs)
    assert DEEP[name].predicts == ("units" if "units" in name else "classes")


@needs_torch
def test_methods_run_on_clips(clips):
    model = DEEP["frame-attention"].pipeline(
        crop=False,
        clippipeline__resize__size=SIZE,
        frameattentionclassifier__size=SIZE,
        frameattentionclassifier__backbone="small",
        frameattentionclassifier__epochs=1,
    )
    model.fit(clips, labels("attention"), frameattentionclassifier__groups=GROUPS)
    assert model.predict(clips).shape == (8,)


def test_the_command_lists_them(capsys):
    assert main(["methods"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in DEEP)
    assert "a network of the extra deep; predicts units itself" in shown
    assert "None" not in re.findall(r"https.*", shown)


@needs_torch
def test_the_commands_train_and_predict(tmp_path, capsys):
    """From generated clips to a file, and from the file to a video's expression."""
    path, video = tmp_path / "net.safetensors", tmp_path / "clip.mp4"
    sizes = ["resize__size", "frameattentionclassifier__size"]
    changes = [f"--set={name}=(32,32)" for name in sizes]
    changes[0] = changes[0].replace("=resize", "=clippipeline__resize")
    changes += ["--set=frameattentionclassifier__backbone=small"]
    changes += ["--set=frameattentionclassifier__epochs=1"]
    made = ["--subjects=2", "--per-class=1", "--no-crop", "--quiet"]
    command = ["train", "synthetic", "--method=frame-attention", *made, *changes]
    assert main([*command, f"--output={tmp_path / 'net.skops'}"]) == 2
    assert ".safetensors" in capsys.readouterr().err
    assert main([*command, f"--output={path}"]) == 0
    assert "frame-attention and its own network" in capsys.readouterr().out
    clip = make_clips(1, 1, ["surprise"], color=True).clips[0]
    write_video(video, clip.frames, 25)
    assert main(["predict", str(path), str(video)]) == 0
    shown = capsys.readouterr()
    assert "clip.mp4" in shown.out and "happiness 0." in shown.out


@needs_torch
def test_units_become_emotions(clips):
    detector = tiny("mobilenet3d", epochs=EPOCHS["mobilenet3d"])
    model = ActionUnitEmotion(detector, "facs").fit(clips, units=labels("mobilenet3d"))
    # Units 4 and 12 alternate, and all clips show 6 and 12 or 4.
    expected = [facs_emotion(u) or "others" for u in [{4, 12}, {6, 12}]]
    assert model.predict(clips[:2]).tolist() == expected


def guide():
    text = Path(__file__).parents[1].joinpath("docs/guide/deep.rst").read_text("utf-8")
    return [
        textwrap.dedent(block)
        for block in re.findall(r"block:: python\n\n((?: {3}.*\n|\n)+)", text)
    ]


@needs_torch
@pytest.mark.filterwarnings("ignore:fitted without groups")
def test_the_guide_runs(tmp_path, monkeypatch, capsys):
    import matplotlib

    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    blocks = guide()
    assert len(blocks) == 3
    names = {}
    for block in blocks:
        exec(block, names)
    assert len(capsys.readouterr().out.splitlines()) == 2
    matplotlib.pyplot.close("all")
