"""Files of tensors with a JSON header, which cannot hold code: safetensors."""

import json
from pathlib import Path

from mefeat.base import whole_file
from mefeat.deep.needs import import_safetensors

SUFFIX = ".safetensors"
_KEY = "mefeat"


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
    # Written by itself, it raises errors of its own for what a disk does.
    data = save(tensors, metadata={_KEY: json.dumps(header)})
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
        If it is no such file.
    """
    torch_io = import_safetensors()
    path = _checked(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}.")
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as opened:
            text = (opened.metadata() or {}).get(_KEY, "{}")
        tensors = torch_io.load_file(path)
        header = json.loads(text)
    except (SafetensorError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no readable safetensors file: {error}") from error
    if not isinstance(header, dict):
        raise ValueError(f"{path} has a header that is no table: {text[:60]}")
    return tensors, header


def _checked(path):
    path = Path(path)
    if path.suffix != SUFFIX:
        raise ValueError(
            f"tensors are kept in files *{SUFFIX}, got {path.name!r}: other formats of "
            "weights are pickles, which can run code."
        )
    return path
