"""What options mean that several commands have."""

import argparse
import ast
import math
import os
from contextlib import contextmanager
from pathlib import Path

from mefeat.cli.errors import CommandError, say


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
        "named and laid out like the videos",
    },
    "--no-crop": {
        "action": "store_true",
        "help": "the frames are cropped faces already",
    },
    "--on-missing": {
        "choices": ("raise", "interpolate", "drop"),
        "help": "what to do with frames without a face: stop, fill in their landmarks, "
        "or leave them out (default: stop, or what the model was trained with)",
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
    "--debug": {
        "action": "store_true",
        "help": "show where in the program an error comes from",
    },
}
_SHORT = {"--output": ["-o"]}

# The least and the most of every option that is a number.
LIMITS = {
    "alpha": (0, 1000),
    "cutoff": (0, 10_000),
    "face": (1, 1000),
    "faces": (32, 4096),
    "fps": (0.01, 1e6),
    "high": (0, 1e6),
    "low": (0, 1e6),
    "min_z": (0, 1000),
    "n_jobs": (-256, 256),
    "per_class": (1, 10_000),
    "scale": (0.01, 1000),
    "seed": (0, 2**32 - 1),
    "subjects": (1, 10_000),
    "threshold": (0, 1000),
}
_WORDS = {"threshold": "auto"}


def check_numbers(arguments):
    """Refuse numbers beyond their limits, whichever command they are for.

    Parameters
    ----------
    arguments : Namespace
        Options of a command.

    Raises
    ------
    CommandError
        If a number is not finite or beyond its limits.
    """
    for name, (low, high) in LIMITS.items():
        given = getattr(arguments, name, None)
        if given is None or given == _WORDS.get(name):
            continue
        try:
            value = float(given)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            word = f"{_WORDS[name]} or " if name in _WORDS else ""
            raise CommandError(
                f"--{name.replace('_', '-')} must be {word}from {low:.12g} to "
                f"{high:.12g}, got {given}."
            )
        if isinstance(given, str):
            setattr(arguments, name, value)


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
    if not found or "__" not in name.strip("_"):
        raise CommandError(f"--set takes STEP__NAME=VALUE, got {text!r}.")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return name, value


def set_on_missing(model, arguments):
    """Hand ``--on-missing`` to the step of a model that finds landmarks.

    Parameters
    ----------
    model : estimator
        A model with a ClipPipeline at its head.
    arguments : Namespace
        With `on_missing`.

    Raises
    ------
    CommandError
        If it is given, and there is no such step.
    """
    from mefeat.cli.found import head_of
    from mefeat.faces import FaceLandmarks

    if arguments.on_missing is None:
        return
    head = head_of(model)
    steps = [] if head is None else head.steps
    steps = [step[1] if isinstance(step, tuple) else step for step in steps]
    steps = [step for step in steps if isinstance(step, FaceLandmarks)]
    if not steps:
        raise CommandError(
            "--on-missing is about landmarks, but no step here looks for any."
        )
    for step in steps:
        step.set_params(on_missing=arguments.on_missing)


def check_output(path, suffixes, option="--output"):
    """Find out before the work whether its result can be written.

    Parameters
    ----------
    path : Path or None
        Value of the option; None is not looked at.
    suffixes : iterable of str
        Ends that its name may have.
    option : str, default="--output"
        The option.

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
    place = Path(os.path.realpath(path))
    if not place.parent.is_dir():
        raise CommandError(f"the folder {place.parent} does not exist.")
    if (
        (place.exists() and not (place.is_file() and os.access(place, os.W_OK)))
        or not os.access(place.parent, os.W_OK)
        or place.is_symlink()
    ):
        raise CommandError(f"{path} cannot be written.")


def check_places(outputs, sources):
    """See that no output is another one, or anything that is read.

    Parameters
    ----------
    outputs : dict of str to (Path or None)
        Files to write, by their options.
    sources : iterable of (Path, ClipFile or None)
        What is to be read: files, folders with all that lies in them, clips.

    Raises
    ------
    CommandError
        If one is, through links of any kind as well.
    """
    outputs = {option: path for option, path in outputs.items() if path is not None}
    taken = {}
    for option, path in outputs.items():
        other = taken.setdefault(os.path.realpath(path), option)
        other = taken.setdefault(_identity(path) or option, other)
        if other != option:
            raise CommandError(f"{other} and {option} would write one file, {path}.")
    read = [path for source in sources for path in _files_of(source)]
    folders = {os.path.realpath(path.parent) for path in read if _is_image(path)}
    for option, path in outputs.items():
        if _is_image(path) and os.path.dirname(os.path.realpath(path)) in folders:
            raise CommandError(
                f"{option} {path} would become one of the frames that are read: give "
                "another folder."
            )
    for path in read:
        option = taken.get(_identity(path))
        if option is not None:
            raise CommandError(
                f"{option} {outputs[option]} is what to read: give another {option}."
            )


def _identity(path):
    """Tell files apart, whatever their names; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_image(path):
    from mefeat.video.folders import is_image

    return is_image(path.name)


def _files_of(source):
    if source is None:
        return []
    if isinstance(source, Path):
        return list(source.iterdir()) if source.is_dir() else [source]
    paths = [source.path] if isinstance(source.path, Path) else list(source.path)
    landmarks = getattr(source, "landmarks", None)
    if isinstance(landmarks, str | Path):
        paths.append(Path(landmarks))
    return paths


@contextmanager
def outputs_of(arguments):
    """Move what is written in the block to its places at the end, all or none.

    Parameters
    ----------
    arguments : Namespace
        Gets `written`, the files that are in their places.

    Yields
    ------
    None
        Nothing.
    """
    from mefeat.base import moved_together

    with moved_together() as arguments.written:
        yield


def check_cache(path):
    """Find out before the work whether a folder can be a cache.

    Parameters
    ----------
    path : Path or None
        Value of ``--cache``.

    Returns
    -------
    str or None
        The folder, which now exists.

    Raises
    ------
    CommandError
        If it is no folder, or cannot be made or written to.
    """
    if path is None:
        return None
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"--cache {path} is no folder: {error.strerror}.") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise CommandError(f"--cache {path} cannot be written to.")
    return str(path)


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
        say(error)
        say("going on with the box of a face detector, without alignment")
        return False
    return True
