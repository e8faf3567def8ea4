"""Inner folds, on which a search chooses: they keep subjects together."""

import warnings

import numpy as np
from sklearn.model_selection import BaseCrossValidator, GroupKFold, StratifiedKFold

from mefeat.evaluation.clips import check_alike


class SubjectKFold(BaseCrossValidator):
    """Folds that keep subjects together, as many as there are subjects for.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds; with fewer subjects there are as many folds as subjects.

    See Also
    --------
    sklearn.model_selection.GroupKFold : Makes the folds, but never fewer than it is
        told to.

    Notes
    -----
    Without groups, folds are stratified by class, with a warning: a subject may then
    stand on both sides.

    Examples
    --------
    >>> folds = SubjectKFold().split([[0]] * 4, [0, 1, 0, 1], ["s1", "s1", "s2", "s3"])
    >>> [test.tolist() for _, test in folds]
    [[0, 1], [3], [2]]
    """

    def __init__(self, n_splits=5):
        self.n_splits = n_splits

    def get_n_splits(self, X=None, y=None, groups=None):
        """Get the number of folds.

        Parameters
        ----------
        X, y : object, default=None
            Ignored.
        groups : array-like of shape (n_clips,), default=None
            Subjects.

        Returns
        -------
        int
            Number of folds.

        Raises
        ------
        ValueError
            If there are fewer than two subjects.
        """
        if groups is None:
            return self.n_splits
        check_alike("groups", groups)
        n_subjects = len(np.unique(groups))
        if n_subjects < 2:
            raise ValueError(
                "a search needs at least two subjects for its inner folds, got "
                f"{n_subjects}."
            )
        return min(self.n_splits, n_subjects)

    def split(self, X, y=None, groups=None):
        """Split clips into training and test parts.

        Parameters
        ----------
        X : sequence of length n_clips
            Clips or rows.
        y : array-like of shape (n_clips,), default=None
            Classes, which stratify the folds if there are no groups.
        groups : array-like of shape (n_clips,), default=None
            Subjects.

        Yields
        ------
        (ndarray, ndarray)
            Indices of the training and the test clips.
        """
        if groups is None:
            warnings.warn(
                "a search was fitted without groups, so a subject may stand on both "
                "sides of an inner fold: give fit the subjects as groups, or name "
                "a cv.",
                stacklevel=2,
            )
            yield from StratifiedKFold(self.n_splits).split(X, y)
        else:
            cv = GroupKFold(self.get_n_splits(groups=groups))
            yield from cv.split(X, y, groups)
