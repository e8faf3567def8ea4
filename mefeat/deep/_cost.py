"""Parameters and multiply-adds of 3-D networks, by closed formulas."""

import math

# MobileNetV2: expansion, channels, number of blocks and stride (height and width) of
# each group; channels of the first and of the last module.
MOBILE_GROUPS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
MOBILE_FIRST, MOBILE_LAST = 32, 1280
_KERNEL = (3, 3, 3)


def n_channels(n, width):
    """Scale a number of channels."""
    return max(8, round(n * width / 8) * 8)


def convolution_cost(n_in, n_out, kernel, positions, *, separable=False):
    """Count the weights and multiply-adds of a convolution without biases."""
    volume = math.prod(kernel)
    weights = volume * n_in + n_in * n_out if separable else volume * n_in * n_out
    return weights, weights * positions


def mobile_cost(n_units=27, n_frames=8, size=(224, 224), width=1.0, *, separable=True):
    """Count the parameters and multiply-adds of the 3-D MobileNetV2 on a window.

    Parameters
    ----------
    n_units : int, default=27
        Number of outputs.
    n_frames : int, default=8
        Frames of a window.
    size : tuple of int, default=(224, 224)
        Height and width, pixels.
    width : float, default=1.0
        Factor of the number of channels.
    separable : bool, default=True
        Whether its 3x3x3 convolutions are depthwise with a pointwise one behind, as
        they are; False puts one full 3x3x3 convolution in the place of each such pair.

    Returns
    -------
    dict of str to int
        "parameters", those of batch norm and of the linear layer included, and
        "multiply_adds" of convolutions and the linear layer.

    Examples
    --------
    >>> depth, full = mobile_cost(), mobile_cost(separable=False)
    >>> full["parameters"] // depth["parameters"]
    11
    """
    layers = _Layers(n_frames, size)
    n_in = n_channels(MOBILE_FIRST, width)
    layers.stride(2)
    layers.add(3, n_in, _KERNEL)
    for expansion, n_out, n_blocks, stride in MOBILE_GROUPS:
        for i in range(n_blocks):
            n_wide, n = n_in * expansion, n_channels(n_out, width)
            if expansion > 1:
                layers.add(n_in, n_wide, (1, 1, 1))
            layers.stride(stride if i == 0 else 1)
            layers.add(n_wide, n, _KERNEL, separable)
            n_in = n
    n_last = n_channels(MOBILE_LAST, width)
    layers.add(n_in, n_last, (1, 1, 1))
    layers.parameters += (n_last + 1) * n_units
    layers.products += n_last * n_units
    return {"parameters": layers.parameters, "multiply_adds": layers.products}


class _Layers:
    """Sums over layers, each with batch norm, on images that get smaller."""

    def __init__(self, n_frames, size):
        self.n_frames, self.size = n_frames, size
        self.parameters = self.products = 0

    def stride(self, stride):
        self.size = [-(-n // stride) for n in self.size]

    def add(self, n_in, n_out, kernel, separable=False):
        positions = self.n_frames * math.prod(self.size)
        weights, products = convolution_cost(
            n_in, n_out, kernel, positions, separable=separable
        )
        self.parameters += weights + 2 * n_out + 2 * n_in * separable
        self.products += products
