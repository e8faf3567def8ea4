"""Results of action units: intervals, tables, comparisons, files."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from unit_rows import DATABASES, GROUPS, MODEL, NAMES, X, Y, f1, judge_units, make_units

from mefeat.evaluation import (
    Evaluation,
    UnitEvaluation,
    compare,
    evaluate,
    evaluate_units,
    load_result,
)


@pytest.fixture(scope="module")
def result():
    return judge_units()


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
    assert judge_units(protocol=splits).settings["protocol"] == "given splits"


def test_methods_are_compared_by_swapping_subjects(result):
    other = judge_units(DummyClassifier(strategy="constant", constant=True))
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
        compare(result, judge_units(names=["AU1", "AU4", "AU17"]))
    rows, units = make_units()
    units[5, 1] = not units[5, 1]
    options = {"groups": GROUPS, "unit_names": NAMES}
    other = evaluate_units(MODEL, rows, units, DATABASES, **options)
    with pytest.raises(ValueError, match="'true AU4' of clip 5 is"):
        compare(result, other)


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
