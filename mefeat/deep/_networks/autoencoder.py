"""A convolutional autoencoder of faces, and a recurrent network over its codes."""

from torch import nn
from torch.nn.utils.rnn import pack_sequence

WIDTHS = (16, 32, 64, 128)
STEP = 2 ** len(WIDTHS)


class AutoencoderRNN(nn.Module):
    """Encoder, decoder, a linear layer on codes, and what reads codes in order."""

    heads = ("expression", "output")

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
        self.rnn = {"gru": nn.GRU, "lstm": nn.LSTM}[rnn](n_code, n_hidden)
        self.output = nn.Linear(n_hidden, n_classes)

    def read(self, sequences):
        """Turn sequences of codes, each (frames, n_code), into scores of classes."""
        packed = pack_sequence(sequences, enforce_sorted=False)
        state = self.rnn(packed)[1]
        state = state[0] if isinstance(state, tuple) else state
        return self.output(state[-1])


def _down(n_in, n_out):
    """Halve a picture."""
    return [nn.Conv2d(n_in, n_out, 4, 2, 1), nn.BatchNorm2d(n_out), nn.ReLU()]


def _up(n_in, n_out):
    """Double a picture; the last ends in 0..1."""
    grow = nn.ConvTranspose2d(n_in, n_out, 4, 2, 1)
    if n_out == 1:
        return [grow, nn.Sigmoid()]
    return [grow, nn.BatchNorm2d(n_out), nn.ReLU()]
