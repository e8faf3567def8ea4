"""Eulerian magnification: small motions made large by the change of each pixel."""

import numpy as np

from mefeat.base import Stage, need
from mefeat.base.params import choice, number
from mefeat.magnify.bands import amplifier
from mefeat.magnify.color import add_planes, to_planes
from mefeat.magnify.filters import FILTERS, check_band


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
    """Magnify small motions in a sequence of any length, picture by picture.

    Parameters
    ----------
    frames : iterable of ndarray of shape (height, width) or (height, width, 3)
        Gray or RGB pictures of one size, in 0..255. May be a generator.
    fps : float, optional
        Frames per second; not needed by "iir".
    alpha : float, default=8.0
        Factor that the motion is amplified by, beside the motion that is there.
    filter : {"iir", "butter", "ideal"}, default="iir"
        Temporal filter: the difference of two exponential means, that of two
        Butterworth low-passes of order 1, or the frequencies between two. "ideal" needs
        the whole sequence and holds it; the others hold a few pictures.
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
        A new picture for each one, within 0..255, float64 for float64 pictures and
        float32 otherwise.

    Raises
    ------
    ValueError
        If an argument is out of its range, or a picture does not fit the first.

    See Also
    --------
    eulerian_magnification : The same for an array, with the details.

    Examples
    --------
    >>> still = (np.full((20, 20), 7, np.uint8) for _ in range(3))
    >>> [float(picture.max()) for picture in magnify_stream(still)]
    [7.0, 7.0, 7.0]
    """
    _check(alpha, cutoff, chrom_attenuation)
    low, high = check_band(filter, low, high, fps)
    pictures = _pictures(frames)
    pairs = ((picture, to_planes(picture, chrom_attenuation)) for picture in pictures)
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
        Gray or RGB pictures in 0..255.
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
        Pictures within 0..255, float64 for float64 input, float32 otherwise.

    Raises
    ------
    ValueError
        If an argument is out of its range, or there is no picture.

    Notes
    -----
    The pass band of every pixel is split into the bands of a Laplacian pyramid, each is
    multiplied by its factor (see `band_factors`), and their sum is added to the current
    picture. A small motion of frequency f then has ``|1 + s H(f)|`` times its size,
    where H is the response of the filter and s <= alpha tells how much of the pattern
    lies in the bands that are amplified. Filters of order 1 are no walls: they fall by
    half per octave.

    Filter and pyramid commute, so the picture is filtered instead of its bands, and the
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
    pictures = magnify_stream(
        frames,
        fps,
        alpha=alpha,
        filter=filter,
        low=low,
        high=high,
        cutoff=cutoff,
        chrom_attenuation=chrom_attenuation,
    )
    for t, picture in enumerate(pictures):
        out[t] = picture
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

        Parameters
        ----------
        clip : Clip
            The clip, with fps unless the filter is "iir".

        Returns
        -------
        Clip
            The clip with float32 frames.
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


def _pictures(frames):
    """Check pictures, and turn them floating."""
    shape = None
    for t, frame in enumerate(frames):
        frame = np.asarray(frame)
        if shape is None:
            shape, dtype = frame.shape, _floating(frame)
            if not (len(shape) == 2 or len(shape) == 3 and shape[2] == 3):
                raise ValueError(
                    "frames must be pictures of (height, width) or (height, width, 3), "
                    f"got shape {shape}."
                )
        if frame.shape != shape:
            raise ValueError(
                f"frame {t} must have shape {shape} like the first, got {frame.shape}."
            )
        yield np.array(frame, dtype, order="C")


def _magnified(banded, alpha, cutoff, chrom_attenuation):
    """Add to each picture its band, amplified."""
    amplify = None
    for picture, band in banded:
        if amplify is None:
            amplify = amplifier(band, alpha, cutoff)
        yield add_planes(picture, amplify(band), chrom_attenuation)
