"""From coarse to fine: what finds small motions made to find large ones."""

import numpy as np

from mefeat.kernels.pyramid import resize


def coarse_to_fine(first, second, refine, *, n_scales, scale, smallest=16):
    """Refine a flow on ever finer scales.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures.
    refine : callable
        `refine(first, second, flow)` improves `flow` (2, height, width) in place.
    n_scales : int
        Greatest number of scales.
    scale : float
        Ratio of the sides of each scale to the finer one.
    smallest : int, default=16
        Least side of a scale in pixels; the finest is taken in any case.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels.
    """
    scales = [(first, second)]
    while len(scales) < n_scales:
        size = [round(scale * n) for n in scales[-1][0].shape]
        if min(size) < smallest:
            break
        scales.append(tuple(_resized(picture, size) for picture in scales[-1]))
    flow = np.zeros((2, *scales[-1][0].shape), np.float32)
    for pictures in reversed(scales):
        size = pictures[0].shape
        ratios = np.divide(size, flow.shape[1:])[::-1]
        if size != flow.shape[1:]:
            flow = np.stack(
                [_resized(u, size, r) for u, r in zip(flow, ratios, strict=True)]
            )
        refine(*pictures, flow)
    return flow


def _resized(picture, size, factor=1.0):
    out = np.empty(size, np.float32)
    resize(picture, np.float32(factor), out)
    return out
