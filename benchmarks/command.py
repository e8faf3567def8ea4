"""What the scripts beside this have in common: which tables, how much, where to."""

import argparse
import json
from pathlib import Path

from mefeat.base._files import whole_file
from mefeat.evaluation import environment


def table_parser(script, tables, *, quick="small sizes, seconds", full=None):
    """Make a parser for a script that prints tables.

    Parameters
    ----------
    script : str
        Name of the module in `benchmarks`.
    tables : iterable of str
        What can be asked for.
    quick : str, default="small sizes, seconds"
        What `--quick` means.
    full : str, optional
        What `--full` means, which does not go with it; without this there is none.

    Returns
    -------
    ArgumentParser
        Gives `names`, those that are asked for or all; `quick`, whether that is to take
        seconds; `full`, if there is one; and `out`, a folder or None.
    """
    names = list(tables)

    def known(name):
        if name not in names:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(names)}")
        return name

    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{script}")
    parser.add_argument(
        "names",
        nargs="*",
        type=known,
        default=names,
        metavar="NAME",
        help=f"of {', '.join(names)}; all by default",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help=quick)
    if full is not None:
        size.add_argument("--full", action="store_true", help=full)
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="for the tables as JSON"
    )
    return parser


def write_tables(folder, name, **content):
    """Write tables as JSON, with versions, if there is a folder.

    Parameters
    ----------
    folder : Path or None
        The folder; made if it does not exist.
    name : str
        Name of the file.
    **content
        What is in it.
    """
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / name) as part:
        text = json.dumps({**content, **environment()}, indent=1, default=str)
        part.write_text(text, encoding="utf-8")
