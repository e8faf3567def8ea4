"""Progress of folds: what is held out, at what rate, and the time that is left."""

import sys

from tqdm import tqdm

from mefeat.base import printable


def is_shown():
    """Tell whether there is a terminal to show progress in.

    Returns
    -------
    bool
        True if standard error is a terminal.

    Examples
    --------
    >>> is_shown() in (True, False)
    True
    """
    return sys.stderr.isatty()


class Progress:
    """A line of progress that names the fold in work; silent without a terminal.

    Parameters
    ----------
    folds : list of Fold
        All folds.
    done : iterable of int
        Indices of folds that were finished before.
    verbose : bool
        Whether to show anything.

    Examples
    --------
    >>> from mefeat.evaluation import make_folds
    >>> folds = make_folds("loso", ["joy", "fear"], [1, 2])
    >>> with Progress(folds, [], verbose=False) as progress:
    ...     progress.finished(1)
    ...     progress.left
    [0]
    """

    def __init__(self, folds, done, *, verbose):
        self.folds = folds
        self.left = [i for i in range(len(folds)) if i not in set(done)]
        self._bar = tqdm(
            total=len(folds),
            initial=len(folds) - len(self.left),
            unit="fold",
            disable=None if verbose else True,
        )
        self._describe()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._bar.close()

    def finished(self, index):
        """Count a fold.

        Parameters
        ----------
        index : int
            Its place among all folds.
        """
        self.left.remove(index)
        self._bar.update()
        self._describe()

    def _describe(self):
        if self.left:
            fold = self.folds[self.left[0]]
            name = printable(fold.name)
            self._bar.set_description(f"held out: {name}, {len(fold.test)} clips")
