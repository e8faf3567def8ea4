"""Eulerian magnification: small motions made large by the change of each pixel."""

import numpy as np
import scipy.fft
from scipy.signal import butter

from mefeat.base import Stage, need
from mefeat.base._steps import choice, number
from mefeat.kernels._evm import add_gray, add_yiq, band_step, split_yiq, weigh_bands

EXAGGERATION = 2.0


def band_factors(size, *, alpha=8.0, cutoff=16.0):
    """Tabulate by how much each band of the pyramid is amplified.

    Notes
    -----
    A wavelength L bears the factor 2 (L / (8 d) - 1), with d = cutoff / 8 / (1 + alpha)
    the largest displacement that the approximation is good for. Where this is negative
    the original code inverts the motion of that band; here the factor is 0.

    References
    ----------
    H.-Y. Wu, M. Rubinstein, E. Shih, J. Guttag, F. Durand, W. Freeman, "Eulerian video
    magnification for revealing subtle changes in the world", ACM TOG 31(4), 2012.
    https://doi.org/10.1145/2185520.2185561
    """
    n_bands, (height, width) = 0, size
    while min(height, width) >= 5:
        n_bands, height, width = n_bands + 1, height // 2, width // 2
    wavelengths = np.hypot(*size) / 3 / 2.0 ** np.arange(n_bands, -1, -1)
    factors = EXAGGERATION * (wavelengths * (1 + alpha) / cutoff - 1)
    factors = np.clip(factors, 0, alpha)
    factors[[0, -1]] = 0
    return factors


def amplifier(planes, alpha, cutoff):
    """Set up what amplifies planes of one shape and dtype, band by band."""
    size, dtype = planes.shape[1:], planes.dtype
    factors = band_factors(size, alpha=alpha, cutoff=cutoff)
    steps = np.diff(factors).astype(dtype)
    sizes = np.array([[-(-n // 2**k) for n in size] for k in range(len(factors))])
    pyramid = np.empty(sizes[1:].prod(axis=1).sum(), dtype)
    taps = np.array([4, 6, 1 / 256, 1 / 64], dtype)
    row = np.empty(size[1] + 4, dtype)
    change = np.zeros(planes.shape, dtype)

    def amplify(planes):
        if factors.any():
            for plane, sum_of_bands in zip(planes, change, strict=True):
                weigh_bands(plane, steps, sizes, taps, row, pyramid, sum_of_bands)
        return change

    return amplify


_CHUNK = 4096


def check_band(filter, low, high, fps):
    """Check the pass band of a filter, and fill in what it has by default."""
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
    """Get the recursion of the difference of two exponential means."""
    return 0.0, float(high), float(low)


def butter_rates(low, high, fps):
    """Get the recursion of the difference of two Butterworth low-passes of order 1."""
    fast, slow = (2 * butter(1, f, fs=fps)[0][0] for f in (high, low))
    return 0.5, float(fast), float(slow)


def _iir(pairs, low, high, fps):
    return _recursive(pairs, iir_rates(low, high, fps))


def _butter(pairs, low, high, fps):
    return _recursive(pairs, butter_rates(low, high, fps))


def _recursive(pairs, rates):
    """Filter image by image, in the memory of a few of them."""
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
        # Differences from the first image: what does not change gives zero exactly.
        spectrum = scipy.fft.rfft(part - part[0], axis=0)
        spectrum[stopped] = 0
        part[:] = scipy.fft.irfft(spectrum, len(planes), axis=0)
    yield from zip(companions, planes, strict=True)


FILTERS = {"iir": _iir, "butter": _butter, "ideal": _ideal}


# Weights of R, G and B in Y, I and Q (NTSC).
YIQ = np.array(
    [
        [0.299, 0.587, 0.114],
        [0.59590059, -0.27455667, -0.32134392],
        [0.21153661, -0.52273617, 0.31119955],
    ]
)
_BACK = np.linalg.inv(YIQ)[:, 1:]


def to_planes(image, chrom_attenuation):
    """Split an image into the planes that are filtered."""
    if image.ndim == 2:
        return image[None]
    red_and_blue = YIQ[: 3 if chrom_attenuation else 1, [0, 2]].astype(image.dtype)
    planes = np.empty((len(red_and_blue), *image.shape[:2]), image.dtype)
    split_yiq(image, red_and_blue, planes)
    return planes


def add_planes(image, change, chrom_attenuation):
    """Add a change of the planes to an image."""
    out, limits = np.empty_like(image), np.array([0, 255], image.dtype)
    if image.ndim == 2:
        add_gray(image.reshape(-1), change.reshape(-1), limits, out.reshape(-1))
    else:
        back = (chrom_attenuation * _BACK).astype(image.dtype)
        add_yiq(image, change, back, limits, out)
    return out


def magnify_stream(
    frames,
    fps=None,
    *,
    alpha=8.0,
    filter="iir",
    low=None,
    high=None,
    cutoff=16.0,
    chrom_attenuation=0.1,
):
    """Magnify small motions in a sequence of any length, image by image.

    Parameters
    ----------
    frames : iterable of ndarray of shape (height, width) or (height, width, 3)
        Gray or RGB images of one size, in 0..255. May be a generator.
    fps : float, optional
        Frames per second; not needed by "iir".
    alpha : float, default=8.0
        Factor that the motion is amplified by, beside the motion that is there.
    filter : {"iir", "butter", "ideal"}, default="iir"
        Temporal filter: the difference of two exponential means, that of two
        Butterworth low-passes of order 1, or the frequencies between two. "ideal" needs
        the whole sequence and holds it; the others hold a few images.
    low, high : float, optional
        Ends of the pass band: in hertz for "butter" and "ideal", which need them, and
        smoothing factors for "iir", where they are 0.05 and 0.4 by default.
    cutoff : float, default=16.0
        Spatial wavelength in pixels below which the amplification falls.
    chrom_attenuation : float, default=0.1
        What the change of color is multiplied by.

    Returns
    -------
    iterator of ndarray of shape (height, width) or (height, width, 3)
        A new image for each one, within 0..255, float64 for float64 images and
        float32 otherwise.

    Raises
    ------
    ValueError
        If an argument is out of its range, or an image does not fit the first.

    See Also
    --------
    eulerian_magnification : The same for an array, with the details.

    Examples
    --------
    >>> still = (np.full((20, 20), 7, np.uint8) for _ in range(3))
    >>> [float(image.max()) for image in magnify_stream(still)]
    [7.0, 7.0, 7.0]
    """
    _check(alpha, cutoff, chrom_attenuation)
    low, high = check_band(filter, low, high, fps)
    images = _images(frames)
    pairs = ((image, to_planes(image, chrom_attenuation)) for image in images)
    banded = FILTERS[filter](pairs, low, high, fps)
    return _magnified(banded, alpha, cutoff, chrom_attenuation)


def eulerian_magnification(
    frames,
    *,
    alpha=8.0,
    filter="iir",
    low=None,
    high=None,
    cutoff=16.0,
    chrom_attenuation=0.1,
    fps=None,
):
    """Magnify small motions in a sequence.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width) or (n_frames, height, width, 3)
        Gray or RGB images in 0..255.
    alpha : float, default=8.0
        Factor that the motion is amplified by, beside the motion that is there.
    filter : {"iir", "butter", "ideal"}, default="iir"
        Temporal filter: the difference of two exponential means, that of two
        Butterworth low-passes of order 1, or the frequencies between two.
    low, high : float, optional
        Ends of the pass band: in hertz for "butter" and "ideal", which need them, and
        smoothing factors for "iir", where they are 0.05 and 0.4 by default.
    cutoff : float, default=16.0
        Spatial wavelength in pixels below which the amplification falls.
    chrom_attenuation : float, default=0.1
        What the change of color is multiplied by.
    fps : float, optional
        Frames per second; not needed by "iir".

    Returns
    -------
    ndarray of the shape of frames
        Images within 0..255, float64 for float64 input, float32 otherwise.

    Raises
    ------
    ValueError
        If an argument is out of its range, or there is no image.

    Notes
    -----
    The pass band of every pixel is split into the bands of a Laplacian pyramid, each is
    multiplied by its factor (see `band_factors`), and their sum is added to the current
    image. A small motion of frequency f then has ``|1 + s H(f)|`` times its size,
    where H is the response of the filter and s <= alpha tells how much of the pattern
    lies in the bands that are amplified. Filters of order 1 are no walls: they fall by
    half per octave.

    Filter and pyramid commute, so the image is filtered instead of its bands, and the
    pyramid is built once, of the result. What does not change keeps its value to the
    last bit.

    Where this departs from the original code: factors are not negative; `butter` takes
    true hertz, where the original halves the frequencies; `ideal` keeps both mirror
    halves of the spectrum, where the original keeps one and halves the amplitude.

    References
    ----------
    H.-Y. Wu, M. Rubinstein, E. Shih, J. Guttag, F. Durand, W. Freeman, "Eulerian video
    magnification for revealing subtle changes in the world", ACM TOG 31(4), 2012.
    https://doi.org/10.1145/2185520.2185561

    Examples
    --------
    >>> frames = np.zeros((5, 20, 20), np.uint8)
    >>> frames[3:, 5:15, 5:15] = 100
    >>> brighter = eulerian_magnification(frames) > frames
    >>> brighter.any(axis=(1, 2)).tolist()
    [False, False, False, True, True]
    """
    frames = np.asarray(frames)
    if frames.ndim not in (3, 4) or not frames.size:
        raise ValueError(
            "frames must be (n_frames, height, width) or (n_frames, height, width, 3), "
            f"got shape {frames.shape}."
        )
    out = np.empty(frames.shape, _floating(frames))
    images = magnify_stream(
        frames,
        fps,
        alpha=alpha,
        filter=filter,
        low=low,
        high=high,
        cutoff=cutoff,
        chrom_attenuation=chrom_attenuation,
    )
    for t, image in enumerate(images):
        out[t] = image
    return out


class EulerianMagnification(Stage):
    """Magnify small motions by amplifying how each pixel changes.

    Parameters
    ----------
    alpha : float, default=8
        Factor that the motion is amplified by, beside the motion that is there. In the
        literature 8 (SMIC) and 20 (CASME II, SAMM).
    filter : {"iir", "butter", "ideal"}, default="iir"
        Temporal filter, see `eulerian_magnification`.
    low, high : float, default=None
        Ends of the pass band: in hertz for "butter" and "ideal", which need them, and
        smoothing factors for "iir", where they are 0.05 and 0.4 by default.
    cutoff : float, default=16
        Spatial wavelength in pixels below which the amplification falls.
    chrom_attenuation : float, default=0.1
        What the change of color is multiplied by.

    See Also
    --------
    eulerian_magnification : The function on arrays, with the details.

    Notes
    -----
    It magnifies the motion of the head as well: align and crop before. Smoothing
    factors are per frame, so that the band moves with the frame rate: interpolate to
    another number of frames after. Landmarks stay where they are.

    References
    ----------
    H.-Y. Wu, M. Rubinstein, E. Shih, J. Guttag, F. Durand, W. Freeman, "Eulerian video
    magnification for revealing subtle changes in the world", ACM TOG 31(4), 2012.
    https://doi.org/10.1145/2185520.2185561

    Examples
    --------
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((40, 170, 140), np.uint8), fps=200, apex=20)
    >>> EulerianMagnification(alpha=20).transform([clip])
    [Clip(40 frames of 170x140 gray float32, 200 fps, apex 20)]
    """

    _parameter_constraints: dict = {
        "alpha": [number(0)],
        "filter": [choice(FILTERS)],
        "low": [number(0), None],
        "high": [number(0, closed="neither"), None],
        "cutoff": [number(0, closed="neither")],
        "chrom_attenuation": [number(0)],
    }

    def __init__(
        self,
        alpha=8,
        filter="iir",
        *,
        low=None,
        high=None,
        cutoff=16,
        chrom_attenuation=0.1,
    ):
        self.alpha = alpha
        self.filter = filter
        self.low = low
        self.high = high
        self.cutoff = cutoff
        self.chrom_attenuation = chrom_attenuation

    def apply(self, clip):
        """Magnify a clip.

        Gives the clip with float32 frames.
        """
        if self.filter != "iir":
            need(clip, "fps", self, "give Clip or ClipFile their fps")
        frames = eulerian_magnification(clip.frames, **self.get_params(), fps=clip.fps)
        return clip.replace(frames=frames)


def _check(alpha, cutoff, chrom_attenuation):
    if not (alpha >= 0 and cutoff > 0 and chrom_attenuation >= 0):
        raise ValueError(
            "alpha and chrom_attenuation must not be negative and cutoff must be "
            f"positive, got {alpha}, {chrom_attenuation} and {cutoff}."
        )


def _floating(frames):
    return np.float64 if frames.dtype == np.float64 else np.float32


def _images(frames):
    """Check images, and turn them floating."""
    shape = None
    for t, frame in enumerate(frames):
        frame = np.asarray(frame)
        if shape is None:
            shape, dtype = frame.shape, _floating(frame)
            if not (len(shape) == 2 or len(shape) == 3 and shape[2] == 3):
                raise ValueError(
                    "frames must be images of (height, width) or (height, width, 3), "
                    f"got shape {shape}."
                )
        if frame.shape != shape:
            raise ValueError(
                f"frame {t} must have shape {shape} like the first, got {frame.shape}."
            )
        yield np.array(frame, dtype, order="C")


def _magnified(banded, alpha, cutoff, chrom_attenuation):
    """Add to each image its band, amplified."""
    amplify = None
    for image, band in banded:
        if amplify is None:
            amplify = amplifier(band, alpha, cutoff)
        yield add_planes(image, amplify(band), chrom_attenuation)
