"""The grid of the polynomial SVM, searched on one shared Gram matrix."""

import warnings
from numbers import Integral

import numpy as np
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import (
    GroupKFold,
    ParameterGrid,
    StratifiedKFold,
    check_cv,
)
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from mefeat.evaluation.gram import make_svc, predict_folds
from mefeat.evaluation.metrics import accuracy, macro_f1, occurring, uar, weighted_f1

N_SPLITS = 5

SCORING = {
    "accuracy": accuracy,
    "balanced_accuracy": uar,
    "f1_macro": lambda counts: macro_f1(occurring(counts)),
    "f1_weighted": lambda counts: weighted_f1(occurring(counts)),
}


class PolySVCSearch(ClassifierMixin, BaseEstimator):
    """Polynomial SVM whose parameters are searched on a grid, subject by subject.

    All candidates share the Gram matrix G of the rows: the kernel of each is
    (gamma G + coef0) ** degree, computed once per fold and fitted as a precomputed
    kernel, so that the length of the rows hardly matters for the time of the search.

    Parameters
    ----------
    degree : array-like of int, default=(2, 3, 4, 5)
        Degrees to try.
    coef0 : array-like of float, default=(0, 1, 2, 3)
        Constants to try.
    gamma : array-like of float, default=(0.01, 0.1, 1.0)
        Factors of the inner product to try.
    C : array-like of float, default=(0.1, 1, 10, 100)
        Penalties to try.
    cv : int, splitter or iterable, default=None
        Inner folds, as in scikit-learn. None is `GroupKFold` of 5 folds, fewer with
        fewer subjects, if `fit` is given groups; else `StratifiedKFold` of 5 folds,
        with a warning.
    scoring : {"f1_macro", "accuracy", "balanced_accuracy", "f1_weighted"}, \
default="f1_macro"
        Score that chooses, as scikit-learn defines it.
    aggregate : {"pooled", "mean"}, default="pooled"
        Whether the score is that of the pooled predictions of all inner folds, or the
        mean of the folds' scores, as in `GridSearchCV`. Single subjects lack classes,
        which the mean punishes by chance.
    max_iter : int, default=1000000
        Iterations after which a fit is given up and taken as it is.
    n_jobs : int, default=None
        Fits at a time; threads, unless `joblib.parallel_config` says otherwise.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes.
    best_params_ : dict
        The chosen candidate, the first of the best.
    best_index_ : int
        Its place in `cv_results_`.
    best_score_ : float
        Its score.
    best_estimator_ : SVC
        A `SVC(kernel="poly")` with these parameters, fitted to all rows.
    cv_results_ : dict of str to array
        One entry per candidate, in the order of `ParameterGrid`: `params` and
        `param_<name>`, `split<i>_test_score`, `mean_test_score`, `std_test_score`,
        `pooled_test_score`, `rank_test_score` (by the score that chooses) and
        `n_unconverged`, its fits that were given up.
    n_iter_ : ndarray of int
        Iterations of `best_estimator_`, one number per pair of classes.
    n_splits_ : int
        Number of inner folds.
    n_features_in_ : int
        Numbers in a row.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X has them.

    See Also
    --------
    sklearn.model_selection.GridSearchCV : Finds the same, with `aggregate="mean"`.

    Notes
    -----
    An inner training part that holds a single class predicts this class. A search that
    is given groups hands them to `cv`, whether or not that heeds them.

    References
    ----------
    .. [1] C.-C. Chang, C.-J. Lin, "LIBSVM: A library for support vector machines", ACM
       Transactions on Intelligent Systems and Technology 2(3), 2011.
       https://doi.org/10.1145/1961189.1961199
    .. [2] S. Varma, R. Simon, "Bias in error estimation when using cross-validation for
       model selection", BMC Bioinformatics 7:91, 2006. https://doi.org/10.1186/1471-2105-7-91

    Examples
    --------
    >>> import numpy as np
    >>> X = np.repeat([[-1.0], [1.0], [-2.0], [2.0]], 2, axis=0)
    >>> y = ["near", "near", "near", "near", "far", "far", "far", "far"]
    >>> search = PolySVCSearch(degree=(2, 3), coef0=(0,), gamma=(1.0,), C=(1, 100))
    >>> search.fit(X, y, groups=[1, 2, 1, 2, 1, 2, 1, 2]).predict([[-3.0], [0.5]])
    array(['far', 'near'], dtype='<U4')
    >>> search.best_params_["degree"], search.best_score_
    (2, 1.0)
    """

    _parameter_constraints: dict = {
        "degree": ["array-like"],
        "coef0": ["array-like"],
        "gamma": ["array-like"],
        "C": ["array-like"],
        "cv": ["cv_object"],
        "scoring": [str],
        "aggregate": [str],
        "max_iter": [Integral],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        degree=(2, 3, 4, 5),
        coef0=(0, 1, 2, 3),
        gamma=(0.01, 0.1, 1.0),
        C=(0.1, 1, 10, 100),
        *,
        cv=None,
        scoring="f1_macro",
        aggregate="pooled",
        max_iter=1_000_000,
        n_jobs=None,
    ):
        self.degree = degree
        self.coef0 = coef0
        self.gamma = gamma
        self.C = C
        self.cv = cv
        self.scoring = scoring
        self.aggregate = aggregate
        self.max_iter = max_iter
        self.n_jobs = n_jobs

    def fit(self, X, y, groups=None):
        """Search the grid and fit the best candidate to all rows.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            Rows.
        y : array-like of shape (n_clips,)
            Classes.
        groups : array-like of shape (n_clips,), default=None
            Subjects, for the inner folds.

        Returns
        -------
        self : object
            The same object.

        Raises
        ------
        ValueError
            If there are fewer than two classes, or fewer than two subjects.
        """
        grid = self._checked_grid()
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_consistent_length(X, y, groups)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"PolySVCSearch needs at least two classes, got 1 class: {y[0]!r}."
            )
        folds = self._folds(X, y, groups)
        predicted, unconverged = predict_folds(
            X @ X.T, codes, folds, grid, max_iter=self.max_iter, n_jobs=self.n_jobs
        )
        self._note_results(grid, codes, folds, predicted, unconverged)
        self.best_estimator_ = self._svc(self.best_params_).fit(X, y)
        self.n_iter_ = self.best_estimator_.n_iter_
        self._warn_unconverged(unconverged)
        return self

    def predict(self, X):
        """Predict the class of each row by the best candidate.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_clips,)
            Classes.
        """
        X = self._checked_rows(X)
        return self.best_estimator_.predict(X)

    def decision_function(self, X):
        """Evaluate the decision function of the best candidate.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_clips,) or (n_clips, n_classes)
            As `SVC.decision_function`.
        """
        X = self._checked_rows(X)
        return self.best_estimator_.decision_function(X)

    def _checked_rows(self, X):
        check_is_fitted(self)
        return validate_data(self, X, dtype=np.float64, reset=False)

    def _checked_grid(self):
        self._validate_params()
        for name, known in ("scoring", SCORING), ("aggregate", AGGREGATES):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} must be one of {list(known)}, got {getattr(self, name)!r}."
                )
        names = ("degree", "coef0", "gamma", "C")
        grid = list(ParameterGrid({name: getattr(self, name) for name in names}))
        for point in grid:
            self._svc(point)._validate_params()
        return grid

    def _svc(self, params):
        return make_svc(kernel="poly", max_iter=self.max_iter, **params)

    def _folds(self, X, y, groups):
        cv = self.cv
        if cv is None and groups is None:
            warnings.warn(
                "PolySVCSearch was fitted without groups, so a subject may stand on "
                "both sides of an inner fold: give fit the subjects as groups, or name "
                "a cv.",
                stacklevel=3,
            )
            cv = StratifiedKFold(N_SPLITS)
        elif cv is None:
            n_subjects = len(np.unique(groups))
            if n_subjects < 2:
                raise ValueError(
                    "PolySVCSearch needs at least two subjects for its inner folds, "
                    f"got {n_subjects}."
                )
            cv = GroupKFold(min(N_SPLITS, n_subjects))
        return list(check_cv(cv, y, classifier=True).split(X, y, groups))

    def _note_results(self, grid, codes, folds, predicted, unconverged):
        score, n_classes = SCORING[self.scoring], len(self.classes_)
        counts = [
            _confusions(codes[test], rows, n_classes)
            for (_, test), rows in zip(folds, predicted, strict=True)
        ]
        split = [[score(matrix) for matrix in fold] for fold in counts]
        # Laid out as in GridSearchCV, whose means this repeats to the last bit.
        split = np.array(split).T.copy()
        results = {"params": grid}
        for name in sorted(grid[0]):
            results[f"param_{name}"] = np.array([point[name] for point in grid])
        for i, column in enumerate(split.T):
            results[f"split{i}_test_score"] = column.copy()
        results["mean_test_score"] = np.average(split, axis=1)
        results["std_test_score"] = np.std(split, axis=1)
        pooled = np.sum(counts, axis=0)
        results["pooled_test_score"] = np.array([score(matrix) for matrix in pooled])
        chosen = results[AGGREGATES[self.aggregate]]
        results["rank_test_score"] = rankdata(-chosen, method="min").astype(np.int32)
        results["n_unconverged"] = unconverged
        self.cv_results_ = results
        self.n_splits_ = len(folds)
        self.best_index_ = int(np.argmax(chosen))
        self.best_score_ = float(chosen[self.best_index_])
        self.best_params_ = dict(grid[self.best_index_])

    def _warn_unconverged(self, unconverged):
        total = len(unconverged) * self.n_splits_ + 1
        given_up = int(unconverged.sum()) + self.best_estimator_.fit_status_
        if given_up:
            warnings.warn(
                f"{given_up} of {total} fits did not converge in {self.max_iter} "
                "iterations and were taken as they stood: scale the rows, or leave out "
                "large values of degree, gamma and C.",
                ConvergenceWarning,
                stacklevel=3,
            )


AGGREGATES = {"pooled": "pooled_test_score", "mean": "mean_test_score"}


def _confusions(true, predicted, n_classes):
    """Count (candidate, true class, predicted class)."""
    n_cells = n_classes**2
    cells = true * n_classes + predicted
    cells += n_cells * np.arange(len(predicted))[:, None]
    counts = np.bincount(cells.ravel(), minlength=n_cells * len(predicted))
    return counts.reshape(len(predicted), n_classes, n_classes)
