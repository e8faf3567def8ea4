"""The command `mefeat magnify`: a video of magnified motion."""

from collections import deque
from pathlib import Path

from mefeat.cli._footage import footage_info
from mefeat.cli._options import (
    CommandError,
    add_options,
    check_output,
    check_places,
    outputs_of,
)

_SETTINGS = {
    "--alpha": {
        "type": float,
        "default": 8.0,
        "metavar": "FACTOR",
        "help": "factor of the motion (default: 8)",
    },
    "--filter": {
        "choices": ("iir", "butter", "ideal"),
        "default": "iir",
        "help": "temporal filter; ideal holds all frames in memory (default: iir)",
    },
    "--low": {
        "type": float,
        "metavar": "NUMBER",
        "help": "lower end of the band: hertz, or the smoothing factor of iir (0.05)",
    },
    "--high": {
        "type": float,
        "metavar": "NUMBER",
        "help": "upper end of the band: hertz, or the smoothing factor of iir (0.4)",
    },
    "--cutoff": {
        "type": float,
        "default": 16.0,
        "metavar": "PIXELS",
        "help": "wavelength below which motion is magnified less (default: 16)",
    },
    "--side-by-side": {
        "action": "store_true",
        "help": "show the video as it was to the left",
    },
}


def add_command(commands):
    """Add the command to the parser."""
    magnify = commands.add_parser(
        "magnify",
        help="make small motions in a video visible",
        description="Write a video in which small motions are magnified, of the same "
        "size and frame rate.",
    )
    magnify.set_defaults(run=_magnify)
    magnify.add_argument(
        "path",
        type=Path,
        metavar="VIDEO_OR_FOLDER",
        help="a video, or a folder of frame images",
    )
    text = "video to write: .mp4, .webm, .avi or .mkv"
    add_options(magnify, "--output", required=True, help=text)
    for name, settings in _SETTINGS.items():
        magnify.add_argument(name, **settings)
    add_options(magnify, "--fps", "--quiet", "--debug")


def _magnify(arguments):
    from mefeat.base import one_thread
    from mefeat.base._parallel import progress_bar
    from mefeat.video import iter_frames, write_video
    from mefeat.video._writing import CODECS

    source, target = arguments.path, arguments.output
    check_output(target, CODECS)
    info = footage_info(source, arguments.fps)
    check_places({"--output": target}, [source])
    with progress_bar(
        iter_frames(source, color=True),
        total=info.n_frames,
        unit="frame",
        shown=not arguments.quiet,
    ) as frames:
        images = _images(frames, info.fps, arguments)
        try:
            with one_thread(), outputs_of(arguments):
                write_video(target, images, info.fps)
        except ValueError as error:
            raise CommandError(error, status=1) from None
    return 0


def _images(frames, fps, arguments):
    """Magnify frames one by one; arguments are checked before the first is read."""
    import numpy as np

    from mefeat.magnify import magnify_stream

    names = ("alpha", "filter", "low", "high", "cutoff")
    settings = {name: getattr(arguments, name) for name in names}
    waiting = deque()

    def noted():
        for frame in frames:
            waiting.append(frame)
            yield frame

    try:
        magnified = magnify_stream(noted(), fps, **settings)
    except ValueError as error:
        raise CommandError(error) from None
    pairs = ((waiting.popleft(), image) for image in magnified)
    if arguments.side_by_side:
        return (np.concatenate(pair, axis=1) for pair in pairs)
    return (image for _, image in pairs)
