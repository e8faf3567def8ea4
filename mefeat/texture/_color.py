"""Color spaces for texture: CIE Lab and Luv."""

import numpy as np

from mefeat.base import Stage
from mefeat.base._steps import choice

# Rows give X / Xn, Y / Yn and Z / Zn of linear sRGB; each sums to 1, so gray stays so.
_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _XYZ.sum(axis=1)
_XYZ = _XYZ / _WHITE[:, None]


def _relative(frames):
    """Turn sRGB of 0..255 into X / Xn, Y / Yn and Z / Zn."""
    values = frames / 255.0
    low = values <= 0.04045
    linear = np.where(low, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    red, green, blue = np.moveaxis(linear, -1, 0)
    # From the differences, so that equal channels give exactly equal results.
    return [green + r * (red - green) + b * (blue - green) for r, _, b in _XYZ]


def _lightness(values):
    cube = (6 / 29) ** 3
    return np.where(
        values > cube, np.cbrt(values), values / (3 * (6 / 29) ** 2) + 4 / 29
    )


def rgb_to_lab(frames):
    """Convert sRGB to CIE Lab under D65."""
    x, y, z = (_lightness(values) for values in _relative(frames))
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def rgb_to_luv(frames):
    """Convert sRGB to CIE Luv under D65."""
    x, y, z = _relative(frames)
    white = _WHITE[0] + 15 * _WHITE[1] + 3 * _WHITE[2]
    whole = _WHITE[0] * x + 15 * _WHITE[1] * y + 3 * _WHITE[2] * z
    scale = 13 * (116 * _lightness(y) - 16) / np.where(whole > 0, whole, 1)
    # u' - u'n and v' - v'n over a common denominator, from differences.
    u = 15 * _WHITE[1] * (x - y) + 3 * _WHITE[2] * (x - z)
    v = _WHITE[0] * (y - x) + 3 * _WHITE[2] * (y - z)
    u, v = 4 * _WHITE[0] / white * u, 9 * _WHITE[1] / white * v
    return np.stack([116 * _lightness(y) - 16, scale * u, scale * v], axis=-1)


# Function, and what brings each channel into 0..255: its lowest value and its range.
SPACES = {
    "lab": (rgb_to_lab, (0, -128, -128), (100, 255, 255)),
    "luv": (rgb_to_luv, (0, -134, -140), (100, 354, 262)),
}


class ColorSpace(Stage):
    """Convert RGB clips to another color space.

    Parameters
    ----------
    space : {"lab", "luv"}, default="lab"
        CIE Lab or CIE Luv, of sRGB under D65.

    Notes
    -----
    Channels are brought into 0..255 as in 8-bit images: L times 2.55; a and b plus 128;
    u and v plus 134 and 140, times 255 / 354 and 255 / 262. Patterns do not see this.

    References
    ----------
    S.-J. Wang, W.-J. Yan, X. Li, G. Zhao, C.-G. Zhou, X. Fu, M. Yang, J. Tao,
    "Micro-expression recognition using color spaces", IEEE TIP 24(12), 2015.
    https://doi.org/10.1109/TIP.2015.2496314

    Examples
    --------
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.full((3, 8, 8, 3), 255, np.uint8))
    >>> ColorSpace("lab").transform([clip])[0].frames[0, 0, 0].tolist()
    [255.0, 128.0, 128.0]
    """

    _parameter_constraints: dict = {"space": [choice(SPACES)]}

    def __init__(self, space="lab"):
        self.space = space

    def apply(self, clip):
        """Convert one clip.

        Gives the clip with float32 frames of three channels. Raises a ValueError if the
        clip is gray.
        """
        convert, lowest, size = SPACES[self.space]
        out = np.empty(clip.frames.shape, np.float32)
        for frame, converted in zip(in_color(clip, self).frames, out, strict=True):
            converted[:] = (convert(frame) - lowest) * (255 / np.array(size))
        return clip.replace(frames=out)


def in_color(clip, owner):
    """Check that a clip has color."""
    if clip.frames.ndim == 3:
        raise ValueError(
            f"{type(owner).__name__} needs color, but the clip is gray, {clip!r}: read "
            "it with Read(color=True), and leave Gray out."
        )
    return clip
