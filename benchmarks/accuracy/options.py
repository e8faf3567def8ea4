"""What the command is asked for: arguments, and those from `mefeat.toml`."""

import argparse
import sys
import tomllib
from pathlib import Path

from benchmarks.accuracy import datasets, methods
from mefeat.evaluation.classifiers import CLASSIFIERS
from mefeat.flow import SOLVERS

CONFIG = Path("mefeat.toml")
SELECTIONS = ("nested", "oracle")


def parse(argv=None):
    """Read arguments, those of the settings file before those of the command line.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments; those of the process by default.

    Returns
    -------
    Namespace
        All options; `data` is a dict from the name of a database to its folder.
    """
    parser = _parser()
    argv = sys.argv[1:] if argv is None else argv
    given = parser.parse_args(argv)
    settings = _settings(parser, given.config)
    arguments = _as_arguments(parser, settings.get("accuracy", {}))
    options = parser.parse_args([*arguments, *argv])
    options.data = settings.get("data", {}) | dict(given.data)
    _complete(parser, options)
    return options


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy",
        description="Judge methods on datasets, and print tables of their scores.",
        epilog="Options may stand in mefeat.toml, in the working directory.",
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
    group.add_argument("--classes", choices=datasets.CLASSES, default="own")
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
    group.add_argument("--protocol", choices=datasets.ALL_PROTOCOLS, default="loso")
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
        help="fit what learns features to all clips, without their classes (‡)",
    )
    group.add_argument("--classifier", choices=CLASSIFIERS, default="svm")
    group.add_argument("--grid", choices=methods.GRIDS)
    group.add_argument("--seed", type=int, default=0)


def _add_run(group):
    group.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="for results, predictions and report.html; what is finished there is "
        "taken, so that the same command goes on after it was ended",
    )
    group.add_argument("--n-jobs", type=_jobs, default=-1, help="default: all cores")
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
    return name, Path(folder).expanduser()


def _jobs(text):
    number = int(text)
    if number == 0:
        raise argparse.ArgumentTypeError("0 processes do nothing; -1 is all cores")
    return number


_jobs.__name__ = "int"  # how argparse names it


def _settings(parser, path):
    """Read the file; folders in it are relative to where it lies."""
    if path is None:
        if not CONFIG.exists():
            return {}
        path = CONFIG
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        parser.error(f"{path}: {error}")
    folders = settings.get("data", {})
    if not all(isinstance(folder, str) for folder in folders.values()):
        parser.error(f'{path}: [data] must hold lines such as casme2 = "/data/CASME2"')
    settings["data"] = {
        name: path.parent / Path(folder).expanduser()
        for name, folder in folders.items()
    }
    return settings


def _as_arguments(parser, settings):
    """Write settings as the arguments they stand for."""
    arguments = []
    for name, value in settings.items():
        option = f"--{name.replace('_', '-')}"
        if option not in parser._option_string_actions:
            parser.error(f"[accuracy] in the settings: no option is named {name!r}")
        if value is True:
            arguments.append(option)
        elif value is not False:
            values = value if isinstance(value, list) else [value]
            arguments += [option, *map(str, values)]
    return arguments


def _complete(parser, options):
    """Fill in what depends on other options, and refuse what does not fit."""
    if options.grid is None:
        options.grid = "quick" if options.quick else "default"
    if "all" in options.methods:
        options.methods = list(methods.HANDCRAFTED)
    if options.compare is not None:
        return
    _complete_datasets(parser, options)
    across = {datasets.POOLED, datasets.COMPOSITE}
    if options.protocol in datasets.ACROSS and set(options.datasets) - across:
        parser.error(
            f"--protocol {options.protocol} is for several databases: --data, and "
            f"--datasets {datasets.POOLED}"
        )
    _check_test_databases(parser, options)
    if options.protocol == datasets.UNITS:
        _refuse_for_units(parser, options)
    try:
        for name in options.methods:
            methods.estimator(name, options)
    except ValueError as error:
        parser.error(str(error))


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
    given = ["--classes"] if options.classes != "own" else []
    given += [name for name in options.methods if name in methods.NETWORKS]
    if given:
        parser.error(f"--protocol {datasets.UNITS} does not go with {given[0]}")


def _complete_datasets(parser, options):
    for name in options.data:
        if name not in datasets.known_databases():
            known = ", ".join(datasets.known_databases())
            parser.error(f"--data: {name!r} is none of {known}")
    if options.datasets is None:
        options.datasets = datasets.default_names(options)
    offered = datasets.offered(options)
    for name in options.datasets:
        if name not in offered:
            parser.error(
                f"--datasets: {name!r} is none of {', '.join(offered)}; tell where a "
                "database lies by --data NAME=FOLDER"
            )
