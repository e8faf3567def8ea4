"""Plots of results: confusion, subjects, scores with intervals."""

import textwrap

import numpy as np

from mefeat.plot._axes import chart

# Blue, gray and orange, which color-blind readers and gray paper tell apart.
RIGHT = "#2b6ca3"
ALL = "#cfd8e1"
WRONG = "#e69f00"
BASELINE = "#b4541a"
PALE = "#e3edf6"
_MOST_NAMES = 80


def show_confusion(counts, *, totals=None, note=None):
    """Draw a confusion matrix: numbers are clips, the color is their share of a row.

    Parameters
    ----------
    counts : DataFrame of shape (n_classes, n_classes)
        Clips by true class (rows) and predicted class (columns), as
        `Evaluation.confusion`.
    totals : array-like of shape (n_classes,), default=None
        Clips of each row, by default the sums of the rows; those of
        `UnitEvaluation.confusion` are other ones, since a clip shows several units.
    note : str, optional
        What to write below. By default the footnotes of the table, as those of results
        have them that carry a sign.

    Returns
    -------
    matplotlib.figure.Figure
        The image.

    Raises
    ------
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> import matplotlib
    >>> import pandas as pd
    >>> matplotlib.use("Agg")
    >>> names = ["joy", "fear"]
    >>> figure = show_confusion(pd.DataFrame([[3, 1], [0, 4]], names, names))
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['3', '1', '0', '4']
    """
    n_classes = len(counts)
    figure, axis = chart(1.3 + _height(n_classes), 1.9 + 1.2 * _height(n_classes))
    values = counts.to_numpy()
    totals = values.sum(axis=1) if totals is None else np.asarray(totals)
    shares = values / np.maximum(totals, 1)[:, None]
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        color = "white" if shares[i, j] > 0.65 else "black"
        axis.text(j, i, value, ha="center", va="center", color=color)
    places = range(n_classes)
    # Names are text: a dollar sign in one begins no formula.
    style = {"rotation": 35, "ha": "right", "parse_math": False}
    axis.set_xticks(places, _words(counts.columns), **style)
    axis.set_yticks(places, _words(counts.index), parse_math=False)
    axis.set(xlabel="predicted", ylabel="true")
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    return _noted(figure, note, counts)


def show_subjects(per_subject, *, note=None):
    """Draw the clips of each subject as a bar, filled as far as they were recognized.

    Parameters
    ----------
    per_subject : DataFrame
        Indexed by subject, with columns `clips` and `accuracy`, as
        `Evaluation.per_subject`.
    note : str, optional
        What to write below. By default the footnotes of the table, as those of results
        have them that carry a sign.

    Returns
    -------
    matplotlib.figure.Figure
        The image, subjects in the order of the rows; of very many not all are named.

    Raises
    ------
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> import matplotlib
    >>> import pandas as pd
    >>> matplotlib.use("Agg")
    >>> table = pd.DataFrame({"clips": [4, 2], "accuracy": [0.5, 1]}, ["s1", "s2"])
    >>> figure = show_subjects(table)
    >>> [float(bar.get_height()) for bar in figure.axes[0].patches]
    [4.0, 2.0, 2.0, 2.0]
    """
    names = _words(per_subject.index)
    figure, axis = chart(2.4, float(np.clip(1.2 + 0.24 * len(names), 3.5, 11)))
    places, step = np.arange(len(names)), 1 + (len(names) - 1) // _MOST_NAMES
    clips = per_subject["clips"]
    axis.bar(places, clips, 0.78, color=ALL, label="clips")
    right = clips * per_subject["accuracy"]
    axis.bar(places, right, 0.78, color=RIGHT, label="recognized")
    style = {"rotation": 90, "fontsize": 8, "parse_math": False}
    axis.set_xticks(places[::step], names[::step], **style)
    axis.yaxis.get_major_locator().set_params(integer=True)
    axis.set(xlim=(-0.7, len(names) - 0.3), xlabel="subject", ylabel="clips")
    figure.legend(loc="outside upper right", ncols=2, frameon=False, fontsize=8)
    return _noted(figure, note, per_subject)


def show_unit_counts(per_unit, *, note=None):
    """Draw for each action unit the clips that were found, missed, and wrong.

    Parameters
    ----------
    per_unit : DataFrame
        Indexed by unit, with columns `clips`, `predicted` and `hits`, as
        `UnitEvaluation.per_unit`.
    note : str, optional
        What to write below. By default the footnotes of the table, as those of results
        have them that carry a sign.

    Returns
    -------
    matplotlib.figure.Figure
        The image: to the right of zero the clips that show the unit, to the left
        those that do not but are said to.

    Raises
    ------
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> import matplotlib
    >>> import pandas as pd
    >>> matplotlib.use("Agg")
    >>> counts = {"clips": [5], "predicted": [4], "hits": [3]}
    >>> figure = show_unit_counts(pd.DataFrame(counts, ["AU12"]))
    >>> [int(bar.get_width()) for bar in figure.axes[0].patches]
    [3, 2, -1]
    """
    figure, axis = chart(1.1 + 0.3 * len(per_unit), 5.2)
    places, hits = np.arange(len(per_unit)), per_unit["hits"]
    axis.barh(places, hits, 0.72, color=RIGHT, label="found")
    missed = per_unit["clips"] - hits
    axis.barh(places, missed, 0.72, left=hits, color=ALL, label="missed")
    wrong = per_unit["predicted"] - hits
    axis.barh(places, -wrong, 0.72, color=WRONG, label="wrongly predicted")
    axis.axvline(0, color="black", lw=0.8)
    _name_rows(axis, per_unit.index)
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.xaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")
    axis.set_xlabel("clips")
    figure.legend(loc="outside upper right", ncols=3, frameon=False, fontsize=8)
    return _noted(figure, note, per_unit)


def show_intervals(
    scores, *, baseline=None, baseline_name="baseline", name="score", note=None
):
    """Draw scores as bars, with lines that are their intervals.

    Parameters
    ----------
    scores : DataFrame
        Indexed by method, from top to bottom, with columns `score`, `low` and `high`;
        NaN in the latter draws no line.
    baseline : float or array-like of shape (n_rows,), default=None
        Score to draw as a dashed line, or one for each row.
    baseline_name : str, default="baseline"
        What to write above it.
    name : str, default="score"
        Name of the axis.
    note : str, optional
        What to write below. By default the footnotes of the table, as those of results
        have them that carry a sign.

    Returns
    -------
    matplotlib.figure.Figure
        The image.

    Raises
    ------
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> import matplotlib
    >>> import pandas as pd
    >>> matplotlib.use("Agg")
    >>> rows = {"lbp-top": [0.5, 0.4, 0.6], "mdmo": [0.7, 0.5, 0.8]}
    >>> columns = ["score", "low", "high"]
    >>> table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    >>> figure = show_intervals(table, baseline=0.2, name="macro-F1")
    >>> figure.axes[0].get_xlabel()
    'macro-F1'
    """
    figure, axis = chart(1.1 + 0.3 * len(scores), 5.8)
    places = np.arange(len(scores))
    axis.barh(places, scores["score"], 0.72, color=PALE)
    axis.hlines(places, scores["low"], scores["high"], color=RIGHT, lw=2)
    axis.plot(scores["score"], places, "o", color=RIGHT, ms=6)
    if baseline is not None:
        _draw_baseline(axis, places, baseline, baseline_name)
    _name_rows(axis, scores.index)
    axis.set(xlim=(0, 1), xlabel=name)
    axis.grid(axis="x", alpha=0.3)
    return _noted(figure, note, scores)


def _draw_baseline(axis, places, baseline, name):
    """Draw one line for all rows, or a piece of it in each."""
    if np.ndim(baseline) == 0:
        axis.axvline(baseline, color=BASELINE, ls="--", lw=1.2)
    else:
        ends = places - 0.36, places + 0.36
        axis.vlines(baseline, *ends, color=BASELINE, ls="--", lw=1.2)
    top, first = axis.get_xaxis_transform(), np.ravel(baseline)[0]
    style = {"color": BASELINE, "ha": "center", "transform": top}
    axis.text(first, 1.01, name, **style)


def _name_rows(axis, names):
    axis.set_yticks(np.arange(len(names)), _words(names), parse_math=False)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)


def _height(n_classes):
    """Give few classes large cells."""
    return 0.45 * min(n_classes, 8) + 0.3 * max(n_classes - 8, 0)


def _words(names):
    return [str(name) for name in names]


def _noted(figure, note, table):
    """Write a note below an image, so that it stays with it wherever it goes."""
    if note is None:
        note = "\n".join(table.attrs.get("footnotes", ()))
    if note:
        width = int(17 * figure.get_figwidth())
        text = "\n".join(textwrap.fill(line, width) for line in note.splitlines())
        style = {"ha": "left", "fontsize": 7, "parse_math": False}
        figure.supxlabel(text, x=0.01, **style)
    return figure
