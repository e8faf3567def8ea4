"""Weights to start from, out of files of the user."""

from mefeat.deep.tensors import check_finite, read_tensors


def load_weights(network, path):
    """Load the tensors that a file has for a network or for its backbone.

    Parameters
    ----------
    network : torch.nn.Module
        The network.
    path : path
        A safetensors file: one that `save_model` wrote, or one of the backbone alone,
        with names as in torchvision.

    Raises
    ------
    ValueError
        If nothing in the file fits, a layer before the last is missing, a shape is
        another one, or a weight is NaN or infinite.

    Notes
    -----
    The layers that give the scores stay as they are where the number of classes is
    another, or the file has none.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from torch import nn
    >>> from mefeat.deep.tensors import write_tensors
    >>> path = Path(tempfile.mkdtemp()) / "weights.safetensors"
    >>> write_tensors(path, nn.Linear(2, 1).state_dict(), {})
    >>> load_weights(nn.Linear(3, 1), path)
    Traceback (most recent call last):
    ValueError: ... 0 are missing [], 1 have another shape ['weight'].
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
