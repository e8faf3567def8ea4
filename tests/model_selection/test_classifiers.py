"""Classifiers by name, and the extreme learning machine."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from mefeat.evaluation import evaluate
from mefeat.model_selection import (
    CLASSIFIERS,
    ExtremeLearningMachine,
    PolySVCSearch,
    SubjectKFold,
    candidate_predictions,
    make_classifier,
)
from mefeat.model_selection._classifiers import ACTIVATIONS


@parametrize_with_checks(
    [ExtremeLearningMachine(), ExtremeLearningMachine(50, activation="relu")]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.fixture
def rows(rng):
    """Thirty rows of three classes and three subjects, easy to tell apart."""
    y = np.arange(30) % 3
    return 4 * np.eye(3)[y] + rng.normal(size=(30, 3)), y, np.repeat(range(3), 10)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_elm_is_a_ridge_regression_on_a_random_layer(activation, rows):
    X, y, _ = rows
    machine = ExtremeLearningMachine(
        7, alpha=0.5, activation=activation, random_state=3
    ).fit(X, y)
    assert np.abs(machine.weights_).max() <= 1 / np.sqrt(3)
    sums = X @ machine.weights_ + machine.biases_
    hidden = {
        "sigmoid": 1 / (1 + np.exp(-sums)),
        "tanh": np.tanh(sums),
        "relu": np.where(sums > 0, sums, 0),
    }[activation]
    by_hand = Ridge(0.5).fit(hidden, 2 * np.eye(3)[y] - 1).predict(hidden)
    np.testing.assert_allclose(machine.decision_function(X), by_hand, atol=1e-12)
    np.testing.assert_array_equal(machine.predict(X), by_hand.argmax(axis=1))


def test_elm_learns_what_is_not_linear(rng):
    X = rng.uniform(-1, 1, size=(400, 2))
    y = np.where(X[:, 0] * X[:, 1] > 0, "same", "other")
    machine = make_pipeline(
        StandardScaler(), ExtremeLearningMachine(200, 1e-3, random_state=0)
    )
    assert machine.fit(X[:300], y[:300]).score(X[300:], y[300:]) > 0.9


def test_elm_draws_what_its_seed_says(rows):
    X, y, _ = rows
    one, same = (ExtremeLearningMachine(5, random_state=1).fit(X, y) for _ in range(2))
    other = ExtremeLearningMachine(5, random_state=2).fit(X, y)
    np.testing.assert_array_equal(one.weights_, same.weights_)
    assert not np.array_equal(one.weights_, other.weights_)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_hidden": 0}, "'n_hidden' parameter"),
        ({"alpha": 0.0}, "'alpha' parameter"),
        ({"activation": "step"}, "'activation' parameter"),
    ],
)
def test_wrong_parameters_are_named(change, message, rows):
    X, y, _ = rows
    with pytest.raises(ValueError, match=message):
        ExtremeLearningMachine(**change).fit(X, y)
    with pytest.raises(ValueError, match="at least two classes, got 1 class"):
        ExtremeLearningMachine().fit(X, np.zeros(30, int))


def small(name):
    """Make a classifier by name whose grid and forests take no time."""
    model = make_classifier(name)
    if isinstance(model, PolySVCSearch):
        return model.set_params(degree=(2,), coef0=(1,), C=(1, 10))
    for parameter in model.get_params():
        if parameter.endswith("n_estimators"):
            model.set_params(**{parameter: 10})
    return model


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_is_searched_by_subject(name, rows):
    X, y, groups = rows
    model = small(name)
    assert isinstance(model, GridSearchCV | PolySVCSearch)
    result = evaluate(model, X, y, groups)
    assert result.accuracy > 0.8
    best = result.folds["best_params"]
    assert all(set(params) == set(best[0]) and params for params in best)
    again = evaluate(clone(model), X, y, groups)
    assert again.predictions.equals(result.predictions)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_has_candidates_for_oracle_selection(name, rows):
    X, y, groups = rows
    folds = [(np.flatnonzero(groups != 0), np.flatnonzero(groups == 0))]
    found = candidate_predictions(small(name), X, y, folds)
    assert len(found.params) > 1
    assert found.predicted[0].shape == (len(found.params), 10)


def test_the_inner_folds_are_those_of_subjects():
    assert make_classifier("knn").cv.__class__ is SubjectKFold
    assert make_classifier("svm").cv is None


def test_a_classifier_of_another_name_is_refused():
    with pytest.raises(ValueError, match="no classifier 'cnn'; there are svm, linear"):
        make_classifier("cnn")
