"""Temporal interpolation: clips of any length brought to the same number of frames."""

import numpy as np

from mefeat.base import Stage
from mefeat.base._steps import choice, whole

__all__ = [
    "TemporalInterpolation",
    "temporal_interpolation",
]

# Pixels of all frames that are interpolated at a time: so many, or so many numbers.
_CHUNK, _NUMBERS = 16384, 2**24
_FRAMES = 1024  # whose weights are tabulated at a time


def tim_weights(n_in, positions):
    """Tabulate the closed form of the temporal interpolation model."""
    k = np.arange(1, n_in)
    frame = np.arange(1, n_in + 1) / n_in - 1 / (2 * n_in)
    time = positions * (1 - 1 / n_in) + 1 / n_in - 1 / (2 * n_in)
    at_times = np.cos(np.pi * np.outer(time, k))
    waves = np.hstack(
        [
            at_times @ np.cos(np.pi * np.outer(k, frame[start : start + _FRAMES]))
            for start in range(0, n_in, _FRAMES)
        ]
    )
    return (1 + 2 * waves) / n_in


def linear_weights(n_in, positions):
    """Tabulate linear interpolation between neighboring frames."""
    distance = np.abs(positions[:, None] * (n_in - 1) - np.arange(n_in))
    return np.maximum(1 - distance, 0)


METHODS = {"tim": tim_weights, "linear": linear_weights}


def temporal_interpolation(frames, n_frames, *, method="tim"):
    """Interpolate a sequence to a number of frames equally spaced in time.

    Parameters
    ----------
    frames : ndarray of shape (n_in, ...)
        Images or any other numbers, one entry per frame.
    n_frames : int
        Number of frames wanted; the first and last stay where they are.
    method : {"tim", "linear"}, default="tim"
        The temporal interpolation model, or linear interpolation.

    Returns
    -------
    ndarray of shape (n_frames, ...)
        float64 for float64 input, float32 otherwise.

    Raises
    ------
    ValueError
        If there is no frame, `n_frames` is below 1 or `method` is not known.

    Notes
    -----
    The original code of the model subtracts the mean, takes a singular value
    decomposition and the eigenvectors of a path graph, fits a curve, and goes back.
    With all components kept this is a fixed matrix that does not look at the images;
    here it is applied directly, which agrees to 3e-13 and needs no condition of rank.
    It is applied to the differences from the first frame, so that a pixel that does
    not change keeps its value to the last bit. Weights are signed: results may leave
    the range of the input.

    References
    ----------
    Z. Zhou, G. Zhao, M. Pietikäinen, "Towards a practical lipreading system", CVPR
    2011. https://doi.org/10.1109/CVPR.2011.5995345

    Examples
    --------
    >>> temporal_interpolation(np.array([0.0, 10.0]), 3, method="linear").tolist()
    [0.0, 5.0, 10.0]
    """
    frames = np.asarray(frames)
    if frames.ndim == 0 or len(frames) == 0:
        raise ValueError(f"frames must not be empty, got shape {frames.shape}.")
    if n_frames < 1:
        raise ValueError(f"n_frames must be at least 1, got {n_frames}.")
    if method not in METHODS:
        raise ValueError(f"method must be among {list(METHODS)}, got {method!r}.")
    dtype = np.float64 if frames.dtype == np.float64 else np.float32
    weights = METHODS[method](len(frames), np.linspace(0, 1, n_frames)).astype(dtype)
    flat = frames.reshape(len(frames), -1)
    out = np.empty((n_frames, flat.shape[1]), dtype)
    # In pieces: the differences of all pixels would hold the clip a second time.
    step = min(_CHUNK, max(1, _NUMBERS // len(frames) // 1024) * 1024)
    for start in range(0, flat.shape[1], step):
        part = flat[:, start : start + step].astype(dtype)
        first = part[0].copy()
        part -= first
        out[:, start : start + step] = weights @ part + first
    return out.reshape(n_frames, *frames.shape[1:])


class TemporalInterpolation(Stage):
    """Bring every clip to the same number of frames.

    Parameters
    ----------
    n_frames : int, default=10
        Number of frames. Usual: 10 before LBP-TOP; 20, 64 and 90 (SMIC, CASME,
        CASME II) before sparse MDMO.
    method : {"tim", "linear"}, default="tim"
        The temporal interpolation model, or linear interpolation.

    See Also
    --------
    temporal_interpolation : The function on arrays, with the details.

    Notes
    -----
    Results are clipped to 0..255. Landmarks are interpolated linearly; onset, apex and
    offset go to the nearest frame; fps is that of the new spacing.

    References
    ----------
    Z. Zhou, G. Zhao, M. Pietikäinen, "Towards a practical lipreading system", CVPR
    2011. https://doi.org/10.1109/CVPR.2011.5995345

    Examples
    --------
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((40, 8, 8), np.uint8), fps=200, apex=39)
    >>> TemporalInterpolation(14).transform([clip])
    [Clip(14 frames of 8x8 gray float32, 66.6667 fps, apex 13)]
    """

    _parameter_constraints: dict = {
        "n_frames": [whole(1)],
        "method": [choice(METHODS)],
    }

    def __init__(self, n_frames=10, method="tim"):
        self.n_frames = n_frames
        self.method = method

    def apply(self, clip):
        """Interpolate a clip.

        Gives the clip with `n_frames` float32 frames. Raises a ValueError if the clip
        has one frame only, between which and itself there is nothing.
        """
        if len(clip.frames) < 2 <= self.n_frames:
            raise ValueError(
                "TemporalInterpolation needs clips of at least 2 frames, got 1."
            )
        times = np.linspace(0, len(clip.frames) - 1, self.n_frames)
        frames = temporal_interpolation(clip.frames, self.n_frames, method=self.method)
        return clip.at(times, np.clip(frames, 0, 255))
