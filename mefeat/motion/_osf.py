"""OSF: the optical strain of a clip as a small image."""

import cv2
import numpy as np

from mefeat.base import Descriptor
from mefeat.base._steps import checked_size, need_flow
from mefeat.flow import optical_strain
from mefeat.motion._fields import checked_fields


def osf(flow, *, size=(50, 50)):
    """Add up the optical strain of a clip and make a small image of it.

    Parameters
    ----------
    flow : ndarray of shape ([n_pairs,] 2, height, width)
        Flow (u, v) of consecutive frames, pixels.
    size : tuple of int, default=(50, 50)
        Height and width of the result.

    Returns
    -------
    ndarray of shape size, float64
        Strain, the largest value being 1 before the image is resized; zeros where
        nothing moves.

    Raises
    ------
    ValueError
        If the flow has another shape or is not finite, or `size` is not two positive
        numbers.

    Notes
    -----
    Strain is divided by its largest value after the pairs are added up, so their mean
    gives the same. It is resized by the mean over what each new pixel covers.

    References
    ----------
    S.-T. Liong, R. C.-W. Phan, J. See, Y.-H. Oh, K. Wong, "Optical strain based
    recognition of subtle emotions", ISPACS 2014.

    Examples
    --------
    The right half is stretched, the left half is not:

    >>> x = np.maximum(np.arange(100) - 49, 0) * np.ones((100, 1))
    >>> osf(np.stack([x, 0 * x]), size=(1, 4)).round(2).tolist()
    [[0.0, 0.02, 1.0, 1.0]]
    """
    size = checked_size(size)
    fields, _ = checked_fields(flow)
    strain = optical_strain(fields).sum(axis=0, dtype=np.float64)
    strain /= strain.max() or 1
    return cv2.resize(strain, size[::-1], interpolation=cv2.INTER_AREA)


class OSF(Descriptor):
    """OSF, the strain of a clip as a small image.

    Parameters
    ----------
    size : tuple of int, default=(50, 50)
        Height and width of the image.

    See Also
    --------
    osf : The function on arrays, with the details.

    Notes
    -----
    Needs the flow of each frame to the next, `OpticalFlow(to="previous")`.

    References
    ----------
    S.-T. Liong, R. C.-W. Phan, J. See, Y.-H. Oh, K. Wong, "Optical strain based
    recognition of subtle emotions", ISPACS 2014.

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> OSF().transform(example_clips(1, pairs="previous")).shape
    (1, 2500)
    """

    pairs = "previous"

    _parameter_constraints: dict = {"size": [tuple, list]}

    def __init__(self, size=(50, 50)):
        self.size = size

    def describe(self, clip):
        """Describe a clip.

        Gives strain, row by row.
        """
        return osf(need_flow(clip, self, self.pairs), size=self.size).ravel()

    def feature_names(self):
        """Name row and column of each number."""
        height, width = checked_size(self.size)
        return [f"y{y}_x{x}" for y in range(height) for x in range(width)]
