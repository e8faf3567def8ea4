"""One self-contained HTML page of results, readable without a network."""

import base64
import io
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from mefeat.base import whole_file
from mefeat.evaluation.cells import cells_of
from mefeat.evaluation.marks import footnotes
from mefeat.evaluation.metrics import largest_class_baseline
from mefeat.evaluation.report import Evaluation
from mefeat.evaluation.saving import intervals_or_nan
from mefeat.plot import show_confusion, show_intervals, show_subjects

BASELINE = "baseline"
SCORES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "uar": "UAR",
    "weighted_f1": "weighted F1",
    "mean_fold_f1": "mean fold F1",
}


def write_report(
    results,
    path,
    *,
    title="Evaluation",
    about=None,
    notes=(),
    published=None,
    published_notes=(),
):
    """Write results as one HTML page that needs no other file.

    The page holds scores with their intervals beside the baseline of the largest class,
    and for each result the confusion matrix, a bar for each subject, tables of classes,
    subjects and folds, parameters, seed and versions. Tables sort by a click.

    Parameters
    ----------
    results : Evaluation, or dict of str to Evaluation, or dict of dict
        One result; results by the name of the method; or dicts of these by the name of
        the dataset.
    path : path
        The file; one that lies there is replaced.
    title : str, default="Evaluation"
        Heading.
    about : dict of str to str, default=None
        What to say of the run as a whole, such as the command.
    notes : sequence of str, default=()
        Paragraphs below the heading.
    published : DataFrame, default=None
        Figures of others, for a block of their own.
    published_notes : sequence of str, default=()
        Paragraphs below that block.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ImportError
        If jinja2 or matplotlib is missing.
    ValueError
        If there is no result.
    TypeError
        If a result is no Evaluation.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from mefeat.evaluation import evaluate
    >>> X, y = [[0], [9], [0], [9]], ["low", "high"] * 2
    >>> result = evaluate(KNeighborsClassifier(1), X, y, groups=[1, 1, 2, 2])
    >>> write_report({"nearest": result}, f"{mkdtemp()}/report.html").name
    'report.html'
    """
    template = _template()
    results = _nested(results)
    datasets = [_dataset(i, *item) for i, item in enumerate(results.items())]
    all_results = [found for group in results.values() for found in group.values()]
    text = template.render(
        title=title,
        about=about,
        notes=notes,
        overview=_overview(results),
        datasets=datasets,
        single=len(all_results) == 1,
        footnotes=footnotes(*(found.mark for found in all_results)),
        published=None if published is None else cells_of(published, form=".4g"),
        published_notes=published_notes,
    )
    path = Path(path)
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
    return path


def _template():
    try:
        import jinja2
    except ImportError:
        raise ImportError(
            "the report needs jinja2: install it by pip install mefeat[report]."
        ) from None
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    folder = resources.files("mefeat.evaluation") / "templates"
    return environment.from_string((folder / "report.html").read_text("utf-8"))


def _nested(results):
    """Bring results to {dataset: {method: Evaluation}}."""
    if isinstance(results, Evaluation):
        results = {results.settings["estimator"]["name"]: results}
    if not isinstance(results, Mapping) or not results:
        raise ValueError(
            "results must be an Evaluation or a dict of at least one, got "
            f"{type(results).__name__}."
        )
    if not all(isinstance(value, Mapping) for value in results.values()):
        results = {"": results}
    for dataset, group in results.items():
        for method, found in group.items():
            if not isinstance(found, Evaluation):
                raise TypeError(
                    f"the result of {method!r} on {dataset!r} must be an Evaluation, "
                    f"got {type(found).__name__}."
                )
    return {name: group for name, group in results.items() if group}


def _overview(results):
    rows, kinds, links = [], [], []
    for i, (dataset, group) in enumerate(results.items()):
        for j, (method, found) in enumerate(group.items()):
            if j == 0:
                scores = largest_class_baseline(found.per_class["clips"].to_numpy())
                rows.append(_line(dataset, BASELINE, found, scores, {}))
                kinds.append("baseline")
                links.append(None)
            name = f"{method} {found.mark}".strip()
            rows.append(_line(dataset, name, found, found.scores, _intervals(found)))
            kinds.append("")
            links.append(f"result-{i}-{j}")
    table = pd.DataFrame(rows)
    if list(results) == [""]:
        table = table.drop(columns="dataset")
    return cells_of(table, kinds=kinds, links={"method": links})


def _line(dataset, method, found, scores, intervals):
    """Lay out one line of the overview; a score is a number and its interval."""
    line = {
        "dataset": dataset,
        "method": method,
        "clips": len(found.predictions),
        "subjects": found.predictions["subject"].nunique(),
        "classes": len(found.labels),
    }
    for name, heading in SCORES.items():
        line[heading] = (scores.get(name), intervals.get(name))
    return line


def _intervals(found):
    """Get (low, high) of each score, None for one subject alone."""
    table = intervals_or_nan(found)
    ends = zip(table["low"], table["high"], strict=True)
    return {
        name: None if np.isnan(low) else (low, high)
        for name, (low, high) in zip(table.index, ends, strict=True)
    }


def _dataset(i, name, group):
    first = next(iter(group.values()))
    baseline = largest_class_baseline(first.per_class["clips"].to_numpy())
    rows = {}
    for method, found in group.items():
        low, high = _intervals(found)["macro_f1"] or (np.nan, np.nan)
        rows[f"{method} {found.mark}".strip()] = found.macro_f1, low, high
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["score", "low", "high"]
    )
    drawn = show_intervals(table, baseline=baseline["macro_f1"], name="macro-F1")
    return {
        "id": f"dataset-{i}",
        "name": name,
        "picture": _picture(drawn),
        "cells": [_cell(f"result-{i}-{j}", *m) for j, m in enumerate(group.items())],
    }


def _cell(anchor, method, found):
    per_class = found.per_class.reset_index()
    settings = found.settings
    shown = {k: v for k, v in settings.items() if not isinstance(v, Mapping)}
    shown |= _flat(settings.get("versions", {}), "version of ")
    shown |= _flat(settings.get("estimator", {}).get("parameters", {}))
    return {
        "id": anchor,
        "name": f"{method} {found.mark}".strip(),
        "summary": f"macro-F1 {found.macro_f1:.4f}, accuracy {found.accuracy:.4f}, "
        f"{settings['protocol']}",
        "confusion": _picture(show_confusion(found.confusion)),
        "subjects": _picture(show_subjects(found.per_subject)),
        "per_class": cells_of(per_class),
        "per_database": None
        if found.per_database is None
        else cells_of(found.per_database.reset_index()),
        "per_subject": cells_of(found.per_subject.reset_index()),
        "folds": cells_of(found.folds),
        "settings": shown,
    }


def _flat(values, prefix=""):
    return {f"{prefix}{name}": value for name, value in values.items()}


def _picture(figure):
    """Turn a figure into an address that holds it, and close it."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    # Text stays text, and the same figure gives the same bytes.
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "mefeat"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    plt.close(figure)
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode()
