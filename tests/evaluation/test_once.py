"""What of an estimator runs once for all folds, what in each, and what it is given."""

import joblib
import numpy as np
import pandas as pd
import pytest
from rows import make_rows
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.model_selection import (
    GridSearchCV,
    LeaveOneGroupOut,
    cross_val_predict,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer, StandardScaler

from mefeat import Clip, ClipPipeline
from mefeat.base import Descriptor, Stage
from mefeat.evaluation import evaluate
from mefeat.model_selection import SubjectKFold


class Counting(TransformerMixin, BaseEstimator):
    """Stateless or not; counts its transforms in a list that clones share."""

    calls = []

    def __init__(self, requires_fit=False):
        self.requires_fit = requires_fit

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = self.requires_fit
        return tags

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        self.calls.append(len(X))
        return X


class Recorder(ClassifierMixin, BaseEstimator):
    """Predicts the first class and keeps what groups it was given."""

    seen = []

    def fit(self, X, y, groups=None):
        self.classes_ = np.unique(y)
        self.seen.append(groups)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


class Brighten(Stage):
    def apply(self, clip):
        return clip.replace(frames=clip.frames.astype(np.float32) + 1)


class MeanLight(Descriptor):
    def describe(self, clip):
        return np.array([clip.frames.mean(), float(len(clip.frames))])

    def feature_names(self):
        return ["mean", "n_frames"]


def test_the_stateless_prefix_runs_once_and_the_rest_in_every_fold():
    X, y, groups = make_rows()
    Counting.calls.clear()
    model = make_pipeline(Counting(), FunctionTransformer(), KNeighborsClassifier())
    result = evaluate(model, X, y, groups)
    assert Counting.calls == [48]
    Counting.calls.clear()
    model = make_pipeline(StandardScaler(), Counting(), KNeighborsClassifier())
    learned = evaluate(model, X, y, groups)
    assert Counting.calls == [40, 8] * 6
    Counting.calls.clear()
    evaluate(make_pipeline(Counting(True), KNeighborsClassifier()), X, y, groups)
    assert Counting.calls == [40, 8] * 6
    expected = cross_val_predict(
        KNeighborsClassifier(), X, y, groups=groups, cv=LeaveOneGroupOut()
    )
    np.testing.assert_array_equal(result.predictions["predicted"], expected)
    assert not hasattr(model[0], "mean_") and len(learned.predictions) == 48


@pytest.mark.filterwarnings("ignore:every clip was predicted")
@pytest.mark.parametrize("wrap", [False, True])
def test_the_last_step_is_given_the_training_subjects(wrap):
    X, y, groups = make_rows()
    Recorder.seen.clear()
    model = make_pipeline(StandardScaler(), Recorder()) if wrap else Recorder()
    evaluate(make_pipeline(FunctionTransformer(), model), X, y, groups)
    for i, seen in enumerate(Recorder.seen):
        np.testing.assert_array_equal(seen, groups[groups != f"s{i:02d}"])
    assert len(Recorder.seen) == 6


def test_clips_of_every_kind_of_prefix():
    rng = np.random.default_rng(0)
    y, groups = np.tile(["dark", "light"], 6), np.repeat([1, 2, 3], 4)
    clips = [
        Clip(frames=rng.integers(0, 50, (4, 6, 6), np.uint8) + np.uint8(100 * (i % 2)))
        for i in range(12)
    ]
    features = [
        make_pipeline(Brighten(), MeanLight(), KNeighborsClassifier(1)),
        make_pipeline(ClipPipeline([Brighten(), MeanLight()]), KNeighborsClassifier(1)),
    ]
    for model in features:
        result = evaluate(model, clips, y, groups, n_jobs=2)
        assert result.accuracy == 1
        assert result.settings["n_subjects"] == 3


def test_data_frames_keep_their_names():
    X, y, groups = make_rows()
    frame = pd.DataFrame(X, columns=list("abcde"), index=np.arange(100, 148))
    scaler = StandardScaler().set_output(transform="pandas")
    model = make_pipeline(scaler, KNeighborsClassifier())
    named = evaluate(model, frame, pd.Series(y), pd.Series(groups))
    bare = evaluate(model, X, y, groups)
    pd.testing.assert_frame_equal(named.predictions, bare.predictions)


class Repeated(BaseEstimator):
    """A sampler as of imbalanced-learn: repeats the clips of the smaller classes."""

    seen = []

    def fit_resample(self, X, y):
        classes, counts = np.unique(y, return_counts=True)
        places = np.concatenate(
            [np.resize(np.flatnonzero(y == label), counts.max()) for label in classes]
        )
        self.seen.append(len(places))
        return X[places], y[places]


class Resampling(Pipeline):
    """The least of the pipeline of imbalanced-learn."""

    def fit(self, X, y=None, **parameters):
        for _, step in self.steps[:-1]:
            if hasattr(step, "fit_resample"):
                X, y = step.fit_resample(X, y)
            else:
                X = step.fit_transform(X, y)
        self.steps[-1][1].fit(X, y, **parameters)
        return self

    def predict(self, X):
        for _, step in self.steps[:-1]:
            if hasattr(step, "transform"):
                X = step.transform(X)
        return self.steps[-1][1].predict(X)


def _unequal_rows():
    X, y, groups = make_rows()
    kept = (y != "joy") | (np.arange(48) % 3 == 0)
    return X[kept], y[kept], groups[kept]


@pytest.mark.parametrize("nested", [False, True])
def test_resampling_is_for_the_training_clips_of_each_fold(nested):
    X, y, groups = _unequal_rows()
    Counting.calls.clear()
    Repeated.seen.clear()
    steps = [("again", Repeated()), ("knn", KNeighborsClassifier(3))]
    if nested:
        model = make_pipeline(Counting(), Resampling(steps))
    else:
        model = Resampling([("count", Counting()), *steps])
    result = evaluate(model, X, y, groups)
    assert Counting.calls == [len(X)]
    expected, sizes = np.empty_like(y), []
    for train, test in LeaveOneGroupOut().split(X, y, groups):
        rows, known = Repeated().fit_resample(X[train], y[train])
        sizes.append(len(rows))
        found = KNeighborsClassifier(3).fit(rows, known).predict(X[test])
        expected[test] = found
    assert Repeated.seen == sizes * 2
    np.testing.assert_array_equal(result.predictions["predicted"], expected)


def test_resampling_before_a_search():
    X, y, groups = _unequal_rows()
    search = GridSearchCV(
        KNeighborsClassifier(), {"n_neighbors": [3]}, scoring="accuracy"
    )
    model = Resampling([("again", Repeated()), ("search", search)])
    with pytest.raises(ValueError, match="'again' resamples clips before the search"):
        evaluate(model, X, y, groups)
    with pytest.raises(ValueError, match="'again' resamples.*training clips"):
        evaluate(model, X, y, groups, transductive=True)
    chosen = evaluate(model, X, y, groups, selection="oracle")
    inside = Resampling([("again", Repeated()), ("knn", KNeighborsClassifier(3))])
    alone = evaluate(inside, X, y, groups)
    np.testing.assert_array_equal(
        chosen.predictions["predicted"], alone.predictions["predicted"]
    )


def test_a_pipeline_of_imbalanced_learn():
    pytest.importorskip("imblearn")
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline as make_resampling

    X, y, groups = _unequal_rows()
    smote = SMOTE(k_neighbors=1, random_state=0)
    model = make_resampling(Normalizer(), smote, KNeighborsClassifier(3))
    found = evaluate(model, X, y, groups).predictions["predicted"]
    expected = cross_val_predict(model, X, y, groups=groups, cv=LeaveOneGroupOut())
    np.testing.assert_array_equal(found, expected)
    grid = {"kneighborsclassifier__n_neighbors": [1, 3]}
    search = GridSearchCV(model, grid, cv=SubjectKFold())
    assert 0 < evaluate(search, X, y, groups).accuracy < 1


def test_tables_of_clips_are_judged_as_lists_are(tmp_path):
    y, groups = np.tile(["dark", "light"], 6), np.repeat([1, 2, 3], 4)
    clips = [
        Clip(frames=np.full((4, 6, 6), 100 + i % 2 * 9, np.uint8)) for i in range(12)
    ]
    model = make_pipeline(ClipPipeline([MeanLight()]), KNeighborsClassifier(1))
    expected = evaluate(model, clips, y, groups).predictions
    table = pd.DataFrame({"clip": clips})
    for X in (table, table["clip"], table.to_numpy()):
        found = evaluate(model, X, y, groups, memory=tmp_path)
        pd.testing.assert_frame_equal(found.predictions, expected)


def test_processes_of_the_other_backend():
    X, y, groups = make_rows()
    expected = evaluate(KNeighborsClassifier(), X, y, groups).predictions
    with joblib.parallel_config(backend="multiprocessing", n_jobs=2):
        found = evaluate(KNeighborsClassifier(), X, y, groups).predictions
    pd.testing.assert_frame_equal(found, expected)
