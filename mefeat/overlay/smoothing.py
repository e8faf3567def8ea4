"""Landmarks smoothed in time, frame by frame, with a delay that is bounded.

Jitter of landmarks moves the head that is taken out of the movement, and so becomes
movement that is not there.
"""

from collections import deque

import numpy as np


def savgol(points, fps=None, *, window=None, order=2):
    """Fit a polynomial to the frames around each frame (Savitzky-Golay filter).

    Parameters
    ----------
    points : iterable of ndarray of shape (n_points, 2)
        Points (x, y) of each frame; NaN where there is no face. May be a generator.
    fps : float, optional
        Frames per second, from which the window follows.
    window : int, optional
        Number of frames, odd. By default a quarter of a second, within 5 to 31 frames;
        7 where `fps` is not known.
    order : int, default=2
        Order of the polynomial.

    Returns
    -------
    iterator of ndarray of shape (n_points, 2)
        Smoothed points, `window` - 1 frames late at most.

    Raises
    ------
    ValueError
        If `window` is not odd, or not above `order`.

    Notes
    -----
    At the ends the polynomial of the first or last full window is taken. A stretch
    with a face is filtered apart from others; one that is shorter than the window is
    fitted as a whole. Points that stay are not touched.

    References
    ----------
    A. Savitzky, M. J. E. Golay, "Smoothing and differentiation of data by simplified
    least squares procedures", Analytical Chemistry 36(8), 1964.
    https://doi.org/10.1021/ac60214a047

    Examples
    --------
    A face that moves evenly is left as it is, a jump is softened:

    >>> moves = (np.full((1, 2), float(t)) for t in range(9))
    >>> [float(p[0, 0].round(9)) for p in savgol(moves)][:3]
    [0.0, 1.0, 2.0]
    >>> jump = (np.full((1, 2), float(t == 4)) for t in range(9))
    >>> [float(p[0, 0].round(2)) for p in savgol(jump)][4]
    0.33
    """
    window = _window(fps) if window is None else window
    if window % 2 != 1 or window <= order:
        raise ValueError(f"window must be odd and above {order}, got {window}.")
    return _fitted(points, window, order)


def one_euro(points, fps=None, *, least_cutoff=1.0, slope=0.5, speed_cutoff=1.0):
    """Follow each coordinate by a low-pass that opens when it moves (1 euro filter).

    Parameters
    ----------
    points : iterable of ndarray of shape (n_points, 2)
        Points (x, y) of each frame; NaN where there is no face. May be a generator.
    fps : float, optional
        Frames per second; 30 where it is not known.
    least_cutoff : float, default=1.0
        Cutoff at rest, hertz.
    slope : float, default=0.5
        How much the cutoff grows with the speed, hertz per pixel and second.
    speed_cutoff : float, default=1.0
        Cutoff of the speed, hertz.

    Yields
    ------
    ndarray of shape (n_points, 2)
        Smoothed points, without delay.

    Notes
    -----
    It looks back only, so its points lag behind a head that moves, which then looks
    like movement of the face: a choice for live pictures, which cannot wait.

    References
    ----------
    G. Casiez, N. Roussel, D. Vogel, "1€ filter: a simple speed-based low-pass filter
    for noisy input in interactive systems", CHI 2012.
    https://doi.org/10.1145/2207676.2208639

    Examples
    --------
    >>> still = (np.full((1, 2), 3.0) for _ in range(4))
    >>> [float(p[0, 0]) for p in one_euro(still, 25)]
    [3.0, 3.0, 3.0, 3.0]
    """
    step = 1 / (fps or 30)
    place = speed = None
    for point in points:
        if np.isnan(point).any():
            place = None
            yield point
            continue
        if place is None:
            place, speed = point, np.zeros_like(point)
        rate = (point - place) / step
        speed = speed + _share(speed_cutoff, step) * (rate - speed)
        cutoff = least_cutoff + slope * np.abs(speed)
        place = place + _share(cutoff, step) * (point - place)
        yield place


def unsmoothed(points, fps=None):
    """Leave landmarks as they are.

    Parameters
    ----------
    points : iterable of ndarray of shape (n_points, 2)
        Points (x, y) of each frame.
    fps : float, optional
        Ignored.

    Returns
    -------
    iterator of ndarray of shape (n_points, 2)
        The same points.
    """
    return iter(points)


def apart(smooth, pairs):
    """Smooth rows of arrays each for itself.

    Parameters
    ----------
    smooth : callable
        `smooth(arrays)` gives as many arrays, and takes NaN for a gap.
    pairs : iterable of tuple
        Array, and whether a new row begins with it. May be a generator.

    Yields
    ------
    ndarray
        Smooth arrays.

    Examples
    --------
    >>> jump = ((np.full((1, 2), 5.0 * (t > 2)), t == 3) for t in range(6))
    >>> [float(p[0, 0].round(9)) for p in apart(savgol, jump)]
    [0.0, 0.0, 0.0, 5.0, 5.0, 5.0]
    """
    gaps = deque()

    def arrays():
        for array, begins in pairs:
            if begins:
                gaps.append(True)
                yield np.full_like(array, np.nan)
            gaps.append(False)
            yield array

    for array in smooth(arrays()):
        if not gaps.popleft():
            yield array


SMOOTHERS = {"savgol": savgol, "one_euro": one_euro, "none": unsmoothed}


def _share(cutoff, step):
    """How far an exponential low-pass goes in a frame."""
    turn = 2 * np.pi * cutoff * step
    return turn / (turn + 1)


def _window(fps):
    if fps is None:
        return 7
    return int(np.clip(2 * round(fps / 8) + 1, 5, 31))


def _fitted(points, window, order):
    half, held, n_given = window // 2, [], 0
    for point in points:
        if np.isnan(point).any():
            yield from _estimates(held, n_given, len(held), order)
            held, n_given = [], 0
            yield point
            continue
        held.append(point)
        if len(held) > window:
            held.pop(0)
            n_given -= 1
        if len(held) == window:
            yield from _estimates(held, n_given, half + 1, order)
            n_given = half + 1
    yield from _estimates(held, n_given, len(held), order)


def _estimates(held, start, end, order):
    """Fit a polynomial to what is held, and give its values at some of the frames."""
    if start >= end:
        return
    times = np.linspace(-1, 1, len(held)) if len(held) > 1 else np.zeros(1)
    terms = np.vander(times, min(order, len(held) - 1) + 1)
    weights = terms[start:end] @ np.linalg.pinv(terms)
    first = held[0]
    around = np.stack(held) - first
    yield from first + np.einsum("kt,t...->k...", weights, around)
