"""Apex finders for clips that hold one expression."""

import warnings

import numpy as np
from scipy.fft import rfft2

from mefeat.base import Stage, has_apex
from mefeat.base._steps import choice, number
from mefeat.clip import luma
from mefeat.flow import optical_flow
from mefeat.kernels._spotting import sliding_magnitudes
from mefeat.regions import edges, grid_regions
from mefeat.spotting._curves import smooth_features
from mefeat.spotting._histograms import lbp_histograms
from mefeat.texture._patterns import check_volume


def frequency_curve(frames, *, grid=(6, 6), n_window=61, cutoff=0.51):
    """Add up the high frequencies of texture in a window around each frame.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width)
        Gray images.
    grid : tuple of int, default=(6, 6)
        Rows and columns of blocks.
    n_window : int, default=61
        Frames of the window, odd.
    cutoff : float, default=0.51
        Frequencies below this are left out, in cycles per pixel and per frame.

    Returns
    -------
    ndarray of shape (n_frames,), float64
        The curve. It is highest where the face changes most.

    Raises
    ------
    ValueError
        If frames are not gray, not finite or too small for the grid, or the window is
        not odd.

    Notes
    -----
    In each block the images of local binary patterns (8 square neighbors) in the
    window make a volume, of which the magnitudes of the 3-D Fourier transform are
    summed where the distance from frequency 0, ``sqrt(y**2 + x**2 + t**2)`` in cycles
    per pixel and per frame, is at least the cutoff. The paper gives the cutoff in bins
    (31 of 61); in parts of the window it means the same for all sizes. First and last
    frame are repeated half a window. All blocks are used; a public file of the authors
    takes a part of them, with no reason given.

    The 2-D transform of each frame and block is computed once, and the transform along
    time by a sliding sum.

    References
    ----------
    Y. Li, X. Huang, G. Zhao, "Can micro-expression be recognized based on single apex
    frame?", ICIP 2018.

    Examples
    --------
    >>> still = np.zeros((5, 24, 24), np.uint8)
    >>> curve = frequency_curve(still, grid=(1, 1))
    >>> bool(np.ptp(curve) < 1e-6)
    True
    """
    frames = check_volume(frames)
    if n_window % 2 != 1:
        raise ValueError(f"n_window must be odd, got {n_window}.")
    codes, half = square_codes(frames), n_window // 2
    grid_regions(codes.shape[1:], grid)  # refuses a grid that does not fit
    time = np.fft.fftfreq(n_window)
    order = np.argsort(-np.abs(time), kind="stable")
    out = np.zeros(len(frames))
    rows, columns = (
        edges(length, n) for length, n in zip(codes.shape[1:], grid, strict=True)
    )
    for top, below in zip(rows[:-1], rows[1:], strict=True):
        for left, right in zip(columns[:-1], columns[1:], strict=True):
            block = codes[:, top:below, left:right].astype(np.float64)
            series, weights, space = _series(block, half)
            # Frequencies of time come from the highest down, so those kept are first.
            high = np.abs(time[order])[None] ** 2 + space[:, None] >= cutoff**2
            sliding_magnitudes(
                series, weights, high.sum(axis=1), 2 * np.pi * time[order], out
            )
    return out


def square_codes(frames):
    """Compute the pattern of each pixel's eight neighbors in its 3x3 square."""
    height, width = frames.shape[1:]
    center = frames[:, 1:-1, 1:-1]
    codes = np.zeros(center.shape, np.uint8)
    around = [(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]
    for p, (y, x) in enumerate(around):
        neighbor = frames[:, 1 + y : height - 1 + y, 1 + x : width - 1 + x]
        codes |= (neighbor >= center).astype(np.uint8) << np.uint8(p)
    return codes


def _series(block, half):
    """Transform a block's images, and repeat the first and the last."""
    spectra = rfft2(block)
    n_rows, n_columns = block.shape[1:]
    y = np.fft.fftfreq(n_rows)[:, None]
    x = np.fft.rfftfreq(n_columns)[None]
    # Columns left out mirror those that are there, but for the first and, where the
    # width is even, the last.
    weights = np.full(x.shape, 2.0)
    weights[:, 0] = 1
    if n_columns % 2 == 0:
        weights[:, -1] = 1
    series = spectra.reshape(len(block), -1).T
    series = np.pad(series, ((0, 0), (half, half)), mode="edge")
    space = np.ravel(y**2 + x**2)
    weights = np.broadcast_to(weights, (n_rows, weights.shape[1])).ravel()
    return np.ascontiguousarray(series), np.ascontiguousarray(weights), space


def apex_by_fft(frames, *, grid=(6, 6), n_window=61):
    """Find the apex where texture changes quickest.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width)
        Gray images from onset to offset.
    grid : tuple of int, default=(6, 6)
        Rows and columns of blocks.
    n_window : int, default=61
        Frames of the window.

    Returns
    -------
    int
        Index of the apex.

    See Also
    --------
    mefeat.spotting.frequency_curve : What is highest there, with the reference.

    Examples
    --------
    >>> apex_by_fft(np.zeros((5, 42, 42), np.uint8)) in range(5)
    True
    """
    return int(np.argmax(frequency_curve(frames, grid=grid, n_window=n_window)))


def apex_by_difference(frames, *, smoothing_frames=1):
    """Find the apex where patterns differ most from those of onset and offset.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width)
        Gray images from onset to offset.
    smoothing_frames : int, default=1
        Over how many frames histograms are averaged before.

    Returns
    -------
    int
        Index of the apex.

    Notes
    -----
    Feature difference, the ends being the first and the last frame. Distances are those
    of `feature_difference`, averaged over the third of the blocks that differ most.

    Examples
    --------
    >>> frames = np.zeros((5, 42, 42), np.uint8)
    >>> frames[2, ::2] = 9
    >>> apex_by_difference(frames)
    2
    """
    features = _patterns(frames, smoothing_frames)
    rest = (features[:1] + features[-1:]) / 2
    return int(np.argmax(_largest(_chi_square(features, rest))))


def apex_by_bisection(frames, *, smoothing_frames=1):
    """Find the apex by halving the clip, again and again, for the half that differs.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width)
        Gray images from onset to offset.
    smoothing_frames : int, default=1
        Over how many frames histograms are averaged before.

    Returns
    -------
    int
        Index of the apex.

    Notes
    -----
    The difference of each frame from rest is summed over both halves; the half with the
    larger sum goes on, the first one where they are equal. Rest is the mean of onset
    and offset; the paper takes the onset alone, and then what drifts wins: on synthetic
    clips the median error was 0.09 s instead of 0.005 s. The level that a
    quarter of the frames lies below is taken off before. The paper describes areas
    around landmarks; here it is the third of the blocks that differ most.

    References
    ----------
    S.-T. Liong, J. See, K. Wong, A. C. Le Ngo, Y.-H. Oh, R. Phan, "Automatic apex frame
    spotting in micro-expression database", ACPR 2015.
    https://doi.org/10.1109/ACPR.2015.7486586

    Examples
    --------
    >>> frames = np.zeros((8, 42, 42), np.uint8)
    >>> frames[5, ::2] = 9
    >>> apex_by_bisection(frames)
    5
    """
    features = _patterns(frames, smoothing_frames)
    curve = _largest(_chi_square(features, (features[:1] + features[-1:]) / 2))
    # Noise alone makes frames differ, and would make the later half the larger.
    curve = np.maximum(curve - np.quantile(curve, 0.25), 0)
    first, last = 0, len(curve)
    while last - first > 1:
        middle = (first + last + 1) // 2
        if curve[first:middle].sum() >= curve[middle:last].sum():
            last = middle
        else:
            first = middle
    return first


def apex_by_flow(frames, *, solver="dis_fast", smoothing_frames=1):
    """Find the apex where the face has moved furthest from the onset.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width)
        Gray images from onset to offset.
    solver : str or callable, default="dis_fast"
        As for `mefeat.flow.optical_flow`.
    smoothing_frames : int, default=1
        Over how many frames flow is averaged.

    Returns
    -------
    int
        Index of the apex.

    Notes
    -----
    The median flow, which is what the head does, is subtracted; the measure is the mean
    length of the tenth of the vectors that are longest.

    Examples
    --------
    >>> apex_by_flow(np.zeros((3, 42, 42), np.uint8))
    0
    """
    frames = np.asarray(frames)
    flows = np.array([optical_flow(frames[0], frame, solver) for frame in frames])
    flows -= np.median(flows, axis=(2, 3), keepdims=True)
    flows = smooth_features(flows.reshape(len(flows), 2, -1), smoothing_frames)
    lengths = np.hypot(flows[:, 0], flows[:, 1])
    n_longest = max(1, lengths.shape[1] // 10)
    longest = np.partition(lengths, -n_longest, axis=1)[:, -n_longest:]
    return int(np.argmax(longest.mean(axis=1)))


APEX_FINDERS = {
    "difference": apex_by_difference,
    "fft": apex_by_fft,
    "bisection": apex_by_bisection,
    "flow": apex_by_flow,
}


class ApexFinder(Stage):
    """Give each clip that has no apex the frame that looks like one.

    A clip that has an apex passes through as it is, unless its apex is its onset, from
    which nothing has moved: then another one is looked for, with a warning.

    Parameters
    ----------
    method : {"difference", "fft", "bisection", "flow"}, default="difference"
        Where the patterns differ most from those of onset and offset; where texture
        changes quickest; by halving; where the face has moved furthest.
    smoothing_s : float, default=0.045
        Seconds over which features are averaged; "fft" does not. In clips without fps
        it is frames.

    See Also
    --------
    apex_by_difference, apex_by_fft, apex_by_bisection, apex_by_flow : The functions.

    Notes
    -----
    The frames from onset to offset are looked at, or all where these are missing; the
    apex is never the onset itself. Put steps that align and crop the face before.

    Examples
    --------
    >>> from mefeat import Clip
    >>> frames = np.zeros((9, 42, 42), np.uint8)
    >>> frames[4, ::2] = 9
    >>> ApexFinder().transform([Clip(frames, fps=25)])
    [Clip(9 frames of 42x42 gray uint8, 25 fps, apex 4)]
    """

    revision = 2

    _parameter_constraints: dict = {
        "method": [choice(APEX_FINDERS)],
        "smoothing_s": [number(0)],
    }

    def __init__(self, method="difference", *, smoothing_s=0.045):
        self.method = method
        self.smoothing_s = smoothing_s

    def apply(self, clip):
        """Find the apex of one clip.

        Gives the clip with an apex; frames and flow are untouched.
        """
        if has_apex(clip):
            return clip
        first = 0 if clip.onset is None else clip.onset
        last = len(clip.frames) - 1 if clip.offset is None else clip.offset
        if clip.apex is not None:
            warnings.warn(
                f"the apex of {clip!r} is its onset: another one is looked for.",
                stacklevel=2,
            )
            if last == first:  # a sheet that tells one number three times
                last = len(clip.frames) - 1
        frames = luma(clip.frames)[first : last + 1]
        width = self.smoothing_s * clip.fps if clip.fps else self.smoothing_s
        options = {} if self.method == "fft" else {"smoothing_frames": width}
        # Where nothing moves, all frames are alike, and the onset is the first of them.
        apex = first + max(1, APEX_FINDERS[self.method](frames, **options))
        apex = min(apex, last)
        offset = clip.offset if clip.offset is None or clip.offset >= apex else None
        return clip.replace(apex=apex, offset=offset)


def _patterns(frames, smoothing_frames):
    return smooth_features(lbp_histograms(frames), smoothing_frames).astype(np.float64)


def _chi_square(features, rest):
    """Distance of every frame's blocks to those at rest."""
    total = np.maximum(features + rest, 1e-30)
    return ((features - rest) ** 2 / total).sum(axis=2)


def _largest(distances):
    n_blocks = max(1, distances.shape[1] // 3)
    return np.sort(distances, axis=1)[:, -n_blocks:].mean(axis=1)
