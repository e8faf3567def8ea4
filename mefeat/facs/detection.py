"""Finding action units: any descriptor, and one classifier for each unit."""

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.svm import SVC
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from mefeat.facs.units import unit_intensities, unit_matrix


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

    def __init__(self, features=None, classifier=None, units=None, n_jobs=None):
        self.features = features
        self.classifier = classifier
        self.units = units
        self.n_jobs = n_jobs

    def fit(self, X, y):
        """Fit the features, then a classifier for each unit.

        Parameters
        ----------
        X : list of Clip, or array-like of shape (n_clips, n_features)
            Clips; rows without `features`.
        y : array-like of bool, shape (n_clips, n_units), or list of collections
            Units of the clips: a matrix with a column for each of `units`, or the
            units of each clip in a form that `unit_intensities` takes.

        Returns
        -------
        self : object
            The same object.

        Raises
        ------
        ValueError
            If X and y differ in length, y is a matrix without `units`, or there are no
            units.
        """
        X = X if hasattr(X, "shape") else list(X)
        shown, self.units_ = unit_targets(y, self.units)
        if len(shown) != len(X):
            raise ValueError(
                f"y must hold the units of each of {len(X)} clips, got {len(shown)}."
            )
        self.features_ = None if self.features is None else clone(self.features)
        rows = X if self.features is None else self.features_.fit_transform(X)
        classifier = SVC(C=28.0) if self.classifier is None else self.classifier
        self.classifiers_ = Parallel(self.n_jobs, prefer="processes")(
            delayed(_fit_unit)(classifier, rows, column) for column in shown.T
        )
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
        rows = self._rows(X)
        columns = [
            np.full(len(rows), found)
            if isinstance(found, bool)
            else np.asarray(found.predict(rows), dtype=bool)
            for found in self.classifiers_
        ]
        return np.stack(columns, axis=1)

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
        rows = X if self.features_ is None else self.features_.transform(X)
        return rows if hasattr(rows, "shape") else np.asarray(rows)


def unit_targets(y, units):
    """Read the units of clips as a matrix.

    Parameters
    ----------
    y : array-like of bool, shape (n_clips, n_units), or list of collections
        A matrix, or the units of each clip.
    units : sequence of int or None
        What the columns stand for; None, for collections only, are all that occur.

    Returns
    -------
    shown : ndarray of bool, shape (n_clips, n_units)
        Whether the clip shows the unit.
    numbers : ndarray of int, shape (n_units,)
        What the columns stand for.

    Raises
    ------
    ValueError
        If `units` is needed, empty, or not as long as the matrix is wide.

    Examples
    --------
    >>> unit_targets([{12}, {6, 12}], None)[1].tolist()
    [6, 12]
    """
    is_matrix = isinstance(y, np.ndarray) or hasattr(y, "iloc")
    if is_matrix:
        shown = np.asarray(y)
        if units is None or shown.ndim != 2 or shown.shape[1] != len(units):
            raise ValueError(
                "y is a matrix, so units must name the unit of each of its columns: "
                f"got shape {shown.shape} and units {units}."
            )
        shown, numbers = shown.astype(bool), list(units)
    else:
        sets = [set(unit_intensities(one)) for one in y]
        numbers = sorted(set().union(*sets)) if units is None else list(units)
        shown = unit_matrix(sets, numbers)
    if not numbers:
        raise ValueError("there are no action units to be found.")
    return shown, np.array(numbers)


def _fit_unit(classifier, rows, shown):
    if shown.all() or not shown.any():
        return bool(shown[0])
    return clone(classifier).fit(rows, shown)


def _decisions(found, rows):
    if isinstance(found, bool):
        return np.full(len(rows), 1.0 if found else -1.0)
    if hasattr(found, "decision_function"):
        return np.asarray(found.decision_function(rows), dtype=np.float64)
    return found.predict_proba(rows)[:, 1]
