"""From a face to the curves of its video."""

from dataclasses import replace

import numpy as np

from mefeat.base import one_thread
from mefeat.spotting.curves import difference_curve
from mefeat.spotting.peaks import make_curve
from mefeat.spotting.stream import stream_differences, stream_features

# Pixels. Noise and interpolation are finer, wrinkles and lips are not.
_BLUR = 1.5


def measure_scales(stream, seconds, *, feature="lbp", smoothing=0.045):
    """Measure how much the frames of a video differ from their ends.

    Parameters
    ----------
    stream : FaceStream
        The face.
    seconds : sequence of float
        How far the ends are, for each scale.
    feature : {"lbp", "hoof", "cfd"}, default="lbp"
        What is compared.
    smoothing : float, default=0.045
        Seconds over which features are averaged; above 0, pictures are also smoothed
        by a Gaussian of 1.5 pixels.

    Returns
    -------
    list of Scale
        The distances at each scale, the finest first.
    """
    ks = sorted({max(1, round(s * stream.fps)) for s in seconds})
    blur = _BLUR if smoothing else 0.0
    with one_thread():
        return stream_differences(
            stream_features(stream, feature, blur=blur),
            ks,
            width=smoothing * stream.fps,
            difference=feature,
        )


def scale_curves(scales, fps, *, n_blocks=4, normalize=True, weights=None):
    """Make curves of the distances of blocks.

    Parameters
    ----------
    scales : list of Scale
        The distances.
    fps : float
        Frames per second.
    n_blocks : int, default=4
        How many blocks are averaged.
    normalize : bool, default=True
        Whether blocks count in units of what is usual there.
    weights : ndarray of shape (n_distances,), default=None
        What each distance is multiplied by.

    Returns
    -------
    list of Curve
        One for each scale.
    """

    def values(distances, usual, count):
        usual = usual if normalize else None
        return difference_curve(distances, count, usual=usual, weights=weights)

    curves = []
    for scale in scales:
        rest = None
        if normalize and scale.usual_frames is not None:
            rest = values(scale.usual_frames, scale.usual, n_blocks)
        curve = make_curve(
            values(scale.distances, scale.usual, n_blocks),
            scale.k,
            fps,
            normalized=normalize,
            usual=rest,
            course=values(scale.distances, scale.usual, None),
        )
        curves.append(curve)
    return curves


def with_gaps(curve, seen):
    """Lay a curve of the frames that show a face out over all frames of the video.

    Parameters
    ----------
    curve : Curve
        The curve of these frames.
    seen : sequence of bool
        Which frames they are.

    Returns
    -------
    Curve
        The curve of all frames; where there is no face, nothing stands out.
    """
    if all(seen):
        return curve
    values, course = (spread(v, seen) for v in (curve.values, curve.course))
    contrast, z = (
        np.where(seen, spread(v, seen), min(v.min(), 0.0))
        for v in (curve.contrast, curve.z)
    )
    return replace(curve, values=values, course=course, contrast=contrast, z=z)


def spread(values, seen):
    """Put the median of values where nothing was seen.

    Parameters
    ----------
    values : ndarray of shape (n_seen, ...)
        A value for each frame that was seen.
    seen : sequence of bool
        Which of all frames these are.

    Returns
    -------
    ndarray of shape (n_frames, ...)
        A value for each frame.

    Examples
    --------
    >>> spread(np.array([1.0, 2.0, 9.0]), [False, True, True, True]).tolist()
    [2.0, 1.0, 2.0, 9.0]
    """
    out = np.repeat(np.median(values, axis=0)[None], len(seen), axis=0)
    out[np.asarray(seen)] = values
    return out
