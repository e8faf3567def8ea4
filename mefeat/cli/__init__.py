"""The command `mefeat`, one module for each of its commands."""

import argparse
import os
import signal
import sys
import threading
import traceback
import warnings
from contextlib import contextmanager, suppress

import mefeat
from mefeat._environment import printable
from mefeat.cli import _datasets as datasets
from mefeat.cli import _describe as describe
from mefeat.cli import _evaluate as evaluate
from mefeat.cli import _magnify as magnify
from mefeat.cli import _methods as methods
from mefeat.cli import _overlay as overlay
from mefeat.cli import _predict as predict
from mefeat.cli import _spot as spot
from mefeat.cli import _train as train
from mefeat.cli._options import CommandError, Terminated, check_numbers, reason, say

COMMANDS = (
    describe,
    magnify,
    methods,
    datasets,
    overlay,
    spot,
    train,
    predict,
    evaluate,
)


def main(argv=None):
    """Run the command."""
    # Damage in a video is told by our own errors, once.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    arguments = argparse.Namespace(debug=False, written=[])
    try:
        with _any_terminal(), _orderly_end(), warnings.catch_warnings():
            warnings.showwarning = _warn
            _parser().parse_args(argv, arguments)
            check_numbers(arguments)
            status = arguments.run(arguments)
            if sys.stdout is not None:
                sys.stdout.flush()
            return status
    except BrokenPipeError:
        # Else Python tells of it once more at its end.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (Exception, KeyboardInterrupt) as error:
        if arguments.debug:
            traceback.print_exc()
        interrupt = _interrupt_behind(error)
        if interrupt is not None:
            return _say_interrupted(interrupt, arguments.written)
        known = isinstance(error, CommandError | OSError | MemoryError)
        kind = "" if known else f"{type(error).__name__}: "
        hint = "" if known or arguments.debug else " (--debug shows where)"
        say(f"{kind}{reason(error)}{hint}")
        return getattr(error, "status", 2)


def _interrupt_behind(error):
    """Find the interrupt that an error comes from: imports make others of it."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error


def _say_interrupted(interrupt, written):
    ended = isinstance(interrupt, Terminated)
    done = ", ".join(map(str, written)) or "nothing"
    say(f"{'told to end' if ended else 'interrupted'}, {done} was written")
    # An interrupt that went through code made of a text, as of named tuples, would have
    # Python end itself by the signal; it forgets that when the next such code runs.
    exec("")
    return 128 + (interrupt.args[0] if ended else signal.SIGINT)


def _warn(message, *_, **__):
    """Show a warning as a line of the command, without the line of code it is from."""
    say(" ".join(str(message).split()))


@contextmanager
def _any_terminal():
    """Write out what a terminal has no characters for, instead of failing."""
    stream = sys.stdout
    if not hasattr(stream, "reconfigure"):
        yield
        return
    before = stream.errors
    stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        stream.reconfigure(errors=before)


@contextmanager
def _orderly_end():
    """Have signals end the command like Ctrl-C: files are removed, workers ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    own = os.getpid()

    def end(number, frame):
        if os.getpid() != own:  # a worker that was forked
            os._exit(128 + number)
        raise Terminated(number)

    numbers = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")]
    before = {n: signal.getsignal(n) for n in numbers if n is not None}
    before = {n: was for n, was in before.items() if was is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, end)
    hook = sys.unraisablehook

    def again(unraisable):
        """Interrupt once more where Python drops an interrupt, as in `__del__`."""
        error = unraisable.exc_value
        if not isinstance(error, KeyboardInterrupt):
            return hook(unraisable)
        number = error.args[0] if isinstance(error, Terminated) else signal.SIGINT
        return threading.Timer(0.05, os.kill, (own, number)).start()

    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, was in before.items():
            signal.signal(number, was or signal.SIG_DFL)


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        super().error(printable(message))


def _parser():
    parser = _Parser(
        prog="mefeat", description="Handcrafted features for facial micro-expressions."
    )
    parser.add_argument("--version", action="version", version=mefeat.__version__)
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True
    )
    for command in COMMANDS:
        command.add_command(commands)
    return parser
