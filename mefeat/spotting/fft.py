"""The apex by the quick changes of texture in a window of time."""

import numpy as np
from scipy.fft import rfft2

from mefeat.kernels.spotting import sliding_magnitudes
from mefeat.regions import edges, grid_regions
from mefeat.texture.volumes import check_volume


def frequency_curve(frames, *, grid=(6, 6), n_window=61, cutoff=0.51):
    """Add up the high frequencies of texture in a window around each frame.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width)
        Gray pictures.
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
    In each block the pictures of local binary patterns (8 square neighbors) in the
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
    """Compute the pattern of each pixel's eight neighbors in its 3x3 square.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width)
        Gray pictures.

    Returns
    -------
    ndarray of shape (n_frames, height - 2, width - 2), uint8
        Codes; bit p is set where the neighbor is not below the center, from the one to
        the right on and counterclockwise.

    Examples
    --------
    >>> square_codes(np.array([[[0, 0, 0], [0, 5, 9], [0, 0, 0]]])).tolist()
    [[[1]]]
    """
    height, width = frames.shape[1:]
    center = frames[:, 1:-1, 1:-1]
    codes = np.zeros(center.shape, np.uint8)
    around = [(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]
    for p, (y, x) in enumerate(around):
        neighbor = frames[:, 1 + y : height - 1 + y, 1 + x : width - 1 + x]
        codes |= (neighbor >= center).astype(np.uint8) << np.uint8(p)
    return codes


def _series(block, half):
    """Transform a block's pictures, and repeat the first and the last."""
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
