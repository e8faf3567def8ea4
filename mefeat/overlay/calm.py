"""Movement made calm in time, its peaks left as they are."""

from collections import deque

import numpy as np

from mefeat.overlay.smoothing import savgol

# How far points look around for others that jump with them, canonical pixels; how many
# times the noise a jump must be; and how many frames the noise is remembered for.
_NEAR, _TIMES, _MEMORY = 12.0, 4.0, 500


def calmed(vectors, near, fps=None):
    """Smooth vectors in time, but for what jumps out of the noise.

    Parameters
    ----------
    vectors : iterable of ndarray of shape (n_vectors, 2)
        Vectors (x, y) of each frame; NaN where there is no face. May be a generator.
    near : callable
        `near()`, asked when there are vectors, gives an ndarray of shape (n_vectors,
        n_points): how much the first `n_points` vectors say about each vector, see
        `nearness`.
    fps : float, optional
        Frames per second, from which the windows follow; 30 where it is not known.

    Yields
    ------
    ndarray of shape (n_vectors, 2)
        Vectors, some frames late.

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

    Examples
    --------
    Eight points tremble, and one of them jumps for a frame:

    >>> vectors = np.tile([[[0.1, 0.1]], [[-0.1, -0.1]]], (5, 8, 1))
    >>> vectors[4, 0] = 9.0
    >>> smooth = np.stack(list(calmed(vectors, lambda: np.eye(8), fps=30)))
    >>> smooth[4, 0].round(1).tolist(), bool(abs(smooth[4, 1:]).max() < 0.1)
    ([9.0, 9.0], True)
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
    """Say how many frames vectors are smoothed over.

    Parameters
    ----------
    fps : float, optional
        Frames per second; 30 where it is not known.

    Returns
    -------
    tuple of int
        Of the short and of the long parabola.

    Examples
    --------
    >>> windows(30), windows(50), windows(100), windows(200)
    ((3, 5), (3, 7), (5, 13), (9, 15))
    """
    fps = fps or 30
    short = 2 * int(np.clip(round(fps / 50), 1, 4)) + 1
    return short, 2 * int(np.clip(round(fps / 16), 2, 7)) + 1


def _held(vectors, held):
    for frame in vectors:
        held.append(frame)
        yield frame


def nearness(places, points):
    """Weigh points by how near they are to places.

    Parameters
    ----------
    places : ndarray of shape (n_places, 2)
        Places (x, y), canonical pixels.
    points : ndarray of shape (n_points, 2)
        Points (x, y) around them.

    Returns
    -------
    ndarray of shape (n_places, n_points)
        Weights of a Gaussian of 12 pixels, the sum of each row being 1.

    Examples
    --------
    >>> nearness(np.array([[0.0, 0.0]]), np.array([[9.0, 0.0], [0.0, 9.0]])).tolist()
    [[0.5, 0.5]]
    """
    square = ((places[:, None] - points) ** 2).sum(axis=2)
    weights = np.exp(-(square - square.min(axis=1, keepdims=True)) / (2 * _NEAR**2))
    return weights / weights.sum(axis=1, keepdims=True)
