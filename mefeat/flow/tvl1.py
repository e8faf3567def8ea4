"""TV-L1 optical flow: robust to noise, and sharp where the motion changes."""

import numpy as np

from mefeat.flow.pyramid import coarse_to_fine
from mefeat.kernels.tvl1 import refine_tvl1


def tvl1(
    first,
    second,
    *,
    attachment=0.15,
    tightness=0.3,
    tau=0.25,
    n_scales=5,
    scale=0.8,
    n_warps=5,
    n_rounds=10,
    n_iterations=30,
    epsilon=0.012,
):
    """Compute the TV-L1 flow.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures in 0..255.
    attachment : float, default=0.15
        Weight of the data against the smoothness of the flow.
    tightness : float, default=0.3
        How far the flow may part from its copy in the data term.
    tau : float, default=0.25
        Time step of the dual variables, at most 0.25.
    n_scales : int, default=5
        Greatest number of scales; none is below 16 pixels.
    scale : float, default=0.8
        Ratio of each scale to the finer one.
    n_warps : int, default=5
        How often the second picture is warped on each scale.
    n_rounds : int, default=10
        Rounds per warp; each starts with a median of 5x5 over the flow.
    n_iterations : int, default=30
        Greatest number of iterations of a round, a multiple of 5.
    epsilon : float, default=0.012
        A warp ends when the flow changes by less, pixels, root mean square.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels. The same picture twice gives zeros.

    Notes
    -----
    The numerical scheme of the paper with the defaults of OpenCV, among them the median
    filter that the paper does not have. Other than in OpenCV, the second picture and
    its gradient are read at exact positions (OpenCV rounds to 1/32 pixel), what comes
    from outside of the picture has no data term (OpenCV reads zeros there), and
    convergence is looked at in every fifth iteration. That is on average two iterations
    late, and errors grow with iterations on noisy pictures; epsilon is 0.012 for
    OpenCV's 0.01 to make up for it.

    References
    ----------
    C. Zach, T. Pock, H. Bischof, "A duality based approach for realtime TV-L1 optical
    flow", DAGM 2007. https://doi.org/10.1007/978-3-540-74936-3_22

    Examples
    --------
    >>> picture = np.float32(np.arange(1024).reshape(32, 32) % 37)
    >>> bool((tvl1(picture, picture) == 0).all())
    True
    """
    real = np.float32
    settings = real(tightness), real(tau), real(epsilon), n_warps, n_rounds

    def refine(first, second, flow):
        refine_tvl1(first, second, flow, real(attachment), (*settings, n_iterations))

    return coarse_to_fine(first, second, refine, n_scales=n_scales, scale=scale)
