"""Completed patterns on three planes: sign, magnitude, orientation of differences."""

import math
from functools import lru_cache

import numpy as np

from mefeat.kernels.angles import find_angles, look_up_angles
from mefeat.kernels.distances import sum_apart, sum_distances
from mefeat.regions import time_blocks
from mefeat.texture.blocks import check_choices, check_radius, reach
from mefeat.texture.counting import CodeCounter
from mefeat.texture.patterns import PLANES, neighborhoods, ring
from mefeat.texture.volumes import check_volume

COMPONENTS = ("sign", "magnitude", "orientation")
MAX_POINTS = 8


def completed_lbp_top(
    volume,
    regions=None,
    *,
    n_points=8,
    radius=(1, 1, 1),
    planes=("xy", "xt", "yt"),
    n_times=1,
):
    """Count completed local binary patterns of a volume on orthogonal planes.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values of any real dtype.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none. One region by default.
    n_points : int, default=8
        Points of a neighborhood, 1 to 8.
    radius : tuple of int, default=(1, 1, 1)
        Radii along x, y and t, in pixels and frames.
    planes : sequence of {"xy", "xt", "yt"}, default=("xy", "xt", "yt")
        The planes.
    n_times : int, default=1
        Number of blocks along time, cut by rounding over all frames.

    Returns
    -------
    ndarray of shape (n_times * n_regions, 3, n_planes, 2 ** n_points), uint32
        How often each code occurs by sign, magnitude and orientation; time is slowest.

    Raises
    ------
    ValueError
        If the volume is too small for the radii, or an argument is out of its range.

    Notes
    -----
    Points, planes and centers are those of `lbp_top` with the nearest voxels. Bit p of
    the sign is that of LBP-TOP. Bit p of the magnitude is set where the neighbor and
    the center differ by at least the mean difference of the plane. Bit p of the
    orientation is set where the orientation of the gradient within the plane, at the
    neighbor, is turned from that at the center by at least the mean angle of the plane,
    either way round.

    Details are ours. Means are taken over all centers and the first half of the points
    (all, if their number is odd), since the opposite points make the same pairs.
    Gradients are differences of the two neighbors along each axis, at the border of the
    volume those of the pixel itself and its neighbor; orientations are rounded to 256
    to the circle, and are 0 where there is no gradient.

    References
    ----------
    X. Huang, G. Zhao, X. Hong, W. Zheng, M. Pietikäinen, "Spontaneous facial
    micro-expression analysis using spatiotemporal completed local quantized patterns",
    Neurocomputing 175, 2016. https://doi.org/10.1016/j.neucom.2015.10.096

    Examples
    --------
    One bright voxel amid a flat volume: no neighbor reaches it, and all differ.

    >>> volume = np.zeros((3, 3, 3))
    >>> volume[1, 1, 1] = 9
    >>> counts = completed_lbp_top(volume)
    >>> counts.shape, counts[0, :2].argmax(axis=2).tolist()
    ((1, 3, 3, 256), [[0, 0, 0], [255, 255, 255]])
    """
    radius, planes = check_radius(radius), tuple(planes)
    if not 1 <= n_points <= MAX_POINTS:
        raise ValueError(f"n_points must be 1 to {MAX_POINTS}, got {n_points}.")
    check_choices(planes=(planes, PLANES))
    volume = check_volume(volume)
    margins, n_planes = reach(radius), len(planes)
    counter = CodeCounter(
        volume.shape, 3 * n_planes, n_points, regions, reach=margins, n_times=n_times
    )
    voxels, sides, points = _tables(planes, n_points, radius, volume.shape[1:])
    n_pairs = points.shape[1] * math.prod(
        n - 2 * m for n, m in zip(volume.shape, margins, strict=True)
    )
    limits = _sum_distances(volume, points, margins)[:, None] / n_pairs
    source, find = volume, _angles_of_bytes
    if volume.dtype == np.uint8:
        limits = np.ceil(limits - 1e-9).astype(np.uint8)
    else:
        source, find = np.pad(volume, 1, mode="edge"), _angles_of_floats
    counter.count(volume, voxels, limits=limits)
    # Plane by plane in the same memory, most of which the cache holds.
    angles = np.empty(volume.shape, np.uint8)
    seen = angles.view()
    seen.flags.writeable = False  # numba compiles read-only arrays apart
    for i in range(n_planes):
        find(source, sides[i], angles)
        turns = _sum_apart(seen, points[i], True, margins)
        limits = np.array([[math.ceil(turns / n_pairs - 1e-9), 255]], np.uint8)
        counter.count(seen, voxels[i : i + 1], limits=limits, first=2 * n_planes + i)
    counts = counter.counts()
    return counts.reshape(len(counts), len(COMPONENTS), n_planes, -1)


@lru_cache(maxsize=64)
def _tables(planes, n_points, radius, size):
    """Tabulate voxels, sides of gradients, and points that make different pairs."""
    voxels = neighborhoods("lbp", planes, n_points, radius)[0]
    sides = np.stack([ring(plane, 4, (1, 1, 1)) for plane in planes]).astype(np.intp)
    different = n_points // 2 if n_points % 2 == 0 else n_points
    return voxels, sides, voxels[:, :different, 0] @ [size[0] * size[1], size[1], 1]


def _sum_distances(volume, points, margins):
    """Sum how far the points of each plane are from the center, over all centers."""
    if volume.dtype == np.uint8:
        return np.array([_sum_apart(volume, own, False, margins) for own in points])
    pairs = np.stack([points, 0 * points], axis=-1).reshape(-1, 2)
    times, sums = time_blocks(len(volume), 1, margins[0]), np.zeros(len(pairs))
    sum_distances(volume, pairs, margins[1:], times, sums)
    return sums.reshape(points.shape).sum(axis=1)


def _sum_apart(volume, points, circular, margins):
    """Do the same for points of one plane, in bytes."""
    # Filled up to a multiple of four by the center, which is no distance away.
    points = np.pad(points, (0, -len(points) % 4))
    centers = margins[0], len(volume) - margins[0]
    return sum_apart(volume, points, circular, margins[1:], centers)


def _angles_of_bytes(volume, sides, angles):
    """Find the orientations of gradients within a plane, in place."""
    look_up_angles(volume, sides, _angle_table(), angles)


def _angles_of_floats(padded, sides, angles):
    """Do the same for floating numbers with a margin of one on all sides."""
    _, height, width = padded.shape
    find_angles(padded, sides @ [height * width, width, 1], angles)


@lru_cache(maxsize=1)
def _angle_table():
    """Tabulate the orientation of gradients of uint8 without signs, 256 to a circle."""
    length = np.arange(256)
    turn = np.arctan2(length, length[:, None]) * (128 / np.pi)
    return np.floor(turn + 0.5).astype(np.uint8).ravel()
