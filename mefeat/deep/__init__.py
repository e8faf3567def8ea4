"""Networks to compare descriptors with (the extra `deep`).

Importing this package does not import torch; training and predicting do.
"""

from mefeat.deep._apex import ApexCNNClassifier
from mefeat.deep._attention import FrameAttentionClassifier
from mefeat.deep._autoencoder import AutoencoderRNNClassifier
from mefeat.deep._cost import mobile_cost
from mefeat.deep._estimator import split_subjects
from mefeat.deep._units import ActionUnitNet, unit_scores

__all__ = [
    "ActionUnitNet",
    "ApexCNNClassifier",
    "AutoencoderRNNClassifier",
    "FrameAttentionClassifier",
    "mobile_cost",
    "split_subjects",
    "unit_scores",
]
