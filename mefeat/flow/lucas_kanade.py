"""Dense Lucas-Kanade optical flow: fast, and smooth as its window."""

import numpy as np

from mefeat.flow.pyramid import coarse_to_fine
from mefeat.kernels.lucas_kanade import refine_lucas_kanade


def lucas_kanade(first, second, *, radius=7, n_iterations=5, n_scales=4, scale=0.5):
    """Compute the dense Lucas-Kanade flow from coarse to fine.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures in 0..255.
    radius : int, default=7
        Reach of the Gaussian window, two of its standard deviations, pixels.
    n_iterations : int, default=5
        Iterations on each scale.
    n_scales : int, default=4
        Greatest number of scales; none is below 16 pixels.
    scale : float, default=0.5
        Ratio of each scale to the finer one.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels. The same picture twice gives zeros.

    Notes
    -----
    The window of each pixel is asked for one flow, while the pixels in it are compared
    where their own present flow points, which is what makes the dense form converge
    (Le Besnerais and Champagnat, ICIP 2005). Derivatives are those of the first
    picture.

    References
    ----------
    B. D. Lucas, T. Kanade, "An iterative image registration technique with an
    application to stereo vision", IJCAI 1981. G. Le Besnerais, F. Champagnat, "Dense
    optical flow by iterative local window registration", ICIP 2005.
    https://doi.org/10.1109/ICIP.2005.1529706

    Examples
    --------
    >>> picture = np.float32(np.arange(1024).reshape(32, 32) % 37)
    >>> bool((lucas_kanade(picture, picture) == 0).all())
    True
    """
    weights = np.exp(-2 * (np.arange(radius + 1) / max(radius, 1)) ** 2)
    weights = (weights / (2 * weights.sum() - 1)).astype(np.float32)

    def refine(first, second, flow):
        refine_lucas_kanade(first, second, weights, n_iterations, flow)

    return coarse_to_fine(first, second, refine, n_scales=n_scales, scale=scale)
