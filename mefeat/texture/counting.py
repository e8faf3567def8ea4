"""How often patterns occur: the codes of a volume, counted by region and time."""

import numpy as np

from mefeat.kernels.folding import fold_counts
from mefeat.kernels.lbp import count_codes
from mefeat.regions import check_regions, region_bases, time_blocks
from mefeat.texture.volumes import check_reach, check_volume


def pattern_counts(volume, voxels, factors=None, regions=None, *, reach, n_times=1):
    """Count the codes of a volume by region and block of time.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values of any real dtype.
    voxels : ndarray of int of shape (n_planes, n_points, n_terms, 3)
        Voxels (t, y, x) of each bit, relative to the center; at most 16 points.
    factors : ndarray of shape (n_planes, n_points, n_terms), default=None
        A bit is set where the sum of factor * (voxel - center) is not negative. By
        default n_terms is 2, and a bit is set where the first voxel is not below the
        second.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none; one region by default.
    reach : tuple of int
        Frames, rows and columns at both ends without centers. No voxel may lie further
        from its center.
    n_times : int, default=1
        Number of blocks of time.

    Returns
    -------
    ndarray of shape (n_times * n_regions, n_planes, 2 ** n_points), uint32
        How often each code occurs; time is slowest.

    Raises
    ------
    ValueError
        If the volume has no centers, or regions do not fit it.

    Examples
    --------
    One bit: is a voxel not below the one before it?

    >>> voxels = np.array([[[[0, 0, 0], [-1, 0, 0]]]])
    >>> rising = np.arange(12.0).reshape(3, 2, 2)
    >>> pattern_counts(rising, voxels, reach=(1, 0, 0)).tolist()
    [[[0, 4]]]
    """
    volume = check_volume(volume)
    n_planes, n_points = voxels.shape[:2]
    counter = CodeCounter(
        volume.shape, n_planes, n_points, regions, reach=reach, n_times=n_times
    )
    counter.count(volume, voxels, factors)
    return counter.counts()


class CodeCounter:
    """Counts of several codes of the voxels of a volume, by region and block of time.

    Parameters
    ----------
    shape : tuple of int
        Shape (n_frames, height, width) of the volume.
    n_rows : int
        Number of codes.
    n_points : int
        Bits of a code, at most 16.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none; one region by default.
    reach : tuple of int
        Frames, rows and columns at both ends without centers.
    n_times : int, default=1
        Number of blocks of time.

    Raises
    ------
    ValueError
        If the volume has no centers, or regions do not fit it.
    """

    def __init__(self, shape, n_rows, n_points, regions=None, *, reach, n_times=1):
        check_reach(shape, reach)
        regions, n_regions = check_regions(regions, shape[1:])
        self.n_codes = 2**n_points
        self.bases = region_bases(regions, n_regions, self.n_codes, reach[1:])
        self.margins = tuple(reach[1:])
        self.times = time_blocks(shape[0], n_times, reach[0])
        room = (n_rows, n_times, (n_regions + 1) * self.n_codes)
        self.table = np.zeros(room, np.uint32)

    def count(self, volume, voxels, factors=None, limits=None, first=0):
        """Count the codes of each plane.

        Parameters
        ----------
        volume : ndarray of shape (n_frames, height, width)
            Gray values or angles, as from `check_volume`.
        voxels : ndarray of int of shape (n_planes, n_points, n_terms, 3)
            Voxels as for `pattern_counts`.
        factors : ndarray of shape (n_planes, n_points, n_terms), default=None
            Factors as for `pattern_counts`.
        limits : ndarray of shape (n_planes, 1 or 2), default=None
            For 8 points or fewer that share their second voxel. With one limit codes
            come twice: behind those of all planes follow others, whose bits are set
            where the two voxels differ by the limit or more. With two, a limit and 255,
            only the latter are counted, of angles in uint8, 256 to the circle.
        first : int, default=0
            Row of the first plane's codes; the others follow.
        """
        n_rows = len(voxels)
        if limits is None:
            limits = np.empty((n_rows, 0), volume.dtype)
        elif limits.shape[1] == 1:
            n_rows *= 2
        tables = code_tables(voxels, factors, volume.shape[1:])
        rows = self.table[first : first + n_rows]
        count_codes(volume, *tables, limits, self.bases, self.margins, self.times, rows)

    def counts(self):
        """Give the counts.

        Returns
        -------
        ndarray of shape (n_times * n_regions, n_rows, 2 ** n_points), uint32
            How often each code occurs; time is slowest.
        """
        n_rows, n_times, _ = self.table.shape
        counts = self.table.reshape(n_rows, n_times, -1, self.n_codes)
        counts = counts[:, :, :-1].transpose(1, 2, 0, 3)
        return counts.reshape(-1, n_rows, self.n_codes)


def code_tables(voxels, factors, size):
    """Bring the voxels and factors of a pattern to the form that the kernel takes.

    Parameters
    ----------
    voxels : ndarray of int of shape (n_planes, n_points, n_terms, 3)
        Voxels (t, y, x) of each bit, relative to the center.
    factors : ndarray of shape (n_planes, n_points, n_terms) or None
        Their factors, if there are any.
    size : tuple of int
        Height and width of the pictures.

    Returns
    -------
    offsets : ndarray of shape (n_planes, n_filled, n_terms), intp
        Offsets in the flat volume. Without factors the points are filled up to a
        multiple of 8.
    factors : ndarray of shape (n_planes, n_points, n_terms)
        The factors, empty if there are none.
    weights : ndarray of shape (n_filled,), uint8 or uint16
        Value of each bit, 0 for points that fill up.

    Examples
    --------
    >>> offsets, _, weights = code_tables(np.ones((1, 1, 2, 3), int), None, (5, 10))
    >>> offsets[0, 0].tolist(), weights.tolist()
    ([61, 61], [1, 0, 0, 0, 0, 0, 0, 0])
    """
    n_points = voxels.shape[1]
    offsets = (voxels[..., 0] * size[0] + voxels[..., 1]) * size[1] + voxels[..., 2]
    weights = (1 << np.arange(n_points)).astype(
        np.uint8 if n_points <= 8 else np.uint16
    )
    if factors is None:
        if fill := -n_points % 8:
            offsets = np.pad(offsets, ((0, 0), (0, fill), (0, 0)))
            weights = np.pad(weights, (0, fill))
        factors = np.empty((0, 0, 0))
    return offsets, factors, weights


def histograms(counts, table, n_bins, norm, places=None):
    """Add up the codes that share a bin, and normalize.

    Parameters
    ----------
    counts : ndarray of shape (..., n_codes), uint32
        How often each code occurs.
    table : ndarray of shape (n_codes,)
        Bin of each code.
    n_bins : int
        Number of bins.
    norm : {"l1", None}
        Whether each histogram is divided by its sum; an empty one stays zero.
    places : ndarray of int of shape (n_rows,), default=None
        Where the histogram of each row of counts goes, negative for nowhere; in the
        order of the counts by default.

    Returns
    -------
    ndarray of shape (..., n_bins), float64
        Histograms; with places their shape is (n_places, n_bins).

    Examples
    --------
    >>> counts = np.array([[[1, 2, 1]]], np.uint32)
    >>> histograms(counts, np.array([0, 1, 0]), 2, "l1").tolist()
    [[[0.5, 0.5]]]
    """
    rows = np.ascontiguousarray(counts).reshape(-1, counts.shape[-1])
    shape = counts.shape[:-1]
    if places is None:
        places = np.arange(len(rows))
    else:
        shape = (places.max() + 1,)
    out = np.zeros((*shape, n_bins))
    rest = int(np.bincount(table).argmax())
    codes = np.flatnonzero(table != rest)
    listed = codes.astype(np.uintp), table[codes].astype(np.uintp)
    fold_counts(rows, *listed, rest, norm is not None, places, out.reshape(-1, n_bins))
    return out
