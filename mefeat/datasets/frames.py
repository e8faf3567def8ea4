"""Frame numbers and key frames as they are written in sheets."""

from __future__ import annotations

import re
from typing import NamedTuple

# What sheets write where there is no number.
BLANKS = ("", "/", "-", "?", "null", "none", "nan", "n/a")

_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{0,20})?")


class KeyFrames(NamedTuple):
    """Key frames by number.

    Parameters
    ----------
    onset, apex, offset : int or None
        Numbers in the names of the images; None where not annotated or impossible.
    end : int or None
        Last frame of the expression: the offset, or the apex where there is none.
    dropped : tuple of str
        What is no number or impossible, and was dropped.
    """

    onset: int | None
    apex: int | None
    offset: int | None
    end: int | None
    dropped: tuple[str, ...] = ()


def frame_number(text):
    """Read a frame number.

    Parameters
    ----------
    text : str
        The cell.

    Returns
    -------
    int or None
        The number, rounded (566.4 is 566); None if the cell is no number.

    Examples
    --------
    >>> [frame_number(text) for text in ("46", "46.0", "566.4", "/", "-1")]
    [46, 46, 566, None, -1]
    """
    if not _NUMBER.fullmatch(text):
        return None
    return round(float(text))


def key_frames(onset, apex, offset):
    """Make key frames of three cells, and drop what is impossible.

    Parameters
    ----------
    onset, apex, offset : str
        The cells.

    Returns
    -------
    KeyFrames
        The key frames. An apex or offset of 0 or less is not annotated; an offset
        before the onset and an apex outside of onset to offset are dropped.

    Examples
    --------
    >>> key_frames("46", "59", "86")[:4]
    (46, 59, 86, 86)
    >>> key_frames("10", "40", "30").dropped
    ('apex 40 lies outside of 10 to 30',)
    >>> key_frames("10", "20", "0")[:4]
    (10, 20, None, 20)
    """
    cells = {"onset": onset, "apex": apex, "offset": offset}
    keys, dropped = {}, []
    for name, text in cells.items():
        keys[name] = number = frame_number(text)
        if number is None and text.lower() not in BLANKS:
            dropped.append(f"{name} {text!r:.50} is no number")
        elif number is not None and (number < 0 or number == 0 and name != "onset"):
            keys[name] = None
    onset, apex, offset = keys.values()
    if onset is not None and offset is not None and offset < onset:
        dropped.append(f"offset {offset} lies before the onset {onset}")
        offset = None
    low = -1 if onset is None else onset
    high = apex if offset is None else offset
    if apex is not None and not low <= apex <= high:
        if offset is None:
            dropped.append(f"apex {apex} lies before the onset {onset}")
        else:
            dropped.append(f"apex {apex} lies outside of {max(low, 0)} to {offset}")
        apex = None
    end = apex if offset is None else offset
    return KeyFrames(onset, apex, offset, end, tuple(dropped))
