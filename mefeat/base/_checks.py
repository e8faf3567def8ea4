"""Checks of clips, and errors that say which clip was at fault."""

import operator
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

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
