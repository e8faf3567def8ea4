"""Training by skorch: batches, early stopping, checkpoints, pretraining."""

import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback, LRScheduler
from skorch.helper import predefined_split
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import Dataset, TensorDataset, default_collate
from tqdm import tqdm

from mefeat.deep._tensors import read_tensors, write_tensors


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


@dataclass
class Phase:
    """A part of a training: what learns, from what, and what it minimizes."""

    name: str
    module: torch.nn.Module
    criterion: torch.nn.Module
    epochs: int
    lessons: Dataset
    held: Dataset | None = None
    collate: Callable = default_collate


@dataclass
class Training:
    """Where a training stands."""

    network: torch.nn.Module
    phases: list[Phase]
    seed: int
    settings: dict  # of `make_net`
    patience: int | None = None
    max_seconds: float | None = None
    file: Path | None = None
    verbose: bool = False
    number: int = 0  # of the phase
    history: list[dict] = field(default_factory=list)
    stopped: str | None = None
    best: dict | None = None  # state of the best epoch of the phase, with validation
    last: dict | None = None  # state of the last finished epoch
    optimizer: dict | None = None  # its state

    @property
    def epoch(self):
        """Epoch of the phase that the network is kept of."""
        held = self._held_losses()
        return len(held) if self.best is None else int(np.nanargmin(held)) + 1

    def run(self):
        """Train until all phases are done, time is over, or someone interrupts.

        The network is left as the best epoch of its phase left it or, without
        validation, the last finished one.
        """
        if self.file is not None and self.file.exists():
            self._read()
        deadline = Deadline(self.max_seconds)
        try:
            self._run_phase(deadline)
            while self.number + 1 < len(self.phases):
                self._settle()
                self.number, self.best, self.optimizer = self.number + 1, None, None
                self._run_phase(deadline)
        except OutOfTime:
            self.stopped = "max_seconds"
        except KeyboardInterrupt:
            self.stopped = "interrupted"
            raise
        finally:
            self._settle()

    def _run_phase(self, deadline):
        phase = self.phases[self.number]
        chance = Chance(self.seed, self.number)
        net = make_net(phase, [chance, deadline], **self.settings).initialize()
        if self.optimizer is not None:
            net.optimizer_.load_state_dict(self.optimizer)
        for _ in self._held_losses():
            net.history.new_epoch()
        self.network.eval()
        net.notify("on_train_begin", X=phase.lessons, y=None)
        with tqdm(
            total=phase.epochs,
            initial=len(net.history),
            desc=phase.name,
            unit="epoch",
            disable=None if self.verbose else True,
        ) as bar:
            while not self._is_done(phase):
                net.fit_loop(phase.lessons, epochs=1)
                row = self._keep(phase, net)
                bar.set_postfix(loss=row["loss"], validation=row["validation_loss"])
                bar.update()

    def _held_losses(self):
        name = self.phases[self.number].name
        return [r["validation_loss"] for r in self.history if r["phase"] == name]

    def _is_done(self, phase):
        n_done, patience = len(self._held_losses()), self.patience or np.inf
        tired = self.best is not None and n_done - self.epoch >= patience
        return tired or n_done >= phase.epochs

    def _keep(self, phase, net):
        """Note a finished epoch, and write it."""
        found = net.history[-1]
        row = {
            "phase": phase.name,
            "epoch": found["epoch"],
            "loss": float(found["train_loss"]),
            "validation_loss": float(found.get("valid_loss", np.nan)),
            "seconds": found["dur"],
        }
        if not np.isfinite(row["loss"]):
            raise FloatingPointError(
                f"the loss is {row['loss']} in epoch {row['epoch']} of {phase.name!r}: "
                "lower the learning rate."
            )
        state = self.network.state_dict()
        self.last = {name: tensor.detach().clone() for name, tensor in state.items()}
        if row["validation_loss"] < np.nanmin([np.inf, *self._held_losses()]):
            self.best = self.last
        self.history.append(row)
        self.optimizer = net.optimizer_.state_dict()
        if self.file is not None:
            self._write()
        return row

    def _settle(self):
        self.last = self.best or self.last
        if self.last is not None:
            self.network.load_state_dict(self.last)
        self.network.eval()

    def _write(self):
        tree = {"last": self.last, "best": self.best, "state": self.optimizer["state"]}
        header = {
            "seed": self.seed,
            "number": self.number,
            "history": self.history,
            "groups": self.optimizer["param_groups"],
        }
        write_tensors(self.file, dict(_leaves(tree)), header)

    def _read(self):
        tensors, header = read_tensors(self.file)
        tree = {"best": None, "state": {}}
        for path, tensor in tensors.items():
            *branches, leaf = path.split("/")
            place = tree
            for branch in branches:
                place[branch] = place = place.get(branch) or {}
            place[leaf] = tensor
        self.last, self.best = tree["last"], tree["best"]
        state = {int(index): values for index, values in tree["state"].items()}
        self.optimizer = {"state": state, "param_groups": header["groups"]}
        self.number, self.history = header["number"], header["history"]
        self.network.load_state_dict(self.last)


def _leaves(tree, path=""):
    """List the tensors in a dict of dicts by their paths."""
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}{name}/")
        elif value is not None:
            yield f"{path}{name}", value


@contextmanager
def own_chance(seed, device):
    """Seed torch for a while, and leave its generators as they were."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


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
