"""From frames to the crop of a face: maps, and landmarks that keep still."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from mefeat.kernels.sampling import affine_inverse

# How far around the picture's border pixels may be missing when the head moves, in
# widths of the face.
_BORDER = 0.05


def to_box(box, size):
    """Map a box onto a picture; pixel 0 covers -0.5 to 0.5.

    Parameters
    ----------
    box : ndarray of shape (4,)
        Top, left, height and width.
    size : tuple of int
        Height and width of the picture.

    Returns
    -------
    ndarray of shape (3, 3)
        Map of points (x, y, 1).

    Examples
    --------
    >>> to_box(np.array([0, 0, 4, 4]), (2, 2)) @ [1.5, 1.5, 1]
    array([0.5, 0.5, 1. ])
    """
    y, x = np.asarray(size) / box[2:]
    shift_x, shift_y = (0.5 - box[1]) * x - 0.5, (0.5 - box[0]) * y - 0.5
    return np.array([[x, 0, shift_x], [0, y, shift_y], [0, 0, 1]])


def after(second, first):
    """Apply some affine maps first, then another.

    Parameters
    ----------
    second : ndarray of shape (3, 3)
        The one.
    first : ndarray of shape (n_frames, 2, 3)
        The others.

    Returns
    -------
    ndarray of shape (n_frames, 2, 3)
        Both at once.
    """
    out = second[:2, :2] @ first
    out[..., 2] += second[:2, 2]
    return out


def smooth(points, sigma):
    """Average points over time; what stays is not touched.

    Parameters
    ----------
    points : ndarray of shape (n_frames, n_points, 2)
        Points.
    sigma : float
        Standard deviation of the Gaussian, frames.

    Returns
    -------
    ndarray of shape (n_frames, n_points, 2)
        Smooth points.
    """
    if sigma == 0 or len(points) == 1:
        return points
    first = points[:1]
    return first + gaussian_filter1d(points - first, sigma, axis=0, mode="nearest")


def visible(to_crop, size, shape, rest):
    """Mark pixels of the crop that stay within the frame when the head moves.

    Parameters
    ----------
    to_crop : ndarray of shape (3, 3)
        Map of frames to the crop.
    size, shape : tuple of int
        Height and width of the crop and of the frame.
    rest : ndarray of shape (n_points, 2)
        Landmarks of the face at rest, in the frame.

    Returns
    -------
    ndarray of bool of shape (height, width)
        The pixels.
    """
    back = affine_inverse(to_crop[None, :2])[0]
    y, x = np.mgrid[: size[0], : size[1]]
    points = np.stack([x, y], axis=-1) @ back[:, :2].T + back[:, 2]
    margin = _BORDER * np.ptp(rest[:, 0])
    upper = np.array(shape[::-1]) - 1 - margin
    return ((points >= margin) & (points <= upper)).all(axis=-1)
