"""Texts that somebody else wrote. It imports little: errors are to be told at once."""

import unicodedata


def printable(text):
    r"""Write out what a terminal would obey, in texts that somebody else wrote.

    Parameters
    ----------
    text : str
        A text with names of files, classes, subjects or the like.

    Returns
    -------
    str
        The text with control characters, line breaks among them, as escapes.

    Examples
    --------
    >>> from mefeat.base import printable
    >>> printable("über \x1b[2Ja.mp4")
    'über \\x1b[2Ja.mp4'
    """
    text = str(text)
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(sign):
    if sign.isprintable() or unicodedata.category(sign) == "Zs":
        return sign
    return ascii(sign)[1:-1]
