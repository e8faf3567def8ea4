"""A result as a row, as plain values, and as files."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from mefeat.base import whole_file
from mefeat.evaluation.describe import plain


def as_row(result, name=None):
    """Give what was asked and what was found as one row.

    Parameters
    ----------
    result : Evaluation
        The result.
    name : str, optional
        Name of the row, by default that of the estimator.

    Returns
    -------
    DataFrame
        One row, as `Evaluation.to_frame` describes it.
    """
    settings = result.settings
    kept = ("protocol", "selection", "transductive", "random_state", "n_subjects")
    row = {key: settings.get(key) for key in kept}
    row |= {"mark": result.mark, "estimator": _name(settings["estimator"])}
    row |= {"n_clips": len(result.predictions), "n_classes": len(result.labels)}
    row |= {"n_folds": len(result.folds)}
    for score, found in intervals_or_nan(result).iterrows():
        row |= {score: found["value"]}
        row |= {f"{score}_{end}": found[end] for end in ("low", "high")}
    row |= {"mean_fold_f1": result.mean_fold_f1}
    row |= {"seconds": float(result.folds["seconds"].sum())}
    return pd.DataFrame([row], index=[row["estimator"] if name is None else name])


def intervals_or_nan(result):
    """Get the intervals of a result, without ends if there is one subject alone.

    Parameters
    ----------
    result : Evaluation
        The result.

    Returns
    -------
    DataFrame
        As of `Evaluation.intervals`.
    """
    if result.predictions["subject"].nunique() > 1:
        return result.intervals()
    scores = {k: v for k, v in result.scores.items() if k != "mean_fold_f1"}
    values = pd.DataFrame({"value": pd.Series(scores)})
    return values.assign(low=np.nan, high=np.nan)


def as_dict(result):
    """Give everything as plain lists, numbers and strings.

    Parameters
    ----------
    result : Evaluation
        The result.

    Returns
    -------
    dict
        As `Evaluation.to_dict` describes it.
    """
    tables = {
        "intervals": intervals_or_nan(result).rename_axis("score").reset_index(),
        "per_class": result.per_class.reset_index(),
        "per_subject": result.per_subject.reset_index(),
    }
    if result.per_database is not None:
        tables["per_database"] = result.per_database.reset_index()
    tables |= {"folds": result.folds, "predictions": result.predictions}
    return plain(
        {
            "scores": result.scores,
            "mark": result.mark,
            "footnotes": result.footnotes,
            "settings": result.settings,
            "labels": result.labels,
            "confusion": result.confusion.to_numpy(),
        }
        | {name: table.to_dict("records") for name, table in tables.items()}
    )


def write_result(result, folder):
    """Write `predictions.csv` and, last, `result.json`.

    Parameters
    ----------
    result : Evaluation
        What has `predictions` and `to_dict`.
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
    with whole_file(folder / "predictions.csv") as part:
        result.predictions.to_csv(part, index=False)
    with whole_file(folder / "result.json") as part:
        part.write_text(text + "\n", encoding="utf-8")
    return folder


def read_result(folder):
    """Read the parts of a result from `result.json`.

    Parameters
    ----------
    folder : path
        Folder of the files.

    Returns
    -------
    dict
        `predictions`, `folds`, `labels` and `settings`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it holds something else.
    """
    path = Path(folder) / "result.json"
    if not path.is_file():
        raise FileNotFoundError(f"there is no result in {folder}: no {path.name}.")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        tables = {name: pd.DataFrame(found[name]) for name in ("predictions", "folds")}
        labels, settings = np.asarray(found["labels"]), dict(found["settings"])
        _check(**tables, settings=settings)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no result of evaluate: {error}") from error
    decisions = tables["predictions"].filter(regex="^decision ").columns
    types = dict.fromkeys(decisions, np.float64)
    tables["predictions"] = tables["predictions"].astype(types)
    return {**tables, "labels": labels, "settings": settings}


def _name(estimator):
    """Name an estimator by its steps, or by its class if it has none."""
    steps = estimator["parameters"].get("steps")
    return " + ".join(kind for _, kind in steps) if steps else estimator["name"]


def _check(predictions, folds, settings):
    needed = {"clip", "subject", "fold", "true", "predicted"}, {"fold", "seconds"}
    for table, names in zip((predictions, folds), needed, strict=True):
        if not names <= set(table.columns):
            raise KeyError(f"a table lacks {sorted(names - set(table.columns))}")
    if not {"protocol", "estimator"} <= settings.keys():
        raise KeyError("the settings lack the protocol or the estimator")
