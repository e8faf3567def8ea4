"""What is printed: our scores, and what others published, never mixed."""

import numpy as np
import pandas as pd

from benchmarks import published
from benchmarks.accuracy import datasets
from mefeat.evaluation.class_page import BASELINE
from mefeat.evaluation.marks import DAGGER, footnotes
from mefeat.evaluation.saving import intervals_or_nan

_NO_ENDS = " " * len(" [0.00, 0.00]")
METRICS = {"accuracy": "accuracy", "macro_f1": "macro-F1"}
PROTOCOLS = {
    "loso": "leave one subject out",
    "lovo": "leave one clip out",
    "kfold": "five folds by class, which do not keep subjects apart",
    "group_kfold": "five folds of subjects",
    "leave_one_database_out": "leave one database out",
    "cross_database": "across databases",
}


def score_tables(results, options):
    """Lay out accuracy and macro-F1, with methods down and datasets across.

    Parameters
    ----------
    results : dict of str to dict of str to Evaluation
        Results by dataset and name of the row.
    options : Namespace
        `protocol` and `selection` of the command.

    Returns
    -------
    str
        The tables, with footnotes for the marks in them.
    """
    how = f"{PROTOCOLS[options.protocol]}, {options.selection} selection"
    blocks = []
    for metric, title in METRICS.items():
        columns = {name: _column(group, metric) for name, group in results.items()}
        blocks.append(f"{title}, {how}\n{pd.DataFrame(columns).to_string()}")
    notes = footnotes(*(found.mark for found in _all(results)))
    notes.append("in brackets: 95 % of bootstrap draws of subjects")
    return "\n\n".join([*blocks, "\n".join(notes)])


def _column(group, metric):
    always = next(iter(group.values())).baseline
    column = {BASELINE: f"{always[metric]:.4f}{_NO_ENDS}"}
    for name, found in group.items():
        value, low, high = intervals_or_nan(found).loc[metric]
        ends = _NO_ENDS if np.isnan(low) else f" [{low:.2f}, {high:.2f}]"
        column[f"{name} {found.mark}".strip()] = f"{value:.4f}{ends}"
    return column


def _all(results):
    return [found for group in results.values() for found in group.values()]


def published_for(options):
    """Tell which published figures belong to a run.

    Parameters
    ----------
    options : Namespace
        `methods` and `protocol` of the command.

    Returns
    -------
    names : list of str or None
        Methods, and "baseline"; None for all.
    source : str or None
        Source of the figures; None for all.
    """
    if options.protocol == datasets.UNITS:
        return None, "CD6ME"
    return [BASELINE, *options.methods], None


def published_table(names, source=None):
    """Collect what others published of methods.

    Parameters
    ----------
    names : list of str or None
        Methods, and "baseline"; None for all.
    source : str, default=None
        Source of the figures; all by default.

    Returns
    -------
    table : DataFrame
        A row for each figure.
    notes : list of str
        Footnotes of the marks, and the sources.
    """
    names = [None] if names is None else names
    figures = [
        f for name in names for f in published.select(method=name, source=source)
    ]
    flags = list(dict.fromkeys(f.flag for f in figures if f.flag is not None))
    rows = [
        {
            "method": f.method + _marks(f, flags),
            "dataset": f.dataset,
            "classes": "" if f.n_classes is None else f.n_classes,
            "clips": "" if f.n_clips is None else f.n_clips,
            "protocol": f.protocol,
            "selection": f.selection,
            "accuracy": f.accuracy,
            "macro-F1": f.f1,
            "UAR": f.uar,
            "source": f.source,
        }
        for f in figures
    ]
    notes = footnotes(*(_marks(f, flags) for f in figures))
    notes += [f"[{i + 1}] {flag}" for i, flag in enumerate(flags)]
    used = {f.source for f in figures}
    notes += [f"{k}: {text}" for k, text in published.SOURCES.items() if k in used]
    return pd.DataFrame(rows), notes


def _marks(figure, flags):
    dagger = DAGGER if figure.selection == "oracle" else ""
    return dagger + (
        "" if figure.flag is None else f" [{flags.index(figure.flag) + 1}]"
    )


def published_block(names, source=None):
    """Lay out what others published of methods.

    Parameters
    ----------
    names : list of str or None
        Methods, and "baseline"; None for all.
    source : str, default=None
        Source of the figures; all by default.

    Returns
    -------
    str
        The block with its footnotes.
    """
    table, notes = published_table(names, source)
    if table.empty:
        return "nothing known of these methods"
    # None in a column without a single figure would be printed as a word.
    table = table.astype(dict.fromkeys(("accuracy", "macro-F1", "UAR"), float))
    text = table.to_string(index=False, na_rep="", float_format="{:.4g}".format)
    return "\n".join([text, *notes])
