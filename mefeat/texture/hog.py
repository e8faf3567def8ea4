"""HOG-TOP and HIGO-TOP: the descriptors of blocks of the face."""

from mefeat.base import Descriptor
from mefeat.base.params import choice
from mefeat.texture.blocks import block_names, pool_blocks
from mefeat.texture.gradient import higo_top, hog_top


class HOGTOP(Descriptor):
    """Histograms of oriented gradients on three planes, of blocks of the face.

    Parameters
    ----------
    grid : tuple of int, default=(8, 8)
        Number of blocks along y, x and, if three are given, time.
    planes : sequence of {"xy", "xt", "yt"}, default=("xy", "xt", "yt")
        The planes. ("xt", "yt") is known as HOG-XYOT.
    norm : {"l1", None}, default="l1"
        Whether each histogram is divided by its sum.

    See Also
    --------
    hog_top : The function on arrays, with the details.

    Notes
    -----
    The paper puts magnification and an interpolation to 10 frames before, and a linear
    SVM behind.

    References
    ----------
    X. Li, X. Hong, A. Moilanen, X. Huang, T. Pfister, G. Zhao, M. Pietikäinen, "Towards
    reading hidden emotions: a comparative study of spontaneous micro-expression
    spotting and recognition methods", IEEE TAFFC 9(4), 2018.
    https://doi.org/10.1109/TAFFC.2017.2667642

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((10, 170, 140), np.uint8))
    >>> HOGTOP().transform([clip]).shape
    (1, 1536)
    >>> HOGTOP().get_feature_names_out()[[1, -1]].tolist()
    ['t0_r0_c0_xy_deg45', 't0_r7_c7_yt_deg315']
    """

    per_channel = True
    _function = staticmethod(hog_top)

    _parameter_constraints: dict = {
        "grid": [tuple, list],
        "planes": [tuple, list],
        "norm": [choice(["l1"]), None],
    }

    def __init__(self, grid=(8, 8), planes=("xy", "xt", "yt"), norm="l1"):
        self.grid = grid
        self.planes = planes
        self.norm = norm

    def describe(self, clip):
        """Describe a gray clip.

        Parameters
        ----------
        clip : Clip
            The clip.

        Returns
        -------
        ndarray of shape (n_features,)
            Histograms of block, plane and orientation, in this order.
        """
        choices = {"planes": self.planes, "norm": self.norm}

        def describe(frames, regions, n_times):
            return self._function(frames, regions, n_times=n_times, **choices)

        return pool_blocks(describe, clip.frames, self.grid, 1).ravel()

    def feature_names(self):
        """Name block (time, row, column), plane and orientation of each number.

        Returns
        -------
        list of str
            Names; the orientation is the middle of the bin, in degrees.
        """
        return [
            f"{block}_{plane}_deg{45 * b}"
            for block in block_names(self.grid)
            for plane in self.planes
            for b in range(8)
        ]


class HIGOTOP(HOGTOP):
    """Histograms of image gradient orientations on three planes, of blocks of the face.

    Parameters
    ----------
    grid : tuple of int, default=(8, 8)
        Number of blocks along y, x and, if three are given, time.
    planes : sequence of {"xy", "xt", "yt"}, default=("xy", "xt", "yt")
        The planes. ("xt", "yt") is known as HIGO-XYOT.
    norm : {"l1", None}, default="l1"
        Whether each histogram is divided by its sum.

    See Also
    --------
    higo_top : The function on arrays.
    hog_top : The same weighed by length, with the details.

    Notes
    -----
    The paper puts magnification and an interpolation to 10 frames before, and a linear
    SVM behind.

    References
    ----------
    X. Li, X. Hong, A. Moilanen, X. Huang, T. Pfister, G. Zhao, M. Pietikäinen, "Towards
    reading hidden emotions: a comparative study of spontaneous micro-expression
    spotting and recognition methods", IEEE TAFFC 9(4), 2018.
    https://doi.org/10.1109/TAFFC.2017.2667642

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((10, 170, 140), np.uint8))
    >>> HIGOTOP(planes=("xt", "yt")).transform([clip]).shape
    (1, 1024)
    >>> HIGOTOP().get_feature_names_out()[1]
    't0_r0_c0_xy_deg45'
    """

    _function = staticmethod(higo_top)
