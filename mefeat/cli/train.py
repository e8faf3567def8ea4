"""The command `mefeat train`: from labelled clips to a file that predicts."""

from pathlib import Path

from mefeat.cli.errors import CommandError, reason
from mefeat.cli.found import head_of
from mefeat.cli.labelled import SYNTHETIC, load_labelled
from mefeat.cli.learning import learn_classes, learn_units, summary
from mefeat.cli.options import (
    add_options,
    check_cache,
    check_output,
    check_places,
    crop_of,
    find_method,
    outputs_of,
    parse_changes,
    set_on_missing,
)
from mefeat.cli.units import check_unit_options, is_network, with_units

_OPTIONS = [
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
    add_options(train, "--cache", help="keep finished rows there")
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
    from mefeat.base import printable, processes

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
    from mefeat.deep.needs import import_skorch
    from mefeat.saving.trust import import_skops

    try:
        import_skops() if method.predicts is None else import_skorch()
    except ImportError as error:
        raise CommandError(error) from None


def _model(method, arguments):
    from sklearn.pipeline import make_pipeline

    from mefeat.evaluation import make_classifier

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
    if arguments.cache is not None:
        head.set_params(memory=check_cache(arguments.cache))
    head.set_params(verbose=not arguments.quiet)
    return model


def _save(model, path, facts):
    from mefeat.saving import save_model

    save_model(model, path, facts)
