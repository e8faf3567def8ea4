"""Values of a clip between its frames."""

import numpy as np


def checked_times(times, n_frames):
    times = np.asarray(times, dtype=np.float64)
    if times.ndim != 1 or not len(times):
        raise ValueError(f"times must be one row of numbers, got shape {times.shape}.")
    inside = times[0] >= 0 and times[-1] <= n_frames - 1
    if not inside or not np.all(np.diff(times) >= 0):
        raise ValueError(
            f"times must not decrease and lie in 0..{n_frames - 1}, got {times}."
        )
    return times


def linear(values, times):
    """Interpolate in difference form: what does not change stays bit-equal."""
    before = np.floor(times).astype(np.intp)
    weight = times - before
    if not weight.any():
        return values[before]
    after = np.minimum(before + 1, len(values) - 1)
    dtype = np.float32 if values.dtype != np.float64 else np.float64
    start = values[before].astype(dtype, copy=False)
    weight = weight.astype(dtype).reshape(-1, *[1] * (values.ndim - 1))
    return start + weight * (values[after].astype(dtype, copy=False) - start)


def nearest(frame, times):
    if frame is None or not times[0] - 0.5 <= frame <= times[-1] + 0.5:
        return None
    return int(np.argmin(np.abs(times - frame)))
