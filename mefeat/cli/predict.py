"""The command `mefeat predict`: the expression in videos, by a trained model."""

from pathlib import Path

from mefeat.cli.errors import CommandError, reason, say
from mefeat.cli.footage import find_clips, shown
from mefeat.cli.found import line, outcome
from mefeat.cli.options import (
    add_options,
    add_videos,
    check_output,
    check_places,
    outputs_of,
    set_on_missing,
)
from mefeat.cli.pictures import (
    check_pictures,
    draw_units,
    picture_paths,
    with_landmarks,
)


def add_command(commands):
    """Add the command to the parser.

    Parameters
    ----------
    commands : object
        What `ArgumentParser.add_subparsers` gives.
    """
    predict = commands.add_parser(
        "predict",
        help="name the expression in videos by a trained model",
        description="Name the expression in each video by a model of `mefeat train`, "
        "or its action units and the emotion they stand for. Each video is taken as "
        "one expression: cut longer footage before.",
    )
    predict.set_defaults(run=_predict)
    predict.add_argument("model", type=Path, metavar="MODEL", help="file of a model")
    add_videos(predict)
    add_options(predict, "--output", help="table to write, .csv")
    predict.add_argument(
        "--picture",
        type=Path,
        metavar="FILE_OR_FOLDER",
        help="of a model of action units: draw where the units act on the face, in a "
        "picture .png for one clip, or a folder of such",
    )
    add_options(predict, "--landmarks", "--on-missing")
    add_options(predict, "--quiet", help="no line on the model")
    add_options(predict, "--debug")


def _predict(arguments):
    import pandas as pd

    from mefeat.base import write_table

    if arguments.output is not None:
        check_output(arguments.output, [".csv"])
    clips = find_clips(arguments.paths, arguments.landmarks)
    pictures = picture_paths(arguments.picture, clips)
    outputs = {"--output": arguments.output}
    outputs |= {f"--picture {path}": path for path in pictures}
    check_places(outputs, [arguments.model, *clips])
    model, facts = _load(arguments.model)
    set_on_missing(model, arguments)
    if arguments.picture is not None:
        check_pictures(model, arguments)
    if not arguments.quiet:
        say(_about(arguments.model, facts))
    with outputs_of(arguments):
        rows = _predict_all(model, clips, pictures)
        if arguments.output is not None and rows:
            write_table(arguments.output, pd.DataFrame(rows))
    failed = len(clips) - len(rows)
    if failed:
        say(f"{len(rows)} of {len(clips)} clips predicted, {failed} failed")
    return 1 if failed else 0


def _predict_all(model, clips, pictures):
    """Predict clip by clip and print what is found; one that fails is left out."""
    from mefeat.base import printable

    rows = []
    width = max(len(printable(shown(clip))) for clip in clips)
    for clip, picture in zip(clips, pictures, strict=True):
        try:
            row = _row(model, clip, picture)
        except Exception as error:
            text = reason(error)
            name = printable(shown(clip))
            say(text if name in text else f"{name}: {text}")
        else:
            rows.append({"clip": shown(clip), **row})
            name = printable(shown(clip))
            print(f"{name:<{width}}  {printable(line(row))}", flush=True)
    return rows


def _row(model, clip, picture):
    if picture is None:
        return outcome(model, clip)
    name, clip = shown(clip), with_landmarks(model, clip)
    row = outcome(model, clip)
    draw_units(clip, row, picture, name)
    return row


_TOLD = {
    **dict.fromkeys(("method", "classifier", "dataset"), str),
    **dict.fromkeys(("n_clips", "n_subjects"), int),
}


def _load(path):
    from mefeat.saving import load_model

    try:
        return load_model(path)
    except (ImportError, OSError, ValueError) as error:
        raise CommandError(error) from None


def _about(path, facts):
    """Say what a model was trained on; whoever wrote the file may have put anything."""
    if not isinstance(facts, dict) or not all(
        isinstance(facts.get(name), kind) for name, kind in _TOLD.items()
    ):
        return f"{path} does not say what it was trained on"
    said = {name: str(facts[name])[:200] for name in _TOLD}
    text = (
        "{method} and {classifier}, trained on {dataset}: {n_clips} clips of "
        "{n_subjects} subjects"
    ).format(**said)
    synthetic = facts["dataset"] == "synthetic"
    return f"{text}, generated ones, no measure of real faces" if synthetic else text
