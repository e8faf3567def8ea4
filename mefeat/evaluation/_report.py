"""One self-contained HTML page of results, readable without a network."""

import base64
import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from numbers import Integral, Real
from pathlib import Path

import numpy as np
import pandas as pd

from mefeat.base._files import whole_file
from mefeat.evaluation._results import (
    Evaluation,
    UnitEvaluation,
    footnotes,
    intervals_or_nan,
)
from mefeat.evaluation._statistics import bootstrap
from mefeat.model_selection._metrics import SCORES, class_scores
from mefeat.plot import show_confusion, show_intervals, show_subjects, show_unit_counts

_EXPECTED = "an Evaluation or UnitEvaluation, or a dict of at least one"


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

    The page holds scores with their intervals beside a baseline, and for each result
    confusions, tables of classes or action units, of databases, subjects and folds,
    parameters, seed and versions. Tables sort by a click.

    Parameters
    ----------
    results : Evaluation or UnitEvaluation, dict of str to these, or dict of dict
        One result; results by the name of the method; or dicts of these by the name of
        the dataset. The results of one dataset are of one kind.
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
        If a result is neither an Evaluation nor a UnitEvaluation.

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
        overviews=_overviews(results),
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
            "the report needs jinja2: install it by pip install 'mefeat[report]'."
        ) from None
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    folder = resources.files("mefeat.evaluation") / "templates"
    return environment.from_string((folder / "report.html").read_text("utf-8"))


def _nested(results):
    """Bring results to {dataset: {method: result}}."""
    if isinstance(results, tuple(PAGES)):
        results = {results.settings["estimator"]["name"]: results}
    if not isinstance(results, Mapping):
        raise TypeError(f"results must be {_EXPECTED}, got {type(results).__name__}.")
    if not any(isinstance(value, Mapping) for value in results.values()):
        results = {"": results}
    results = {name: group for name, group in results.items() if group != {}}
    for dataset, group in results.items():
        if not isinstance(group, Mapping):
            raise TypeError(
                f"the results on {dataset!r} must be a dict like those on the other "
                f"datasets, got {type(group).__name__}."
            )
        for method, found in group.items():
            if not isinstance(found, tuple(PAGES)):
                raise TypeError(
                    f"the result of {method!r} on {dataset!r} must be an Evaluation or "
                    f"a UnitEvaluation, got {type(found).__name__}."
                )
        if len({type(found) for found in group.values()}) > 1:
            raise TypeError(
                f"the results on {dataset!r} must be of one kind, classes or action "
                "units."
            )
    if not results:
        raise ValueError(f"results must be {_EXPECTED}, got none.")
    return results


def _page_of(group):
    return PAGES[type(next(iter(group.values())))]


def _overviews(results):
    """Make a table of all results for each kind of them."""
    overviews = []
    for page in PAGES.values():
        lines = [
            line
            for i, (dataset, group) in enumerate(results.items())
            if _page_of(group) is page
            for line in _lines(i, dataset, group)
        ]
        if lines:
            overviews.append(_overview(page, *zip(*lines, strict=True)))
    return overviews


def _overview(page, rows, kinds, links):
    table = pd.DataFrame(rows)
    if set(table["dataset"]) == {""}:
        table = table.drop(columns="dataset")
    return {
        "title": page.title,
        "table": cells_of(table, kinds=kinds, links={"method": links}),
        "explained": page.explained,
    }


def _lines(i, dataset, group):
    """Lay out the lines of a dataset: cells, the kind of line, what it leads to."""
    page, first = _page_of(group), next(iter(group.values()))

    def line(method, found, scores, ends):
        scores = {h: (scores.get(k), ends.get(k)) for k, h in page.scores.items()}
        return {"dataset": dataset, "method": method} | scores | found.size

    yield line(page.baseline, first, first.baseline, {}), "baseline", None
    for j, (method, found) in enumerate(group.items()):
        ends = _ends_of(intervals_or_nan(found))
        yield line(_label(method, found), found, found.scores, ends), "", _anchor(i, j)


def _anchor(i, j):
    return f"result-{i}-{j}"


def _label(method, found):
    return f"{method} {found.mark}".strip()


def _dataset(i, name, group):
    page, first = _page_of(group), next(iter(group.values()))
    rows = {
        _label(method, found): intervals_or_nan(found).loc[page.main]
        for method, found in group.items()
    }
    table = pd.DataFrame(rows).T.rename(columns={"value": "score"})
    heading, marks = page.scores[page.main], (found.mark for found in group.values())
    drawn = show_intervals(
        table,
        baseline=first.baseline[page.main],
        baseline_name=page.baseline,
        name=heading,
        note="\n".join(footnotes(*marks)),
    )
    alt = f"{heading} of each method with its interval"
    cells = (
        {
            "id": _anchor(i, j),
            "name": _label(method, found),
            "summary": _summary(found, page),
            "footnotes": found.footnotes,
            "rows": page.of_result(found),
        }
        for j, (method, found) in enumerate(group.items())
    )
    return {
        "id": f"dataset-{i}",
        "name": name,
        "rows": [[_block("", image=drawn, alt=alt)], *page.of_dataset(group)],
        "cells": list(cells),
    }


def _summary(found, page):
    scores = list(page.scores.items())[:2]
    shown = (f"{heading} {found.scores[name]:.4f}" for name, heading in scores)
    return f"{', '.join(shown)}; {found.settings['protocol']}"


SECONDS = {"seconds": ".1f"}


@dataclass(frozen=True)
class Page:
    """How results of one kind are laid out."""

    title: str
    scores: dict
    main: str
    baseline: str
    explained: str
    of_dataset: Callable
    of_result: Callable


def _block(
    title, *, image=None, alt="", table=None, facts=None, note=None, folded=False
):
    """Make a part of a page."""
    return {
        "title": title,
        "image": None if image is None else data_uri(image),
        "alt": alt,
        "table": table,
        "facts": facts,
        "note": note,
        "folded": folded,
    }


def _closing_blocks(found, subjects):
    """Make the blocks at the end of every result."""
    settings = found.settings
    shown = {k: v for k, v in settings.items() if k not in ("versions", "estimator")}
    versions = settings.get("versions", {})
    shown |= {f"version of {name}": value for name, value in versions.items()}
    estimator = settings["estimator"]
    shown["estimator"] = estimator["name"]
    shown |= estimator["parameters"]
    folds = cells_of(found.folds, form=SECONDS)
    return [
        [_block("Subjects as a table", table=cells_of(subjects), folded=True)],
        [_block("Folds", table=folds, folded=True)],
        [_block("Settings and parameters", facts=shown, folded=True)],
    ]


def _ends_of(intervals):
    """Get the ends of intervals, None for one subject alone."""
    pairs = zip(intervals["low"].tolist(), intervals["high"].tolist(), strict=True)
    return {
        name: None if np.isnan(low) else (low, high)
        for name, (low, high) in zip(intervals.index, pairs, strict=True)
    }


def _with_ends(values, ends):
    """Put intervals beside numbers, for `cells_of`."""
    return list(zip(map(float, values), ends, strict=True))


def data_uri(figure):
    """Encode a figure as a data URI, and close it."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    # Text stays text, and the same figure gives the same bytes.
    style = {"svg.fonttype": "none", "svg.hashsalt": "mefeat"}
    with plt.rc_context(style), warnings.catch_warnings():
        # Names in any script: the browser has the letters that matplotlib lacks.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing", UserWarning)
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    plt.close(figure)
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode()


CLASS_BASELINE = "baseline"
CLASS_SCORES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "uar": "UAR",
    "weighted_f1": "weighted F1",
    "mean_fold_f1": "mean fold F1",
}
_CLASSES_EXPLAINED = """\
In brackets the interval that holds 95 % of bootstrap draws of subjects. All scores are
computed from the confusion matrix of all folds together, except the mean of the folds’
macro-F1. The baseline always says the largest class."""
_CLASS_HEADINGS = CLASS_SCORES | {"f1": "F1"}


def _class_blocks(found):
    """Lay out one result."""
    confusion = _block(
        "Confusions",
        image=show_confusion(found.confusion),
        alt="Confusion matrix: clips by true and predicted class",
        note="Numbers are clips, colors their share of the true class.",
    )
    rows = [[confusion, _block("Classes", table=_class_table(found))]]
    if found.per_database is not None:
        rows.append([_block("Databases", table=_class_database_table(found))])
    subjects = _block(
        "Subjects",
        image=show_subjects(found.per_subject),
        alt="Clips of each subject, and how many were recognized",
    )
    table = found.per_subject.reset_index().rename(columns=_CLASS_HEADINGS)
    return [*rows, [subjects], *_closing_blocks(found, table)]


def _class_table(found):
    """List classes, F1 with its interval."""
    table = found.per_class.reset_index()
    counts = found._subject_counts(found.answers)
    if len(counts) > 1:
        functions = {
            name: lambda pooled, i=i: class_scores(pooled)["f1"][:, i]
            for i, name in enumerate(found.answers)
        }
        ends = bootstrap(counts, functions)
        table["f1"] = _with_ends(table["f1"], _ends_of(ends).values())
    return cells_of(table.rename(columns=_CLASS_HEADINGS))


def _class_database_table(found):
    """List databases, each score with its interval."""
    table = found.per_database.astype(object)
    for name in table.index:
        part = found if name == "all" else found.of_database(name)
        ends = _ends_of(intervals_or_nan(part))
        for score in SCORES:
            table.at[name, score] = (table.at[name, score], ends[score])
    return cells_of(table.reset_index().rename(columns=_CLASS_HEADINGS))


CLASS_PAGE = Page(
    title="Scores",
    scores=CLASS_SCORES,
    main="macro_f1",
    baseline=CLASS_BASELINE,
    explained=_CLASSES_EXPLAINED,
    of_dataset=lambda group: [],
    of_result=_class_blocks,
)


UNIT_BASELINE = "always 1"
UNIT_SCORES = {"mean_f1": "mean F1", "mean_database_f1": "mean F1 of databases"}
_UNITS_EXPLAINED = """\
In brackets the interval that holds 95 % of bootstrap draws of subjects. Mean F1: mean
over the units of the F1 of all databases together. Mean F1 of databases: mean of the
units within each database, and of the databases. “Always 1” says that every clip shows
every unit."""
_UNIT_CONFUSION_NOTE = """\
Numbers are clips that show the unit of the row and are said to show that of the column,
colors their share of the clips of the row. Units are shown together, so what lies
beside the diagonal is no mistake by itself."""
_UNIT_HEADINGS = {"f1": "F1"}


def _unit_comparison(group):
    """Set the units of all methods beside each other, as papers do."""
    rows, kinds = [], []
    first = next(iter(group.values()))
    rows.append(
        {"method": UNIT_BASELINE}
        | {unit: first.baseline[f"f1 {unit}"] for unit in first.unit_names}
    )
    kinds.append("baseline")
    for name, found in group.items():
        label = f"{name} {found.mark}".strip()
        rows.append(
            {"method": label}
            | {unit: found.scores[f"f1 {unit}"] for unit in found.unit_names}
        )
        kinds.append("")
    table = cells_of(pd.DataFrame(rows), kinds=kinds)
    return [[_block("F1 of each unit", table=table)]]


def _unit_blocks(found):
    """Lay out one result."""
    ends = intervals_or_nan(found)
    counts = _block(
        "Found, missed, wrong",
        image=show_unit_counts(found.per_unit),
        alt="Clips of each unit that were found, missed, and wrongly said to show it",
    )
    confusion = _block(
        "Shown and predicted together",
        image=show_confusion(found.confusion, totals=found.per_unit["clips"]),
        alt="Clips that show one unit and are said to show another",
        note=_UNIT_CONFUSION_NOTE,
    )
    units = _block("F1 of units", image=_unit_image(found, ends), alt=_UNIT_ALT)
    subjects = found.per_subject.reset_index().rename(columns=_UNIT_HEADINGS)
    return [
        [units, counts],
        [_block("Units", table=_unit_table(found, ends)), confusion],
        [_unit_database_image(found)],
        [_block("F1 in each database", table=_unit_database_table(found))],
        *_closing_blocks(found, subjects),
    ]


_UNIT_ALT = "F1 of each unit with its interval, and that of saying it of every clip"


def _unit_image(found, ends):
    rows = [f"f1 {name}" for name in found.unit_names]
    table = ends.loc[rows].set_axis(found.unit_names)
    return show_intervals(
        table.rename(columns={"value": "score"}),
        baseline=[found.baseline[row] for row in rows],
        baseline_name=UNIT_BASELINE,
        name="F1",
    )


def _unit_table(found, ends):
    ends = _ends_of(ends)
    # On narrow screens the first columns are seen, the others by scrolling.
    columns = ["f1", "precision", "recall", "clips", "predicted", "hits"]
    table = found.per_unit[columns].reset_index()
    ends = [ends[f"f1 {name}"] for name in found.unit_names]
    table["f1"] = _with_ends(table["f1"], ends)
    return cells_of(table.rename(columns=_UNIT_HEADINGS))


def _unit_database_image(found):
    """Draw the mean F1 within each database."""
    names = found.per_database.index
    parts = [intervals_or_nan(found.of_database(name)).loc["mean_f1"] for name in names]
    table = pd.DataFrame(parts).set_axis(names).rename(columns={"value": "score"})
    table = found._marked(table)
    baseline = [found.of_database(name).baseline["mean_f1"] for name in names]
    drawn = show_intervals(
        table, baseline=baseline, baseline_name=UNIT_BASELINE, name="mean F1"
    )
    alt = "Mean F1 of the units within each database, with its interval"
    return _block("Databases", image=drawn, alt=alt)


def _unit_database_table(found):
    clips = found.predictions.groupby("database")
    table = found.per_database
    table.insert(0, "clips", clips.size())
    table.insert(1, "subjects", clips["subject"].nunique())
    table.insert(2, "mean F1", table.pop("mean"))
    return cells_of(table.reset_index().rename(columns=_UNIT_HEADINGS))


UNIT_PAGE = Page(
    title="Action units",
    scores=UNIT_SCORES,
    main="mean_f1",
    baseline=UNIT_BASELINE,
    explained=_UNITS_EXPLAINED,
    of_dataset=_unit_comparison,
    of_result=_unit_blocks,
)


PAGES = {Evaluation: CLASS_PAGE, UnitEvaluation: UNIT_PAGE}


FORM = ".4f"


def cells_of(table, *, kinds=None, links=None, form=FORM):
    """Turn a table into what the template of the report lays out."""
    links = links or {}
    forms = form if isinstance(form, dict) else dict.fromkeys(table.columns, form)
    rows = []
    for i, values in enumerate(table.itertuples(index=False, name=None)):
        cells = []
        for column, value in zip(table.columns, values, strict=True):
            link = links[column][i] if column in links else None
            form = forms.get(column, FORM)
            cells.append(_cell(value, form) | {"link": link})
        rows.append({"kind": kinds[i] if kinds else "", "cells": cells})
    columns = [
        {"name": name, "number": any(row["cells"][j]["number"] for row in rows)}
        for j, name in enumerate(map(str, table.columns))
    ]
    return {"columns": columns, "rows": rows}


def _cell(value, form):
    interval = None
    if isinstance(value, tuple) and len(value) == 2:
        value, bounds = value
        if bounds is not None:
            interval = f"[{bounds[0]:.2f}, {bounds[1]:.2f}]"
    number = isinstance(value, Real) and not isinstance(value, bool)
    return {
        "text": cell_text(value, form),
        "number": number,
        "value": float(value) if number and not pd.isna(value) else None,
        "interval": interval,
    }


def cell_text(value, form=FORM):
    """Format a value for a reader."""
    if isinstance(value, Mapping):
        nested = any(isinstance(item, Mapping) for item in value.values())
        middle, end = (": ", "; ") if nested else (" ", ", ")
        return end.join(f"{k}{middle}{cell_text(v, '')}" for k, v in value.items())
    if value is None or (isinstance(value, Real) and pd.isna(value)):
        return ""
    if isinstance(value, Real) and not isinstance(value, Integral):
        return format(value, form)
    return str(value)
