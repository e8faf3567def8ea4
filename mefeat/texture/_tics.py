"""TICS: a color space of independent components, learned from clips."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from mefeat.base._steps import apply_each
from mefeat.texture._color import in_color


def tics_matrix(frames):
    """Find three color components that are as independent as can be.

    Notes
    -----
    Colors are centered and whitened, and then rotated so that the sum of squares of the
    components' excess kurtosis is largest, by sweeps over the three pairs of them; the
    angle of each pair is the best of a fine grid, refined. Only fourth moments enter,
    so all colors count and none is drawn by chance.

    References
    ----------
    S.-J. Wang, W.-J. Yan, X. Li, G. Zhao, C.-G. Zhou, X. Fu, M. Yang, J. Tao,
    "Micro-expression recognition using color spaces", IEEE TIP 24(12), 2015.
    https://doi.org/10.1109/TIP.2015.2496314
    """
    n, total, products = 0, np.zeros(3), np.zeros((3, 3))
    for part in frames:
        colors = part.reshape(-1, 3) - 128.0
        n += len(colors)
        total += colors.sum(axis=0)
        products += colors.T @ colors
    mean = total / max(n, 1)
    variance, axes = np.linalg.eigh(products / max(n, 1) - np.outer(mean, mean))
    if not variance[0] > 1e-9 * max(variance[-1], 1e-9):
        raise ValueError(
            "the colors of the clips vary in less than three directions: they are gray "
            "or tinted gray."
        )
    whiten = axes.T / np.sqrt(variance)[:, None]
    moments = np.zeros((9, 9))
    for part in frames:
        white = (part.reshape(-1, 3) - 128.0 - mean) @ whiten.T
        pairs = (white[:, :, None] * white[:, None]).reshape(-1, 9)
        moments += pairs.T @ pairs
    moments = (moments / n).reshape(3, 3, 3, 3)
    rotation = _least_gaussian(moments)
    unmix = rotation @ whiten
    order = np.argsort(-_kurtosis(moments, rotation), kind="stable")
    largest = np.take_along_axis(unmix, np.abs(unmix).argmax(axis=1)[:, None], axis=1)
    return (unmix * np.sign(largest))[order]


def _kurtosis(moments, rows):
    """Excess kurtosis of directions, from the fourth moments of white colors."""
    return np.einsum("ijkl,ni,nj,nk,nl->n", moments, rows, rows, rows, rows) - 3


def _least_gaussian(moments):
    angles = np.linspace(-np.pi / 4, np.pi / 4, 257)
    rotation = np.eye(3)
    for _ in range(100):
        largest = 0.0
        for i, j in ((0, 1), (0, 2), (1, 2)):
            pair = rotation[[i, j]]

            def contrast(angle, pair=pair):
                sine, cosine = np.sin(angle)[:, None], np.cos(angle)[:, None]
                first = cosine * pair[0] + sine * pair[1]
                second = cosine * pair[1] - sine * pair[0]
                return _kurtosis(moments, first) ** 2 + _kurtosis(moments, second) ** 2

            best, step = 0.0, 1.0
            while step > 1e-9:  # finer and finer around the best
                tried = best + step * angles
                found = contrast(tried)
                place = found.argmax()
                # No turn without a gain: rotations alike would go on for ever.
                if found[place] > contrast(np.array([best]))[0] * (1 + 1e-12):
                    best = tried[place]
                step /= 64
            turn = [[np.cos(best), np.sin(best)], [-np.sin(best), np.cos(best)]]
            rotation[[i, j]] = turn @ pair
            largest = max(largest, abs(best))
        if largest < 1e-7:
            break
    return rotation


class TICS(TransformerMixin, BaseEstimator, auto_wrap_output_keys=()):
    """Tensor independent color space: clips in three colors that are independent.

    It learns from clips and returns clips: put it behind the `ClipPipeline` in a
    `Pipeline`, and the descriptor behind it.

    Attributes
    ----------
    components_ : ndarray of shape (3, 3)
        As from `tics_matrix`.

    See Also
    --------
    tics_matrix : How the space is found.
    ColorSpace : Fixed color spaces.

    Notes
    -----
    After the paper, details ours: of the modes of a clip, only color is transformed,
    and the space is found by kurtosis. Each component is shifted and scaled so that
    the colors that exist just fill 0..255; patterns do not see this.

    References
    ----------
    S.-J. Wang, W.-J. Yan, X. Li, G. Zhao, C.-G. Zhou, X. Fu, M. Yang, J. Tao,
    "Micro-expression recognition using color spaces", IEEE TIP 24(12), 2015.
    https://doi.org/10.1109/TIP.2015.2496314

    Examples
    --------
    >>> from mefeat import Clip
    >>> rng = np.random.default_rng(0)
    >>> clip = Clip(frames=rng.integers(0, 256, (3, 20, 20, 3)).astype(np.uint8))
    >>> TICS().fit_transform([clip])
    [Clip(3 frames of 20x20 RGB float32)]
    """

    _parameter_constraints: dict = {}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.target_tags.required = False
        return tags

    def fit(self, X, y=None):
        """Find the color space of the clips.

        Parameters
        ----------
        X : list of Clip
            RGB clips.
        y : object, default=None
            Ignored.

        Returns
        -------
        self : object
            The same object.

        Raises
        ------
        ValueError
            If a clip is gray, or colors vary in less than three directions.
        """
        self._validate_params()
        clips = apply_each(lambda clip: in_color(clip, self), X, self)
        self.components_ = tics_matrix(_Frames(clips))
        return self

    def transform(self, X):
        """Express every clip in the color space.

        Parameters
        ----------
        X : list of Clip
            RGB clips.

        Returns
        -------
        list of Clip
            Clips of three channels, float32.

        Raises
        ------
        ValueError
            If a clip is gray.
        """
        check_is_fitted(self)
        return apply_each(self._express, X, self)

    def get_feature_names_out(self, input_features=None):
        """Pass names through.

        Parameters
        ----------
        input_features : object, default=None
            What came.

        Returns
        -------
        object
            The same.
        """
        return input_features

    def _express(self, clip):
        rows = self.components_ / np.abs(self.components_).sum(axis=1, keepdims=True)
        lowest = 255 * np.minimum(rows, 0).sum(axis=1)
        red, green, blue = np.moveaxis(in_color(clip, self).frames, -1, 0)
        channels = [
            (r * red + g * green + b * blue - low).astype(np.float32)
            for (r, g, b), low in zip(rows, lowest, strict=True)
        ]
        return clip.replace(frames=np.stack(channels, axis=-1))

    def set_output(self, *, transform=None):
        """Do nothing: clips stay clips, whatever container rows are put in.

        Parameters
        ----------
        transform : object, default=None
            Ignored.

        Returns
        -------
        self : object
            The same object.
        """
        return self


class _Frames:
    """The frames of clips one by one, as often as wanted."""

    def __init__(self, clips):
        self.clips = clips

    def __iter__(self):
        for clip in self.clips:
            yield from clip.frames
