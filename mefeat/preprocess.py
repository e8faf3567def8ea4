"""Small steps that prepare clips: trim, resize, turn gray."""

import numpy as np

from mefeat.base import Stage
from mefeat.base.params import choice
from mefeat.clip import luma


class TrimToEvent(Stage):
    """Keep the frames from onset to offset.

    Parameters
    ----------
    on_missing : {"raise", "keep"}, default="raise"
        What to do where a key frame is missing: raise an error, or let the first frame
        stand for a missing onset and the last for a missing offset.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> clip = Clip(np.zeros((20, 8, 8), np.uint8), onset=5, apex=9, offset=12)
    >>> TrimToEvent().transform([clip])
    [Clip(8 frames of 8x8 gray uint8, onset 0, apex 4, offset 7)]
    """

    _parameter_constraints = {"on_missing": [choice(["raise", "keep"])]}

    def __init__(self, *, on_missing="raise"):
        self.on_missing = on_missing

    def apply(self, clip):
        """Trim one clip.

        Parameters
        ----------
        clip : Clip
            A clip.

        Returns
        -------
        Clip
            Its frames from onset to offset, both included.

        Raises
        ------
        ValueError
            If a key frame is missing and `on_missing` is "raise".
        """
        missing = [n for n in ("onset", "offset") if getattr(clip, n) is None]
        if missing and self.on_missing == "raise":
            raise ValueError(
                f"TrimToEvent needs the {' and '.join(missing)} of each clip; "
                "on_missing='keep' takes the clip's own first and last frame."
            )
        first = 0 if clip.onset is None else clip.onset
        last = len(clip.frames) - 1 if clip.offset is None else clip.offset
        return clip.at(np.arange(first, last + 1))


class Resize(Stage):
    """Bring all frames to one size.

    Parameters
    ----------
    size : tuple of int, default=(170, 140)
        New (height, width), pixels. The ratio is not kept.

    Notes
    -----
    Bilinear, with averaging where the picture shrinks. The outer edges of the picture
    stay its outer edges, so the point x comes to (x + 0.5) * scale - 0.5.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> clip = Clip(np.full((2, 8, 8), 7, np.uint8), landmarks=np.full((2, 1, 2), 5.5))
    >>> small = Resize((2, 2)).transform([clip])[0]
    >>> small.frames[0].tolist(), small.landmarks[0].tolist()
    ([[7.0, 7.0], [7.0, 7.0]], [[1.0, 1.0]])
    """

    _parameter_constraints = {"size": [tuple, list]}

    def __init__(self, size=(170, 140)):
        self.size = size

    def apply(self, clip):
        """Resize one clip.

        Parameters
        ----------
        clip : Clip
            A clip.

        Returns
        -------
        Clip
            The clip with frames of the new size and landmarks moved.
        """
        height, width = np.array(self.size) / clip.frames.shape[1:3]
        shift = 0.5 * width - 0.5, 0.5 * height - 0.5
        matrix = [[width, 0, shift[0]], [0, height, shift[1]]]
        return clip.warp(matrix, tuple(self.size))


class Gray(Stage):
    """Turn RGB frames gray (Rec. 601 luma); gray clips pass through.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> Gray().transform([Clip(np.full((2, 8, 8, 3), 9, np.uint8))])
    [Clip(2 frames of 8x8 gray float32)]
    """

    def apply(self, clip):
        """Turn one clip gray.

        Parameters
        ----------
        clip : Clip
            A clip.

        Returns
        -------
        Clip
            The clip with gray frames.
        """
        if clip.frames.ndim == 3:
            return clip
        return clip.replace(frames=luma(clip.frames))
