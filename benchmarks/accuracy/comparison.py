"""Two folders of results, method by method, beside each other."""

import json
from pathlib import Path

from benchmarks.accuracy.datasets import SYNTHETIC
from mefeat.evaluation import compare, load_result
from mefeat.evaluation._results import FILE


class ComparisonError(ValueError):
    """Two folders have no results that can be compared."""


def compare_folders(first, second):
    """Compare the results that two runs have in common.

    A folder may also be that of a single result, so two methods of one run can be
    compared.

    Parameters
    ----------
    first, second : path
        Folders of runs, or of single results, of classes or of action units.

    Returns
    -------
    str
        For each result that is in both, scores, differences and p-values, or why it
        cannot be compared; then what is in one of them alone.

    Raises
    ------
    FileNotFoundError
        If a folder holds no result, or they have none in common.
    ComparisonError
        If none of the results can be compared.
    """
    folders = Path(first), Path(second)
    cells = [_cells(folder) for folder in folders]
    common = [name for name in cells[0] if name in cells[1]]
    if not common:
        raise FileNotFoundError(
            f"{first} and {second} have no result in common: {', '.join(cells[0])}; "
            f"{', '.join(cells[1])}. To compare two methods, name the folders of their "
            "results."
        )
    names, blocks, faults = _names(*folders), [], []
    for name in common:
        title = "" if name == "." else f"{name}\n"
        try:
            results = [load_result(found[name]) for found in cells]
            _check_clips(*(found[name] for found in cells))
            blocks.append(f"{title}{compare(*results, names=names)}")
        except (ValueError, TypeError) as error:
            faults.append(f"{title}not compared: {error}")
    if not blocks:
        raise ComparisonError("\n\n".join(faults))
    alone = [
        f"only in {folder}: {', '.join(left)}"
        for folder, found in zip(folders, cells, strict=True)
        if (left := [name for name in found if name not in common])
    ]
    return "\n\n".join([*blocks, *faults, *alone])


def _cells(folder):
    """Find results by their place in the folder."""
    found = {
        str(path.parent.relative_to(folder)): path.parent
        for path in sorted(folder.glob(f"**/{FILE}"))
    }
    if not found:
        raise FileNotFoundError(f"{folder} holds no {FILE}.")
    return found


def _check_clips(*folders):
    """Check that both results are of the same dataset, as far as folders tell.

    Generated clips are as many, of the same subjects and classes, in all of them.
    """
    first, second = map(_clips_of, folders)
    if None not in (first, second) and first != second:
        raise ValueError(
            f"the results must be of the same clips, got {first} and {second}."
        )


def _clips_of(folder):
    try:
        asked = json.loads((folder / "request.json").read_text(encoding="utf-8"))
        dataset, seed = asked["dataset"], asked["seed"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return f"{dataset}, seed {seed}" if dataset in SYNTHETIC else dataset


def _names(first, second):
    names = (first.name, second.name)
    return names if names[0] != names[1] else (str(first), str(second))
