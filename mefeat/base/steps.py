"""What stages and descriptors share: checks and base classes."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from mefeat.clip import Clip, ClipFile


def check_clips(X, kinds=Clip):
    """Check that X is a list of clips.

    Parameters
    ----------
    X : iterable of Clip
        What to check.
    kinds : type or union of types, default=Clip
        What its items may be.

    Returns
    -------
    list
        The items.

    Raises
    ------
    TypeError
        If X or one of its items is of another kind.
    ValueError
        If X is empty.

    Examples
    --------
    >>> check_clips([0])
    Traceback (most recent call last):
    TypeError: X[0] must be a Clip, got int.
    """
    if isinstance(X, Clip | ClipFile | str):
        raise TypeError(f"X must be a list of clips, got a single {type(X).__name__}.")
    try:
        X = list(X)
    except TypeError:
        kind = type(X).__name__
        raise TypeError(f"X must be a list of clips, got {kind}.") from None
    if not X:
        raise ValueError("X must hold at least one clip, got none.")
    for i, clip in enumerate(X):
        if not isinstance(clip, kinds):
            hint = ": put a Read step first" if isinstance(clip, ClipFile) else ""
            raise TypeError(f"X[{i}] must be a Clip, got {type(clip).__name__}{hint}.")
    return X


def apply_each(function, X, owner, kinds=Clip):
    """Apply a function to every clip; an error says in which one it was raised.

    Parameters
    ----------
    function : callable
        Takes a clip.
    X : iterable of Clip
        Clips.
    owner : object
        The step that the function is part of.
    kinds : type or union of types, default=Clip
        What the items of X may be.

    Returns
    -------
    list
        What the function gave.

    Raises
    ------
    TypeError
        If X or one of its items is of another kind.
    ValueError
        If X is empty.
    """
    X, results = check_clips(X, kinds), []
    for i, clip in enumerate(X):
        try:
            results.append(function(clip))
        except Exception as error:
            if len(X) > 1:  # otherwise whoever calls knows better which it is
                error.add_note(f"while X[{i}], {clip!r}, was in {owner!r}")
            raise
    return results


def need(clip, field, owner, step):
    """Get a field that a step cannot do without.

    Parameters
    ----------
    clip : Clip
        The clip.
    field : str
        Name of the field.
    owner : object or str
        The stage or descriptor that asks, or the name of a function.
    step : str
        What would provide the field, for the message.

    Returns
    -------
    object
        The field's value.

    Raises
    ------
    ValueError
        If the clip lacks it.
    """
    value = getattr(clip, field)
    if value is None:
        name = owner if isinstance(owner, str) else type(owner).__name__
        what = "optical flow" if field == "flow" else field
        raise ValueError(f"{name} needs the {what} of each clip: {step}.")
    return value


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
        """Check parameters and clips; nothing is learned.

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
        self._validate_params()
        check_clips(X, self._kinds)
        return self

    def _each(self, X, function):
        self._validate_params()
        return apply_each(function, X, self, self._kinds)


class Stage(_Stateless, auto_wrap_output_keys=()):
    """Base of steps that turn a clip into a clip: give it an `apply(clip)`."""

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
