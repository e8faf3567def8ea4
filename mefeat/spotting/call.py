"""Spotting in one call."""

from mefeat.spotting.spotter import Spotter


def spot(source, *, fps=None, landmarks=None, **parameters):
    """Find micro- and macro-expressions in a long video.

    Parameters
    ----------
    source : Clip, ClipFile, path or iterable of ndarray
        The video. Files are read once, part by part, in bounded memory.
    fps : float, default=None
        Frames per second, where the source does not tell.
    landmarks : ndarray of shape (n_frames, 68, 2), default=None
        Landmarks of all frames, where the source does not bring them.
    **parameters
        Those of `Spotter`, by name.

    Returns
    -------
    list of Interval
        Expressions in order of time.

    See Also
    --------
    Spotter : The parameters, and the method.

    Examples
    --------
    >>> import numpy as np
    >>> still = np.zeros((60, 48, 40), np.uint8)
    >>> spot(still, fps=100, face="whole")
    []
    """
    return Spotter(**parameters).spot(source, fps=fps, landmarks=landmarks)
