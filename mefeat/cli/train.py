"""The command `mefeat train`: from labelled clips to a file that predicts."""

import sys
from pathlib import Path

from mefeat.cli.errors import CommandError
from mefeat.cli.labelled import SYNTHETIC, load_labelled
from mefeat.cli.options import check_output, crop_of, find_method, parse_changes

_OPTIONS = [
    ("--method", "NAME", "lbp-top", "one of `mefeat methods`"),
    ("--classifier", "NAME", "svm", "svm, linear-svm, rbf-svm, adaboost, "
     "random-forest, knn or elm"),
    ("--classes", "MAP", "own", "class map of the database (own, five, three), or "
     "EMOTION=CLASS,EMOTION=CLASS; other emotions are left out"),
    ("--pattern", "PATTERN", "{emotion}/{subject}/{clip}", "path of a clip below a "
     "folder"),
]  # fmt: skip


def add_command(commands):
    """Add the command to the parser.

    Parameters
    ----------
    commands : object
        What `ArgumentParser.add_subparsers` gives.
    """
    train = commands.add_parser(
        "train",
        help="train a model on labelled clips",
        description="Describe labelled clips by a method, train a classifier, and save "
        "both in one file, with which `mefeat predict` names the expression in videos.",
    )
    train.set_defaults(run=_train)
    add = train.add_argument
    add(
        "dataset",
        metavar="DATASET",
        help=f"{SYNTHETIC}, a name of `mefeat datasets list`, a table .csv with the "
        "columns path, subject, label (and onset, apex, offset), or a folder",
    )
    add(
        "-o",
        "--output",
        required=True,
        type=Path,
        metavar="FILE",
        help=".skops; .safetensors for networks",
    )
    add("--data", type=Path, metavar="ROOT", help="folder of the database")
    for name, metavar, default, text in _OPTIONS:
        add(name, metavar=metavar, default=default, help=f"{text} (default: {default})")
    add(
        "--set",
        action="append",
        default=[],
        metavar="STEP__NAME=VALUE",
        help="change a parameter of the method, for example lbptop__grid=(5,5)",
    )
    add("--no-crop", action="store_true", help="the frames are cropped faces already")
    add("--seed", type=int, default=0, metavar="N", help="seed (default: 0)")
    add("--subjects", type=int, default=8, metavar="N", help=f"of {SYNTHETIC} clips")
    add("--per-class", type=int, default=3, metavar="N", help=f"{SYNTHETIC} clips")
    add("--n-jobs", type=int, default=1, metavar="N", help="processes (default: 1)")
    add("--cache", type=Path, metavar="FOLDER", help="keep finished rows there")
    add("--quiet", action="store_true", help="no progress")


def _train(arguments):
    import joblib

    method = find_method(arguments.method, networks=True)
    suffix = ".skops" if method.predicts is None else ".safetensors"
    check_output(arguments.output, [suffix])
    _check_extra(method)
    # Clips of color are asked for where a dataset is made, not read.
    arguments.color = "color" in method.needs
    model = _model(method, arguments)
    with joblib.parallel_config(backend="loky", n_jobs=arguments.n_jobs):
        bunch = load_labelled(arguments.dataset, arguments)
        y = _labels(bunch, arguments.dataset)
        try:
            _fit(model, bunch.clips, y, bunch.groups)
        except Exception as error:
            notes = "; ".join(getattr(error, "__notes__", []))
            print(f"mefeat: {error}{f' ({notes})' if notes else ''}", file=sys.stderr)
            return 1
    facts = _facts(model, bunch, y, arguments)
    _save(model, arguments.output, facts)
    print(_summary(facts, arguments.output))
    return 0


def _check_extra(method):
    from mefeat.deep.needs import import_torch
    from mefeat.saving.trust import import_skops

    try:
        import_skops() if method.predicts is None else import_torch()
    except ImportError as error:
        raise CommandError(error) from None


def _model(method, arguments):
    from sklearn.pipeline import make_pipeline

    from mefeat.base import ClipPipeline
    from mefeat.evaluation import make_classifier

    # A generated clip is a face already, but is cut out as a video's will be.
    changes = parse_changes(arguments.set)
    try:
        model = method.pipeline(crop=crop_of(method, arguments), **changes)
        if method.predicts is None:
            name, seed = arguments.classifier, arguments.seed
            model = make_pipeline(model, make_classifier(name, random_state=seed))
        else:
            quiet, seed = arguments.quiet, arguments.seed
            model[-1].set_params(random_state=seed, verbose=not quiet)
        head = model[0] if isinstance(model[0], ClipPipeline) else model[0][0]
        head.check()
    except (TypeError, ValueError) as error:
        raise CommandError(error) from None
    if arguments.cache is not None:
        head.set_params(memory=str(arguments.cache))
    head.set_params(verbose=not arguments.quiet)
    return model


def _labels(bunch, name):
    import numpy as np

    n_classes, n_subjects = len(set(bunch.target)), len(set(bunch.groups))
    if n_classes < 2 or n_subjects < 2:
        raise CommandError(
            f"training needs two classes and two subjects or more; {name} has clips of "
            f"{n_classes} and {n_subjects}."
        )
    return np.asarray(bunch.target_names)[bunch.target]


def _fit(model, clips, y, groups):
    step = model.steps[-1][0]
    model.fit(clips, y, **{f"{step}__groups": groups})
    head = model[0] if hasattr(model[0], "memory") else model[0][0]
    head.set_params(verbose=False)


def _facts(model, bunch, y, arguments):
    from collections import Counter

    counts = Counter(y.tolist())
    last = model[-1]
    return {
        "dataset": arguments.dataset,
        "method": arguments.method,
        "classifier": _classifier_name(last, arguments),
        "classes": {name: counts[name] for name in bunch.target_names if counts[name]},
        "n_clips": len(y),
        "n_subjects": len(set(bunch.groups)),
        "class_map": arguments.classes,
        "changes": arguments.set,
        "crop": not arguments.no_crop,
        "seed": arguments.seed,
        **_choice(last),
    }


def _is_network(estimator):
    return hasattr(estimator, "network_")


def _classifier_name(last, arguments):
    return "its own network" if _is_network(last) else arguments.classifier


def _choice(last):
    """Tell what training chose: parameters, or the epoch of a network."""
    from mefeat.evaluation.describe import plain

    if not _is_network(last):
        score = float(last.best_score_)
        return {"chosen": plain(last.best_params_), "inner_macro_f1": score}
    return {"chosen": {"epoch": last.epoch_}}


def _save(model, path, facts):
    from mefeat.saving import save_model

    save_model(model, path, facts)


def _summary(facts, path):
    classes = ", ".join(f"{name} {n}" for name, n in facts["classes"].items())
    chosen = ", ".join(f"{name} {value}" for name, value in facts["chosen"].items())
    score = facts.get("inner_macro_f1")
    judged = "by the loss of subjects held out of training"
    if score is not None:
        judged = (
            f"macro-F1 {score:.3f} on the folds that chose, so too high for people it "
            "has not seen"
        )
    return (
        f"{path}: {facts['method']} and {facts['classifier']}, trained on "
        f"{facts['n_clips']} clips of {facts['n_subjects']} subjects ({classes})\n"
        f"chosen: {chosen}; {judged}"
    )
