"""HOG-TOP and HIGO-TOP: orientations of gradients on three planes."""

import numpy as np

from mefeat.base import Descriptor
from mefeat.base._steps import choice
from mefeat.kernels._hog import add_orientations
from mefeat.regions import block_names, check_regions, region_bases, time_blocks
from mefeat.texture._patterns import (
    PLANES,
    check_choices,
    check_reach,
    check_volume,
    pool_blocks,
    ring,
)

_ROOM = 4096
_REACH = (1, 1, 1)


def hog_top(volume, regions=None, *, planes=("xy", "xt", "yt"), norm="l1", n_times=1):
    """Histogram gradients, weighed by their length, on orthogonal planes.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values of any real dtype.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none. One region by default.
    planes : sequence of {"xy", "xt", "yt"}, default=("xy", "xt", "yt")
        The planes. ("xt", "yt") is known as XYOT.
    norm : {"l1", None}, default="l1"
        Whether each histogram is divided by its sum. An empty one stays zero.
    n_times : int, default=1
        Number of blocks along time, cut by rounding over all frames.

    Returns
    -------
    ndarray of shape (n_times * n_regions, n_planes, 8), float64
        Sums of lengths by orientation, at multiples of 45 degrees; time is slowest.

    Raises
    ------
    ValueError
        If the volume has fewer than 3 frames of 3x3 pixels, or an argument is out of
        its range.

    Notes
    -----
    Gradients are differences of the two neighbors along each axis of the plane. Their
    orientation keeps its sign: it runs from +x over -y (up) on xy, from +x over +t on
    xt, and from +t over -y on yt, as the points of an LBP do. Our choices, where the
    paper is silent: each gradient belongs to one bin, bins are centered on multiples of
    45 degrees, and all planes use the same centers, one pixel from the border and one
    frame from the ends. Lengths are in single precision unless the volume is float64.

    References
    ----------
    X. Li, X. Hong, A. Moilanen, X. Huang, T. Pfister, G. Zhao, M. Pietikäinen, "Towards
    reading hidden emotions: a comparative study of spontaneous micro-expression
    spotting and recognition methods", IEEE TAFFC 9(4), 2018.
    https://doi.org/10.1109/TAFFC.2017.2667642

    Examples
    --------
    Gray values rise by 3 a pixel to the right, so the gradient of the one center is 6:

    >>> ramp = np.tile(3.0 * np.arange(3), (3, 3, 1))
    >>> hog_top(ramp, norm=None)[0].tolist()[0]
    [6.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    return _orientations(volume, regions, planes, norm, n_times, weighted=True)


def higo_top(volume, regions=None, *, planes=("xy", "xt", "yt"), norm="l1", n_times=1):
    """Histogram orientations of gradients, each counted once, on orthogonal planes.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values of any real dtype.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none. One region by default.
    planes : sequence of {"xy", "xt", "yt"}, default=("xy", "xt", "yt")
        The planes. ("xt", "yt") is known as XYOT.
    norm : {"l1", None}, default="l1"
        Whether each histogram is divided by its sum. An empty one stays zero.
    n_times : int, default=1
        Number of blocks along time, cut by rounding over all frames.

    Returns
    -------
    ndarray of shape (n_times * n_regions, n_planes, 8), float64
        Counts by orientation, at multiples of 45 degrees; time is slowest. Where there
        is no gradient, nothing is counted.

    Raises
    ------
    ValueError
        If the volume has fewer than 3 frames of 3x3 pixels, or an argument is out of
        its range.

    See Also
    --------
    hog_top : The same weighed by length, with the details.

    References
    ----------
    X. Li, X. Hong, A. Moilanen, X. Huang, T. Pfister, G. Zhao, M. Pietikäinen, "Towards
    reading hidden emotions: a comparative study of spontaneous micro-expression
    spotting and recognition methods", IEEE TAFFC 9(4), 2018.
    https://doi.org/10.1109/TAFFC.2017.2667642

    Examples
    --------
    Gray values rise to the right, and the one center counts once; t does not matter:

    >>> ramp = np.tile(3.0 * np.arange(3), (3, 3, 1))
    >>> higo_top(ramp, norm=None)[0].sum(axis=1).tolist()
    [1.0, 1.0, 0.0]
    """
    return _orientations(volume, regions, planes, norm, n_times, weighted=False)


def _orientations(volume, regions, planes, norm, n_times, *, weighted):
    planes = tuple(planes)
    check_choices(planes=(planes, PLANES), norm=(norm, ["l1", None]))
    volume = check_volume(volume)
    check_reach(volume.shape, _REACH)
    _, height, width = volume.shape
    regions, n_regions = check_regions(regions, (height, width))
    sides = np.stack([ring(plane, 4, _REACH) for plane in planes]).astype(np.intp)
    sides = (sides[..., 0] * height + sides[..., 1]) * width + sides[..., 2]
    kind = np.float64 if volume.dtype == np.float64 else np.float32
    sums = np.zeros((n_times, len(planes), (n_regions + 1) * 8))
    add_orientations(
        volume,
        sides,
        weighted,
        region_bases(regions, n_regions, 8, _REACH[1:]),
        _REACH[1:],
        time_blocks(len(volume), n_times, _REACH[0]),
        np.empty((len(planes), max(_ROOM, width)), kind),
        sums,
    )
    sums = sums.reshape(n_times, len(planes), n_regions + 1, 8)
    sums = sums[:, :, :-1].transpose(0, 2, 1, 3).reshape(-1, len(planes), 8)
    if norm is None:
        return sums
    total = sums.sum(axis=-1, keepdims=True)
    return sums / np.where(total > 0, total, 1)


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

    def __init__(self, grid=(8, 8), planes=("xy", "xt", "yt"), *, norm="l1"):
        self.grid = grid
        self.planes = planes
        self.norm = norm

    def describe(self, clip):
        """Describe a gray clip.

        Gives histograms of block, plane and orientation, in this order.
        """
        options = {"planes": self.planes, "norm": self.norm}
        return pool_blocks(self._function, clip.frames, self.grid, 1, **options).ravel()

    def feature_names(self):
        """Name block (time, row, column), plane and orientation of each number.

        Gives names; the orientation is the middle of the bin, in degrees.
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
