"""Which blocks tell an expression from rest, learned from training videos."""

from math import prod

import numpy as np

from mefeat.spotting.regions import block_numbers


def fisher_weights(distances, truths):
    """Weigh distances by how well each tells frames with an expression from others.

    Parameters
    ----------
    distances : list of ndarray of shape (n_frames, n_distances)
        Distances of the blocks in each training video, as of `feature_difference`; NaN
        where a face lacks a block.
    truths : list of list of Interval
        The expressions in each.

    Returns
    -------
    ndarray of shape (n_distances,), float64
        ``(mean_yes - mean_no)**2 / (variance_yes + variance_no)`` over the frames that
        have the distance, divided by the mean of all weights learned; zero where
        nothing varies, and where no frame with, or none without an expression has it.
        All are 1 if nothing is learned.

    Raises
    ------
    ValueError
        If there is no frame with, or none without an expression.

    References
    ----------
    Y. Han, B. Li, Y.-K. Lai, Y.-J. Liu, "CFD: a collaborative feature difference method
    for spontaneous micro-expression spotting", ICIP 2018.

    Examples
    --------
    The first distance rises in the expression, the second does not care:

    >>> from mefeat.clip import Interval
    >>> distances = np.array([[0.0, 1], [1, 0], [8, 1], [9, 0], [0, 1], [1, 0]])
    >>> fisher_weights([distances], [[Interval(2, 3, 3)]]).tolist()
    [2.0, 0.0]
    """
    inside = [
        _inside(intervals, len(rows))
        for rows, intervals in zip(distances, truths, strict=True)
    ]
    rows, inside = np.concatenate(distances).astype(float), np.concatenate(inside)
    rows = np.ma.masked_invalid(rows)
    if inside.all() or not inside.any():
        raise ValueError(
            "weights need frames with an expression and frames without, got "
            f"{inside.sum()} of {len(inside)} with one."
        )
    yes, no = rows[inside], rows[~inside]
    learned = (yes.count(axis=0) > 0) & (no.count(axis=0) > 0)
    apart = np.ma.filled((yes.mean(axis=0) - no.mean(axis=0)) ** 2, 0.0)
    spread = np.ma.filled(yes.var(axis=0) + no.var(axis=0), 0.0)
    weights = np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0)
    total = weights.sum()
    return weights * (learned.sum() / total) if total > 0 else np.ones_like(weights)


def to_grid(distances, regions, grid=(6, 6)):
    """Bring the distances of the blocks of a face to their places in the grid.

    Parameters
    ----------
    distances : ndarray of shape (n_frames, n_kinds * n_present)
        Distances of the blocks that the face has, one kind after the other.
    regions : ndarray of int of shape (height, width)
        Block of each pixel, as of `face_regions`.
    grid : tuple of int, default=(6, 6)
        Rows and columns of blocks.

    Returns
    -------
    ndarray of shape (n_frames, n_kinds * n_blocks)
        The same for all blocks, NaN for those that the face lacks.

    Examples
    --------
    >>> to_grid(np.array([[5.0, 6.0]]), np.array([[0, -1, 1]]), (1, 3)).tolist()
    [[5.0, nan, 6.0]]
    """
    n_frames, blocks = len(distances), block_numbers(regions, grid)
    kinds = distances.reshape(n_frames, -1, len(blocks))
    out = np.full((*kinds.shape[:2], prod(grid)), np.nan)
    out[..., blocks] = kinds
    return out.reshape(n_frames, -1)


def from_grid(weights, regions, grid=(6, 6)):
    """Choose the weights of the blocks that a face has.

    Parameters
    ----------
    weights : ndarray of shape (n_kinds * n_blocks,)
        Weights of all blocks of the grid, one kind after the other.
    regions : ndarray of int of shape (height, width)
        Block of each pixel, as of `face_regions`.
    grid : tuple of int, default=(6, 6)
        Rows and columns of blocks.

    Returns
    -------
    ndarray of shape (n_kinds * n_present,)
        Their weights.

    Examples
    --------
    >>> weights = np.array([7.0, 8.0, 9.0])
    >>> from_grid(weights, np.array([[0, -1, 1]]), (1, 3)).tolist()
    [7.0, 9.0]
    """
    return weights.reshape(-1, prod(grid))[:, block_numbers(regions, grid)].ravel()


def check_training(videos, truths):
    """Check that there is a list of expressions for each training video.

    Parameters
    ----------
    videos : list
        Videos.
    truths : list of list of Interval or None
        The expressions in each.

    Raises
    ------
    ValueError
        If there are none, or not as many lists as videos.
    """
    if truths is None or len(videos) != len(truths):
        given = "none" if truths is None else len(truths)
        raise ValueError(
            "Spotter(feature='cfd') learns weights: fit needs a list of intervals for "
            f"each of {len(videos)} videos, got {given}."
        )


def _inside(intervals, n_frames):
    inside = np.zeros(n_frames, bool)
    for interval in intervals:
        inside[interval.onset : interval.offset + 1] = True
    return inside
