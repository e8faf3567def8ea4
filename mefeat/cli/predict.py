"""The command `mefeat predict`: the expression in videos, by a trained model."""

import sys
import warnings
from pathlib import Path

from mefeat.cli.errors import CommandError
from mefeat.cli.footage import find_clips, shown
from mefeat.cli.options import check_output


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
        description="Name the expression in each video by a model of `mefeat train`. "
        "Each video is taken as one expression: cut longer footage before.",
    )
    predict.set_defaults(run=_predict)
    add = predict.add_argument
    add("model", type=Path, metavar="MODEL", help="file of a model")
    add(
        "paths",
        nargs="+",
        type=Path,
        metavar="VIDEO",
        help="a video, a folder of frame images (one clip), or a folder of such",
    )
    add("-o", "--output", type=Path, metavar="FILE", help="table to write, .csv")
    add(
        "--landmarks",
        type=Path,
        metavar="FILE_OR_FOLDER",
        help="your own landmarks, .npy, .npz or .csv; or a folder of files that are "
        "named like the videos",
    )
    add("--quiet", action="store_true", help="no line on the model")


def _predict(arguments):
    if arguments.output is not None:
        check_output(arguments.output, [".csv"])
    clips = find_clips(arguments.paths, arguments.landmarks)
    model, facts = _load(arguments.model)
    if not arguments.quiet:
        print(f"mefeat: {_about(arguments.model, facts)}", file=sys.stderr)
    rows, failed = [], 0
    width = max(len(shown(clip)) for clip in clips)
    for clip in clips:
        try:
            row = {"clip": shown(clip), **_outcome(model, clip)}
        except Exception as error:
            failed += 1
            text = str(error) or type(error).__name__
            text = text if shown(clip) in text else f"{shown(clip)}: {text}"
            print(f"mefeat: {text}", file=sys.stderr)
        else:
            rows.append(row)
            print(_line(row, width), flush=True)
    if arguments.output is not None and rows:
        _write(rows, arguments.output)
    if failed:
        done = f"{len(rows)} of {len(clips)} clips predicted"
        print(f"mefeat: {done}, {failed} failed", file=sys.stderr)
    return 1 if failed else 0


def _load(path):
    from mefeat.saving import load_model

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            found = load_model(path)
        except (ImportError, OSError, ValueError) as error:
            raise CommandError(error) from None
    for warning in caught:
        print(f"mefeat: {warning.message}", file=sys.stderr)
    return found


def _about(path, facts):
    if "dataset" not in facts:
        return f"{path} does not say what it was trained on"
    text = (
        f"{facts['method']} and {facts['classifier']}, trained on {facts['dataset']}: "
        f"{facts['n_clips']} clips of {facts['n_subjects']} subjects"
    )
    synthetic = facts["dataset"] == "synthetic"
    return f"{text}, generated ones, no measure of real faces" if synthetic else text


def _outcome(model, clip):
    """Predict a clip: its label, and a value for each class."""
    rows = [clip]
    if hasattr(model, "steps"):
        rows, model = model[:-1].transform(rows), model[-1]
    label = model.predict(rows)[0]
    for name, method in _VALUES.items():
        if not hasattr(model, method):
            continue
        values = getattr(model, method)(rows)[0]
        if values.ndim == 0:
            values = [-values, values]
        if len(values) == len(model.classes_):
            pairs = zip(model.classes_, values, strict=True)
            return {"label": label} | {f"{name} {c}": float(v) for c, v in pairs}
    return {"label": label}


def _line(row, width):
    values = [f"{k.partition(' ')[2]} {v:.3g}" for k, v in list(row.items())[2:]]
    text = f"{row['clip']:<{width}}  {row['label']}"
    return f"{text}  ({', '.join(values)})" if values else text


def _write(rows, path):
    import pandas as pd

    from mefeat.base import whole_file

    with whole_file(path) as part:
        pd.DataFrame(rows).to_csv(part, index=False)


_VALUES = {"probability": "predict_proba", "decision": "decision_function"}
