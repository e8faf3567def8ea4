"""The torch modules, which know nothing of clips."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import default_collate

from mefeat.deep._cost import MOBILE_FIRST, MOBILE_GROUPS, MOBILE_LAST, n_channels

_COUNTED = (nn.Conv2d, nn.Conv3d, nn.Linear)


def count_cost(network, shape):
    """Count parameters, and multiply-adds for an input of a shape.

    Multiply-adds are those of convolutions and linear layers; biases, batch norm and
    activations are left out.
    """
    total = 0

    def count(module, inputs, output):
        nonlocal total
        n_products = module.weight[0].numel()
        total += n_products * output.numel()

    hooks = [
        module.register_forward_hook(count)
        for module in network.modules()
        if isinstance(module, _COUNTED)
    ]
    was_training = network.training
    device = next(network.parameters()).device
    try:
        with torch.inference_mode():
            network.eval()(torch.zeros(shape, device=device))
    finally:
        network.train(was_training)
        for hook in hooks:
            hook.remove()
    n_parameters = sum(parameter.numel() for parameter in network.parameters())
    return {"parameters": n_parameters, "multiply_adds": total}


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
    """ResNet-18 up to the mean over the image, of any width.

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
        """Turn images (n, 3, height, width) into rows (n, 8 * width)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
        return x.mean(dim=(2, 3))


WIDTHS = {"resnet18": 64, "small": 16}


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
        """Turn images (n, 1, size, size) into scores of classes (n, n_classes)."""
        return self.output(self.features(x).mean(dim=(2, 3)))


# Frames that go through the backbone at a time when predicting.
CHUNK = 32


def weighted_mean(rows, weights):
    """Average rows (clips, frames, d) over frames by weights (clips, frames)."""
    total = weights.sum(dim=1, keepdim=True)
    return (weights[..., None] * rows).sum(dim=1) / total


def self_attention(seen, features, query):
    """Weigh frames one by one.

    `seen` are the features after dropout, which only the weights look at. Gives the
    weights alpha (clips, frames) and the mean F (clips, d) of the features by them.
    """
    alpha = torch.sigmoid(query(seen)).squeeze(-1)
    return alpha, weighted_mean(features, alpha)


def relation_attention(alpha, features, whole, query, dropout):
    """Weigh each frame beside the whole clip.

    Gives the weights beta (clips, frames) and the mean of the pairs [f_i, F] by
    alpha_i beta_i, in training and testing alike.
    """
    pairs = torch.cat([features, whole[:, None].expand_as(features)], dim=-1)
    beta = torch.sigmoid(query(dropout(pairs))).squeeze(-1)
    return beta, weighted_mean(pairs, alpha * beta)


class FrameAttention(nn.Module):
    """Backbone, attention over frames, linear layer."""

    heads = ("alpha", "beta", "output")

    def __init__(self, backbone, attention, n_classes):
        super().__init__()
        self.backbone = ResNet18(WIDTHS[backbone])
        n_features = self.backbone.n_features
        self.relation = attention == "relation"
        self.dropout = nn.Dropout(0.5)
        self.alpha = nn.Linear(n_features, 1, bias=False)
        if self.relation:
            self.beta = nn.Linear(2 * n_features, 1, bias=False)
            n_features *= 2
        self.output = nn.Sequential(
            nn.Dropout(0.6 if self.relation else 0.5), nn.Linear(n_features, n_classes)
        )

    def embed(self, clips):
        """Turn images (clips, frames, 3, height, width) into features of them."""
        images = clips.flatten(0, 1)
        # Batch norm learns from all at once, and does not mind when predicting.
        parts = [images] if self.training else images.split(CHUNK)
        features = torch.cat([self.backbone(part) for part in parts])
        return features.unflatten(0, clips.shape[:2])

    def attend(self, features):
        """Turn features (clips, frames, d) into weights of frames and their mean."""
        seen = self.dropout(features)
        weights, mean = self_attention(seen, features, self.alpha)
        if self.relation:
            beta, mean = relation_attention(
                weights, features, mean, self.beta, self.dropout
            )
            weights = weights * beta
        return weights / weights.sum(dim=1, keepdim=True), mean

    def forward(self, clips):
        """Turn images of clips into scores of classes (clips, classes)."""
        return self.output(self.attend(self.embed(clips))[1])


ENCODER_WIDTHS = (16, 32, 64, 128)
STEP = 2 ** len(ENCODER_WIDTHS)
# Faces that go through the encoder at a time when predicting.
FACES_AT_A_TIME = 64


class AutoencoderRNN(nn.Module):
    """Encoder, decoder, a linear layer on codes, and what reads codes in order."""

    heads = ("expression", "reader.output")

    def __init__(self, size, n_code, rnn, n_hidden, n_expressions, n_classes):
        super().__init__()
        small = size[0] // STEP, size[1] // STEP
        n_flat = ENCODER_WIDTHS[-1] * small[0] * small[1]
        downs = zip((1, *ENCODER_WIDTHS[:-1]), ENCODER_WIDTHS, strict=True)
        down = [m for pair in downs for m in _down(*pair)]
        self.encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(n_flat, n_code))
        ups = zip(ENCODER_WIDTHS[::-1], (*ENCODER_WIDTHS[-2::-1], 1), strict=True)
        up = [m for pair in ups for m in _up(*pair)]
        self.decoder = nn.Sequential(
            nn.Linear(n_code, n_flat),
            nn.Unflatten(1, (ENCODER_WIDTHS[-1], *small)),
            nn.ReLU(),
            *up,
        )
        self.expression = nn.Linear(n_code, n_expressions)
        self.reader = Reader(n_code, rnn, n_hidden, n_classes)

    def forward(self, x, lengths=None):
        """Turn faces (clips, frames, 1, height, width) into scores of classes."""
        return self.reader(self.encode(x, lengths), lengths)

    def encode(self, x, lengths=None):
        """Turn faces of clips, padded to the longest, into codes (clips, frames, d)."""
        there = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        if lengths is not None:
            there = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
        # Batch norm must not see the padding; it minds parts only when it learns.
        faces = x[there]
        parts = [faces] if self.training else faces.split(FACES_AT_A_TIME)
        codes = torch.cat([self.encoder(part) for part in parts])
        return codes.new_zeros(*there.shape, codes.shape[1]).masked_scatter(
            there[..., None], codes
        )

    def reconstruct(self, x):
        """Encode and decode faces (clips, frames, 1, height, width)."""
        return self.decoder(self.encode(x).flatten(0, 1)).unflatten(0, x.shape[:2])


class Reader(nn.Module):
    """Reads codes in order, and tells the class from the last state."""

    def __init__(self, n_code, rnn, n_hidden, n_classes):
        super().__init__()
        kinds = {"gru": nn.GRU, "lstm": nn.LSTM}
        self.rnn = kinds[rnn](n_code, n_hidden, batch_first=True)
        self.output = nn.Linear(n_hidden, n_classes)

    def forward(self, x, lengths=None):
        """Turn codes (clips, frames, n_code) into scores of classes."""
        if lengths is not None:
            x = pack_padded_sequence(
                x, lengths.cpu(), batch_first=True, enforce_sorted=False
            )
        state = self.rnn(x)[1]
        state = state[0] if isinstance(state, tuple) else state
        return self.output(state[-1])


def pad_sequences(lessons):
    """Collate sequences of different length and their classes for a batch."""
    shown, classes = zip(*lessons, strict=True)
    shown = [torch.as_tensor(sequence) for sequence in shown]
    lengths = torch.tensor([len(sequence) for sequence in shown])
    padded = pad_sequence(shown, batch_first=True)
    return {"x": padded, "lengths": lengths}, default_collate(list(classes))


def _down(n_in, n_out):
    """Halve an image."""
    return [nn.Conv2d(n_in, n_out, 4, 2, 1), nn.BatchNorm2d(n_out), nn.ReLU()]


def _up(n_in, n_out):
    """Double an image; the last ends in 0..1."""
    grow = nn.ConvTranspose2d(n_in, n_out, 4, 2, 1)
    if n_out == 1:
        return [grow, nn.Sigmoid()]
    return [grow, nn.BatchNorm2d(n_out), nn.ReLU()]


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


# Number of channels of each convolution; a pooling after each group.
VGG_GROUPS = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)
N_HIDDEN = 4096


class VGG16(nn.Module):
    """VGG16 on images, of any width.

    Its tensors are named as in torchvision, but for the last layer.
    K. Simonyan, A. Zisserman, 2014, https://doi.org/10.48550/arXiv.1409.1556
    """

    def __init__(self, width, n_units):
        super().__init__()
        layers, n_in = [], 3
        for group in VGG_GROUPS:
            for n in group:
                n_out = max(1, round(n * width))
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
        images = x.transpose(1, 2).flatten(0, 1)
        rows = self.avgpool(self.features(images)).flatten(1)
        return self.output(self.classifier(rows)).view(n, n_frames, -1).mean(dim=1)
