"""The command `mefeat`, one module for each of its commands."""

import argparse
import os
import sys
import warnings

import mefeat
from mefeat.cli import (
    datasets,
    describe,
    magnify,
    methods,
    overlay,
    predict,
    spot,
    train,
)
from mefeat.cli.errors import CommandError

COMMANDS = (describe, magnify, methods, datasets, overlay, spot, train, predict)


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit status: 0 if all went well, 1 if something could not be done, 2 if the
        arguments are wrong, 130 if interrupted.
    """
    # Damage in a video is told by our own errors, once.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _say
            return arguments.run(arguments)
    except CommandError as error:
        print(f"mefeat: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mefeat: interrupted, nothing was written", file=sys.stderr)
        return 130


def _say(message, *_, **__):
    """Show a warning as a line of the command, without the line of code it is from."""
    print(f"mefeat: {message}", file=sys.stderr)


def _parser():
    parser = argparse.ArgumentParser(
        prog="mefeat", description="Handcrafted features for facial micro-expressions."
    )
    parser.add_argument("--version", action="version", version=mefeat.__version__)
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True
    )
    for command in COMMANDS:
        command.add_command(commands)
    return parser
