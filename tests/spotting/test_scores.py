"""Scores of intervals, peaks, apexes, and of spot-then-recognize."""

import numpy as np
import pytest
from naive_spotting import most_pairs

from mefeat.clip import Interval
from mefeat.spotting import (
    apex_errors,
    interval_iou,
    interval_scores,
    peak_roc,
    spot_then_recognize_score,
)
from mefeat.spotting._peaks import make_curve
from mefeat.spotting._scores import match_intervals


def at(onset, offset, kind=None):
    return Interval(onset, onset, offset, kind=kind)


def test_overlap_counts_frames_inclusively():
    assert interval_iou(at(0, 9), at(0, 4)) == 0.5
    assert interval_iou(at(0, 4), at(5, 9)) == 0
    assert interval_iou(at(3, 3), at(3, 3)) == 1


def test_a_finding_is_a_hit_once():
    scores = interval_scores([[at(0, 4), at(5, 9)]], [[at(0, 9)]])
    assert scores.together == (1, 0, 1)


def test_pairs_are_as_many_as_can_be(rng):
    for _ in range(100):
        starts, lengths = rng.integers(0, 12, (2, 9)), rng.integers(2, 9, (2, 9))
        truths, founds = (
            [at(a, a + n) for a, n in zip(s.tolist(), m.tolist(), strict=True)][:5]
            for s, m in zip(starts, lengths, strict=True)
        )
        fits = np.array([[interval_iou(t, f) >= 0.5 for f in founds] for t in truths])
        pairs = match_intervals(truths, founds)
        assert len(pairs) == most_pairs(fits)
        assert all(fits[pair] for pair in pairs)
        assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)


def test_all_videos_count():
    truths = [[at(0, 9, "micro")], [], [at(50, 99, "macro")]]
    founds = [[at(1, 9, "micro")], [at(0, 5, "micro")], []]
    scores = interval_scores(truths, founds)
    assert scores.together == (1, 1, 1)
    assert scores.f1 == scores.precision == scores.recall == 0.5
    assert scores.micro.precision == 0.5 and scores.micro.recall == 1
    assert scores.macro == (0, 0, 1) and scores.macro.f1 == 0


def test_kinds_matter_apart_and_not_together():
    scores = interval_scores([[at(0, 9, "micro")]], [[at(0, 9, "macro")]])
    assert scores.f1 == 1
    assert scores.micro == (0, 0, 1) and scores.macro == (0, 1, 0)


def test_nothing_at_all_scores_zero():
    scores = interval_scores([[]], [[]])
    assert (scores.precision, scores.recall, scores.f1) == (0, 0, 0)


def test_bad_input():
    with pytest.raises(ValueError, match="for each of 2 videos, got 1"):
        interval_scores([[], []], [[]])
    with pytest.raises(TypeError, match=r"founds\[0\] must be a list, .* one Interval"):
        interval_scores([[at(0, 9)]], [at(0, 9)])
    with pytest.raises(ValueError, match="video 0 has 1 intervals and 0 classes"):
        spot_then_recognize_score([[at(0, 9)]], [[]], [[]], [[]])
    with pytest.raises(ValueError, match="compat must be None"):
        spot_then_recognize_score([[]], [[]], [[]], [[]], compat="megc2019")
    with pytest.raises(ValueError, match="frames with and without"):
        peak_roc([make_curve(np.zeros(9), 2, 100)], [[]], length=5)


def test_apex_errors_at_the_limit():
    errors = apex_errors([0, 0], [20, 21], 200)
    assert errors == (20.5, 102.5, 0.5)
    assert np.isnan(apex_errors([], [], 200)).all()


def test_roc_of_a_perfect_and_of_a_wrong_curve():
    values = np.zeros(200)
    values[100] = 1
    curve = make_curve(values, 10, 100)
    assert peak_roc([curve], [[at(95, 105)]], length=11).auc == 1
    wrong = peak_roc([curve], [[at(20, 30)]], length=11)
    assert wrong.auc < 0.55
    assert wrong.true_rates[-1] == wrong.false_rates[-1] == 1


def strs(truths, named, founds, given, **options):
    return spot_then_recognize_score(truths, named, founds, given, **options)


def test_strs_by_hand():
    # 2 of 3 found, 1 false: F1 = 4/6. One of the two named right: joy as joy, fear as
    # joy: precision (1/2, 0), recall (1, 0): harmonic mean of 1/4 and 1/2.
    truths, named = [[at(0, 9), at(20, 29), at(40, 49)]], [["joy", "fear", "joy"]]
    founds, given = [[at(0, 9), at(20, 29), at(60, 69)]], [["joy", "joy", "joy"]]
    score = strs(truths, named, founds, given)
    assert score.spotting_f1 == pytest.approx(2 / 3)
    assert score.recognition_f1 == pytest.approx(1 / 3)
    assert score.strs == pytest.approx(2 / 9)


def test_the_official_script_forgets_subjects_without_a_finding():
    truths, named = [[at(0, 9), at(20, 29)], [at(0, 9)]], [["joy", "fear"], ["joy"]]
    founds, given = [[at(0, 9), at(20, 29)], []], [["joy", "fear"], []]
    assert strs(truths, named, founds, given).spotting_f1 == pytest.approx(0.8)
    official = strs(truths, named, founds, given, groups=[1, 2], compat="megc2025")
    assert official.spotting_f1 == 1


def test_the_official_script_forgets_findings_in_empty_videos():
    truths, named = [[at(0, 9), at(20, 29)], []], [["joy", "fear"], []]
    founds, given = [[at(0, 9), at(20, 29)], [at(5, 9)]], [["joy", "fear"], ["joy"]]
    assert strs(truths, named, founds, given).spotting_f1 == pytest.approx(0.8)
    official = strs(truths, named, founds, given, groups=[1, 1], compat="megc2025")
    assert official.spotting_f1 == 1


def test_the_official_script_takes_a_finding_twice():
    truths, named = [[at(0, 4), at(5, 9)]], [["joy", "fear"]]
    founds, given = [[at(0, 9)]], [["joy"]]
    assert strs(truths, named, founds, given).spotting_f1 == pytest.approx(2 / 3)
    assert strs(truths, named, founds, given, compat="megc2025").spotting_f1 == 1


def test_the_official_script_knows_no_single_class():
    lists = [[at(0, 9)]], [["joy"]], [[at(0, 9)]], [["joy"]]
    assert strs(*lists).strs == 1
    assert np.isnan(strs(*lists, compat="megc2025").strs)


def test_the_official_script_takes_precision_for_recall():
    truths, named = [[at(0, 9), at(20, 29), at(40, 49)]], [["joy", "joy", "fear"]]
    given = [["joy", "fear", "fear"]]
    right = strs(truths, named, truths, given)
    official = strs(truths, named, truths, given, compat="megc2025")
    assert official.recognition_f1 == pytest.approx((1 + 1 / 2) / 2)
    assert right.recognition_f1 == pytest.approx(0.75)  # recall (1/2, 1) is the same
    given = [["joy", "joy", "joy"]]
    right = strs(truths, named, truths, given)
    official = strs(truths, named, truths, given, compat="megc2025")
    assert official.recognition_f1 == pytest.approx(1 / 3)
    assert right.recognition_f1 == pytest.approx(2 * (1 / 3) * (1 / 2) / (5 / 6))
