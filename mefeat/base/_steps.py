"""Stages and descriptors: their base classes, and checks of what they are given."""

import operator
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from mefeat.base._sklearn_compat import Interval, StrOptions
from mefeat.clip import Clip, ClipFile

# A longer side of an image is a mistake, and would fill the memory.
LARGEST_SIDE = 8192


def whole(at_least, at_most=None):
    """Constrain a parameter to whole numbers."""
    closed = "left" if at_most is None else "both"
    return Interval(Integral, at_least, at_most, closed=closed)


def number(low, high=None, *, closed="left"):
    """Constrain a parameter to numbers of a range."""
    return Interval(Real, low, high, closed=closed)


def choice(names):
    """Constrain a parameter to some names."""
    return StrOptions(set(names))


def checked_size(size):
    """Check the size of an image."""
    size = tuple(operator.index(n) for n in size)
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"size must be (height, width) in pixels, got {size}.")
    if max(size) > LARGEST_SIDE:
        raise ValueError(f"size must be at most {LARGEST_SIDE} pixels, got {size}.")
    return size


def check_clips(X, kinds=Clip):
    """Check that X is a list of clips.

    Parameters
    ----------
    X : iterable of Clip
        What to check: a list, tuple, Series or array of objects, or a DataFrame or
        array of one column.
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
    if len(getattr(X, "shape", ())) > 1:
        X = _only_column(X)
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


def _only_column(X):
    """Take the clips out of a table of one column, such as a DataFrame."""
    if len(X.shape) != 2 or X.shape[1] != 1:
        raise TypeError(
            f"X must be a list of clips, or a table with one column of them, got "
            f"{type(X).__name__} of shape {tuple(X.shape)}."
        )
    return X.iloc[:, 0] if hasattr(X, "iloc") else np.asarray(X, dtype=object)[:, 0]


def apply_each(function, X, owner, kinds=Clip):
    """Apply a function to every clip; an error says in which one it was raised."""
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


# How far from the image landmarks may lie, in lengths of its longer side.
_FAR = 10


def need_landmarks(clip, owner, step):
    """Get the landmarks that a step cannot do without, all of them known.

    Parameters
    ----------
    clip : Clip
        The clip.
    owner : object or str
        The stage or descriptor that asks, or the name of a function.
    step : str
        What would provide landmarks, for the message.

    Returns
    -------
    ndarray of shape (n_frames, n_landmarks, 2)
        Points (x, y), pixels.

    Raises
    ------
    ValueError
        If the clip lacks them, a point is not finite or lies nowhere near the image.

    Examples
    --------
    >>> clip = Clip(np.zeros((1, 9, 9), np.uint8), landmarks=[[[4.0, 1e30]]])
    >>> need_landmarks(clip, "Align", "")
    Traceback (most recent call last):
    ValueError: Align needs landmarks near the image, got (4, 1e+30) for point 0 ...
    """
    points = need(clip, "landmarks", owner, step)
    reach = (1 + _FAR) * max(clip.frames.shape[1:3])
    near = (np.abs(points) <= reach).all(axis=2)
    if near.all():
        return points
    name = owner if isinstance(owner, str) else type(owner).__name__
    t, point = np.argwhere(~near)[0]
    x, y = points[t, point]
    where = f"got ({x:g}, {y:g}) for point {point} of frame {t} in {clip!r}"
    if np.isfinite([x, y]).all():
        raise ValueError(f"{name} needs landmarks near the image, {where}.")
    raise ValueError(
        f"{name} needs finite landmarks, {where}: FaceLandmarks("
        "on_missing='interpolate') fills frames without a face."
    )


def need_apex(clip, owner, step):
    """Get the apex, which must differ from the onset to show anything.

    Parameters
    ----------
    clip : Clip
        The clip; its first frame stands for a missing onset.
    owner : object or str
        The stage or descriptor that asks, or the name of a function.
    step : str
        What would provide the apex, for the message.

    Returns
    -------
    int
        Index of the frame.

    Raises
    ------
    ValueError
        If the clip lacks it, or it is the onset.

    Examples
    --------
    >>> clip = Clip(np.zeros((9, 9, 9), np.uint8), onset=3, apex=3)
    >>> need_apex(clip, "BiWOOF", "")
    Traceback (most recent call last):
    ValueError: BiWOOF needs an apex after the onset, got frame 3 for both in Clip(...
    """
    apex = need(clip, "apex", owner, step)
    if len(clip.frames) > 1 and not has_apex(clip):
        name = owner if isinstance(owner, str) else type(owner).__name__
        raise ValueError(
            f"{name} needs an apex after the onset, got frame {apex} for both in "
            f"{clip!r}: ApexFinder finds another."
        )
    return apex


def has_apex(clip):
    """Say whether a clip has an apex that is not its onset.

    Parameters
    ----------
    clip : Clip
        The clip; its first frame stands for a missing onset.

    Returns
    -------
    bool
        True if the apex lies after the onset.

    Examples
    --------
    >>> frames = np.zeros((9, 9, 9), np.uint8)
    >>> has_apex(Clip(frames, apex=0)), has_apex(Clip(frames, onset=0, apex=4))
    (False, True)
    """
    return clip.apex is not None and clip.apex > (clip.onset or 0)


def pairs_from_first(clip):
    """Pair the first frame with each later one."""
    later = np.arange(1, len(clip.frames))
    return np.stack([0 * later, later], axis=1)


def pairs_from_previous(clip):
    """Pair each frame with the next."""
    later = np.arange(1, len(clip.frames))
    return np.stack([later - 1, later], axis=1)


def pair_to_apex(clip):
    """Pair the onset with the apex."""
    onset = 0 if clip.onset is None else clip.onset
    return np.array([[onset, clip.apex]])


PAIRS = {
    "first": pairs_from_first,
    "previous": pairs_from_previous,
    "apex": pair_to_apex,
}


_MEANING = {
    "first": "of the first frame and each later one",
    "previous": "of each frame and the next",
    "apex": "of the onset and the apex",
}


def need_flow(clip, owner, pairs=None):
    """Get the flow that a descriptor cannot do without.

    Parameters
    ----------
    clip : Clip
        The clip.
    owner : object
        The descriptor that asks.
    pairs : {"first", "previous", "apex"}, default=None
        The pairs it needs, as for `OpticalFlow`; by default any will do.

    Returns
    -------
    ndarray of shape (n_pairs, 2, height, width)
        The flow.

    Raises
    ------
    ValueError
        If the clip has no flow, or that of other pairs, or no apex after the onset
        where the apex is needed.

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> need_flow(example_clips(1)[0], "HOOF").shape
    (11, 2, 72, 64)
    """
    name = type(owner).__name__
    if pairs == "apex":
        need_apex(clip, owner, "give it or put an apex finder before OpticalFlow")
    step = "OpticalFlow" if pairs is None else f'OpticalFlow(to="{pairs}")'
    flow = need(clip, "flow", owner, f"put an {step} step before it")
    if len(flow) == 0:
        raise ValueError(f"{name} needs the flow of at least one pair of frames.")
    if pairs is not None and not np.array_equal(clip.flow_pairs, PAIRS[pairs](clip)):
        first = clip.flow_pairs[:2].tolist()
        raise ValueError(
            f"{name} needs the flow {_MEANING[pairs]}: put an {step} step before it. "
            f"It got the flow of {len(flow)} pairs that begin with {first}."
        )
    return flow


def checked_flow(flow):
    """Check the shape of a flow and give it its dtype."""
    flow = np.asarray(flow)
    if flow.ndim not in (3, 4) or flow.shape[-3] != 2 or 0 in flow.shape[-2:]:
        raise ValueError(
            "flow must be (2, height, width) or (n_pairs, 2, height, width), got "
            f"shape {flow.shape}."
        )
    return flow.astype(
        np.float64 if flow.dtype == np.float64 else np.float32, copy=False
    )


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
    """Base of steps that turn a clip into samples: give it a `describe(clip)`."""

    def transform(self, X):
        """Describe every clip by a sequence of samples.

        Parameters
        ----------
        X : list of Clip
            Clips.

        Returns
        -------
        list of ndarray of shape (n_samples, n_features)
            One array per clip, float64.
        """
        return self._each(X, self.describe)


def check_lengths(X, y, groups):
    """Check that there is a label, and a subject if any is named, for each clip."""
    given = {"y": y} if groups is None else {"y": y, "groups": groups}
    for name, rows in given.items():
        if len(rows) != len(X):
            raise ValueError(
                f"{name} must have a row for each of the {len(X)} clips, got "
                f"{len(rows)}."
            )
