"""Detection of action units: any descriptor, and a classifier for each unit."""

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.svm import SVC
from sklearn.utils.metaestimators import available_if
from sklearn.utils.parallel import delayed
from sklearn.utils.validation import check_is_fitted

from mefeat.base._parallel import parallel_processes
from mefeat.base._pipeline import fit_with_groups
from mefeat.base._steps import check_lengths
from mefeat.facs._units import unit_targets

_N_SPLITS = 3


class ActionUnitDetector(BaseEstimator):
    """Tell which action units a clip shows, by one classifier for each unit.

    Parameters
    ----------
    features : estimator, default=None
        What turns clips into rows, for example a `ClipPipeline` or a pipeline of
        `mefeat.methods.METHODS`. None where X are rows already.
    classifier : estimator, default=None
        A classifier of two classes, cloned for each unit. None is the `SVC` with C 28
        of CD6ME.
    units : sequence of int, default=None
        Numbers of the units to be found. None are all that the training clips show;
        needed where y is a matrix.
    probability : bool, default=False
        Whether to learn probabilities too, from clips of subjects that are held out in
        turn, which takes four times as long.
    n_jobs : int, default=None
        Units at a time, in processes, unless `joblib.parallel_config` says otherwise.

    Attributes
    ----------
    units_ : ndarray of int, shape (n_units,)
        Units that the columns of `predict` stand for.
    features_ : estimator or None
        Fitted features.
    classifiers_ : list of estimator or bool
        Fitted classifiers; True or False for a unit that all or none of the training
        clips show.
    sigmoids_ : ndarray of shape (n_units, 2)
        With `probability`, slope and offset of the sigmoid of each unit; nan for those
        that all or none of the training clips show.
    average_precision_ : ndarray of shape (n_units,)
        With `probability`, how well the clips that were held out were ranked; nan as
        above. To guess has the share of the clips that show the unit.

    See Also
    --------
    ActionUnitEmotion : Makes emotions of what a detector finds.

    Notes
    -----
    Units are rare: accuracy tells little, see `mefeat.evaluation` for F1 and average
    precision of each. Sides and intensities are not told apart.

    References
    ----------
    T. Varanka, Y. Li, W. Peng, G. Zhao, "Data leakage and evaluation issues in
    micro-expression analysis", 2022.

    Examples
    --------
    >>> X, y = [[0.0], [0.1], [1.0], [1.1]], [[], [4], [12], [4, 12]]
    >>> detector = ActionUnitDetector(units=[12]).fit(X, y)
    >>> detector.predict([[0.05], [1.05]]).tolist()
    [[False], [True]]
    """

    _parameter_constraints: dict = {
        "units": ["array-like", None],
        "probability": ["boolean"],
    }

    def __init__(
        self,
        features=None,
        classifier=None,
        *,
        units=None,
        probability=False,
        n_jobs=None,
    ):
        self.features = features
        self.classifier = classifier
        self.units = units
        self.probability = probability
        self.n_jobs = n_jobs

    def fit(self, X, y, groups=None):
        """Fit the features, then a classifier for each unit.

        Parameters
        ----------
        X : list of Clip, or array-like of shape (n_clips, n_features)
            Clips; rows without `features`.
        y : array of bool, shape (n_clips, n_units), or list of collections
            Units of the clips: a matrix with a column for each of `units`, or the
            units of each clip in a form that `unit_intensities` takes.
        groups : array-like of shape (n_clips,), default=None
            Subjects, for a classifier that asks for them, and to be held out together
            where probabilities are learned; each clip its own by default.

        Returns
        -------
        self : object
            The same object.

        Raises
        ------
        ValueError
            If lengths differ, y is a matrix without `units`, there are no units, or
            probabilities cannot be learned from so few subjects.
        """
        self._validate_params()
        X = X if hasattr(X, "shape") else list(X)
        shown, self.units_ = unit_targets(y, self.units)
        groups = None if groups is None else np.asarray(groups)
        check_lengths(X, shown, groups)
        if self.probability:
            _check_subjects(shown, self.units_, groups)
        self.features_ = None if self.features is None else clone(self.features)
        rows = _rows(X if self.features is None else self.features_.fit_transform(X))
        classifier = SVC(C=28.0) if self.classifier is None else self.classifier
        fitted = parallel_processes(self.n_jobs)(
            delayed(_fit_unit)(classifier, rows, column, groups, self.probability)
            for column in shown.T
        )
        self.classifiers_ = [found for found, _ in fitted]
        if self.probability:
            told = np.array([numbers for _, numbers in fitted])
            self.sigmoids_, self.average_precision_ = told[:, :2], told[:, 2]
        return self

    def predict(self, X):
        """Tell which units each clip shows.

        Parameters
        ----------
        X : list of Clip, or array-like of shape (n_clips, n_features)
            Clips; rows without `features`.

        Returns
        -------
        ndarray of bool, shape (n_clips, n_units)
            Whether the clip shows the unit, in the order of `units_`.
        """
        if self.probability:
            return self.predict_proba(X) >= 0.5
        rows = self._rows(X)
        columns = [
            np.full(len(rows), found)
            if isinstance(found, bool)
            else np.asarray(found.predict(rows), dtype=bool)
            for found in self.classifiers_
        ]
        return np.stack(columns, axis=1)

    @available_if(lambda self: self.probability)
    def predict_proba(self, X):
        """Estimate how probable each unit is, if `probability` was asked for.

        Parameters
        ----------
        X : list of Clip, or array-like of shape (n_clips, n_features)
            Clips; rows without `features`.

        Returns
        -------
        ndarray of shape (n_clips, n_units)
            Probability that the clip shows the unit; 1 or 0 for a unit that all or none
            of the training clips show.
        """
        decisions = self.decision_function(X)
        learned = ~np.isnan(self.sigmoids_[:, 0])
        slopes, offsets = self.sigmoids_[learned].T
        decisions[:, learned] = expit(decisions[:, learned] * slopes + offsets)
        return np.maximum(decisions, 0)

    def decision_function(self, X):
        """Tell how clearly each clip shows each unit.

        Parameters
        ----------
        X : list of Clip, or array-like of shape (n_clips, n_features)
            Clips; rows without `features`.

        Returns
        -------
        ndarray of shape (n_clips, n_units)
            Decision values of the classifiers, or probabilities where they have no
            others; 1 or -1 for a unit that all or none of the training clips show.
        """
        rows = self._rows(X)
        columns = [_decisions(found, rows) for found in self.classifiers_]
        return np.stack(columns, axis=1)

    def _rows(self, X):
        check_is_fitted(self)
        return _rows(X if self.features_ is None else self.features_.transform(X))


def can_be_held_out(shown, groups):
    """Tell of which units clips can be held out to learn a probability."""
    return _n_sides(shown, groups).min(axis=0) >= 2


def held_out_decisions(classifier, rows, shown, groups):
    """Get decision values of clips of subjects that the classifier has not seen."""
    decisions = np.full(len(shown), np.nan)
    take = rows.iloc if hasattr(rows, "iloc") else rows
    folds = _folds(shown, groups)
    for fold in range(folds.max() + 1):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(set(shown[train].tolist())) == 2:
            fitted = fit_with_groups(
                classifier, take[train], shown[train], groups[train]
            )
            decisions[test] = decision_values(fitted, take[test])
    return decisions


def _folds(shown, groups):
    """Deal subjects to folds, those that show most first: no fold gets all of them."""
    subjects, of_clip = np.unique(groups, return_inverse=True)
    order = np.argsort(-np.bincount(of_clip, shown), kind="stable")
    dealt = np.empty(len(subjects), dtype=int)
    dealt[order] = np.arange(len(subjects)) % _N_SPLITS
    return dealt[of_clip]


def decision_values(fitted, rows):
    """Get decision values, or probabilities of a classifier that has no others."""
    if hasattr(fitted, "decision_function"):
        return np.asarray(fitted.decision_function(rows), dtype=np.float64)
    return fitted.predict_proba(rows)[:, 1]


def fit_sigmoid(decisions, shown):
    """Fit the sigmoid that makes probabilities of decision values.

    Notes
    -----
    As in Platt's paper, clips count as shown with a probability of (n + 1) / (n + 2)
    or 1 / (n + 2), n being the number of clips of their kind, so that values which part
    the clips without fault do not make it certain. A slope is never negative: values
    that mislead say nothing.

    References
    ----------
    J. C. Platt, "Probabilistic outputs for support vector machines and comparisons to
    regularized likelihood methods", Advances in Large Margin Classifiers, 1999.
    """
    known = ~np.isnan(decisions)
    decisions, shown = decisions[known, None], shown[known]
    n_clips = np.where(shown, shown.sum(), (~shown).sum())
    sure = np.where(shown, n_clips + 1, 1) / (n_clips + 2)
    both = np.repeat([True, False], len(shown))
    # Without a penalty to speak of: what holds the slope is what Platt does above.
    model = LogisticRegression(C=1e6, tol=1e-8, max_iter=1000)
    scale = max(np.abs(decisions).max(), 1e-12)
    values, weights = np.tile(decisions / scale, (2, 1)), np.r_[sure, 1 - sure]
    model.fit(values, both, sample_weight=weights)
    slope, offset = float(model.coef_[0, 0]) / scale, float(model.intercept_[0])
    if slope >= 0:
        return slope, offset
    share = weights[both].sum() / weights.sum()
    return 0.0, float(np.log(share / (1 - share)))


def _n_sides(shown, groups):
    """Count the subjects that show each unit in a clip, and that lack it in one."""
    groups = np.asarray(groups)
    of_subject = [shown[groups == subject] for subject in np.unique(groups)]
    n_with = sum(clips.any(axis=0).astype(int) for clips in of_subject)
    n_without = sum((~clips).any(axis=0).astype(int) for clips in of_subject)
    return np.stack([n_with, n_without])


def _rows(rows):
    return rows if hasattr(rows, "shape") else np.asarray(rows)


def _check_subjects(shown, units, groups):
    mixed = shown.any(axis=0) & ~shown.all(axis=0)
    groups = np.arange(len(shown)) if groups is None else groups
    lacking = units[mixed & ~can_be_held_out(shown, groups)].tolist()
    if lacking:
        raise ValueError(
            "a probability is learned from two subjects that show a unit and two that "
            f"do not, which is not so for the units {lacking}: leave them out, or set "
            "probability=False."
        )


def _fit_unit(classifier, rows, shown, groups, probability):
    """Fit the classifier of a unit; slope, offset and average precision go with it."""
    if shown.all() or not shown.any():
        return bool(shown[0]), (np.nan,) * 3
    fitted = fit_with_groups(classifier, rows, shown, groups)
    if not probability:
        return fitted, None
    groups = np.arange(len(shown)) if groups is None else groups
    held = held_out_decisions(classifier, rows, shown, groups)
    known = ~np.isnan(held)
    precision = average_precision_score(shown[known], held[known])
    return fitted, (*fit_sigmoid(held, shown), precision)


def _decisions(found, rows):
    if isinstance(found, bool):
        return np.full(len(rows), 1.0 if found else -1.0)
    return decision_values(found, rows)
