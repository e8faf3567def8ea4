"""Small steps that prepare clips: trim, resize, turn gray, keep the texture."""

import numpy as np

from mefeat.base import Stage
from mefeat.base._steps import checked_size, choice, number, whole
from mefeat.clip import luma
from mefeat.kernels._structure import structure

__all__ = [
    "Gray",
    "Resize",
    "StructureTexture",
    "TrimToEvent",
    "structure_texture",
]


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

    by_frame = True
    _parameter_constraints = {"on_missing": [choice(["raise", "keep"])]}

    def __init__(self, *, on_missing="raise"):
        self.on_missing = on_missing

    def apply(self, clip):
        """Trim one clip.

        Gives its frames from onset to offset, both included. Raises a ValueError if a
        key frame is missing and `on_missing` is "raise".
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
    Bilinear, with averaging where the image shrinks. The outer edges of the image
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

    by_frame = True
    _parameter_constraints = {"size": [tuple, list]}

    def __init__(self, size=(170, 140)):
        self.size = size

    def apply(self, clip):
        """Resize one clip.

        Gives the clip with frames of the new size and landmarks moved.
        """
        size = checked_size(self.size)
        height, width = np.array(size) / clip.frames.shape[1:3]
        shift = 0.5 * width - 0.5, 0.5 * height - 0.5
        matrix = [[width, 0, shift[0]], [0, height, shift[1]]]
        return clip.warp(matrix, size)


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

        Gives the clip with gray frames.
        """
        if clip.frames.ndim == 3:
            return clip
        return clip.replace(frames=luma(clip.frames))


def structure_texture(frames, *, theta=0.125, n_iterations=100, share=0.95):
    """Split images into structure, smooth but for edges, and texture, the rest.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width)
        Gray images.
    theta : float, default=0.125
        How much is smoothed, for images scaled to -1..1.
    n_iterations : int, default=100
        Iterations.
    share : float, default=0.95
        How much of the structure is taken out of the texture.

    Returns
    -------
    structure, texture : ndarray of shape (n_frames, height, width)
        Structure S in the gray values of the frames I, and I - share * S; float64 for
        float64 input, float32 otherwise.

    Raises
    ------
    ValueError
        If `frames` is not a stack of gray images, or an argument is out of its range.

    Notes
    -----
    S has the least TV(S) + |S - I|^2 / (2 theta) (Rudin, Osher, Fatemi), found by
    projected gradient steps of 1 / (4 theta) on the dual variables. The images are
    scaled to -1..1 by the least and the greatest value of all frames: by those of each
    frame, flicker would be added.

    References
    ----------
    A. Wedel, T. Pock, C. Zach, H. Bischof, D. Cremers, "An improved algorithm for
    TV-L1 optical flow", Statistical and Geometrical Approaches to Visual Motion
    Analysis, 2009. https://doi.org/10.1007/978-3-642-03061-1_2

    Examples
    --------
    Where nothing changes, all is structure:

    >>> flat, rest = structure_texture(np.full((1, 4, 4), 100.0), share=1)
    >>> flat[0, 0].tolist(), rest[0, 0].tolist()
    ([100.0, 100.0, 100.0, 100.0], [0.0, 0.0, 0.0, 0.0])
    """
    frames = np.asarray(frames)
    if frames.ndim != 3 or not frames.size:
        raise ValueError(
            f"frames must be (n_frames, height, width), gray, got shape {frames.shape}."
        )
    if not (theta > 0 and n_iterations >= 0):
        raise ValueError(
            "theta must be more than 0 and n_iterations not negative, got "
            f"{theta} and {n_iterations}."
        )
    dtype = np.float64 if frames.dtype == np.float64 else np.float32
    frames = frames.astype(dtype)
    least = frames.min()
    unit = (frames.max() - least) / 2 or dtype(1)
    smooth = np.empty_like(frames)
    for image, out in zip((frames - least) / unit - 1, smooth, strict=True):
        structure(image, dtype(theta), n_iterations, out)
    smooth = (smooth + 1) * unit + least
    return smooth, frames - dtype(share) * smooth


class StructureTexture(Stage):
    """Keep the texture of the frames, which light and flicker change little.

    Parameters
    ----------
    theta : float, default=0.125
        How much is smoothed, for images scaled to -1..1.
    n_iterations : int, default=100
        Iterations.
    share : float, default=0.95
        How much of the structure is taken out.

    See Also
    --------
    structure_texture : The function on arrays, with the details.

    Notes
    -----
    The texture is scaled to 0..255 by its least and greatest value in the clip; without
    any texture frames are 0. Channels of RGB clips are split one by one.

    References
    ----------
    A. Wedel, T. Pock, C. Zach, H. Bischof, D. Cremers, "An improved algorithm for
    TV-L1 optical flow", Statistical and Geometrical Approaches to Visual Motion
    Analysis, 2009. https://doi.org/10.1007/978-3-642-03061-1_2

    Examples
    --------
    >>> from mefeat import Clip
    >>> clip = Clip(np.arange(128, dtype=np.uint8).reshape(2, 8, 8))
    >>> StructureTexture().transform([clip])
    [Clip(2 frames of 8x8 gray float32)]
    """

    _parameter_constraints = {
        "theta": [number(0, closed="neither")],
        "n_iterations": [whole(0)],
        "share": [number(0, 1, closed="both")],
    }

    def __init__(self, theta=0.125, n_iterations=100, *, share=0.95):
        self.theta = theta
        self.n_iterations = n_iterations
        self.share = share

    def apply(self, clip):
        """Keep the texture of one clip.

        Gives the clip with its texture as float32 frames.
        """
        frames = clip.frames
        channels = np.moveaxis(frames.reshape(*frames.shape[:3], -1), 3, 0)
        options = {k: getattr(self, k) for k in ("theta", "n_iterations", "share")}
        parts = [structure_texture(channel, **options)[1] for channel in channels]
        texture = np.stack(parts, axis=-1).reshape(frames.shape)
        texture -= texture.min()
        greatest = texture.max()
        if greatest > 0:
            texture *= 255 / greatest
        return clip.replace(frames=np.minimum(texture, 255))
