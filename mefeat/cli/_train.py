"""The command `mefeat train`: train a model on labelled clips."""

from pathlib import Path

from mefeat.cli._options import (
    CommandError,
    add_options,
    check_cache,
    check_output,
    check_places,
    crop_of,
    detector_of,
    find_method,
    head_of,
    outputs_of,
    parse_changes,
    reason,
    say,
    set_on_missing,
)

ALL = "all"
LEARNED, NONE = "cooccurrence", "none"


def check_unit_options(method, arguments):
    """Tell whether units are to be learned."""
    from mefeat.facs._recognition import MAPPINGS

    if method.predicts == "classes" and arguments.units is not None:
        raise CommandError(
            f"{arguments.method} predicts classes itself, so --units must name another "
            "method: a descriptor, or a network named units-..."
        )
    if method.predicts == "units" and arguments.units is None:
        arguments.units = ALL
    if arguments.units is None:
        if arguments.mapping is not None:
            raise CommandError("--mapping makes emotions of units: give --units too.")
        return False
    known = [*MAPPINGS, LEARNED, NONE]
    arguments.mapping = arguments.mapping or known[0]
    if arguments.mapping not in known:
        raise CommandError(
            f"there is no mapping {arguments.mapping!r}; there are {', '.join(known)}."
        )
    return True


def with_units(model, arguments):
    """Put a detector of units, and what makes emotions of them, behind a method."""
    from sklearn.pipeline import make_pipeline

    from mefeat.facs import ActionUnitDetector, ActionUnitEmotion, CooccurrenceTable
    from mefeat.model_selection import make_classifier

    if is_network(model):
        model, detector = model[:-1], model[-1]
    else:
        classifier = make_classifier(arguments.classifier, random_state=arguments.seed)
        detector = ActionUnitDetector(classifier=classifier, probability=True)
    if arguments.mapping == NONE:
        return make_pipeline(model, detector)
    learned = arguments.mapping == LEARNED
    mapping = CooccurrenceTable() if learned else arguments.mapping
    return make_pipeline(model, ActionUnitEmotion(detector, mapping))


def is_network(model):
    """Tell whether a model ends in a network of `mefeat.deep`."""
    last = model[-1] if hasattr(model, "steps") else model
    return "device" in getattr(last, "detector", last).get_params(deep=False)


def learns(last):
    """Tell whether a mapping learns from classes."""
    return not isinstance(getattr(last, "mapping", ""), str)


def choose_units(bunch, arguments):
    """Find out which units can be learned, and leave out clips that nobody coded."""
    import numpy as np

    from mefeat.facs import parse_action_units, unit_matrix
    from mefeat.facs._detection import can_be_held_out

    cells = bunch.frame.get("action_units", [""] * len(bunch.clips))
    parsed = [parse_action_units(cell) for cell in cells]
    coded = np.flatnonzero([cell.coded for cell in parsed])
    if not len(coded):
        raise CommandError(
            f"{arguments.dataset} does not say which action units its clips show: a "
            "table needs the column action_units, with cells like 6+12."
        )
    asked = _asked(arguments.units)
    parsed = [parsed[i] for i in coded]
    numbers = sorted({n for cell in parsed for n in cell.numbers})
    numbers = numbers if asked is None else asked
    shown = unit_matrix(parsed, numbers)
    learnable = can_be_held_out(shown, bunch.groups[coded])
    _tell(arguments, len(parsed), len(cells), numbers, learnable, asked)
    kept = [n for n, good in zip(numbers, learnable, strict=True) if good]
    return coded, kept, shown[:, learnable]


def _asked(text):
    from mefeat.facs import CD6ME_UNITS

    if text == ALL:
        return None
    if text == "cd6me":
        return list(CD6ME_UNITS)
    try:
        numbers = sorted({int(number) for number in text.split(",")})
    except ValueError:
        numbers = [0]
    if numbers[0] < 1:
        raise CommandError(
            f"--units takes all, cd6me or numbers like 1,2,4,12, got {text!r}."
        )
    return numbers


def _tell(arguments, n_coded, n_clips, numbers, learnable, asked):
    """Say what is left out; nothing that was named may be."""
    lost = [n for n, good in zip(numbers, learnable, strict=True) if not good]
    why = "two subjects or more must show a unit, and two or more lack it"
    if not learnable.any() or (lost and asked and arguments.units != "cd6me"):
        raise CommandError(f"{arguments.dataset}: {why}, which is not so for {lost}.")
    if arguments.quiet:
        return
    if lost:
        say(f"without the units {lost}: {why}")
    if n_coded < n_clips:
        text = f"{n_clips - n_coded} of {n_clips} clips are left out"
        say(f"{text}, whose units nobody coded")


SYNTHETIC = "synthetic"


def load_labelled(dataset, arguments):
    """Load a dataset."""
    from mefeat.datasets import DATABASES, DatasetError
    from mefeat.datasets._sheets import SUFFIXES

    classes = parse_classes(arguments.classes)
    path = Path(dataset)
    try:
        if dataset == SYNTHETIC:
            return _synthetic(arguments)
        if dataset in DATABASES:
            return _database(dataset, arguments, classes)
        if path.suffix.lower() in SUFFIXES and path.is_file():
            return _table(path, classes, _columns(arguments))
        if path.is_dir():
            return _folder(path, arguments.pattern, classes)
    # A table .xlsx may want openpyxl.
    except (DatasetError, ValueError, OSError, ImportError) as error:
        raise CommandError(error) from None
    raise CommandError(
        f"there is no dataset {dataset!r}: give {SYNTHETIC}, a table .csv or .xlsx, a "
        f"folder, or one of {', '.join(DATABASES)}."
    )


def parse_classes(text):
    """Read the value of ``--classes``."""
    if "=" not in text:
        return text
    pairs = [part.split("=") for part in text.split(",")]
    if any(len(pair) != 2 or not all(map(str.strip, pair)) for pair in pairs):
        raise CommandError(
            "--classes takes the name of a class map or EMOTION=CLASS,EMOTION=CLASS, "
            f"got {text!r}."
        )
    return {emotion.strip(): name.strip() for emotion, name in pairs}


def _synthetic(arguments):
    from mefeat.datasets import make_clips

    # The number of clips at a time is that of `joblib.parallel_config`.
    return make_clips(
        arguments.subjects,
        arguments.per_class,
        color=arguments.color,
        random_state=arguments.seed,
    )


def _database(name, arguments, classes):
    from mefeat.datasets._checking import find_database

    if arguments.data is None:
        raise CommandError(
            f"--data must name the folder into which {name} was unpacked."
        )
    database = find_database(name)
    options = database.options(version=arguments.version, sheet=arguments.sheet)
    return database.load(arguments.data, classes=classes, **options)


def _columns(arguments):
    """List the columns that a table must have for what is to be learned."""
    names = ["path", "subject"]
    if arguments.units is not None:
        names.append("action_units")
    if arguments.units is None or arguments.mapping == LEARNED:
        names.append("label")
    return names


def _table(path, classes, needed):
    from mefeat.datasets import load_folder
    from mefeat.datasets._folder import read_own_table

    table = read_own_table(path, needed)
    missing = set(needed) - set(table.columns)
    if missing:
        raise CommandError(
            f"{path} lacks the column {' and '.join(sorted(missing))}: a row names a "
            f"clip by {', '.join(needed)}, perhaps onset, apex and offset."
        )
    if "label" in table:
        table = path.absolute()
    else:
        # Units are learned without classes.
        table = table.assign(label="unlabelled")
    return load_folder(path.parent, "{path}", table=table, classes=classes)


def _folder(path, pattern, classes):
    from mefeat.datasets import load_folder

    return load_folder(path, pattern, classes=classes)


def learn_classes(model, bunch, arguments):
    """Fit a model to the classes of clips."""
    from mefeat.evaluation._results import plain

    y = _labels(bunch, arguments.dataset)
    _fit(model, bunch.clips, y, groups=bunch.groups)
    facts = _facts(model, bunch.groups, arguments) | {"classes": _counts(bunch, y)}
    last = model[-1]
    if is_network(model):
        return facts | {"chosen": {"epoch": last.epoch_}}
    score = float(last.best_score_)
    return facts | {"chosen": plain(last.best_params_), "inner_macro_f1": score}


def learn_units(model, bunch, arguments):
    """Fit a model to action units of those clips that somebody coded."""
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
    """Say what was learned, and what is known of how well."""
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
    from mefeat.cli._options import head_of

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


_OPTIONS = [
    ("--classifier", "NAME", "svm", "svm, linear-svm, rbf-svm, adaboost, "
     "random-forest, knn or elm"),
    ("--classes", "MAP", "own", "class map of the database (own, five, three), or "
     "EMOTION=CLASS,EMOTION=CLASS; other emotions are left out"),
    ("--pattern", "PATTERN", "{emotion}/{subject}/{clip}", "path of a clip below a "
     "folder"),
]  # fmt: skip


def add_command(commands):
    """Add the command to the parser."""
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
        help=f"{SYNTHETIC}, a name of `mefeat datasets list`, a table .csv or .xlsx "
        "with the columns path, subject, label (and onset, apex, offset, "
        "action_units), or a folder",
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
    add("--version", metavar="NAME", help="frames of the database: raw, cropped, ...")
    add(
        "--sheet",
        type=Path,
        metavar="FILE",
        help="coding sheet of the database, if it has an unusual name or place",
    )
    add_options(train, "--method")
    for name, metavar, default, text in _OPTIONS:
        add(name, metavar=metavar, default=default, help=f"{text} (default: {default})")
    _add_units(train)
    add_options(train, "--set", "--no-crop", "--on-missing")
    add("--seed", type=int, default=0, metavar="N", help="seed (default: 0)")
    add("--subjects", type=int, default=8, metavar="N", help=f"of {SYNTHETIC} clips")
    add("--per-class", type=int, default=3, metavar="N", help=f"{SYNTHETIC} clips")
    add_options(train, "--n-jobs")
    add_options(train, "--memory", help="keep finished rows there")
    add_options(train, "--quiet", "--debug")


def _add_units(train):
    train.add_argument(
        "--units",
        metavar="NUMBERS",
        help="learn action units instead of classes: all, cd6me, or numbers like "
        "1,2,4,12; networks named units-... learn all by default",
    )
    train.add_argument(
        "--mapping",
        metavar="NAME",
        help="what makes an emotion of units: facs, compound, objective (printed "
        "tables), cooccurrence (learned from the classes), or none (default: facs)",
    )


def _train(arguments):
    from mefeat._environment import printable
    from mefeat.base._parallel import processes

    method = find_method(arguments.method, networks=True)
    of_units = check_unit_options(method, arguments)
    suffix = ".skops" if method.predicts is None else ".safetensors"
    check_output(arguments.output, [suffix])
    _check_extra(method)
    # Clips of color are asked for where a dataset is made, not read.
    arguments.color = "color" in method.needs
    model = _model(method, arguments)
    learn = learn_units if of_units else learn_classes
    with processes(arguments.n_jobs):
        bunch = load_labelled(arguments.dataset, arguments)
        check_places({"--output": arguments.output}, _sources(bunch, arguments))
        try:
            facts = learn(model, bunch, arguments)
        except CommandError:
            raise
        except Exception as error:
            if arguments.debug:
                raise
            raise CommandError(reason(error), status=1) from None
    with outputs_of(arguments):
        _save(model, arguments.output, facts)
    for text in f"{arguments.output}: {summary(facts)}".split("\n"):
        print(printable(text))
    return 0


def _sources(bunch, arguments):
    """List what is read: clips that are files, and the table that names them."""
    table = Path(arguments.dataset)
    clips = [clip for clip in bunch.clips if hasattr(clip, "path")]
    return [table, *clips] if table.is_file() else clips


def _check_extra(method):
    from mefeat.deep._tensors import import_skorch
    from mefeat.persistence._models import import_skops

    try:
        import_skops() if method.predicts is None else import_skorch()
    except ImportError as error:
        raise CommandError(error) from None


def _model(method, arguments):
    from sklearn.pipeline import make_pipeline

    from mefeat.model_selection import make_classifier

    # A generated clip is a face already, but is cut out as a video's will be.
    changes = parse_changes(arguments.set)
    try:
        model = method.pipeline(crop=crop_of(method, arguments), **changes)
        name, seed = arguments.classifier, arguments.seed
        if is_network(model):
            model[-1].set_params(random_state=seed, verbose=not arguments.quiet)
        if arguments.units is not None:
            model = with_units(model, arguments)
        elif not is_network(model):
            model = make_pipeline(model, make_classifier(name, random_state=seed))
        head = head_of(model)
        head.check()
    except (TypeError, ValueError, AttributeError) as error:
        raise CommandError(error) from None
    set_on_missing(model, arguments)
    if arguments.memory is not None:
        head.set_params(memory=check_cache(arguments.memory))
    head.set_params(verbose=not arguments.quiet)
    return model


def _save(model, path, facts):
    from mefeat.persistence import save_model

    save_model(model, path, facts)
