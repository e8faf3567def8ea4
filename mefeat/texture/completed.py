"""Completed patterns on three planes: sign, magnitude, orientation of differences."""

import math
from functools import lru_cache

import numpy as np

from mefeat.kernels.angles import find_angles, look_up_angles
from mefeat.kernels.distances import sum_apart, sum_distances
from mefeat.regions import time_blocks
from mefeat.texture.blocks import check_choices, check_radius, reach
from mefeat.texture.counting import CodeCounter, check_volume
from mefeat.texture.patterns import PLANES, neighborhoods, ring

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
    voxels, margins = neighborhoods("lbp", planes, n_points, radius)[0], reach(radius)
    n_planes = len(planes)
    counter = CodeCounter(
        volume.shape, 3 * n_planes, n_points, regions, reach=margins, n_times=n_times
    )
    limits = _mean_distances(volume, voxels, margins)
    if volume.dtype == np.uint8:
        limits = np.ceil(limits - 1e-9).astype(np.uint8)
    counter.count(volume, voxels, limits=limits[:, None])
    # Plane after plane, in the same memory: to be given more takes time.
    room = np.empty(volume.shape, np.uint8)
    angles = room.view()
    angles.flags.writeable = False  # numba compiles read-only arrays apart
    source = volume if volume.dtype == np.uint8 else np.pad(volume, 1, mode="edge")
    for i, (plane, own) in enumerate(zip(planes, voxels, strict=True)):
        _find_angles(source, plane, room)
        limits = _turn_limits(angles, own, margins)
        counter.count(angles, own[None], limits=limits, first=2 * n_planes + i)
    counts = counter.counts()
    return counts.reshape(len(counts), len(COMPONENTS), n_planes, -1)


def _find_angles(source, plane, angles):
    sides = ring(plane, 4, (1, 1, 1)).astype(np.intp)
    if source.dtype == np.uint8:
        look_up_angles(source, sides, _angle_table(), angles)
    else:  # with a margin of one on all sides
        _, height, width = source.shape
        find_angles(source, sides @ [height * width, width, 1], angles)


@lru_cache(maxsize=1)
def _angle_table():
    """Tabulate the orientation of gradients of uint8 without signs, 256 to a circle."""
    length = np.arange(256)
    turn = np.arctan2(length, length[:, None]) * (128 / np.pi)
    return np.floor(turn + 0.5).astype(np.uint8).ravel()


def _mean_distances(volume, voxels, margins):
    """Average over all centers, and points that make different pairs, by plane."""
    n_frames, height, width = volume.shape
    sizes = [n - 2 * m for n, m in zip(volume.shape, margins, strict=True)]
    offsets = _different(voxels) @ [height * width, width, 1]
    if volume.dtype == np.uint8:
        sums = [sum_apart(volume, _fours(plane), False, margins) for plane in offsets]
        return np.array(sums) / offsets.shape[1] / math.prod(sizes)
    pairs = np.stack([offsets, 0 * offsets], axis=-1).reshape(-1, 2)
    sums = np.zeros(len(pairs))
    times = time_blocks(n_frames, 1, margins[0])
    sum_distances(volume, pairs, margins[1:], times, sums)
    return sums.reshape(offsets.shape).mean(axis=1) / math.prod(sizes)


def _turn_limits(angles, voxels, margins):
    """Average the same over angles; give what makes up the limit of turns."""
    _, height, width = angles.shape
    offsets = _different(voxels[None])[0] @ [height * width, width, 1]
    n_centers = math.prod(n - 2 * m for n, m in zip(angles.shape, margins, strict=True))
    mean = sum_apart(angles, _fours(offsets), True, margins) / len(offsets) / n_centers
    limit = math.ceil(mean - 1e-9)
    return np.array([[limit, 256 - 2 * limit if limit else 255]], np.uint8)


def _different(voxels):
    """Choose the points whose opposites make the same pairs; (n_planes, n, 3)."""
    n_points = voxels.shape[1]
    return voxels[:, : n_points // 2 if n_points % 2 == 0 else n_points, 0]


def _fours(offsets):
    """Fill up to a multiple of four by the center, which is no distance away."""
    return np.pad(offsets, (0, -len(offsets) % 4))
