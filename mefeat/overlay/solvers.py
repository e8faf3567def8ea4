"""Solvers of movement, with settings that fit the canonical face."""

from functools import partial

import numpy as np
from scipy.ndimage import map_coordinates

from mefeat.flow import SOLVERS, lucas_kanade, tvl1
from mefeat.overlay.disc import disc_flow

WINDOW = 10  # reach of the window of Lucas-Kanade, two standard deviations

_FIRST = {"n_scales": 3, "scale": 0.5, "n_warps": 2}
_AGAIN = {"n_scales": 1, "n_warps": 2, "epsilon": 0.008}


def tvl1_twice(first, second):
    """Compute the TV-L1 flow, then that of what it left.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures in 0..255.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels.

    See Also
    --------
    mefeat.flow.tvl1 : The solver, with the details.

    Notes
    -----
    The total variation takes from the height of whatever moves in a small place, here a
    quarter of half a pixel. The second picture is taken back by the flow and the rest
    is looked for once more, on one scale: the first step of the iterated regularization
    of the paper. Other settings than the solver's own make it no slower for that.

    References
    ----------
    S. Osher, M. Burger, D. Goldfarb, J. Xu, W. Yin, "An iterative regularization method
    for total variation-based image restoration", Multiscale Modeling & Simulation 4(2),
    2005. https://doi.org/10.1137/040605412

    Examples
    --------
    >>> picture = np.float32(np.arange(1024).reshape(32, 32) % 37)
    >>> bool(abs(tvl1_twice(picture, picture)).max() < 1e-6)
    True
    """
    flow = tvl1(first, second, **_FIRST)
    places = np.indices(first.shape, np.float32) + flow[::-1]
    taken_back = map_coordinates(second, places, order=3, mode="nearest")
    rest = tvl1(first, np.clip(taken_back, 0, 255).astype(np.float32), **_AGAIN)
    return flow + rest


_OWN = {
    "lk": partial(lucas_kanade, radius=WINDOW, n_iterations=3),
    "disc": disc_flow,
}
MOVEMENTS = {**_OWN, **SOLVERS, "tvl1": tvl1_twice}
