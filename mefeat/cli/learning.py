"""What `mefeat train` learns from labelled clips, and what is to be known of it."""

from mefeat.cli.errors import CommandError
from mefeat.cli.found import detector_of
from mefeat.cli.units import NONE, choose_units, is_network, learns


def learn_classes(model, bunch, arguments):
    """Fit a model to the classes of clips.

    Parameters
    ----------
    model : Pipeline
        A model that ends in a classifier.
    bunch : Bunch
        Labelled clips.
    arguments : Namespace
        Options of the command.

    Returns
    -------
    dict
        Facts of the training.

    Raises
    ------
    CommandError
        If there are fewer than two classes or subjects.
    """
    from mefeat.evaluation.describe import plain

    y = _labels(bunch, arguments.dataset)
    _fit(model, bunch.clips, y, groups=bunch.groups)
    facts = _facts(model, bunch.groups, arguments) | {"classes": _counts(bunch, y)}
    last = model[-1]
    if is_network(model):
        return facts | {"chosen": {"epoch": last.epoch_}}
    score = float(last.best_score_)
    return facts | {"chosen": plain(last.best_params_), "inner_macro_f1": score}


def learn_units(model, bunch, arguments):
    """Fit a model to action units of those clips that somebody coded.

    Parameters
    ----------
    model : Pipeline
        A model that ends in what `with_units` puts behind a method.
    bunch : Bunch
        Labelled clips.
    arguments : Namespace
        Options of the command.

    Returns
    -------
    dict
        Facts of the training.

    Raises
    ------
    CommandError
        If no unit can be learned, or a table of emotions from fewer than two classes.
    """
    coded, numbers, shown = choose_units(bunch, arguments)
    clips, groups = [bunch.clips[i] for i in coded], bunch.groups[coded]
    last, facts = model[-1], {}
    if not is_network(model) and len(set(groups)) < 3:
        raise CommandError(
            "to hold out subjects in turn, and choose parameters on others, takes "
            f"three subjects or more; {arguments.dataset} has coded clips of 2."
        )
    if arguments.mapping == NONE:
        last.set_params(units=numbers)
        _fit(model, clips, shown, groups=groups)
    else:
        last.set_params(detector__units=numbers)
        y = _labels(bunch, arguments.dataset)[coded] if learns(last) else None
        facts = {} if y is None else {"classes": _counts(bunch, y)}
        _fit(model, clips, y, units=shown, groups=groups)
    detector, names = detector_of(model), [f"AU{number}" for number in numbers]
    facts["units"] = dict(zip(names, shown.sum(axis=0).tolist(), strict=True))
    facts["mapping"] = arguments.mapping
    if hasattr(detector, "average_precision_"):
        found = detector.average_precision_.tolist()
        facts["average_precision"] = dict(zip(names, found, strict=True))
    else:
        facts["chosen"] = {"epoch": detector.epoch_}
    return _facts(model, groups, arguments) | facts


def summary(facts):
    """Say what was learned, and what is known of how well.

    Parameters
    ----------
    facts : dict
        Facts of a training.

    Returns
    -------
    str
        Two lines.
    """
    names = facts.get("units", facts.get("classes"))
    names = ", ".join(f"{name} {n}" for name, n in names.items())
    chosen = ", ".join(f"{name} {v}" for name, v in facts.get("chosen", {}).items())
    chosen = f"chosen: {chosen}; " if chosen else ""
    return (
        f"{facts['method']} and {facts['classifier']}, trained on "
        f"{facts['n_clips']} clips of {facts['n_subjects']} subjects ({names})\n"
        f"{chosen}{_judged(facts)}"
    )


def _judged(facts):
    if "inner_macro_f1" in facts:
        return (
            f"macro-F1 {facts['inner_macro_f1']:.3f} on the folds that chose, so too "
            "high for people it has not seen"
        )
    found = facts.get("average_precision")
    if found is None:
        return "by the loss of subjects held out of training"
    guessed = sum(facts["units"].values()) / len(found) / facts["n_clips"]
    return (
        f"mean average precision {sum(found.values()) / len(found):.3f} on subjects "
        f"held out in turn (guesses have {guessed:.3f})"
    )


def _labels(bunch, name):
    import numpy as np

    n_classes, n_subjects = len(set(bunch.target)), len(set(bunch.groups))
    if n_classes < 2 or n_subjects < 2:
        raise CommandError(
            f"training needs two classes and two subjects or more; {name} has clips of "
            f"{n_classes} and {n_subjects}."
        )
    return np.asarray(bunch.target_names)[bunch.target]


def _counts(bunch, y):
    counts = {name: int((y == name).sum()) for name in bunch.target_names}
    return {name: n for name, n in counts.items() if n}


def _fit(model, clips, y, **others):
    from mefeat.cli.found import head_of

    step = model.steps[-1][0]
    model.fit(clips, y, **{f"{step}__{name}": value for name, value in others.items()})
    head_of(model).set_params(verbose=False)


def _facts(model, groups, arguments):
    network = is_network(model)
    return {
        "dataset": arguments.dataset,
        "method": arguments.method,
        "classifier": "its own network" if network else arguments.classifier,
        "n_clips": len(groups),
        "n_subjects": len(set(groups)),
        "class_map": arguments.classes,
        "changes": arguments.set,
        "crop": not arguments.no_crop,
        "seed": arguments.seed,
    }
