"""ELBPTOP: radial and angular differences beside the plain patterns."""

import numpy as np

from mefeat.base import Descriptor
from mefeat.base._steps import choice, whole
from mefeat.regions import block_names
from mefeat.texture._patterns import (
    INTERPOLATIONS,
    MAPPINGS,
    PATTERNS,
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


def elbp_top(
    volume,
    regions=None,
    *,
    part="rd",
    n_points=8,
    radius=(1, 1, 1),
    inner_radius=(0, 0, 0),
    mapping="all",
    planes=("xy", "xt", "yt"),
    interpolation="nearest",
    norm="l1",
    n_times=1,
):
    """Histogram one of the three patterns of ELBPTOP on orthogonal planes.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values of any real dtype.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none. One region by default.
    part : {"lbp", "rd", "ad"}, default="rd"
        The pattern: LBP-TOP, radial differences (RDLBP-TOP), or angular differences
        (ADLBP-TOP).
    n_points : int, default=8
        Points of a ring, 1 to 16.
    radius : tuple of int, default=(1, 1, 1)
        Radii along x, y and t, in pixels and frames.
    inner_radius : tuple of int, default=(0, 0, 0)
        Radii of the inner ring of radial differences, smaller than `radius`. With 0
        the inner ring is the center, and RDLBP-TOP is LBP-TOP.
    mapping : {"all", "u2", "riu2"}, default="all"
        Bins of the codes, see `lbp_top`.
    planes : sequence of {"xy", "xt", "yt"}, default=("xy", "xt", "yt")
        The planes. ("xt", "yt") is known as XOT.
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
    Bit p of "rd" is set where the point at angle 2 pi p / n_points of the ring is not
    below the point of the inner ring at the same angle; bit p of "ad" where point
    p + 1 of the ring is not below point p, the last being followed by the first.
    Geometry and centers are those of `lbp_top`. The inner radius is explicit, since
    the third number of the paper's tables can be read in two ways.

    References
    ----------
    C. Guo, J. Liang, G. Zhan, Z. Liu, M. Pietikäinen, L. Liu, "Extended local binary
    patterns for efficient and robust spontaneous facial micro-expression recognition",
    IEEE Access 7, 2019. https://doi.org/10.1109/ACCESS.2019.2942358

    Examples
    --------
    Gray values rise along x. On the plane xy the ring of four points begins at the
    right, the brightest: bits 0 (up, against right) and 1 (left, against up) are clear.

    >>> import numpy as np
    >>> rising = np.tile(np.arange(5.0), (3, 5, 1))
    >>> counts = elbp_top(rising, part="ad", n_points=4, planes=("xy",), norm=None)
    >>> counts[0, 0].argmax().item(), counts[0, 0].max().item()
    (12, 9.0)
    """
    radius, planes = check_radius(radius), tuple(planes)
    inner = check_radius(inner_radius, "inner_radius", at_least=0)
    if any(i >= r for i, r in zip(inner, radius, strict=True)):
        raise ValueError(f"inner_radius must be below radius {radius}, got {inner}.")
    check_points(n_points)
    check_choices(
        part=(part, PATTERNS),
        mapping=(mapping, MAPPINGS),
        planes=(planes, PLANES),
        interpolation=(interpolation, INTERPOLATIONS),
        norm=(norm, ["l1", None]),
    )
    counts = pattern_counts(
        volume,
        *neighborhoods(part, planes, n_points, radius, inner, interpolation),
        regions,
        reach=reach(radius),
        n_times=n_times,
    )
    table, labels = code_mapping(mapping, n_points)
    return histograms(counts, table, len(labels), norm)


class ELBPTOP(Descriptor):
    """Extended LBP-TOP of blocks of the face: plain, radial and angular patterns.

    Parameters
    ----------
    n_points : int, default=8
        Points of a ring, 1 to 16.
    radius : tuple of int, default=(1, 1, 1)
        Radii along x, y and t, in pixels and frames.
    inner_radius : tuple of int, default=(0, 0, 0)
        Radii of the inner ring of radial differences, smaller than `radius`.
    grid : tuple of int, default=(8, 8)
        Number of blocks along y, x and, if three are given, time.
    parts : sequence of {"lbp", "rd", "ad"}, default=("lbp", "rd", "ad")
        The patterns. One alone is LBP-TOP, RDLBP-TOP or ADLBP-TOP.
    mapping : {"all", "u2", "riu2"}, default="all"
        Bins of the codes, see `lbp_top`.
    planes : sequence of {"xy", "xt", "yt"}, default=("xy", "xt", "yt")
        The planes. ("xt", "yt") is known as XOT.
    interpolation : {"nearest", "bilinear"}, default="nearest"
        How points between the voxels are read.
    norm : {"l1", None}, default="l1"
        Whether each histogram is divided by its sum.

    See Also
    --------
    elbp_top : The function on arrays, with the details.
    WPCA : What the paper applies to each part before they are joined.

    Notes
    -----
    The paper gives each part radii and points of its own: join descriptors of one part
    each by `make_union`. It then reduces each part by whitened principal components,
    see `WPCA`, and classifies by a linear SVM. Blocks are 8x8x2 (CASME II, SMIC) or
    5x5x2 (SAMM).

    References
    ----------
    C. Guo, J. Liang, G. Zhan, Z. Liu, M. Pietikäinen, L. Liu, "Extended local binary
    patterns for efficient and robust spontaneous facial micro-expression recognition",
    IEEE Access 7, 2019. https://doi.org/10.1109/ACCESS.2019.2942358

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((10, 170, 140), np.uint8))
    >>> radial = ELBPTOP(4, (3, 3, 3), inner_radius=(1, 1, 1), parts=("rd",))
    >>> radial.transform([clip]).shape
    (1, 3072)
    >>> radial.get_feature_names_out()[-1]
    'rd_t0_r7_c7_yt_code15'
    """

    per_channel = True

    _parameter_constraints: dict = {
        "n_points": [whole(1)],
        "radius": [tuple, list],
        "inner_radius": [tuple, list],
        "grid": [tuple, list],
        "parts": [tuple, list],
        "mapping": [choice(MAPPINGS)],
        "planes": [tuple, list],
        "interpolation": [choice(INTERPOLATIONS)],
        "norm": [choice(["l1"]), None],
    }

    def __init__(
        self,
        n_points=8,
        radius=(1, 1, 1),
        *,
        inner_radius=(0, 0, 0),
        grid=(8, 8),
        parts=("lbp", "rd", "ad"),
        mapping="all",
        planes=("xy", "xt", "yt"),
        interpolation="nearest",
        norm="l1",
    ):
        self.n_points = n_points
        self.radius = radius
        self.inner_radius = inner_radius
        self.grid = grid
        self.parts = parts
        self.mapping = mapping
        self.planes = planes
        self.interpolation = interpolation
        self.norm = norm

    def describe(self, clip):
        """Describe a gray clip.

        Gives histograms of part, block, plane and bin, in this order.
        """
        check_choices(parts=(tuple(self.parts), PATTERNS))
        names = "n_points radius inner_radius mapping planes interpolation norm".split()
        options = {name: getattr(self, name) for name in names}

        def describe(frames, regions, n_times):
            parts = [
                elbp_top(frames, regions, part=part, n_times=n_times, **options)
                for part in self.parts
            ]
            return np.stack(parts)

        return pool_blocks(
            describe, clip.frames, self.grid, max(self.radius[:2])
        ).ravel()

    def feature_names(self):
        """Name part, block (time, row, column), plane and code of each number."""
        labels = code_mapping(self.mapping, self.n_points)[1]
        return [
            f"{part}_{block}_{plane}_{label}"
            for part in self.parts
            for block in block_names(self.grid)
            for plane in self.planes
            for label in labels
        ]
