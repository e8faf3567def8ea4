"""Printed tables: our scores, and published ones, apart."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from mefeat.evaluation import compare, load_result
from mefeat.evaluation._report import CLASS_BASELINE, CLASS_SCORES
from mefeat.evaluation._results import DAGGER, FILE, footnotes, intervals_or_nan
from mefeat.harness import _datasets as datasets
from mefeat.harness import _published as published
from mefeat.harness._datasets import SYNTHETIC


class ComparisonError(ValueError):
    """Two folders have no results that can be compared."""


def compare_folders(first, second):
    """Compare the results that two runs have in common.

    A folder may also be that of a single result, so two methods of one run can be
    compared.
    """
    folders = Path(first), Path(second)
    cells = [_cells(folder) for folder in folders]
    common = [name for name in cells[0] if name in cells[1]]
    if not common:
        raise FileNotFoundError(
            f"{first} and {second} have no result in common: {', '.join(cells[0])}; "
            f"{', '.join(cells[1])}. To compare two methods, name the folders of their "
            "results."
        )
    names, blocks, faults = _names(*folders), [], []
    for name in common:
        title = "" if name == "." else f"{name}\n"
        try:
            results = [load_result(found[name]) for found in cells]
            _check_clips(*(found[name] for found in cells))
            blocks.append(f"{title}{compare(*results, names=names)}")
        except (ValueError, TypeError) as error:
            faults.append(f"{title}not compared: {error}")
    if not blocks:
        raise ComparisonError("\n\n".join(faults))
    alone = [
        f"only in {folder}: {', '.join(left)}"
        for folder, found in zip(folders, cells, strict=True)
        if (left := [name for name in found if name not in common])
    ]
    return "\n\n".join([*blocks, *faults, *alone])


def _cells(folder):
    """Find results by their place in the folder."""
    found = {
        str(path.parent.relative_to(folder)): path.parent
        for path in sorted(folder.glob(f"**/{FILE}"))
    }
    if not found:
        raise FileNotFoundError(f"{folder} holds no {FILE}.")
    return found


def _check_clips(*folders):
    """Check that both results are of the same dataset, as far as folders tell.

    Generated clips are as many, of the same subjects and classes, in all of them.
    """
    first, second = map(_clips_of, folders)
    if None not in (first, second) and first != second:
        raise ValueError(
            f"the results must be of the same clips, got {first} and {second}."
        )


def _clips_of(folder):
    try:
        asked = json.loads((folder / "request.json").read_text(encoding="utf-8"))
        dataset, seed = asked["dataset"], asked["seed"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return f"{dataset}, seed {seed}" if dataset in SYNTHETIC else dataset


def _names(first, second):
    names = (first.name, second.name)
    return names if names[0] != names[1] else (str(first), str(second))


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
    """Lay out all scores, with methods down and datasets across."""
    how = f"{PROTOCOLS[options.protocol]}, {options.selection} selection"
    blocks, listed = [], with_parts(results)
    signs, reasons = signs_of(left_out)
    marks = {name: f.mark for group in results.values() for name, f in group.items()}
    signs = {
        dataset: {_marked(name, marks.get(name, "")): sign for name, sign in of.items()}
        for dataset, of in signs.items()
    }
    ends = {id(found): intervals_or_nan(found) for found in _all(listed)}
    for metric, title in CLASS_SCORES.items():
        columns = {n: _column(group, metric, ends) for n, group in listed.items()}
        for name, of in signs.items():
            columns[name] = columns.get(name, {}) | of
        blocks.append(f"{title}, {how}\n{pd.DataFrame(columns).to_string(na_rep='')}")
    notes = footnotes(*(found.mark for found in _all(results)))
    notes.append("in brackets: 95 % of bootstrap draws of subjects")
    notes += reasons
    return "\n\n".join([*blocks, "\n".join(notes)])


def with_parts(results):
    """List results, and behind those of several databases those of each."""
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
        column[CLASS_BASELINE] = f"{always[metric]:.4f}{_NO_ENDS}"
    for name, found in group.items():
        table, ends = intervals[id(found)], _NO_ENDS
        if metric in table.index and not np.isnan(table.at[metric, "low"]):
            ends = " [{low:.2f}, {high:.2f}]".format(**table.loc[metric])
        column[_marked(name, found.mark)] = f"{found.scores[metric]:.4f}{ends}"
    return column


def _marked(name, mark):
    return f"{name} {mark}".strip()


def signs_of(left_out):
    """Give each reason for which something was left out a letter."""
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
    """Collect what others published of the methods of a run."""
    units = options.protocol == datasets.UNITS
    names = [None] if units else [CLASS_BASELINE, *options.methods]
    figures = [
        figure
        for name in names
        for figure in published.published_figures(method=name)
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
    """Lay out what others published of the methods of a run."""
    table, notes = published_table(options)
    if table.empty:
        return "nothing known of these methods"
    numbers = [name for name in FIGURES if name in table]
    table = table.astype(dict.fromkeys(numbers, float))
    text = table.to_string(index=False, na_rep="", float_format="{:.4g}".format)
    return "\n".join([text, *notes])
