"""Scores and their intervals over subjects."""

import numpy as np
import pandas as pd
import pytest
from rows import judge_rows, make_rows
from sklearn.dummy import DummyClassifier
from sklearn.metrics import f1_score
from sklearn.neighbors import KNeighborsClassifier

from mefeat.evaluation import SCORES, evaluate
from mefeat.evaluation._statistics import bootstrap


@pytest.fixture(scope="module")
def result():
    return judge_rows()


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
        judge_rows().intervals(level=95)
    with pytest.raises(ValueError, match="n_draws must be at least 1, got 0"):
        judge_rows().intervals(n_draws=0)
