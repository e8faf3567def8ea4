"""LBP-MOP: patterns of three mean images instead of the whole volume."""

import math
from functools import lru_cache
from itertools import accumulate, pairwise

import numpy as np

from mefeat.base import Descriptor
from mefeat.base._steps import choice, whole
from mefeat.kernels._lbp import count_codes
from mefeat.kernels._mop import sum_axes, sum_bytes
from mefeat.regions import block_names, check_grid, edges, region_bases
from mefeat.texture._patterns import (
    INTERPOLATIONS,
    MAPPINGS,
    PLANES,
    check_choices,
    check_points,
    check_radius,
    check_volume,
    code_mapping,
    code_tables,
    histograms,
    neighborhoods,
)


def lbp_mop(
    volume,
    *,
    grid=(1, 1),
    n_points=8,
    radius=(1, 1, 1),
    mapping="u2",
    interpolation="nearest",
    norm="l1",
):
    """Histogram the local binary patterns of the mean images of blocks.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values of any real dtype.
    grid : tuple of int, default=(1, 1)
        Number of blocks along y, x and, if three are given, time.
    n_points : int, default=8
        Points of a neighborhood, 1 to 16.
    radius : tuple of int, default=(1, 1, 1)
        Radii along x, y and t, in pixels and frames.
    mapping : {"u2", "riu2", "all"}, default="u2"
        Bins of the codes, see `lbp_top`.
    interpolation : {"nearest", "bilinear"}, default="nearest"
        How points between the pixels are read.
    norm : {"l1", None}, default="l1"
        Whether each histogram is divided by its sum.

    Returns
    -------
    ndarray of shape (n_blocks, 3, n_bins), float64
        Histograms of the means over t, y and x, which are images of the planes xy, xt
        and yt; time is slowest, then row, then column.

    Raises
    ------
    ValueError
        If a block is smaller than a neighborhood, or an argument is out of its range.

    Notes
    -----
    The paper leaves open whether blocks or means come first. Here the volume is cut
    into blocks and each has its own means, so blocks must be boxes: there are no region
    maps. Neighborhoods stay within the block, on each image as far from its border as
    the two radii of the image say. Means are compared unrounded, as sums.

    References
    ----------
    Y. Wang, J. See, R. C.-W. Phan, Y.-H. Oh, "Efficient spatio-temporal local binary
    patterns for spontaneous facial micro-expression recognition", PLoS ONE 10(5), 2015.
    https://doi.org/10.1371/journal.pone.0124674

    Examples
    --------
    Gray values rise with time. The mean over t is flat: code 255. On the two others the
    points before the center, 5 to 7 on xt and 3 to 5 on yt, are below it.

    >>> rising = np.arange(4.0)[:, None, None] * np.ones((4, 5, 6))
    >>> lbp_mop(rising, mapping="all")[0].argmax(axis=1).tolist()
    [255, 31, 199]
    """
    volume, radius = check_volume(volume), check_radius(radius)
    check_points(n_points)
    check_choices(
        mapping=(mapping, MAPPINGS),
        interpolation=(interpolation, INTERPOLATIONS),
        norm=(norm, ["l1", None]),
    )
    rows, columns, times = check_grid(grid)
    blocks = (times, rows, columns)
    cuts, dtype = _cuts(volume.shape, blocks, radius[::-1])
    table, labels = code_mapping(mapping, n_points)
    sums = _sums(volume, cuts, dtype if volume.dtype == np.uint8 else np.float64)
    places, rooms = _places(blocks)
    counts = np.zeros((len(places), len(table)), np.uint32)
    for i, images in enumerate(sums):
        *tables, centers = _tables(
            volume.shape, blocks, i, n_points, radius, interpolation
        )
        limits, times = np.empty((1, 0), images.dtype), np.arange(blocks[i])
        room = counts[rooms[i]].reshape(1, blocks[i], -1)
        count_codes(images, *tables, limits, *centers, times, room)
    found = histograms(counts, table, len(labels), norm, places)
    return found.reshape(-1, len(blocks), len(labels))


@lru_cache(maxsize=64)
def _places(blocks):
    """Tell where the histograms of the means go, and which counts are of which mean.

    The axis of a mean comes first, and behind the blocks of each of its images is a
    place for pixels that do not count.
    """
    numbers = len(blocks) * np.arange(math.prod(blocks)).reshape(blocks)
    places = [
        np.pad(
            np.moveaxis(numbers + i, i, 0).reshape(own, -1),
            ((0, 0), (0, 1)),
            constant_values=-1,
        ).ravel()
        for i, own in enumerate(blocks)
    ]
    ends = accumulate(map(len, places), initial=0)
    return np.concatenate(places), [slice(*pair) for pair in pairwise(ends)]


@lru_cache(maxsize=64)
def _cuts(shape, blocks, margins):
    """Cut a volume into blocks; tell which whole numbers hold the sums of bytes."""
    cuts = [edges(n, k) for n, k in zip(shape, blocks, strict=True)]
    smallest = [int(np.diff(cut).min()) for cut in cuts]
    least = [2 * margin + 1 for margin in margins]
    if any(n < m for n, m in zip(smallest, least, strict=True)):
        raise ValueError(
            f"blocks of {smallest[0]} frames of {smallest[1]}x{smallest[2]} pixels are "
            f"smaller than a neighborhood, {least[0]} of {least[1]}x{least[2]}: use "
            "larger images, interpolate to more frames, or choose a coarser grid or "
            "smaller radii."
        )
    longest = max(int(np.diff(cut).max()) for cut in cuts)
    return cuts, np.uint16 if 255 * longest < 2**16 else np.uint32


@lru_cache(maxsize=64)
def _tables(shape, blocks, axis, n_points, radius, interpolation):
    """Tabulate what `count_codes` takes for the means over an axis, by sizes alone."""
    plane, margins = list(PLANES)[axis], radius[::-1]
    voxels, factors = neighborhoods(
        "lbp", (plane,), n_points, radius, interpolation=interpolation
    )
    one, two = others = [other for other in range(3) if other != axis]
    cuts = [edges(shape[other], blocks[other]) for other in others]
    size, margins = (shape[one], shape[two]), (margins[one], margins[two])
    # The axis that the mean is over comes first.
    tables = code_tables(voxels[..., [axis, *others]], factors, size)
    bases = region_bases(
        _inner(*cuts, *margins)[None], blocks[one] * blocks[two], 2**n_points, margins
    )
    return *tables, (bases, margins)


def _sums(volume, cuts, dtype):
    """Sum over t, y and x within blocks; the axis of the sum comes first."""
    n_frames, height, width = volume.shape
    sizes = [(height, width), (n_frames, width), (n_frames, height)]
    out = [
        np.zeros((len(cut) - 1, *size), dtype)
        for cut, size in zip(cuts, sizes, strict=True)
    ]
    if volume.dtype == np.uint8:
        sum_bytes(volume, *cuts, *out)
    else:
        sum_axes(volume, *cuts, np.empty((2, height, width), dtype), *out)
    return out


def _inner(first, second, first_margin, second_margin):
    """Map the pixels of blocks whose neighborhoods stay within the block."""
    place = [
        np.full(first[-1], -1, dtype=np.intp),
        np.full(second[-1], -1, dtype=np.intp),
    ]
    margins = first_margin, second_margin
    for line, cut, margin in zip(place, (first, second), margins, strict=True):
        for block, (begin, end) in enumerate(pairwise(cut)):
            line[begin + margin : end - margin] = block
    regions = place[0][:, None] * (len(second) - 1) + place[1]
    regions[place[0] < 0] = -1
    regions[:, place[1] < 0] = -1
    return regions


class LBPMOP(Descriptor):
    """LBP from mean orthogonal planes, of blocks of the face.

    Parameters
    ----------
    n_points : int, default=8
        Points of a neighborhood, 1 to 16.
    radius : tuple of int, default=(1, 1, 1)
        Radii along x, y and t, in pixels and frames.
    grid : tuple of int, default=(8, 8)
        Number of blocks along y, x and, if three are given, time.
    mapping : {"u2", "riu2", "all"}, default="u2"
        Bins of the codes, see `lbp_top`.
    interpolation : {"nearest", "bilinear"}, default="nearest"
        How points between the pixels are read.
    norm : {"l1", None}, default="l1"
        Whether each histogram is divided by its sum.

    See Also
    --------
    lbp_mop : The function on arrays, with the details.
    WienerFilter : A filter that the paper puts before.

    References
    ----------
    Y. Wang, J. See, R. C.-W. Phan, Y.-H. Oh, "Efficient spatio-temporal local binary
    patterns for spontaneous facial micro-expression recognition", PLoS ONE 10(5), 2015.
    https://doi.org/10.1371/journal.pone.0124674

    Examples
    --------
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((10, 170, 140), np.uint8))
    >>> LBPMOP().transform([clip]).shape
    (1, 11328)
    >>> LBPMOP().get_feature_names_out()[-1]
    't0_r7_c7_yt_nonuniform'
    """

    per_channel = True

    _parameter_constraints: dict = {
        "n_points": [whole(1)],
        "radius": [tuple, list],
        "grid": [tuple, list],
        "mapping": [choice(MAPPINGS)],
        "interpolation": [choice(INTERPOLATIONS)],
        "norm": [choice(["l1"]), None],
    }

    def __init__(
        self,
        n_points=8,
        radius=(1, 1, 1),
        *,
        grid=(8, 8),
        mapping="u2",
        interpolation="nearest",
        norm="l1",
    ):
        self.n_points = n_points
        self.radius = radius
        self.grid = grid
        self.mapping = mapping
        self.interpolation = interpolation
        self.norm = norm

    def describe(self, clip):
        """Describe a gray clip.

        Gives histograms of block, plane and bin, in this order.
        """
        return lbp_mop(clip.frames, **self.get_params()).ravel()

    def feature_names(self):
        """Name block (time, row, column), plane and code of each number."""
        labels = code_mapping(self.mapping, self.n_points)[1]
        return [
            f"{block}_{plane}_{label}"
            for block in block_names(self.grid)
            for plane in PLANES
            for label in labels
        ]
