"""Texture descriptors against loops over planes and against their floor."""

import warnings

import numpy as np

from benchmarks import peers
from benchmarks.speed.timing import SIZE, best, moving_texture, row
from mefeat.regions import grid_regions
from mefeat.texture import lbp_top
from mefeat.texture._patterns import ring


def lbp_rows(quick):
    """Time LBP-TOP against the scikit-image loop and a bare histogram pass.

    Parameters
    ----------
    quick : bool
        Whether to use a short clip.

    Returns
    -------
    list of dict
        Rows.
    """
    n_frames = 20 if quick else 200
    volume = moving_texture(n_frames)
    regions = grid_regions(SIZE, (8, 8))
    single = volume.astype(np.float32)
    codes = _codes(volume)
    counts = np.zeros((3, 256), np.uint32)
    ours, floor, floats = best(
        lambda: lbp_top(volume, regions),
        lambda: peers.bare_histograms(codes, counts),
        lambda: lbp_top(single, regions),
        repeats=3 if quick else 15,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of floating images
        loop, loop_floats = best(
            lambda: peers.skimage_lbp_top(volume),
            lambda: peers.skimage_lbp_top(single),
            repeats=1 if quick else 2,
        )
    job = f"LBP-TOP 8x8, T={n_frames}"
    return [
        row(f"{job}, uint8", ours, "scikit-image loop", loop, 150),
        row(f"{job}, float32", floats, "scikit-image loop", loop_floats, 80),
        row(f"{job}, uint8", ours, "bare histogram pass", floor, 2.2, higher=False),
    ]


def _codes(volume):
    """Ready codes of the clip itself, in their order, by slices of numpy."""
    center = volume[1:-1, 1:-1, 1:-1]
    codes = np.zeros((3, *center.shape), np.uint8)
    for plane, name in enumerate(("xy", "xt", "yt")):
        for p, offset in enumerate(ring(name, 8, (1, 1, 1))):
            window = tuple(
                slice(1 + step, 1 + step + length)
                for step, length in zip(
                    np.rint(offset).astype(int), center.shape, strict=True
                )
            )
            codes[plane] |= (volume[window] >= center).astype(np.uint8) << p
    return codes.reshape(3, -1)
