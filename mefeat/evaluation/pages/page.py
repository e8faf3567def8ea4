"""What a page of results is made of: blocks of pictures, tables and facts."""

import base64
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mefeat.evaluation.pages.cells import cells_of

SECONDS = {"seconds": ".1f"}


@dataclass(frozen=True)
class Page:
    """How results of one kind are laid out.

    Parameters
    ----------
    title : str
        Heading of the table of all results.
    scores : dict of str to str
        Scores in that table, by what their columns are called.
    main : str
        The score in the picture of all methods of a dataset.
    baseline : str
        What the results are compared with.
    explained : str
        What the figures are.
    of_dataset : callable
        Called with the results of a dataset by name, gives rows of blocks to stand
        below that picture.
    of_result : callable
        Called with a result, gives its rows of blocks.
    """

    title: str
    scores: dict
    main: str
    baseline: str
    explained: str
    of_dataset: Callable
    of_result: Callable


def block(
    title, *, picture=None, alt="", table=None, facts=None, note=None, folded=False
):
    """Make a part of a page.

    Parameters
    ----------
    title : str
        Its heading.
    picture : matplotlib.figure.Figure, default=None
        A picture. It is closed.
    alt : str, default=""
        What the picture shows, in words.
    table : dict, default=None
        A table, of `cells_of`.
    facts : dict, default=None
        Names and values.
    note : str, default=None
        What the reader has to know.
    folded : bool, default=False
        Whether it is to be opened by a click.

    Returns
    -------
    dict
        What the template lays out.
    """
    return {
        "title": title,
        "picture": None if picture is None else address_of(picture),
        "alt": alt,
        "table": table,
        "facts": facts,
        "note": note,
        "folded": folded,
    }


def tail_blocks(found, subjects):
    """Make the blocks at the end of every result.

    Parameters
    ----------
    found : Evaluation or UnitEvaluation
        The result.
    subjects : DataFrame
        Its subjects.

    Returns
    -------
    list of list of dict
        Subjects, folds, and settings, folded.
    """
    settings = found.settings
    shown = {k: v for k, v in settings.items() if k not in ("versions", "estimator")}
    shown |= _flat(settings.get("versions", {}), "version of ")
    estimator = settings["estimator"]
    shown["estimator"] = estimator["name"]
    shown |= _flat(estimator["parameters"])
    folds = cells_of(found.folds, form=SECONDS)
    return [
        [block("Subjects as a table", table=cells_of(subjects), folded=True)],
        [block("Folds", table=folds, folded=True)],
        [block("Settings and parameters", facts=shown, folded=True)],
    ]


def ends_of(intervals):
    """Get the ends of intervals, None for one subject alone.

    Parameters
    ----------
    intervals : DataFrame
        `low` and `high` of each score.

    Returns
    -------
    dict of str to (float, float) or None
        Ends by score.

    Examples
    --------
    >>> import pandas as pd
    >>> ends_of(pd.DataFrame({"low": [0.1], "high": [0.2]}, index=["uar"]))
    {'uar': (0.1, 0.2)}
    """
    pairs = zip(intervals["low"].tolist(), intervals["high"].tolist(), strict=True)
    return {
        name: None if np.isnan(low) else (low, high)
        for name, (low, high) in zip(intervals.index, pairs, strict=True)
    }


def with_ends(values, ends):
    """Put intervals beside numbers, for `cells_of`.

    Parameters
    ----------
    values : iterable of float
        Numbers.
    ends : iterable of (float, float) or None
        Their intervals.

    Returns
    -------
    list of (float, (float, float) or None)
        Both.
    """
    return list(zip(map(float, values), ends, strict=True))


def address_of(figure):
    """Turn a figure into an address that holds it, and close it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.

    Returns
    -------
    str
        An address that begins with ``data:``.
    """
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


def _flat(values, prefix=""):
    return {f"{prefix}{name}": value for name, value in values.items()}
