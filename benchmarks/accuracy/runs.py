"""Judging methods on datasets: what is asked for, what is there, what is left to do."""

import sys

from tqdm import tqdm

from benchmarks.accuracy import datasets, methods
from benchmarks.accuracy.neutral import rows_of
from benchmarks.accuracy.store import PER_PREDICTION, stored_bytes
from benchmarks.accuracy.workers import workers
from mefeat.datasets import DatasetError
from mefeat.evaluation import (
    PolySVCSearch,
    describe_estimator,
    environment,
    evaluate,
    make_folds,
)
from mefeat.facs import CD6ME_UNITS

_REQUESTED = (
    *("seed", "quick", "classes", "baseline", "protocol", "test_databases"),
    *("selection", "transductive"),
)


def run_all(options, store):
    """Judge every method on every dataset.

    Parameters
    ----------
    options : Namespace
        Options of the command.
    store : Store
        Where results are found and kept.

    Returns
    -------
    dict of str to dict of str to Evaluation
        Results by dataset and name of the row.
    """
    bunches = {dataset: once(dataset, options) for dataset in options.datasets}
    cells = [(dataset, name) for dataset in bunches for name in options.methods]
    found = {cell: take(*cell, options, store) for cell in cells}
    left = [cell for cell in cells if found[cell] is None]
    check_work(left, bunches, store, options)
    results = {dataset: {} for dataset in bunches}
    for dataset, name in cells:
        result = found[dataset, name]
        if result is None:
            result = run(dataset, name, bunches[dataset], options, store)
        results[dataset][methods.label(name, options.solver)] = result
    return results


def take(dataset, method, options, store):
    """Take the finished result of an earlier run.

    Parameters
    ----------
    dataset, method : str
        Names.
    options : Namespace
        Options of the command.
    store : Store
        Where results are found.

    Returns
    -------
    Evaluation or None
        The result. None for databases of the user: whether their files are still the
        same is seen fold by fold.
    """
    if dataset not in datasets.SYNTHETIC:
        return None
    request = request_of(dataset, method, options)
    result = store.take(dataset, method, request)
    if result is not None:
        say(f"{method} on {dataset}: taken from {store.cell(dataset, method)}")
    return result


def run(dataset, method, bunch, options, store):
    """Judge a method on a dataset and keep the result.

    Parameters
    ----------
    dataset, method : str
        Names.
    bunch : callable
        Gives the dataset, in color if told so.
    options : Namespace
        Options of the command.
    store : Store
        Where results are kept, and folds that are finished are found.

    Returns
    -------
    Evaluation
        The result.
    """
    estimator = estimator_of(dataset, method, options)
    methods.clip_steps(estimator[0]).set_params(memory=store.cache)
    data = bunch(needs_color(method))
    say(f"{method} on {dataset}: {len(data.clips)} clips")
    with workers(options):
        estimator, X = rows_of(estimator, dataset, data, options)
        result = evaluate(
            estimator,
            X,
            data.y,
            data.groups,
            protocol=options.protocol,
            selection=options.selection,
            transductive=options.transductive,
            databases=data.databases,
            test_databases=options.test_databases,
            labels=data.labels,
            random_state=options.seed,
            n_jobs=None if options.scheduler else options.n_jobs,
            resume=store.folds,
            verbose=True,
        )
    request = request_of(dataset, method, options)
    # All of it, also where rows were described before.
    result.settings["estimator"] = request["estimator"]
    store.keep(dataset, method, request, result)
    return result


def estimator_of(dataset, method, options):
    """Make what is judged on a dataset.

    Parameters
    ----------
    dataset, method : str
        Names.
    options : Namespace
        Options of the command.

    Returns
    -------
    Pipeline
        Not fitted.
    """
    crop = datasets.crop_of(dataset, options)
    made = methods.estimator(method, options, crop)
    if options.protocol == datasets.UNITS and isinstance(made[-1], PolySVCSearch):
        # By what is reported. The searches of scikit-learn would take the mean of
        # folds, in some of which nobody shows the unit.
        made[-1].set_params(scoring="f1")
    return made


def needs_color(method):
    """Tell whether a method needs clips in color.

    Parameters
    ----------
    method : str
        Its name.

    Returns
    -------
    bool
        Whether it does.
    """
    return "color" in methods.method_of(method).needs


def request_of(dataset, method, options):
    """Describe all that a result depends on, but for the clips of a database.

    Parameters
    ----------
    dataset, method : str
        Names.
    options : Namespace
        Options of the command.

    Returns
    -------
    dict
        Plain values.
    """
    return {
        "dataset": dataset,
        "settings": datasets.SYNTHETIC.get(dataset),
        "method": method,
        **{name: getattr(options, name) for name in _REQUESTED},
        "estimator": describe_estimator(estimator_of(dataset, method, options)),
        **environment(),
    }


def check_work(cells, bunches, store, options):
    """See whether there are folds, and room on the disk, before hours of work.

    Parameters
    ----------
    cells : list of (str, str)
        Names of datasets and methods whose results are to come.
    bunches : dict of str to callable
        Gives each dataset, in color if told so.
    store : Store
        Where described clips and results are to be kept.
    options : Namespace
        Options of the command.

    Raises
    ------
    DatasetError
        If the clips of a dataset cannot be split so.
    OSError
        If there is no room.
    """
    n_bytes = 0
    n_targets = len(CD6ME_UNITS) if options.protocol == datasets.UNITS else 1
    for dataset, name in cells:
        data = bunches[dataset](needs_color(name))
        try:
            folds_of(data, options)
        except ValueError as error:
            raise DatasetError(
                f"--protocol {options.protocol} on {dataset}: {error}"
            ) from error
        if store.folder is None:
            continue
        estimator = estimator_of(dataset, name, options)
        head = methods.clip_steps(estimator[0]).set_params(memory=store.cache)
        described = head.fit_transform(data.clips[:1])
        n_bytes += stored_bytes(described[0]) * len(data.clips)
        if options.selection == "oracle":
            n_points = methods.count_candidates(estimator[-1])
            n_bytes += PER_PREDICTION * n_points * n_targets * len(data.clips)
    store.check_room(n_bytes)


def folds_of(data, options):
    """Split the clips of a dataset as a run does.

    Parameters
    ----------
    data : Bunch
        The dataset.
    options : Namespace
        Options of the command.

    Returns
    -------
    list of Fold
        The folds.
    """
    units = options.protocol == datasets.UNITS
    return make_folds(
        "leave_one_database_out" if units else options.protocol,
        data.y,
        data.groups,
        random_state=options.seed,
        databases=data.databases,
        test_databases=options.test_databases,
    )


def say(text):
    """Tell the user what is going on, beside the tables.

    Parameters
    ----------
    text : str
        A line.
    """
    tqdm.write(text, file=sys.stderr)


def once(dataset, options):
    """Load a dataset when it is needed, and only once.

    Parameters
    ----------
    dataset : str
        Its name.
    options : Namespace
        Options of the command.

    Returns
    -------
    callable
        Gives the dataset, in color if told so.
    """
    made = {}

    def bunch(color=False):
        if color not in made:
            say(f"reading {dataset}{' in color' if color else ''}")
            made[color] = datasets.load(dataset, options, color)
        return made[color]

    return bunch
