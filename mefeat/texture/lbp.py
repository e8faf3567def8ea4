"""LBP-TOP: local binary patterns on the three orthogonal planes of a clip."""

import operator
from functools import lru_cache

import numpy as np

from mefeat.base import Descriptor
from mefeat.base.params import choice, number, whole
from mefeat.kernels.lbp import count_codes, fold_counts
from mefeat.regions import (
    check_regions,
    grid_regions,
    region_runs,
    separate_regions,
    time_blocks,
)
from mefeat.texture.patterns import INTERPOLATIONS, MAPPINGS, PLANES, ring

MAX_POINTS = 16


def lbp_top(
    volume,
    regions=None,
    *,
    n_points=8,
    radius=(1, 1, 1),
    mapping="u2",
    planes=("xy", "xt", "yt"),
    interpolation="nearest",
    norm="l1",
    n_times=1,
):
    """Histogram the local binary patterns of a volume on orthogonal planes.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values of any real dtype.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none; several maps where regions overlap. One
        region by default.
    n_points : int, default=8
        Points of a neighborhood, 1 to 16.
    radius : tuple of int, default=(1, 1, 1)
        Radii along x, y and t, in pixels and frames.
    mapping : {"u2", "riu2", "all"}, default="u2"
        Bins: one for each uniform code in increasing order and one for all others (59
        for 8 points), the same up to rotation (10), or one for each code (256).
    planes : sequence of {"xy", "xt", "yt"}, default=("xy", "xt", "yt")
        The planes. ("xt", "yt") is known as LBP-XYOT.
    interpolation : {"nearest", "bilinear"}, default="nearest"
        How points between the voxels are read.
    norm : {"l1", None}, default="l1"
        Whether each histogram is divided by its sum. One without codes stays zero.
    n_times : int, default=1
        Number of blocks along time, cut by rounding over all frames.

    Returns
    -------
    ndarray of shape (n_times * n_regions, n_planes, n_bins), float64
        Histograms; time is slowest.

    Raises
    ------
    ValueError
        If the volume is too small for the radii, or an argument is out of its range.

    Notes
    -----
    Bit p is set where the neighbor at angle 2 pi p / n_points is not below the center.
    All planes use the same centers, `max(radius[:2])` pixels from the border and
    `radius[2]` frames from the ends. With "nearest" the counts equal those of the
    authors' code to the last bit (which puts the bin of non-uniform codes first). With
    "bilinear" a bit is set where the weighted sum of *differences* from the center is
    not negative, which is exact where the picture is flat; the authors' code floors
    the weighted sum of values in single precision and differs there.

    References
    ----------
    G. Zhao, M. Pietikäinen, "Dynamic texture recognition using local binary patterns
    with an application to facial expressions", IEEE TPAMI 29(6), 2007.
    https://doi.org/10.1109/TPAMI.2007.1110

    Examples
    --------
    On a flat volume no neighbor is below its center: all centers have code 255.

    >>> flat = np.zeros((3, 4, 5))
    >>> counts = lbp_top(flat, mapping="all", norm=None)
    >>> counts.shape, counts[0, :, 255].tolist()
    ((1, 3, 256), [6.0, 6.0, 6.0])
    """
    volume = _checked_volume(volume)
    radius = _checked_radius(radius)
    _check_choices(n_points, mapping, planes, interpolation, norm)
    margin = max(radius[:2])
    smallest = (2 * radius[2] + 1, 2 * margin + 1, 2 * margin + 1)
    if any(n < least for n, least in zip(volume.shape, smallest, strict=True)):
        raise ValueError(
            f"LBP-TOP of radius (x, y, t) = {radius} needs at least {smallest[0]} "
            f"frames of {smallest[1]}x{smallest[2]} pixels, got {volume.shape[0]} of "
            f"{volume.shape[1]}x{volume.shape[2]}."
        )
    regions, n_regions = check_regions(regions, volume.shape[1:])
    offsets, factors, weights = _terms(
        n_points, radius, tuple(planes), interpolation, volume.shape
    )
    blocks = time_blocks(len(volume), n_times, radius[2]) * n_regions
    counts = np.zeros((n_times * n_regions, len(planes), 2**n_points), np.uint32)
    runs = region_runs(regions, margin)
    count_codes(volume, offsets, factors, weights, runs, blocks, counts)
    return _normalized(_folded(counts, *_mapping(mapping, n_points)), norm)


class LBPTOP(Descriptor):
    """LBP-TOP of blocks of the face.

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
    planes : sequence of {"xy", "xt", "yt"}, default=("xy", "xt", "yt")
        The planes.
    interpolation : {"nearest", "bilinear"}, default="nearest"
        How points between the voxels are read.
    norm : {"l1", None}, default="l1"
        Whether each histogram is divided by its sum.
    borders : {"frame", "per_block"}, default="frame"
        Whether neighborhoods may reach into the next block, or each block is described
        alone (the CASME II baseline).
    overlap : float, default=0.0
        Share of its side that a block has in common with the next (0.7 in the SMIC
        baseline).

    See Also
    --------
    lbp_top : The function on arrays, with the details.

    Notes
    -----
    Codes are computed once on the whole clip and pooled by blocks cut on the frame, at
    the rounded ends of equal parts. With `borders="per_block"` or `overlap` all blocks
    are of one size, and rows and columns that remain are dropped. In the literature:
    8x8 blocks after interpolation to 10 frames; 5x5 blocks, 4 points and radii
    (1, 1, 4) in the CASME II baseline. An RGB clip is described channel by channel.

    References
    ----------
    G. Zhao, M. Pietikäinen, "Dynamic texture recognition using local binary patterns
    with an application to facial expressions", IEEE TPAMI 29(6), 2007.
    https://doi.org/10.1109/TPAMI.2007.1110

    Examples
    --------
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((10, 170, 140), np.uint8))
    >>> LBPTOP(grid=(8, 8)).transform([clip]).shape
    (1, 11328)
    >>> LBPTOP(grid=(1, 1)).get_feature_names_out()[[0, -1]].tolist()
    ['t0_r0_c0_xy_code0', 't0_r0_c0_yt_nonuniform']
    """

    per_channel = True

    _parameter_constraints: dict = {
        "n_points": [whole(1)],
        "radius": [tuple, list],
        "grid": [tuple, list],
        "mapping": [choice(MAPPINGS)],
        "planes": [tuple, list],
        "interpolation": [choice(INTERPOLATIONS)],
        "norm": [choice(["l1"]), None],
        "borders": [choice(["frame", "per_block"])],
        "overlap": [number(0, 1)],
    }

    def __init__(
        self,
        n_points=8,
        radius=(1, 1, 1),
        grid=(8, 8),
        mapping="u2",
        planes=("xy", "xt", "yt"),
        interpolation="nearest",
        norm="l1",
        borders="frame",
        overlap=0.0,
    ):
        self.n_points = n_points
        self.radius = radius
        self.grid = grid
        self.mapping = mapping
        self.planes = planes
        self.interpolation = interpolation
        self.norm = norm
        self.borders = borders
        self.overlap = overlap

    def describe(self, clip):
        """Describe a gray clip.

        Parameters
        ----------
        clip : Clip
            The clip.

        Returns
        -------
        ndarray of shape (n_features,)
            Histograms of block, plane and bin, in this order.
        """
        rows, columns, times = self._grid()
        size, frames = clip.frames.shape[1:], clip.frames
        alone = self.borders == "per_block"
        if alone or self.overlap:
            margin = max(self.radius[:2]) if alone else 0
            regions = separate_regions(
                size, (rows, columns), overlap=self.overlap, margin=margin
            )
        else:
            regions = grid_regions(size, (rows, columns))
        length = len(frames) // times if alone else len(frames)
        histograms = [
            lbp_top(
                frames[start : start + length],
                regions,
                n_points=self.n_points,
                radius=self.radius,
                mapping=self.mapping,
                planes=self.planes,
                interpolation=self.interpolation,
                norm=self.norm,
                n_times=1 if alone else times,
            )
            for start in range(0, (times if alone else 1) * length, max(length, 1))
        ]
        return np.concatenate(histograms, axis=None)

    def feature_names(self):
        """Name block (time, row, column), plane and code of each number.

        Returns
        -------
        list of str
            Names.
        """
        rows, columns, times = self._grid()
        labels = _mapping(self.mapping, self.n_points)[1]
        return [
            f"t{t}_r{r}_c{c}_{plane}_{label}"
            for t in range(times)
            for r in range(rows)
            for c in range(columns)
            for plane in self.planes
            for label in labels
        ]

    def _grid(self):
        grid = tuple(operator.index(n) for n in self.grid)
        if len(grid) not in (2, 3) or min(grid) < 1:
            raise ValueError(
                "grid must be (rows, columns) or (rows, columns, times), got "
                f"{self.grid}."
            )
        return *grid[:2], grid[2] if len(grid) == 3 else 1


def _checked_volume(volume):
    volume = np.asarray(volume)
    if volume.ndim != 3:
        raise ValueError(
            f"volume must be (n_frames, height, width), gray, got shape {volume.shape}."
        )
    if volume.dtype.kind not in "buif":
        raise TypeError(f"volume must hold real numbers, got dtype {volume.dtype}.")
    if volume.dtype not in (np.uint8, np.float32, np.float64):
        volume = volume.astype(np.float64)
    volume = np.ascontiguousarray(volume).view()
    volume.flags.writeable = False  # numba compiles read-only arrays apart
    return volume


def _checked_radius(radius):
    radius = tuple(operator.index(r) for r in radius)
    if len(radius) != 3 or min(radius) < 1:
        raise ValueError(
            f"radius must be three whole numbers (x, y, t) of at least 1, got {radius}."
        )
    return radius


def _check_choices(n_points, mapping, planes, interpolation, norm):
    if not 1 <= n_points <= MAX_POINTS:
        raise ValueError(f"n_points must be 1 to {MAX_POINTS}, got {n_points}.")
    given = {
        "mapping": ([mapping], MAPPINGS),
        "planes": (planes, PLANES),
        "interpolation": ([interpolation], INTERPOLATIONS),
        "norm": ([norm], ["l1", None]),
    }
    for name, (values, known) in given.items():
        if not values or any(value not in known for value in values):
            raise ValueError(f"{name} must be among {list(known)}, got {values}.")


@lru_cache(maxsize=64)
def _mapping(mapping, n_points):
    table, labels = MAPPINGS[mapping](n_points)
    return table, labels


@lru_cache(maxsize=64)
def _terms(n_points, radius, planes, interpolation, shape):
    """Tabulate the voxels, factors and bit values that `count_codes` takes."""
    n_frames, height, width = shape
    found = [INTERPOLATIONS[interpolation](ring(p, n_points, radius)) for p in planes]
    voxels, factors = (np.stack(part) for part in zip(*found, strict=True))
    offsets = (voxels[..., 0] * height + voxels[..., 1]) * width + voxels[..., 2]
    dtype = np.uint8 if n_points <= 8 else np.uint16
    weights = (1 << np.arange(n_points)).astype(dtype)
    if interpolation == "nearest":
        fill = -n_points % 8
        pairs = np.zeros((len(planes), n_points + fill, 2), dtype=np.intp)
        pairs[:, :n_points, 0] = offsets[..., 0]
        return pairs, np.empty((0, 0, 0)), np.pad(weights, (0, fill))
    return offsets, factors, weights


def _folded(counts, table, labels):
    out = np.zeros((*counts.shape[:2], len(labels)))
    flat = counts.reshape(-1, counts.shape[2])
    fold_counts(flat, table, out.reshape(len(flat), -1))
    return out


def _normalized(histograms, norm):
    if norm is None:
        return histograms
    total = histograms.sum(axis=-1, keepdims=True)
    return histograms / np.where(total > 0, total, 1)
