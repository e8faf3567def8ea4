"""The Wiener filter, which takes noise out of frames."""

import numpy as np

from mefeat.base import Stage
from mefeat.base._steps import whole


def wiener(frames, size=3):
    """Filter each frame by its local mean and variance.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width)
        Gray values.
    size : int, default=3
        Side of the square around a pixel, odd.

    Returns
    -------
    ndarray of shape (n_frames, height, width)
        float64 for float64 input, float32 otherwise.

    Raises
    ------
    ValueError
        If `size` is even, or reaches over a side of the frames.

    Notes
    -----
    A pixel becomes mean + (1 - noise / variance) (pixel - mean), or the mean where the
    variance of its square is below the noise, which is the mean variance of the frame.
    This is `scipy.signal.wiener` on frames mirrored at their border pixels, computed
    from differences to the pixel, so that equal squares give equal values to the last
    bit.

    References
    ----------
    J. S. Lim, "Two-dimensional signal and image processing", Prentice Hall, 1990.

    Y. Wang, J. See, R. C.-W. Phan, Y.-H. Oh, "Efficient spatio-temporal local binary
    patterns for spontaneous facial micro-expression recognition", PLoS ONE 10(5), 2015.
    https://doi.org/10.1371/journal.pone.0124674

    Examples
    --------
    The variance is 18 at both sides of the edge and 0 elsewhere, so the noise is 6, and
    a pixel at the edge goes a third of the way to its mean, 3 or 6:

    >>> edge = np.tile([0.0, 0, 0, 9, 9, 9], (1, 3, 1))
    >>> wiener(edge)[0, 0].tolist()
    [0.0, 0.0, 1.0, 8.0, 9.0, 9.0]
    """
    if size < 1 or size % 2 == 0:
        raise ValueError(f"size must be odd and at least 1, got {size}.")
    reach = size // 2
    if min(frames.shape[1:]) <= reach:
        height, width = frames.shape[1:]
        raise ValueError(
            f"squares of {size}x{size} pixels do not fit frames of {height}x{width}."
        )
    kind = np.float64 if frames.dtype == np.float64 else np.float32
    out = np.empty(frames.shape, kind)
    for frame, filtered in zip(frames, out, strict=True):
        filtered[:] = _filtered(frame.astype(np.float64), reach)
    return out


def _filtered(frame, reach):
    """Filter one frame; its squares are walked through in a fixed order."""
    height, width = frame.shape
    near = np.pad(frame, reach, mode="reflect")
    sums, squares = np.zeros_like(frame), np.zeros_like(frame)
    for y in range(2 * reach + 1):
        for x in range(2 * reach + 1):
            difference = near[y : y + height, x : x + width] - frame
            sums += difference
            squares += difference**2
    shift = sums / (2 * reach + 1) ** 2  # from the pixel to the mean
    variance = squares / (2 * reach + 1) ** 2 - shift**2
    noise = variance.mean()
    share = np.divide(noise, variance, out=np.ones_like(frame), where=variance > noise)
    return frame + share * shift


class WienerFilter(Stage):
    """Filter noise out of every frame by its local mean and variance.

    Parameters
    ----------
    size : int, default=3
        Side of the square around a pixel, odd.

    See Also
    --------
    wiener : The function on arrays, with the details.

    Notes
    -----
    It was put before LBP-SIP and LBP-MOP. The channels of an RGB clip are filtered
    apart.

    References
    ----------
    Y. Wang, J. See, R. C.-W. Phan, Y.-H. Oh, "Efficient spatio-temporal local binary
    patterns for spontaneous facial micro-expression recognition", PLoS ONE 10(5), 2015.
    https://doi.org/10.1371/journal.pone.0124674

    Examples
    --------
    >>> from mefeat import Clip
    >>> WienerFilter().transform([Clip(frames=np.full((3, 8, 8), 7, np.uint8))])
    [Clip(3 frames of 8x8 gray float32)]
    """

    _parameter_constraints: dict = {"size": [whole(1)]}

    def __init__(self, size=3):
        self.size = size

    def apply(self, clip):
        """Filter one clip.

        Gives the clip with float32 frames.
        """
        frames = clip.frames
        if frames.ndim == 3:
            return clip.replace(frames=wiener(frames, self.size))
        channels = [wiener(frames[..., c], self.size) for c in range(3)]
        return clip.replace(frames=np.stack(channels, axis=3))
