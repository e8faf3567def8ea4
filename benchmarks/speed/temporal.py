"""What works along time against the recipes of the papers."""

import numpy as np

from benchmarks import peers
from benchmarks.speed.timing import best, moving_texture, row
from mefeat.interpolate import temporal_interpolation


def tim_rows(quick):
    """Time temporal interpolation against the recipe with an SVD.

    Parameters
    ----------
    quick : bool
        Whether to use a short clip.

    Returns
    -------
    list of dict
        Rows.
    """
    n_frames = 40 if quick else 200
    frames = moving_texture(n_frames)
    difference = np.abs(
        temporal_interpolation(frames.astype(float), 10) - peers.svd_tim(frames, 10)
    ).max()
    if difference > 1e-6:
        raise AssertionError(f"the peer computes something else, by {difference:.2g}.")
    ours, theirs = best(
        lambda: temporal_interpolation(frames, 10),
        lambda: peers.svd_tim(frames, 10),
        repeats=3,
    )
    return [row(f"TIM, T={n_frames} to 10", ours, "SVD recipe", theirs, 50)]
