"""The phases that teach an autoencoder faces and expressions."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

from mefeat.deep._training import Phase


class _Both(nn.Module):
    """Tells expressions, and reconstructs: what it makes of a face, and its error."""

    def __init__(self, network):
        super().__init__()
        self.encoder, self.decoder = network.encoder, network.decoder
        self.expression = network.expression

    def forward(self, faces):
        codes = self.encoder(faces)
        return self.expression(codes), self.decoder(codes) - faces


class _BothLosses(nn.CrossEntropyLoss):
    def forward(self, found, numbers):
        scores, error = found
        return super().forward(scores, numbers) + error.square().mean()


def pretraining_phases(network, steps, faces, expressions, epochs):
    """List the phases for the steps: each of its own, or both at a time."""
    encoder, tell = network.encoder, nn.CrossEntropyLoss()
    parts = {
        "reconstruct": (nn.Sequential(encoder, network.decoder), nn.MSELoss()),
        "expression": (nn.Sequential(encoder, network.expression), tell),
        "mixed": (_Both(network), _BothLosses()),
    }
    phases = []
    for name in ["mixed"] if steps == "mixed" else steps:
        lessons = (faces, faces) if name == "reconstruct" else expressions
        lessons = TensorDataset(*map(torch.as_tensor, lessons))
        phases.append(Phase(name, *parts[name], epochs, lessons))
    return phases
