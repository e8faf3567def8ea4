"""From colors to gray."""

import numpy as np


def luma(frames):
    """Turn RGB pictures gray (Rec. 601 luma); gray ones pass through.

    Parameters
    ----------
    frames : ndarray of shape (..., height, width) or (..., height, width, 3)
        Pictures with their frame axis: gray has 3 dimensions, RGB has 4.

    Returns
    -------
    ndarray of shape (..., height, width)
        Gray pictures: the same array if it was gray, else float32. A pixel with
        R = G = B keeps its value to the last bit.

    Examples
    --------
    >>> import numpy as np
    >>> luma(np.array([[[[255, 0, 0], [9, 9, 9]]]], np.uint8)).astype(int).tolist()
    [[[76, 9]]]
    """
    if frames.ndim == 3:
        return frames
    red, green, blue = (frames[..., c].astype(np.float32) for c in range(3))
    return green + 0.299 * (red - green) + 0.114 * (blue - green)
