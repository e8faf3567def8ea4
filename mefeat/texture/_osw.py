"""OSW: LBP-TOP whose spatial part is weighted by optical strain."""

import numpy as np

from mefeat.base import Descriptor
from mefeat.base._steps import choice, need_flow, whole
from mefeat.clip import luma
from mefeat.flow import optical_strain
from mefeat.regions import check_grid, region_means
from mefeat.texture._lbp import LBPTOP, lbp_top
from mefeat.texture._patterns import INTERPOLATIONS, MAPPINGS, pool_blocks


def strain_weights(flow, regions=None):
    """Weigh regions by the optical strain of a clip.

    References
    ----------
    S.-T. Liong, J. See, R. C.-W. Phan, A. C. Le Ngo, Y.-H. Oh, K. Wong, "Subtle
    expression recognition using optical strain weighted features", ACCV workshops
    2014. https://doi.org/10.1007/978-3-319-16631-5_47
    """
    strain = optical_strain(flow)
    strain = strain.reshape(-1, *strain.shape[-2:])
    weights = region_means(strain.mean(axis=0, dtype=np.float64), regions)
    return weights / (weights.max() or 1)


class OSW(Descriptor):
    """LBP-TOP of blocks of the face, the XY plane weighted by optical strain.

    Parameters
    ----------
    n_points : int, default=8
        Points of a neighborhood, 1 to 16.
    radius : tuple of int, default=(1, 1, 1)
        Radii along x, y and t, in pixels and frames.
    grid : tuple of int, default=(5, 5)
        Number of rows and columns of blocks.
    mapping : {"u2", "riu2", "all"}, default="u2"
        Bins of the codes, see `lbp_top`.
    interpolation : {"nearest", "bilinear"}, default="nearest"
        How points between the voxels are read.

    See Also
    --------
    lbp_top : The patterns.
    strain_weights : The weights.

    Notes
    -----
    Needs the flow of each frame to the next, `OpticalFlow(to="previous")`. Histograms
    of XT and YT are those of `LBPTOP`. RGB clips are described by their luma.

    References
    ----------
    S.-T. Liong, J. See, R. C.-W. Phan, A. C. Le Ngo, Y.-H. Oh, K. Wong, "Subtle
    expression recognition using optical strain weighted features", ACCV workshops
    2014. https://doi.org/10.1007/978-3-319-16631-5_47

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> OSW().transform(example_clips(1, pairs="previous")).shape
    (1, 4425)
    """

    pairs = "previous"

    _parameter_constraints: dict = {
        "n_points": [whole(1)],
        "radius": [tuple, list],
        "grid": [tuple, list],
        "mapping": [choice(MAPPINGS)],
        "interpolation": [choice(INTERPOLATIONS)],
    }

    def __init__(
        self,
        n_points=8,
        radius=(1, 1, 1),
        *,
        grid=(5, 5),
        mapping="u2",
        interpolation="nearest",
    ):
        self.n_points = n_points
        self.radius = radius
        self.grid = grid
        self.mapping = mapping
        self.interpolation = interpolation

    def describe(self, clip):
        """Describe a clip.

        Gives histograms of block, plane and bin, in this order. Raises a ValueError if
        the clip lacks this flow, or a block is smaller than a neighborhood.
        """
        flow = need_flow(clip, self, self.pairs)

        def describe(frames, regions, n_times):
            histograms = lbp_top(frames, regions, **self._patterns())
            histograms[:, 0] *= strain_weights(flow, regions)[:, None]
            return histograms

        return pool_blocks(
            describe, luma(clip.frames), self._grid(), max(self.radius[:2])
        ).ravel()

    def feature_names(self):
        """Name block, plane and code of each number."""
        return LBPTOP(grid=self._grid(), **self._patterns()).feature_names()

    def _grid(self):
        rows, columns, times = check_grid(self.grid)
        if times > 1:
            raise ValueError(
                f"grid of OSW must be (rows, columns), got {tuple(self.grid)}: the "
                "weights are those of the whole clip."
            )
        return rows, columns

    def _patterns(self):
        names = ("n_points", "radius", "mapping", "interpolation")
        return {name: getattr(self, name) for name in names}
