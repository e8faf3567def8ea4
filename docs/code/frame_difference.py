"""How much a clip changes from frame to frame, in blocks of space and time."""

import numpy as np

from mefeat.base import Descriptor
from mefeat.regions import (
    block_names,
    check_grid,
    grid_regions,
    region_means,
    time_blocks,
)


def frame_difference(volume, regions=None, *, n_times=1):
    """Average the absolute difference of successive frames over regions.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values of any real dtype.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none. One region by default.
    n_times : int, default=1
        Number of blocks along time, cut by rounding over all pairs of frames.

    Returns
    -------
    ndarray of shape (n_times, n_regions), float64
        Mean absolute differences, gray levels; 0 for a region without pixels.

    Raises
    ------
    ValueError
        If there are fewer pairs of frames than blocks along time.

    Examples
    --------
    >>> ramp = np.array([0.0, 1.0, 3.0]).repeat(4).reshape(3, 2, 2)
    >>> frame_difference(ramp, n_times=2).tolist()
    [[1.0], [2.0]]
    """
    changes = np.abs(np.diff(np.asarray(volume, dtype=np.float64), axis=0))
    times = time_blocks(len(changes), n_times, margin=0)
    means = [changes[times == time].mean(axis=0) for time in range(n_times)]
    return np.stack([region_means(mean, regions) for mean in means])


class FrameDifference(Descriptor):
    """Mean absolute frame difference of blocks of the face.

    Parameters
    ----------
    grid : tuple of int, default=(4, 4, 2)
        Numbers of rows and columns of blocks, and of blocks along time.

    See Also
    --------
    frame_difference : The function on arrays, with the details.

    Notes
    -----
    An example, not a method of the literature: it cannot tell motion from a lamp.

    Examples
    --------
    >>> from mefeat import Clip
    >>> clip = Clip(np.zeros((5, 8, 8), np.uint8))
    >>> FrameDifference(grid=(1, 2, 2)).transform([clip]).tolist()
    [[0.0, 0.0, 0.0, 0.0]]
    """

    per_channel = True

    _parameter_constraints: dict = {"grid": [tuple, list]}

    def __init__(self, grid=(4, 4, 2)):
        self.grid = grid

    def describe(self, clip):
        """Describe a gray clip.

        Parameters
        ----------
        clip : Clip
            The clip.

        Returns
        -------
        ndarray of shape (n_features,)
            Means, time slowest, then block by block.
        """
        rows, columns, n_times = check_grid(self.grid)
        regions = grid_regions(clip.frames.shape[1:], (rows, columns))
        return frame_difference(clip.frames, regions, n_times=n_times).ravel()

    def feature_names(self):
        """Name block (time, row, column) of each number.

        Returns
        -------
        list of str
            Names.
        """
        return block_names(self.grid)
