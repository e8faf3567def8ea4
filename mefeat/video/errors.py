"""The one error of everything that reads footage."""


class ReadError(ValueError):
    """A file that cannot be read as asked; the message names the file and the frame."""

    def __init__(self, message):
        super().__init__(printable(message))


def printable(text):
    r"""Escape what a terminal cannot print, or what would steer it.

    >>> printable("a\udcff\x1b[2J ü.mp4")
    'a\\xff\\x1b[2J ü.mp4'
    """
    text = (
        str(text).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    )
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
