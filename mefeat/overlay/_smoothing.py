"""Movement made calm in time, its peaks left as they are."""

from collections import deque

import numpy as np


def savgol(points, fps=None, *, window=None, order=2):
    """Fit a polynomial to the frames around each frame (Savitzky-Golay filter).

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
    """
    window = _window(fps) if window is None else window
    if window % 2 != 1 or window <= order:
        raise ValueError(f"window must be odd and above {order}, got {window}.")
    return _fitted(points, window, order)


def one_euro(points, fps=None, *, least_cutoff=1.0, slope=0.5, speed_cutoff=1.0):
    """Follow each coordinate by a low-pass that opens when it moves (1 euro filter).

    Notes
    -----
    It looks back only, so its points lag behind a head that moves, which then looks
    like movement of the face: a choice for live images, which cannot wait.

    References
    ----------
    G. Casiez, N. Roussel, D. Vogel, "1€ filter: a simple speed-based low-pass filter
    for noisy input in interactive systems", CHI 2012.
    https://doi.org/10.1145/2207676.2208639
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
    """Leave landmarks as they are."""
    return iter(points)


def apart(smooth, pairs):
    """Smooth rows of arrays each for itself."""
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


# How far points look around for others that jump with them, canonical pixels; how many
# times the noise a jump must be; and how many frames the noise is remembered for.
_NEAR, _TIMES, _MEMORY = 12.0, 4.0, 500


def calmed(vectors, near, fps=None):
    """Smooth vectors in time, but for what jumps out of the noise.

    Notes
    -----
    Two parabolas are fitted around each frame by `savgol`: one to an eighth of a
    second, 5 to 15 frames, and before that one to a twenty-fifth, which below 75 frames
    a second leaves vectors alone. The long one takes the noise, but also half of the
    height of an expression that is as short as itself. So of what it takes the share
    1 - 4 s / e is given back, and nothing where that is below 0: e is the mean square
    of what is taken from a point and its neighbors in this frame, and s that of the
    quiet quarter of the face, its median over the last 500 frames. It is the filter of
    the paper, over time: a local mean, and local variance above that of the noise.

    References
    ----------
    J.-S. Lee, "Digital image enhancement and noise filtering by use of local
    statistics", IEEE TPAMI 2(2), 1980. https://doi.org/10.1109/TPAMI.1980.4766994
    """
    short, long = windows(fps)
    held, levels, weights = deque(), deque(maxlen=_MEMORY), None
    vectors = vectors if short < 5 else savgol(vectors, window=short)
    for smooth in savgol(_held(vectors, held), window=long):
        rest = held.popleft() - smooth
        if np.isnan(rest).any():
            yield smooth
            continue
        weights = near() if weights is None else weights
        energy = weights @ (rest[: weights.shape[1]] ** 2).sum(axis=1)
        levels.append(np.quantile(energy[: weights.shape[1]], 0.25))
        noise = _TIMES * np.median(levels)
        share = np.maximum(1 - noise / np.maximum(energy, 1e-12), 0)
        yield smooth + share[:, None] * rest


def windows(fps=None):
    """Say how many frames vectors are smoothed over."""
    fps = fps or 30
    short = 2 * int(np.clip(round(fps / 50), 1, 4)) + 1
    return short, 2 * int(np.clip(round(fps / 16), 2, 7)) + 1


def _held(vectors, held):
    for frame in vectors:
        held.append(frame)
        yield frame


def nearness(places, points):
    """Weigh points by how near they are to places."""
    square = ((places[:, None] - points) ** 2).sum(axis=2)
    weights = np.exp(-(square - square.min(axis=1, keepdims=True)) / (2 * _NEAR**2))
    return weights / weights.sum(axis=1, keepdims=True)
