"""Progress: a bar in a terminal, and in a pipe or a file a line now and then."""

import sys

from tqdm import tqdm

_LINE = "{n_fmt}/{total_fmt} {unit}s in {elapsed}, {remaining} left; {desc}"
_SECONDS = 60


def progress_bar(items=None, *, total, unit, shown=True, initial=0):
    """Make a bar that is readable where there is no terminal, too.

    Parameters
    ----------
    items : iterable, default=None
        What to go through; without it the bar is moved by its `update`.
    total : int
        How many there are.
    unit : str
        What they are, in the singular.
    shown : bool, default=True
        Whether to show anything.
    initial : int, default=0
        How many were done before.

    Returns
    -------
    tqdm
        The bar. Where standard error is no terminal it writes a line with each item,
        but at most one a minute, and one at the end.

    Examples
    --------
    >>> list(progress_bar("ab", total=2, unit="clip", shown=False))
    ['a', 'b']
    """
    options = {"total": total, "unit": unit, "initial": initial, "disable": not shown}
    if sys.stderr.isatty():
        return tqdm(items, **options)
    # The delay leaves out the line before the first item.
    pace = {"mininterval": _SECONDS, "miniters": 1, "delay": 1e-9}
    return tqdm(items, **options, **pace, bar_format=_LINE, file=_Lines())


class _Lines:
    """Makes lines of what a bar writes over itself."""

    def __init__(self):
        self.last = ""

    def write(self, text):
        text = text.strip("\r\n ;:")
        if text not in ("", self.last):
            sys.stderr.write(f"{text}\n")
            self.last = text

    def flush(self):
        sys.stderr.flush()
