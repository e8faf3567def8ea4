"""Options of `mefeat evaluate`, also from `mefeat.toml`."""

import argparse
import sys
import tomllib
from pathlib import Path

from mefeat._environment import n_jobs
from mefeat.flow import SOLVERS
from mefeat.harness import _datasets as datasets
from mefeat.harness import _methods as methods
from mefeat.model_selection import CLASSIFIERS

CONFIG = Path("mefeat.toml")
SELECTIONS = ("nested", "oracle")
TABLES = ("data", "evaluate")


class SettingsError(ValueError):
    """The settings file does not hold what it should."""


def parse(argv=None):
    """Read arguments, those of the settings file before those of the command line."""
    parser = _parser()
    argv = sys.argv[1:] if argv is None else argv
    given = parser.parse_args(argv)
    try:
        folders, arguments = _settings(parser, given.config)
    except SettingsError as error:
        parser.error(str(error))
    options = parser.parse_args([*arguments, *argv])
    options.data = folders | dict(given.data)
    options.classes = {None: "own"} | dict(options.classes)
    _complete(parser, options)
    return options


def _parser():
    parser = argparse.ArgumentParser(
        prog="mefeat evaluate",
        description="Judge methods on datasets, and print tables of their scores.",
        epilog="Options may stand in mefeat.toml, in the working directory, but for "
        "--scheduler and --config. Exit status: 0 if all went well, 1 if methods were "
        "left out since they do not suit the data, 2 for errors, 130 if interrupted.",
    )
    _add_data(parser.add_argument_group("what is judged"))
    _add_protocol(parser.add_argument_group("how"))
    _add_run(parser.add_argument_group("the run"))
    return parser


def _add_data(group):
    group.add_argument(
        "--data",
        nargs="+",
        type=_pair,
        default=[],
        metavar="NAME=FOLDER",
        help="databases that you have, such as casme2=/data/CASME2",
    )
    group.add_argument(
        "--datasets",
        nargs="+",
        metavar="NAME",
        help="which to judge on (default: all of --data, and the composite where its "
        "parts are there; without --data the generated ones: "
        f"{', '.join(datasets.SYNTHETIC)})",
    )
    group.add_argument(
        "--methods",
        nargs="+",
        metavar="NAME",
        choices=["all", *methods.NAMES],
        default=methods.DEFAULT,
        help=f"of {', '.join(methods.NAMES)}, or all, which leaves the networks out",
    )
    group.add_argument(
        "--classes",
        nargs="+",
        type=_classes,
        default=[],
        metavar="[NAME=]CLASSES",
        help=f"{', '.join(datasets.CLASSES)} (default: own), for all datasets or as "
        "casme2=five for one",
    )
    group.add_argument(
        "--crop",
        choices=datasets.CROPS,
        default="landmarks",
        help="how faces of --data are cut out; none for frames that are cropped",
    )
    group.add_argument(
        "--baseline",
        choices=methods.BASELINES,
        default="none",
        help="what rows are relative to",
    )
    group.add_argument(
        "--solver",
        choices=[methods.OWN_SOLVER, *SOLVERS],
        default="dis",
        help="of the optical flow; with 'paper' methods keep theirs, and all frames",
    )


def _add_protocol(group):
    group.add_argument(
        "--protocol",
        choices=datasets.ALL_PROTOCOLS,
        default="loso",
        help=f"(default: loso) {', '.join(datasets.ACROSS)} need several --data; "
        f"{datasets.UNITS} judges action units, so no SMIC can be among them",
    )
    group.add_argument(
        "--test-databases",
        nargs="+",
        metavar="NAME",
        help="what the protocol cross_database holds out",
    )
    group.add_argument("--selection", choices=SELECTIONS, default="nested")
    group.add_argument(
        "--transductive",
        action="store_true",
        help="fit what learns features to all clips, without their classes, marked in "
        "every table",
    )
    group.add_argument("--classifier", choices=CLASSIFIERS, default="svm")
    group.add_argument("--grid", choices=methods.GRIDS)
    group.add_argument("--seed", type=_seed, default=0)


def _add_run(group):
    group.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="for results, predictions and report.html; what is finished there is "
        "taken, so that the same command goes on after it was ended",
    )
    group.add_argument("--n-jobs", type=n_jobs, default=-1, help="default: all cores")
    group.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster")
    group.add_argument("--quick", action="store_true", help="few small clips, seconds")
    group.add_argument(
        "--dry-run",
        action="store_true",
        help="tell clips, frames, hours and bytes that a run would take",
    )
    group.add_argument(
        "--compare",
        nargs=2,
        type=Path,
        metavar=("A", "B"),
        help="compare the results in two folders instead",
    )
    group.add_argument("--config", type=Path, metavar="FILE", help=f"{CONFIG}")


def _pair(text):
    name, separator, folder = text.partition("=")
    if not separator or not folder:
        raise argparse.ArgumentTypeError(f"expected NAME=FOLDER, got {text!r}")
    return name, _folder(folder)


def _folder(text):
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise argparse.ArgumentTypeError(f"{text}: nobody has this home") from None


def _seed(text):
    number = int(text)
    if not 0 <= number < 2**32:
        raise argparse.ArgumentTypeError(f"expected 0 to 2**32 - 1, got {number}")
    return number


_seed.__name__ = "int"  # how argparse names it


def _classes(text):
    name, separator, classes = text.rpartition("=")
    if classes not in datasets.CLASSES or bool(separator) != bool(name):
        raise argparse.ArgumentTypeError(
            f"expected one of {', '.join(datasets.CLASSES)}, or NAME= and one of them, "
            f"got {text!r}"
        )
    return name or None, classes


def _settings(parser, path):
    """Read the file: folders of databases, and arguments that its options stand for."""
    if path is None:
        if not CONFIG.exists():
            return {}, []
        path = CONFIG
    try:
        if not path.is_file():
            raise SettingsError("must be a file" if path.exists() else "is no file")
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
        for name, table in settings.items():
            if name not in TABLES:
                raise SettingsError(
                    f"[{name}] is none of the tables {', '.join(TABLES)}"
                )
            if not isinstance(table, dict):
                raise SettingsError(f"{name} must be a table, [{name}], got {table!r}")
        folders = _folders(settings.get("data", {}), path.parent)
        return folders, list(_arguments(parser, settings.get("evaluate", {})))
    except RecursionError:
        raise SettingsError(f"{path}: lists within lists within lists") from None
    except (OSError, ValueError, argparse.ArgumentTypeError) as error:
        raise SettingsError(f"{path}: {error}") from error


def _folders(table, where):
    """Get the folder of each database; folders are relative to where the file lies."""
    if not all(isinstance(folder, str) and folder for folder in table.values()):
        raise SettingsError('[data] must hold lines such as casme2 = "/data/CASME2"')
    return {name: where / _folder(folder) for name, folder in table.items()}


def _arguments(parser, table):
    """Yield the arguments that settings stand for."""
    for name, value in table.items():
        option = f"--{name.replace('_', '-')}"
        action = parser._option_string_actions.get(option)
        if action is None or option == "--help":
            raise SettingsError(f"[evaluate]: no option is named {name!r}")
        # A scheduler can make the programs that it serves run anything.
        if name in ("scheduler", "config"):
            raise SettingsError(
                f"[evaluate]: {name} can be given on the command line alone"
            )
        if action.nargs == 0:
            if not isinstance(value, bool):
                raise SettingsError(f"[evaluate]: {name} must be true or false")
            yield from [option] * value
            continue
        values = value if isinstance(value, list) and action.nargs else [value]
        for one in values:
            if isinstance(one, bool) or not isinstance(one, str | int):
                raise SettingsError(f"[evaluate]: {name} cannot be {one!r}")
            if isinstance(one, str) and one.startswith("-"):
                raise SettingsError(f"[evaluate]: {name} holds {one!r}, no value")
        if len(values) == 1:
            yield f"{option}={values[0]}"
        else:
            yield from [option, *map(str, values)]


def _complete(parser, options):
    """Fill in what depends on other options, and refuse what does not fit."""
    if options.grid is None:
        options.grid = "quick" if options.quick else "default"
    if "all" in options.methods:
        options.methods = list(methods.HANDCRAFTED)
    if options.compare is not None:
        return
    _complete_datasets(parser, options)
    _check_classes(parser, options)
    _check_test_databases(parser, options)
    if options.protocol == datasets.UNITS:
        _refuse_for_units(parser, options)
    faults = [_fault(name, options) for name in options.methods]
    if all(faults):  # the others are left out, by their names
        parser.error(faults[0])


def _fault(name, options):
    try:
        methods.estimator(name, options)
    except ValueError as error:
        return str(error)
    return None


def _check_classes(parser, options):
    """See that the classes asked for are those of the databases asked for."""
    parts = [p for name in options.datasets for p in datasets.parts_of(name, options)]
    for name in options.classes:
        if name is not None and name not in parts:
            parser.error(f"--classes: {name!r} is none of {', '.join(parts)}")
    for name in dict.fromkeys(parts):
        asked, there = datasets.classes_of(name, options), datasets.class_maps(name)
        if asked not in there:
            parser.error(
                f"--classes: {name} has {' and '.join(there)}, not {asked}: choose for "
                f"each, such as {name}={there[-1]}"
            )


def _check_across(parser, options):
    """Refuse a protocol across databases where there are none, before all others."""
    several = "several databases, at least two --data NAME=FOLDER"
    if options.protocol not in datasets.ACROSS:
        return
    if len(options.data) < 2 and datasets.COMPOSITE not in options.data:
        got = ", ".join(options.data) or "none"
        parser.error(f"--protocol {options.protocol} needs {several}, got {got}")
    if options.protocol != datasets.UNITS:
        return
    without = [name for name in options.data if name in datasets.WITHOUT_UNITS]
    if without:
        parser.error(
            f"--protocol {datasets.UNITS} judges action units, which {without[0]} does "
            f"not have: it needs {several}, without {', '.join(without)}"
        )


def _check_test_databases(parser, options):
    given, known = options.test_databases, {*options.data, *datasets.PARTS}
    if options.protocol != "cross_database":
        if given is not None:
            parser.error("--test-databases goes with --protocol cross_database alone")
    elif given is None:
        parser.error("--protocol cross_database needs --test-databases")
    elif strange := [name for name in given if name not in known]:
        parser.error(f"--test-databases: {strange[0]!r} is none of --data")


def _refuse_for_units(parser, options):
    """Refuse what the protocol of action units does not do, instead of ignoring it."""
    given = ["--classes"] if set(options.classes.values()) != {"own"} else []
    given += [name for name in options.methods if name in methods.NETWORKS]
    if given:
        parser.error(f"--protocol {datasets.UNITS} does not go with {given[0]}")


def _check_out(parser, options):
    """Refuse to write where a database lies."""
    for name, root in options.data.items():
        if options.out is not None and options.out.resolve() == root.resolve():
            parser.error(f"--out {options.out} is the folder of {name}: give another")


def _complete_datasets(parser, options):
    for name in options.data:
        if name not in datasets.known_databases():
            known = ", ".join(datasets.known_databases())
            parser.error(f"--data: {name!r} is none of {known}")
    _check_out(parser, options)
    _check_across(parser, options)
    if options.datasets is None:
        options.datasets = datasets.default_names(options)
    offered = datasets.offered(options)
    for name in options.datasets:
        if name not in offered:
            parser.error(
                f"--datasets: {name!r} is none of {', '.join(offered)}; tell where a "
                "database lies by --data NAME=FOLDER"
            )
    across = {datasets.POOLED, datasets.COMPOSITE}
    if options.protocol in datasets.ACROSS and set(options.datasets) - across:
        parser.error(
            f"--protocol {options.protocol} is for several databases: --datasets "
            f"{datasets.POOLED}"
        )
