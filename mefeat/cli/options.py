"""What options mean that several commands have."""

import argparse
import ast
import os
import sys
from pathlib import Path

from mefeat.cli.errors import CommandError


def n_jobs(text):
    """Read a number of processes, as joblib counts them.

    Parameters
    ----------
    text : str
        What was typed.

    Returns
    -------
    int
        The number; negative ones count from all cores.
    """
    number = int(text)
    if number == 0:
        raise argparse.ArgumentTypeError("0 processes do nothing; -1 is all cores")
    return number


n_jobs.__name__ = "int"  # how argparse names it

_SHARED = {
    "--output": {
        "type": Path,
        "metavar": "FILE",
    },
    "--method": {
        "metavar": "NAME",
        "default": "lbp-top",
        "help": "one of `mefeat methods` (default: %(default)s)",
    },
    "--set": {
        "action": "append",
        "default": [],
        "metavar": "STEP__NAME=VALUE",
        "help": "change a parameter of the method, for example lbptop__grid=(5,5)",
    },
    "--landmarks": {
        "type": Path,
        "metavar": "FILE_OR_FOLDER",
        "help": "your own landmarks, .npy, .npz or .csv; or a folder of files that are "
        "named like the videos",
    },
    "--no-crop": {
        "action": "store_true",
        "help": "the frames are cropped faces already",
    },
    "--fps": {
        "type": float,
        "metavar": "RATE",
        "help": "frames per second, where the footage does not tell or tells it wrong",
    },
    "--n-jobs": {
        "type": n_jobs,
        "default": 1,
        "metavar": "N",
        "help": "processes; -1 is all cores (default: 1)",
    },
    "--cache": {
        "type": Path,
        "metavar": "FOLDER",
        "help": "keep finished rows there, so that an interrupted run can go on",
    },
    "--quiet": {"action": "store_true", "help": "no progress"},
}
_SHORT = {"--output": ["-o"]}


def add_videos(parser):
    """Add the argument that names clips.

    Parameters
    ----------
    parser : ArgumentParser
        Parser of a command.
    """
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="VIDEO_OR_FOLDER",
        help="a video, a folder of frame images (one clip), or a folder of such",
    )


def add_options(parser, *names, **changes):
    """Add options that several commands have.

    Parameters
    ----------
    parser : ArgumentParser
        Parser of a command.
    *names : str
        Options, for example "--quiet".
    **changes
        What is different for this command, for a single option.
    """
    for name in names:
        settings = _SHARED[name] | changes
        parser.add_argument(*_SHORT.get(name, []), name, **settings)


def find_method(name, *, networks=False):
    """Get a method by its name.

    Parameters
    ----------
    name : str
        Value of ``--method``.
    networks : bool, default=False
        Whether networks count as well.

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
        known |= DEEP
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
        return has_landmark_model(needed="landmarks" in method.needs) or "box"
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


def _parse_change(text):
    name, found, value = text.partition("=")
    if not found:
        raise CommandError(f"--set takes STEP__NAME=VALUE, got {text!r}.")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, value


def check_output(path, suffixes, option="--output", sources=()):
    """Find out before the work whether its result can be written.

    Parameters
    ----------
    path : Path or None
        Value of the option; None is not looked at.
    suffixes : iterable of str
        Ends that its name may have.
    option : str, default="--output"
        The option.
    sources : iterable of (Path or None), default=()
        What is to be read, which must not be written over.

    Raises
    ------
    CommandError
        If it cannot.
    """
    if path is None:
        return
    if path.suffix.lower() not in suffixes:
        raise CommandError(
            f"{option} must end in {', '.join(suffixes)}, got {path.name!r}."
        )
    if not path.parent.is_dir():
        raise CommandError(f"the folder {path.parent} does not exist.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise CommandError(f"{path} cannot be written.")
    for source in sources:
        if source is not None and path.exists() and source.exists():
            if path.samefile(source):
                raise CommandError(f"{path} is what to read: give another {option}.")


def check_matplotlib(option):
    """Find out before the work whether matplotlib is there.

    Parameters
    ----------
    option : str
        The option that draws.

    Raises
    ------
    CommandError
        If it is not.
    """
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise CommandError(f"{option} needs matplotlib: pip install 'mefeat[plot]'.")


def has_landmark_model(*, needed=False):
    """Tell whether landmarks can be found, and say so where they cannot.

    Parameters
    ----------
    needed : bool, default=False
        Whether nothing can be done without.

    Returns
    -------
    bool
        Whether they can.

    Raises
    ------
    CommandError
        If they cannot, and are needed.
    """
    from mefeat.faces.models import find_landmark_model, import_dlib

    try:
        import_dlib()
        find_landmark_model()
    except (ImportError, OSError) as error:
        if needed:
            raise CommandError(error) from None
        print(
            f"mefeat: {error}\nmefeat: going on with the box of a face detector, "
            "without alignment",
            file=sys.stderr,
        )
        return False
    return True
