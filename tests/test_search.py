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
    RandomizedSearchCV,
    StratifiedKFold,
    cross_validate,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from mefeat.evaluation import (
    PolySVCSearch,
    candidate_estimator,
    candidate_predictions,
    confusion,
)
from mefeat.evaluation.gram import predict_folds
from mefeat.evaluation.inner import SubjectKFold
from mefeat.evaluation.kernels import distinct_problems, gram_of
from mefeat.evaluation.ranking import SCORING
from mefeat.evaluation.voting import vote

SMALL = {"degree": (2, 3), "coef0": (0, 1), "gamma": (0.01, 1.0), "C": (0.1, 10)}
FULL = {
    "degree": (2, 3, 4, 5),
    "coef0": (0, 1, 3),
    "gamma": (0.1, 3.0),
    "C": (0.01, 1),
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
    n_blocks, n_bins = 8, 59
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
    assert len(set(theirs.cv_results_["mean_test_score"])) > 5


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_other_kernels_find_what_grid_search_finds(kernel):
    X, y, groups = make_rows("gaussian")
    grid = {"C": (0.001, 0.1, 10)} | ({"gamma": (0.01, 0.1)} if kernel == "rbf" else {})
    cv = GroupKFold(3)
    theirs = GridSearchCV(SVC(kernel=kernel), grid, cv=cv, scoring="f1_macro")
    theirs.fit(X, y, groups=groups)
    ours = PolySVCSearch(kernel=kernel, cv=cv, aggregate="mean", **grid)
    ours.fit(X, y, groups=groups)
    assert ours.cv_results_["params"] == theirs.cv_results_["params"]
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )
    assert ours.best_estimator_.kernel == kernel
    assert len(set(ours.cv_results_["mean_test_score"])) > 1
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


def test_distances_do_not_lose_digits_to_large_means():
    X, *_ = make_rows("gaussian", n_clips=5)
    expected = ((X[:, None] - X) ** 2).sum(axis=-1)
    np.testing.assert_allclose(gram_of(X + 1e6, "rbf"), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("weights", ["balanced", {0: 9.0, 2: 0.1}])
def test_class_weights_are_those_of_scikit_learn(weights):
    X, y, groups = make_rows("gaussian")
    theirs = GridSearchCV(
        SVC(kernel="poly", class_weight=weights),
        SMALL,
        cv=GroupKFold(3),
        scoring="accuracy",
    ).fit(X, y, groups=groups)
    ours = PolySVCSearch(
        **SMALL,
        class_weight=weights,
        cv=GroupKFold(3),
        scoring="accuracy",
        aggregate="mean",
    ).fit(X, y, groups=groups)
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    plain = clone(ours).set_params(class_weight=None).fit(X, y, groups=groups)
    assert not np.array_equal(
        ours.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"]
    )


def test_weights_of_classes_by_name_where_a_fold_lacks_one():
    X, _, groups = make_rows("gaussian")
    y = np.where(groups == 0, "rare", np.where(X[:, 0] > 0, "high", "low"))
    search = PolySVCSearch(**SMALL, class_weight={"rare": 5.0, "low": 1.0})
    search.fit(X, y, groups=groups)
    assert search.best_estimator_.class_weight_.tolist() == [1.0, 1.0, 5.0]


def test_without_refit_it_chooses_alone():
    X, y, groups = make_rows("gaussian")
    search = PolySVCSearch(**SMALL, refit=False).fit(X, y, groups=groups)
    fitted = PolySVCSearch(**SMALL).fit(X, y, groups=groups)
    assert search.best_params_ == fitted.best_params_
    assert not hasattr(search, "best_estimator_") and not hasattr(search, "predict")
    with pytest.raises(AttributeError, match="decision_function") as caught:
        search.decision_function(X)
    assert "refit=False" in str(caught.value.__cause__)


@pytest.mark.parametrize("scoring", SCORING)
def test_every_score_is_that_of_scikit_learn(scoring):
    X, y, groups = make_rows("gaussian")
    if scoring == "f1":
        y = y == y[0]  # a flag
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
    X, y, groups = make_rows(kind, n_clips=40)
    grid = thesis_grid((0.1, 1.0)) + [
        {"degree": 3, "coef0": 3, "gamma": 0.3, "C": 1},
        {"degree": 3, "coef0": 1, "gamma": 0.1, "C": 27},
    ]
    (train, test), *_ = GroupKFold(4).split(X, y, groups)
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


def _by_hand(model, X, y, folds):
    return [clone(model).fit(X[a], y[a]).predict(X[b]) for a, b in folds]


def test_candidates_say_what_their_classifiers_say():
    X, codes, groups = make_rows("gaussian")
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
    X, y, groups = make_rows("gaussian")
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
    X, y, groups = make_rows("gaussian")
    folds = list(GroupKFold(3).split(X, y, groups))
    found = candidate_predictions(PolySVCSearch(**SMALL, max_iter=3), X, y, folds)
    assert found.unconverged.max() == 3


def test_candidates_of_something_else_are_refused():
    with pytest.raises(TypeError, match="search must be a PolySVCSearch, .* got SVC"):
        candidate_predictions(SVC(), [[0.0], [1.0]], [0, 1], [([0, 1], [0])])
    with pytest.raises(TypeError, match="search must be"):
        candidate_estimator(SVC(), {})


def test_folds_of_subjects_are_as_many_as_there_are_subjects_for():
    cv, X = SubjectKFold(), np.zeros((6, 1))
    assert cv.get_n_splits(X, None, [1, 1, 2, 2, 3, 3]) == 3
    assert cv.get_n_splits() == 5
    assert repr(cv) == "SubjectKFold(n_splits=5)"
    for train, test in cv.split(X, None, [1, 1, 2, 2, 3, 3]):
        assert len(test) == 2 and not set(train) & set(test)


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
        ({"kernel": "sigmoid"}, "kernel must be one of"),
        ({"class_weight": "even"}, "'class_weight' parameter"),
        ({"scoring": "roc_auc"}, "scoring must be one of"),
        ({"scoring": "f1"}, "is for flags, 0 and 1, got the classes"),
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
