"""A table of units and emotions that is learned: planted, recovered, personal."""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from mefeat.facs import CooccurrenceTable, unit_matrix

PLANTED = {
    "happy": (6, 12),
    "sad": (1, 4, 15),
    "fear": (1, 2, 4),
    "surprise": (1, 2, 5),
    "disgust": (9, 10),
}
NUMBERS = (1, 2, 4, 5, 6, 9, 10, 12, 15, 17)


@parametrize_with_checks([CooccurrenceTable()])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def planted(n_per_class, missing=0.1, extra=0.05, seed=0):
    """Draw units of clips whose emotions stand for sets of units."""
    rng = np.random.default_rng(seed)
    y = np.repeat(list(PLANTED), n_per_class)
    X = unit_matrix([PLANTED[emotion] for emotion in y], NUMBERS)
    X = np.where(X, rng.random(X.shape) >= missing, rng.random(X.shape) < extra)
    return X, y


def test_the_table_recovers_a_planted_mapping():
    table = CooccurrenceTable().fit(*planted(40))
    for emotion, rows in table.table(NUMBERS).items():
        # Clear of doubt: all three of a set of three appear in .9 ** 3 of the clips.
        assert PLANTED[emotion] in [units for units, _ in rows]
    X, y = planted(40, seed=1)
    assert (table.predict(X) == y).mean() > 0.85
    assert table.frequency_.shape == (5, len(table.sets_))


def test_without_noise_the_largest_sets_are_the_mapping():
    table = CooccurrenceTable().fit(*planted(3, missing=0, extra=0))
    found = {emotion: rows[0] for emotion, rows in table.table(NUMBERS).items()}
    assert found == {e: (tuple(sorted(u)), 1.0) for e, u in PLANTED.items()}


def test_size_of_classes_does_not_speak_for_them():
    X = [[1, 1]] * 2 + [[1, 0]] * 20
    table = CooccurrenceTable(threshold=0.5).fit(X, ["rare"] * 2 + ["common"] * 20)
    assert table.predict([[1, 1], [1, 0], [0, 0]]).tolist() == [
        *("rare", "common", "common"),
    ]


def test_personalized_thresholds_fit_one_person():
    """All show 12 in joy and often 6; one person shows 6 whatever they feel."""
    X = [[1, 1]] * 6 + [[0, 1]] * 4 + [[0, 0]] * 11
    table = CooccurrenceTable().fit(X, ["joy"] * 10 + ["none"] * 11)
    own_X, own_y = [[1, 1], [1, 1], [1, 0], [1, 0]], ["joy", "joy", "none", "none"]
    person = table.personalize(own_X, own_y)
    assert table.predict(own_X).tolist() == ["joy"] * 4
    assert person.predict(own_X).tolist() == own_y
    assert (person.frequency_ == table.frequency_).all()
    with pytest.raises(ValueError, match=r"among \['joy', 'none'\], got 'awe'"):
        table.personalize(own_X, ["joy", "joy", "none", "awe"])


def test_sets_that_are_too_rare_leave_the_largest_class():
    table = CooccurrenceTable(min_clips=5).fit([[1], [0], [0]], ["a", "b", "b"])
    assert table.sets_ == []
    assert table.predict([[1], [0]]).tolist() == ["b", "b"]


def test_names_of_units_must_be_as_many_as_columns():
    table = CooccurrenceTable().fit(*planted(3))
    with pytest.raises(ValueError, match="must name 10 units, got 2"):
        table.table([1, 2])
