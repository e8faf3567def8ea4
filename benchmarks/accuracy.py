"""Accuracy and macro-F1 of methods on datasets: `python -m benchmarks.accuracy`."""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline

from benchmarks import published
from mefeat.base import ClipPipeline, whole_file
from mefeat.datasets import make_clips
from mefeat.evaluation import (
    PolySVCSearch,
    describe_estimator,
    environment,
    evaluate,
    largest_class_baseline,
)
from mefeat.flow import SOLVERS, OpticalFlow
from mefeat.interpolate import TemporalInterpolation
from mefeat.methods import METHODS

BASELINE = "baseline"
DEFAULT_METHODS = ["lbp-top", "mdmo", "bi-woof"]
_N_FRAMES = 20
DATASETS = {
    "synthetic-still": {"amplitude": 0.0},
    "synthetic": {"amplitude": 1.5},
    "synthetic-strong": {"amplitude": 3.0},
}
QUICK = {"n_subjects": 3, "n_per_class": 1, "size": (96, 80)}
SYNTHETIC = """\
synthetic: generated clips, the skin moves by up to 1.5 pixels (strong: 3). The still
ones show the same people without any expression: there all must stay at chance."""
# Rows of the comparison in the paper on sparse MDMO: a method and what is changed.
VARIANTS = {
    "basic-sc": ("sparse-mdmo", {"sparsemdmo__graph_weight": 0.0}),
    "graph-sc": ("sparse-mdmo", {"sparsemdmo__metric": "euclidean"}),
}
METRICS = {"accuracy": "accuracy", "macro_f1": "macro-F1"}


def load(name, *, seed, quick, color, n_jobs):
    """Make or load a dataset.

    Parameters
    ----------
    name : str
        A key of `DATASETS`.
    seed : int
        Seed of generated clips.
    quick : bool
        Whether to make few and small clips.
    color : bool
        Whether clips are RGB.
    n_jobs : int
        Threads.

    Returns
    -------
    Bunch
        `clips`, `target`, `target_names`, `groups`.
    """
    settings = DATASETS[name] | (QUICK if quick else {})
    return make_clips(**settings, color=color, random_state=seed, n_jobs=n_jobs)


def classifier(quick):
    """Make the classifier of the table, nested search of a polynomial SVM.

    Parameters
    ----------
    quick : bool
        Whether to search a small grid.

    Returns
    -------
    PolySVCSearch
        The classifier.
    """
    return PolySVCSearch(degree=(2,), C=(1, 100)) if quick else PolySVCSearch()


def features(method, solver, quick=False):
    """Make the features of a method, those of flow in less time than its paper takes.

    Parameters
    ----------
    method : str
        A key of `METHODS` or `VARIANTS`.
    solver : str
        Solver of the optical flow.
    quick : bool, default=False
        Whether to learn few words.

    Returns
    -------
    ClipPipeline or Pipeline
        The features. Flow of more than one pair is that of clips interpolated to 20
        frames.
    """
    name, changes = VARIANTS.get(method, (method, {}))
    whole = METHODS[name].pipeline(crop=False).set_params(**changes)
    if quick and "sparsemdmo__n_components" in whole.get_params():
        whole.set_params(sparsemdmo__n_components=16)
    head = clip_steps(whole)
    flows = [step for step in head.steps if isinstance(step, OpticalFlow)]
    if flows:
        flows[0].set_params(solver=solver)
        if flows[0].to != "apex":
            place = head.steps.index(flows[0])
            before = slice(place, place)
            if isinstance(head.steps[place - 1], TemporalInterpolation):
                before = slice(place - 1, place)
            head.steps[before] = [TemporalInterpolation(_N_FRAMES)]
    return whole


def clip_steps(estimator):
    """Get what runs clip by clip, alone or before what learns.

    Parameters
    ----------
    estimator : ClipPipeline or Pipeline
        Features.

    Returns
    -------
    ClipPipeline
        The steps.
    """
    return estimator if isinstance(estimator, ClipPipeline) else estimator[0]


def label(method, solver):
    """Name a method in the table, with what is not as in its paper.

    Parameters
    ----------
    method : str
        A key of `METHODS` or `VARIANTS`.
    solver : str
        Solver of the optical flow.

    Returns
    -------
    str
        The name.
    """
    steps = clip_steps(features(method, solver)).steps
    flows = [step for step in steps if isinstance(step, OpticalFlow)]
    if not flows:
        return method
    return f"{method} ({solver}{'' if flows[0].to == 'apex' else f', TIM {_N_FRAMES}'})"


def run(dataset, method, bunch, arguments):
    """Judge a method on a dataset, or take the finished result of an earlier run.

    Parameters
    ----------
    dataset, method : str
        Names.
    bunch : callable
        Gives the dataset when it is needed, in color if told so.
    arguments : Namespace
        Arguments of the command.

    Returns
    -------
    dict
        Scores by name.
    """
    head = features(method, arguments.solver, arguments.quick)
    estimator = make_pipeline(head, classifier(arguments.quick))
    request = {
        "dataset": dataset,
        "settings": DATASETS[dataset],
        "method": method,
        "seed": arguments.seed,
        "quick": arguments.quick,
        "estimator": describe_estimator(estimator),
        **environment(),
    }
    folder = None if arguments.out is None else arguments.out / dataset / method
    if folder is not None and _finished(folder, request):
        _say(f"{method} on {dataset}: taken from {folder}")
        return json.loads((folder / "result.json").read_text())["scores"]
    data = bunch("color" in METHODS[VARIANTS.get(method, (method,))[0]].needs)
    _say(f"{method} on {dataset}: {len(data.clips)} clips")
    result = evaluate(
        estimator,
        data.clips,
        np.asarray(data.target_names)[data.target],
        data.groups,
        labels=data.target_names,
        n_jobs=arguments.n_jobs,
        verbose=True,
    )
    if folder is not None:
        result.save(folder)
        with whole_file(folder / "request.json") as part:
            part.write_text(json.dumps(request, indent=1))
        with whole_file(folder / "commit.txt") as part:
            part.write_text(f"{_commit()}\n")
    return result.scores


def _finished(folder, request):
    try:
        found = json.loads((folder / "request.json").read_text())
    except (OSError, ValueError):
        return False
    return (
        found == json.loads(json.dumps(request)) and (folder / "result.json").exists()
    )


def _commit():
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    found = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parent, check=False
    )
    return found.stdout.strip() or "not a checkout"


def _say(text):
    print(text, file=sys.stderr, flush=True)


def published_block(methods):
    """Lay out what others published of the methods.

    Parameters
    ----------
    methods : list of str
        Names as in the table.

    Returns
    -------
    str
        The block with its footnotes.
    """
    rows, notes = [], []
    for figure in (f for name in methods for f in published.select(method=name)):
        mark = ""
        if figure.selection == "oracle":
            mark += "†"
        if figure.flag is not None:
            if figure.flag not in notes:
                notes.append(figure.flag)
            mark += f" [{notes.index(figure.flag) + 1}]"
        numbers = (figure.accuracy, figure.f1, figure.uar)
        rows.append(
            [
                f"{figure.method}{mark}",
                figure.dataset,
                "" if figure.n_classes is None else figure.n_classes,
                figure.protocol,
                *("" if n is None else f"{n:.4g}" for n in numbers),
                figure.source,
            ]
        )
    sources = {f.source for name in methods for f in published.select(method=name)}
    columns = "method dataset classes protocol accuracy macro-F1 UAR source".split()
    table = pd.DataFrame(rows, columns=columns)
    lines = [table.to_string(index=False)]
    lines.append("† parameters chosen on the folds that are reported (oracle)")
    lines += [f"[{i + 1}] {note}" for i, note in enumerate(notes)]
    lines += [f"{k}: {text}" for k, text in published.SOURCES.items() if k in sources]
    return "\n".join(lines)


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit status.
    """
    arguments = _parser().parse_args(argv)
    start = time.perf_counter()
    cells = {metric: {} for metric in METRICS}
    for dataset in arguments.datasets:
        bunch = _once(dataset, arguments)
        scores = {BASELINE: largest_class_baseline(np.bincount(bunch().target))}
        for method in arguments.methods:
            name = label(method, arguments.solver)
            scores[name] = run(dataset, method, bunch, arguments)
        for metric, table in cells.items():
            table[dataset] = {name: found[metric] for name, found in scores.items()}
    for metric, title in METRICS.items():
        print(f"\n{title}, leave one subject out, nested selection")
        print(pd.DataFrame(cells[metric]).map("{:.4f}".format).to_string())
    print(f"\n{SYNTHETIC}")
    print("\npublished by others, on other clips")
    print(published_block([BASELINE, *arguments.methods]))
    print(f"\n{time.perf_counter() - start:.0f} s")
    return 0


def _parser():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy")
    add = parser.add_argument
    add("--datasets", nargs="+", choices=DATASETS, default=list(DATASETS))
    add("--methods", nargs="+", choices=[*METHODS, *VARIANTS], default=DEFAULT_METHODS)
    add("--solver", choices=SOLVERS, default="dis", help="of the optical flow")
    add("--n-jobs", type=int, default=-1, help="threads (default: all cores)")
    add("--seed", type=int, default=0, help="seed of generated clips")
    add("--quick", action="store_true", help="few small clips, seconds")
    add(
        "--out",
        type=Path,
        help="folder for results and predictions; finished ones found there are taken",
    )
    return parser


def _once(dataset, arguments):
    made = {}

    def bunch(color=False):
        if color not in made:
            _say(f"making {dataset}{' in color' if color else ''}")
            made[color] = load(
                dataset,
                seed=arguments.seed,
                quick=arguments.quick,
                color=color,
                n_jobs=arguments.n_jobs,
            )
        return made[color]

    return bunch


if __name__ == "__main__":
    sys.exit(main())
