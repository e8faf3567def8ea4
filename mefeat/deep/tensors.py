"""Files of tensors with a JSON header, which cannot hold code: safetensors."""

import hashlib
import json
from pathlib import Path

from mefeat.base import whole_file
from mefeat.deep.needs import import_safetensors, import_torch

SUFFIX = ".safetensors"
_KEY = "mefeat"
_SUM = "sha256"


def write_tensors(path, tensors, header):
    """Write tensors and a header into one file, whole or not at all.

    Parameters
    ----------
    path : path
        The file, which ends in ".safetensors".
    tensors : dict of str to torch.Tensor
        Tensors by name.
    header : dict
        What JSON can hold.

    Raises
    ------
    ValueError
        If the name of the file ends otherwise.

    Examples
    --------
    >>> import tempfile, torch
    >>> path = Path(tempfile.mkdtemp()) / "two.safetensors"
    >>> write_tensors(path, {"a": torch.ones(2)}, {"epoch": 3})
    >>> tensors, header = read_tensors(path)
    >>> tensors["a"].tolist(), header
    ([1.0, 1.0], {'epoch': 3})
    """
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
    """Read tensors and the header of a file.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    tensors : dict of str to torch.Tensor
        Tensors by name, on the CPU.
    header : dict
        The header; empty in files of others.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no such file, or a damaged one.
    """
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
    """Check that there is no NaN or infinity among the tensors of a file.

    Parameters
    ----------
    tensors : dict of str to torch.Tensor
        Tensors by name.
    path : path
        The file, for the message.

    Raises
    ------
    ValueError
        If there is one.
    """
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
