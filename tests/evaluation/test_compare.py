"""Two methods beside each other: swaps of subjects, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from rows import judge_rows, make_rows
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mefeat.evaluation import SCORES, compare, confusion, evaluate
from mefeat.evaluation._statistics import paired_permutation
from mefeat.model_selection import PolySVCSearch

EVER = DummyClassifier(strategy="constant", constant="joy")


@pytest.fixture(scope="module")
def result():
    return judge_rows()


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
    other = judge_rows(make_pipeline(StandardScaler(), LogisticRegression()))
    found = compare(result, other)
    differences = swapped_by_hand(result.predictions, other.predictions, SCORES[name])
    row = found.table.loc[name]
    observed = result.scores[name] - other.scores[name]
    assert row["difference"] == pytest.approx(observed, abs=1e-12)
    expected = np.mean(np.abs(differences) >= abs(observed) - 1e-12)
    assert row["p_value"] == pytest.approx(expected, abs=1e-12)
    assert found.settings["exact"] and found.settings["n_swaps"] <= 64


def test_many_subjects_are_swapped_at_random_to_the_same_p_value():
    a, b = (judge_rows(m, n_subjects=12) for m in (KNeighborsClassifier(1), EVER))
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
    other = judge_rows(EVER)
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
        compare(judge_rows(), judge_rows(), names=("x",))
    with pytest.raises(ValueError, match="names must be two that differ, got"):
        compare(result, judge_rows(EVER), names=("x", "x"))


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
    other = judge_rows()
    other.settings["versions"] = other.settings["versions"] | {"numpy": "0.1"}
    other.settings["random_state"] = 7
    found = compare(result, other)
    numpy = result.settings["versions"]["numpy"]
    assert found.settings["differences"] == {
        "random_state": (0, 7),
        "numpy": (numpy, "0.1"),
    }
    assert f"not the same: numpy {numpy} and 0.1" in str(found)
    assert "not the same" not in str(compare(result, judge_rows()))
