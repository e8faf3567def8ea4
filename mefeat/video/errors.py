"""The one error of everything that reads footage."""


class ReadError(ValueError):
    """A file that cannot be read as asked.

    Parameters
    ----------
    message : str
        What is wrong with which file and frame; what cannot be printed is escaped.
    """

    def __init__(self, message):
        super().__init__(printable(message))


def printable(text):
    r"""Escape what a terminal cannot print, or what would steer it.

    Parameters
    ----------
    text : str or path
        A text, for example of a path whose bytes are no UTF-8.

    Returns
    -------
    str
        The text in one line.

    Examples
    --------
    >>> printable("a\udcff\x1b[2J ü.mp4")
    'a\\xff\\x1b[2J ü.mp4'
    """
    text = (
        str(text).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    )
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
