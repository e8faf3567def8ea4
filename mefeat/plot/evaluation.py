"""Pictures of how a method was judged: confusions, subjects, scores with intervals."""

import numpy as np

from mefeat.plot.axes import chart

RIGHT = "#2b6ca3"
ALL = "#cfd8e1"
BASELINE = "#b4541a"


def show_confusion(counts):
    """Draw a confusion matrix: numbers are clips, the color is their share of a row.

    Parameters
    ----------
    counts : DataFrame of shape (n_classes, n_classes)
        Clips by true class (rows) and predicted class (columns), as
        `Evaluation.confusion`.

    Returns
    -------
    matplotlib.figure.Figure
        The picture.

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
    figure, axis = chart(1.3 + 0.45 * n_classes, 1.9 + 0.55 * n_classes)
    values = counts.to_numpy()
    shares = values / np.maximum(values.sum(axis=1, keepdims=True), 1)
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        color = "white" if shares[i, j] > 0.55 else "black"
        axis.text(j, i, value, ha="center", va="center", color=color)
    places = range(n_classes)
    axis.set_xticks(places, counts.columns, rotation=35, ha="right")
    axis.set_yticks(places, counts.index)
    axis.set(xlabel="predicted", ylabel="true")
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    return figure


def show_subjects(per_subject):
    """Draw the clips of each subject as a bar, filled as far as they were recognized.

    Parameters
    ----------
    per_subject : DataFrame
        Indexed by subject, with columns `clips` and `accuracy`, as
        `Evaluation.per_subject`.

    Returns
    -------
    matplotlib.figure.Figure
        The picture, subjects in the order of the rows.

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
    names = [str(name) for name in per_subject.index]
    figure, axis = chart(2.4, float(np.clip(1.2 + 0.24 * len(names), 3.5, 11)))
    places = np.arange(len(names))
    clips = per_subject["clips"]
    axis.bar(places, clips, 0.78, color=ALL, label="clips")
    right = clips * per_subject["accuracy"]
    axis.bar(places, right, 0.78, color=RIGHT, label="recognized")
    axis.set_xticks(places, names, rotation=90, fontsize=8)
    axis.yaxis.get_major_locator().set_params(integer=True)
    axis.set(xlim=(-0.7, len(names) - 0.3), xlabel="subject", ylabel="clips")
    figure.legend(loc="outside upper right", ncols=2, frameon=False, fontsize=8)
    return figure


def show_intervals(scores, *, baseline=None, name="score"):
    """Draw scores as points on lines that are their intervals.

    Parameters
    ----------
    scores : DataFrame
        Indexed by method, from top to bottom, with columns `score`, `low` and `high`;
        NaN in the latter draws a point alone.
    baseline : float, default=None
        Score to draw as a dashed line.
    name : str, default="score"
        Name of the axis.

    Returns
    -------
    matplotlib.figure.Figure
        The picture.

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
    figure, axis = chart(0.9 + 0.3 * len(scores), 6.2)
    places = np.arange(len(scores))
    axis.hlines(places, scores["low"], scores["high"], color=RIGHT, lw=3, alpha=0.4)
    axis.plot(scores["score"], places, "o", color=RIGHT, ms=6)
    if baseline is not None:
        axis.axvline(baseline, color=BASELINE, ls="--", lw=1.2)
        top = axis.get_xaxis_transform()
        axis.text(
            baseline, 1.01, "baseline", color=BASELINE, ha="center", transform=top
        )
    axis.set_yticks(places, [str(method) for method in scores.index])
    axis.set(xlim=(0, 1), ylim=(len(scores) - 0.5, -0.5), xlabel=name)
    axis.grid(axis="x", alpha=0.3)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    return figure
