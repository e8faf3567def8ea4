"""VGG16, the baseline on single frames."""

from torch import nn

# Number of channels of each convolution; a pooling after each group.
GROUPS = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)
N_HIDDEN = 4096


class VGG16(nn.Module):
    """VGG16 on pictures, of any width.

    Its tensors are named as in torchvision, but for the last layer.
    K. Simonyan, A. Zisserman, 2014, https://doi.org/10.48550/arXiv.1409.1556
    """

    def __init__(self, width, n_units):
        super().__init__()
        layers, n_in = [], 3
        for group in GROUPS:
            for n_channels in group:
                n_out = max(1, round(n_channels * width))
                layers += [nn.Conv2d(n_in, n_out, 3, padding=1), nn.ReLU()]
                n_in = n_out
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        n_hidden = max(1, round(N_HIDDEN * width))
        self.classifier = nn.Sequential(
            nn.Linear(49 * n_in, n_hidden),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(n_hidden, n_hidden),
            nn.ReLU(),
            nn.Dropout(0.5),
        )
        self.output = nn.Linear(n_hidden, n_units)
        for module in self.modules():
            # Without batch norm, torch's own start lets the signal die out.
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)

    def forward(self, x):
        """Turn frames (n, 3, frames, height, width) into scores (n, n_units).

        Scores are the means over the frames.
        """
        n, n_frames = len(x), x.shape[2]
        pictures = x.transpose(1, 2).flatten(0, 1)
        rows = self.avgpool(self.features(pictures)).flatten(1)
        return self.output(self.classifier(rows)).view(n, n_frames, -1).mean(dim=1)
