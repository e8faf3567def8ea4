"""MobileNetV2 whose depthwise convolutions look at time as well."""

import torch
from torch import nn

from mefeat.deep.cost import MOBILE_FIRST, MOBILE_GROUPS, MOBILE_LAST, n_channels


class Inverted(nn.Module):
    """Widen by 1x1x1, look around by 3x3x3 in each channel, narrow by 1x1x1."""

    def __init__(self, n_in, n_out, expansion, stride):
        super().__init__()
        n_wide = n_in * expansion
        steps = [] if expansion == 1 else _module(n_in, n_wide, 1, 1)
        steps += _module(n_wide, n_wide, 3, stride, groups=n_wide)
        steps += [nn.Conv3d(n_wide, n_out, 1, bias=False), nn.BatchNorm3d(n_out)]
        self.steps = nn.Sequential(*steps)
        self.past = stride == 1 and n_in == n_out

    def forward(self, x):
        """Apply the block."""
        return x + self.steps(x) if self.past else self.steps(x)


class MobileNet3D(nn.Module):
    """MobileNetV2 on short windows of frames, of any width.

    Strides are of height and width alone: time is pooled at the end.
    M. Sandler et al., CVPR 2018, https://doi.org/10.1109/CVPR.2018.00474
    """

    def __init__(self, width, n_units):
        super().__init__()
        n_in = n_channels(MOBILE_FIRST, width)
        layers = _module(3, n_in, 3, 2)
        for expansion, n_out, n_blocks, stride in MOBILE_GROUPS:
            for i in range(n_blocks):
                n = n_channels(n_out, width)
                layers.append(Inverted(n_in, n, expansion, stride if i == 0 else 1))
                n_in = n
        n_last = n_channels(MOBILE_LAST, width)
        layers += _module(n_in, n_last, 1, 1)
        self.features = nn.Sequential(*layers)
        self.output = nn.Sequential(nn.Dropout(0.2), nn.Linear(n_last, n_units))
        # On CPUs depthwise convolutions are some times faster with channels last.
        self.to(memory_format=torch.channels_last_3d)

    def forward(self, x):
        """Turn windows (n, 3, frames, height, width) into scores (n, n_units)."""
        x = x.contiguous(memory_format=torch.channels_last_3d)
        return self.output(self.features(x).mean(dim=(2, 3, 4)))


def _module(n_in, n_out, kernel, stride, groups=1):
    step = (1, stride, stride)
    padding = kernel // 2
    return [
        nn.Conv3d(n_in, n_out, kernel, step, padding, groups=groups, bias=False),
        nn.BatchNorm3d(n_out),
        nn.ReLU6(),
    ]
