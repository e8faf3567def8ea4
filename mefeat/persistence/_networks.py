"""Networks in files: tensors and JSON in one safetensors file, and no code."""

import importlib
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

import mefeat
from mefeat.base import ClipPipeline, Stage
from mefeat.deep._estimator import _NetworkEstimator
from mefeat.deep._tensors import check_finite, import_torch, read_tensors, write_tensors
from mefeat.facs import ActionUnitEmotion, CooccurrenceTable
from mefeat.facs._recognition import MAPPINGS

_TABLE = (
    *("classes_", "class_counts_", "sets_", "frequency_", "thresholds_"),
    "n_features_in_",
)


def last_step(model):
    """Get what stands at the end of a model."""
    return model.steps[-1][1] if isinstance(model, Pipeline) else model


def network_of(last):
    """Get the fitted network of a chain."""
    if not isinstance(last, ActionUnitEmotion):
        return last
    check_is_fitted(last)
    detector = last.detector_
    return detector.estimator if isinstance(detector, FrozenEstimator) else detector


def fitted_chain(last):
    """List what a chain has learned besides the network."""
    mapping = getattr(last, "mapping_", "")
    if isinstance(mapping, str):
        return {}
    if not isinstance(mapping, CooccurrenceTable):
        raise TypeError(
            "a network is saved with a printed table or a CooccurrenceTable behind it, "
            f"got {type(mapping).__name__}."
        )
    return {name: getattr(mapping, name) for name in _TABLE}


def restore_chain(last, learned):
    """Set what a chain has learned, and find the place of its network."""
    if learned.keys() not in (set(), set(_TABLE)):
        raise ValueError(f"it sets {sorted(learned)}")
    if not isinstance(last, ActionUnitEmotion):
        return last
    frozen = isinstance(last.detector, FrozenEstimator)
    last.detector_ = last.detector if frozen else clone(last.detector)
    if isinstance(last.mapping, str):
        last.mapping_ = last.mapping
        last.classes_ = np.unique([*MAPPINGS[last.mapping][1], last.others])
    else:
        last.mapping._validate_params()
        last.mapping_ = clone(last.mapping)
        for name, value in learned.items():
            setattr(last.mapping_, name, value)
        last.classes_ = last.mapping_.classes_
    return network_of(last)


def finish_chain(last, network):
    """Give a chain the units of its network, and see that its parts fit together."""
    if not isinstance(last, ActionUnitEmotion):
        return
    last.units_ = np.asarray(network.units_)
    if not isinstance(last.mapping_, str):
        last.mapping_.predict(np.zeros((1, len(last.units_))))


_FORMAT = 1
# Where the classes that a file may name are looked up.
_PACKAGES = (
    *("base", "video", "faces", "preprocess", "interpolate", "flow", "magnify"),
    *("texture", "spotting", "overlay", "deep", "facs"),
)
# Parameters that belong to a machine or a training, not to the model: neither written
# nor, from the file of a stranger, read. A folder for `memory` would hold pickles.
_LOCAL = {
    *("memory", "n_jobs", "verbose", "device", "max_seconds"),
    *("weights", "pretrain_clips", "pretrain_y"),
}
_FAULTS = (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError)
_FITTED = (
    *("outputs_", "classes_", "units_", "_gray"),
    *("history_", "epoch_", "stopped_"),
)


def save_network(model, path, facts):
    """Save a fitted network, alone or behind a `ClipPipeline`, with its facts.

    Neither the state of the optimizer nor what belongs to a machine is saved.
    """
    last = last_step(model)
    network = network_of(last)
    if not isinstance(network, _NetworkEstimator):
        raise TypeError(
            "save_model takes an estimator of mefeat.deep, or an ActionUnitEmotion or "
            f"Pipeline that ends in one, got {type(network).__name__}."
        )
    check_is_fitted(network, "network_")
    header = {
        "format": _FORMAT,
        "version": mefeat.__version__,
        "model": _encode(model, "model"),
        "fitted": {
            name: _encode(getattr(network, name), name)
            for name in _FITTED
            if hasattr(network, name)
        },
        "table": {k: _encode(v, k) for k, v in fitted_chain(last).items()},
        "facts": facts,
    }
    write_tensors(path, network.network_.state_dict(), header)


def load_network(path):
    """Load a network and its facts.

    The file is data: it can name stages and networks of mefeat and their parameters,
    nothing else, and cannot run code.
    """
    tensors, header = read_tensors(path)
    try:
        if header["format"] != _FORMAT:
            raise ValueError(f"format {header['format']!r}, expected {_FORMAT}")
        model = _decode(header["model"])
        last = last_step(model)
        learned = {k: _decode(v) for k, v in header.get("table", {}).items()}
        network = restore_chain(last, learned)
        if not isinstance(network, _NetworkEstimator):
            raise ValueError("it does not end in a network")
        _restore(network, header["fitted"], tensors)
        finish_chain(last, network)
    except _FAULTS as error:
        raise ValueError(f"{path} holds no model of mefeat.deep: {error}") from error
    return model, header.get("facts", {})


def _restore(network, fitted, tensors):
    network._validate_params()
    network._gray = False
    for name, value in fitted.items():
        if name not in _FITTED:
            raise ValueError(f"it sets {name!r}")
        setattr(network, name, _decode(value))
    names = network.units_ if hasattr(network, "units_") else network.classes_
    if len(names) != network.outputs_["n_outputs"]:
        raise ValueError(f"it has {network.outputs_} for {len(names)} names")
    if np.ndim(names) != 1 or len(set(names)) != len(names):
        raise ValueError(f"its classes or units are {np.asarray(names).tolist()}")
    with import_torch().device("meta"):
        # Takes no memory, however large a stranger says that the network is.
        state = network._make(**network.outputs_).state_dict()
    expected, found = _kinds(state), _kinds(tensors)
    for name in sorted(expected.keys() | found.keys()):
        kinds = [kinds.get(name, "none") for kinds in (expected, found)]
        if kinds[0] != kinds[1]:
            raise ValueError(
                f"its tensors are not those of the network: {name!r} must be "
                "{}, got {}".format(*kinds)
            )
    check_finite(tensors, "it")
    module = network._make(**network.outputs_)
    module.load_state_dict(tensors)
    network.network_ = module.eval()


def _kinds(tensors):
    return {name: f"{tuple(t.shape)} {t.dtype}" for name, t in tensors.items()}


def _encode(value, name):
    """Turn a part of a model into what JSON can hold."""
    if isinstance(value, Pipeline):
        return {"pipeline": _encode(list(value.steps), name)}
    if isinstance(value, FrozenEstimator):
        return {"frozen": _encode(value.estimator, name)}
    if isinstance(value, BaseEstimator):
        kind = type(value)
        package = f"{kind.__module__}.".split(".")[1]
        title = f"{package}.{kind.__name__}"
        if _find(title) is not kind:
            raise TypeError(f"{name} is a {kind.__name__}, which cannot be saved so.")
        parameters = value.get_params(deep=False).items()
        return {
            "class": title,
            "parameters": {
                k: _encode(v, f"{name}.{k}") for k, v in parameters if k not in _LOCAL
            },
        }
    if isinstance(value, tuple):
        return {"tuple": [_encode(v, name) for v in value]}
    if isinstance(value, dict):
        return {"dict": {str(k): _encode(v, name) for k, v in value.items()}}
    if isinstance(value, list):
        return [_encode(v, name) for v in value]
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufUO":
        return {"array": _encode(value.tolist(), name), "kind": value.dtype.kind}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{name} is a {type(value).__name__}, which cannot be saved.")


def _decode(value):
    if isinstance(value, list):
        return [_decode(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "pipeline" in value:
        return Pipeline([tuple(step) for step in _decode(value["pipeline"])])
    if "frozen" in value:
        return FrozenEstimator(_decode(value["frozen"]))
    if "tuple" in value:
        return tuple(_decode(value["tuple"]))
    if "dict" in value:
        return {k: _decode(v) for k, v in value["dict"].items()}
    if "array" in value:
        kinds = {"b": bool, "i": int, "u": int, "f": float, "U": str, "O": object}
        return np.array(_decode(value["array"]), dtype=kinds[value["kind"]])
    kind = _find(value["class"])
    if kind is None:
        raise ValueError(f"it names {value['class']!r}, which is no part of a model")
    parameters = value["parameters"].items()
    return kind(**{k: _decode(v) for k, v in parameters if k not in _LOCAL})


def _find(name):
    """Get the public stage, network or part of a chain of a name, or None."""
    package, _, title = name.partition(".")
    if package not in _PACKAGES or not title.isidentifier() or title.startswith("_"):
        return None
    try:
        kind = getattr(importlib.import_module(f"mefeat.{package}"), title, None)
    except ModuleNotFoundError:
        return None
    parts = (
        *(Stage, ClipPipeline, _NetworkEstimator),
        *(ActionUnitEmotion, CooccurrenceTable),
    )
    return kind if isinstance(kind, type) and issubclass(kind, parts) else None
