"""Constraints on parameters, in the words of `_parameter_constraints`."""

import operator
from numbers import Integral, Real

from sklearn.utils._param_validation import Interval, StrOptions

# A longer side of a picture is a mistake, and would fill the memory.
LARGEST_SIDE = 8192


def whole(at_least, at_most=None):
    """Constrain a parameter to whole numbers.

    Parameters
    ----------
    at_least : int
        Smallest value.
    at_most : int, default=None
        Largest value.

    Returns
    -------
    object
        A constraint for `_parameter_constraints`.

    Examples
    --------
    >>> print(whole(1))
    an int in the range [1, inf)
    """
    closed = "left" if at_most is None else "both"
    return Interval(Integral, at_least, at_most, closed=closed)


def number(low, high=None, *, closed="left"):
    """Constrain a parameter to numbers of a range.

    Parameters
    ----------
    low, high : float or None
        Ends of the range.
    closed : {"left", "right", "both", "neither"}, default="left"
        Which ends belong to it.

    Returns
    -------
    object
        A constraint for `_parameter_constraints`.

    Examples
    --------
    >>> print(number(0.0, 1.0))
    a float in the range [0.0, 1.0)
    """
    return Interval(Real, low, high, closed=closed)


def choice(names):
    """Constrain a parameter to some names.

    Parameters
    ----------
    names : iterable of str
        The names, for example the keys of a table of functions.

    Returns
    -------
    object
        A constraint for `_parameter_constraints`.

    Examples
    --------
    >>> print(choice(["l1"]))
    a str among {'l1'}
    """
    return StrOptions(set(names))


def checked_size(size):
    """Check the size of a picture.

    Parameters
    ----------
    size : sequence of int
        Height and width, pixels.

    Returns
    -------
    tuple of int
        The same.

    Raises
    ------
    TypeError
        If they are no whole numbers.
    ValueError
        If they are not two, or not within 1 to 8192.

    Examples
    --------
    >>> checked_size([170, 140])
    (170, 140)
    """
    size = tuple(operator.index(n) for n in size)
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"size must be (height, width) in pixels, got {size}.")
    if max(size) > LARGEST_SIDE:
        raise ValueError(f"size must be at most {LARGEST_SIDE} pixels, got {size}.")
    return size
