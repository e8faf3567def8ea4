"""Curves of how much each frame differs from those before and after it."""

import numpy as np

from mefeat.kernels._spotting import average_frames, chi_square_to_ends

# What scales a median absolute deviation to the standard deviation of a normal law.
_MAD = 1.4826
# Chi-square distances of a block, at most 2, spread by about this where only the
# sensor is at work; without it, ripples in images without noise would be peaks.
_LEAST_SPREAD = 3e-3


def smooth_features(features, width):
    """Average each frame's numbers over frames around it."""
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
    """Compare each frame with each of its ends, texture and motion apart."""
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

    Notes
    -----
    Zeros at the borders would make false peaks where the curve begins.
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
    """Tell what is usual in each block: the median, and the spread around it."""
    level = np.median(distances, axis=0)
    spread = _MAD * np.median(np.abs(distances - level), axis=0)
    return level, np.maximum(spread, max(0.5 * np.median(spread), _LEAST_SPREAD))


def contrast(curve, k):
    """Take the average of the curve at both ends away from each of its values."""
    padded = np.pad(np.asarray(curve, dtype=np.float64), k, mode="edge")
    return padded[k : len(padded) - k] - (
        padded[: len(padded) - 2 * k] / 2 + padded[2 * k :] / 2
    )


def robust_z(values, usual=None, least=0.0):
    """Express values by how far they lie from the median, in units of the spread."""
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
