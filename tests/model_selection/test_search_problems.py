"""What the search fits once, or not at all: the grid's equal problems, and votes."""

import warnings

import numpy as np
import pytest
from rows import make_features
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import ParameterGrid
from sklearn.svm import SVC

from mefeat.model_selection._svm import distinct_problems, predict_folds, vote


def thesis_grid(gamma):
    degree, coef0, C = (2, 3, 4, 5), (0, 1, 2, 3), (0.1, 1, 10, 100)
    return list(ParameterGrid(dict(degree=degree, coef0=coef0, gamma=gamma, C=C)))


def test_the_whole_grid_of_the_thesis_has_few_problems_twice():
    grid = thesis_grid(np.arange(1, 101) / 100)
    first = distinct_problems(grid, "poly")
    same = np.flatnonzero(first != np.arange(len(grid)))
    # gamma and 10 gamma: C / 10 ** degree, of which the four C leave two and one pairs.
    assert len(grid) == 6400 and len(same) == 30
    for i in same:
        one, other = grid[first[i]], grid[i]
        assert one["coef0"] == other["coef0"] == 0
        assert one["degree"] == other["degree"] in (2, 3)
        products = [p["C"] * p["gamma"] ** p["degree"] for p in (one, other)]
        assert products[0] == pytest.approx(products[1], rel=1e-12)


def test_what_counts_as_the_same_problem():
    def first(*points):
        names = ("degree", "coef0", "gamma", "C")
        grid = [dict(zip(names, point, strict=True)) for point in points]
        return distinct_problems(grid, "poly").tolist()

    assert first((2, 1, 0.1, 1), (2, 2, 0.2, 0.25)) == [0, 0]
    assert first((2, 1, 0.1, 1), (3, 2, 0.2, 0.25)) == [0, 1]
    assert first((3, 3, 0.3, 1), (3, 1, 0.1, 27), (3, 1, 0.1, 27.001)) == [0, 0, 2]
    assert first((3, 1, 0.1, 1), (3, -1, 0.1, 1)) == [0, 1]
    assert first((2, 0, 0.1, 1), (2, 0, 0.1 * (1 + 1e-14), 1)) == [0, 0]
    assert first((2, 0, 0.1, 1), (2, 0, 0.1 * (1 + 1e-10), 1)) == [0, 1]
    rbf = [{"gamma": 0.1, "C": 1}, {"gamma": 0.2, "C": 1}, {"gamma": 0.1, "C": 1}]
    assert distinct_problems(rbf, "rbf").tolist() == [0, 1, 0]


@pytest.mark.parametrize("kind", ["gaussian", "histograms"])
@pytest.mark.parametrize("max_iter", [1_000_000, 40])
def test_what_is_not_fitted_again_would_have_been_the_same(kind, max_iter):
    X, y, groups = make_features(kind, n_clips=40)
    grid = thesis_grid((0.1, 1.0)) + [
        {"degree": 3, "coef0": 3, "gamma": 0.3, "C": 1},
        {"degree": 3, "coef0": 1, "gamma": 0.1, "C": 27},
    ]
    held = np.isin(groups, [3, 5])
    train, test = np.flatnonzero(~held), np.flatnonzero(held)
    predicted, unconverged = predict_folds(
        X @ X.T, y, [(train, test)], grid, max_iter=max_iter
    )
    expected, given_up = [], []
    for point in grid:
        svc = SVC(kernel="poly", max_iter=max_iter, **point)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            svc.fit(X[train], y[train])
        expected.append(svc.predict(X[test]))
        given_up.append(svc.fit_status_)
    np.testing.assert_array_equal(predicted[0], expected)
    np.testing.assert_array_equal(unconverged, given_up)
    assert (max_iter == 40) == any(given_up)
    assert len(np.unique(expected, axis=0)) > 5


def test_larger_C_is_not_fitted_where_C_is_no_bound(monkeypatch):
    X, y = np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([0, 0, 1, 1])
    fitted, original = [], SVC.fit
    monkeypatch.setattr(
        SVC, "fit", lambda self, *a: fitted.append(self.C) or original(self, *a)
    )
    grid = [{"C": C} for C in (1000.0, 0.01, 1.0, 10.0, 100.0)]
    everything = np.arange(4)
    predicted, _ = predict_folds(
        X @ X.T, y, [(everything, everything)], grid, kernel="linear"
    )
    # The margin's multipliers are 1 / 2: 0.01 bounds them, 1 and 10 do not.
    assert fitted == [0.01, 1.0, 10.0]
    np.testing.assert_array_equal(predicted[0], [y] * 5)


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_votes_are_those_of_the_svm(n_classes, rng):
    for scale in 0.1, 1.0, 10.0:
        X = scale * rng.normal(size=(25, 3))
        y = rng.integers(n_classes, size=25)
        y[:n_classes] = range(n_classes)
        new = scale * rng.normal(size=(200, 3))
        svc = SVC(kernel="precomputed", C=1).fit((X @ X.T + 1) ** 2, y)
        kernel = (new @ X.T + 1) ** 2
        np.testing.assert_array_equal(vote(svc, kernel), svc.predict(kernel))


def test_a_decision_in_doubt_is_left_to_the_svm(monkeypatch):
    X, y = np.array([[-1.0], [1.0]]), np.array([0, 1])
    svc = SVC(kernel="precomputed").fit(X @ X.T, y)
    asked, original = [], svc.predict
    monkeypatch.setattr(svc, "predict", lambda K: asked.append(len(K)) or original(K))
    assert vote(svc, np.array([[2.0], [-2.0]]) @ X.T).tolist() == [1, 0]
    assert asked == []
    doubtful = np.array([[2.0], [0.0]]) @ X.T
    assert vote(svc, doubtful).tolist() == original(doubtful).tolist()
    assert asked == [2]
