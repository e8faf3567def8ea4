"""The command `mefeat overlay`: movement of the face drawn on its video."""

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
    "--smoother": {
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
    "--image": {
        "type": Path,
        "metavar": "FILE",
        "help": "image of the strongest frame to write: .png or .jpg",
    },
    "--plot": {
        "type": Path,
        "metavar": "FILE",
        "help": "plot of the movement of the parts of the face to write: .png, .svg, "
        ".pdf",
    },
}


def add_command(commands):
    """Add the command to the parser."""
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
    add_options(overlay, "--fps", "--quiet", "--debug")


def _overlay(arguments):
    from mefeat.base._parallel import progress_bar
    from mefeat.overlay import overlay_video

    settings, total = _settings(arguments)
    with progress_bar(total=total, unit="frame", shown=not arguments.quiet) as bar:

        def progress(frames):
            for frame in frames:
                yield frame
                bar.update()

        try:
            with outputs_of(arguments):
                summary = overlay_video(
                    arguments.path, arguments.output, progress=progress, **settings
                )
                _write_images(summary, arguments)
        except ValueError as error:
            raise CommandError(error, status=1) from None
    n_without, n_frames = summary.n_without_face, summary.n_frames
    if n_without:
        say(f"no face in {n_without} of {n_frames} frames, which are unmarked")
    if n_without == n_frames and arguments.faces is not None:
        say("no face, so no video of --faces")
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
        "scale": arguments.scale,
        "threshold": arguments.threshold,
        "smoother": arguments.smoother,
        "face": arguments.face - 1,
        **({"turn": None} if arguments.keep_reference else {}),
    }, info.n_frames


def _faces(arguments):
    if arguments.faces is None:
        return None
    output = arguments.output
    return output.with_name(f"{output.stem}-faces{output.suffix}")


def _check_outputs(arguments, faces):
    """Find out before the work whether its results can be written."""
    from mefeat.video._writing import CODECS

    suffixes = {
        "output": CODECS,
        "vectors": (".csv",),
        "image": (".png", ".jpg"),
        "plot": (".png", ".svg", ".pdf"),
    }
    outputs = {f"--{name}": getattr(arguments, name) for name in suffixes}
    for option, known in zip(outputs, suffixes.values(), strict=True):
        check_output(outputs[option], known, option)
    check_output(faces, CODECS, "--faces")
    outputs["--faces"] = faces
    check_places(outputs, [arguments.path, arguments.landmarks])
    if arguments.plot is not None:
        check_matplotlib("--plot")


def _write_images(summary, arguments):
    from mefeat.base._files import whole_file

    if arguments.image is not None:
        if summary.image is None:
            say("no movement, so no --image")
        else:
            import cv2

            # Written to a file by OpenCV, an image may be cut without an error.
            suffix, image = arguments.image.suffix, summary.image[..., ::-1]
            with whole_file(arguments.image) as part:
                part.write_bytes(cv2.imencode(suffix, image)[1])
    if arguments.plot is not None:
        from matplotlib import use

        from mefeat.overlay import PARTS
        from mefeat.plot import show_part_movement

        use("Agg")
        figure = show_part_movement(summary.parts, list(PARTS), fps=summary.fps)
        with whole_file(arguments.plot) as part:
            figure.savefig(part, dpi=120)
