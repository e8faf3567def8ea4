"""Temporal filters of Eulerian magnification: pictures in, bands of them out.

A filter is a generator: `(pairs, low, high, fps)` to pairs. It takes pairs of anything
and the planes of a picture, and gives, in order, what came with each picture and the
pass band of the planes, valid until the next one is asked for.
"""

import numpy as np
import scipy.fft
from scipy.signal import butter

from mefeat.kernels.temporal import band_step

_CHUNK = 4096


def check_band(filter, low, high, fps):
    """Check the pass band of a filter, and fill in what it has by default.

    Parameters
    ----------
    filter : {"iir", "butter", "ideal"}
        Name of the filter.
    low, high : float or None
        Ends of the band: smoothing factors for "iir", hertz for the others.
    fps : float or None
        Frames per second.

    Returns
    -------
    low, high : float
        Ends of the band.

    Raises
    ------
    ValueError
        If the filter is not known or the band is not one.

    Examples
    --------
    >>> check_band("iir", None, None, None)
    (0.05, 0.4)
    """
    if filter not in FILTERS:
        raise ValueError(f"filter must be among {list(FILTERS)}, got {filter!r}.")
    if filter == "iir":
        low, high = 0.05 if low is None else low, 0.4 if high is None else high
        if not 0 <= low < high <= 1:
            raise ValueError(
                "smoothing factors of 'iir' must be 0 <= low < high <= 1, got low "
                f"{low} and high {high}."
            )
        return low, high
    if None in (low, high, fps):
        raise ValueError(
            f"the filter {filter!r} needs low and high, in hertz, and fps, got low "
            f"{low}, high {high} and fps {fps}."
        )
    if filter == "ideal" and 0 <= low < high:
        return low, high
    # No digital low-pass ends at half of the frame rate or above.
    limit = fps / 2 if filter == "butter" else np.inf
    if not 0 < low < high < limit:
        ends = f" < {limit:g}, half of the fps" if filter == "butter" else ""
        raise ValueError(
            f"the band must be 0 < low < high{ends}, got low {low} and high {high}."
        )
    return low, high


def iir_rates(low, high, fps):
    """Get the recursion of the difference of two exponential means.

    Parameters
    ----------
    low, high : float
        Smoothing factors of the slow and of the fast mean.
    fps : float or None
        Not used: the factors are per frame.

    Returns
    -------
    lag, fast_rate, slow_rate : float
        Numbers of `mefeat.kernels.temporal.band_step`.

    Examples
    --------
    >>> iir_rates(0.05, 0.4, None)
    (0.0, 0.4, 0.05)
    """
    return 0.0, float(high), float(low)


def butter_rates(low, high, fps):
    """Get the recursion of the difference of two Butterworth low-passes of order 1.

    Parameters
    ----------
    low, high : float
        Cut-off frequencies in hertz.
    fps : float
        Frames per second.

    Returns
    -------
    lag, fast_rate, slow_rate : float
        Numbers of `mefeat.kernels.temporal.band_step`.

    Examples
    --------
    A quarter of the frame rate is where the low-pass is the mean of two frames.

    >>> [round(number, 6) for number in butter_rates(1e-9, 25, 100)]
    [0.5, 1.0, 0.0]
    """
    fast, slow = (2 * butter(1, f, fs=fps)[0][0] for f in (high, low))
    return 0.5, float(fast), float(slow)


def _iir(pairs, low, high, fps):
    return _recursive(pairs, iir_rates(low, high, fps))


def _butter(pairs, low, high, fps):
    return _recursive(pairs, butter_rates(low, high, fps))


def _recursive(pairs, rates):
    """Filter picture by picture, in the memory of a few of them."""
    last = None
    for companion, planes in pairs:
        now = planes.reshape(-1)
        if last is None:
            last, fast, slow = now, now.copy(), now.copy()
            band, rates = np.empty_like(now), np.array(rates, now.dtype)
        band_step(now, last, rates, fast, slow, band)
        last = now
        yield companion, band.reshape(planes.shape)


def _ideal(pairs, low, high, fps):
    """Keep the frequencies between two, of the whole sequence at once."""
    pairs = list(pairs)
    if not pairs:
        return
    companions, planes = zip(*pairs, strict=True)
    planes = np.stack(planes)
    flat = planes.reshape(len(planes), -1)
    frequencies = scipy.fft.rfftfreq(len(planes), 1 / fps)
    stopped = (frequencies <= low) | (frequencies >= high)
    for start in range(0, flat.shape[1], _CHUNK):
        part = flat[:, start : start + _CHUNK]
        # Differences from the first picture: what does not change gives zero exactly.
        spectrum = scipy.fft.rfft(part - part[0], axis=0)
        spectrum[stopped] = 0
        part[:] = scipy.fft.irfft(spectrum, len(planes), axis=0)
    yield from zip(companions, planes, strict=True)


FILTERS = {"iir": _iir, "butter": _butter, "ideal": _ideal}
