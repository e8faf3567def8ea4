"""Action units of clips across databases, the protocol of CD6ME."""

import pandas as pd

from benchmarks.accuracy import datasets, methods
from benchmarks.accuracy.runs import estimator_of, needs_color, once, say, workers
from benchmarks.accuracy.store import commit
from mefeat.base import whole_file
from mefeat.evaluation import evaluate_units
from mefeat.facs import CD6ME_UNITS, unit_matrix

NAMES = [f"AU{number}" for number in CD6ME_UNITS]
TITLE = "F1 of action units, leave one database out"
NOTE = """\
mean_f1: mean over the units of the F1 of all databases together; mean_database_f1: the
mean of the units within each database, and of the databases."""


def judge_units(options, store):
    """Judge every method on the action units of the databases.

    Parameters
    ----------
    options : Namespace
        Options of the command.
    store : Store
        Where results are kept, and folds that are finished are found.

    Returns
    -------
    dict of str to dict of str to UnitEvaluation
        Results by dataset and name of the row.
    """
    results = {}
    for dataset in options.datasets:
        bunch = once(dataset, options)
        results[dataset] = {
            methods.label(name, options.solver): _judge(
                dataset, name, bunch, options, store
            )
            for name in options.methods
        }
    return results


def _judge(dataset, method, bunch, options, store):
    estimator = estimator_of(dataset, method, options)
    methods.clip_steps(estimator[0]).set_params(memory=store.cache)
    data = bunch(needs_color(method))
    say(f"{method} on action units of {dataset}: {len(data.clips)} clips")
    with workers(options):
        result = evaluate_units(
            estimator,
            data.clips,
            unit_matrix(data.units, CD6ME_UNITS),
            data.databases,
            groups=data.groups,
            unit_names=NAMES,
            n_jobs=None if options.scheduler else options.n_jobs,
            resume=store.folds,
            verbose=True,
        )
    if store.folder is not None:
        result.save(store.cell(dataset, f"{method}-{datasets.UNITS}"))
    return result


def unit_tables(results):
    """Lay out the F1 of each unit and the means, with methods across.

    Parameters
    ----------
    results : dict of str to dict of str to UnitEvaluation
        Results by dataset and name of the row.

    Returns
    -------
    str
        A table for each dataset.
    """
    blocks = []
    for dataset, group in results.items():
        columns = {
            name: pd.concat([found.f1, pd.Series(_means(found))])
            for name, found in group.items()
        }
        table = pd.DataFrame(columns).map("{:.4f}".format).to_string()
        blocks.append(f"{TITLE}: {dataset}\n{table}")
    return "\n\n".join([*blocks, NOTE])


def _means(found):
    return {"mean_f1": found.mean_f1, "mean_database_f1": found.mean_database_f1}


def write_units(results, store):
    """Write `action_units.csv` to the folder of the run.

    Parameters
    ----------
    results : dict of str to dict of str to UnitEvaluation
        Results by dataset and name of the row.
    store : Store
        The folder; without one nothing is written.
    """
    if store.folder is None:
        return
    rows = [
        found.to_frame().reset_index(drop=True).assign(dataset=dataset, method=name)
        for dataset, group in results.items()
        for name, found in group.items()
    ]
    table = pd.concat(rows, ignore_index=True).assign(commit=commit())
    with whole_file(store.folder / "action_units.csv") as part:
        table.to_csv(part, index=False)
