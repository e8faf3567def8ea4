"""The command `mefeat overlay`: movement of the face drawn on its video."""

import sys
from pathlib import Path

from mefeat.cli.errors import CommandError
from mefeat.cli.footage import footage_info
from mefeat.cli.options import (
    add_options,
    check_matplotlib,
    check_output,
    has_landmark_model,
)

_MOVEMENT = {
    "--method": {
        "default": "disc",
        "metavar": "NAME",
        "help": "disc (correlation), lk (Lucas-Kanade), or a solver of optical flow "
        "(default: disc)",
    },
    "--scale": {
        "type": float,
        "default": 5.0,
        "metavar": "FACTOR",
        "help": "how many times longer than the movement arrows are (default: 5)",
    },
    "--threshold": {
        "default": "auto",
        "metavar": "PIXELS",
        "help": "movement above which arrows are drawn (default: auto)",
    },
    "--keep-reference": {
        "action": "store_true",
        "help": "count movement from the first frame also when the head turns away",
    },
}
_FACE = {
    "--face": {
        "type": int,
        "default": 1,
        "metavar": "N",
        "help": "which face, from the largest (default: 1)",
    },
    "--landmarks": {
        "type": Path,
        "metavar": "FILE",
        "help": "your own landmarks, .npy, .npz or .csv",
    },
    "--smoothing": {
        "choices": ("savgol", "one_euro", "none"),
        "default": "savgol",
        "help": "how landmarks are smoothed in time (default: savgol)",
    },
}
_OUTPUTS = {
    "--vectors": {
        "type": Path,
        "metavar": "FILE",
        "help": "table of all vectors to write: .csv",
    },
    "--faces": {
        "type": int,
        "metavar": "SIZE",
        "help": "also write the face alone, upright, SIZE x SIZE pixels, to FILE-faces",
    },
    "--picture": {
        "type": Path,
        "metavar": "FILE",
        "help": "picture of the strongest frame to write: .png or .jpg",
    },
    "--plot": {
        "type": Path,
        "metavar": "FILE",
        "help": "plot of the movement of the parts of the face to write: .png, .svg, "
        ".pdf",
    },
}


def add_command(commands):
    """Add the command to the parser.

    Parameters
    ----------
    commands : object
        What `ArgumentParser.add_subparsers` gives.
    """
    overlay = commands.add_parser(
        "overlay",
        help="draw how the face moves on a video",
        description="Write a video of the same size and frame rate, on which arrows "
        "show how the face has moved since the first frame, whatever the head does.",
    )
    overlay.set_defaults(run=_overlay)
    overlay.add_argument(
        "path",
        type=Path,
        metavar="VIDEO_OR_FOLDER",
        help="a video, or a folder of frame images",
    )
    text = "video to write: .mp4, .webm, .avi or .mkv"
    add_options(overlay, "--output", required=True, help=text)
    for name, settings in (_MOVEMENT | _FACE | _OUTPUTS).items():
        overlay.add_argument(name, **settings)
    add_options(overlay, "--fps", "--quiet")


def _overlay(arguments):
    from tqdm import tqdm

    from mefeat.overlay import overlay_video
    from mefeat.video import ReadError

    settings, total = _settings(arguments)
    with tqdm(total=total, unit="frame", disable=arguments.quiet) as bar:

        def progress(frames):
            for frame in frames:
                yield frame
                bar.update()

        try:
            summary = overlay_video(
                arguments.path, arguments.output, progress=progress, **settings
            )
            _write_pictures(summary, arguments)
        except (OSError, ValueError, ReadError) as error:
            print(f"mefeat: {error}", file=sys.stderr)
            return 1
    n_without, n_frames = summary.n_without_face, summary.n_frames
    if n_without:
        print(
            f"mefeat: no face in {n_without} of {n_frames} frames, which are unmarked",
            file=sys.stderr,
        )
    if n_without == n_frames and arguments.faces is not None:
        print("mefeat: no face, so no video of --faces", file=sys.stderr)
    return 0


def _settings(arguments):
    """Find out before the work whether it can be done."""
    from mefeat.overlay import MOVEMENTS
    from mefeat.video import ReadError, read_landmarks

    if arguments.method not in MOVEMENTS:
        known = ", ".join(MOVEMENTS)
        raise CommandError(
            f"there is no method {arguments.method!r}; there are {known}."
        )
    faces = _faces(arguments)
    _check_outputs(arguments, faces)
    info = footage_info(arguments.path, arguments.fps)
    landmarks = arguments.landmarks
    if landmarks is not None:
        try:
            landmarks = read_landmarks(landmarks)
        except ReadError as error:
            raise CommandError(error) from None
    else:
        has_landmark_model(needed=True)
    return {
        "landmarks": landmarks,
        "fps": info.fps,
        "vectors": arguments.vectors,
        "faces": faces,
        "faces_size": arguments.faces or 224,
        "parts": arguments.plot is not None,
        "method": arguments.method,
        "scale": _positive(arguments.scale, "--scale"),
        "threshold": _threshold(arguments.threshold),
        "smoothing": arguments.smoothing,
        "face": _positive(arguments.face, "--face") - 1,
        **({"turn": None} if arguments.keep_reference else {}),
    }, info.n_frames


def _faces(arguments):
    if arguments.faces is None:
        return None
    if arguments.faces < 32:
        raise CommandError(f"--faces must be at least 32, got {arguments.faces}.")
    output = arguments.output
    return output.with_name(f"{output.stem}-faces{output.suffix}")


def _positive(number, name):
    if not number > 0:
        raise CommandError(f"{name} must be positive, got {number:g}.")
    return number


def _threshold(text):
    if text == "auto":
        return text
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not number >= 0:
        raise CommandError(f"--threshold must be auto or pixels, got {text!r}.")
    return number


def _check_outputs(arguments, faces):
    """Find out before the work whether its results can be written."""
    from mefeat.video.writing import CODECS

    suffixes = {
        "output": CODECS,
        "vectors": (".csv",),
        "picture": (".png", ".jpg"),
        "plot": (".png", ".svg", ".pdf"),
    }
    sources = [arguments.path, arguments.landmarks]
    paths = [getattr(arguments, name) for name in suffixes]
    for path, (name, known) in zip(paths, suffixes.items(), strict=True):
        check_output(path, known, f"--{name}", sources)
    check_output(faces, CODECS, "--output", sources)
    given = [path.absolute() for path in (*paths, faces) if path is not None]
    if len(set(given)) < len(given):
        raise CommandError("two outputs have the same name.")
    if arguments.plot is not None:
        check_matplotlib("--plot")


def _write_pictures(summary, arguments):
    from mefeat.base import whole_file

    if arguments.picture is not None:
        if summary.picture is None:
            print("mefeat: no movement, so no --picture", file=sys.stderr)
        else:
            import cv2

            with whole_file(arguments.picture) as part:
                cv2.imwrite(str(part), summary.picture[..., ::-1])
    if arguments.plot is not None:
        from matplotlib import use

        from mefeat.overlay import PARTS
        from mefeat.plot import show_part_movement

        use("Agg")
        figure = show_part_movement(summary.parts, list(PARTS), fps=summary.fps)
        with whole_file(arguments.plot) as part:
            figure.savefig(part, dpi=120)
