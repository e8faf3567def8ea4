"""Action units: judged, counted, compared, saved."""

import json

import numpy as np
import pandas as pd
import pytest
from rows import make_rows
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import (
    GridSearchCV,
    LeaveOneGroupOut,
    cross_val_predict,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mefeat.evaluation import (
    Evaluation,
    PolySVCSearch,
    SubjectKFold,
    UnitEvaluation,
    compare,
    evaluate,
    evaluate_units,
    load_result,
)

X, Y, GROUPS = make_rows()
DATABASES = np.array(["casme2", "samm", "smic"])[np.arange(48) % 6 // 2]
MODEL = KNeighborsClassifier()
NAMES = ["AU1", "AU4", "AU12"]


def make_units(seed=0):
    rng = np.random.default_rng(seed)
    units = rng.integers(2, size=(48, 3)).astype(bool)
    rows = units @ rng.normal(size=(3, 5)) + 0.3 * rng.normal(size=(48, 5))
    return rows, units


def judged(model=MODEL, names=NAMES, **options):
    rows, units = make_units()
    options = {"groups": GROUPS, "unit_names": names} | options
    return evaluate_units(model, rows, units, DATABASES, **options)


def f1(true, said):
    """As f1_score, in a hundredth of its time."""
    total = true.sum() + said.sum()
    return 2 * (true & said).sum() / total if total else 0.0


@pytest.fixture(scope="module")
def result():
    return judged()


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
    first = evaluate_units(MODEL, rows, table, DATABASES, resume=tmp_path)
    assert len(list(tmp_path.glob("*/fold-*"))) == 3
    again = evaluate_units(MODEL, rows, table, DATABASES, resume=tmp_path)
    assert again.unit_names == ["AU1", "AU4", "AU12"]
    pd.testing.assert_frame_equal(again.predictions, first.predictions)
    assert again.settings == first.settings
    names = ["AU1", "AU4", "AU17"]
    evaluate_units(MODEL, rows, units, DATABASES, unit_names=names, resume=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_units_are_shown(result):
    text = str(result)
    head = (
        "leave_one_database_out: 48 clips, 6 subjects, 3 databases, 3 units, 3 folds\n"
    )
    assert text.startswith(head)
    ends = result.intervals().loc["mean_database_f1"]
    line = "{value:.4f}  [{low:.4f}, {high:.4f}]".format(**ends)
    assert f"mean_database_f1  {line}\n" in text and "f1 AU12" in text
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
        ({"units": np.zeros((5, 3))}, "units must hold one entry .* 48 clips, got 5"),
        ({"databases": None}, "databases must name the database"),
        ({"databases": ["a"]}, "databases must hold one entry"),
        ({"groups": ["a"]}, "groups must hold one entry"),
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
    result = judged(model, **options)
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
    search = PolySVCSearch(kernel="rbf", gamma=(0.01, 1.0), C=(1, 10), scoring="f1")
    oracle = judged(search, selection="oracle")
    alone = [judged(SVC(gamma=g, C=c)).f1 for g in (0.01, 1.0) for c in (1, 10)]
    assert (oracle.f1 == pd.concat(alone, axis=1).max(axis=1)).all()
    assert (judged(search).f1 <= oracle.f1).all()
    rows, units = make_units()
    flags = {"y": units[:, 0].astype(int), "groups": GROUPS, "labels": [1, 0]}
    found = evaluate(search, rows, **flags, selection="oracle")
    shown = found.per_class.at[1, "f1"]
    assert shown >= evaluate(search, rows, **flags).per_class.at[1, "f1"]
    assert found.settings["scoring"] == "f1"


def test_oracle_is_the_best_f1_of_each_unit(tmp_path):
    search = GridSearchCV(MODEL, GRID, scoring="f1", cv=SubjectKFold())
    result = judged(search, selection="oracle", resume=tmp_path)
    alone = [judged(KNeighborsClassifier(k)).f1 for k in GRID["n_neighbors"]]
    assert (result.f1 == pd.concat(alone, axis=1).max(axis=1)).all()
    assert result.settings["scoring"] == "f1"
    again = judged(search, selection="oracle", resume=tmp_path)
    pd.testing.assert_frame_equal(again.predictions, result.predictions)
    # Nested selection takes none of these folds.
    judged(search, resume=tmp_path)
    assert len(list(tmp_path.glob("*/fold-*"))) == 6


def test_units_that_no_training_clip_shows_have_no_choice():
    rows, units = make_units()
    units[DATABASES != "samm", 0] = False
    search = GridSearchCV(SVC(), {"C": [1, 10]})
    result = evaluate_units(search, rows, units, DATABASES, selection="oracle")
    said = result.predictions.set_index("database")["predicted AU0"]
    assert not said["samm"].any() and said["smic"].dtype == bool


# scores


def test_intervals_are_percentiles_over_drawn_subjects(result):
    """The mean over databases is that of the databases that are drawn."""
    table = result.predictions
    parts = [part for _, part in table.groupby("subject")]
    rng = np.random.default_rng(3)
    expected = []
    for times in rng.multinomial(6, [1 / 6] * 6, 60):
        pairs = zip(parts, times, strict=True)
        clips = pd.concat(part for part, n in pairs for _ in range(n))
        means = [
            np.mean([f1(part[f"true {n}"], part[f"predicted {n}"]) for n in NAMES])
            for _, part in clips.groupby("database")
        ]
        expected.append(np.mean(means))
    found = result.intervals(n_draws=60, random_state=3).loc["mean_database_f1"]
    ends = np.quantile(expected, [0.025, 0.975])
    np.testing.assert_allclose(found[["low", "high"]], ends, atol=1e-12)
    assert found["value"] == result.mean_database_f1


def test_tables_agree(result):
    unit, clips = result.per_unit, result.predictions
    np.testing.assert_array_equal(np.diag(result.confusion), unit["hits"])
    both = (clips["true AU1"] & clips["predicted AU12"]).sum()
    assert result.confusion.loc["AU1", "AU12"] == both
    subject = result.per_subject
    assert subject["clips"].sum() == 48 and subject["hits"].sum() == unit["hits"].sum()
    assert subject["units shown"].sum() == unit["clips"].sum()
    one = result.of_database("samm")
    assert one.size == {"clips": 16, "subjects": 2, "databases": 1, "units": 3}
    assert one.f1.tolist() == result.per_database.loc["samm", NAMES].tolist()


def test_given_splits_are_named_as_such():
    splits = [(range(24), range(24, 48)), (range(24, 48), range(24))]
    assert judged(protocol=splits).settings["protocol"] == "given splits"


# compare


def test_methods_are_compared_by_swapping_subjects(result):
    other = judged(DummyClassifier(strategy="constant", constant=True))
    found = compare(result, other, names=("nearest", "always"))
    assert found.table.index.tolist() == list(result.scores)
    assert found.settings["exact"] and found.settings["n_subjects"] == 6
    a, b = result.predictions, other.predictions
    differences = []
    for swap in range(64):
        moved = a["subject"].isin([f"s{i:02d}" for i in range(6) if swap >> i & 1])
        scores = []
        for one, two in (a, b), (b, a):
            said = [
                one[f"predicted {n}"].where(~moved, two[f"predicted {n}"])
                for n in NAMES
            ]
            pairs = zip(NAMES, said, strict=True)
            scores.append(np.mean([f1(a[f"true {n}"], s) for n, s in pairs]))
        differences.append(scores[0] - scores[1])
    observed = result.mean_f1 - other.mean_f1
    row = found.table.loc["mean_f1"]
    assert row["difference"] == pytest.approx(observed, abs=1e-12)
    expected = np.mean(np.abs(differences) >= abs(observed) - 1e-12)
    assert row["p_value"] == pytest.approx(expected, abs=1e-12)
    assert (compare(result, result).table["p_value"] == 1).all()


def test_units_in_another_order_are_the_same_units(result):
    rows, units = make_units()
    order, names = [2, 0, 1], ["AU12", "AU1", "AU4"]
    options = {"groups": GROUPS, "unit_names": names}
    other = evaluate_units(MODEL, rows, units[:, order], DATABASES, **options)
    table = compare(result, other).table
    assert (table["difference"] == 0).all() and (table["p_value"] == 1).all()


def test_what_cannot_be_compared_is_refused(result):
    with pytest.raises(TypeError, match="one kind, got UnitEvaluation and Evaluation"):
        compare(result, evaluate(MODEL, X, Y, GROUPS))
    with pytest.raises(ValueError, match="of the same action units.*'AU17'"):
        compare(result, judged(names=["AU1", "AU4", "AU17"]))
    rows, units = make_units()
    units[5, 1] = not units[5, 1]
    options = {"groups": GROUPS, "unit_names": NAMES}
    other = evaluate_units(MODEL, rows, units, DATABASES, **options)
    with pytest.raises(ValueError, match="'true AU4' of clip 5 is"):
        compare(result, other)


# files


@pytest.mark.parametrize("read", [UnitEvaluation.load, load_result])
def test_a_saved_result_comes_back_to_the_last_bit(read, result, tmp_path):
    loaded = read(result.save(tmp_path))
    assert type(loaded) is UnitEvaluation
    pd.testing.assert_frame_equal(loaded.predictions, result.predictions)
    pd.testing.assert_frame_equal(loaded.folds, result.folds)
    assert loaded.unit_names == NAMES
    assert loaded.to_dict() == result.to_dict() and str(loaded) == str(result)
    pd.testing.assert_frame_equal(loaded.to_frame(), result.to_frame())
    table = pd.read_csv(tmp_path / "predictions.csv")
    pd.testing.assert_frame_equal(table, result.predictions, check_dtype=False)


def test_the_other_kind_is_refused(result, tmp_path):
    result.save(tmp_path)
    with pytest.raises(ValueError, match="no result of classes: its kind is 'action"):
        Evaluation.load(tmp_path)
    classes = evaluate(MODEL, X, Y, GROUPS)
    assert type(load_result(classes.save(tmp_path))) is Evaluation
    with pytest.raises(ValueError, match="no result of action units: its kind is 'cla"):
        UnitEvaluation.load(tmp_path)


@pytest.mark.parametrize(
    "harm",
    [
        lambda found: found["predictions"][3].pop("true AU4"),
        lambda found: found["unit_names"].append("AU99"),
        lambda found: found["predictions"].clear(),
        lambda found: found.pop("folds"),
        lambda found: found.update(kind="faces"),
        lambda found: found.update(kind=["classes"]),
    ],
)
def test_what_is_no_result_is_refused(harm, result, tmp_path):
    path = result.save(tmp_path) / "result.json"
    found = json.loads(path.read_text())
    harm(found)
    path.write_text(json.dumps(found))
    with pytest.raises(ValueError, match="is no result of"):
        load_result(tmp_path)


def test_a_file_that_ends_early_is_refused(result, tmp_path):
    path = result.save(tmp_path) / "result.json"
    path.write_bytes(path.read_bytes()[:-999])
    with pytest.raises(ValueError, match="is no result of classes or action units"):
        load_result(tmp_path)
