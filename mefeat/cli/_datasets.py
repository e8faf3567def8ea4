"""The command `mefeat datasets`: list databases, and check a copy of one."""

from pathlib import Path

from mefeat.cli._options import CommandError, add_options


def add_command(commands):
    """Add the command to the parser."""
    datasets = commands.add_parser(
        "datasets", help="list databases, and check a copy of one"
    )
    actions = datasets.add_subparsers(title="commands", metavar="", required=True)
    listed = actions.add_parser("list", help="list the databases that can be loaded")
    listed.set_defaults(run=_list)
    add_options(listed, "--debug")
    check = actions.add_parser(
        "check",
        help="say what of a database is there",
        description="Recognize the databases in a folder, count what is there, and say "
        "what is missing or impossible. The exit status is 0 if all is as it is known "
        "to be, 1 if something differs, 2 if no database is recognized.",
    )
    check.set_defaults(run=_check)
    check.add_argument(
        "root", type=Path, metavar="ROOT", help="folder into which it was unpacked"
    )
    check.add_argument(
        "--database",
        metavar="NAME",
        help="what it is, if that is not recognized: one of `mefeat datasets list`",
    )
    check.add_argument(
        "--version",
        metavar="NAME",
        help="which frames: raw, cropped, ... (default: the first that are there)",
    )
    check.add_argument(
        "--sheet",
        type=Path,
        metavar="FILE",
        help="its coding sheet, if it has an unusual name or place",
    )
    check.add_argument(
        "--all", action="store_true", help="list all problems, not the first 20"
    )
    add_options(check, "--debug")


def _list(arguments):
    from mefeat.datasets import DATABASES

    print(f"{'name':9}  {'subjects':>8}  {'clips':>5}  {'fps':>3}  title")
    for name, database in DATABASES.items():
        numbers = database.subjects, database.clips, database.fps
        cells = ["" if n is None else f"{n:g}" for n in numbers]
        print(
            f"{name:9}  {cells[0]:>8}  {cells[1]:>5}  {cells[2]:>3}  {database.title}"
        )
    return 0


def _check(arguments):
    from mefeat._environment import printable
    from mefeat.datasets import DatasetError
    from mefeat.datasets._checking import check_database, find_database, recognize

    try:
        if arguments.database:
            find_database(arguments.database)
            found = [(arguments.database, arguments.root)]
        else:
            found = recognize(arguments.root)
        if not found:
            raise CommandError(
                f"{arguments.root} looks like no database that is known: give "
                "--database, one of `mefeat datasets list`."
            )
        if arguments.sheet is not None and len(found) > 1:
            raise CommandError(
                f"{arguments.root} holds {', '.join(name for name, _ in found)}: give "
                "--database, the one that --sheet belongs to."
            )
        given = arguments.version, arguments.sheet
        checks = [check_database(root, name, *given) for name, root in found]
    except (DatasetError, ValueError, ImportError) as error:
        raise CommandError(error) from None
    most = None if arguments.all else 20
    lines = "\n\n".join(check.table(most) for check in checks).split("\n")
    print("\n".join(map(printable, lines)))
    return 0 if all(check.fine for check in checks) else 1
