"""The phases that teach an autoencoder faces and expressions."""

import torch
from torch.nn.functional import cross_entropy, mse_loss

from mefeat.deep._training import Phase


def pretraining_phases(network, steps, faces, expressions, optimizer, epochs):
    """List the phases for the steps: each of its own, or both at a time."""
    device = next(network.parameters()).device
    if expressions is not None:
        shown, numbers = expressions
        numbers = torch.as_tensor(numbers, device=device)

    def batch(pictures, indices):
        return torch.as_tensor(pictures[indices], device=device)

    def reconstruct(indices, rng):
        x = batch(faces, indices)
        return mse_loss(network.decoder(network.encoder(x)), x)

    def express(indices, rng):
        scores = network.expression(network.encoder(batch(shown, indices)))
        return cross_entropy(scores, numbers[indices])

    def both(indices, rng):
        x = batch(shown, indices)
        codes = network.encoder(x)
        told = cross_entropy(network.expression(codes), numbers[indices])
        return told + mse_loss(network.decoder(codes), x)

    coder, teller = [network.encoder, network.decoder], [network.expression]
    table = {
        "reconstruct": (coder, faces, reconstruct),
        "expression": ([network.encoder, *teller], expressions and shown, express),
        "mixed": ([*coder, *teller], expressions and shown, both),
    }
    phases = []
    for name in ["mixed"] if steps == "mixed" else steps:
        modules, pictures, loss = table[name]
        phases.append(Phase(name, modules, optimizer, len(pictures), loss, epochs))
    return phases
