"""Options and errors that several commands share."""

import ast
import math
import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

from mefeat._environment import n_jobs, printable


class CommandError(Exception):
    """What the user asked for cannot be done."""

    def __init__(self, message, status=2):
        super().__init__(reason(message) if isinstance(message, Exception) else message)
        self.status = status


class Terminated(KeyboardInterrupt):
    """The command was told to end, by a signal of this number."""


def say(text):
    """Print a line on standard error, whatever characters are in it."""
    with suppress(OSError):  # it may lie on the disk that is full
        print(f"mefeat: {printable(str(text).strip())}", file=sys.stderr)


def reason(error):
    """Tell in a sentence what an error says."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, MemoryError):
        return f"there is not enough memory. {error}".strip()
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else ""
    text = text or str(error) or type(error).__name__
    notes = "; ".join(getattr(error, "__notes__", []))
    return f"{text} ({notes})" if notes else text


def outcome(model, clip):
    """Predict a clip: its label, its units, and a value for each class or unit."""
    rows = [clip]
    if hasattr(model, "steps"):
        rows, model = model[:-1].transform(rows), model[-1]
    if detector_of(model) is not None:
        return _units(model, rows)
    label = model.predict(rows)[0]
    for name, method in _VALUES.items():
        if not hasattr(model, method):
            continue
        values = getattr(model, method)(rows)[0]
        if values.ndim == 0:
            values = [-values, values]
        if len(values) == len(model.classes_):
            pairs = zip(model.classes_, values, strict=True)
            return {"label": label} | {f"{name} {c}": float(v) for c, v in pairs}
    return {"label": label}


def line(row):
    """Say in a line what was found."""
    head = [str(row["label"])] if "label" in row else []
    if "units" in row:
        head.append(f"objective class {row['objective class']}")
        values = [f"AU{unit} {value:.3g}" for unit, value in unit_values(row).items()]
        return f"{', '.join(head)}  ({', '.join(values) or 'no units'})"
    values = [f"{k.partition(' ')[2]} {v:.3g}" for k, v in list(row.items())[1:]]
    return f"{head[0]}  ({', '.join(values)})" if values else head[0]


def head_of(model):
    """Get the ClipPipeline at the head of Pipelines, or within a detector."""
    while model is not None and not hasattr(model, "stream"):
        if hasattr(model, "named_steps"):
            model = model[0]
        else:
            model = getattr(model, "detector_", getattr(model, "features_", None))
    return model


def detector_of(model):
    """Get the fitted detector of a model of units."""
    last = model[-1] if hasattr(model, "steps") else model
    detector = getattr(last, "detector_", last)
    return detector if hasattr(detector, "units_") else None


def _units(last, rows):
    """Find units, and make an emotion of them if there is a mapping."""
    from mefeat.facs import objective_class

    detector = detector_of(last)
    found = detector.units_[detector.predict(rows)[0]].tolist()
    row = {} if last is detector else {"label": last.predict(rows)[0]}
    row |= {
        "units": "+".join(map(str, found)),
        "objective class": objective_class(found),
    }
    likely = hasattr(detector, "predict_proba")
    name, method = (
        ("probability", "predict_proba")
        if likely
        else ("decision", "decision_function")
    )
    values = getattr(detector, method)(rows)[0].tolist()
    pairs = zip(detector.units_.tolist(), values, strict=True)
    return row | {f"{name} AU{number}": value for number, value in pairs}


def unit_values(row):
    """Get the values of the units that were found."""
    by_unit = {name.partition(" AU")[2]: value for name, value in row.items()}
    return {int(n): by_unit[n] for n in row["units"].split("+") if n}


_VALUES = {"probability": "predict_proba", "decision": "decision_function"}


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
    "--memory": {
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
    """Refuse numbers beyond their limits, whichever command they are for."""
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
    """Add the argument that names clips."""
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="VIDEO_OR_FOLDER",
        help="a video, a folder of frame images (one clip), or a folder of such",
    )


def add_options(parser, *names, **changes):
    """Add options that several commands have."""
    for name in names:
        settings = _SHARED[name] | changes
        parser.add_argument(*_SHORT.get(name, []), name, **settings)


def find_method(name, *, networks=False):
    """Get a method by its name."""
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
    """Tell how faces are to be cut out."""
    crop = not arguments.no_crop
    if crop and getattr(arguments, "landmarks", None) is None:
        return has_landmark_model(needed="landmarks" in method.needs) or "box"
    return crop


def parse_changes(texts):
    """Read the values of ``--set``."""
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
    """Hand ``--on-missing`` to the step of a model that finds landmarks."""
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
    """Find out before the work whether its result can be written."""
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
    """See that no output is another one, or anything that is read."""
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
    from mefeat.video._images import is_image

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
    """Move what is written in the block to its places at the end, all or none."""
    from mefeat.base._files import moved_together

    with moved_together() as arguments.written:
        yield


def check_cache(path):
    """Find out before the work whether a folder can be a cache."""
    if path is None:
        return None
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"--memory {path} is no folder: {error.strerror}.") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise CommandError(f"--memory {path} cannot be written to.")
    return str(path)


def check_matplotlib(option):
    """Find out before the work whether matplotlib is there."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise CommandError(f"{option} needs matplotlib: pip install 'mefeat[plot]'.")


def has_landmark_model(*, needed=False):
    """Tell whether landmarks can be found, and say so where they cannot."""
    from mefeat.faces._detection import find_landmark_model, import_dlib

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
