"""The search of the SVM: kernels, weights, scores, parameters."""

import pickle
import warnings

import numpy as np
import pytest
from rows import SMALL, make_features
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import f1_score
from sklearn.model_selection import GridSearchCV, GroupKFold, ParameterGrid
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from mefeat.evaluation import evaluate
from mefeat.model_selection import PolySVCSearch, RowScaler, make_classifier
from mefeat.model_selection._metrics import SCORING
from mefeat.model_selection._svm import gram_of

FULL = {
    "degree": (2, 3, 4, 5),
    "coef0": (0, 1, 3),
    "gamma": (0.1, 3.0),
    "C": (0.01, 1),
}


@parametrize_with_checks(
    [
        # No C of 10: SVC itself then fails the check of class weights.
        PolySVCSearch(degree=(2, 3), coef0=(1,), gamma=(0.001, 0.01), C=(1,), cv=2),
        PolySVCSearch(kernel="rbf", gamma=(0.001, 0.01), C=(1,), cv=2),
        PolySVCSearch(kernel="linear", C=(0.1, 1), cv=2),
        RowScaler(),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("kind", ["gaussian", "histograms"])
def test_mean_equals_grid_search_to_the_last_bit(kind):
    X, y, groups = make_features(kind)
    cv = GroupKFold(3)
    theirs = GridSearchCV(SVC(kernel="poly"), FULL, cv=cv, scoring="f1_macro")
    theirs.fit(X, y, groups=groups)
    ours = PolySVCSearch(**FULL, cv=cv, aggregate="mean", scale=False)
    ours.fit(X, y, groups=groups)
    assert ours.cv_results_["params"] == theirs.cv_results_["params"]
    for name, expected in theirs.cv_results_.items():
        if "time" not in name and name != "params":
            np.testing.assert_array_equal(ours.cv_results_[name], expected, name)
    assert ours.best_params_ == theirs.best_params_
    assert ours.best_index_ == theirs.best_index_
    assert ours.best_score_ == theirs.best_score_
    new, *_ = make_features(kind, seed=1)
    np.testing.assert_array_equal(ours.predict(new), theirs.predict(new))
    np.testing.assert_array_equal(
        ours.decision_function(new), theirs.decision_function(new)
    )
    assert len(set(theirs.cv_results_["mean_test_score"])) > 5


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_other_kernels_find_what_grid_search_finds(kernel):
    X, y, groups = make_features("gaussian")
    grid = {"C": (0.001, 0.1, 10)} | ({"gamma": (0.01, 0.1)} if kernel == "rbf" else {})
    cv = GroupKFold(3)
    theirs = GridSearchCV(SVC(kernel=kernel), grid, cv=cv, scoring="f1_macro")
    theirs.fit(X, y, groups=groups)
    ours = PolySVCSearch(kernel=kernel, cv=cv, aggregate="mean", scale=False, **grid)
    ours.fit(X, y, groups=groups)
    assert ours.cv_results_["params"] == theirs.cv_results_["params"]
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )
    assert ours.best_estimator_.kernel == kernel
    assert len(set(ours.cv_results_["mean_test_score"])) > 1
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("unit", [1e-3, 1, 1e3])
@pytest.mark.parametrize("kernel", ["poly", "linear", "rbf"])
def test_rows_are_scaled_fold_by_fold_as_a_pipeline_would(kernel, unit):
    X, y, groups = make_features("histograms")
    names = {"poly": FULL, "linear": ("C",), "rbf": ("gamma", "C")}[kernel]
    grid = {name: FULL[name] for name in names} | {"C": (0.1, 3, 100)}
    cv = GroupKFold(3)
    theirs = GridSearchCV(
        Pipeline([("scale", RowScaler()), ("svc", SVC(kernel=kernel))]),
        {f"svc__{name}": values for name, values in grid.items()},
        cv=cv,
        scoring="f1_macro",
    ).fit(unit * X, y, groups=groups)
    ours = PolySVCSearch(kernel=kernel, cv=cv, aggregate="mean", **grid)
    ours.fit(unit * X, y, groups=groups)
    for name in ("split0_test_score", "split2_test_score", "mean_test_score"):
        np.testing.assert_array_equal(ours.cv_results_[name], theirs.cv_results_[name])
    assert ours.best_index_ == theirs.best_index_
    assert ours.scale_ == theirs.best_estimator_[0].scale_
    np.testing.assert_array_equal(
        ours.decision_function(unit * X), theirs.decision_function(unit * X)
    )
    assert len(set(ours.cv_results_["mean_test_score"])) > 1


def test_the_scale_is_the_spread_of_the_rows():
    X, y, groups = make_features("gaussian")
    search = PolySVCSearch(**SMALL).fit(X + 100, y, groups=groups)
    spread = np.sqrt(((X - X.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert search.scale_ == pytest.approx(spread, rel=1e-12)
    scaled = RowScaler().fit_transform(X)
    assert ((scaled - scaled.mean(axis=0)) ** 2).sum(axis=1).mean() == pytest.approx(1)
    assert PolySVCSearch(**SMALL, scale=False).fit(X, y, groups=groups).scale_ == 1
    same = np.full((60, 3), 0.1)
    assert RowScaler().fit(same).scale_ == RowScaler().fit(0 * same).scale_ == 1


@pytest.mark.parametrize("unit", [1e-200, 1e-3, 1e3, 1e200])
@pytest.mark.parametrize("name", ["svm", "linear-svm", "rbf-svm"])
def test_figures_do_not_depend_on_the_unit(name, unit):
    X, y, groups = make_features("histograms")
    model = make_classifier(name).set_params(coef0=(0, 1), degree=(2, 3))
    expected = clone(model).fit(X, y, groups=groups)
    found = clone(model).fit(unit * X, y, groups=groups)
    assert found.best_params_ == expected.best_params_
    np.testing.assert_array_equal(
        found.cv_results_["pooled_test_score"],
        expected.cv_results_["pooled_test_score"],
    )
    np.testing.assert_array_equal(found.predict(unit * X), expected.predict(X))
    assert len(set(found.predict(unit * X))) == 4


def test_distances_do_not_lose_digits_to_large_means():
    X, *_ = make_features("gaussian", n_clips=5)
    expected = ((X[:, None] - X) ** 2).sum(axis=-1)
    np.testing.assert_allclose(gram_of(X + 1e6, "rbf"), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("weights", ["balanced", {0: 9.0, 2: 0.1}])
def test_class_weights_are_those_of_scikit_learn(weights):
    X, y, groups = make_features("gaussian")
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
        scale=False,
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
    X, _, groups = make_features("gaussian")
    y = np.where(groups == 0, "rare", np.where(X[:, 0] > 0, "high", "low"))
    search = PolySVCSearch(**SMALL, class_weight={"rare": 5.0, "low": 1.0})
    search.fit(X, y, groups=groups)
    assert search.best_estimator_.class_weight_.tolist() == [1.0, 1.0, 5.0]


def test_without_refit_it_chooses_alone():
    X, y, groups = make_features("gaussian")
    search = PolySVCSearch(**SMALL, refit=False).fit(X, y, groups=groups)
    fitted = PolySVCSearch(**SMALL).fit(X, y, groups=groups)
    assert search.best_params_ == fitted.best_params_
    assert not hasattr(search, "best_estimator_") and not hasattr(search, "predict")
    with pytest.raises(AttributeError, match="decision_function") as caught:
        search.decision_function(X)
    assert "refit=False" in str(caught.value.__cause__)


@pytest.mark.parametrize("scoring", SCORING)
def test_every_score_is_that_of_scikit_learn(scoring):
    X, y, groups = make_features("gaussian")
    if scoring == "f1":
        y = y == y[0]  # a flag
    theirs = GridSearchCV(
        SVC(kernel="poly"), SMALL, cv=GroupKFold(3), scoring=scoring
    ).fit(X, y, groups=groups)
    ours = PolySVCSearch(
        **SMALL, cv=GroupKFold(3), scoring=scoring, aggregate="mean", scale=False
    )
    ours.fit(X, y, groups=groups)
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )


def test_pooled_score_is_that_of_all_inner_predictions():
    X, y, groups = make_features("gaussian")
    search = PolySVCSearch(**SMALL, scale=False).fit(X, y, groups=groups)
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
    X, y, groups = make_features("gaussian")
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


def test_fits_that_do_not_converge_are_counted_and_said_once():
    X, y, groups = make_features("gaussian")
    search = PolySVCSearch(**SMALL, max_iter=3, scale=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X, y, groups=groups)
    assert [w.category for w in caught] == [ConvergenceWarning]
    given_up = search.cv_results_["n_unconverged"]
    assert given_up.max() == 5 and len(given_up) == 16
    n = given_up.sum() + search.best_estimator_.fit_status_
    assert str(caught[0].message).startswith(f"{n} of 81 fits did not converge in 3 ")


def test_clone_pickle_and_parameters():
    X, y, groups = make_features("gaussian")
    search = PolySVCSearch(**SMALL).fit(X, y, groups=groups)
    again = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(again.predict(X), search.predict(X))
    twin = clone(search).set_params(C=(5,), aggregate="mean")
    assert twin.get_params()["C"] == (5,) and not hasattr(twin, "best_params_")
    model = make_pipeline(FunctionTransformer(), PolySVCSearch())
    model.set_params(polysvcsearch__degree=(2,))
    assert model[-1].degree == (2,)


def test_feature_names_and_numbers_are_checked():
    X, y, groups = make_features("gaussian")
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
        ({"C": (np.inf,)}, "C must hold finite numbers, got inf"),
        ({"gamma": ("scale",)}, "gamma must hold finite numbers, got 'scale'"),
        ({"coef0": (np.nan,)}, "coef0"),
        ({"gamma": (1e300,)}, r"gamma=1e\+300, C=0.1 is a point .* below 1e150"),
        ({"coef0": (1e300,)}, r"coef0=1e\+300, .* below 1e150"),
        ({"degree": (10**6,)}, "degree=1000000, coef0=1, gamma=0.01, .* below 1e150"),
        ({"max_iter": 0}, "'max_iter' parameter"),
        ({"max_iter": -2}, "'max_iter' parameter"),
    ],
)
def test_wrong_parameters_are_named(change, message):
    X, y, groups = make_features("gaussian")
    with pytest.raises(ValueError, match=message):
        PolySVCSearch(**(SMALL | change)).fit(X, y, groups=groups)


def test_rows_too_large_for_a_kernel_are_named():
    X, y, groups = make_features("gaussian")
    for kernel in ("poly", "linear", "rbf"):
        search = PolySVCSearch(**SMALL, kernel=kernel, scale=False)
        with pytest.raises(ValueError, match="the kernel of .* overflows: the numbers"):
            search.fit(1e200 * X, y, groups=groups)
    with pytest.raises(ValueError, match="contains NaN"):
        PolySVCSearch(**SMALL).fit(np.where(X == X.max(), np.nan, X), y, groups=groups)
    for name in ("knn", "elm"):
        model = make_classifier(name).fit(1e200 * X, y, groups=groups)
        assert len(set(model.predict(1e200 * X))) > 1
        with pytest.raises(ValueError, match="contains NaN"):
            make_classifier(name).fit(np.where(X > 2, np.nan, X), y, groups=groups)


@pytest.mark.parametrize("model", [PolySVCSearch(**SMALL), make_classifier("knn")])
def test_classes_and_subjects_of_two_kinds_are_named(model):
    X, y, groups = make_features("gaussian")
    people = [f"s{i}" if i else i for i in groups.tolist()]
    mixed = (
        r"groups must hold values of one type, got int for clip 0 and str for clip 1"
    )
    with pytest.raises(TypeError, match=mixed):
        model.fit(X, y, groups=people)
    with pytest.raises(TypeError, match=mixed):
        evaluate(model, X, y, people)
    with pytest.raises(TypeError, match="y must hold values of one type, got"):
        evaluate(model, X, [f"c{i}" if i else i for i in y.tolist()], groups)
    with pytest.raises(ValueError, match="groups has no value for clip 0"):
        model.fit(X, y, groups=[None if i == 0 else f"s{i}" for i in groups])
    databases = np.array([f"s{i}" if i % 2 else i for i in groups], dtype=object)
    with pytest.raises(TypeError, match="databases must hold values of one type"):
        evaluate(model, X, y, groups, databases=databases)


def test_one_class_or_one_subject_is_refused():
    X, y, groups = make_features("gaussian")
    with pytest.raises(ValueError, match="at least two classes, got 1 class"):
        PolySVCSearch().fit(X, np.zeros(60, int), groups=groups)
    with pytest.raises(ValueError, match="at least two subjects"):
        PolySVCSearch().fit(X, y, groups=np.zeros(60))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        PolySVCSearch().fit(X, y, groups=groups[1:])
