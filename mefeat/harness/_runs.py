"""Runs of methods on datasets: what is asked for, finished, or left out."""

import sys
from contextlib import contextmanager, nullcontext

import joblib
import numpy as np
from tqdm import tqdm

from mefeat.datasets import DatasetError
from mefeat.evaluation import environment, evaluate, relative_to_neutral
from mefeat.evaluation._results import describe_estimator
from mefeat.facs import CD6ME_UNITS
from mefeat.harness import _datasets as datasets
from mefeat.harness import _methods as methods
from mefeat.harness._interrupts import workers
from mefeat.harness._store import PER_PREDICTION, first_of, stored_bytes
from mefeat.model_selection import PolySVCSearch, make_folds


def rows_of(estimator, dataset, data, options):
    """Describe clips relative to those of the same subject at rest, if so asked."""
    if options.baseline != "neutral":
        return estimator, data.clips
    neutral = datasets.load_neutral(dataset, options)
    with _all_cores(options):
        rows = estimator[0].fit_transform([*data.clips, *neutral.clips])
    at_rest = np.arange(len(rows)) >= len(data.clips)
    groups = np.concatenate([data.groups, neutral.groups])
    try:
        relative = relative_to_neutral(rows, groups, at_rest)
    except ValueError as error:
        raise DatasetError(f"--baseline neutral on {dataset}: {error}") from error
    return estimator[1:], relative[~at_rest]


def _all_cores(options):
    if options.scheduler is not None:
        return nullcontext()
    return joblib.parallel_config(n_jobs=options.n_jobs)


_REQUESTED = (
    *("seed", "quick", "baseline", "protocol", "test_databases"),
    *("selection", "transductive"),
)


class NoResultError(Exception):
    """None of the methods could be judged."""


class Attempts:
    """Goes on when a method does not suit the data, and remembers why.

    What concerns all methods ends the run: a dataset that is not as it should be, and
    what a disk does.
    """

    def __init__(self, options, store=None):
        self.options = options
        self.store = store
        self.reasons = {}

    @contextmanager
    def of(self, dataset, method):
        """Try something with a method on a dataset."""
        try:
            yield
        except (OSError, DatasetError, Warning):
            raise
        except Exception as error:
            reason = _reason(error)
            self.reasons[dataset, methods.label(method, self.options.solver)] = reason
            say(f"{method} on {dataset} is left out: {reason}")
            if self.store is not None:
                self.store.explain(dataset, cell_name(method, self.options), error)

    def left_out(self, dataset, method):
        """Tell whether a method was left out on a dataset."""
        return (dataset, methods.label(method, self.options.solver)) in self.reasons


def _reason(error):
    text = " ".join(str(error).split())
    told = isinstance(error, ValueError | TypeError | ImportError) and text
    return text if told else f"{type(error).__name__}: {text}".rstrip(": ")


def cell_name(method, options):
    """Name the folder of a result within that of its dataset."""
    units = options.protocol == datasets.UNITS
    return f"{method}-{datasets.UNITS}" if units else method


def run_all(options, store, run):
    """Judge every method on every dataset."""
    bunches = {dataset: once(dataset, options) for dataset in options.datasets}
    cells = [(dataset, name) for dataset in bunches for name in options.methods]
    attempts = Attempts(options, store)
    found = {}
    for cell in cells:
        with attempts.of(*cell):
            found[cell] = take(*cell, options, store)
    left = [cell for cell in found if found[cell] is None]
    check_work(left, bunches, store, options, attempts)
    results = {dataset: {} for dataset in bunches}
    for dataset, name in cells:
        if attempts.left_out(dataset, name):
            continue
        with attempts.of(dataset, name):
            result = found[dataset, name]
            if result is None:
                result = run(dataset, name, bunches[dataset], options, store)
            results[dataset][methods.label(name, options.solver)] = result
    results = {dataset: group for dataset, group in results.items() if group}
    if not results:
        raise NoResultError(f"nothing could be judged: {told(attempts.reasons)}")
    return results, attempts.reasons


def told(left_out):
    """Write what was left out, and why."""
    names = {}
    for (dataset, method), reason in left_out.items():
        names.setdefault(reason, []).append(f"{method} on {dataset}")
    return "; ".join(f"{', '.join(who)}: {why}" for why, who in names.items())


def take(dataset, method, options, store):
    """Take the finished result of an earlier run."""
    if dataset not in datasets.SYNTHETIC:
        return None
    request = request_of(dataset, method, options)
    result = store.take(dataset, method, request)
    if result is not None:
        say(f"{method} on {dataset}: taken from {store.cell(dataset, method)}")
    return result


def run(dataset, method, bunch, options, store):
    """Judge a method on a dataset and keep the result."""
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
            memory=store.folds,
            verbose=True,
        )
    request = request_of(dataset, method, options)
    # All of it, also where rows were described before.
    result.settings["estimator"] = request["estimator"]
    store.keep(dataset, cell_name(method, options), request, result)
    return result


def estimator_of(dataset, method, options):
    """Make what is judged on a dataset."""
    crop = datasets.crop_of(dataset, options)
    made = methods.estimator(method, options, crop)
    if options.protocol == datasets.UNITS and isinstance(made[-1], PolySVCSearch):
        # By what is reported. The searches of scikit-learn would take the mean of
        # folds, in some of which nobody shows the unit.
        made[-1].set_params(scoring="f1")
    return made


def needs_color(method):
    """Tell whether a method needs clips in color."""
    return "color" in methods.method_of(method).needs


def request_of(dataset, method, options):
    """Describe all that a result depends on, but for the clips of a database."""
    return {
        "dataset": dataset,
        "settings": datasets.SYNTHETIC.get(dataset),
        "method": method,
        "classes": datasets.classes_text(options, dataset),
        **{name: getattr(options, name) for name in _REQUESTED},
        "estimator": describe_estimator(estimator_of(dataset, method, options)),
        **environment(),
    }


def check_work(cells, bunches, store, options, attempts):
    """See whether there are folds, and room on the disk, before hours of work."""
    n_bytes = 0
    n_targets = len(CD6ME_UNITS) if options.protocol == datasets.UNITS else 1
    for dataset, name in cells:
        data = bunches[dataset](needs_color(name))
        folds_of(dataset, data, options)
        if store.folder is None:
            continue
        with attempts.of(dataset, name):
            estimator = estimator_of(dataset, name, options)
            head = methods.clip_steps(estimator[0]).set_params(memory=store.cache)
            described = first_of(head.fit_transform(data.clips[:1]))
            n_bytes += stored_bytes(described) * len(data.clips)
            if options.selection == "oracle":
                n_points = methods.count_candidates(estimator[-1])
                n_bytes += PER_PREDICTION * n_points * n_targets * len(data.clips)
    store.check_room(n_bytes)


def folds_of(dataset, data, options):
    """Split the clips of a dataset as a run does."""
    units = options.protocol == datasets.UNITS
    if units:
        _check_units(data)
    try:
        return make_folds(
            "leave_one_database_out" if units else options.protocol,
            data.y,
            data.groups,
            random_state=options.seed,
            databases=data.databases,
            test_databases=options.test_databases,
        )
    except ValueError as error:
        raise DatasetError(
            f"--protocol {options.protocol} on {dataset}: {error}"
        ) from error


def _check_units(data):
    shown = {
        name
        for name, units in zip(data.databases, data.units, strict=True)
        if units.numbers
    }
    without = sorted(set(data.databases) - shown)
    if without:
        raise DatasetError(
            f"--protocol {datasets.UNITS} needs databases with action units; no clip "
            f"of {', '.join(without)} has any: leave it out of --data."
        )


def say(text):
    """Tell the user what is going on, beside the tables."""
    tqdm.write(text, file=sys.stderr)


def once(dataset, options):
    """Load a dataset when it is needed, and only once."""
    made = {}

    def bunch(color=False):
        if color not in made:
            say(f"reading {dataset}{' in color' if color else ''}")
            made[color] = datasets.load(dataset, options, color)
        return made[color]

    return bunch
