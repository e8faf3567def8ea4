"""Intervals over subjects, comparison of methods, rows and files of results."""

import json

import numpy as np
import pandas as pd
import pytest
from rows import make_rows
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mefeat.evaluation import SCORES, Evaluation, PolySVCSearch, compare, evaluate
from mefeat.evaluation.counting import confusion
from mefeat.evaluation.statistics import bootstrap, paired_permutation

EVER = DummyClassifier(strategy="constant", constant="joy")


def judged(model=None, n_subjects=6, **options):
    return evaluate(model or KNeighborsClassifier(), *make_rows(n_subjects=n_subjects))


@pytest.fixture(scope="module")
def result():
    return judged()


def scores_one_by_one(counts, score):
    return [score(matrix) for matrix in counts]


@pytest.mark.parametrize("name", SCORES)
def test_scores_of_a_stack_are_those_of_each_matrix(name):
    counts = np.random.default_rng(0).integers(0, 4, (40, 3, 3))
    counts[:5, 1] = 0  # a class that does not occur
    counts[:3, :, 1] = 0  # and is not predicted
    found = SCORES[name](counts)
    np.testing.assert_array_equal(found, scores_one_by_one(counts, SCORES[name]))
    assert isinstance(SCORES[name](counts[0]), float)
    nested = SCORES[name](counts.reshape(4, 10, 3, 3))
    np.testing.assert_array_equal(nested, found.reshape(4, 10))


# intervals


def test_intervals_are_percentiles_over_drawn_subjects(result):
    table = result.predictions
    parts = [part for _, part in table.groupby("subject")]
    rng = np.random.default_rng(5)
    drawn = rng.multinomial(6, [1 / 6] * 6, 80)
    expected = []
    for times in drawn:
        pairs = zip(parts, times, strict=True)
        clips = pd.concat(part for part, n in pairs for _ in range(n))
        expected.append(
            f1_score(
                clips["true"],
                clips["predicted"],
                labels=result.labels,
                average="macro",
                zero_division=0,
            )
        )
    found = result.intervals(n_draws=80, random_state=5, level=0.8).loc["macro_f1"]
    ends = np.quantile(expected, [0.1, 0.9])
    np.testing.assert_allclose(found[["low", "high"]], ends, atol=1e-12)
    assert found["value"] == result.macro_f1


@pytest.mark.parametrize("protocol", ["loso", "group_kfold", "kfold"])
def test_a_fold_counts_as_often_as_its_subjects_are_drawn(protocol):
    judged = evaluate(
        KNeighborsClassifier(), *make_rows(), protocol=protocol, n_splits=3
    )
    table = judged.predictions
    names, expected = np.unique(table["subject"]), []
    rng = np.random.default_rng(2)
    for times in rng.multinomial(6, [1 / 6] * 6, 20):
        drawn = dict(zip(names, times, strict=True))
        total = weight = 0.0
        for _, clips in table.groupby("fold"):
            often = clips["subject"].map(drawn)
            weight += (share := np.mean([drawn[s] for s in clips["subject"].unique()]))
            if share:
                values = clips["true"], clips["predicted"]
                options = {"average": "macro", "zero_division": 0}
                total += share * f1_score(
                    *(np.repeat(v.to_numpy(), often) for v in values), **options
                )
        expected.append(total / weight)
    found = judged.intervals(n_draws=20, random_state=2).loc["mean_fold_f1"]
    ends = np.quantile(expected, [0.025, 0.975])
    np.testing.assert_allclose(found[["low", "high"]], ends, atol=1e-12)
    assert found["value"] == pytest.approx(judged.mean_fold_f1, abs=1e-12)


def test_intervals_are_seeded_and_hold_their_scores(result):
    found = result.intervals()
    pd.testing.assert_frame_equal(found, result.intervals())
    assert not found.equals(result.intervals(random_state=1))
    assert found.index.tolist() == list(result.scores)
    assert ((found["low"] < found["value"]) & (found["value"] < found["high"])).all()
    wide = result.intervals(level=0.999)
    # Shares of equally many clips are few numbers, so some ends are alike.
    assert (wide["low"] <= found["low"]).all()
    assert wide["low"].sum() < found["low"].sum()
    assert (wide["high"] >= found["high"]).all()


def test_subjects_who_are_all_alike_leave_no_doubt():
    X, y, groups = np.zeros((12, 1)), np.tile([0, 0, 1], 4), np.repeat([1, 2, 3, 4], 3)
    model = DummyClassifier(strategy="constant", constant=0)
    found = evaluate(model, X, y, groups).intervals()
    np.testing.assert_allclose(found["low"], found["high"])
    np.testing.assert_allclose(found["low"], found["value"])


def test_interval_of_a_mean_is_that_of_theory():
    """Shares of 200 subjects with one clip each: the normal interval of a share."""
    correct = np.arange(200) % 4 > 0
    counts = np.column_stack([correct, ~correct])
    share = {"share": lambda pooled: pooled[:, 0] / pooled.sum(axis=1)}
    found = bootstrap(counts, share).loc["share"]
    half = 1.96 * np.sqrt(0.75 * 0.25 / 200)
    np.testing.assert_allclose(found, [0.75, 0.75 - half, 0.75 + half], atol=0.006)


def test_intervals_need_two_subjects_and_a_level():
    X, y, groups = make_rows(n_subjects=1)
    one = evaluate(KNeighborsClassifier(), X, y, groups, protocol="kfold")
    with pytest.raises(ValueError, match="at least two of them, got 1"):
        one.intervals()
    assert "[nan, nan]" in str(one)
    assert one.to_frame()["uar_low"].isna().all()
    assert one.to_dict()["intervals"][0]["low"] is None
    with pytest.raises(ValueError, match="between 0 and 1, got 95"):
        judged().intervals(level=95)
    with pytest.raises(ValueError, match="n_draws must be at least 1, got 0"):
        judged().intervals(n_draws=0)


# compare


def swapped_by_hand(a, b, score):
    """All swaps, one after the other, on the predictions themselves."""
    subjects = a["subject"].unique()
    labels = np.unique(a["true"])
    found = []
    for swap in range(2 ** len(subjects)):
        chosen = [s for i, s in enumerate(subjects) if swap >> i & 1]
        moved = a["subject"].isin(chosen)
        first = a["predicted"].where(~moved, b["predicted"])
        second = b["predicted"].where(~moved, a["predicted"])
        found.append(
            score(confusion(a["true"], first, labels))
            - score(confusion(a["true"], second, labels))
        )
    return np.array(found)


@pytest.mark.parametrize("name", SCORES)
def test_few_subjects_are_swapped_in_all_ways(name, result):
    other = judged(make_pipeline(StandardScaler(), LogisticRegression()))
    found = compare(result, other)
    differences = swapped_by_hand(result.predictions, other.predictions, SCORES[name])
    row = found.table.loc[name]
    observed = result.scores[name] - other.scores[name]
    assert row["difference"] == pytest.approx(observed, abs=1e-12)
    expected = np.mean(np.abs(differences) >= abs(observed) - 1e-12)
    assert row["p_value"] == pytest.approx(expected, abs=1e-12)
    assert found.settings["exact"] and found.settings["n_swaps"] <= 64


def test_many_subjects_are_swapped_at_random_to_the_same_p_value():
    a, b = (judged(m, n_subjects=12) for m in (KNeighborsClassifier(1), EVER))
    exact, drawn = compare(a, b), compare(a, b, n_permutations=3000)
    assert exact.settings["exact"] and not drawn.settings["exact"]
    assert exact.settings["n_swaps"] == 2**12 and drawn.settings["n_swaps"] == 3000
    np.testing.assert_allclose(
        exact.table["p_value"], drawn.table["p_value"], atol=0.03
    )
    again = compare(a, b, n_permutations=3000)
    pd.testing.assert_frame_equal(again.table, drawn.table)


def test_a_method_does_not_differ_from_itself(result):
    found = compare(result, result)
    assert (found.table["p_value"] == 1).all()
    assert (found.table[["difference", "low", "high"]] == 0).all(axis=None)


def test_the_order_of_the_two_does_not_matter(result):
    other = judged(EVER)
    one, two = compare(result, other).table, compare(other, result).table
    np.testing.assert_array_equal(one["p_value"], two["p_value"])
    np.testing.assert_array_equal(one["difference"], -two["difference"])
    np.testing.assert_allclose(one["low"], -two["high"])


def test_p_values_of_equal_methods_are_uniform():
    """Both methods guess: a p-value below 0.2 is as frequent as that."""
    rng = np.random.default_rng(0)
    correct = {"correct": lambda pooled: pooled[:, 0]}
    found = []
    for _ in range(400):
        a, b = rng.integers(0, 6, (2, 10, 1))
        found.append(paired_permutation(a, b, correct)[0]["correct"])
    assert np.mean(np.array(found) <= 0.2) < 0.25


def test_a_test_without_swaps_is_refused(result):
    with pytest.raises(ValueError, match="n_permutations must be at least 1, got 0"):
        compare(result, result, n_permutations=0)


def test_no_p_value_is_zero():
    better, worse = np.full((40, 1), 5), np.zeros((40, 1))
    total = {"correct": lambda pooled: pooled[:, 0]}
    p_values, exact, _ = paired_permutation(better, worse, total, n_permutations=99)
    assert p_values == {"correct": 0.01} and not exact


def test_other_clips_classes_and_names_are_refused(result):
    X, y, groups = make_rows()
    model = KNeighborsClassifier()
    with pytest.raises(ValueError, match="only one holds out clip 0"):
        compare(result, evaluate(model, X, y, groups, protocol=[(range(9, 48), [8])]))
    other = y.copy()
    other[7] = "fear" if y[7] != "fear" else "joy"
    with pytest.raises(ValueError, match="'true' of clip 7 is"):
        compare(result, evaluate(model, X, other, groups))
    other = groups.copy()
    other[[3, 4]] = other[[4, 3]]
    with pytest.raises(ValueError, match="'subject' of clip 3 is"):
        compare(result, evaluate(model, X, y, other))
    more = ["anger", "awe", "fear", "joy"]
    with pytest.raises(ValueError, match="of the same classes.*'awe'"):
        compare(result, evaluate(model, X, y, groups, labels=more))
    with pytest.raises(ValueError, match=r"two that differ, got \('x',\)"):
        compare(judged(), judged(), names=("x",))
    with pytest.raises(ValueError, match="names must be two that differ, got"):
        compare(result, judged(EVER), names=("x", "x"))


def test_labels_in_another_order_are_the_same_classes(result):
    X, y, groups = make_rows()
    labels = ["joy", "anger", "fear"]
    other = evaluate(KNeighborsClassifier(), X, y, groups, labels=labels)
    assert (compare(other, result).table["p_value"] == 1).all()


def test_comparison_tells_how_it_came_about_and_keeps_the_signs(result):
    search = PolySVCSearch(degree=(2,), coef0=(1,), C=(1, 10))
    oracle = evaluate(search, *make_rows(), selection="oracle")
    text = str(compare(result, oracle, names=("nearest", "svm")))
    assert text.startswith("loso: 48 clips, 6 subjects\n")
    assert "svm†" in text and "nearest " in text and "(oracle)" in text
    assert "p_value: paired permutation test over subjects, all" in text
    assert "svm†: accuracy p = " in repr(compare(result, oracle, names=("a", "svm")))


def test_what_else_differs_is_said(result):
    other = judged()
    other.settings["versions"] = other.settings["versions"] | {"numpy": "0.1"}
    other.settings["random_state"] = 7
    found = compare(result, other)
    numpy = result.settings["versions"]["numpy"]
    assert found.settings["differences"] == {
        "random_state": (0, 7),
        "numpy": (numpy, "0.1"),
    }
    assert f"not the same: numpy {numpy} and 0.1" in str(found)
    assert "not the same" not in str(compare(result, judged()))


# rows and files


def test_rows_of_several_results_make_a_table(result):
    other = judged(make_pipeline(StandardScaler(), KNeighborsClassifier()))
    table = pd.concat([result.to_frame(), other.to_frame("scaled")])
    assert table.index.tolist() == ["KNeighborsClassifier", "scaled"]
    assert table["estimator"].tolist() == [
        "KNeighborsClassifier",
        "StandardScaler + KNeighborsClassifier",
    ]
    row = table.iloc[0]
    for name, value in result.scores.items():
        assert row[name] == value
    found = result.intervals()
    for name in SCORES:
        assert row[f"{name}_low"] == found.loc[name, "low"]
        assert row[f"{name}_high"] == found.loc[name, "high"]
    assert row["protocol"] == "loso" and row["selection"] == "nested"
    assert row["n_clips"] == 48 and row["n_classes"] == 3 and row["n_folds"] == 6


@pytest.mark.parametrize("labels", ["words", "numbers", "objects"])
def test_a_saved_result_comes_back_to_the_last_bit(labels, tmp_path):
    X, y, groups = make_rows()
    if labels == "numbers":
        y, groups = np.unique(y, return_inverse=True)[1], np.arange(48) % 6
    if labels == "objects":
        y, groups = y.astype(object), groups.astype(object)
        y[groups == "s03"] = "rare"  # decisions of its fold are NaN
    search = PolySVCSearch(degree=(2,), coef0=(1,), C=(1, 10))
    databases = np.where(np.arange(48) % 6 < 3, "casme2", "samm")
    saved = evaluate(search, X, y, groups, databases=databases)
    loaded = Evaluation.load(saved.save(tmp_path))
    pd.testing.assert_frame_equal(loaded.predictions, saved.predictions)
    pd.testing.assert_frame_equal(loaded.folds, saved.folds)
    np.testing.assert_array_equal(loaded.labels, saved.labels)
    assert loaded.to_dict() == saved.to_dict() and str(loaded) == str(saved)
    pd.testing.assert_frame_equal(loaded.to_frame(), saved.to_frame())
    assert (compare(saved, loaded).table["p_value"] == 1).all()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"kind": "classes", "predictions": [], "folds": []}']
)
def test_what_is_no_result_is_refused(text, tmp_path, result):
    with pytest.raises(FileNotFoundError, match="there is no result in"):
        Evaluation.load(tmp_path)
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(ValueError, match="is no result of classes"):
        Evaluation.load(tmp_path)
    result.save(tmp_path)
    found = json.loads((tmp_path / "result.json").read_text())
    for estimator in 5, {"name": "SVC"}:
        found["settings"]["estimator"] = estimator
        (tmp_path / "result.json").write_text(json.dumps(found))
        with pytest.raises(ValueError, match="is no result of classes.*estimator"):
            Evaluation.load(tmp_path)
    del found["predictions"][0]["subject"], found["settings"]["protocol"]
    (tmp_path / "result.json").write_text(json.dumps(found))
    with pytest.raises(ValueError, match="is no result of classes.*protocol"):
        Evaluation.load(tmp_path)
