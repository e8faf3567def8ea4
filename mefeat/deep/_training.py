"""Training phase after phase by skorch, and going on exactly from a file.

One call of skorch trains one epoch. Its `EarlyStopping` would forget its count when
training goes on from a file, and ends training as Ctrl-C does; its checkpoints hold the
optimizer as a pickle.
"""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset, default_collate
from tqdm import tqdm

from mefeat.deep._skorch import Chance, Deadline, OutOfTime, make_net
from mefeat.deep.tensors import read_tensors, write_tensors


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
