"""Emotions from action units, by a table learned from clips."""

from copy import deepcopy

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import f1_score
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from mefeat.base._steps import choice, number, whole

_THRESHOLDS = np.arange(0.1, 0.95, 0.1).round(1)


class CooccurrenceTable(ClassifierMixin, BaseEstimator):
    """Classify sets of action units by the sets that often occur with each emotion.

    Parameters
    ----------
    max_units : int, default=3
        Size of the largest sets in the table.
    min_clips : int, default=2
        Clips that must show a set for it to enter the table.
    threshold : float or "fit", default="fit"
        Share of the clips of an emotion that must show a set for the set to speak for
        the emotion. "fit" takes for each emotion the one of .1, .2, ..., .9 with which
        the training clips are classified best.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Emotions.
    sets_ : list of tuple of int
        Sets of columns.
    frequency_ : ndarray of shape (n_classes, n_sets)
        Share of the clips of each emotion that show each set: the table.
    thresholds_ : ndarray of shape (n_classes,)
        Threshold of each emotion.
    class_counts_ : ndarray of int, shape (n_classes,)
        Training clips of each emotion.
    n_features_in_ : int
        Number of units.
    feature_names_in_ : ndarray of str
        Names of the columns, if X has them.

    See Also
    --------
    facs_emotion : Criteria that are printed, not learned.

    Notes
    -----
    A set of units speaks for an emotion when its frequency there reaches the threshold.
    Of all emotions that a set within the clip speaks for, the clip is given that for
    which the frequency of the set, divided by the sum of its frequencies over all
    emotions, is largest; the larger set, then the first emotion among equals. A clip
    that nothing speaks for is given the emotion with most training clips. So the size
    of the classes plays no part but there.

    Thresholds are fitted one emotion after the other, from .5 on, until none changes,
    for the macro-F1 of the clips they are fitted to; of equal ones the closest to .5.

    Examples
    --------
    Columns are the units 6, 12 and 4:

    >>> X = [[1, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1]]
    >>> table = CooccurrenceTable().fit(X, ["joy", "joy", "anger", "anger"])
    >>> table.predict([[1, 1, 0], [0, 0, 1]])
    array(['joy', 'anger'], dtype='<U5')
    >>> table.sets_
    [(0,), (1,), (2,), (0, 1)]
    """

    _parameter_constraints: dict = {
        "max_units": [whole(1)],
        "min_clips": [whole(1)],
        "threshold": [number(0.0, 1.0, closed="right"), choice(["fit"])],
    }

    def __init__(self, max_units=3, min_clips=2, *, threshold="fit"):
        self.max_units = max_units
        self.min_clips = min_clips
        self.threshold = threshold

    def fit(self, X, y):
        """Count how often sets of units occur with each emotion.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_units)
            Units, shown where the number is above 0.
        y : array-like of shape (n_clips,)
            Emotions.

        Returns
        -------
        self : object
            The same object.
        """
        self._validate_params()
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        shown = X > 0
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.class_counts_ = np.bincount(codes)
        self.sets_ = _frequent_sets(shown, self.max_units, self.min_clips)
        within = _contained(shown, self.sets_)
        counts = np.array(
            [within[codes == k].sum(0) for k in range(len(self.classes_))]
        )
        self.frequency_ = counts / self.class_counts_[:, None]
        fixed = 0.5 if self.threshold == "fit" else self.threshold
        self.thresholds_ = np.full(len(self.classes_), fixed)
        if self.threshold == "fit":
            self.thresholds_ = self._fitted_thresholds(within, codes)
        return self

    def personalize(self, X, y):
        """Fit the thresholds to one person, and keep the table.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_units)
            Units of clips of this person.
        y : array-like of shape (n_clips,)
            Their emotions, among `classes_`.

        Returns
        -------
        CooccurrenceTable
            A classifier for this person; this one stays as it is.

        Raises
        ------
        ValueError
            If an emotion is unknown.
        """
        check_is_fitted(self)
        X, y = validate_data(self, X, y, reset=False)
        codes = np.searchsorted(self.classes_, y)
        known = self.classes_[np.minimum(codes, len(self.classes_) - 1)] == y
        if not np.all(known):
            raise ValueError(
                f"y must hold emotions among {self.classes_.tolist()}, got "
                f"{y[~known].tolist()[0]!r}."
            )
        person = deepcopy(self)
        person.thresholds_ = self._fitted_thresholds(
            _contained(X > 0, self.sets_), codes
        )
        return person

    def predict(self, X):
        """Predict the emotion of each clip.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_units)
            Units, shown where the number is above 0.

        Returns
        -------
        ndarray of shape (n_clips,)
            Emotions.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        within = _contained(X > 0, self.sets_)
        return self.classes_[self._codes(within, self.thresholds_)]

    def table(self, unit_names=None):
        """List the sets that speak for each emotion.

        Parameters
        ----------
        unit_names : sequence of n_units names, optional
            What the columns are called; their indices by default.

        Returns
        -------
        dict of emotion to list of (tuple, float)
            Sets with their frequency, most frequent first. Sets within a larger one
            that is as frequent are left out.
        """
        check_is_fitted(self)
        names = range(self.n_features_in_) if unit_names is None else list(unit_names)
        if len(names) != self.n_features_in_:
            raise ValueError(
                f"unit_names must name {self.n_features_in_} units, got {len(names)}."
            )
        return {
            emotion: [
                (tuple(names[i] for i in self.sets_[s]), float(frequency[s]))
                for s in _maximal(self.sets_, frequency, threshold)
            ]
            for emotion, frequency, threshold in zip(
                self.classes_.tolist(), self.frequency_, self.thresholds_, strict=True
            )
        }

    def _fitted_thresholds(self, within, codes):
        thresholds = np.full(len(self.classes_), 0.5)
        best = self._score(within, codes, thresholds)
        changed = True
        while changed:
            changed = False
            for k in range(len(thresholds)):
                for value in sorted(_THRESHOLDS, key=lambda value: abs(value - 0.5)):
                    trial = thresholds.copy()
                    trial[k] = value
                    score = self._score(within, codes, trial)
                    if score > best:
                        best, thresholds, changed = score, trial, True
        return thresholds

    def _score(self, within, codes, thresholds):
        predicted = self._codes(within, thresholds)
        labels = np.unique(codes)
        return f1_score(
            codes, predicted, labels=labels, average="macro", zero_division=0
        )

    def _codes(self, within, thresholds):
        """Choose by (share of the frequency, size of the set) at once."""
        fallback = int(np.argmax(self.class_counts_))
        if not self.sets_:
            return np.full(len(within), fallback)
        share = self.frequency_ / self.frequency_.sum(axis=0)
        sizes = np.array([len(units) for units in self.sets_])
        keys = np.rint(share * 1e9).astype(np.int64) * (self.max_units + 1) + sizes
        keys[self.frequency_ < thresholds[:, None] - 1e-12] = 0
        scores = np.stack([(within * row).max(axis=1) for row in keys], axis=1)
        return np.where(scores.any(axis=1), scores.argmax(axis=1), fallback)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


def _frequent_sets(shown, max_units, min_clips):
    """List the sets of columns that enough rows show, small ones first."""
    single = [(i,) for i in np.flatnonzero(shown.sum(axis=0) >= min_clips).tolist()]
    sets, grown = list(single), single
    for _ in range(max_units - 1):
        grown = [
            (*units, i)
            for units in grown
            for (i,) in single
            if i > units[-1] and shown[:, (*units, i)].all(axis=1).sum() >= min_clips
        ]
        sets += grown
    return sets


def _contained(shown, sets):
    """Tell which rows show which sets."""
    within = np.empty((len(shown), len(sets)), dtype=bool)
    for s, units in enumerate(sets):
        within[:, s] = shown[:, units].all(axis=1)
    return within


def _maximal(sets, frequency, threshold):
    """List the sets above the threshold that no larger one explains."""
    above = np.flatnonzero(frequency >= threshold - 1e-12).tolist()
    kept = [
        s
        for s in above
        if not any(
            set(sets[s]) < set(sets[o]) and frequency[o] >= frequency[s] for o in above
        )
    ]
    return sorted(kept, key=lambda s: (-frequency[s], sets[s]))
