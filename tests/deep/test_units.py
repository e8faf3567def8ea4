"""Networks of action units: windows of frames, units as targets, scores."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score
from tiny_networks import needs_torch

from mefeat.clip import Clip
from mefeat.deep import ActionUnitNet, unit_scores
from mefeat.deep._units import positive_weights
from mefeat.testing import example_clips


def test_windows_lie_around_the_apex():
    frames = np.arange(20, dtype=np.uint8)[:, None, None, None] * np.ones(3, np.uint8)
    clip = Clip(np.ascontiguousarray(np.broadcast_to(frames, (20, 8, 8, 3))), apex=10)
    model = ActionUnitNet(size=(8, 8), n_frames=4, step=2)

    def shown(clip, rng=None):
        window = model._show(clip, rng)[0, :, 0, 0]
        return (window * 0.229 * 255 + 0.485 * 255).round().astype(int).tolist()

    assert shown(clip) == [6, 8, 10, 12]
    assert shown(clip.replace(apex=None)) == [5, 7, 9, 11]
    assert shown(clip.replace(apex=19)) == [15, 17, 19, 19]
    rng = np.random.default_rng(0)
    assert {shown(clip, rng)[2] for _ in range(60)} == {8, 9, 10, 11, 12}


@needs_torch
def test_units_are_given_as_a_matrix_or_as_sets():
    clips = example_clips(4, size=(32, 32), n_frames=4, color=True)
    model = ActionUnitNet(
        units=[4, 12],
        size=(32, 32),
        width=0.1,
        n_frames=2,
        epochs=1,
        validation_fraction=0,
        random_state=0,
    )
    sets = [{4}, {12, 6}, set(), {4, 12}]
    first = model.fit(clips, sets).predict_proba(clips)
    matrix = np.array([[1, 0], [0, 1], [0, 0], [1, 1]])
    np.testing.assert_array_equal(model.fit(clips, matrix).predict_proba(clips), first)
    assert model.predict(clips).dtype == bool and model.units_.tolist() == [4, 12]
    np.testing.assert_array_equal(model.predict(clips), first >= 0.5)
    model.set_params(units=None).fit(clips, sets)
    assert model.units_.tolist() == [4, 6, 12]
    with pytest.raises(ValueError, match="units must name"):
        model.fit(clips, matrix)


def test_positive_weights():
    shown = np.zeros((30, 4))
    shown[:10, 0] = shown[:1, 1] = shown[:, 3] = 1
    assert positive_weights(shown).tolist() == [2.0, 20.0, 1.0, 1.0]


def test_unit_scores_against_scikit_learn_and_by_hand(rng):
    shown = rng.random((40, 3)) < 0.3
    shown[:, 2] = False
    scores = rng.random((40, 3))
    table = unit_scores(shown, scores, [4, 12, 38])
    for column, unit in enumerate([4, 12]):
        own, row = shown[:, column], table.loc[unit]
        # By hand: the mean of the precision at each clip that shows the unit.
        order = np.argsort(-scores[:, column])
        ranked = own[order]
        precision = np.cumsum(ranked) / np.arange(1, 41)
        assert row["average_precision"] == pytest.approx(precision[ranked].mean())
        expected = average_precision_score(own, scores[:, column])
        assert row["average_precision"] == pytest.approx(expected)
        assert row["recall"] == (scores[own, column] >= 0.5).mean()
        assert row["accuracy"] == ((scores[:, column] >= 0.5) == own).mean()
        assert row["occurrence"] == own.mean()
    assert table.loc[38, "occurrence"] == 0
    assert np.isnan(table.loc[38, "average_precision"])
    pd.testing.assert_series_equal(
        table.loc["mean"], table.loc[[4, 12]].mean(), check_names=False
    )
    with pytest.raises(ValueError, match="a column for each of 2 units"):
        unit_scores(shown, scores, [4, 12])
