"""Spotting and recognition in one estimator."""

from typing import NamedTuple

from sklearn.base import BaseEstimator, clone

from mefeat.clip import ClipFile, Interval
from mefeat.video import read_clip


class Recognized(NamedTuple):
    """An expression in a long video, and what it is.

    Parameters
    ----------
    interval : Interval
        Where it is.
    label : object
        Its class.
    """

    interval: Interval
    label: object


class SpotThenRecognize(BaseEstimator):
    """Find the expressions in long videos and tell what they are.

    Parameters
    ----------
    spotter : object
        What has a `fit(X, y)` for videos and their intervals, and `predict(X)`, for
        example a `Spotter`.
    classifier : estimator
        What classifies clips: a Pipeline from clips to classes.

    Attributes
    ----------
    spotter_, classifier_ : object
        The fitted ones.
    classes_ : ndarray
        The classes.

    See Also
    --------
    spot_then_recognize_score : The score of its results.

    Notes
    -----
    The classifier learns from the true intervals; what is found later is cut with
    onset, apex and offset as key frames. A file is decoded once for spotting, and each
    interval once more.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from mefeat.spotting import Spotter
    >>> both = SpotThenRecognize(Spotter(), DummyClassifier())
    >>> both.get_params()["spotter__min_z"]
    6.0
    """

    def __init__(self, spotter, classifier):
        self.spotter = spotter
        self.classifier = classifier

    def fit(self, X, y, classes):
        """Fit the spotter to videos, and the classifier to the expressions in them.

        Parameters
        ----------
        X : list of Clip, ClipFile or path
            Videos.
        y : list of list of Interval
            The expressions of each.
        classes : list of list
            Their classes.

        Returns
        -------
        self : object
            The same object.

        Raises
        ------
        ValueError
            If classes do not fit the intervals, or there are none.
        """
        if not len(X) == len(y) == len(classes):
            raise ValueError(
                f"fit needs as many lists of intervals and of classes as videos, got "
                f"{len(X)}, {len(y)} and {len(classes)}."
            )
        clips, labels = [], []
        for video, (source, intervals, names) in enumerate(
            zip(X, y, classes, strict=True)
        ):
            if len(intervals) != len(names):
                raise ValueError(
                    f"X[{video}] has {len(intervals)} intervals and {len(names)} "
                    "classes."
                )
            clips += cut_intervals(source, intervals)
            labels += list(names)
        if not clips:
            raise ValueError("there is no expression to learn from.")
        self.spotter_ = clone(self.spotter).fit(X, y)
        self.classifier_ = clone(self.classifier).fit(clips, labels)
        self.classes_ = self.classifier_.classes_
        return self

    def predict(self, X):
        """Find expressions and classify them.

        Parameters
        ----------
        X : list of Clip, ClipFile or path
            Videos.

        Returns
        -------
        list of list of Recognized
            Intervals and classes of each video, in order of time.
        """
        results = []
        for source, intervals in zip(X, self.spotter_.predict(X), strict=True):
            clips = cut_intervals(source, intervals)
            labels = self.classifier_.predict(clips) if clips else []
            results.append(
                [Recognized(i, c) for i, c in zip(intervals, labels, strict=True)]
            )
        return results


def cut_intervals(source, intervals):
    """Cut clips out of a video."""
    return [_cut(source, interval) for interval in intervals]


def _cut(source, interval):
    first, last = interval.onset, interval.offset
    keys = {"onset": 0, "apex": interval.apex - first, "offset": last - first}
    if hasattr(source, "frames"):
        landmarks = source.landmarks
        return source.replace(
            frames=source.frames[first : last + 1],
            landmarks=None if landmarks is None else landmarks[first : last + 1],
            **keys,
        )
    file = source if isinstance(source, ClipFile) else ClipFile(source)
    begin = 0 if file.span is None else file.span[0]
    part = ClipFile(
        file.path,
        **keys,
        fps=file.fps,
        roi=file.roi,
        span=(begin + first, begin + last),
        landmarks=file.landmarks,
    )
    return read_clip(part)
