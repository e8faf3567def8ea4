"""What of an estimator runs once for all folds, what in each, and what it is given."""

import numpy as np
import pandas as pd
import pytest
from rows import make_rows
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from mefeat import Clip, ClipPipeline
from mefeat.base import Descriptor, Stage
from mefeat.evaluation import evaluate


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
