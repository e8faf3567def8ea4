"""A convolutional autoencoder of faces, and a recurrent network over its codes."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import default_collate

WIDTHS = (16, 32, 64, 128)
STEP = 2 ** len(WIDTHS)
# Faces that go through the encoder at a time when predicting.
CHUNK = 64


class AutoencoderRNN(nn.Module):
    """Encoder, decoder, a linear layer on codes, and what reads codes in order."""

    heads = ("expression", "reader.output")

    def __init__(self, size, n_code, rnn, n_hidden, n_expressions, n_classes):
        super().__init__()
        small = size[0] // STEP, size[1] // STEP
        n_flat = WIDTHS[-1] * small[0] * small[1]
        downs = zip((1, *WIDTHS[:-1]), WIDTHS, strict=True)
        down = [m for pair in downs for m in _down(*pair)]
        self.encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(n_flat, n_code))
        ups = zip(WIDTHS[::-1], (*WIDTHS[-2::-1], 1), strict=True)
        up = [m for pair in ups for m in _up(*pair)]
        self.decoder = nn.Sequential(
            nn.Linear(n_code, n_flat),
            nn.Unflatten(1, (WIDTHS[-1], *small)),
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
        parts = [faces] if self.training else faces.split(CHUNK)
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
    """Halve a picture."""
    return [nn.Conv2d(n_in, n_out, 4, 2, 1), nn.BatchNorm2d(n_out), nn.ReLU()]


def _up(n_in, n_out):
    """Double a picture; the last ends in 0..1."""
    grow = nn.ConvTranspose2d(n_in, n_out, 4, 2, 1)
    if n_out == 1:
        return [grow, nn.Sigmoid()]
    return [grow, nn.BatchNorm2d(n_out), nn.ReLU()]
