"""What is printed: our scores, and what others published, never mixed."""

import numpy as np
import pandas as pd

from benchmarks import published
from benchmarks.accuracy import datasets
from mefeat.evaluation._report import BASELINE, SCORES
from mefeat.evaluation._results import DAGGER, footnotes, intervals_or_nan

_NO_ENDS = " " * len(" [0.00, 0.00]")
FIGURES = ("accuracy", "macro-F1", "mean F1", "UAR")
PROTOCOLS = {
    "loso": "leave one subject out",
    "lovo": "leave one clip out",
    "kfold": "five folds by class, which do not keep subjects apart",
    "group_kfold": "five folds of subjects",
    "leave_one_database_out": "leave one database out",
    "cross_database": "across databases",
}


def score_tables(results, options, left_out):
    """Lay out all scores, with methods down and datasets across.

    Parameters
    ----------
    results : dict of str to dict of str to Evaluation
        Results by dataset and name of the row.
    options : Namespace
        `protocol` and `selection` of the command.
    left_out : dict of (str, str) to str
        Why there is none, by dataset and name of the row.

    Returns
    -------
    str
        The tables, with footnotes for the marks in them.
    """
    how = f"{PROTOCOLS[options.protocol]}, {options.selection} selection"
    blocks, listed = [], with_parts(results)
    signs, reasons = signs_of(left_out)
    marks = {name: f.mark for group in results.values() for name, f in group.items()}
    signs = {
        dataset: {_marked(name, marks.get(name, "")): sign for name, sign in of.items()}
        for dataset, of in signs.items()
    }
    ends = {id(found): intervals_or_nan(found) for found in _all(listed)}
    for metric, title in SCORES.items():
        columns = {n: _column(group, metric, ends) for n, group in listed.items()}
        for name, of in signs.items():
            columns[name] = columns.get(name, {}) | of
        blocks.append(f"{title}, {how}\n{pd.DataFrame(columns).to_string(na_rep='')}")
    notes = footnotes(*(found.mark for found in _all(results)))
    notes.append("in brackets: 95 % of bootstrap draws of subjects")
    notes += reasons
    return "\n\n".join([*blocks, "\n".join(notes)])


def with_parts(results):
    """List results, and behind those of several databases those of each.

    Parameters
    ----------
    results : dict of str to dict of str to Evaluation or UnitEvaluation
        Results by dataset and name of the row.

    Returns
    -------
    dict of str to dict of str to Evaluation or UnitEvaluation
        The same, and results by "dataset/database".
    """
    listed = {}
    for dataset, group in results.items():
        listed[dataset] = group
        clips = next(iter(group.values())).predictions
        for name in np.unique(clips["database"]) if "database" in clips else ():
            parts = {row: found.of_database(name) for row, found in group.items()}
            listed[f"{dataset}/{name}"] = parts
    return listed


def _column(group, metric, intervals):
    always = next(iter(group.values())).baseline
    column = {}
    if metric in always:
        column[BASELINE] = f"{always[metric]:.4f}{_NO_ENDS}"
    for name, found in group.items():
        table, ends = intervals[id(found)], _NO_ENDS
        if metric in table.index and not np.isnan(table.at[metric, "low"]):
            ends = " [{low:.2f}, {high:.2f}]".format(**table.loc[metric])
        column[_marked(name, found.mark)] = f"{found.scores[metric]:.4f}{ends}"
    return column


def _marked(name, mark):
    return f"{name} {mark}".strip()


def signs_of(left_out):
    """Give each reason for which something was left out a letter.

    Parameters
    ----------
    left_out : dict of (str, str) to str
        Reasons by dataset and name of the row.

    Returns
    -------
    signs : dict of str to dict of str to str
        What stands in the place of a score, by dataset and name of the row.
    notes : list of str
        What the letters stand for.
    """
    reasons = list(dict.fromkeys(left_out.values()))
    letters = {
        reason: f"[{'' if i < 26 else i // 26}{chr(97 + i % 26)}]"
        for i, reason in enumerate(reasons)
    }
    signs = {}
    for (dataset, method), reason in left_out.items():
        signs.setdefault(dataset, {})[method] = f"none {letters[reason]}"
    return signs, [f"{letter} {reason}" for reason, letter in letters.items()]


def _all(results):
    return [found for group in results.values() for found in group.values()]


def published_table(options):
    """Collect what others published of the methods of a run.

    Parameters
    ----------
    options : Namespace
        `methods` and `protocol` of the command. Figures of action units belong to runs
        on these, and are few enough for all of them to be shown.

    Returns
    -------
    table : DataFrame
        A row for each figure.
    notes : list of str
        Footnotes of the marks, and the sources.
    """
    units = options.protocol == datasets.UNITS
    names = [None] if units else [BASELINE, *options.methods]
    figures = [
        figure
        for name in names
        for figure in published.select(method=name)
        if (figure.source == published.UNIT_SOURCE) == units
    ]
    flags = list(dict.fromkeys(f.flag for f in figures if f.flag is not None))
    table = pd.DataFrame([_published(f, flags, units) for f in figures])
    # A column without a single figure says nothing.
    table = table.dropna(axis="columns", how="all")
    notes = footnotes(*(_marks(f, flags) for f in figures))
    notes += [f"[{i + 1}] {flag}" for i, flag in enumerate(flags)]
    used = {f.source for f in figures}
    notes += [f"{k}: {text}" for k, text in published.SOURCES.items() if k in used]
    return table, notes


def _published(figure, flags, units):
    return {
        "method": figure.method + _marks(figure, flags),
        "dataset": figure.dataset,
        "classes": "" if figure.n_classes is None else figure.n_classes,
        "clips": "" if figure.n_clips is None else figure.n_clips,
        "protocol": figure.protocol,
        "selection": figure.selection,
        "accuracy": figure.accuracy,
        "mean F1" if units else "macro-F1": figure.f1,
        "UAR": figure.uar,
        "source": figure.source,
    }


def _marks(figure, flags):
    dagger = DAGGER if figure.selection == "oracle" else ""
    return dagger + (
        "" if figure.flag is None else f" [{flags.index(figure.flag) + 1}]"
    )


def published_block(options):
    """Lay out what others published of the methods of a run.

    Parameters
    ----------
    options : Namespace
        `methods` and `protocol` of the command.

    Returns
    -------
    str
        The block with its footnotes.
    """
    table, notes = published_table(options)
    if table.empty:
        return "nothing known of these methods"
    numbers = [name for name in FIGURES if name in table]
    table = table.astype(dict.fromkeys(numbers, float))
    text = table.to_string(index=False, na_rep="", float_format="{:.4g}".format)
    return "\n".join([text, *notes])
