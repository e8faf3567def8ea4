"""How much a clip changes from frame to frame, in blocks of space and time."""

import numpy as np

from mefeat.base import Descriptor
from mefeat.base._steps import whole
from mefeat.regions import grid_regions, region_means, time_blocks


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
    grid : tuple of int, default=(4, 4)
        Number of rows and columns of blocks.
    n_times : int, default=2
        Number of blocks along time.

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
    >>> FrameDifference(grid=(1, 2)).transform([clip]).tolist()
    [[0.0, 0.0, 0.0, 0.0]]
    """

    per_channel = True

    _parameter_constraints: dict = {"grid": [tuple, list], "n_times": [whole(1)]}

    def __init__(self, grid=(4, 4), n_times=2):
        self.grid = grid
        self.n_times = n_times

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
        regions = grid_regions(clip.frames.shape[1:], self.grid)
        return frame_difference(clip.frames, regions, n_times=self.n_times).ravel()

    def feature_names(self):
        """Name block (time, row, column) of each number.

        Returns
        -------
        list of str
            Names.
        """
        rows, columns = self.grid
        return [
            f"t{t}_r{r}_c{c}"
            for t in range(self.n_times)
            for r in range(rows)
            for c in range(columns)
        ]
