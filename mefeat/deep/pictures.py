"""From clips to the pictures that networks take."""

import numpy as np

from mefeat.clip import Clip, luma
from mefeat.preprocess import Resize

# Mean and standard deviation of the channels of ImageNet, in 0..1.
_MEAN = np.float32([0.485, 0.456, 0.406]) * 255
_STD = np.float32([0.229, 0.224, 0.225]) * 255


def take_frames(clip, indices, size, *, color):
    """Take frames of a clip as pictures of a size.

    Parameters
    ----------
    clip : Clip
        The clip.
    indices : array-like of int
        The frames.
    size : tuple of int
        Height and width; frames of another size are resized.
    color : bool
        Whether to give three channels; gray frames are then repeated. Without, RGB
        frames become their luma.

    Returns
    -------
    ndarray of shape (n_frames, n_channels, height, width), float32
        Pictures in 0..255.

    Examples
    --------
    >>> clip = Clip(np.full((5, 8, 6), 9, np.uint8))
    >>> take_frames(clip, [0, 3], (4, 4), color=True).shape
    (2, 3, 4, 4)
    """
    frames = clip.frames[np.asarray(indices)]
    if not color:
        frames = luma(frames)
    if frames.shape[1:3] != tuple(size):
        frames = Resize(tuple(size)).apply(Clip(frames)).frames
    frames = frames.astype(np.float32)
    if frames.ndim == 3:
        return np.repeat(frames[:, None], 3 if color else 1, axis=1)
    return np.ascontiguousarray(frames.transpose(0, 3, 1, 2))


def standardize(pictures):
    """Scale RGB pictures by the mean and standard deviation of ImageNet.

    Parameters
    ----------
    pictures : ndarray of shape (..., 3, height, width)
        Pictures in 0..255.

    Returns
    -------
    ndarray of the same shape
        (value / 255 - mean) / standard deviation of each channel.

    Examples
    --------
    >>> white = np.full((1, 3, 1, 1), 255.0)
    >>> standardize(white).ravel().round(2).tolist()
    [2.25, 2.43, 2.64]
    """
    return (pictures - _MEAN[:, None, None]) / _STD[:, None, None]


def apex_picture(clip, size):
    """Take the apex frame, padded with black to a square, as a standardized picture.

    Parameters
    ----------
    clip : Clip
        A clip with an apex.
    size : int
        Height and width of the square, pixels.

    Returns
    -------
    ndarray of shape (1, size, size), float32
        The luma of the frame in the middle of the square, less its mean, by its
        standard deviation. A frame that is larger than the square is made smaller, its
        ratio kept.

    Examples
    --------
    Half of the square is white, half black:

    >>> clip = Clip(np.full((1, 4, 2), 255, np.uint8), apex=0)
    >>> apex_picture(clip, 4)[0, 0].tolist()
    [-1.0, 1.0, 1.0, -1.0]
    """
    frame = luma(clip.frames[clip.apex : clip.apex + 1])
    height, width = frame.shape[1:]
    shrink = min(1, size / max(height, width))
    if shrink < 1:
        height, width = (max(1, round(n * shrink)) for n in (height, width))
        frame = Resize((height, width)).apply(Clip(frame)).frames
    out = np.zeros((1, size, size), dtype=np.float32)
    top, left = (size - height) // 2, (size - width) // 2
    out[0, top : top + height, left : left + width] = frame[0]
    out -= out.mean()
    # A picture of one value stays 0.
    spread = out.std()
    return out / spread if spread > 0 else out


def spread_frames(n_frames, n_wanted):
    """Choose frames spread regularly over a clip.

    Parameters
    ----------
    n_frames : int
        Number of frames there are.
    n_wanted : int or None
        How many to choose at most; None for all.

    Returns
    -------
    ndarray of int
        Their indices, increasing: the middles of as many equal parts of the clip.

    Examples
    --------
    >>> spread_frames(9, 3).tolist(), spread_frames(2, 3).tolist()
    ([1, 4, 7], [0, 1])
    """
    if n_wanted is None or n_wanted >= n_frames:
        return np.arange(n_frames)
    return (np.arange(n_wanted) * 2 + 1) * n_frames // (2 * n_wanted)


def part_frames(n_frames, n_parts, rng):
    """Choose one random frame of each of the equal parts of a clip.

    Parameters
    ----------
    n_frames, n_parts : int
        Number of frames and of parts; parts of a clip with fewer frames share them.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of shape (n_parts,)
        Indices, not decreasing.

    Examples
    --------
    >>> part_frames(3, 3, np.random.default_rng(0)).tolist()
    [0, 1, 2]
    """
    edges = np.round(np.linspace(0, n_frames, n_parts + 1)).astype(int)
    first = np.minimum(edges[:-1], n_frames - 1)
    return rng.integers(first, np.maximum(edges[1:], first + 1))
