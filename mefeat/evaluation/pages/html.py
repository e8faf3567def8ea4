"""One self-contained HTML page of results, readable without a network."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import pandas as pd

from mefeat.base import whole_file
from mefeat.evaluation.marks import footnotes
from mefeat.evaluation.pages.cells import cells_of
from mefeat.evaluation.pages.classes import CLASS_PAGE
from mefeat.evaluation.pages.page import block, ends_of
from mefeat.evaluation.pages.units import UNIT_PAGE
from mefeat.evaluation.report import Evaluation
from mefeat.evaluation.saving import intervals_or_nan
from mefeat.evaluation.unit_report import UnitEvaluation
from mefeat.plot import show_intervals

PAGES = {Evaluation: CLASS_PAGE, UnitEvaluation: UNIT_PAGE}
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
    folder = resources.files("mefeat.evaluation.pages") / "templates"
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
        ends = ends_of(intervals_or_nan(found))
        yield line(_marked(method, found), found, found.scores, ends), "", _anchor(i, j)


def _anchor(i, j):
    return f"result-{i}-{j}"


def _marked(method, found):
    return f"{method} {found.mark}".strip()


def _dataset(i, name, group):
    page, first = _page_of(group), next(iter(group.values()))
    rows = {
        _marked(method, found): intervals_or_nan(found).loc[page.main]
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
            "name": _marked(method, found),
            "summary": _summary(found, page),
            "footnotes": found.footnotes,
            "rows": page.of_result(found),
        }
        for j, (method, found) in enumerate(group.items())
    )
    return {
        "id": f"dataset-{i}",
        "name": name,
        "rows": [[block("", picture=drawn, alt=alt)], *page.of_dataset(group)],
        "cells": list(cells),
    }


def _summary(found, page):
    scores = list(page.scores.items())[:2]
    shown = (f"{heading} {found.scores[name]:.4f}" for name, heading in scores)
    return f"{', '.join(shown)}; {found.settings['protocol']}"
