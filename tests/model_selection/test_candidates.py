"""What every candidate of a search says about held-out clips."""

import numpy as np
import pytest
from rows import SMALL, make_features
from sklearn.base import clone
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    LeaveOneGroupOut,
    ParameterGrid,
    RandomizedSearchCV,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mefeat.evaluation import confusion
from mefeat.model_selection import PolySVCSearch, candidate_predictions
from mefeat.model_selection._search import candidate_estimator


def _by_hand(model, X, y, folds):
    return [clone(model).fit(X[a], y[a]).predict(X[b]) for a, b in folds]


def test_candidates_say_what_their_classifiers_say():
    X, codes, groups = make_features("gaussian")
    y = np.array(["anger", "fear", "joy", "sadness"])[codes]
    folds = list(LeaveOneGroupOut().split(X, y, groups))
    search = PolySVCSearch(**SMALL)
    found = candidate_predictions(search, X, y, folds)
    assert found.params == list(ParameterGrid(SMALL))
    assert [rows.shape for rows in found.predicted] == [(16, 10)] * 6
    assert not hasattr(search, "best_params_")
    for i, params in enumerate(found.params):
        svc = candidate_estimator(search, params)
        for rows, expected in zip(
            found.predicted, _by_hand(svc, X, y, folds), strict=True
        ):
            np.testing.assert_array_equal(rows[i], expected)
    counts = found.confusions(y, folds, sorted(set(y)))
    true = np.concatenate([y[test] for _, test in folds])
    predicted = np.concatenate([rows[7] for rows in found.predicted])
    np.testing.assert_array_equal(counts[7], confusion(true, predicted))
    assert counts.shape == (16, 4, 4) and not found.unconverged.any()
    with pytest.raises(ValueError, match="'sadness' is not among the labels"):
        found.confusions(y, folds, ["anger", "fear", "joy"])


def test_candidates_of_scikit_learns_searches():
    X, y, groups = make_features("gaussian")
    folds = list(GroupKFold(3).split(X, y, groups))
    model = make_pipeline(StandardScaler(), KNeighborsClassifier())
    grid = {"kneighborsclassifier__n_neighbors": [1, 5]}
    found = candidate_predictions(GridSearchCV(model, grid), list(X), y, folds)
    assert found.params == list(ParameterGrid(grid))
    for i, params in enumerate(found.params):
        by_hand = clone(model).set_params(**params)
        for rows, expected in zip(
            found.predicted, _by_hand(by_hand, X, y, folds), strict=True
        ):
            np.testing.assert_array_equal(rows[i], expected)
    assert not np.array_equal(found.predicted[0][0], found.predicted[0][1])
    drawn = RandomizedSearchCV(model, grid, n_iter=1, random_state=0)
    assert candidate_predictions(drawn, X, y, folds).params[0] in found.params


def test_candidates_that_did_not_converge_are_counted():
    X, y, groups = make_features("gaussian")
    folds = list(GroupKFold(3).split(X, y, groups))
    found = candidate_predictions(PolySVCSearch(**SMALL, max_iter=3), X, y, folds)
    assert found.unconverged.max() == 3


def test_candidates_of_something_else_are_refused():
    with pytest.raises(TypeError, match="search must be a PolySVCSearch, .* got SVC"):
        candidate_predictions(SVC(), [[0.0], [1.0]], [0, 1], [([0, 1], [0])])
    with pytest.raises(TypeError, match="search must be"):
        candidate_estimator(SVC(), {})
