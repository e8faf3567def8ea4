"""From clips to emotions: a detector, and a printed or learned table behind it."""

import numpy as np
import pytest
from coded_clips import coded_clips, features
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

from mefeat.evaluation import evaluate
from mefeat.facs import (
    ActionUnitDetector,
    ActionUnitEmotion,
    CooccurrenceTable,
    unit_matrix,
)

NUMBERS = (1, 2, 4, 6, 12)


def test_from_clip_to_emotion():
    clips = coded_clips()
    model = ActionUnitEmotion(
        ActionUnitDetector(features(), LogisticRegression(C=100.0)),
        CooccurrenceTable(),
    )
    names = clips.target_names[clips.target]
    model = clone(model).fit(clips.clips[:16], names[:16], units=clips.units[:16])
    assert model.predict(clips.clips[16:]).tolist() == names[16:].tolist()
    assert model.classes_.tolist() == ["happiness", "sadness"]


@pytest.mark.parametrize(
    ("mapping", "emotions"),
    [
        ("facs", ["happy", "sad", "others"]),
        ("compound", ["happy", "sadly fearful", "others"]),
        ("objective", ["I", "VII", "VII"]),
    ],
)
def test_printed_tables_need_no_emotions(mapping, emotions):
    X, units = np.eye(3), [{12}, {1, 4, 15}, set()]
    detector = ActionUnitDetector(classifier=LogisticRegression(C=1e4))
    model = ActionUnitEmotion(detector, mapping).fit(X, units=units)
    assert model.predict(X).tolist() == emotions
    assert set(emotions) <= set(model.classes_)


def test_a_frozen_detector_is_judged_without_units():
    clips = coded_clips()
    rows = features().fit_transform(clips.clips)
    detector = ActionUnitDetector(classifier=LogisticRegression(C=100.0))
    detector.fit(rows[:12], clips.units[:12])
    model = ActionUnitEmotion(FrozenEstimator(detector), CooccurrenceTable())
    y = clips.target_names[clips.target]
    result = evaluate(model, rows[12:], y[12:], clips.groups[12:])
    assert result.accuracy > 0.8


def test_the_whole_chain_is_fitted_in_every_fold():
    """Rows hold units and the subject; units of a fold's training clips reach it."""
    subjects, emotions = np.repeat(np.arange(4), 6), np.tile(["joy", "fear"], 12)
    sets = [{6, 12} if e == "joy" else {1, 2, 4} for e in emotions]
    shown = unit_matrix(sets, NUMBERS)
    seen = []

    class Watched(ActionUnitDetector):
        def fit(self, X, y, groups=None):
            seen.append((set(X[:, -1]), set(groups.tolist()), len(y)))
            return super().fit(X, y, groups)

    detector = Watched(classifier=LogisticRegression(C=100.0), units=NUMBERS)
    found = cross_val_predict(
        ActionUnitEmotion(detector, CooccurrenceTable()),
        np.c_[shown, subjects],
        emotions,
        groups=subjects,
        cv=LeaveOneGroupOut(),
        params={"units": shown, "groups": subjects},
    )
    assert found.tolist() == emotions.tolist()
    others = [set(range(4)) - {subject} for subject in range(4)]
    assert seen == [(names, names, 18) for names in others]


def test_what_the_chain_needs_is_said():
    detector = ActionUnitDetector()
    X, units = [[0.0], [1.0]], [{1}, {2}]
    with pytest.raises(ValueError, match="needs the action units of the clips"):
        ActionUnitEmotion(detector).fit(X, ["a", "b"])
    with pytest.raises(ValueError, match="mapping that learns needs emotions"):
        ActionUnitEmotion(detector, CooccurrenceTable()).fit(X, units=units)
    with pytest.raises(ValueError, match="mapping must be one of"):
        ActionUnitEmotion(detector, "ekman").fit(X, units=units)
