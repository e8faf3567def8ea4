"""Action units: judged, chosen for, and refused."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from unit_rows import DATABASES, GROUPS, MODEL, NAMES, f1, judge_units, make_units

from mefeat.evaluation import evaluate, evaluate_units
from mefeat.model_selection import PolySVCSearch, SubjectKFold


@pytest.fixture(scope="module")
def result():
    return judge_units()


def test_units_are_judged_like_one_classifier_for_each():
    rows, units = make_units()
    model = make_pipeline(StandardScaler(), LogisticRegression())
    names = ["AU1", "AU4", "AU12"]
    result = evaluate_units(model, rows, units, DATABASES, unit_names=names)
    for i, name in enumerate(names):
        expected = cross_val_predict(
            model, rows, units[:, i], groups=DATABASES, cv=LeaveOneGroupOut()
        )
        np.testing.assert_array_equal(result.predictions[f"predicted {name}"], expected)
        assert result.f1[name] == f1_score(units[:, i], expected)
        assert result.f1[name] == f1(units[:, i], expected)
        for database in "casme2", "samm", "smic":
            kept = DATABASES == database
            value = f1_score(units[kept, i], expected[kept])
            assert result.per_database.loc[database, name] == value
    assert result.mean_f1 == pytest.approx(result.f1.mean())
    means = result.per_database[names].mean(axis=1)
    assert result.mean_database_f1 == pytest.approx(means.mean())
    pd.testing.assert_series_equal(
        result.per_database["mean"], means, check_names=False
    )


def test_always_yes_has_the_f1_that_follows_from_the_counts():
    _, units = make_units()
    always = DummyClassifier(strategy="constant", constant=True)
    result = evaluate_units(always, np.zeros((48, 1)), units, DATABASES)
    shown = units.sum(axis=0)
    np.testing.assert_allclose(result.f1, 2 * shown / (48 + shown))
    assert result.per_unit["hits"].tolist() == shown.tolist()
    assert result.per_unit["recall"].tolist() == [1, 1, 1]
    assert result.baseline == result.scores
    np.testing.assert_array_equal(np.diag(result.confusion), shown)
    np.testing.assert_array_equal(result.confusion, shown[:, None].repeat(3, axis=1))


def test_subjects_reach_the_search_and_the_intervals():
    rows, units = make_units()
    search = PolySVCSearch(degree=(2,), coef0=(1,), gamma=(0.1,), C=(1, 10))
    result = evaluate_units(search, rows, units, DATABASES, groups=GROUPS)
    assert result.predictions["subject"].tolist() == GROUPS.tolist()
    found = result.intervals(n_draws=500)
    assert found.index.tolist()[:3] == ["mean_f1", "mean_database_f1", "f1 AU0"]
    np.testing.assert_allclose(found["value"], list(result.scores.values()))
    assert set(result.folds["best_params"][0]) == {"AU0", "AU1", "AU2"}
    assert result.folds["best_params"][0]["AU1"]["C"] in (1, 10)
    assert ((found["low"] <= found["value"]) & (found["value"] <= found["high"])).all()


def test_units_that_no_training_clip_shows_are_not_predicted():
    rows, units = make_units()
    units[DATABASES != "samm", 0] = False
    units[:, 1] = True
    result = evaluate_units(MODEL, rows, units, DATABASES)
    said = result.predictions.set_index("database")["predicted AU0"]
    assert not said["samm"].any()
    assert result.predictions["predicted AU1"].all() and result.f1["AU1"] == 1
    assert result.f1["AU0"] == 0


def test_units_run_in_parallel_and_go_on(tmp_path):
    rows, units = make_units()
    table = pd.DataFrame(units, columns=["AU1", "AU4", "AU12"])
    first = evaluate_units(MODEL, rows, table, DATABASES, memory=tmp_path)
    assert len(list(tmp_path.glob("*/fold-*"))) == 3
    again = evaluate_units(MODEL, rows, table, DATABASES, memory=tmp_path)
    assert again.unit_names == ["AU1", "AU4", "AU12"]
    pd.testing.assert_frame_equal(again.predictions, first.predictions)
    assert again.settings == first.settings
    names = ["AU1", "AU4", "AU17"]
    evaluate_units(MODEL, rows, units, DATABASES, unit_names=names, memory=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_units_are_shown(result):
    text = str(result)
    head = (
        "leave_one_database_out: 48 clips, 6 subjects, 3 databases, 3 units, 3 folds\n"
    )
    assert text.startswith(head)
    ends = result.intervals().loc["mean_database_f1"]
    line = "{value:.4f}  [{low:.4f}, {high:.4f}]".format(**ends)
    baseline = result.baseline["mean_database_f1"]
    line += f"  {baseline:.4f}    {result.mean_database_f1 - baseline:+.4f}"
    assert f"mean_database_f1  {line}\n" in text and "f1 AU12" in text
    assert "baseline: who always says every unit" in text
    assert f"mean_f1 {result.mean_f1:.4f}" in repr(result)
    row = result.to_frame("nearest").loc["nearest"]
    assert row["f1 AU1"] == result.f1["AU1"] and row["n_databases"] == 3
    assert row["mean_f1_low"] < row["mean_f1"] < row["mean_f1_high"]
    assert row["n_subjects"] == 6 and row["seconds"] > 0 and row["mark"] == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": [1, 0]}, "units must be 2-D, got 1-D"),
        ({"units": np.zeros((48, 0))}, "a column for each unit, got none"),
        ({"protocol": "loso"}, "'loso' needs groups, the subjects"),
        ({"selection": "oracle"}, "candidates of a search.* got KNeighbors"),
        ({"units": np.full((48, 3), 2)}, "units must be flags, 0 or 1"),
        ({"units": np.zeros((5, 3))}, "units must hold one row .* 48 clips, got 5"),
        ({"databases": None}, "databases must name the database"),
        ({"databases": ["a"]}, "databases must hold one value"),
        ({"databases": ["a", None] * 24}, "databases has no value for clip 1"),
        ({"groups": ["a"]}, "groups must hold one value"),
        ({"groups": ["a", np.nan] * 24}, "groups has no value for clip 1"),
        ({"unit_names": ["AU1"]}, "unit_names must be 3 different names"),
    ],
)
def test_wrong_units_are_refused(change, message):
    rows, units = make_units()
    given = {"X": rows, "units": units, "databases": DATABASES} | change
    with pytest.raises(ValueError, match=message):
        evaluate_units(MODEL, **given)


def test_rare_units_do_not_stop_a_search():
    rows, units = make_units()
    units[1:, 0] = False
    units[0, 0] = True
    search = PolySVCSearch(degree=(2,), coef0=(1,), gamma=(0.1,), C=(1, 10))
    result = evaluate_units(search, rows, units, DATABASES, groups=GROUPS)
    assert result.f1["AU0"] == 0


# selection


GRID = {"n_neighbors": [1, 3, 9]}


@pytest.mark.parametrize("transductive", [False, True])
def test_oracle_is_that_of_each_unit_alone(transductive):
    rows, units = make_units()
    search = PolySVCSearch(degree=(2,), coef0=(1,), gamma=(0.1,), C=(0.1, 10))
    model = make_pipeline(StandardScaler(), search)
    options = {"selection": "oracle", "transductive": transductive}
    result = judge_units(model, **options)
    for i, name in enumerate(NAMES):
        alone = evaluate(
            model,
            rows,
            units[:, i],
            GROUPS,
            protocol="leave_one_database_out",
            databases=DATABASES,
            **options,
        )
        said = result.predictions[f"predicted {name}"]
        np.testing.assert_array_equal(said, alone.predictions["predicted"])
        assert result.settings["best_params"][name] == alone.settings["best_params"]
    assert result.settings["n_candidates"] == 2
    assert result.settings["fitted_to_all"] == ["standardscaler"] * transductive


def test_searches_choose_by_f1():
    grid = {"gamma": (0.01, 1.0), "C": (1, 10)}
    search = PolySVCSearch(kernel="rbf", **grid, scoring="f1", scale=False)
    oracle = judge_units(search, selection="oracle")
    alone = [judge_units(SVC(gamma=g, C=c)).f1 for g in (0.01, 1.0) for c in (1, 10)]
    assert (oracle.f1 == pd.concat(alone, axis=1).max(axis=1)).all()
    assert (judge_units(search).f1 <= oracle.f1).all()
    rows, units = make_units()
    flags = {"y": units[:, 0].astype(int), "groups": GROUPS, "labels": [1, 0]}
    found = evaluate(search, rows, **flags, selection="oracle")
    shown = found.per_class.at[1, "f1"]
    assert shown >= evaluate(search, rows, **flags).per_class.at[1, "f1"]
    assert found.settings["scoring"] == "f1"


def test_oracle_is_the_best_f1_of_each_unit(tmp_path):
    search = GridSearchCV(MODEL, GRID, scoring="f1", cv=SubjectKFold())
    result = judge_units(search, selection="oracle", memory=tmp_path)
    alone = [judge_units(KNeighborsClassifier(k)).f1 for k in GRID["n_neighbors"]]
    assert (result.f1 == pd.concat(alone, axis=1).max(axis=1)).all()
    assert result.settings["scoring"] == "f1"
    again = judge_units(search, selection="oracle", memory=tmp_path)
    pd.testing.assert_frame_equal(again.predictions, result.predictions)
    # Nested selection takes none of these folds.
    judge_units(search, memory=tmp_path)
    assert len(list(tmp_path.glob("*/fold-*"))) == 6


def test_units_that_no_training_clip_shows_have_no_choice():
    rows, units = make_units()
    units[DATABASES != "samm", 0] = False
    search = GridSearchCV(SVC(), {"C": [1, 10]})
    result = evaluate_units(search, rows, units, DATABASES, selection="oracle")
    said = result.predictions.set_index("database")["predicted AU0"]
    assert not said["samm"].any() and said["smic"].dtype == bool
