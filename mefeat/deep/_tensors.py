"""Tensors: checks of torch, of devices and of weights read from files."""

import hashlib
import importlib
import json
from pathlib import Path

from mefeat.base._files import whole_file


def import_torch():
    """Import torch, or say how to get it."""
    return _import("torch")


def import_skorch():
    """Import skorch, which trains, or say how to get it."""
    import_torch()
    return _import("skorch")


def import_safetensors():
    """Import what reads and writes files of tensors, or say how to get it."""
    import_torch()
    return _import("safetensors.torch")


def choose_device(name):
    """Choose where to compute."""
    torch = import_torch()
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    # torch built without CUDA fails an assertion.
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ValueError(f"there is no device {name!r} here: {error}") from error
    return device


def _import(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise ImportError(
            f"the networks of mefeat.deep need {package}, which is not installed: "
            "`pip install 'mefeat[deep]'` brings it."
        ) from error


SUFFIX = ".safetensors"
_KEY = "mefeat"
_SUM = "sha256"


def write_tensors(path, tensors, header):
    """Write tensors and a header into one file, whole or not at all."""
    save = import_safetensors().save
    path = _checked(path)
    # Tensors must neither overlap nor lie on a device that a reader may lack.
    tensors = {
        name: tensor.detach().to("cpu", copy=True).contiguous()
        for name, tensor in tensors.items()
    }
    text = json.dumps(header)
    sums = {_KEY: text, _SUM: _checksum(tensors, text)}
    # Written by itself, it raises errors of its own for what a disk does.
    data = save(tensors, metadata=sums)
    with whole_file(path) as part:
        part.write_bytes(data)


def read_tensors(path):
    """Read tensors and the header of a file."""
    torch_io = import_safetensors()
    path = _checked(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}.")
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as opened:
            metadata = opened.metadata() or {}
        text = metadata.get(_KEY, "{}")
        tensors = torch_io.load_file(path)
        header = json.loads(text)
    except (SafetensorError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no readable safetensors file: {error}") from error
    if not isinstance(header, dict):
        raise ValueError(f"{path} has a header that is no table: {text[:60]}")
    if _SUM in metadata and metadata[_SUM] != _checksum(tensors, text):
        raise ValueError(
            f"{path} is damaged or was changed: its checksum is not that of its "
            "tensors and header."
        )
    return tensors, header


def check_finite(tensors, path):
    """Check that there is no NaN or infinity among the tensors of a file."""
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise ValueError(f"{path} holds NaN or infinity in its tensor {name!r}.")


def _checksum(tensors, text):
    found = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.reshape(-1).view(import_torch().uint8).numpy())
    return found.hexdigest()


def _checked(path):
    path = Path(path)
    if path.suffix != SUFFIX:
        raise ValueError(
            f"tensors are kept in files *{SUFFIX}, got {path.name!r}: other formats of "
            "weights are pickles, which can run code."
        )
    return path


def load_weights(network, path):
    """Load the tensors that a file has for a network or for its backbone.

    Notes
    -----
    The layers that give the scores stay as they are where the number of classes is
    another, or the file has none.
    """
    tensors, _ = read_tensors(path)
    own = network.state_dict()
    found = {name: tensors[name] for name in own if name in tensors}
    for name in own:
        short = name.removeprefix("backbone.")
        if name not in found and short in tensors:
            found[name] = tensors[short]
    # What the network learns anew whatever the file holds.
    heads = tuple(getattr(network, "heads", ("output",)))
    bad = [n for n, t in found.items() if t.shape != own[n].shape]
    wrong = [n for n in bad if not n.startswith(heads)]
    lacking = [
        n
        for n in own
        if n not in found
        and not n.startswith(heads)
        and not n.endswith("num_batches_tracked")
    ]
    if wrong or lacking:
        raise ValueError(
            f"{path} does not fit the network: of {len(own)} tensors {len(lacking)} "
            f"are missing {lacking[:3]}, {len(wrong)} have another shape {wrong[:3]}."
        )
    check_finite(found, path)
    fitting = {n: t for n, t in found.items() if n not in bad}
    network.load_state_dict(fitting, strict=False)
