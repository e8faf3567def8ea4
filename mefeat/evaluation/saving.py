"""A result as text, as a row, as plain values, and as files."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from mefeat.base import moved_together, whole_file, write_table
from mefeat.evaluation.describe import plain
from mefeat.evaluation.marks import plain_signs

FILE = "result.json"
_ASKED = ("protocol", "selection", "transductive", "random_state")


def as_text(result):
    """Write scores with their intervals and the baseline's, tables and footnotes.

    Parameters
    ----------
    result : Evaluation or UnitEvaluation
        The result.

    Returns
    -------
    str
        Several lines.
    """
    counts = ", ".join(f"{number} {name}" for name, number in result.size.items())
    head = f"{result.settings['protocol']}: {counts}, {len(result.folds)} folds"
    ends, scores, baseline = intervals_or_nan(result), result.scores, result.baseline
    width = max(map(len, scores)) + 1
    lines = [f"{'':<{width}} value   95 % interval     baseline  difference"]
    for name, value in scores.items():
        low, high = ends.loc[name, ["low", "high"]]
        line = f"{name:<{width}} {value:.4f}{result.mark}  [{low:.4f}, {high:.4f}]"
        if name in baseline:
            line += f"  {baseline[name]:.4f}    {value - baseline[name]:+.4f}"
        lines.append(line)
    lines.append(f"baseline: {result.baseline_text}")
    tables = [t for name, t in result.tables.items() if name != "per_subject"]
    texts = [head, "\n".join(lines), *(t.round(4).to_string() for t in tables)]
    texts += ["\n".join(result.footnotes)] * bool(result.mark)
    return plain_signs("\n\n".join(texts))


def as_row(result, name=None):
    """Give what was asked and what was found as one row.

    Parameters
    ----------
    result : Evaluation or UnitEvaluation
        The result.
    name : str, optional
        Name of the row, by default that of the estimator.

    Returns
    -------
    DataFrame
        One row, as `Evaluation.to_frame` describes it.
    """
    settings = result.settings
    row = {key: settings.get(key) for key in _ASKED}
    row |= {"mark": result.mark, "estimator": _name(settings["estimator"])}
    row |= {f"n_{key}": value for key, value in result.size.items()}
    row |= {"n_folds": len(result.folds)}
    ends = intervals_or_nan(result)
    for score, value in result.scores.items():
        row[score] = value
        row |= {f"{score}_{end}": ends.loc[score, end] for end in ("low", "high")}
    row |= {"seconds": float(result.folds["seconds"].sum())}
    names = [row["estimator"] if name is None else name]
    return result.marked(pd.DataFrame([row], index=names))


def intervals_or_nan(result):
    """Get the intervals of a result, without ends if there is one subject alone.

    Parameters
    ----------
    result : Evaluation or UnitEvaluation
        The result.

    Returns
    -------
    DataFrame
        As of `Evaluation.intervals`.
    """
    if result.predictions["subject"].nunique() > 1:
        return result.intervals()
    values = pd.DataFrame({"value": pd.Series(result.scores)}).rename_axis("score")
    return result.marked(values.assign(low=np.nan, high=np.nan))


def as_dict(result):
    """Give everything as plain lists, numbers and strings.

    Parameters
    ----------
    result : Evaluation or UnitEvaluation
        The result.

    Returns
    -------
    dict
        As `Evaluation.to_dict` describes it.
    """
    tables = {k: v for k, v in result.tables.items() if k != "confusion"}
    tables = {"intervals": intervals_or_nan(result)} | tables
    # The signs stand beside the tables here, so that names are the same in every file.
    tables = {
        name: table.rename_axis(table.index.name.removesuffix(result.mark).strip())
        for name, table in tables.items()
    }
    tables = {name: table.reset_index() for name, table in tables.items()}
    tables |= {"folds": result.folds, "predictions": result.predictions}
    return plain(
        {
            "kind": result.kind,
            "scores": result.scores,
            "mark": result.mark,
            "footnotes": result.footnotes,
            "settings": result.settings,
            result.names: result.answers,
            "confusion": result.confusion.to_numpy(),
        }
        | {name: table.to_dict("records") for name, table in tables.items()}
    )


def write_result(result, folder):
    """Write `predictions.csv` and, last, `result.json`.

    Parameters
    ----------
    result : Evaluation or UnitEvaluation
        The result.
    folder : path
        Where to; made if it does not exist.

    Returns
    -------
    Path
        The folder.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result.to_dict(), indent=1, allow_nan=False)
    with moved_together():
        write_table(folder / "predictions.csv", result.predictions)
        with whole_file(folder / FILE) as part:
            part.write_text(text + "\n", encoding="utf-8")
    return folder


def read_result(folder, kinds):
    """Read a result from `result.json`.

    Parameters
    ----------
    folder : path
        Folder of the files.
    kinds : sequence of type
        Kinds of results, of which it is to be one.

    Returns
    -------
    Evaluation or UnitEvaluation
        The result.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it holds something else.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        raise FileNotFoundError(f"there is no result in {folder}: no {path.name}.")
    wanted = " or ".join(kind.kind for kind in kinds)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        made = {kind.kind: kind for kind in kinds}.get(found["kind"])
        if made is None:
            raise ValueError(f"its kind is {found['kind']!r}")
        return _result(made, found)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no result of {wanted}: {error}") from error


def _result(kind, found):
    """Make a result of what was read, and see that it has scores."""
    tables = {name: pd.DataFrame(found[name]) for name in ("predictions", "folds")}
    for table, names in zip(tables.values(), _NEEDED, strict=True):
        if not names <= set(table.columns):
            raise KeyError(f"a table lacks {sorted(names - set(table.columns))}")
    settings = dict(found["settings"])
    _check_settings(settings)
    decisions = tables["predictions"].filter(regex="^decision ").columns
    types = dict.fromkeys(decisions, np.float64)
    tables["predictions"] = tables["predictions"].astype(types)
    answers = {kind.names: kind.read_answers(found[kind.names])}
    result = kind(**tables, **answers, settings=settings)
    result.scores  # noqa: B018  whatever is missing is missed here
    return result


def _check_settings(settings):
    if not {"protocol", "estimator"} <= settings.keys():
        raise KeyError("the settings lack the protocol or the estimator")
    tables = settings["estimator"], settings.get("versions", {})
    if not all(isinstance(table, dict) for table in tables):
        raise TypeError("estimator and versions of the settings must be tables")
    if not {"name", "parameters"} <= settings["estimator"].keys():
        raise KeyError("the estimator has no name or no parameters")


_NEEDED = {"clip", "subject", "fold"}, {"fold", "seconds"}


def _name(estimator):
    """Name an estimator by its steps, or by its class if it has none."""
    steps = estimator["parameters"].get("steps")
    return " + ".join(kind for _, kind in steps) if steps else estimator["name"]
