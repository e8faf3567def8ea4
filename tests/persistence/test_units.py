"""Saved detectors of action units, and chains from these to emotions."""

import json
from importlib.util import find_spec

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from mefeat import ClipPipeline, Read
from mefeat.deep import ActionUnitNet
from mefeat.facs import ActionUnitDetector, ActionUnitEmotion, CooccurrenceTable
from mefeat.model_selection import PolySVCSearch
from mefeat.persistence import ModelError, load_model, save_model
from mefeat.testing import example_clips
from mefeat.texture import LBPTOP

needs_torch = pytest.mark.skipif(
    find_spec("torch") is None, reason="needs torch, of the extra deep"
)
UNITS = [{4, 9}, {12}] * 4
EMOTIONS = ["anger", "joy"] * 4
SUBJECTS = np.repeat(["ann", "bob", "cy", "dee"], 2)
MAPPINGS = {
    "facs": "facs",
    "compound": "compound",
    "objective": "objective",
    "learned": CooccurrenceTable(),
}


@pytest.fixture(scope="module")
def clips():
    """Eight colored clips, dark above or below."""
    found = example_clips(8, size=(32, 32), n_frames=6, color=True)
    for i, clip in enumerate(found):
        frames = clip.frames // 2
        frames[:, 16 * (i % 2) : 16 + 16 * (i % 2)] += 90
        found[i] = clip.replace(frames=frames)
    return found


def detector(**changes):
    features = ClipPipeline([Read(), LBPTOP(grid=(2, 2))])
    return ActionUnitDetector(features, **changes)


def network():
    return ActionUnitNet(
        units=[4, 9, 12],
        size=(32, 32),
        width=0.1,
        n_frames=2,
        epochs=1,
        validation_fraction=0,
        random_state=0,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"units": [4, 12], "probability": True},
        {"classifier": PolySVCSearch(C=(1,)), "units": [4]},
        {"classifier": LogisticRegression(), "units": [4, 1]},
    ],
)
def test_detectors_come_back(changes, clips, tmp_path):
    model = detector(**changes).fit(clips, UNITS, groups=SUBJECTS)
    save_model(model, tmp_path / "units.skops", {"dataset": "eight clips"})
    loaded, facts = load_model(tmp_path / "units.skops")
    assert facts["dataset"] == "eight clips" and facts["versions"]["scikit-learn"]
    assert facts["model"]["name"] == "ActionUnitDetector"
    assert loaded.units_.tolist() == model.units_.tolist()
    for method in "predict", "decision_function", "predict_proba":
        if hasattr(model, method):
            before, after = getattr(model, method), getattr(loaded, method)
            np.testing.assert_array_equal(after(clips), before(clips))


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("place", ["alone", "behind features", "frozen"])
def test_chains_come_back(mapping, place, clips, tmp_path):
    path = tmp_path / "chain.skops"
    found = detector(units=[4, 9, 12])
    if place == "behind features":
        found, features = ActionUnitDetector(units=[4, 9, 12]), found.features
        model = make_pipeline(features, ActionUnitEmotion(found, MAPPINGS[mapping]))
        model.fit(clips, EMOTIONS, actionunitemotion__units=UNITS)
    else:
        if place == "frozen":
            found = FrozenEstimator(found.fit(clips, UNITS))
        model = ActionUnitEmotion(found, MAPPINGS[mapping])
        model.fit(clips, EMOTIONS, units=UNITS)
    save_model(model, path)
    loaded, _ = load_model(path)
    assert loaded.predict(clips).tolist() == model.predict(clips).tolist()
    assert loaded.classes_.tolist() == model.classes_.tolist()
    assert len(set(loaded.predict(clips))) == 2


@needs_torch
@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("place", ["alone", "behind stages", "frozen"])
def test_chains_around_networks_come_back(mapping, place, clips, tmp_path):
    path = tmp_path / "chain.safetensors"
    found = network()
    if place == "frozen":
        found = FrozenEstimator(found.fit(clips, UNITS))
    model = ActionUnitEmotion(found, MAPPINGS[mapping])
    if place == "behind stages":
        model = make_pipeline(ClipPipeline([Read(color=True)]), model)
        model.fit(clips, EMOTIONS, actionunitemotion__units=UNITS)
    else:
        model.fit(clips, EMOTIONS, units=UNITS)
    save_model(model, path, {"dataset": "eight clips"})
    loaded, facts = load_model(path)
    assert facts["dataset"] == "eight clips" and facts["versions"]["torch"]
    assert loaded.predict(clips).tolist() == model.predict(clips).tolist()
    assert loaded.classes_.tolist() == model.classes_.tolist()
    chain = loaded[-1] if place == "behind stages" else loaded
    assert chain.units_.tolist() == [4, 9, 12]
    assert isinstance(chain.detector_, FrozenEstimator) == (place == "frozen")
    if mapping == "learned":
        before = model[-1] if place == "behind stages" else model
        assert chain.mapping_.table() == before.mapping_.table()
        assert chain.mapping_.sets_ == before.mapping_.sets_


@needs_torch
def test_a_network_is_not_saved_with_a_classifier_of_others(clips, tmp_path):
    model = ActionUnitEmotion(network(), LogisticRegression())
    model.fit(clips, EMOTIONS, units=UNITS)
    with pytest.raises(TypeError, match="LogisticRegression"):
        save_model(model, tmp_path / "chain.safetensors")
    classical = detector().fit(clips, UNITS)
    with pytest.raises(TypeError, match="got ActionUnitDetector"):
        save_model(classical, tmp_path / "chain.safetensors")
    assert not any(tmp_path.iterdir())


def test_a_network_is_no_model_for_skops(clips, tmp_path):
    pytest.importorskip("torch", reason="needs the extra deep")
    model = ActionUnitEmotion(network()).fit(clips, units=UNITS)
    with pytest.raises(
        TypeError, match=r"Networks are saved under a name that ends in \.safetensors"
    ):
        save_model(model, tmp_path / "chain.skops")
    assert not any(tmp_path.iterdir())


@needs_torch
@pytest.mark.parametrize(
    "change",
    [
        lambda h: h["model"]["parameters"].update(mapping="ekman"),
        lambda h: h["model"]["parameters"].update(mapping={"class": "facs.objective"}),
        lambda h: h["model"]["parameters"].update(detector=3),
        lambda h: h["model"]["parameters"]["mapping"].update({"class": "os.system"}),
        lambda h: h["model"]["parameters"]["detector"].update(
            {"class": "facs.ActionUnitDetector"}
        ),
        lambda h: h["model"]["parameters"]["mapping"]["parameters"].update(max_units=0),
        lambda h: h["table"].update(predict=1),
        lambda h: h["table"].pop("sets_"),
        lambda h: h["table"].update(sets_=[{"tuple": [7]}]),
        lambda h: h["table"].update(thresholds_=3),
        lambda h: h["fitted"]["units_"].update(array=[4]),
        # Would fill the memory.
        lambda h: h["model"]["parameters"]["detector"]["parameters"].update(width=900),
    ],
)
def test_chains_of_strangers_are_refused(change, clips, tmp_path):
    from mefeat.deep._tensors import read_tensors, write_tensors

    path = tmp_path / "chain.safetensors"
    model = ActionUnitEmotion(network(), CooccurrenceTable())
    save_model(model.fit(clips, EMOTIONS, units=UNITS), path)
    tensors, header = read_tensors(path)
    change(header)
    write_tensors(path, tensors, header)
    with pytest.raises(ModelError, match="holds no model of mefeat.deep"):
        load_model(path)


@needs_torch
def test_tensors_of_others_are_refused(tmp_path):
    import torch
    from safetensors.torch import save_file

    path = tmp_path / "weights.safetensors"
    save_file({"weight": torch.ones(2)}, path)
    with pytest.raises(ModelError, match="holds no model of mefeat.deep"):
        load_model(path)
    for text in ("[]", "[" * 100_000, json.dumps({"format": 1, "table": []})):
        save_file({"weight": torch.ones(2)}, path, metadata={"mefeat": text})
        with pytest.raises(ModelError):
            load_model(path)
