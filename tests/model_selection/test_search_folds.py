"""Inner folds of the search: who is on which side, and what they lack."""

import numpy as np
import pytest
from rows import SMALL, make_features
from sklearn.model_selection import (
    GroupKFold,
    LeaveOneGroupOut,
    StratifiedKFold,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from mefeat.model_selection import PolySVCSearch, SubjectKFold


class RecordingSplitter:
    """GroupKFold that remembers who was on which side."""

    def __init__(self):
        self.sides = []

    def split(self, X, y=None, groups=None):
        groups = np.asarray(groups)
        for train, test in GroupKFold(3).split(X, y, groups):
            self.sides.append((set(groups[train]), set(groups[test])))
            yield train, test

    def get_n_splits(self, X=None, y=None, groups=None):
        return 3


def test_folds_of_subjects_are_as_many_as_there_are_subjects_for():
    cv, X = SubjectKFold(), np.zeros((6, 1))
    assert cv.get_n_splits(X, None, [1, 1, 2, 2, 3, 3]) == 3
    assert cv.get_n_splits() == 5
    assert repr(cv) == "SubjectKFold(n_splits=5)"
    for train, test in cv.split(X, None, [1, 1, 2, 2, 3, 3]):
        assert len(test) == 2 and not set(train) & set(test)


@pytest.mark.parametrize(("n_subjects", "n_splits"), [(2, 2), (4, 4), (8, 5)])
def test_default_folds_keep_subjects_together(n_subjects, n_splits):
    X, y, groups = make_features("gaussian", n_subjects=n_subjects)
    default = PolySVCSearch(**SMALL).fit(X, y, groups=groups)
    named = PolySVCSearch(**SMALL, cv=GroupKFold(n_splits)).fit(X, y, groups=groups)
    assert default.n_splits_ == n_splits
    for name, expected in named.cv_results_.items():
        np.testing.assert_array_equal(default.cv_results_[name], expected, name)


def test_without_groups_it_warns_and_stratifies():
    X, y, _ = make_features("gaussian")
    with pytest.warns(UserWarning, match="without groups"):
        default = PolySVCSearch(**SMALL).fit(X, y)
    named = PolySVCSearch(**SMALL, cv=StratifiedKFold(5)).fit(X, y)
    assert default.best_score_ == named.best_score_


def test_no_subject_on_both_sides_inside_a_pipeline():
    X, y, groups = make_features("gaussian")
    inner = RecordingSplitter()
    model = make_pipeline(FunctionTransformer(np.abs), PolySVCSearch(**SMALL, cv=inner))
    scores = cross_validate(
        model,
        X,
        y,
        groups=groups,
        cv=LeaveOneGroupOut(),
        params={"polysvcsearch__groups": groups},
        scoring="f1_macro",
        error_score="raise",
    )
    assert len(scores["test_score"]) == 6
    # cross_validate clones, and cloning copies the splitter: fit once to record.
    model.fit(X, y, polysvcsearch__groups=groups)
    assert len(inner.sides) == 3
    for train, test in inner.sides:
        assert train and test and not train & test
        assert train | test == set(groups)


def test_groups_reach_the_default_inner_folds_of_cross_validate():
    X, y, groups = make_features("gaussian")
    model = make_pipeline(FunctionTransformer(), PolySVCSearch(**SMALL))
    result = cross_validate(
        model,
        X,
        y,
        groups=groups,
        cv=LeaveOneGroupOut(),
        params={"polysvcsearch__groups": groups},
        return_estimator=True,
        error_score="raise",
    )
    by_hand = PolySVCSearch(**SMALL)
    by_hand.fit(X[groups != 2], y[groups != 2], groups=groups[groups != 2])
    inner = result["estimator"][2][-1]
    assert inner.best_score_ == by_hand.best_score_
    assert inner.best_params_ == by_hand.best_params_


def test_training_parts_that_lack_classes():
    rng = np.random.default_rng(0)
    y = np.array(["joy"] * 4 + ["fear"] * 4 + ["joy", "anger"] * 2)
    groups = np.repeat(["s1", "s2", "s3"], 4)
    X = rng.normal(size=(12, 5))
    search = PolySVCSearch(**SMALL).fit(X, y, groups=groups)
    assert search.classes_.tolist() == ["anger", "fear", "joy"]
    assert set(search.predict(X)) <= set(y)


def test_an_inner_part_of_one_class_predicts_it():
    X, y = np.arange(8.0)[:, None], np.repeat([3, 7], 4)
    groups = np.repeat([1, 2], 4)
    search = PolySVCSearch(degree=(2,), coef0=(1,), gamma=(1.0,), C=(1,))
    search.fit(X, y, groups=groups)
    assert search.best_score_ == 0
