"""The texture family against LBP-TOP, per code, and gradients against numpy."""

import numpy as np

from benchmarks.speed.timing import SIZE, best, moving_texture, row
from mefeat.regions import grid_regions
from mefeat.texture import (
    completed_lbp_top,
    elbp_top,
    higo_top,
    hog_top,
    lbp_mop,
    lbp_sip,
    lbp_top,
)


def pattern_rows(quick):
    """Time the variants of LBP-TOP against it.

    Parameters
    ----------
    quick : bool
        Whether to use a short clip.

    Returns
    -------
    list of dict
        Rows.
    """
    n_frames = 20 if quick else 60
    volume, regions = moving_texture(n_frames), grid_regions(SIZE, (8, 8))
    rings = {"radius": (3, 3, 3), "inner_radius": (1, 1, 1), "mapping": "u2"}
    top, wide, radial, angular, sip, mop, completed = best(
        lambda: lbp_top(volume, regions),
        lambda: lbp_top(volume, regions, radius=(3, 3, 3)),
        lambda: elbp_top(volume, regions, part="rd", **rings),
        lambda: elbp_top(volume, regions, part="ad", **rings),
        lambda: lbp_sip(volume, regions),
        lambda: lbp_mop(volume, grid=(8, 8)),
        lambda: completed_lbp_top(volume, regions),
        repeats=3 if quick else 15,
    )
    note = f"8x8, T={n_frames}"
    return [
        row(f"RDLBP-TOP {note}", radial, "LBP-TOP", wide, 1.5, higher=False),
        row(f"ADLBP-TOP {note}", angular, "LBP-TOP", wide, 1.5, higher=False),
        row(f"LBP-SIP {note}, 2 codes of 3", sip, "LBP-TOP", top, 1, higher=False),
        row(f"LBP-MOP {note}", mop, "LBP-TOP", top, 5),
        row(f"STCLQP patterns {note}", completed, "LBP-TOP", top, 3, higher=False),
    ]


def gradient_rows(quick):
    """Time gradients on planes against numpy, plane by plane.

    Parameters
    ----------
    quick : bool
        Whether to use a short clip.

    Returns
    -------
    list of dict
        Rows.
    """
    n_frames = 10 if quick else 60
    volume, regions = moving_texture(n_frames), grid_regions(SIZE, (8, 8))
    if not np.allclose(numpy_hog_top(volume, regions), hog_top(volume, regions)):
        raise AssertionError("the peer computes something else.")
    hog, higo = best(
        lambda: hog_top(volume, regions), lambda: higo_top(volume, regions), repeats=10
    )
    (loop,) = best(lambda: numpy_hog_top(volume, regions), repeats=2)
    job = f"8x8, T={n_frames}"
    return [
        row(f"HOG-TOP {job}", hog, "numpy by plane", loop, 20),
        row(f"HIGO-TOP {job}", higo, "numpy by plane", loop, 20),
    ]


def numpy_hog_top(volume, regions):
    """Histogram gradients of every plane of the three sets by numpy.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values.
    regions : ndarray of shape (height, width)
        Block of each pixel.

    Returns
    -------
    ndarray of shape (n_blocks, 3, 8)
        Histograms that sum to 1.
    """
    n_blocks = regions.max() + 1
    everywhere = np.broadcast_to(regions, volume.shape)[1:-1, 1:-1, 1:-1]
    out = np.zeros((3, n_blocks * 8))
    # The axis across the plane, and those of its first and second direction.
    for plane, (across, first, second) in enumerate(((0, 2, 1), (1, 2, 0), (2, 0, 1))):
        sign = 1 if second == 0 else -1  # up is against y
        order = (across, first, second)
        blocks = everywhere.transpose(order)
        for k, image in enumerate(volume.transpose(order)[1:-1]):
            values = image.astype(float)
            x = values[2:, 1:-1] - values[:-2, 1:-1]
            y = sign * (values[1:-1, 2:] - values[1:-1, :-2])
            bins = np.rint(np.arctan2(y, x) / (np.pi / 4)).astype(int) % 8
            places = blocks[k] * 8 + bins
            out[plane] += np.bincount(
                places.ravel(), np.hypot(x, y).ravel(), n_blocks * 8
            )
    out = out.reshape(3, n_blocks, 8).transpose(1, 0, 2)
    return out / out.sum(axis=2, keepdims=True)
