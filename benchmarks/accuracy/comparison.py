"""Two folders of results, method by method, beside each other."""

from pathlib import Path

from mefeat.evaluation import Evaluation, compare

CELL = "result.json"


def compare_folders(first, second):
    """Compare the results that two runs have in common.

    A folder may also be that of a single result, so two methods of one run can be
    compared.

    Parameters
    ----------
    first, second : path
        Folders of runs, or of single results.

    Returns
    -------
    str
        For each result that is in both, scores, differences and p-values.

    Raises
    ------
    FileNotFoundError
        If a folder holds no result, or they have none in common.
    """
    cells = [_cells(Path(folder)) for folder in (first, second)]
    names = _names(Path(first), Path(second))
    if all(list(found) == ["."] for found in cells):
        common = ["."]
    else:
        common = [name for name in cells[0] if name in cells[1]]
    if not common:
        raise FileNotFoundError(
            f"{first} and {second} have no result in common: {', '.join(cells[0])}; "
            f"{', '.join(cells[1])}."
        )
    blocks = []
    for name in common:
        results = [Evaluation.load(found[name]) for found in cells]
        title = "" if name == "." else f"{name}\n"
        blocks.append(f"{title}{compare(*results, names=names)}")
    return "\n\n".join(blocks)


def _cells(folder):
    """Find results by their place in the folder."""
    found = {
        str(path.parent.relative_to(folder)): path.parent
        for path in sorted(folder.glob(f"**/{CELL}"))
    }
    if not found:
        raise FileNotFoundError(f"{folder} holds no {CELL}.")
    return found


def _names(first, second):
    names = (first.name, second.name)
    return names if names[0] != names[1] else (str(first), str(second))
