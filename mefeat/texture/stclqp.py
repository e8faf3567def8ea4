"""STCLQP: completed patterns, quantized to words that training clips choose."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from mefeat.base import apply_each, check_clips
from mefeat.base.params import number, whole
from mefeat.clip import luma
from mefeat.texture.blocks import block_names, pool_blocks
from mefeat.texture.completed import COMPONENTS, completed_lbp_top
from mefeat.texture.counting import histograms

_MAX_ROUNDS = 100


def quantize_codes(frequencies, n_words):
    """Sort binary codes into words by weighted k-means.

    Parameters
    ----------
    frequencies : ndarray of shape (2 ** n_points,)
        How often each code occurs.
    n_words : int
        Number of words, at most one for each code.

    Returns
    -------
    ndarray of shape (2 ** n_points,), intp
        Word of each code; words are numbered by their smallest code.

    Raises
    ------
    ValueError
        If there are more words than codes.

    Notes
    -----
    Codes are vectors of bits. Words start at the most frequent codes, the smaller ones
    first where equal, so the result is always the same. A word that has lost all codes
    that occur stays where it is.

    Examples
    --------
    Of four codes 00, 01, 10 and 11 the first and the last are frequent; the other two
    are as near to one as to the other, and go to the more frequent:

    >>> quantize_codes(np.array([9, 1, 1, 8]), 2).tolist()
    [0, 0, 0, 1]
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


def telling_words(rows, y, share):
    """Choose the words that tell classes apart, by Fisher's ratio.

    Parameters
    ----------
    rows : ndarray of shape (n_clips, n_words)
        Histogram of each clip.
    y : ndarray of shape (n_clips,)
        Classes.
    share : float
        Share of the sum of all ratios that the chosen words hold, in (0, 1].

    Returns
    -------
    ndarray of int
        The fewest words that hold it, in increasing order.

    Examples
    --------
    Only the first word differs between the classes:

    >>> rows = np.array([[0.1, 0.9], [0.2, 0.8], [0.6, 0.8], [0.7, 0.9]])
    >>> telling_words(rows, np.array([0, 0, 1, 1]), 0.9).tolist()
    [0]
    """
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
                self.words_[i][plane] = telling_words(rows, np.asarray(y), self.keep)
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
        def describe(frames, regions, n_times):
            return completed_lbp_top(
                frames,
                regions,
                n_points=self.n_points,
                radius=self.radius,
                planes=self.planes,
                n_times=n_times,
            )

        frames = luma(clip.frames)
        return pool_blocks(describe, frames, self.grid, max(self.radius[:2]))

    def _describe(self, clip):
        counts = self._counts(clip)
        parts = []
        for i, plane in np.ndindex(*self.tables_.shape[:2]):
            table, seen = self.tables_[i, plane], counts[:, i, plane, None]
            found = histograms(seen, table, self.n_words, "l1")[:, 0]
            parts.append(found[:, self.words_[i][plane]])
        return np.concatenate(parts, axis=1).ravel()
