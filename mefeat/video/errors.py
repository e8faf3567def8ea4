"""The one error of everything that reads footage."""

from mefeat.base import printable


class ReadError(ValueError):
    """A file that cannot be read as asked.

    Parameters
    ----------
    message : str
        What is wrong with which file and frame; what cannot be printed is escaped.
    """

    def __init__(self, message):
        super().__init__(printable(message))
