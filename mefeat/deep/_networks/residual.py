"""ResNet-18, the backbone of frame attention."""

from torch import nn


class Block(nn.Module):
    """Two convolutions, and a way past them."""

    def __init__(self, n_in, n_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.relu = nn.ReLU()
        self.downsample = None
        if stride != 1 or n_in != n_out:
            self.downsample = nn.Sequential(
                nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out)
            )

    def forward(self, x):
        """Apply the block."""
        past = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(x)) + past)


class ResNet18(nn.Module):
    """ResNet-18 up to the mean over the picture, of any width.

    Its tensors are named as in torchvision, so that files made from there fit.
    K. He et al., CVPR 2016, https://doi.org/10.1109/CVPR.2016.90
    """

    def __init__(self, width=64):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        n_in = width
        for number, n_out in enumerate((width, 2 * width, 4 * width, 8 * width), 1):
            stride = 1 if number == 1 else 2
            blocks = [Block(n_in, n_out, stride), Block(n_out, n_out, 1)]
            setattr(self, f"layer{number}", nn.Sequential(*blocks))
            n_in = n_out
        self.n_features = n_in

    def forward(self, x):
        """Turn pictures (n, 3, height, width) into rows (n, 8 * width)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
        return x.mean(dim=(2, 3))


WIDTHS = {"resnet18": 64, "small": 16}
