"""The command `mefeat overlay`: movement of the face drawn on its video."""

import sys
from pathlib import Path

from mefeat.cli.errors import CommandError


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
    overlay.add_argument(
        "-o",
        "--output",
        required=True,
        type=Path,
        metavar="FILE",
        help="video to write: .mp4, .webm, .avi or .mkv",
    )
    _add_settings(overlay)
    _add_outputs(overlay)
    overlay.add_argument("--quiet", action="store_true", help="no progress")


def _add_settings(overlay):
    overlay.add_argument(
        "--method",
        default="disc",
        metavar="NAME",
        help="disc (correlation), lk (Lucas-Kanade), or a solver of optical flow "
        "(default: disc)",
    )
    overlay.add_argument(
        "--scale",
        type=float,
        default=5.0,
        metavar="FACTOR",
        help="how many times longer than the movement arrows are (default: 5)",
    )
    overlay.add_argument(
        "--threshold",
        default="auto",
        metavar="PIXELS",
        help="movement above which arrows are drawn (default: auto)",
    )
    overlay.add_argument(
        "--smoothing",
        choices=("savgol", "one_euro", "none"),
        default="savgol",
        help="how landmarks are smoothed in time (default: savgol)",
    )
    overlay.add_argument(
        "--face",
        type=int,
        default=1,
        metavar="N",
        help="which face, from the largest (default: 1)",
    )
    overlay.add_argument(
        "--keep-reference",
        action="store_true",
        help="count movement from the first frame also when the head turns away",
    )
    overlay.add_argument(
        "--landmarks",
        type=Path,
        metavar="FILE",
        help="your own landmarks, .npy, .npz or .csv",
    )
    overlay.add_argument(
        "--fps",
        type=float,
        metavar="RATE",
        help="frames per second, where the footage does not tell or tells it wrong",
    )


def _add_outputs(overlay):
    overlay.add_argument(
        "--vectors",
        type=Path,
        metavar="FILE",
        help="table of all vectors to write: .csv",
    )
    overlay.add_argument(
        "--faces",
        type=int,
        metavar="SIZE",
        help="also write the face alone, upright, SIZE x SIZE pixels, to FILE-faces",
    )
    overlay.add_argument(
        "--picture",
        type=Path,
        metavar="FILE",
        help="picture of the strongest frame to write: .png or .jpg",
    )
    overlay.add_argument(
        "--plot",
        type=Path,
        metavar="FILE",
        help="plot of the movement of the parts of the face to write: .png, .svg, .pdf",
    )


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
    from mefeat.video import ReadError, read_landmarks, video_info

    if arguments.method not in MOVEMENTS:
        known = ", ".join(MOVEMENTS)
        raise CommandError(
            f"there is no method {arguments.method!r}; there are {known}."
        )
    faces = _faces(arguments)
    outputs = [arguments.output, faces, arguments.vectors]
    _check_outputs(arguments, [*outputs, arguments.picture, arguments.plot])
    try:
        info = video_info(arguments.path)
        landmarks = arguments.landmarks
        landmarks = None if landmarks is None else read_landmarks(landmarks)
    except ReadError as error:
        raise CommandError(error) from None
    fps = arguments.fps or info.fps
    if not fps:
        raise CommandError(
            f"{arguments.path} does not tell its frames per second: give --fps."
        )
    if landmarks is None:
        _check_landmark_model()
    return {
        "landmarks": landmarks,
        "fps": fps,
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


def _check_outputs(arguments, outputs):
    from mefeat.video.writing import CODECS

    suffixes = {
        "--output": (arguments.output, tuple(CODECS)),
        "--vectors": (arguments.vectors, (".csv",)),
        "--picture": (arguments.picture, (".png", ".jpg")),
        "--plot": (arguments.plot, (".png", ".svg", ".pdf")),
    }
    for name, (path, known) in suffixes.items():
        if path is not None and path.suffix.lower() not in known:
            raise CommandError(
                f"{name} must end in {', '.join(known)}, got {path.name!r}."
            )
    given = [path for path in outputs if path is not None]
    for path in given:
        _check_place(path, arguments)
    if len({path.absolute() for path in given}) < len(given):
        raise CommandError("two outputs have the same name.")
    if arguments.plot is not None:
        from importlib.util import find_spec

        if find_spec("matplotlib") is None:
            raise CommandError("--plot needs matplotlib: pip install mefeat[plot].")


def _check_place(path, arguments):
    import os

    if not path.parent.is_dir():
        raise CommandError(f"the folder {path.parent} does not exist.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise CommandError(f"{path} cannot be written.")
    for source in (arguments.path, arguments.landmarks):
        if source is not None and path.exists() and source.exists():
            if path.samefile(source):
                raise CommandError(f"{path} is what to read: give another name.")


def _check_landmark_model():
    from mefeat.faces.models import find_landmark_model, import_dlib

    try:
        import_dlib()
        find_landmark_model()
    except (ImportError, OSError) as error:
        raise CommandError(error) from None


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
