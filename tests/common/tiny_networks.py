"""Networks so small that tests can train them, and clips that they learn."""

from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest
from sklearn.base import clone

from mefeat.deep import (
    ActionUnitNet,
    ApexCNNClassifier,
    AutoencoderRNNClassifier,
    FrameAttentionClassifier,
)
from mefeat.testing import example_clips

needs_torch = pytest.mark.skipif(
    find_spec("torch") is None, reason="needs torch, of the extra deep"
)
SIZE = (32, 32)
UNITS = [4, 6, 12]
TINY = {
    "attention": FrameAttentionClassifier(
        "small", size=SIZE, learning_rate=0.005, batch_size=4, n_test_frames=4
    ),
    "self attention": FrameAttentionClassifier(
        "small",
        "self",
        size=(16, 16),
        learning_rate=0.005,
        batch_size=4,
        n_test_frames=4,
    ),
    "autoencoder": AutoencoderRNNClassifier(
        size=(16, 16), n_code=16, n_hidden=16, pretrain_epochs=2, learning_rate=0.01
    ),
    "autoencoder, mixed, LSTM": AutoencoderRNNClassifier(
        "mixed",
        size=(16, 16),
        n_code=16,
        n_hidden=16,
        rnn="lstm",
        pretrain_epochs=2,
        freeze_encoder=False,
        learning_rate=0.01,
    ),
    "apex": ApexCNNClassifier(size=32, width=4, batch_size=4, learning_rate=0.01),
    "mobilenet3d": ActionUnitNet(
        units=UNITS,
        size=(16, 16),
        width=0.1,
        n_frames=2,
        learning_rate=0.03,
        batch_size=4,
    ),
    "vgg16": ActionUnitNet(
        "vgg16", units=UNITS, size=SIZE, width=0.05, n_frames=2, learning_rate=0.003
    ),
}
GROUPS = np.repeat(["a", "b", "c", "d"], 2)


def tiny(name, **changes):
    """Make a network of TINY that trains for two epochs, or as told."""
    changes = {"epochs": 2, "validation_fraction": 0, "random_state": 0} | changes
    return clone(TINY[name]).set_params(**changes)


@cache
def eight_clips():
    """Eight colored clips that differ in brightness of halves, by class."""
    found = example_clips(8, size=SIZE, n_frames=6, color=True)
    for i, clip in enumerate(found):
        frames = clip.frames // 2
        half = slice(0, 16) if i % 2 else slice(16, 32)
        frames[:, half] += 90
        found[i] = clip.replace(frames=frames)
    return tuple(found)


def labels(name):
    """Two classes; or their units, one of which all clips show."""
    y = np.arange(8) % 2
    if name in ("mobilenet3d", "vgg16"):
        return np.stack([y == 0, y == 1, y >= 0], axis=1)
    return np.array(["fear", "joy"])[y]


@cache
def fitted(name):
    """Train one for two epochs on the eight clips, once for all who only look."""
    return tiny(name).fit(list(eight_clips()), labels(name))


def interrupt(monkeypatch, n_batches=None, by=KeyboardInterrupt):
    """Press Ctrl-C in the middle of an epoch, after so many batches; count them."""
    from torch import Tensor

    backward, done = Tensor.backward, []

    def interrupted(self):
        if len(done) == n_batches:
            raise by
        done.append(1)
        backward(self)

    monkeypatch.setattr(Tensor, "backward", interrupted)
    return done
