"""What every candidate of a search says about the clips that are held out."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import (
    GridSearchCV,
    ParameterGrid,
    ParameterSampler,
    RandomizedSearchCV,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.parallel import delayed
from sklearn.utils.validation import check_X_y

from mefeat.base import parallel_processes
from mefeat.evaluation.grids import list_points, predict_points, svc_of
from mefeat.evaluation.parts import take
from mefeat.evaluation.ranking import count_confusions
from mefeat.evaluation.search import PolySVCSearch, RowScaler


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
    """List what a search chooses from.

    Parameters
    ----------
    search : PolySVCSearch, GridSearchCV or RandomizedSearchCV
        Search.

    Returns
    -------
    list of dict
        Parameters of each candidate, in the order of its `cv_results_`.

    Raises
    ------
    TypeError
        If `search` is none of these searches.
    ValueError
        If it is a random one without a seed, whose candidates are others each time.

    Examples
    --------
    >>> list_candidates(PolySVCSearch(kernel="linear", C=(1, 10)))
    [{'C': 1}, {'C': 10}]
    """
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
    """Make the classifier of one candidate.

    Parameters
    ----------
    search : PolySVCSearch, GridSearchCV or RandomizedSearchCV
        Search.
    params : dict
        One of the `params` of its candidates.

    Returns
    -------
    estimator
        The classifier, not fitted; behind a `RowScaler` if a `PolySVCSearch` scales.

    Raises
    ------
    TypeError
        If `search` is none of these searches.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3]})
    >>> candidate_estimator(search, {"n_neighbors": 3})
    KNeighborsClassifier(n_neighbors=3)
    """
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
