"""What all networks keep: scikit-learn's contract, chance, bad input."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks
from tiny_networks import (
    GROUPS,
    SIZE,
    TINY,
    eight_clips,
    fitted,
    labels,
    needs_torch,
    tiny,
)

from mefeat import ClipPipeline, Read
from mefeat.clip import Clip
from mefeat.deep._estimator import validation_split
from mefeat.evaluation import evaluate
from mefeat.persistence import load_model, save_model
from mefeat.preprocess import Resize
from mefeat.testing import DATA_FREE_CHECKS

EPOCHS = {
    "self attention": 30,
    "mobilenet3d": 30,
    "autoencoder": 10,
    "autoencoder, mixed, LSTM": 10,
    "vgg16": 20,
}
COLORED = ["attention", "mobilenet3d"]
CLASSIFIERS = ["attention", "autoencoder", "apex"]


@pytest.fixture
def clips():
    """The eight clips as a list."""
    return list(eight_clips())


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("check", DATA_FREE_CHECKS)
def test_keeps_the_contract_of_scikit_learn(name, check):
    model = clone(TINY[name])
    getattr(estimator_checks, check)(type(model).__name__, model)


def test_importing_and_making_them_does_not_import_torch():
    code = (
        "import sys, mefeat.deep, mefeat.methods, mefeat.plot;"
        "mefeat.deep.FrameAttentionClassifier();"
        "print('torch' in sys.modules, 'skorch' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "False False"


@pytest.mark.parametrize("missing", ["torch", "skorch"])
def test_without_its_packages_the_error_names_the_extra(
    missing, monkeypatch, clips, tmp_path
):
    if missing == "skorch":
        pytest.importorskip("torch", reason="needs torch, of the extra deep")
    monkeypatch.setitem(sys.modules, missing, None)
    for name in TINY:
        with pytest.raises(ImportError, match=rf"{missing}.*install 'mefeat\[deep\]'"):
            tiny(name).fit(clips, labels(name))
    if missing == "torch":
        any_file = tmp_path / "any.safetensors"
        any_file.touch()
        with pytest.raises(ImportError, match=r"mefeat\[deep\]"):
            load_model(any_file)


@needs_torch
@pytest.mark.parametrize("name", TINY)
def test_overfits_eight_clips(name, clips):
    model = tiny(name, epochs=EPOCHS.get(name, 15)).fit(clips, labels(name))
    np.testing.assert_array_equal(model.predict(clips), labels(name))
    losses = [row["loss"] for row in model.history_ if row["phase"] != "reconstruct"]
    assert losses[-1] < losses[0]


@needs_torch
@pytest.mark.parametrize("name", TINY)
def test_a_seed_fixes_all_and_order_does_not_matter(name, clips):
    import torch

    first = fitted(name).predict_proba(clips)
    torch.manual_seed(5)
    state = torch.get_rng_state()
    model = tiny(name, epochs=1, random_state=1).fit(clips, labels(name))
    assert torch.equal(torch.get_rng_state(), state)
    assert (model.predict_proba(clips) != first).any()
    # Fitted again, it starts from scratch.
    model.set_params(epochs=2, random_state=0).fit(clips, labels(name))
    np.testing.assert_array_equal(model.predict_proba(clips), first)
    np.testing.assert_array_equal(model.predict_proba(clips[::-1]), first[::-1])
    np.testing.assert_array_equal(model.predict_proba(clips[3:4]), first[3:4])


@needs_torch
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_probabilities_sum_to_one(name, clips):
    model = fitted(name)
    rows = model.predict_proba(clips)
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-14)
    assert (rows >= 0).all()
    np.testing.assert_array_equal(model.classes_, ["fear", "joy"])
    chosen = model.classes_[rows.argmax(axis=1)]
    np.testing.assert_array_equal(model.predict(clips), chosen)


@pytest.mark.filterwarnings("ignore:every clip was predicted")
@needs_torch
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_is_judged_subject_by_subject(name, clips, monkeypatch):
    """The split for validation stands inside the fold and knows its subjects."""
    seen = []

    def spy(targets, groups, *args, **kwargs):
        seen.append(sorted(set(groups)))
        return validation_split(targets, groups, *args, **kwargs)

    monkeypatch.setattr("mefeat.deep._estimator.validation_split", spy)
    model = make_pipeline(
        ClipPipeline([Read(color=True), Resize(SIZE)]),
        tiny(name, epochs=1, validation_fraction=0.3),
    )
    result = evaluate(model, clips, labels(name), GROUPS)
    assert len(result.predictions) == 8
    assert seen == [[g for g in "abcd" if g != held] for held in "abcd"]


@needs_torch
def test_parameters_are_searched(clips):
    grid = {"learning_rate": [0.01, 1e-9]}
    model = GridSearchCV(tiny("apex", epochs=8), grid, cv=GroupKFold(2), refit=False)
    model.fit(clips, labels("apex"), groups=GROUPS)
    assert model.best_params_ == {"learning_rate": 0.01}


@needs_torch
@pytest.mark.parametrize("name", COLORED)
def test_takes_gray_clips_and_says_so_once(name, clips, tmp_path):
    gray = [clip.replace(frames=clip.frames[..., 0]) for clip in clips]
    colored = [
        clip.replace(frames=np.repeat(clip.frames[..., :1], 3, axis=3))
        for clip in clips
    ]
    model = tiny(name, epochs=1)
    with pytest.warns(UserWarning, match="repeated as three channels") as caught:
        model.fit(gray, labels(name))
    assert len(caught) == 1 and caught[0].filename == __file__
    save_model(model, tmp_path / "model.safetensors")
    rows = load_model(tmp_path / "model.safetensors")[0].predict_proba(gray)
    np.testing.assert_array_equal(model.predict_proba(gray), rows)
    model.fit(colored, labels(name))
    np.testing.assert_array_equal(model.predict_proba(colored), rows)
    # Trained on color it has not been said yet, nor where the model came from a file.
    save_model(model, tmp_path / "model.safetensors")
    for trained in (model, load_model(tmp_path / "model.safetensors")[0]):
        with pytest.warns(UserWarning, match="repeated as three channels"):
            np.testing.assert_array_equal(trained.predict_proba(gray), rows)


@needs_torch
def test_refuses_what_cannot_be_learned(clips):
    model = tiny("apex")
    with pytest.raises(ValueError, match="clips of two classes, got"):
        model.fit(clips, ["joy"] * 8)
    with pytest.raises(ValueError, match="y must have a row for each of the 8 clips"):
        model.fit(clips, [0, 1])
    with pytest.raises(ValueError, match="groups must have a row for each of the 8"):
        model.fit(clips, labels("apex"), ["a"])
    with pytest.raises(ValueError, match="Unknown label type"):
        model.fit(clips, np.linspace(0, 1, 8))
    with pytest.raises(TypeError, match=r"X\[0\] must be a Clip, got int"):
        model.fit([1], [0])
    some = tiny("apex", validation_fraction=0.9)
    with pytest.raises(ValueError, match="fewer than the 4 classes"):
        some.fit(clips, np.arange(8) % 4, GROUPS)
    with pytest.raises(ValueError, match="no device 'abacus'"):
        tiny("apex", device="abacus").fit(clips, labels("apex"))


@needs_torch
@pytest.mark.parametrize("name", ["apex", "autoencoder"])
def test_clips_without_an_apex_are_refused_before_training(name, clips, monkeypatch):
    apexless = [*clips[:7], clips[7].replace(apex=None)]
    trained = fitted(name)
    monkeypatch.setattr("mefeat.deep._training.Training.run", pytest.fail)
    with pytest.raises(ValueError, match="the apex of each clip: spot it") as caught:
        tiny(name).fit(apexless, labels(name))
    assert caught.value.__notes__[0].startswith("while X[7], Clip(")
    if name == "apex":
        with pytest.raises(ValueError, match="apex of each clip: spot it") as caught:
            trained.predict(apexless)
        assert caught.value.__notes__[0].startswith("while X[7], Clip(")
    else:  # Its prediction reads all frames alike.
        assert len(trained.predict(apexless)) == 8


@needs_torch
@pytest.mark.parametrize("name", ["attention", "autoencoder", "mobilenet3d"])
def test_sizes_that_are_none_are_refused(name, clips):
    for size in [(32,), (0, 32), (32, 32, 3)]:
        with pytest.raises(ValueError, match="size must be"):
            tiny(name, size=size).fit(clips, labels(name))
    with pytest.raises(TypeError):
        tiny(name, size=("32", 32)).fit(clips, labels(name))
    with pytest.raises(ValueError, match="size must be at least 32 for VGG16"):
        tiny("vgg16", size=(32, 31)).fit(clips, labels("vgg16"))


@needs_torch
@pytest.mark.parametrize("name", TINY)
def test_takes_clips_of_one_frame_and_of_any_size(name, clips):
    y = labels(name)
    odd = Clip(clips[0].frames[:1, :25, :21], apex=0)
    shorter = [odd, clips[1].at([3]).replace(apex=0), *clips[2:]]
    rows = tiny(name, epochs=1).fit(shorter, y).predict_proba(shorter)
    assert rows.shape[0] == 8 and np.isfinite(rows).all()


@needs_torch
def test_a_class_that_training_lacks_is_never_predicted(clips):
    model = tiny("apex").fit(clips[:6], ["a", "b", "a", "b", "a", "b"])
    assert set(model.predict(clips)) <= {"a", "b"}
    assert model.score(clips, ["c"] * 8) == 0


@needs_torch
def test_says_that_training_lacks_a_class_that_validation_has(clips):
    y, groups = [0, 1, 0, 1, 0, 1, 2, 2], [*"aaaaaabb"]
    model = tiny("apex", validation_fraction=0.5)
    with pytest.warns(UserWarning, match="1 of 3 classes are shown by subjects alone"):
        model.fit(clips, y, groups)
    assert model.predict_proba(clips).shape == (8, 3)
