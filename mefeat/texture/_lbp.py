"""LBP-TOP: local binary patterns on the three orthogonal planes of a clip."""

from mefeat.base import Descriptor
from mefeat.base._steps import choice, number, whole
from mefeat.regions import block_names
from mefeat.texture._patterns import (
    INTERPOLATIONS,
    MAPPINGS,
    PLANES,
    check_choices,
    check_points,
    check_radius,
    code_mapping,
    histograms,
    neighborhoods,
    pattern_counts,
    pool_blocks,
    reach,
)


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
    not negative, which is exact where the image is flat; the authors' code floors
    the weighted sum of values in single precision and differs there.

    References
    ----------
    G. Zhao, M. Pietikäinen, "Dynamic texture recognition using local binary patterns
    with an application to facial expressions", IEEE TPAMI 29(6), 2007.
    https://doi.org/10.1109/TPAMI.2007.1110

    Examples
    --------
    On a flat volume no neighbor is below its center: all centers have code 255.

    >>> import numpy as np
    >>> flat = np.zeros((3, 4, 5))
    >>> counts = lbp_top(flat, mapping="all", norm=None)
    >>> counts.shape, counts[0, :, 255].tolist()
    ((1, 3, 256), [6.0, 6.0, 6.0])
    """
    radius, planes = check_radius(radius), tuple(planes)
    check_points(n_points)
    check_choices(
        mapping=(mapping, MAPPINGS),
        planes=(planes, PLANES),
        interpolation=(interpolation, INTERPOLATIONS),
        norm=(norm, ["l1", None]),
    )
    counts = pattern_counts(
        volume,
        *neighborhoods("lbp", planes, n_points, radius, interpolation=interpolation),
        regions,
        reach=reach(radius),
        n_times=n_times,
    )
    table, labels = code_mapping(mapping, n_points)
    return histograms(counts, table, len(labels), norm)


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
    >>> import numpy as np
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
        *,
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

        Gives histograms of block, plane and bin, in this order.
        """
        return pool_blocks(
            lbp_top,
            clip.frames,
            self.grid,
            max(self.radius[:2]),
            borders=self.borders,
            overlap=self.overlap,
            n_points=self.n_points,
            radius=self.radius,
            mapping=self.mapping,
            planes=self.planes,
            interpolation=self.interpolation,
            norm=self.norm,
        ).ravel()

    def feature_names(self):
        """Name block (time, row, column), plane and code of each number."""
        labels = code_mapping(self.mapping, self.n_points)[1]
        return [
            f"{block}_{plane}_{label}"
            for block in block_names(self.grid)
            for plane in self.planes
            for label in labels
        ]
