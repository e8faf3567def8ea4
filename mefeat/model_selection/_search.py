"""PolySVCSearch, and the predictions of all candidates of a search."""

import warnings
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    OneToOneFeatureMixin,
    TransformerMixin,
    clone,
)
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import (
    GridSearchCV,
    ParameterGrid,
    ParameterSampler,
    RandomizedSearchCV,
    check_cv,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.parallel import delayed
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    check_X_y,
    validate_data,
)

from mefeat.base._parallel import parallel_processes
from mefeat.base._pipeline import take
from mefeat.base._sklearn_compat import Options
from mefeat.base._steps import whole
from mefeat.model_selection._metrics import (
    AGGREGATES,
    count_confusions,
    rank_candidates,
)
from mefeat.model_selection._splitters import SubjectKFold, check_alike
from mefeat.model_selection._svm import list_points, predict_points, spread_of, svc_of


class RowScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Divide rows by one number, so that their spread is 1.

    Columns keep their proportions, as in the histograms of a descriptor, which
    `StandardScaler` would change.

    Attributes
    ----------
    scale_ : float
        Root mean square distance of the training rows from their mean; 1 if they are
        all alike.
    n_features_in_ : int
        Numbers in a row.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X has them.

    See Also
    --------
    PolySVCSearch : Does so by itself.

    Examples
    --------
    >>> RowScaler().fit_transform([[1.0, 0.0], [1.0, 6.0]]).round(2).tolist()
    [[0.33, 0.0], [0.33, 2.0]]
    """

    def fit(self, X, y=None):
        """Measure the spread of rows.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            Rows.
        y : object, default=None
            Ignored.

        Returns
        -------
        self : object
            The same object.
        """
        self.scale_ = spread_of(validate_data(self, X, dtype=np.float64))
        return self

    def transform(self, X):
        """Divide rows.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_clips, n_features)
            The rows divided by `scale_`.
        """
        check_is_fitted(self)
        return validate_data(self, X, dtype=np.float64, reset=False) / self.scale_


def _can_predict(search):
    if not search.refit:
        raise AttributeError(
            "this PolySVCSearch has refit=False: it chooses, but cannot predict."
        )
    return True


class PolySVCSearch(ClassifierMixin, BaseEstimator):
    """Polynomial SVM whose parameters are searched on a grid, subject by subject.

    All candidates share the Gram matrix G of the rows: the kernel of each is
    (gamma G + coef0) ** degree, computed once per fold and fitted as a precomputed
    kernel, so that the length of the rows hardly matters for the time of the search.
    Linear and radial kernels follow from the same matrix.

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
    kernel : {"poly", "linear", "rbf"}, default="poly"
        Kernel. "linear" takes from the grid C alone, "rbf" gamma and C.
    class_weight : dict, "balanced" or None, default=None
        Factors of C for each class, as in `SVC`.
    cv : int, splitter or iterable, default=None
        Inner folds, as in scikit-learn. None is `SubjectKFold`: `GroupKFold` of 5
        folds, fewer with fewer subjects, if `fit` is given groups; else
        `StratifiedKFold` of 5 folds, with a warning.
    scoring : {"f1_macro", "accuracy", "balanced_accuracy", "f1_weighted", "f1"}, \
default="f1_macro"
        Score that chooses, as scikit-learn defines it. "f1" is that of a flag, for the
        classes 0 and 1 or False and True.
    aggregate : {"pooled", "mean"}, default="pooled"
        Whether the score is that of the pooled predictions of all inner folds, or the
        mean of the folds' scores, as in `GridSearchCV`. Single subjects lack classes,
        which the mean punishes by chance.
    refit : bool, default=True
        Whether to fit the best candidate to all rows. Without, the search cannot
        predict.
    scale : bool, default=True
        Whether rows are divided by one number, the root mean square distance of the
        training rows from their mean, so that gamma and C mean the same for every
        descriptor, in whatever unit. False takes rows as they are, for grids of papers.
    max_iter : int, default=1000000
        Iterations after which a fit is given up and taken as it is; -1 for no limit.
    n_jobs : int, default=None
        Processes, unless `joblib.parallel_config` says otherwise. The result is the
        same for any number.

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
        A `SVC` with these parameters, fitted to all rows divided by `scale_`; with
        `refit`.
    scale_ : float
        What rows are divided by; 1 without `scale`.
    cv_results_ : dict of str to array
        One entry per candidate, in the order of `ParameterGrid`, as in
        `GridSearchCV`: `params` and `param_<name>`, `split<i>_test_score`,
        `mean_test_score`, `std_test_score`, `rank_test_score` (by the score that
        chooses); also `pooled_test_score`, and `n_unconverged`, its fits that were
        given up. There are no times, since candidates share their kernels.
    n_iter_ : ndarray of int
        Iterations of `best_estimator_`, one number per pair of classes; with `refit`.
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
    Each fold has a scale of its own, that of its training rows, so nothing of what is
    held out is in it. Descriptors give rows of lengths that differ a hundred times, and
    without it the same grid is too coarse for one and says the largest class of every
    clip for another.

    An inner training part that holds a single class predicts this class. A search that
    is given groups hands them to `cv`, whether or not that heeds them.

    A kernel times s, with the penalty C / s, is the kernel with C. Polynomials with
    coef0 = 0 are therefore one problem if C gamma ** degree is the same, others if
    gamma / coef0 and C coef0 ** degree are. Such a problem is solved once, as the first
    of its candidates says it, and all of them have these scores. Nor is a kernel fitted
    with larger C once two values of C gave the same solution in as many steps: then C
    is no bound.

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
        "kernel": [str],
        "class_weight": [str, dict, None],
        "cv": ["cv_object"],
        "scoring": [str],
        "aggregate": [str],
        "refit": ["boolean"],
        "scale": ["boolean"],
        "max_iter": [whole(1), Options(Integral, {-1})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        degree=(2, 3, 4, 5),
        coef0=(0, 1, 2, 3),
        gamma=(0.01, 0.1, 1.0),
        C=(0.1, 1, 10, 100),
        *,
        kernel="poly",
        class_weight=None,
        cv=None,
        scoring="f1_macro",
        aggregate="pooled",
        refit=True,
        scale=True,
        max_iter=1_000_000,
        n_jobs=None,
    ):
        self.degree = degree
        self.coef0 = coef0
        self.gamma = gamma
        self.C = C
        self.kernel = kernel
        self.class_weight = class_weight
        self.cv = cv
        self.scoring = scoring
        self.aggregate = aggregate
        self.refit = refit
        self.scale = scale
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
            If there are fewer than two classes, or fewer than two subjects; or if the
            score is one of flags, and the classes are none.
        """
        grid = list_points(self)
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_consistent_length(X, y, groups)
        check_alike("y", y)
        if groups is not None:
            check_alike("groups", groups)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"PolySVCSearch needs at least two classes, got 1 class: {y[0]!r}."
            )
        if self.scoring == "f1" and self.classes_.tolist() != [0, 1]:
            raise ValueError(
                "scoring='f1' is for flags, 0 and 1, got the classes "
                f"{self.classes_.tolist()}."
            )
        cv = SubjectKFold() if self.cv is None else self.cv
        folds = list(check_cv(cv, y, classifier=True).split(X, y, groups))
        predicted, unconverged = predict_points(self, X, codes, folds, self.classes_)
        n_classes = len(self.classes_)
        self.cv_results_ = rank_candidates(
            grid, codes, folds, predicted, n_classes, self.scoring, self.aggregate
        )
        self.cv_results_["n_unconverged"] = unconverged
        self._choose()
        self.n_splits_ = len(folds)
        self.scale_ = spread_of(X) if self.scale else 1.0
        if self.refit:
            best = svc_of(self, self.best_params_)
            self.best_estimator_ = best.fit(X / self.scale_, y)
            self.n_iter_ = self.best_estimator_.n_iter_
        self._warn_unconverged(unconverged)
        return self

    @available_if(_can_predict)
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

    @available_if(_can_predict)
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
        return validate_data(self, X, dtype=np.float64, reset=False) / self.scale_

    def _choose(self):
        chosen = self.cv_results_[AGGREGATES[self.aggregate]]
        self.best_index_ = int(np.argmax(chosen))
        self.best_score_ = float(chosen[self.best_index_])
        self.best_params_ = dict(self.cv_results_["params"][self.best_index_])

    def _warn_unconverged(self, unconverged):
        total, given_up = len(unconverged) * self.n_splits_, int(unconverged.sum())
        if self.refit:
            total, given_up = total + 1, given_up + self.best_estimator_.fit_status_
        if given_up:
            warnings.warn(
                f"{given_up} of {total} fits did not converge in {self.max_iter} "
                "iterations and were taken as they stood: leave out large values of "
                f"degree, gamma and C{'' if self.scale else ', or set scale=True'}.",
                ConvergenceWarning,
                stacklevel=3,
            )


@dataclass(frozen=True, eq=False)
class Candidates:
    """Predictions of all candidates of a search, as `candidate_predictions` gives them.

    Parameters
    ----------
    params : list of dict
        Candidates.
    predicted : list of ndarray of shape (n_candidates, n_test)
        For each fold the classes that the candidates predict for what it holds out.
    unconverged : ndarray of int, shape (n_candidates,)
        How many fits of each candidate were given up before they converged.
    """

    params: list
    predicted: list
    unconverged: np.ndarray

    def confusions(self, y, folds, labels):
        """Count the clips of each true class by what they were taken for.

        Parameters
        ----------
        y : array-like of shape (n_clips,)
            Classes.
        folds : list of (ndarray, ndarray)
            Indices of the training and the test clips, as for
            `candidate_predictions`.
        labels : array-like of shape (n_classes,)
            Classes in the order of rows and columns.

        Returns
        -------
        ndarray of int, shape (n_candidates, n_classes, n_classes)
            For each candidate the confusion matrix of all folds together.

        Raises
        ------
        ValueError
            If a class is not among `labels`.
        """
        labels = np.asarray(labels)
        true = np.concatenate([np.asarray(y)[np.asarray(test)] for _, test in folds])
        predicted = np.concatenate(self.predicted, axis=1)
        return count_confusions(
            _codes(true, labels), _codes(predicted, labels), len(labels)
        )


def candidate_predictions(search, X, y, folds, *, n_jobs=None):
    """Predict what each fold holds out by every candidate of a search.

    This is what *oracle* selection chooses from: the candidate that is best on the very
    folds that are reported. The folds are outer ones, the search's own `cv` has no
    part in it.

    Parameters
    ----------
    search : PolySVCSearch, GridSearchCV or RandomizedSearchCV
        Search, not fitted. All candidates of `PolySVCSearch` share one Gram matrix.
    X : array-like of shape (n_clips, n_features), or list
        Rows; clips, or whatever the search takes.
    y : array-like of shape (n_clips,)
        Classes.
    folds : list of (ndarray, ndarray)
        Indices of the training and of the held-out clips.
    n_jobs : int, default=None
        Processes, unless `joblib.parallel_config` says otherwise.

    Returns
    -------
    Candidates
        `params`, `predicted` and `unconverged`.

    Raises
    ------
    TypeError
        If `search` is none of these searches.

    Notes
    -----
    Candidates of `PolySVCSearch` that are the same problem share the predictions of the
    first of them. Predictions are those of the classifier that `candidate_estimator`
    makes, but for values that rounding decides. Training clips of a single class
    predict this class.

    Examples
    --------
    >>> import numpy as np
    >>> X, y = np.array([[-1.0], [1.0], [-2.0], [2.0]]), ["low", "high", "low", "high"]
    >>> search = PolySVCSearch(kernel="linear", C=(1, 10))
    >>> candidates = candidate_predictions(search, X, y, [([0, 1], [2, 3])])
    >>> candidates.params[1], candidates.predicted[0][1].tolist()
    ({'C': 10}, ['low', 'high'])
    >>> candidates.confusions(y, [([0, 1], [2, 3])], ["high", "low"]).tolist()
    [[[1, 0], [0, 1]], [[1, 0], [0, 1]]]
    """
    folds = [(np.asarray(train), np.asarray(test)) for train, test in folds]
    if isinstance(search, PolySVCSearch):
        return _on_one_gram(search, X, y, folds, n_jobs)
    return _one_by_one(search, X, np.asarray(y), folds, n_jobs)


def list_candidates(search):
    """List what a search chooses from."""
    if isinstance(search, PolySVCSearch):
        return list_points(search)
    _check_search(search)
    if isinstance(search, GridSearchCV):
        return list(ParameterGrid(search.param_grid))
    if not isinstance(search.random_state, Integral):
        raise ValueError(
            "RandomizedSearchCV needs a number as random_state, so that it draws the "
            f"same candidates for each fold, got {search.random_state!r}."
        )
    sampler = ParameterSampler(
        search.param_distributions, search.n_iter, random_state=search.random_state
    )
    return list(sampler)


def candidate_estimator(search, params):
    """Make the classifier of one candidate."""
    if isinstance(search, PolySVCSearch):
        svc = svc_of(search, params)
        return make_pipeline(RowScaler(), svc) if search.scale else svc
    _check_search(search)
    return clone(search.estimator).set_params(**clone(params, safe=False))


def _on_one_gram(search, X, y, folds, n_jobs):
    X, y = check_X_y(X, y, dtype=np.float64)
    check_classification_targets(y)
    classes, codes = np.unique(y, return_inverse=True)
    search = clone(search).set_params(n_jobs=n_jobs)
    predicted, unconverged = predict_points(search, X, codes, folds, classes)
    predicted = [classes[fold] for fold in predicted]
    return Candidates(list_candidates(search), predicted, unconverged)


def _one_by_one(search, X, y, folds, n_jobs):
    params = list_candidates(search)
    jobs = (
        delayed(_fit_predict)(candidate_estimator(search, point), X, y, *fold)
        for fold in folds
        for point in params
    )
    outcomes = parallel_processes(n_jobs)(jobs)
    rows, given_up = zip(*outcomes, strict=True)
    n = len(params)
    predicted = [np.stack(rows[i * n : (i + 1) * n]) for i in range(len(folds))]
    unconverged = np.reshape(given_up, (len(folds), n)).sum(axis=0)
    return Candidates(params, predicted, unconverged)


def _check_search(search):
    if not isinstance(search, GridSearchCV | RandomizedSearchCV):
        raise TypeError(
            "search must be a PolySVCSearch, a GridSearchCV or a RandomizedSearchCV, "
            f"got {type(search).__name__}."
        )


def _fit_predict(model, X, y, train, test):
    if (y[train] == y[train][0]).all():
        model = DummyClassifier()
    model.fit(take(X, train), y[train])
    last = model.steps[-1][1] if isinstance(model, Pipeline) else model
    return np.asarray(model.predict(take(X, test))), getattr(last, "fit_status_", 0)


def _codes(values, labels):
    order = np.argsort(labels)
    places = np.searchsorted(labels, values, sorter=order)
    codes = order[np.minimum(places, len(labels) - 1)]
    strange = labels[codes] != values
    if strange.any():
        raise ValueError(
            f"{values[strange].tolist()[0]!r} is not among the labels "
            f"{labels.tolist()}."
        )
    return codes
