"""The loop that trains a network, phase after phase.

It is our own since it must go on from the last finished epoch exactly, from a file that
is no pickle: each epoch draws from a generator of its own, made of the seed and of the
numbers of phase and epoch, so that nothing else needs to be kept of chance.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from tqdm import tqdm

from mefeat.deep.tensors import read_tensors, write_tensors


@dataclass
class Phase:
    """A part of a training: what learns, and what it minimizes."""

    name: str
    modules: Sequence[torch.nn.Module]
    optimizer: Callable  # parameters -> Optimizer
    n_items: int
    loss: Callable  # (indices, rng) -> scalar tensor
    epochs: int
    validate: Callable | None = None  # () -> float
    schedule: Callable = lambda epoch: 1.0  # factor of the learning rate


class _OutOfTime(Exception):
    """The time given is over."""


class Training:
    """Where a training stands."""

    def __init__(
        self,
        network,
        phases,
        *,
        batch_size,
        patience,
        seed,
        max_seconds=None,
        file=None,
        verbose=False,
    ):
        self.network = network
        self.phases = phases
        self.batch_size = batch_size
        self.patience = patience
        self.seed = seed
        self.max_seconds = max_seconds
        self.file = file
        self.verbose = verbose
        self.history = []
        self.stopped = None
        self.phase = self.epoch = 0
        self.best_epoch, self.best_loss = 0, np.inf
        self.best = None  # state of the best epoch, where there is validation
        self.last = None  # state of the last finished epoch
        self._optimizer_state = None

    def run(self):
        """Train until all phases are done, time is over, or someone interrupts.

        The network is left as the best epoch of its phase left it or, without
        validation, the last finished one.
        """
        self._started = time.monotonic()
        if self.file is not None and self.file.exists():
            self._resume()
        self._known = len(self.history)
        try:
            while True:
                self._run_phase(self.phases[self.phase])
                if self.phase + 1 == len(self.phases):
                    break
                self._start_next()
        except _OutOfTime:
            self.stopped = "max_seconds"
        except KeyboardInterrupt:
            self.stopped = "interrupted"
            raise
        finally:
            self._settle()

    def _start_next(self):
        self.last, self.best = copied(self.network.state_dict()), None
        self.best_epoch, self.best_loss = 0, np.inf
        self.phase, self.epoch, self._optimizer_state = self.phase + 1, 0, None

    def _run_phase(self, phase):
        parameters = [p for m in phase.modules for p in m.parameters()]
        optimizer = phase.optimizer(parameters)
        rate = optimizer.param_groups[0]["lr"]
        if self._optimizer_state is not None:
            optimizer.load_state_dict(self._optimizer_state)
        bar = tqdm(
            total=phase.epochs,
            initial=self.epoch,
            desc=phase.name,
            unit="epoch",
            disable=not self.verbose,
        )
        with bar:
            while not self._is_done(phase):
                for group in optimizer.param_groups:
                    group["lr"] = rate * phase.schedule(self.epoch)
                row = self._run_epoch(phase, optimizer)
                self._keep(row, optimizer)
                bar.set_postfix(loss=row["loss"], validation=row["validation_loss"])
                bar.update()
        self._settle()

    def _is_done(self, phase):
        if self.epoch >= phase.epochs:
            return True
        tired = self.epoch - self.best_epoch >= (self.patience or np.inf)
        return self.best is not None and tired

    def _run_epoch(self, phase, optimizer):
        start = time.monotonic()
        rng = np.random.default_rng([self.seed, self.phase, self.epoch])
        torch.manual_seed(int(rng.integers(2**63)))
        order = rng.permutation(phase.n_items)
        n_batches = -(-phase.n_items // self.batch_size)
        self.network.eval()
        for module in phase.modules:
            module.train()
        total = 0.0
        # Batches of nearly one size: batch norm fails on one of a single item.
        for batch in np.array_split(order, n_batches):
            if self._is_late():
                raise _OutOfTime
            loss = phase.loss(batch, rng)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(batch)
        loss = total / phase.n_items
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"the loss is {loss} in epoch {self.epoch + 1} of {phase.name!r}: "
                "lower the learning rate."
            )
        held = np.nan
        if phase.validate is not None:
            self.network.eval()
            with torch.no_grad():
                held = phase.validate()
        return {
            "phase": phase.name,
            "epoch": self.epoch + 1,
            "loss": loss,
            "validation_loss": held,
            "seconds": time.monotonic() - start,
        }

    def _is_late(self):
        """One epoch is run whatever it takes."""
        late = time.monotonic() - self._started > (self.max_seconds or np.inf)
        return late and len(self.history) > self._known

    def _keep(self, row, optimizer):
        """Note a finished epoch, and write it."""
        last = copied(self.network.state_dict())
        held = row["validation_loss"]
        self.history.append(row)
        self.epoch, self.last = row["epoch"], last
        if held < self.best_loss:
            self.best, self.best_loss, self.best_epoch = last, held, row["epoch"]
        if self.file is not None:
            self._write(optimizer)

    def _settle(self):
        state = self.best or self.last
        if state is not None:
            self.network.load_state_dict(state)
        self.network.eval()

    def _write(self, optimizer):
        tensors = _named("network", self.last)
        if self.best is not None:
            tensors |= _named("best", self.best)
        state = optimizer.state_dict()
        for index, values in state["state"].items():
            filled = {k: v for k, v in values.items() if v is not None}
            tensors |= _named(f"optimizer.{index}", filled)
        header = {
            "seed": self.seed,
            "phase": self.phase,
            "epoch": self.epoch,
            "best_epoch": self.best_epoch,
            "best_loss": None if self.best is None else self.best_loss,
            "history": [_without_nan(row) for row in self.history],
            "optimizer": state["param_groups"],
        }
        write_tensors(self.file, tensors, header)

    def _resume(self):
        tensors, header = read_tensors(self.file)
        self.phase, self.epoch = header["phase"], header["epoch"]
        self.history = [
            {k: np.nan if v is None else v for k, v in row.items()}
            for row in header["history"]
        ]
        self.last = _within("network", tensors)
        self.best = _within("best", tensors) or None
        self.best_epoch = header["best_epoch"]
        self.best_loss = np.inf if self.best is None else header["best_loss"]
        self.network.load_state_dict(self.last)
        state = {}
        for name, tensor in _within("optimizer", tensors).items():
            index, key = name.split(".", 1)
            state.setdefault(int(index), {})[key] = tensor
        self._optimizer_state = {"state": state, "param_groups": header["optimizer"]}


@contextmanager
def own_chance(seed, device):
    """Seed torch for a while, and leave its generators as they were."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def copied(state):
    """Copy a state, which else shares memory with the network."""
    return {name: tensor.detach().clone() for name, tensor in state.items()}


def _named(prefix, tensors):
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def _within(prefix, tensors):
    prefix += "."
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}


def _without_nan(row):
    return {k: None if v != v else v for k, v in row.items()}
