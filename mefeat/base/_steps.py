"""Base classes of stages and descriptors."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import get_tags

from mefeat.base._checks import apply_each, check_clips
from mefeat.clip import Clip


def is_stateless(estimator):
    """Tell whether an estimator learns nothing, all its parts included.

    Parameters
    ----------
    estimator : estimator
        A step, or a Pipeline, FeatureUnion or ClipPipeline of steps.

    Returns
    -------
    bool
        True if `transform` needs no `fit`.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import Normalizer, StandardScaler
    >>> is_stateless(make_pipeline(Normalizer()))
    True
    >>> is_stateless(make_pipeline(Normalizer(), StandardScaler()))
    False
    """
    if estimator is None or isinstance(estimator, str):
        return True
    # A Pipeline and a ClipPipeline have the one, a FeatureUnion has the other.
    for name in ("named_steps", "named_transformers"):
        if hasattr(estimator, name):
            return all(map(is_stateless, getattr(estimator, name).values()))
    return not get_tags(estimator).requires_fit


class _Stateless(TransformerMixin, BaseEstimator):
    """Fit only checks; transform works clip by clip.

    `revision` is part of the cache key: count it up when the results change.
    """

    revision = 1
    _parameter_constraints: dict = {}
    _kinds = Clip

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.target_tags.required = False
        tags.requires_fit = False
        return tags

    def fit(self, X, y=None):
        """Check parameters and clips; nothing is learned."""
        self._validate_params()
        check_clips(X, self._kinds)
        return self

    def _each(self, X, function):
        self._validate_params()
        return apply_each(function, X, self, self._kinds)


class Stage(_Stateless, auto_wrap_output_keys=()):
    """Base of steps that turn a clip into a clip: give it an `apply(clip)`.

    A class that states `by_frame = True` (its own, it is not inherited) has an `apply`
    that takes no more of `clip.frames` than their shape, one frame after the other, and
    what `Clip.warp`, `Clip.remap` and `Clip.at` make of them. What comes and goes
    between such steps at the beginning of a ClipPipeline is never held.
    """

    by_frame = False

    def transform(self, X):
        """Apply the stage to every clip.

        Parameters
        ----------
        X : list of Clip
            Clips.

        Returns
        -------
        list of Clip
            New clips.
        """
        return self._each(X, self.apply)

    def _stream(self, X):
        """Transform, but let the frames be made later where that is possible."""
        return self.transform(X)

    def fit_transform(self, X, y=None):
        """Check and apply.

        Parameters
        ----------
        X : list of Clip
            Clips.
        y : object, default=None
            Ignored.

        Returns
        -------
        list of Clip
            New clips.
        """
        return self.transform(X)

    def set_output(self, *, transform=None):
        """Do nothing: clips stay clips, whatever container rows are put in.

        Parameters
        ----------
        transform : object, default=None
            Ignored.

        Returns
        -------
        self : object
            The same object.
        """
        return self

    def get_feature_names_out(self, input_features=None):
        """Pass names through.

        Parameters
        ----------
        input_features : object, default=None
            What came.

        Returns
        -------
        object
            The same.
        """
        return input_features


class Descriptor(_Stateless):
    """Base of descriptors, which turn a clip into a row of numbers.

    A subclass gives `describe(clip)`, which returns a 1-D float64 array, and
    `feature_names()`, a list of as many names. With `per_channel = True` an RGB clip is
    described channel by channel: `describe` then only meets gray clips.
    """

    per_channel = False

    def fit(self, X, y=None):
        """Check parameters and clips, and note the number of channels for the names.

        Parameters
        ----------
        X : list of Clip
            Clips.
        y : object, default=None
            Ignored.

        Returns
        -------
        self : object
            The same object.
        """
        super().fit(X)
        self.n_channels_ = 1 if X[0].frames.ndim == 3 else 3
        return self

    def transform(self, X):
        """Describe every clip.

        Parameters
        ----------
        X : list of Clip
            Clips.

        Returns
        -------
        ndarray of shape (n_clips, n_features)
            One row per clip, float64.
        """
        rows = self._each(X, self._row)
        lengths = {len(row) for row in rows}
        if len(lengths) > 1:
            raise ValueError(
                f"{type(self).__name__} gave rows of {sorted(lengths)} numbers: the "
                "clips must all be gray or all RGB."
            )
        return np.stack(rows)

    def get_feature_names_out(self, input_features=None):
        """Name the numbers of a row.

        Parameters
        ----------
        input_features : object, default=None
            Ignored.

        Returns
        -------
        ndarray of str
            One name per column.
        """
        names = self.feature_names()
        if self.per_channel and getattr(self, "n_channels_", 1) == 3:
            names = [f"channel{c}_{name}" for c in range(3) for name in names]
        return np.asarray(names, dtype=object)

    def _row(self, clip):
        if not self.per_channel or clip.frames.ndim == 3:
            return self.describe(clip)
        channels = [clip.replace(frames=clip.frames[..., c]) for c in range(3)]
        return np.concatenate([self.describe(channel) for channel in channels])


class SequenceDescriptor(_Stateless, auto_wrap_output_keys=()):
    """Base of steps that turn a clip into atoms: give it a `describe(clip)`."""

    def transform(self, X):
        """Describe every clip by its atoms.

        Parameters
        ----------
        X : list of Clip
            Clips.

        Returns
        -------
        list of ndarray of shape (n_atoms, n_features)
            One array per clip, float64.
        """
        return self._each(X, self.describe)
