"""Networks that descriptors are compared with: the extra `deep`, torch imported at use.

Importing this package does not import torch; training and predicting do.
"""

from mefeat.deep.apex import ApexCNNClassifier
from mefeat.deep.attention import FrameAttentionClassifier
from mefeat.deep.autoencoder import AutoencoderRNNClassifier
from mefeat.deep.cost import convolution_cost, mobile_cost
from mefeat.deep.saving import load_model, save_model
from mefeat.deep.scores import unit_scores
from mefeat.deep.splits import split_subjects
from mefeat.deep.units import ActionUnitNet
from mefeat.deep.weights import load_weights

__all__ = [
    "ActionUnitNet",
    "ApexCNNClassifier",
    "AutoencoderRNNClassifier",
    "FrameAttentionClassifier",
    "convolution_cost",
    "load_model",
    "load_weights",
    "mobile_cost",
    "save_model",
    "split_subjects",
    "unit_scores",
]
