"""Finding torch and what goes with it, which only this package needs, and a device."""

import importlib


def import_torch():
    """Import torch, or say how to get it.

    Returns
    -------
    module
        The module `torch`.

    Raises
    ------
    ImportError
        If torch is not installed.

    Examples
    --------
    >>> import_torch().zeros(2).tolist()
    [0.0, 0.0]
    """
    return _import("torch")


def import_skorch():
    """Import skorch, which trains, or say how to get it.

    Returns
    -------
    module
        The module `skorch`.

    Raises
    ------
    ImportError
        If torch or skorch is not installed.

    Examples
    --------
    >>> import_skorch().NeuralNet.__name__
    'NeuralNet'
    """
    import_torch()
    return _import("skorch")


def import_safetensors():
    """Import what reads and writes files of tensors, or say how to get it.

    Returns
    -------
    module
        The module `safetensors.torch`.

    Raises
    ------
    ImportError
        If torch or safetensors is not installed.

    Examples
    --------
    >>> import_safetensors().__name__
    'safetensors.torch'
    """
    import_torch()
    return _import("safetensors.torch")


def choose_device(name):
    """Choose where to compute.

    Parameters
    ----------
    name : str
        "auto" for a GPU of CUDA if there is one and the CPU otherwise, or a name that
        torch knows, as "cpu" or "cuda:1".

    Returns
    -------
    torch.device
        The device.

    Raises
    ------
    ValueError
        If there is no such device.

    Examples
    --------
    >>> choose_device("cpu").type
    'cpu'
    """
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
