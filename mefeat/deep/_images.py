"""Images that networks take, made of clips."""

import numpy as np

from mefeat.clip import Clip, luma
from mefeat.preprocess import Resize

# Mean and standard deviation of the channels of ImageNet, in 0..1.
_MEAN = np.float32([0.485, 0.456, 0.406]) * 255
_STD = np.float32([0.229, 0.224, 0.225]) * 255


def take_frames(clip, indices, size, *, color):
    """Take frames of a clip as images of a size."""
    frames = clip.frames[np.asarray(indices)]
    if not color:
        frames = luma(frames)
    if frames.shape[1:3] != tuple(size):
        frames = Resize(tuple(size)).apply(Clip(frames)).frames
    frames = frames.astype(np.float32)
    if frames.ndim == 3:
        return np.repeat(frames[:, None], 3 if color else 1, axis=1)
    return np.ascontiguousarray(frames.transpose(0, 3, 1, 2))


def standardize(images):
    """Scale RGB images by the mean and standard deviation of ImageNet."""
    return (images - _MEAN[:, None, None]) / _STD[:, None, None]


def apex_image(clip, size):
    """Take the apex frame, padded with black to a square, as a standardized image."""
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
    # An image of one value stays 0.
    spread = out.std()
    return out / spread if spread > 0 else out


def spread_frames(n_frames, n_wanted):
    """Choose frames spread regularly over a clip."""
    if n_wanted is None or n_wanted >= n_frames:
        return np.arange(n_frames)
    return (np.arange(n_wanted) * 2 + 1) * n_frames // (2 * n_wanted)


def part_frames(n_frames, n_parts, rng):
    """Choose one random frame of each of the equal parts of a clip."""
    edges = np.round(np.linspace(0, n_frames, n_parts + 1)).astype(int)
    first = np.minimum(edges[:-1], n_frames - 1)
    return rng.integers(first, np.maximum(edges[1:], first + 1))
