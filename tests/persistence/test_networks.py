"""Networks as files: saved, loaded, refused from strangers, weights to start from."""

import json

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from tiny_networks import SIZE, TINY, eight_clips, fitted, labels, needs_torch, tiny

from mefeat import ClipPipeline, Read
from mefeat.persistence import load_model, save_model
from mefeat.preprocess import Resize

pytestmark = needs_torch


@pytest.fixture
def clips():
    """The eight clips as a list."""
    return list(eight_clips())


@pytest.mark.parametrize("name", TINY)
def test_saved_and_loaded_it_predicts_the_same(name, clips, tmp_path):
    model = fitted(name)
    path = tmp_path / "model.safetensors"
    save_model(model, path)
    again, _ = load_model(path)
    np.testing.assert_array_equal(again.predict(clips), model.predict(clips))
    np.testing.assert_array_equal(
        again.predict_proba(clips), model.predict_proba(clips)
    )
    assert again.get_params() == model.get_params()
    assert [r["loss"] for r in again.history_] == [r["loss"] for r in model.history_]


def test_a_pipeline_is_saved_whole(clips, tmp_path):
    head = ClipPipeline([Read(color=True), Resize(SIZE)])
    model = make_pipeline(head, tiny("apex", memory=tmp_path / "folder"))
    model.fit(clips, labels("apex"))
    path = tmp_path / "model.safetensors"
    save_model(model, path)
    again, _ = load_model(path)
    np.testing.assert_array_equal(
        again.predict_proba(clips), model.predict_proba(clips)
    )
    assert repr(again[0]) == repr(model[0])
    assert again[-1].memory is None


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
def test_headers_of_strangers_are_refused(change, tmp_path):
    from mefeat.deep._tensors import read_tensors, write_tensors

    path = tmp_path / "model.safetensors"
    save_model(fitted("apex"), path)
    tensors, header = read_tensors(path)
    change(header)
    write_tensors(path, tensors, header)
    with pytest.raises(ValueError, match="holds no model of mefeat.deep"):
        load_model(path)


def _tensors_of_a_model(tmp_path):
    """Tensors and header of a small model, and how to write others in their place."""
    from mefeat.deep._tensors import read_tensors, write_tensors

    path = tmp_path / "model.safetensors"
    save_model(fitted("apex"), path)
    tensors, header = read_tensors(path)
    return path, tensors, lambda changed: write_tensors(path, changed, header)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.T.contiguous(), r"must be \((\d+), (\d+)\) .* got \(\2, \1\)"),
        (lambda t: t[:-1], "must be .* got"),
        (lambda t: t.double(), "float32, got .* torch.float64"),
        (lambda t: t / 0, "holds NaN or infinity in its tensor"),
        (lambda t: None, "must be .* got none"),
    ],
)
def test_tensors_are_those_of_the_network_by_name(change, message, tmp_path):
    path, tensors, write = _tensors_of_a_model(tmp_path)
    name = next(n for n, t in tensors.items() if t.ndim == 2 and len(set(t.shape)) > 1)
    changed = change(tensors.pop(name))
    write(tensors if changed is None else tensors | {name: changed})
    with pytest.raises(ValueError, match=message) as caught:
        load_model(path)
    assert name in str(caught.value)


def test_tensors_that_were_changed_are_refused(tmp_path):
    """A square tensor that is transposed has the shape that it had."""
    from safetensors.torch import load_file, save_file

    path, tensors, write = _tensors_of_a_model(tmp_path)
    write(tensors | {"more": next(iter(tensors.values()))})
    with pytest.raises(ValueError, match="'more' must be none, got"):
        load_model(path)
    write(tensors)
    load_model(path)
    from safetensors import safe_open

    with safe_open(path, "pt") as opened:
        metadata = opened.metadata()
    read = load_file(path)
    name = next(n for n, t in read.items() if t.ndim > 1)
    save_file(read | {name: read[name].flip(0)}, path, metadata=metadata)
    with pytest.raises(ValueError, match="is damaged or was changed: its checksum"):
        load_model(path)


def test_classes_of_a_file_are_a_list_of_names(tmp_path):
    from mefeat.deep._tensors import read_tensors, write_tensors

    path = tmp_path / "model.safetensors"
    save_model(fitted("apex"), path)
    tensors, header = read_tensors(path)
    classes = header["fitted"]["classes_"]
    classes["array"] = [classes["array"][0]] * len(classes["array"])
    write_tensors(path, tensors, header)
    with pytest.raises(ValueError, match="its classes or units are"):
        load_model(path)


def test_local_parameters_in_a_file_are_not_taken(clips, tmp_path):
    from mefeat.deep._tensors import read_tensors, write_tensors

    path = tmp_path / "model.safetensors"
    model = make_pipeline(ClipPipeline([Read()]), tiny("apex"))
    save_model(model.fit(clips, labels("apex")), path)
    tensors, header = read_tensors(path)
    assert "memory" not in json.dumps(header["model"])
    head, last = header["model"]["pipeline"]
    head["tuple"][1]["parameters"]["memory"] = "/tmp/pickles"
    last["tuple"][1]["parameters"]["weights"] = "/etc/passwd"
    write_tensors(path, tensors, header)
    again, _ = load_model(path)
    assert again[0].memory is None and again[-1].weights is None


def test_only_fitted_networks_predict_and_are_saved(tmp_path):
    with pytest.raises(NotFittedError):
        save_model(tiny("apex"), tmp_path / "model.safetensors")
    with pytest.raises(NotFittedError):
        tiny("apex").predict(list(eight_clips()))
    with pytest.raises(TypeError, match="got SVC"):
        save_model(SVC(), tmp_path / "model.safetensors")
    with pytest.raises(
        ValueError, match="model.pt is no file of a model, whose name must end in"
    ):
        save_model(fitted("apex"), tmp_path / "model.pt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["attention", "vgg16", "apex", "autoencoder"])
def test_starts_from_weights(name, clips, tmp_path):
    import torch

    source = fitted(name)
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


def test_weights_of_a_backbone_alone_fit_and_others_do_not(clips, tmp_path):
    from mefeat.deep._networks import ResNet18
    from mefeat.deep._tensors import write_tensors

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
