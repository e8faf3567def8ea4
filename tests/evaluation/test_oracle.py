"""Oracle selection and transductive steps: as papers did, and marked."""

import numpy as np
import pandas as pd
import pytest
from rows import make_rows
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis as LDA
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    ParameterGrid,
    RandomizedSearchCV,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.svm import SVC

from mefeat.evaluation import ResultWarning, evaluate
from mefeat.model_selection import PolySVCSearch

GRID = {"degree": (2, 3), "coef0": (0, 1), "gamma": (0.1,), "C": (0.1, 10)}
SEARCH = PolySVCSearch(**GRID, scale=False)


class Watching(TransformerMixin, BaseEstimator):
    """Learns nothing, but claims to; keeps what it was fitted to."""

    seen = []

    def fit(self, X, y=None):
        self.seen.append((len(X), None if y is None else len(y)))
        return self

    def transform(self, X):
        return X


def one_by_one(before, X, y, groups, score):
    """Evaluate each candidate alone; return the scores and the predictions."""
    found = []
    for params in ParameterGrid(GRID):
        svc = SVC(kernel="poly", **params)
        result = evaluate(make_pipeline(*before, svc), X, y, groups)
        found.append((result.scores[score], result.predictions["predicted"], params))
    return found


@pytest.mark.parametrize("before", [(), (StandardScaler(),)])
def test_oracle_is_the_best_of_all_candidates_on_the_reported_folds(before):
    X, y, groups = make_rows()
    expected = one_by_one(before, X, y, groups, "macro_f1")
    best = int(np.argmax([score for score, _, _ in expected]))
    model = make_pipeline(Normalizer(), *before, SEARCH) if before else SEARCH
    if before:
        expected = one_by_one((Normalizer(), *before), X, y, groups, "macro_f1")
        best = int(np.argmax([score for score, _, _ in expected]))
    result = evaluate(model, X, y, groups, selection="oracle")
    assert result.macro_f1 == expected[best][0]
    assert result.macro_f1 >= evaluate(model, X, y, groups).macro_f1
    np.testing.assert_array_equal(result.predictions["predicted"], expected[best][1])
    assert result.settings["best_params"] == expected[best][2]
    assert result.settings["n_candidates"] == len(expected) == 8
    assert result.folds["best_params"].tolist() == [expected[best][2]] * 6


def test_oracle_takes_the_scoring_of_the_search():
    X, y, groups = make_rows()
    search = PolySVCSearch(**GRID, scoring="accuracy", scale=False)
    result = evaluate(search, X, y, groups, selection="oracle")
    best = max(score for score, _, _ in one_by_one((), X, y, groups, "accuracy"))
    assert result.accuracy == best
    assert result.settings["scoring"] == "accuracy"


def test_oracle_takes_the_candidates_of_a_grid_search():
    X, y, groups = make_rows()
    grid = {"n_neighbors": [1, 3, 9, 20]}
    search = GridSearchCV(KNeighborsClassifier(), grid, cv=GroupKFold(3))
    result = evaluate(make_pipeline(StandardScaler(), search), X, y, groups)
    with pytest.warns(ResultWarning, match="n_neighbors=20, the largest .* in 6 of 6"):
        oracle = evaluate(
            make_pipeline(StandardScaler(), search), X, y, groups, selection="oracle"
        )
    alone = [
        evaluate(
            make_pipeline(StandardScaler(), KNeighborsClassifier(n)), X, y, groups
        ).accuracy
        for n in grid["n_neighbors"]
    ]
    assert oracle.accuracy == max(alone) >= result.accuracy
    assert oracle.settings["scoring"] == "accuracy"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (KNeighborsClassifier(), "candidates of a search.* got KNeighborsClassifier"),
        (
            GridSearchCV(KNeighborsClassifier(), {}, scoring="roc_auc"),
            "scores by 'roc_auc'",
        ),
        (
            GridSearchCV(KNeighborsClassifier(), {}, scoring="f1"),
            "scores by 'f1'",  # of flags alone
        ),
        (
            RandomizedSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3]}),
            "draws the same candidates for each fold, got None",
        ),
    ],
)
def test_oracle_needs_a_search_and_one_of_our_scores(model, message):
    with pytest.raises(ValueError, match=message):
        evaluate(model, *make_rows(), selection="oracle")


def test_an_unknown_selection_is_refused():
    with pytest.raises(ValueError, match=r"one of \['nested', 'oracle'\], got 'best'"):
        evaluate(SEARCH, *make_rows(), selection="best")


def test_learning_steps_see_the_training_clips_alone_in_oracle_selection():
    Watching.seen.clear()
    evaluate(make_pipeline(Watching(), SEARCH), *make_rows(), selection="oracle")
    assert Watching.seen == [(40, 40)] * 6


# transductive


def test_by_default_no_learning_step_sees_a_held_out_clip():
    Watching.seen.clear()
    model = make_pipeline(Watching(), KNeighborsClassifier())
    result = evaluate(model, *make_rows())
    assert Watching.seen == [(40, 40)] * 6
    assert result.mark == "" and not result.settings["transductive"]


def test_transductive_steps_are_fitted_once_to_all_clips_without_classes():
    Watching.seen.clear()
    model = make_pipeline(Normalizer(), Watching(), KNeighborsClassifier())
    result = evaluate(model, *make_rows(), transductive=True)
    assert Watching.seen == [(48, None)]
    assert result.settings["fitted_to_all"] == ["watching"]


@pytest.mark.parametrize("selection", ["nested", "oracle"])
def test_transductive_equals_the_steps_done_by_hand_before(selection):
    X, y, groups = make_rows()
    model = make_pipeline(StandardScaler(), PCA(2), SEARCH)
    options = {"selection": selection}
    result = evaluate(model, X, y, groups, transductive=True, **options)
    rows = make_pipeline(StandardScaler(), PCA(2)).fit_transform(X)
    by_hand = evaluate(SEARCH, rows, y, groups, **options)
    pd.testing.assert_frame_equal(result.predictions, by_hand.predictions)
    default = evaluate(model, X, y, groups, **options)
    columns = "decision joy" if selection == "nested" else "predicted"
    assert not default.predictions[columns].equals(result.predictions[columns])


def test_transductive_refuses_steps_that_learn_from_classes():
    X, y, groups = make_rows()
    model = make_pipeline(make_pipeline(LDA()), KNeighborsClassifier())
    message = "pipeline-lineardiscriminantanalysis' learns from the classes"
    with pytest.raises(ValueError, match=message):
        evaluate(model, X, y, groups, transductive=True)
    # Some steps say only when fitted that they need classes.
    model = make_pipeline(StandardScaler(), SelectKBest(k=2), KNeighborsClassifier())
    with pytest.raises(ValueError, match="requires y") as caught:
        evaluate(model, X, y, groups, transductive=True)
    assert caught.value.__notes__ == [
        "while standardscaler, selectkbest learned from all clips, without their "
        "classes (transductive)"
    ]


def test_nothing_is_marked_where_no_step_learns():
    X, y, groups = make_rows()
    model = make_pipeline(Normalizer(), KNeighborsClassifier())
    marked = evaluate(model, X, y, groups, transductive=True)
    assert marked.mark == "" and marked.settings["fitted_to_all"] == []
