"""What options mean that several commands have."""

import ast
import os
import sys

from mefeat.cli.errors import CommandError


def find_method(name, *, networks=False):
    """Get a method by its name.

    Parameters
    ----------
    name : str
        Value of ``--method``.
    networks : bool, default=False
        Whether networks that predict classes count as well.

    Returns
    -------
    Method
        The method.

    Raises
    ------
    CommandError
        If there is none of this name.
    """
    from mefeat.methods import DEEP, METHODS

    known = dict(METHODS)
    if networks:
        known |= {k: m for k, m in DEEP.items() if m.predicts == "classes"}
    if name not in known:
        raise CommandError(
            f"there is no method {name!r}; there are {', '.join(known)}."
        )
    return known[name]


def crop_of(method, arguments):
    """Tell how faces are to be cut out.

    Parameters
    ----------
    method : Method
        The method.
    arguments : Namespace
        With `no_crop`, and `landmarks` if the command has that option.

    Returns
    -------
    bool or "box"
        As for `Method.pipeline`.

    Raises
    ------
    CommandError
        If the method needs landmarks, and they can neither be found nor are given.
    """
    crop = not arguments.no_crop
    if crop and getattr(arguments, "landmarks", None) is None:
        return _crop_without_landmarks(method)
    return crop


def parse_changes(texts):
    """Read the values of ``--set``.

    Parameters
    ----------
    texts : list of str
        Each as STEP__NAME=VALUE.

    Returns
    -------
    dict
        Values by name, as for `set_params`.

    Raises
    ------
    CommandError
        If one is written otherwise.
    """
    return dict(_parse_change(text) for text in texts)


def _crop_without_landmarks(method):
    """Use the detector's box, and say so, where landmarks cannot be found."""
    from mefeat.faces.models import find_landmark_model, import_dlib

    try:
        import_dlib()
        find_landmark_model()
        return True
    except (ImportError, OSError) as error:
        if "landmarks" in method.needs:
            raise CommandError(error) from None
        print(
            f"mefeat: {error}\nmefeat: going on with the box of a face detector, "
            "without alignment",
            file=sys.stderr,
        )
        return "box"


def _parse_change(text):
    name, found, value = text.partition("=")
    if not found:
        raise CommandError(f"--set takes STEP__NAME=VALUE, got {text!r}.")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, value


def check_output(path, suffixes):
    """Find out before the work whether its result can be written.

    Parameters
    ----------
    path : Path
        Value of ``--output``.
    suffixes : iterable of str
        Ends that its name may have.

    Raises
    ------
    CommandError
        If it cannot.
    """
    if path.suffix not in suffixes:
        raise CommandError(
            f"--output must end in {', '.join(suffixes)}, got {path.name!r}."
        )
    if not path.parent.is_dir():
        raise CommandError(f"the folder {path.parent} does not exist.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise CommandError(f"{path} cannot be written.")
