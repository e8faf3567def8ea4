"""The bands of a picture, from fine to coarse, and by how much each is amplified."""

import numpy as np

from mefeat.kernels.bands import weigh_bands

EXAGGERATION = 2.0


def band_factors(size, *, alpha=8.0, cutoff=16.0):
    """Tabulate by how much each band of the pyramid is amplified.

    Parameters
    ----------
    size : tuple of int
        Height and width, pixels.
    alpha : float, default=8.0
        Factor of the bands that are coarse enough.
    cutoff : float, default=16.0
        Spatial wavelength in pixels below which the factor falls.

    Returns
    -------
    ndarray of shape (n_bands + 1,)
        Factors from the finest band to the low-pass residual, which are both 0. A band
        is there as long as both sides, halved each time, are 5 pixels or more.

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

    Examples
    --------
    >>> band_factors((170, 140), alpha=8, cutoff=16).round(2).tolist()
    [0.0, 3.16, 8.0, 8.0, 8.0, 0.0]
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
    """Set up what amplifies planes of one shape and dtype, band by band.

    Parameters
    ----------
    planes : ndarray of shape (n_planes, height, width), floating
        Planes of that shape and dtype.
    alpha, cutoff : float
        As for `band_factors`.

    Returns
    -------
    callable
        Function of planes that gives the sum of their bands by the factors, in an array
        that is valid until the next call.

    Examples
    --------
    >>> planes = np.random.default_rng(0).normal(size=(1, 40, 40))
    >>> float(np.abs(amplifier(planes, alpha=0, cutoff=16)(planes)).max())
    0.0
    """
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
