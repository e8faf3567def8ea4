"""The command `mefeat spot`: find expressions in a long video."""

import argparse
from pathlib import Path

from mefeat.cli._footage import footage_info
from mefeat.cli._options import (
    CommandError,
    add_options,
    check_matplotlib,
    check_output,
    check_places,
    has_landmark_model,
    outputs_of,
    say,
)

COLUMNS = ("onset", "apex", "offset", "onset_s", "apex_s", "offset_s", "kind", "score")

_SETTINGS = {
    "--plot": {
        "type": Path,
        "metavar": "FILE",
        "help": "draw the curve: .png, .pdf or .svg",
    },
    "--overlay": {
        "type": Path,
        "metavar": "FILE",
        "help": "write the video with expressions marked: .mp4, .webm, .avi or .mkv",
    },
    "--landmarks": {
        "type": Path,
        "metavar": "FILE",
        "help": "your own landmarks of all frames: .npy, .npz or .csv",
    },
    "--no-landmarks": {
        "action": "store_true",
        "help": "follow the box of a face detector instead of aligning by landmarks: "
        "faster, but blinks and turns of the head are found more often",
    },
    "--mask-eyes": {
        "action": argparse.BooleanOptionalAction,
        "default": True,
        "help": "leave out the eyes, so that blinks are not found (default: yes)",
    },
    "--min-z": {
        "type": float,
        "default": 6.0,
        "metavar": "NUMBER",
        "help": "how unusual an expression must be (default: 6)",
    },
}


def add_command(commands):
    """Add the command to the parser."""
    spot = commands.add_parser(
        "spot",
        help="find where in a long video expressions are",
        description="Find micro- and macro-expressions in a video of any length, and "
        "write their onset, apex and offset. Frames are counted from 0.",
    )
    spot.set_defaults(run=_spot)
    spot.add_argument(
        "path",
        type=Path,
        metavar="VIDEO_OR_FOLDER",
        help="a video, or a folder of frame images",
    )
    add_options(spot, "--output", required=True, help="table to write: .csv")
    for name, settings in _SETTINGS.items():
        spot.add_argument(name, **settings)
    add_options(spot, "--no-crop", "--fps", "--quiet", "--debug")


def _spot(arguments):
    from mefeat.base._sklearn_compat import InvalidParameterError
    from mefeat.spotting import Spotter

    _check_outputs(arguments)
    file = _file(arguments)
    spotter = Spotter(
        min_z=arguments.min_z,
        mask_eyes=arguments.mask_eyes,
        face=_face(arguments),
        verbose=not arguments.quiet,
    )
    try:
        curves = spotter.curves(file)
        founds = spotter.find(curves)
        with outputs_of(arguments):
            _write_all(arguments, file, curves, founds)
    except InvalidParameterError as error:
        raise CommandError(error) from None
    except ValueError as error:
        text = str(error)
        name = "" if str(arguments.path) in text else f"{arguments.path}: "
        raise CommandError(f"{name}{text}", status=1) from None
    n_seen = len(curves[0].values) - spotter.n_lost_
    what = "shows a face for" if spotter.n_lost_ else "lasts"
    _say_if_short(f"{arguments.path} {what}", n_seen / file.fps, 4 * spotter.macro)
    if not arguments.quiet:
        kinds = [found.kind for found in founds]
        n_micro, n_macro = kinds.count("micro"), kinds.count("macro")
        say(f"{n_micro} micro, {n_macro} macro")
    return 0


def _say_if_short(what, seconds, enough):
    if seconds < enough:
        say(
            f"{what} {seconds:.3g} s. In less than {enough:g} s there is little rest "
            "to compare with: macro-expressions may be missed, and motion of the head "
            "be found."
        )


def _check_outputs(arguments):
    """Find out before the work whether its results can be written."""
    from mefeat.video._writing import CODECS

    check_output(arguments.output, [".csv"])
    check_output(arguments.plot, [".png", ".pdf", ".svg"], "--plot")
    check_output(arguments.overlay, CODECS, "--overlay")
    names = ("output", "plot", "overlay")
    outputs = {f"--{name}": getattr(arguments, name) for name in names}
    check_places(outputs, [arguments.path, arguments.landmarks])
    if arguments.plot is not None:
        check_matplotlib("--plot")


def _file(arguments):
    from dataclasses import replace

    from mefeat.video import ReadError, clip_file, read_landmarks

    if arguments.landmarks is not None and arguments.no_landmarks:
        raise CommandError("--landmarks and --no-landmarks exclude each other.")
    info = footage_info(arguments.path, arguments.fps)
    try:
        file = clip_file(arguments.path)
        if arguments.landmarks is not None:
            read_landmarks(arguments.landmarks)
        return replace(file, fps=info.fps, landmarks=arguments.landmarks)
    except (ReadError, ValueError) as error:
        raise CommandError(error) from None


def _face(arguments):
    """Choose how the face is found, and say so where landmarks cannot be."""
    if arguments.no_crop:
        return "landmarks" if arguments.landmarks is not None else "whole"
    if arguments.landmarks is not None:
        return "landmarks"
    if arguments.no_landmarks:
        return "box"
    return "landmarks" if has_landmark_model() else "box"


def _write_all(arguments, file, curves, founds):
    from mefeat.base._files import write_table

    if arguments.plot is not None:
        _draw(arguments.plot, curves, founds, arguments.min_z)
    if arguments.overlay is not None:
        _mark(arguments, file, curves[0], founds)
    write_table(arguments.output, _table(founds, file.fps))


def _table(founds, fps):
    import pandas as pd

    rows = [
        (i.onset, i.apex, i.offset)
        + tuple(round(frame / fps, 4) for frame in (i.onset, i.apex, i.offset))
        + (i.kind, round(i.score, 2))
        for i in founds
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _draw(path, curves, founds, min_z):
    import matplotlib

    from mefeat.base._files import whole_file

    matplotlib.use("Agg")
    from mefeat.plot import show_spotting

    figure = show_spotting(curves, founds, min_z=min_z)
    with whole_file(path) as part:
        figure.savefig(part, dpi=150)


def _mark(arguments, file, curve, founds):
    from mefeat.base._parallel import progress_bar
    from mefeat.video import iter_frames, write_video

    frames = progress_bar(
        iter_frames(file, color=True),
        total=len(curve.values),
        unit="frame",
        shown=not arguments.quiet,
    )
    marked = (
        _marked(frame, t, founds, len(curve.values)) for t, frame in enumerate(frames)
    )
    write_video(arguments.overlay, marked, file.fps)


def _marked(frame, t, founds, n_frames):
    """Draw a line of time below, and a frame in the color of what is shown."""
    import cv2

    colors = {"micro": (230, 80, 20), "macro": (40, 120, 200)}
    height, width = frame.shape[:2]
    thick = max(2, height // 120)
    scale = (width - 1) / max(n_frames - 1, 1)
    cv2.rectangle(frame, (0, height - 3 * thick), (width, height), (40, 40, 40), -1)
    for found in founds:
        color = colors[found.kind]
        ends = [(round(f * scale), height - thick) for f in (found.onset, found.offset)]
        cv2.line(frame, *ends, color, thick)
        if found.onset <= t <= found.offset:
            cv2.rectangle(frame, (0, 0), (width - 1, height - 1), color, thick)
            text = f"{found.kind}{' apex' if t == found.apex else ''}"
            _label(frame, text, color, thick)
    here = round(t * scale)
    white = (255, 255, 255)
    cv2.line(
        frame, (here, height - 3 * thick), (here, height), white, max(1, thick // 2)
    )
    return frame


def _label(frame, text, color, thick):
    """Write into the upper left corner, white on the color of the frame."""
    import cv2

    size, line = frame.shape[0] / 450, max(1, thick // 2)
    (width, height), below = cv2.getTextSize(text, 0, size, line)
    corner = (width + 6 * thick, height + below + 4 * thick)
    cv2.rectangle(frame, (0, 0), corner, color, -1)
    place = (3 * thick, height + 3 * thick)
    cv2.putText(frame, text, place, 0, size, (255, 255, 255), line, 16)
