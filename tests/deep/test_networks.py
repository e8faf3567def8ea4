"""The networks against known answers: layers, counts, costs, images."""

import numpy as np
import pytest

from mefeat.clip import Clip
from mefeat.deep import mobile_cost
from mefeat.deep._cost import convolution_cost
from mefeat.deep._images import apex_image, spread_frames, take_frames

torch = pytest.importorskip("torch", reason="needs torch, of the extra deep")
from torch import nn  # noqa: E402

from mefeat.deep._networks import VGG16, ApexNet, MobileNet3D, ResNet18, count_cost  # noqa: E402

PARTS = ("weight", "bias")


def test_the_apex_network_has_47_layers():
    kinds = [type(layer) for layer in ApexNet(32, 7).features] + [nn.Linear]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    assert counts == {
        nn.Conv2d: 14,
        nn.BatchNorm2d: 14,
        nn.ReLU: 14,
        nn.MaxPool2d: 4,
        nn.Linear: 1,
    }
    assert len(kinds) == 42 + 4 + 1
    layers = [m for m in ApexNet(32, 7).modules() if not list(m.children())]
    assert len(layers) == 47


def test_resnet_and_vgg_have_the_parameters_of_their_papers():
    with torch.device("meta"):  # shapes alone
        networks = {"resnet18": ResNet18(), "vgg16": VGG16(1, 1000)}
    count = {k: sum(p.numel() for p in n.parameters()) for k, n in networks.items()}
    count["resnet18"] += 513 * 1000  # its last layer
    assert count == {"resnet18": 11_689_512, "vgg16": 138_357_544}
    assert ResNet18()(torch.zeros(2, 3, 64, 64)).shape == (2, 512)
    assert ResNet18(16).n_features == 128


def test_tensors_are_named_as_in_torchvision():
    with torch.device("meta"):
        vgg, resnet = VGG16(1, 27).state_dict(), ResNet18().state_dict()
    layers = [f"features.{i}" for i in (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)]
    layers += ["classifier.0", "classifier.3", "output"]
    assert list(vgg) == [f"{name}.{part}" for name in layers for part in PARTS]
    assert vgg["classifier.0.weight"].shape == (4096, 25088)
    blocks = [f"layer{i}.{j}" for i in (1, 2, 3, 4) for j in (0, 1)]
    convolutions = {f"{block}.conv{i}.weight" for block in blocks for i in (1, 2)}
    convolutions |= {f"layer{i}.0.downsample.0.weight" for i in (2, 3, 4)}
    found = {name for name, tensor in resnet.items() if tensor.ndim == 4}
    assert found == {"conv1.weight", *convolutions}
    assert resnet["layer4.1.bn2.running_var"].shape == (512,)


def test_depthwise_cost_is_the_closed_formula():
    for n_in, n_out, kernel, positions in [
        (16, 32, (3, 3, 3), 10),
        (5, 7, (1, 3, 2), 4),
    ]:
        full = convolution_cost(n_in, n_out, kernel, positions)
        both = convolution_cost(n_in, n_out, kernel, positions, separable=True)
        volume = np.prod(kernel)
        assert full == (volume * n_in * n_out, volume * n_in * n_out * positions)
        for less, much in zip(both, full, strict=True):
            assert less / much == pytest.approx(1 / n_out + 1 / volume)


@pytest.mark.parametrize("width", [0.25, 1.0])
@pytest.mark.parametrize("size", [(32, 32), (50, 34)])
def test_the_formula_counts_the_network(width, size):
    network = MobileNet3D(width, 27)
    found = count_cost(network, (1, 3, 4, *size))
    assert found == mobile_cost(27, 4, size, width)


def test_the_formula_counts_full_convolutions():
    """In a copy whose depthwise and pointwise pairs are replaced by one each."""
    network = MobileNet3D(0.25, 3)
    for block in network.features:
        if not hasattr(block, "steps"):
            continue
        *before, depth, _, relu, point, norm = block.steps
        full = nn.Conv3d(
            depth.in_channels, point.out_channels, 3, depth.stride, 1, bias=False
        )
        block.steps = nn.Sequential(*before, full, norm, relu)
    found = count_cost(network, (1, 3, 4, 32, 32))
    assert found == mobile_cost(3, 4, (32, 32), 0.25, separable=False)


def test_mobilenet_depthwise_kernels_look_at_time():
    depth = [
        m
        for m in MobileNet3D(1, 3).modules()
        if isinstance(m, nn.Conv3d) and m.groups > 1
    ]
    assert len(depth) == 17
    assert all(m.kernel_size == (3, 3, 3) and m.groups == m.in_channels for m in depth)
    assert all(m.stride[0] == 1 for m in depth)


def test_vgg_averages_the_scores_of_frames():
    torch.manual_seed(0)
    net = VGG16(0.05, 3).eval()
    x = torch.randn(2, 3, 4, 32, 32)
    singles = torch.stack([net(x[:, :, t : t + 1]) for t in range(4)])
    torch.testing.assert_close(net(x), singles.mean(dim=0), atol=1e-6, rtol=1e-4)


def test_images_are_resized_padded_and_standardized():
    clip = Clip(np.full((3, 4, 6), 80, np.uint8), apex=1)
    found = apex_image(clip, 16)[0]
    inside = np.zeros((16, 16), bool)
    inside[6:10, 5:11] = True
    assert len(set(found[inside])) == len(set(found[~inside])) == 1
    assert found.mean() == pytest.approx(0, abs=1e-6)
    assert found.std() == pytest.approx(1, abs=1e-6)
    large = Clip(np.full((1, 40, 20), 80, np.uint8), apex=0)
    assert (apex_image(large, 16)[0, 0] > 0).sum() == 8
    assert not apex_image(Clip(np.zeros((1, 8, 8), np.uint8), apex=0), 8).any()
    assert spread_frames(5, None).tolist() == [0, 1, 2, 3, 4]
    color = Clip(np.full((2, 4, 6, 3), (255, 0, 0), np.uint8))
    gray = take_frames(color, [1], (4, 6), color=False)
    assert gray.shape == (1, 1, 4, 6) and gray.flat[0] == pytest.approx(76.245)
    kept = take_frames(color, [0], (4, 6), color=True)
    assert kept[0, :, 0, 0].tolist() == [255, 0, 0]
