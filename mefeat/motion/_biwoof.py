"""Bi-WOOF: orientations of flow weighted twice, by length and by optical strain."""

import numpy as np
from scipy.fft import fft2, fftfreq, ifft2
from scipy.ndimage import gaussian_filter

from mefeat.base import Descriptor
from mefeat.base._steps import need_flow, number, whole
from mefeat.clip import luma
from mefeat.flow import optical_strain
from mefeat.kernels._orientation import orientation_histograms
from mefeat.motion._fields import (
    bin_names,
    block_regions,
    checked_fields,
    flat_pixels,
    orientation_bins,
)
from mefeat.regions import check_grid, check_regions, region_means


def phase_motion(first, second, *, scale=2.0, smoothing_px=2.0):
    """Measure how local phase moves from one image to another.

    Notes
    -----
    The monogenic signal of an image is the quaternion of the band-passed image and
    its Riesz transform. The product of that of the second image with the conjugate
    of that of the first has the change of phase as its angle, and the orientation of
    the structure as its axis. Phase falls where structure moves forward, hence the
    sign is turned. Vectors are averaged with the product of the amplitudes as weight.
    Images are reflected at the border.

    References
    ----------
    M. Felsberg, G. Sommer, "The monogenic signal", IEEE Transactions on Signal
    Processing 49(12), 2001. https://doi.org/10.1109/78.969520
    """
    first, second = np.asarray(first), np.asarray(second)
    if first.ndim != 2 or first.shape != second.shape:
        raise ValueError(
            "images must be gray and of one size, got shapes "
            f"{first.shape} and {second.shape}."
        )
    center0, x0, y0 = _monogenic(first, scale)
    center1, x1, y1 = _monogenic(second, scale)
    real = center1 * center0 + x1 * x0 + y1 * y0
    x, y = center0 * x1 - center1 * x0, center0 * y1 - center1 * y0
    axis = np.hypot(x, y)
    weight = np.hypot(real, axis)
    turn = -np.arctan2(axis, real) / np.where(axis > 0, axis, 1)
    total = gaussian_filter(weight, smoothing_px)
    field = [gaussian_filter(weight * turn * part, smoothing_px) for part in (x, y)]
    return np.stack(field) / np.where(total > 0, total, 1)


def _monogenic(image, scale):
    """Band-pass an image and take its Riesz transform."""
    height, width = image.shape
    margin = [min(int(np.ceil(4 * scale)), n - 1) for n in (height, width)]
    # In differences from one pixel: a flat image is zero, not rounding errors.
    image = image.astype(np.float64) - float(image[0, 0])
    padded = np.pad(image, [(m, m) for m in margin], mode="reflect")
    frequency_y, frequency_x = (2 * np.pi * fftfreq(n) for n in padded.shape)
    frequency_y = frequency_y[:, None]
    squared = frequency_x**2 + frequency_y**2
    band = fft2(padded) * squared * np.exp(-0.5 * scale**2 * squared)
    radius = np.sqrt(np.where(squared > 0, squared, 1))
    parts = [band, -1j * frequency_x / radius * band, -1j * frequency_y / radius * band]
    inner = tuple(slice(m, m + n) for m, n in zip(margin, image.shape, strict=True))
    return [ifft2(part).real[inner] for part in parts]


def bi_woof(flow, regions=None, *, n_bins=8, strain=None):
    """Histogram flow orientations by length, and weigh regions by their strain.

    Parameters
    ----------
    flow : ndarray of shape ([n_pairs,] 2, height, width)
        Flow (u, v) from the onset to the apex, u to the right and v down, pixels.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none. One region by default.
    n_bins : int, default=8
        Number of bins, the first of which begins at -180 degrees.
    strain : ndarray of shape ([n_pairs,] height, width), default=None
        What regions are weighted by; `optical_strain(flow)` by default.

    Returns
    -------
    ndarray of shape ([n_pairs,] n_regions, n_bins), float64
        Histograms; the squares of all numbers of a pair add up to 1. Zeros for regions
        without motion or without strain.

    Raises
    ------
    ValueError
        If the flow has another shape or is not finite, strain does not fit it, or
        `n_bins` is below 1.

    Notes
    -----
    Each histogram is divided by its sum (local weights), then multiplied by the mean
    strain of the region (global weight; the authors' file takes the sum, which is the
    same for regions of one size).

    References
    ----------
    S.-T. Liong, J. See, K. Wong, R. C.-W. Phan, "Less is more: micro-expression
    recognition from video using apex frame", Signal Processing: Image Communication
    62, 2018. https://doi.org/10.1016/j.image.2017.11.006

    Examples
    --------
    Two regions are stretched, by 1 to the right and by 1 downward:

    >>> y, x = np.mgrid[:9.0, :9.0]
    >>> left = np.stack([x, 0 * x])
    >>> right = np.stack([0 * y, y])
    >>> flow = np.concatenate([left, right], axis=2)
    >>> regions = np.repeat([[0, -1, 1, -1]], 9, axis=0).repeat([8, 2, 7, 1], axis=1)
    >>> bi_woof(flow, regions, n_bins=4).round(3).tolist()
    [[0.0, 0.0, 0.707, 0.0], [0.0, 0.0, 0.0, 0.707]]
    """
    if n_bins < 1:
        raise ValueError(f"n_bins must be at least 1, got {n_bins}.")
    fields, single = checked_fields(flow)
    size = fields.shape[2:]
    strain = optical_strain(fields) if strain is None else np.asarray(strain)
    if strain.shape not in ((len(fields), *size), size if single else None):
        raise ValueError(
            f"strain must fit the flow, {(len(fields), *size)}, got {strain.shape}."
        )
    regions, n_regions = check_regions(regions, size)
    out = np.zeros((len(fields), n_regions, n_bins))
    orientation_histograms(
        *flat_pixels(fields, regions),
        *orientation_bins(n_bins, -n_bins / 2),
        False,
        out,
    )
    total = out.sum(axis=2, keepdims=True)
    out /= np.where(total > 0, total, 1)
    for histograms, one in zip(out, strain.reshape(-1, *size), strict=True):
        histograms *= region_means(one, regions)[:, None]
        histograms /= np.linalg.norm(histograms) or 1
    return out[0] if single else out


class BiWOOF(Descriptor):
    """Bi-WOOF of blocks of the face, from the onset to the apex.

    Parameters
    ----------
    grid : tuple of int, default=(5, 5)
        Number of rows and columns of blocks.
    n_bins : int, default=8
        Number of bins.

    See Also
    --------
    bi_woof : The function on arrays, with the details.

    Notes
    -----
    Needs the flow of the onset and the apex, `OpticalFlow(to="apex")`; the authors take
    TV-L1.

    References
    ----------
    S.-T. Liong, J. See, K. Wong, R. C.-W. Phan, "Less is more: micro-expression
    recognition from video using apex frame", Signal Processing: Image Communication
    62, 2018. https://doi.org/10.1016/j.image.2017.11.006

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> BiWOOF().transform(example_clips(1, pairs="apex")).shape
    (1, 200)
    """

    pairs = "apex"
    revision = 2

    _parameter_constraints: dict = {"grid": [tuple, list], "n_bins": [whole(1)]}

    def __init__(self, grid=(5, 5), n_bins=8):
        self.grid = grid
        self.n_bins = n_bins

    def describe(self, clip):
        """Describe a clip.

        Gives histograms, block by block, of norm 1.
        """
        flow = need_flow(clip, self, self.pairs)[0]
        regions = block_regions(flow.shape[1:], _rows_and_columns(self.grid))
        return bi_woof(flow, regions, n_bins=self.n_bins).ravel()

    def feature_names(self):
        """Name block and bin of each number."""
        return bin_names(self.grid, self.n_bins)


class BiWOOFPhase(Descriptor):
    """Bi-WOOF with the motion of local phase beside the optical flow.

    Parameters
    ----------
    grid : tuple of int, default=(5, 5)
        Number of rows and columns of blocks.
    n_bins : int, default=8
        Number of bins.
    scale : float, default=2.0
        Width of the band-pass filter of the phase, pixels, see `phase_motion`.

    See Also
    --------
    bi_woof : The function on arrays, with the details.
    phase_motion : The motion of local phase.

    Notes
    -----
    An extension after S.-T. Liong and K. Wong, "Micro-expression recognition using
    apex frame with phase information", 2017; the details are ours. Vectors of
    `phase_motion` are treated as a flow whose blocks are weighted by the strain of the
    optical flow. Both parts have the same norm, and the row has norm 1.

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> BiWOOFPhase().transform(example_clips(1, pairs="apex")).shape
    (1, 400)
    """

    pairs = "apex"
    revision = 2

    _parameter_constraints: dict = {
        "grid": [tuple, list],
        "n_bins": [whole(1)],
        "scale": [number(0, closed="neither")],
    }

    def __init__(self, grid=(5, 5), n_bins=8, *, scale=2.0):
        self.grid = grid
        self.n_bins = n_bins
        self.scale = scale

    def describe(self, clip):
        """Describe a clip.

        Gives histograms of the flow, then those of the phase, block by block.
        """
        flow = need_flow(clip, self, self.pairs)[0]
        onset, apex = luma(clip.frames[clip.flow_pairs[0]])
        phase = phase_motion(onset, apex, scale=self.scale)
        regions = block_regions(flow.shape[1:], _rows_and_columns(self.grid))
        strain = optical_strain(flow)
        parts = [
            bi_woof(field, regions, n_bins=self.n_bins, strain=strain).ravel()
            for field in (flow, phase)
        ]
        row = np.concatenate(parts)
        return row / (np.linalg.norm(row) or 1)

    def feature_names(self):
        """Name part, block and bin of each number."""
        names = bin_names(self.grid, self.n_bins)
        return [f"{part}_{name}" for part in ("flow", "phase") for name in names]


def _rows_and_columns(grid):
    """Check a grid that has no blocks along time, since one pair of frames has none."""
    rows, columns, n_times = check_grid(grid)
    if n_times > 1:
        raise ValueError(f"grid must be (rows, columns), got {grid}.")
    return rows, columns
