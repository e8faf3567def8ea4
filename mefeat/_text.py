"""Texts that somebody else wrote. It imports little: errors are to be told at once."""

import unicodedata


def printable(text):
    r"""Write out what a terminal would obey, in texts that somebody else wrote.

    Parameters
    ----------
    text : str or path
        A text with names of files, classes, subjects or the like.

    Returns
    -------
    str
        The text with control characters, line breaks among them, and bytes that are no
        UTF-8 as escapes.

    Examples
    --------
    >>> from mefeat._text import printable
    >>> printable("über \x1b[2J\udcffa.mp4")
    'über \\x1b[2J\\xffa.mp4'
    """
    text = str(text)
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(sign):
    if sign.isprintable() or unicodedata.category(sign) == "Zs":
        return sign
    if "\udc80" <= sign <= "\udcff":  # how Python keeps a byte of a name
        return f"\\x{ord(sign) - 0xDC00:x}"
    return ascii(sign)[1:-1]
