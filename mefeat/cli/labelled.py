"""From the name of a dataset on the command line to labelled clips."""

from pathlib import Path

from mefeat.cli.errors import CommandError
from mefeat.cli.units import LEARNED

SYNTHETIC = "synthetic"


def load_labelled(dataset, arguments):
    """Load a dataset.

    Parameters
    ----------
    dataset : str
        "synthetic", the name of a database, a table .csv or .xlsx, or a folder.
    arguments : Namespace
        With `data`, `version`, `sheet`, `classes`, `pattern`, `seed`, `subjects`,
        `per_class`, `units`, `mapping`.

    Returns
    -------
    Bunch
        `clips`, `target`, `target_names`, `groups`.

    Raises
    ------
    CommandError
        If there is no such dataset, or it cannot be loaded.
    """
    from mefeat.datasets import DATABASES, DatasetError
    from mefeat.datasets.sheets import SUFFIXES

    classes = parse_classes(arguments.classes)
    path = Path(dataset)
    try:
        if dataset == SYNTHETIC:
            return _synthetic(arguments)
        if dataset in DATABASES:
            return _database(dataset, arguments, classes)
        if path.suffix.lower() in SUFFIXES and path.is_file():
            return _table(path, classes, _columns(arguments))
        if path.is_dir():
            return _folder(path, arguments.pattern, classes)
    # A table .xlsx may want openpyxl.
    except (DatasetError, ValueError, OSError, ImportError) as error:
        raise CommandError(error) from None
    raise CommandError(
        f"there is no dataset {dataset!r}: give {SYNTHETIC}, a table .csv or .xlsx, a "
        f"folder, or one of {', '.join(DATABASES)}."
    )


def parse_classes(text):
    """Read the value of ``--classes``.

    Parameters
    ----------
    text : str
        Name of a class map, or EMOTION=CLASS,EMOTION=CLASS...

    Returns
    -------
    str or dict of str to str
        The name, or the class of each emotion.

    Raises
    ------
    CommandError
        If it is neither.
    """
    if "=" not in text:
        return text
    pairs = [part.split("=") for part in text.split(",")]
    if any(len(pair) != 2 or not all(map(str.strip, pair)) for pair in pairs):
        raise CommandError(
            "--classes takes the name of a class map or EMOTION=CLASS,EMOTION=CLASS, "
            f"got {text!r}."
        )
    return {emotion.strip(): name.strip() for emotion, name in pairs}


def _synthetic(arguments):
    from mefeat.datasets import make_clips

    # The number of clips at a time is that of `joblib.parallel_config`.
    return make_clips(
        arguments.subjects,
        arguments.per_class,
        color=arguments.color,
        random_state=arguments.seed,
    )


def _database(name, arguments, classes):
    from mefeat.datasets import find_database

    if arguments.data is None:
        raise CommandError(
            f"--data must name the folder into which {name} was unpacked."
        )
    database = find_database(name)
    options = database.options(version=arguments.version, sheet=arguments.sheet)
    return database.load(arguments.data, classes=classes, **options)


def _columns(arguments):
    """List the columns that a table must have for what is to be learned."""
    names = ["path", "subject"]
    if arguments.units is not None:
        names.append("action_units")
    if arguments.units is None or arguments.mapping == LEARNED:
        names.append("label")
    return names


def _table(path, classes, needed):
    from mefeat.datasets import load_folder
    from mefeat.datasets.folder import read_own_table

    table = read_own_table(path, needed)
    missing = set(needed) - set(table.columns)
    if missing:
        raise CommandError(
            f"{path} lacks the column {' and '.join(sorted(missing))}: a row names a "
            f"clip by {', '.join(needed)}, perhaps onset, apex and offset."
        )
    if "label" in table:
        table = path.absolute()
    else:
        # Units are learned without classes.
        table = table.assign(label="unlabelled")
    return load_folder(path.parent, "{path}", table=table, classes=classes)


def _folder(path, pattern, classes):
    from mefeat.datasets import load_folder

    return load_folder(path, pattern, classes=classes)
