"""Gray and RGB pictures to the planes that are magnified, and their change back."""

import numpy as np

from mefeat.kernels.yiq import add_gray, add_yiq, split_yiq

# Weights of R, G and B in Y, I and Q (NTSC).
YIQ = np.array(
    [
        [0.299, 0.587, 0.114],
        [0.59590059, -0.27455667, -0.32134392],
        [0.21153661, -0.52273617, 0.31119955],
    ]
)
_BACK = np.linalg.inv(YIQ)[:, 1:]


def to_planes(picture, chrom_attenuation):
    """Split a picture into the planes that are filtered.

    Parameters
    ----------
    picture : ndarray of shape (height, width) or (height, width, 3), floating
        Gray or RGB picture.
    chrom_attenuation : float
        What the change of color will be multiplied by.

    Returns
    -------
    ndarray of shape (n_planes, height, width)
        The gray picture, or Y, I and Q; Y alone if the change of color is dropped.

    Examples
    --------
    >>> to_planes(np.full((1, 2, 3), 9.0), 1.0).tolist()
    [[[9.0, 9.0]], [[0.0, 0.0]], [[0.0, 0.0]]]
    """
    if picture.ndim == 2:
        return picture[None]
    red_and_blue = YIQ[: 3 if chrom_attenuation else 1, [0, 2]].astype(picture.dtype)
    planes = np.empty((len(red_and_blue), *picture.shape[:2]), picture.dtype)
    split_yiq(picture, red_and_blue, planes)
    return planes


def add_planes(picture, change, chrom_attenuation):
    """Add a change of the planes to a picture.

    Parameters
    ----------
    picture : ndarray of shape (height, width) or (height, width, 3), floating
        Gray or RGB picture.
    change : ndarray of shape (n_planes, height, width), same dtype
        Change of what `to_planes` gives.
    chrom_attenuation : float
        What the change of color is multiplied by.

    Returns
    -------
    ndarray of the shape of picture
        A new picture, within 0..255.

    Examples
    --------
    >>> add_planes(np.full((1, 2), 9.0), np.array([[[-20.0, 20.0]]]), 1.0).tolist()
    [[0.0, 29.0]]
    """
    out, limits = np.empty_like(picture), np.array([0, 255], picture.dtype)
    if picture.ndim == 2:
        add_gray(picture.reshape(-1), change.reshape(-1), limits, out.reshape(-1))
    else:
        back = (chrom_attenuation * _BACK).astype(picture.dtype)
        add_yiq(picture, change, back, limits, out)
    return out
