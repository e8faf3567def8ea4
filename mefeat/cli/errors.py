"""What a command says, and what stops it."""

import sys
from contextlib import suppress

from mefeat._text import printable


class CommandError(Exception):
    """What the user asked for cannot be done.

    Parameters
    ----------
    message : str or Exception
        What is wrong.
    status : int, default=2
        Exit status of the command.
    """

    def __init__(self, message, status=2):
        super().__init__(reason(message) if isinstance(message, Exception) else message)
        self.status = status


class Terminated(KeyboardInterrupt):
    """The command was told to end, by a signal of this number."""


def say(text):
    """Print a line on standard error, whatever characters are in it.

    Parameters
    ----------
    text : str or Exception
        What to say.
    """
    with suppress(OSError):  # it may lie on the disk that is full
        print(f"mefeat: {printable(str(text).strip())}", file=sys.stderr)


def reason(error):
    """Tell in a sentence what an error says.

    Parameters
    ----------
    error : Exception
        Any error.

    Returns
    -------
    str
        The sentence, without the number of an error of the system.
    """
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, MemoryError):
        return f"there is not enough memory. {error}".strip()
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else ""
    text = text or str(error) or type(error).__name__
    notes = "; ".join(getattr(error, "__notes__", []))
    return f"{text} ({notes})" if notes else text
