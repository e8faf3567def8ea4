"""How much each frame differs from frames before and after it."""

import numpy as np

from mefeat.kernels.spotting import average_frames, chi_square_to_ends

# What scales a median absolute deviation to the standard deviation of a normal law.
_MAD = 1.4826
# Chi-square distances of a block, at most 2, spread by about this where only the
# sensor is at work; without it, ripples in pictures without noise would be peaks.
_LEAST_SPREAD = 3e-3


def smooth_features(features, width):
    """Average each frame's numbers over frames around it.

    Parameters
    ----------
    features : ndarray of shape (n_frames, n_blocks, n_numbers)
        Numbers of each frame.
    width : float
        How many frames to average; the largest odd number within is taken. At the ends
        of the video it is the first or last so many.

    Returns
    -------
    ndarray of shape (n_frames, n_blocks, n_numbers), float32
        Means.

    Examples
    --------
    >>> ramp = np.arange(5.0).reshape(5, 1, 1)
    >>> smooth_features(ramp, 3).ravel().tolist()
    [1.0, 1.0, 2.0, 3.0, 3.0]
    """
    features = np.ascontiguousarray(features, np.float32)
    half = max(0, int((width - 1) // 2))
    if half == 0:
        return features
    out = np.empty_like(features)
    rows = features.reshape(len(features), -1)
    average_frames(rows, half, out.reshape(rows.shape))
    return out


def feature_difference(features, k):
    """Compare each frame with the average of its ends, k frames away, block by block.

    Parameters
    ----------
    features : ndarray of shape (n_frames, n_blocks, n_bins)
        Histograms, for example those of `lbp_histograms`.
    k : int
        How far the ends are, frames.

    Returns
    -------
    ndarray of shape (n_frames - 2 * k, n_blocks), float64
        Chi-square distances ``sum((a - b)**2 / (a + b))`` of the frames that have both
        ends, 0 / 0 counted as 0.

    Raises
    ------
    ValueError
        If no frame has both ends.

    See Also
    --------
    difference_curve : One number for each frame.

    Examples
    --------
    One block of two bins, in which the middle frame alone differs:

    >>> frames = np.array([[[1, 0]], [[0, 1]], [[1, 0]]])
    >>> feature_difference(frames, 1).tolist()
    [[2.0]]
    """
    features = _checked(features, k)
    out = np.empty((len(features) - 2 * k, features.shape[1]))
    chi_square_to_ends(features, k, out)
    return out


def collaborative_difference(features, k, n_bins=59):
    """Compare each frame with each of its ends, texture and motion apart.

    Parameters
    ----------
    features : ndarray of shape (n_frames, n_blocks, n_bins + 2)
        Histograms and vectors, as of `texture_and_motion`.
    k : int
        How far the ends are, frames.
    n_bins : int, default=59
        How many of the numbers are a histogram.

    Returns
    -------
    ndarray of shape (n_frames - 2 * k, 2 * n_blocks), float64
        Mean of the distances to the two ends: chi-square distances of histograms, then
        Euclidean distances of vectors.

    Examples
    --------
    >>> still = np.ones((5, 1, 61))
    >>> collaborative_difference(still, 2).tolist()
    [[0.0, 0.0]]
    """
    features = _checked(features, k)
    here = features[k : len(features) - k].astype(np.float64)
    ends = features[: len(features) - 2 * k], features[2 * k :]
    parts = [[], []]
    for end in ends:
        apart, total = here - end, here + end
        bins = apart[..., :n_bins] ** 2 / np.maximum(total[..., :n_bins], 1e-30)
        parts[0].append(bins.sum(axis=-1))
        parts[1].append(np.hypot(*np.moveaxis(apart[..., n_bins:], -1, 0)))
    return np.concatenate([np.mean(part, axis=0) for part in parts], axis=1)


def copy_borders(values, k):
    """Give the frames without both ends what the nearest frame has.

    Parameters
    ----------
    values : ndarray of shape (n_frames - 2 * k, ...)
        Numbers of the frames that have both ends.
    k : int
        How many frames there are before and after.

    Returns
    -------
    ndarray of shape (n_frames, ...)
        Numbers of all frames.

    Notes
    -----
    Zeros at the borders would make false peaks where the curve begins.

    Examples
    --------
    >>> copy_borders(np.array([3, 4]), 2).tolist()
    [3, 3, 3, 4, 4, 4]
    """
    before, after = np.repeat(values[:1], k, axis=0), np.repeat(values[-1:], k, axis=0)
    return np.concatenate([before, values, after])


def difference_curve(distances, n_blocks=None, *, usual=None, weights=None):
    """Average the blocks that differ most, frame by frame.

    Parameters
    ----------
    distances : ndarray of shape (n_frames, n_blocks)
        Distances, as of `feature_difference`.
    n_blocks : int, default=None
        How many blocks to average; a third of them by default.
    usual : tuple of ndarray of shape (n_blocks,), default=None
        What is usual in each block: level and spread, see `usual_distances`. When
        given, distances are taken above the level and in units of the spread, so that
        a block that is always restless counts as little as one that never moves.
    weights : ndarray of shape (n_blocks,), default=None
        What each distance is multiplied by.

    Returns
    -------
    ndarray of shape (n_frames,), float64
        The curve.

    Examples
    --------
    >>> difference_curve(np.array([[0.0, 1, 5, 3, 1, 0]]), 2).tolist()
    [4.0]
    """
    distances = np.asarray(distances, dtype=np.float64)
    if usual is not None:
        distances = (distances - usual[0]) / usual[1]
    if weights is not None:
        distances = distances * weights
    if n_blocks is None:
        n_blocks = max(1, distances.shape[1] // 3)
    n_blocks = min(n_blocks, distances.shape[1])
    return np.sort(distances, axis=1)[:, -n_blocks:].mean(axis=1)


def usual_distances(distances):
    """Tell what is usual in each block: the median, and the spread around it.

    Parameters
    ----------
    distances : ndarray of shape (n_frames, n_blocks)
        Distances.

    Returns
    -------
    level : ndarray of shape (n_blocks,)
        Medians.
    spread : ndarray of shape (n_blocks,)
        Median absolute deviations, in units of a standard deviation; none is below half
        of the median over blocks, nor below 0.003.

    Examples
    --------
    >>> level, spread = usual_distances(np.arange(9.0).reshape(9, 1))
    >>> level.tolist(), (spread / 1.4826).round(6).tolist()
    ([4.0], [2.0])
    """
    level = np.median(distances, axis=0)
    spread = _MAD * np.median(np.abs(distances - level), axis=0)
    return level, np.maximum(spread, max(0.5 * np.median(spread), _LEAST_SPREAD))


def contrast(curve, k):
    """Take the average of the curve at both ends away from each of its values.

    Parameters
    ----------
    curve : ndarray of shape (n_frames,)
        A difference curve.
    k : int
        How far the ends are, frames; beyond the curve its first or last value counts.

    Returns
    -------
    ndarray of shape (n_frames,), float64
        Contrast. Papers set what is negative to zero; `robust_z` needs it.

    Examples
    --------
    >>> contrast(np.array([0.0, 0, 8, 0, 2]), 1).tolist()
    [0.0, -4.0, 8.0, -5.0, 1.0]
    """
    padded = np.pad(np.asarray(curve, dtype=np.float64), k, mode="edge")
    return padded[k : len(padded) - k] - (
        padded[: len(padded) - 2 * k] / 2 + padded[2 * k :] / 2
    )


def robust_z(values, usual=None, least=0.0):
    """Express values by how far they lie from the median, in units of the spread.

    Parameters
    ----------
    values : ndarray of shape (n_frames,)
        Numbers.
    usual : ndarray of shape (n_usual,), default=None
        The numbers that tell median and spread; `values` by default.
    least : float, default=0.0
        The spread is not taken smaller than this.

    Returns
    -------
    ndarray of shape (n_frames,), float64
        Difference from the median in units of 1.4826 median absolute deviations; zeros
        where all values are the same.

    Examples
    --------
    >>> (robust_z(np.array([1.0, 2, 3, 4, 100])) * 1.4826).round(6).tolist()
    [-2.0, -1.0, 0.0, 1.0, 97.0]
    """
    values = np.asarray(values, dtype=np.float64)
    usual = values if usual is None else np.asarray(usual, dtype=np.float64)
    level = np.median(usual)
    apart, spread = values - level, _MAD * np.median(np.abs(usual - level))
    # What is constant but for rounding has no peaks.
    tiny = 1e-9 * max(1.0, float(np.abs(values).max()))
    if np.abs(apart).max() <= tiny:
        return np.zeros(len(values))
    return apart / max(spread, least, tiny)


def _checked(features, k):
    features = np.ascontiguousarray(features, np.float32)
    if features.ndim != 3:
        raise ValueError(
            "features must be (n_frames, n_blocks, n_bins), got shape "
            f"{features.shape}."
        )
    if not 1 <= k <= (len(features) - 1) // 2:
        raise ValueError(
            f"k must be 1 to {(len(features) - 1) // 2}, so that a frame among "
            f"{len(features)} has both ends, got {k}."
        )
    return features


DIFFERENCES = {
    "lbp": feature_difference,
    "hoof": feature_difference,
    "cfd": collaborative_difference,
}
