"""The check for leaks: it accuses what leaks, and nothing else."""

import numpy as np
import pytest
from rows import make_rows
from sklearn.dummy import DummyClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mefeat import Clip, ClipPipeline
from mefeat.base import Descriptor
from mefeat.evaluation import LeakError, check_no_leak, evaluate
from mefeat.evaluation._leaks import _p_above
from mefeat.model_selection import PolySVCSearch

X, Y, GROUPS = make_rows(n_clips=60)
WIDE = np.hstack([X, np.random.default_rng(0).normal(size=(60, 200))])
NEAREST = KNeighborsClassifier()
SEARCH = PolySVCSearch(degree=(2,), coef0=(1,), gamma=(0.1,), C=(1, 10))


class Memory(KNeighborsClassifier):
    """Remembers, over all its clones, the class of every row it was ever fitted to."""

    seen = {}

    def fit(self, X, y):
        rows = [row.tobytes() for row in X]
        self.seen.update(zip(rows, y, strict=True))
        return super().fit(X, y)

    def predict(self, X):
        guesses = super().predict(X)
        pairs = zip(X, guesses, strict=True)
        return np.array([self.seen.get(row.tobytes(), guess) for row, guess in pairs])


class Light(Descriptor):
    runs = 0

    def describe(self, clip):
        Light.runs += 1
        return np.array([float(clip.frames.mean())])

    def feature_names(self):
        return ["light"]


def failed(report):
    return report.checks.index[~report.checks["passed"]].tolist()


def checked(estimator, X=X, **options):
    return check_no_leak(estimator, X, Y, GROUPS, raise_on_leak=False, **options)


def select_before(X, y, groups):
    """The mistake: features chosen by the classes of all clips."""
    return evaluate(NEAREST, SelectKBest(k=5).fit_transform(X, y), y, groups)


def select_within(X, y, groups):
    return evaluate(make_pipeline(SelectKBest(k=5), NEAREST), X, y, groups)


@pytest.mark.parametrize(
    "estimator",
    [
        NEAREST,
        LogisticRegression(),
        make_pipeline(StandardScaler(), SelectKBest(k=3), NEAREST),
        DummyClassifier(strategy="most_frequent"),
        GridSearchCV(NEAREST, {"n_neighbors": [1, 3]}, cv=GroupKFold(3)),
        make_pipeline(StandardScaler(), SEARCH),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_the_honest_pass(estimator):
    report = check_no_leak(estimator, X, Y, GROUPS, n_repeats=4)
    assert report.passed and "no leak found" in repr(report)
    assert len(report.permuted) == 4


@pytest.mark.parametrize("seed", range(5))
def test_rows_that_tell_nothing_pass_with_every_seed(seed):
    rows = np.random.default_rng(seed).normal(size=(60, 4))
    assert checked(KNeighborsClassifier(3), rows, random_state=seed).passed


def test_features_chosen_before_the_split_are_found():
    report = checked(select_before, WIDE)
    assert failed(report) == ["permuted classes"]
    assert report.permuted["score"].mean() > report.permuted["chance"].mean() + 0.1
    assert report.p_value < 0.001
    honest = checked(select_within, WIDE)
    assert honest.passed
    assert honest.checks.index.tolist() == ["subjects of the folds", "permuted classes"]


def test_an_estimator_that_remembers_held_out_rows_is_found():
    Memory.seen.clear()
    assert failed(checked(Memory())) == ["permuted classes"]


@pytest.mark.parametrize("protocol", ["lovo", "kfold", StratifiedKFold(3)])
def test_subjects_on_both_sides_of_a_fold_are_found(protocol):
    report = checked(NEAREST, protocol=protocol, n_repeats=3)
    assert "subjects of the folds" in failed(report)
    assert "subject s00 and others on both sides in" in str(report)


def test_an_experiment_that_splits_subjects_is_found():
    def experiment(X, y, groups):
        return evaluate(NEAREST, X, y, groups, protocol="kfold")

    report = checked(experiment, n_repeats=3)
    assert failed(report) == ["subjects of the folds"]
    assert "subject s00 is held out in parts, in" in str(report)


@pytest.mark.parametrize(
    "search",
    [
        PolySVCSearch((2,), (1,), (0.1,), (1, 10), cv=StratifiedKFold(3)),
        GridSearchCV(NEAREST, {"n_neighbors": [1, 3]}),
        GridSearchCV(NEAREST, {"n_neighbors": [1, 3]}, cv=3),
    ],
)
@pytest.mark.filterwarnings("ignore:The groups parameter is ignored")
def test_subjects_on_both_sides_of_an_inner_fold_are_found(search):
    report = checked(search, n_repeats=3)
    assert "subjects of the inner folds" in failed(report)
    assert "subjects of the folds" not in failed(report)


def test_parts_that_arrive_fitted_are_found():
    chosen = FrozenEstimator(SelectKBest(k=5).fit(WIDE, Y))
    report = checked(make_pipeline(chosen, NEAREST), WIDE)
    assert failed(report) == ["parts that arrive fitted"]
    assert "'frozenestimator' fitted before any split" in str(report)


def test_what_is_marked_is_no_honest_judgement():
    report = checked(SEARCH, selection="oracle", n_repeats=3)
    assert "held-out clips" in failed(report) and "† parameters" in str(report)
    model = make_pipeline(StandardScaler(), NEAREST)
    report = checked(model, transductive=True, n_repeats=3)
    assert failed(report) == ["held-out clips"] and "‡ steps" in str(report)


def test_a_leak_is_raised_with_the_report():
    with pytest.raises(LeakError, match="leak found: subjects of the folds") as caught:
        check_no_leak(NEAREST, X, Y, GROUPS, protocol="lovo", n_repeats=3)
    assert not caught.value.report.passed
    assert isinstance(caught.value, AssertionError)


def test_steps_that_learn_nothing_run_once_for_all_repetitions():
    rng = np.random.default_rng(0)
    clips = [Clip(rng.integers(0, 255, (3, 4, 4), np.uint8)) for _ in range(20)]
    y, groups = np.tile([0, 1], 10), np.repeat(np.arange(5), 4)
    model = make_pipeline(ClipPipeline([Light()]), KNeighborsClassifier(1))
    Light.runs = 0
    check_no_leak(model, clips, y, groups, n_repeats=3)
    assert Light.runs == 20


def test_the_check_is_seeded_and_takes_other_scores():
    one, two = (checked(NEAREST, score="accuracy", n_repeats=3) for _ in range(2))
    assert one.permuted.equals(two.permuted)
    other = checked(NEAREST, score="accuracy", n_repeats=3, random_state=1)
    assert not one.permuted.equals(other.permuted)
    assert one.settings["score"] == "accuracy"
    with pytest.raises(ValueError, match="score must be one of .* got 'f1'"):
        checked(NEAREST, score="f1")
    with pytest.raises(ValueError, match="n_repeats must be at least 3, got 1"):
        checked(NEAREST, n_repeats=1)


def test_p_values_of_means_that_do_not_stray():
    assert _p_above(np.full(5, 0.3)) == 0
    assert _p_above(np.zeros(5)) == 1
    assert _p_above(np.full(5, -0.3)) == 1
    # Mean 1 and standard error 1 of three numbers: t of 1 with 2 degrees of freedom.
    differences = 1 + np.sqrt(3) * np.array([-1.0, 0, 1])
    assert _p_above(differences) == pytest.approx(0.5 - 1 / np.sqrt(12), abs=1e-12)
