"""The network of 47 layers on the apex frame."""

from torch import nn

# Modules of one width, as multiples of the first; a pooling after each but the last.
GROUPS = ((2, 1), (3, 2), (3, 4), (3, 8), (3, 16))


class ApexNet(nn.Module):
    """Fourteen modules of convolution, batch norm and ReLU, and a linear layer."""

    def __init__(self, width, n_classes):
        super().__init__()
        layers, n_in = [], 1
        for number, (n_modules, factor) in enumerate(GROUPS):
            if number:
                layers.append(nn.MaxPool2d(2))
            for _ in range(n_modules):
                n_out = width * factor
                layers += [
                    nn.Conv2d(n_in, n_out, 3, padding=1, bias=False),
                    nn.BatchNorm2d(n_out),
                    nn.ReLU(),
                ]
                n_in = n_out
        self.features = nn.Sequential(*layers)
        self.output = nn.Linear(n_in, n_classes)

    def forward(self, x):
        """Turn pictures (n, 1, size, size) into scores of classes (n, n_classes)."""
        return self.output(self.features(x).mean(dim=(2, 3)))
