"""Progress of folds: what is held out, at what rate, and the time that is left."""

import sys

from mefeat.base import printable
from mefeat.base.progress import progress_bar


class Progress:
    """Progress that names the fold in work: a bar, or lines without a terminal.

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
        n_done = len(folds) - len(self.left)
        self._bar = progress_bar(
            total=len(folds), unit="fold", shown=verbose, initial=n_done
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
        self._describe()
        self._bar.update()

    def _describe(self):
        text = ""
        if self.left:
            fold = self.folds[self.left[0]]
            name = printable(fold.name)
            text = f"held out: {name}, {len(fold.test)} clips"
        self._bar.set_description(text, refresh=sys.stderr.isatty())
