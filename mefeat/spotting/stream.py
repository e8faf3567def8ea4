"""Differences between frames of a video of any length, in bounded memory."""

from collections import deque
from typing import NamedTuple

import cv2
import numpy as np

from mefeat.spotting.curves import (
    DIFFERENCES,
    copy_borders,
    smooth_features,
    usual_distances,
)
from mefeat.spotting.histograms import FEATURES


def stream_features(stream, feature="lbp", *, blur=1.0):
    """Describe the frames of a face part by part.

    Parameters
    ----------
    stream : FaceStream
        The face.
    feature : {"lbp", "hoof", "cfd"}, default="lbp"
        What is computed, see `FEATURES`.
    blur : float, default=1.0
        Standard deviation of the Gaussian that smooths pictures before, pixels.

    Yields
    ------
    ndarray of shape (n_frames, n_blocks, n_numbers), float32
        Numbers of the next frames that show a face.
    """
    reference = None
    for pictures in stream.parts():
        if blur:
            pictures = np.stack([cv2.GaussianBlur(p, (0, 0), blur) for p in pictures])
        reference = pictures[0] if reference is None else reference
        yield FEATURES[feature](pictures, stream.regions, reference)


class Scale(NamedTuple):
    """How frames of a video differ from their ends at one scale.

    Parameters
    ----------
    distances : ndarray of shape (n_frames, n_distances), float32
        Distances, copied at the borders.
    k : int
        How far the ends are, frames.
    usual : tuple of ndarray of shape (n_distances,)
        Level and spread of what is usual, see `usual_distances`.
    usual_frames : ndarray of shape (n_usual, n_distances) or None
        The distances they were taken from, if these are not all those above.
    """

    distances: np.ndarray
    k: int
    usual: tuple
    usual_frames: np.ndarray | None = None


def stream_differences(parts, ks, *, width=1.0, difference="lbp"):
    """Compare frames with their ends at several scales, part by part.

    Parameters
    ----------
    parts : iterable of ndarray of shape (n_frames, n_blocks, n_numbers)
        Numbers of the frames, as of `stream_features`.
    ks : sequence of int
        How far the ends are, frames, the finest scale first.
    width : float, default=1.0
        Over how many frames the numbers are averaged before.
    difference : {"lbp", "hoof", "cfd"}, default="lbp"
        How they are compared, see `DIFFERENCES`.

    Returns
    -------
    list of Scale
        One for each of `ks`.

    Raises
    ------
    ValueError
        If there are no frames.

    Notes
    -----
    The last 4 max(ks) frames are held at most, and 4 bytes for each distance: 0.3 kB a
    frame for two scales of 36 blocks. A coarser scale reaches half of the video at most
    (2 k + 1 frames). Where that is less than twice the finest scale, there is no rest
    before and after, and each frame is compared with the first and the last frame of
    the video; what is usual is then told at a third of the finest scale.

    Examples
    --------
    >>> ramp = np.ones((9, 1, 2), np.float32)
    >>> scales = stream_differences([ramp[:5], ramp[5:]], [1, 4])
    >>> [(scale.k, scale.distances.shape) for scale in scales]
    [(1, (9, 1)), (2, (9, 1))]
    """
    compare, window = DIFFERENCES[difference], _Window(max(ks))
    found = [[] for _ in ks]
    for rows in _averaged(parts, width):
        window.add(rows)
        if window.end > 4 * max(ks):
            _compare_new(window, ks, compare, found)
    if window.end == 0:
        raise ValueError("there are no frames to compare.")
    if window.end <= 4 * max(ks):  # nothing was dropped
        return [_of_short(window.rows, k, min(ks), compare) for k in ks]
    scales = []
    for done, k in zip(found, ks, strict=True):
        distances = copy_borders(np.concatenate(done), k)
        scales.append(Scale(distances, k, usual_distances(distances)))
    return scales


class _Window:
    """The last rows of a sequence; knows where it is in the whole."""

    def __init__(self, reach):
        self.reach, self.start, self.rows = reach, 0, None

    @property
    def end(self):
        return 0 if self.rows is None else self.start + len(self.rows)

    def add(self, rows):
        self.rows = (
            rows if self.rows is None else np.concatenate([self.rows, rows], axis=0)
        )

    def keep_last(self, count):
        drop = max(0, len(self.rows) - count)
        self.start += drop
        self.rows = self.rows[drop:]


def _compare_new(window, ks, compare, found):
    for done, k in zip(found, ks, strict=True):
        first = sum(map(len, done))  # of the frames with both ends; its start is here
        rows = window.rows[first - window.start :]
        if len(rows) > 2 * k:
            done.append(compare(rows, k).astype(np.float32))
    window.keep_last(2 * window.reach)


def _of_short(rows, k, finest, compare):
    n_frames = len(rows)
    fits = (n_frames - 1) // 2 if k == finest else n_frames // 4
    if k == finest or k <= fits or fits >= 2 * finest:
        k = min(k, fits)
        if k == 0:
            still = compare(np.repeat(rows[:1], 3, axis=0), 1)
            distances = np.repeat(still, n_frames, axis=0).astype(np.float32)
        else:
            distances = copy_borders(compare(rows, k).astype(np.float32), k)
        return Scale(distances, max(k, 1), usual_distances(distances))
    # With as many copies of the first and last frame as there are frames, they are
    # the ends of every frame.
    copied = copy_borders(rows, n_frames)
    distances = compare(copied, n_frames).astype(np.float32)
    quick = min(max(1, finest // 3), (n_frames - 1) // 2)
    usual = compare(rows, quick) if quick else distances
    return Scale(distances, n_frames, usual_distances(usual), usual)


def _averaged(parts, width):
    """Average over time across the borders of parts."""
    half = max(0, int((width - 1) // 2))
    held, skip = deque(), 0
    for rows in parts:
        held.append(rows)
        block = np.concatenate(held) if len(held) > 1 else rows
        ready = len(block) - half
        if ready <= skip + half + 1:
            held = deque([block])
            continue
        yield smooth_features(block, width)[skip:ready]
        skip = min(ready, half + 1)
        held = deque([block[ready - skip :]])
    if held:
        block = np.concatenate(held) if len(held) > 1 else held[0]
        yield smooth_features(block, width)[skip:]
