"""What a training by skorch consists of: lessons, batches, chance, time."""

import time

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback, LRScheduler
from skorch.helper import predefined_split
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import Dataset


class Lessons(Dataset):
    """What the network is shown of clips, and what it is to answer."""

    def __init__(self, clips, answers, show):
        self.clips, self.answers, self.show = clips, answers, show

    def __len__(self):
        return len(self.clips)

    def __getitem__(self, i):
        return self.show(self.clips[i]), self.answers[i]


def make_net(phase, callbacks, *, batch_size, schedule, **settings):
    """Make what trains a phase; it judges by clips one by one, as predictions do."""
    return NeuralNet(
        phase.module,
        phase.criterion,
        batch_size=1,
        iterator_train__batch_sampler=EvenBatches(len(phase.lessons), batch_size),
        iterator_train__collate_fn=phase.collate,
        iterator_valid__collate_fn=phase.collate,
        train_split=phase.held and predefined_split(phase.held),
        callbacks=[*callbacks, LRScheduler(LambdaLR, lr_lambda=schedule)],
        callbacks__print_log=None,
        verbose=0,
        **settings,
    )


class EvenBatches:
    """Random batches of nearly one size: batch norm fails on one of a single item."""

    def __init__(self, n_items, batch_size):
        self.n_items, self.n_batches = n_items, -(-n_items // batch_size)

    def __len__(self):
        return self.n_batches

    def __iter__(self):
        order = torch.randperm(self.n_items)
        return (part.tolist() for part in order.tensor_split(self.n_batches))


class Chance(Callback):
    """Seeds each epoch by its number, so that nothing of chance must be kept."""

    def __init__(self, *seeds):
        self.seeds = seeds

    def on_epoch_begin(self, net, **kwargs):
        rng = np.random.default_rng([*self.seeds, net.history[-1, "epoch"]])
        torch.manual_seed(int(rng.integers(2**63)))


class OutOfTime(Exception):
    """The time given is over."""


class Deadline(Callback):
    """Ends training in time, but for the first epoch, which is always finished."""

    def __init__(self, max_seconds):
        self.end = time.monotonic() + (max_seconds or np.inf)
        self.may_end = False

    def on_epoch_end(self, net, **kwargs):
        self.may_end = True

    def on_batch_begin(self, net, **kwargs):
        if self.may_end and time.monotonic() > self.end:
            raise OutOfTime
