"""STCLQP: completed patterns, quantized to words chosen by training clips."""

import math
from functools import lru_cache

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from mefeat.base import check_clips
from mefeat.base._steps import apply_each, number, whole
from mefeat.clip import luma
from mefeat.kernels._stclqp import (
    gradient_angles,
    gradient_angles_of_bytes,
    sum_byte_differences,
    sum_differences,
)
from mefeat.regions import block_names, time_blocks
from mefeat.texture._patterns import (
    PLANES,
    CodeCounter,
    check_choices,
    check_radius,
    check_volume,
    histograms,
    neighborhoods,
    pool_blocks,
    reach,
    ring,
)

COMPONENTS = ("sign", "magnitude", "orientation")
MAX_POINTS = 8


def completed_lbp_top(
    volume,
    regions=None,
    *,
    n_points=8,
    radius=(1, 1, 1),
    planes=("xy", "xt", "yt"),
    n_times=1,
):
    """Count completed local binary patterns of a volume on orthogonal planes.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values of any real dtype.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none. One region by default.
    n_points : int, default=8
        Points of a neighborhood, 1 to 8.
    radius : tuple of int, default=(1, 1, 1)
        Radii along x, y and t, in pixels and frames.
    planes : sequence of {"xy", "xt", "yt"}, default=("xy", "xt", "yt")
        The planes.
    n_times : int, default=1
        Number of blocks along time, cut by rounding over all frames.

    Returns
    -------
    ndarray of shape (n_times * n_regions, 3, n_planes, 2 ** n_points), uint32
        How often each code occurs by sign, magnitude and orientation; time is slowest.

    Raises
    ------
    ValueError
        If the volume is too small for the radii, or an argument is out of its range.

    Notes
    -----
    Points, planes and centers are those of `lbp_top` with the nearest voxels. Bit p of
    the sign is that of LBP-TOP. Bit p of the magnitude is set where the neighbor and
    the center differ by at least the mean difference of the plane. Bit p of the
    orientation is set where the orientation of the gradient within the plane, at the
    neighbor, is turned from that at the center by at least the mean angle of the plane,
    either way round.

    Details are ours. Means are taken over all centers and the first half of the points
    (all, if their number is odd), since the opposite points make the same pairs.
    Gradients are differences of the two neighbors along each axis, at the border of the
    volume those of the pixel itself and its neighbor; orientations are rounded to 256
    to the circle, and are 0 where there is no gradient.

    References
    ----------
    X. Huang, G. Zhao, X. Hong, W. Zheng, M. Pietikäinen, "Spontaneous facial
    micro-expression analysis using spatiotemporal completed local quantized patterns",
    Neurocomputing 175, 2016. https://doi.org/10.1016/j.neucom.2015.10.096

    Examples
    --------
    One bright voxel amid a flat volume: no neighbor reaches it, and all differ.

    >>> volume = np.zeros((3, 3, 3))
    >>> volume[1, 1, 1] = 9
    >>> counts = completed_lbp_top(volume)
    >>> counts.shape, counts[0, :2].argmax(axis=2).tolist()
    ((1, 3, 3, 256), [[0, 0, 0], [255, 255, 255]])
    """
    radius, planes = check_radius(radius), tuple(planes)
    if not 1 <= n_points <= MAX_POINTS:
        raise ValueError(f"n_points must be 1 to {MAX_POINTS}, got {n_points}.")
    check_choices(planes=(planes, PLANES))
    volume = check_volume(volume)
    margins, n_planes = reach(radius), len(planes)
    counter = CodeCounter(
        volume.shape, 3 * n_planes, n_points, regions, reach=margins, n_times=n_times
    )
    voxels, sides, points = _tables(planes, n_points, radius, volume.shape[1:])
    n_pairs = points.shape[1] * math.prod(
        n - 2 * m for n, m in zip(volume.shape, margins, strict=True)
    )
    limits = _sum_differences(volume, points, margins)[:, None] / n_pairs
    source, find = volume, _angles_of_bytes
    if volume.dtype == np.uint8:
        limits = np.ceil(limits - 1e-9).astype(np.uint8)
    else:
        source, find = np.pad(volume, 1, mode="edge"), _angles_of_floats
    counter.count(volume, voxels, limits=limits)
    # Plane by plane in the same memory, most of which the cache holds.
    angles = np.empty(volume.shape, np.uint8)
    seen = angles.view()
    seen.flags.writeable = False  # numba compiles read-only arrays apart
    for i in range(n_planes):
        find(source, sides[i], angles)
        turns = _sum_byte_differences(seen, points[i], True, margins)
        limits = np.array([[math.ceil(turns / n_pairs - 1e-9), 255]], np.uint8)
        counter.count(seen, voxels[i : i + 1], limits=limits, first=2 * n_planes + i)
    counts = counter.counts()
    return counts.reshape(len(counts), len(COMPONENTS), n_planes, -1)


@lru_cache(maxsize=64)
def _tables(planes, n_points, radius, size):
    """Tabulate voxels, sides of gradients, and points that make different pairs."""
    voxels = neighborhoods("lbp", planes, n_points, radius)[0]
    sides = np.stack([ring(plane, 4, (1, 1, 1)) for plane in planes]).astype(np.intp)
    different = n_points // 2 if n_points % 2 == 0 else n_points
    return voxels, sides, voxels[:, :different, 0] @ [size[0] * size[1], size[1], 1]


def _sum_differences(volume, points, margins):
    """Sum how far the points of each plane are from the center, over all centers."""
    if volume.dtype == np.uint8:
        return np.array(
            [_sum_byte_differences(volume, own, False, margins) for own in points]
        )
    pairs = np.stack([points, 0 * points], axis=-1).reshape(-1, 2)
    times, sums = time_blocks(len(volume), 1, margins[0]), np.zeros(len(pairs))
    sum_differences(volume, pairs, margins[1:], times, sums)
    return sums.reshape(points.shape).sum(axis=1)


def _sum_byte_differences(volume, points, circular, margins):
    """Do the same for points of one plane, in bytes."""
    # Filled up to a multiple of four by the center, which is no distance away.
    points = np.pad(points, (0, -len(points) % 4))
    centers = margins[0], len(volume) - margins[0]
    return sum_byte_differences(volume, points, circular, margins[1:], centers)


def _angles_of_bytes(volume, sides, angles):
    """Find the orientations of gradients within a plane, in place."""
    gradient_angles_of_bytes(volume, sides, _angle_table(), angles)


def _angles_of_floats(padded, sides, angles):
    """Do the same for floating numbers with a margin of one on all sides."""
    _, height, width = padded.shape
    gradient_angles(padded, sides @ [height * width, width, 1], angles)


@lru_cache(maxsize=1)
def _angle_table():
    """Tabulate the orientation of gradients of uint8 without signs, 256 to a circle."""
    length = np.arange(256)
    turn = np.arctan2(length, length[:, None]) * (128 / np.pi)
    return np.floor(turn + 0.5).astype(np.uint8).ravel()


_MAX_ROUNDS = 100


def quantize_codes(frequencies, n_words):
    """Sort binary codes into words by weighted k-means.

    Notes
    -----
    Codes are vectors of bits. Words start at the most frequent codes, the smaller ones
    first where equal, so the result is always the same. A word that has lost all codes
    that occur stays where it is.
    """
    n_codes = len(frequencies)
    if not 1 <= n_words <= n_codes:
        raise ValueError(f"n_words must be 1 to {n_codes}, got {n_words}.")
    n_points = n_codes.bit_length() - 1
    bits = (np.arange(n_codes)[:, None] >> np.arange(n_points) & 1).astype(float)
    centers = bits[np.argsort(-frequencies, kind="stable")[:n_words]]
    words = np.full(n_codes, -1)
    for _ in range(_MAX_ROUNDS):
        distance = ((bits[:, None] - centers) ** 2).sum(axis=2)
        before, words = words, distance.argmin(axis=1)
        if (words == before).all():
            break
        weight = np.bincount(words, frequencies, n_words)
        sums = np.stack(
            [np.bincount(words, frequencies * bit, n_words) for bit in bits.T], axis=1
        )
        held = weight > 0
        centers[held] = sums[held] / weight[held, None]
    _, first, words = np.unique(words, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[words]


def select_words(rows, y, share):
    """Choose the words that tell classes apart, by Fisher's ratio."""
    mean = rows.mean(axis=0)
    between, within = np.zeros(rows.shape[1]), np.zeros(rows.shape[1])
    for label in np.unique(y):
        own = rows[y == label]
        between += len(own) * (own.mean(axis=0) - mean) ** 2
        within += ((own - own.mean(axis=0)) ** 2).sum(axis=0)
    ratio = between / np.where(within > 0, within, 1)
    order = np.argsort(-ratio, kind="stable")
    held = np.cumsum(ratio[order])
    n_words = 1 + np.searchsorted(held, share * held[-1] * (1 - 1e-12))
    return np.sort(order[:n_words])


class STCLQP(TransformerMixin, BaseEstimator):
    """Spatiotemporal completed local quantized patterns, of blocks of the face.

    It learns its words from clips: put it behind the `ClipPipeline` in a `Pipeline`.

    Parameters
    ----------
    n_words : int, default=64
        Words of each component and plane, at most `2 ** n_points`.
    n_points : int, default=8
        Points of a neighborhood, 1 to 8.
    radius : tuple of int, default=(1, 1, 1)
        Radii along x, y and t, in pixels and frames.
    grid : tuple of int, default=(8, 8)
        Number of blocks along y, x and, if three are given, time.
    planes : sequence of {"xy", "xt", "yt"}, default=("xy", "xt", "yt")
        The planes.
    keep : float, default=None
        Keep the fewest words of each component and plane that hold this share of
        Fisher's ratio over the training clips, 0.9 as a rule, in (0, 1]. By default all
        words are kept, and no classes are needed.

    Attributes
    ----------
    tables_ : ndarray of shape (3, n_planes, 2 ** n_points)
        Word of each code by component and plane.
    words_ : list of list of ndarray
        Words kept by component and plane.

    See Also
    --------
    completed_lbp_top : The patterns, with the details.
    quantize_codes : How codes become words.

    Notes
    -----
    The components, the codebook for each component and plane, and the selection are
    after the paper; the details are ours. K-means runs on the possible codes, weighed
    by how often they occur in the training clips, so its cost does not depend on their
    number. An RGB clip is described by its luma.

    References
    ----------
    X. Huang, G. Zhao, X. Hong, W. Zheng, M. Pietikäinen, "Spontaneous facial
    micro-expression analysis using spatiotemporal completed local quantized patterns",
    Neurocomputing 175, 2016. https://doi.org/10.1016/j.neucom.2015.10.096

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> stclqp = STCLQP(n_words=16, grid=(2, 2))
    >>> stclqp.fit_transform(example_clips(3)).shape
    (3, 576)
    >>> stclqp.get_feature_names_out()[-1]
    't0_r1_c1_orientation_yt_word15'
    """

    _parameter_constraints: dict = {
        "n_words": [whole(1)],
        "n_points": [whole(1)],
        "radius": [tuple, list],
        "grid": [tuple, list],
        "planes": [tuple, list],
        "keep": [number(0, 1, closed="right"), None],
    }

    def __init__(
        self,
        n_words=64,
        n_points=8,
        *,
        radius=(1, 1, 1),
        grid=(8, 8),
        planes=("xy", "xt", "yt"),
        keep=None,
    ):
        self.n_words = n_words
        self.n_points = n_points
        self.radius = radius
        self.grid = grid
        self.planes = planes
        self.keep = keep

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.target_tags.required = False
        return tags

    def fit(self, X, y=None):
        """Learn the words.

        Parameters
        ----------
        X : list of Clip
            Training clips.
        y : array-like of shape (n_clips,), default=None
            Their classes, needed for `keep` alone.

        Returns
        -------
        self : object
            The same object.

        Raises
        ------
        ValueError
            If `keep` is given and `y` is not.
        """
        self._validate_params()
        X = check_clips(X)
        if self.keep is not None and (y is None or len(y) != len(X)):
            raise ValueError("STCLQP with keep= needs the class of each clip as y.")
        counts = np.stack(
            apply_each(lambda clip: self._counts(clip).sum(axis=0), X, self)
        )
        shape = counts.shape[1:3]
        self.tables_ = np.zeros((*shape, counts.shape[3]), dtype=np.intp)
        self.words_ = [[np.arange(self.n_words)] * shape[1] for _ in range(shape[0])]
        for i, plane in np.ndindex(*shape):
            seen = counts[:, i, plane]
            table = quantize_codes(seen.sum(axis=0).astype(float), self.n_words)
            self.tables_[i, plane] = table
            if self.keep is not None:
                rows = histograms(seen[:, None], table, self.n_words, "l1")[:, 0]
                self.words_[i][plane] = select_words(rows, np.asarray(y), self.keep)
        return self

    def transform(self, X):
        """Describe every clip by its words.

        Parameters
        ----------
        X : list of Clip
            Clips.

        Returns
        -------
        ndarray of shape (n_clips, n_features)
            Histograms of block, component, plane and word, in this order, float64; each
            sums to 1 before words are left out.
        """
        check_is_fitted(self)
        return np.stack(apply_each(self._describe, X, self))

    def get_feature_names_out(self, input_features=None):
        """Name block (time, row, column), component, plane and word of each number.

        Parameters
        ----------
        input_features : object, default=None
            Ignored.

        Returns
        -------
        ndarray of str
            One name per column.
        """
        check_is_fitted(self)
        names = [
            f"{block}_{component}_{plane}_word{word}"
            for block in block_names(self.grid)
            for component, kept in zip(COMPONENTS, self.words_, strict=True)
            for plane, words in zip(self.planes, kept, strict=True)
            for word in words
        ]
        return np.asarray(names, dtype=object)

    def _counts(self, clip):
        return pool_blocks(
            completed_lbp_top,
            luma(clip.frames),
            self.grid,
            max(self.radius[:2]),
            n_points=self.n_points,
            radius=self.radius,
            planes=self.planes,
        )

    def _describe(self, clip):
        counts = self._counts(clip)
        parts = []
        for i, plane in np.ndindex(*self.tables_.shape[:2]):
            table, seen = self.tables_[i, plane], counts[:, i, plane, None]
            found = histograms(seen, table, self.n_words, "l1")[:, 0]
            parts.append(found[:, self.words_[i][plane]])
        return np.concatenate(parts, axis=1).ravel()
