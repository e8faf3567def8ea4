"""The command `mefeat predict`: the expression in videos, by a trained model."""

import sys
from pathlib import Path

from mefeat.cli.errors import CommandError
from mefeat.cli.footage import find_clips, shown
from mefeat.cli.found import line, outcome
from mefeat.cli.options import add_options, add_videos, check_output
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
    add_options(predict, "--landmarks")
    add_options(predict, "--quiet", help="no line on the model")


def _predict(arguments):
    if arguments.output is not None:
        check_output(arguments.output, [".csv"])
    clips = find_clips(arguments.paths, arguments.landmarks)
    pictures = picture_paths(arguments.picture, clips)
    model, facts = _load(arguments.model)
    if arguments.picture is not None:
        check_pictures(model, arguments)
    if not arguments.quiet:
        print(f"mefeat: {_about(arguments.model, facts)}", file=sys.stderr)
    rows, failed = [], 0
    width = max(len(shown(clip)) for clip in clips)
    for clip, picture in zip(clips, pictures, strict=True):
        try:
            row = _row(model, clip, picture)
        except Exception as error:
            failed += 1
            text = str(error) or type(error).__name__
            text = text if shown(clip) in text else f"{shown(clip)}: {text}"
            print(f"mefeat: {text}", file=sys.stderr)
        else:
            rows.append({"clip": shown(clip), **row})
            print(f"{shown(clip):<{width}}  {line(row)}", flush=True)
    if arguments.output is not None and rows:
        _write(rows, arguments.output)
    if failed:
        done = f"{len(rows)} of {len(clips)} clips predicted"
        print(f"mefeat: {done}, {failed} failed", file=sys.stderr)
    return 1 if failed else 0


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
    if not all(isinstance(facts.get(name), kind) for name, kind in _TOLD.items()):
        return f"{path} does not say what it was trained on"
    text = (
        "{method} and {classifier}, trained on {dataset}: {n_clips} clips of "
        "{n_subjects} subjects"
    ).format(**facts)
    # Facts are a stranger's: nothing in them is to steer the terminal.
    text = "".join(c if c.isprintable() else "?" for c in text)
    synthetic = facts["dataset"] == "synthetic"
    return f"{text}, generated ones, no measure of real faces" if synthetic else text


def _write(rows, path):
    import pandas as pd

    from mefeat.base import whole_file

    with whole_file(path) as part:
        pd.DataFrame(rows).to_csv(part, index=False)
