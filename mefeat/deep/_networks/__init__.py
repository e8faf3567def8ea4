"""The networks, in torch alone: they know nothing of clips."""

from mefeat.deep._networks.apex import ApexNet
from mefeat.deep._networks.attention import FrameAttention
from mefeat.deep._networks.autoencoder import AutoencoderRNN
from mefeat.deep._networks.counting import count_cost
from mefeat.deep._networks.mobile import MobileNet3D
from mefeat.deep._networks.residual import ResNet18
from mefeat.deep._networks.vgg import VGG16

__all__ = [
    "VGG16",
    "ApexNet",
    "AutoencoderRNN",
    "FrameAttention",
    "MobileNet3D",
    "ResNet18",
    "count_cost",
]
