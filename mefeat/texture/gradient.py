"""Histograms of the orientations of gradients on three orthogonal planes."""

import numpy as np

from mefeat.kernels.gradient import add_orientations
from mefeat.regions import check_regions, region_bases, time_blocks
from mefeat.texture.blocks import check_choices
from mefeat.texture.patterns import PLANES, ring
from mefeat.texture.volumes import check_reach, check_volume

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
