"""Runs on action units across databases, the protocol of CD6ME."""

import pandas as pd

from mefeat.evaluation import evaluate_units
from mefeat.evaluation._report import UNIT_BASELINE
from mefeat.evaluation._results import footnotes, intervals_or_nan
from mefeat.facs import CD6ME_UNITS, unit_matrix
from mefeat.harness import _methods as methods
from mefeat.harness import _tables as tables
from mefeat.harness._interrupts import workers
from mefeat.harness._runs import (
    cell_name,
    estimator_of,
    needs_color,
    request_of,
    rows_of,
    say,
)

NAMES = [f"AU{number}" for number in CD6ME_UNITS]
TITLE = "F1 of action units, leave one database out"
NOTES = [
    "mean_f1: mean over the units of the F1 of all databases together",
    "mean_database_f1: mean of the units within each database, and of the databases",
    "in brackets: 95 % of bootstrap draws of subjects",
]


def run_units(dataset, method, bunch, options, store):
    """Judge a method on the action units of a dataset and keep the result."""
    estimator = estimator_of(dataset, method, options)
    methods.clip_steps(estimator[0]).set_params(memory=store.cache)
    data = bunch(needs_color(method))
    say(f"{method} on action units of {dataset}: {len(data.clips)} clips")
    with workers(options):
        estimator, X = rows_of(estimator, dataset, data, options)
        result = evaluate_units(
            estimator,
            X,
            unit_matrix(data.units, CD6ME_UNITS),
            data.databases,
            groups=data.groups,
            unit_names=NAMES,
            selection=options.selection,
            transductive=options.transductive,
            n_jobs=None if options.scheduler else options.n_jobs,
            memory=store.folds,
            verbose=True,
        )
    request = request_of(dataset, method, options)
    result.settings["estimator"] = request["estimator"]
    store.keep(dataset, cell_name(method, options), request, result)
    return result


def unit_tables(results, left_out):
    """Lay out the F1 of each unit and the means, with methods across."""
    blocks, marks = [], []
    signs, reasons = tables.signs_of(left_out)
    for dataset, group in results.items():
        first = next(iter(group.values()))
        columns = {UNIT_BASELINE: {k: f"{v:.4f}" for k, v in first.baseline.items()}}
        for name, found in group.items():
            marks.append(found.mark)
            columns[f"{name} {found.mark}".strip()] = _column(found)
        for name, sign in signs.get(dataset, {}).items():
            columns[name] = dict.fromkeys(first.baseline, sign)
        table = pd.DataFrame(columns).rename(index=lambda row: row.removeprefix("f1 "))
        blocks.append(f"{TITLE}: {dataset}\n{table.to_string()}")
    return "\n\n".join([*blocks, "\n".join([*footnotes(*marks), *NOTES, *reasons])])


def _column(found):
    return {
        name: f"{row['value']:.4f} [{row['low']:.2f}, {row['high']:.2f}]"
        for name, row in intervals_or_nan(found).iterrows()
    }
