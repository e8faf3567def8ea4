import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import f1_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    LeaveOneGroupOut,
    ParameterGrid,
    StratifiedKFold,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from mefeat.evaluation import PolySVCSearch
from mefeat.evaluation.search import SCORING

SMALL = {"degree": (2, 3), "coef0": (0, 1), "gamma": (0.01, 1.0), "C": (0.1, 10)}
FULL = {
    "degree": (2, 3, 4, 5),
    "coef0": (0, 1, 2, 3),
    "gamma": (0.01, 0.1, 1.0),
    "C": (0.1, 1, 10, 100),
}


def make_rows(kind, n_clips=60, n_subjects=6, n_classes=4, seed=0):
    """Rows with a subject's own offset and a weak trace of the class."""
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n_clips)
    groups = np.arange(n_clips) % n_subjects
    if kind == "gaussian":
        centers = rng.normal(size=(n_classes, 20))
        subjects = rng.normal(size=(n_subjects, 20))
        X = 0.6 * centers[y] + 0.5 * subjects[groups]
        return X + 0.7 * rng.normal(size=X.shape), y, groups
    n_blocks, n_bins = 24, 59
    base = rng.dirichlet(np.full(n_bins, 0.3), size=n_blocks)
    classes = rng.dirichlet(np.full(n_bins, 0.3), size=(n_classes, n_blocks))
    subjects = rng.dirichlet(np.full(n_bins, 0.3), size=(n_subjects, n_blocks))
    share = base + 0.15 * classes[y] + 0.3 * subjects[groups]
    share /= share.sum(axis=-1, keepdims=True)
    X = rng.multinomial(500, share) / 500
    return X.reshape(n_clips, -1), y, groups


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


@parametrize_with_checks(
    [
        # No C of 10: SVC itself then fails the check of class weights.
        PolySVCSearch(degree=(2, 3), coef0=(1,), gamma=(0.001, 0.01), C=(1,), cv=2),
        PolySVCSearch(kernel="rbf", gamma=(0.001, 0.01), C=(1,), cv=2),
        PolySVCSearch(kernel="linear", C=(0.1, 1), cv=2),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("kind", ["gaussian", "histograms"])
def test_mean_equals_grid_search_to_the_last_bit(kind):
    X, y, groups = make_rows(kind)
    cv = GroupKFold(3)
    theirs = GridSearchCV(SVC(kernel="poly"), FULL, cv=cv, scoring="f1_macro")
    theirs.fit(X, y, groups=groups)
    ours = PolySVCSearch(**FULL, cv=cv, aggregate="mean").fit(X, y, groups=groups)
    assert ours.cv_results_["params"] == theirs.cv_results_["params"]
    for name, expected in theirs.cv_results_.items():
        if "time" not in name and name != "params":
            np.testing.assert_array_equal(ours.cv_results_[name], expected, name)
    assert ours.best_params_ == theirs.best_params_
    assert ours.best_index_ == theirs.best_index_
    assert ours.best_score_ == theirs.best_score_
    new, *_ = make_rows(kind, seed=1)
    np.testing.assert_array_equal(ours.predict(new), theirs.predict(new))
    np.testing.assert_array_equal(
        ours.decision_function(new), theirs.decision_function(new)
    )
    assert len(set(theirs.cv_results_["mean_test_score"])) > 10


@pytest.mark.parametrize("scoring", SCORING)
def test_every_score_is_that_of_scikit_learn(scoring):
    X, y, groups = make_rows("gaussian")
    theirs = GridSearchCV(
        SVC(kernel="poly"), SMALL, cv=GroupKFold(3), scoring=scoring
    ).fit(X, y, groups=groups)
    ours = PolySVCSearch(**SMALL, cv=GroupKFold(3), scoring=scoring, aggregate="mean")
    ours.fit(X, y, groups=groups)
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )


def test_pooled_score_is_that_of_all_inner_predictions():
    X, y, groups = make_rows("gaussian")
    search = PolySVCSearch(**SMALL).fit(X, y, groups=groups)
    assert search.n_splits_ == 5
    expected = []
    for params in ParameterGrid(SMALL):
        predicted = np.empty_like(y)
        for train, test in GroupKFold(5).split(X, y, groups):
            svc = SVC(kernel="poly", **params).fit(X[train], y[train])
            predicted[test] = svc.predict(X[test])
        expected.append(f1_score(y, predicted, average="macro"))
    np.testing.assert_array_equal(search.cv_results_["pooled_test_score"], expected)
    assert search.best_index_ == np.argmax(expected)
    assert search.best_score_ == max(expected)
    assert search.cv_results_["rank_test_score"][search.best_index_] == 1
    assert not np.allclose(search.cv_results_["mean_test_score"], expected)


def test_two_jobs_find_the_same():
    X, y, groups = make_rows("gaussian")
    one = PolySVCSearch(**SMALL).fit(X, y, groups=groups)
    two = PolySVCSearch(**SMALL, n_jobs=2).fit(X, y, groups=groups)
    for name, expected in one.cv_results_.items():
        np.testing.assert_array_equal(two.cv_results_[name], expected, name)


def test_ties_go_to_the_first():
    X = np.repeat([[-3.0], [3.0]], 6, axis=0)
    y = np.repeat([0, 1], 6)
    search = PolySVCSearch(degree=(3, 5), coef0=(0,), gamma=(1.0,), C=(1, 10, 100))
    search.fit(X, y, groups=np.arange(12) % 3)
    assert search.best_score_ == 1 and search.best_index_ == 0
    assert search.cv_results_["rank_test_score"].tolist() == [1] * 6
    assert search.best_params_ == {"C": 1, "coef0": 0, "degree": 3, "gamma": 1.0}


@pytest.mark.parametrize(("n_subjects", "n_splits"), [(2, 2), (4, 4), (8, 5)])
def test_default_folds_keep_subjects_together(n_subjects, n_splits):
    X, y, groups = make_rows("gaussian", n_subjects=n_subjects)
    default = PolySVCSearch(**SMALL).fit(X, y, groups=groups)
    named = PolySVCSearch(**SMALL, cv=GroupKFold(n_splits)).fit(X, y, groups=groups)
    assert default.n_splits_ == n_splits
    for name, expected in named.cv_results_.items():
        np.testing.assert_array_equal(default.cv_results_[name], expected, name)


def test_without_groups_it_warns_and_stratifies():
    X, y, _ = make_rows("gaussian")
    with pytest.warns(UserWarning, match="without groups"):
        default = PolySVCSearch(**SMALL).fit(X, y)
    named = PolySVCSearch(**SMALL, cv=StratifiedKFold(5)).fit(X, y)
    assert default.best_score_ == named.best_score_


def test_no_subject_on_both_sides_inside_a_pipeline():
    X, y, groups = make_rows("gaussian")
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
    X, y, groups = make_rows("gaussian")
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


def test_fits_that_do_not_converge_are_counted_and_said_once():
    X, y, groups = make_rows("gaussian")
    search = PolySVCSearch(**SMALL, max_iter=3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X, y, groups=groups)
    assert [w.category for w in caught] == [ConvergenceWarning]
    given_up = search.cv_results_["n_unconverged"]
    assert given_up.max() == 5 and len(given_up) == 16
    n = given_up.sum() + search.best_estimator_.fit_status_
    assert str(caught[0].message).startswith(f"{n} of 81 fits did not converge in 3 ")


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


def test_clone_pickle_and_parameters():
    X, y, groups = make_rows("gaussian")
    search = PolySVCSearch(**SMALL).fit(X, y, groups=groups)
    again = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(again.predict(X), search.predict(X))
    twin = clone(search).set_params(C=(5,), aggregate="mean")
    assert twin.get_params()["C"] == (5,) and not hasattr(twin, "best_params_")
    model = make_pipeline(FunctionTransformer(), PolySVCSearch())
    model.set_params(polysvcsearch__degree=(2,))
    assert model[-1].degree == (2,)


def test_feature_names_and_numbers_are_checked():
    X, y, groups = make_rows("gaussian")
    search = PolySVCSearch(**SMALL).fit(X, y, groups=groups)
    assert search.n_features_in_ == 20
    with pytest.raises(ValueError, match="20 features"):
        search.predict(X[:, :5])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scoring": "roc_auc"}, "scoring must be one of"),
        ({"aggregate": "median"}, "aggregate must be one of"),
        ({"degree": 3}, "'degree' parameter"),
        ({"degree": (2, -1)}, "'degree' parameter"),
        ({"gamma": (-0.1,)}, "'gamma' parameter"),
        ({"C": (0.0, -1)}, "'C' parameter"),
        ({"C": ()}, "non-empty"),
    ],
)
def test_wrong_parameters_are_named(change, message):
    X, y, groups = make_rows("gaussian")
    with pytest.raises(ValueError, match=message):
        PolySVCSearch(**(SMALL | change)).fit(X, y, groups=groups)


def test_one_class_or_one_subject_is_refused():
    X, y, groups = make_rows("gaussian")
    with pytest.raises(ValueError, match="at least two classes, got 1 class"):
        PolySVCSearch().fit(X, np.zeros(60, int), groups=groups)
    with pytest.raises(ValueError, match="at least two subjects"):
        PolySVCSearch().fit(X, y, groups=np.zeros(60))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        PolySVCSearch().fit(X, y, groups=groups[1:])
