"""What a network costs: parameters, and multiply-adds of one forward pass."""

import torch
from torch import nn

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
