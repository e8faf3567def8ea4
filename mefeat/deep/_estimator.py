"""Base class of all networks: parameters, training, prediction."""

import warnings
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

import mefeat
from mefeat.base import check_clips
from mefeat.base._steps import apply_each, checked_size, number, whole
from mefeat.base._store import digest
from mefeat.deep._tensors import (
    SUFFIX,
    choose_device,
    import_skorch,
    import_torch,
    load_weights,
    read_tensors,
)

# So many random splits are looked at for one that keeps all classes in training.
_TRIES = 20


def split_subjects(groups, shares=(0.5, 0.25, 0.25), random_state=0):
    """Split clips by subject into parts of given sizes.

    Parameters
    ----------
    groups : array-like of shape (n_clips,)
        Subjects.
    shares : sequence of float, default=(0.5, 0.25, 0.25)
        Share of the subjects in each part, such as training, validation and test; they
        sum to 1.
    random_state : int, default=0
        Seed.

    Returns
    -------
    list of ndarray of int
        Indices of the clips of each part, increasing. No subject is in two parts.

    Raises
    ------
    ValueError
        If shares do not sum to 1, or a part would have no subject.

    Examples
    --------
    >>> parts = split_subjects(["a", "a", "b", "c", "d", "d"])
    >>> sorted(np.concatenate(parts).tolist())
    [0, 1, 2, 3, 4, 5]
    """
    groups, shares = np.asarray(groups), np.asarray(shares, dtype=float)
    if shares.min() <= 0 or not np.isclose(shares.sum(), 1):
        raise ValueError(f"shares must be positive and sum to 1, got {shares}.")
    subjects = np.random.default_rng(random_state).permutation(np.unique(groups))
    if len(subjects) < len(shares):
        raise ValueError(
            f"{len(shares)} parts need as many subjects, got {len(subjects)}."
        )
    # Every part gets one subject; each further one goes where most is lacking.
    sizes = np.ones(len(shares), dtype=int)
    for _ in range(len(subjects) - len(shares)):
        sizes[np.argmax(shares * len(subjects) - sizes)] += 1
    parts = np.split(subjects, np.cumsum(sizes)[:-1])
    return [np.flatnonzero(np.isin(groups, part)) for part in parts]


def validation_split(labels, groups, fraction, seed, *, stacklevel=2):
    """Hold out a part of the training clips, to stop on.

    Notes
    -----
    Of up to 20 random splits the first is taken that leaves every class in training;
    if there is none, one that leaves most.
    """
    n_clips = len(labels)
    if fraction == 0:
        return np.arange(n_clips), np.arange(0)
    if groups is None:
        warnings.warn(
            "fitted without groups, so a subject may stand on both sides of the split "
            "for validation: give fit the subjects as groups, or set "
            "validation_fraction=0.",
            stacklevel=stacklevel,
        )
        groups = np.arange(n_clips)
    subjects, groups = np.unique(groups, return_inverse=True)
    if len(subjects) < 2:
        raise ValueError(
            "validation needs clips of at least two subjects, got "
            f"{len(subjects)}: set validation_fraction=0."
        )
    n_held = min(max(1, round(fraction * len(subjects))), len(subjects) - 1)
    rng = np.random.default_rng(seed)
    best, most = None, -1
    for _ in range(_TRIES):
        held = np.isin(groups, rng.permutation(len(subjects))[:n_held])
        kept = _n_classes(labels[~held])
        if kept > most:
            best, most = held, kept
        if most == _n_classes(labels):
            break
    return np.flatnonzero(~best), np.flatnonzero(best)


def _n_classes(labels):
    """Count the classes, or the units that occur."""
    return len(np.unique(labels)) if labels.ndim == 1 else int(labels.any(0).sum())


# Parameters that do not change what a training leads to.
_OUTSIDE = ("device", "memory", "max_seconds", "verbose")
# One line of the caller of `fit`.
STACKLEVEL = 4

RUN_CONSTRAINTS = {
    "weights": [str, Path, None],
    "epochs": [whole(1)],
    "batch_size": [whole(1)],
    "learning_rate": [number(0, closed="neither")],
    "validation_fraction": [number(0, 1)],
    "patience": [whole(1), None],
    "device": [str],
    "memory": [str, Path, None],
    "max_seconds": [number(0, closed="neither"), None],
    "random_state": ["random_state"],
    "verbose": ["boolean"],
}


class _NetworkEstimator(BaseEstimator):
    """Base of what trains a network on clips.

    A subclass gives `_make(n_outputs)`, the network; `_show(clip, rng)`, what the
    network takes of a clip, with some chance if there is an `rng`; and
    `_criterion(targets)`, what is minimized.
    """

    _color = True
    _phase = "classify"

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.target_tags.required = True
        return tags

    def _train(self, X, targets, groups, n_outputs, **labels):
        """Train, and set the attributes of the fit, `labels` among them, together."""
        import_skorch()
        from mefeat.deep._training import Training, own_chance

        device = choose_device(self.device)
        file = self._checkpoint_file(X, targets, groups)
        seed = self._seed(file)
        train, held = validation_split(
            targets, groups, self.validation_fraction, seed, stacklevel=STACKLEVEL
        )
        self._check_training_part(targets[train], n_outputs)
        self._check_settings()
        self._check_shown(X)
        labels |= {"outputs_": self._outputs(n_outputs), "_gray": self._has_gray(X)}
        with own_chance(seed, device):
            network = self._make(**labels["outputs_"])
            if self.weights is not None:
                load_weights(network, self.weights)
            network.to(device)
            training = Training(
                network,
                self._phases(network, X, targets, train, held),
                seed,
                self._settings(device),
                self.patience,
                self.max_seconds,
                file,
                self.verbose,
            )
            try:
                training.run()
            except KeyboardInterrupt:
                if training.history:
                    self._store(training, labels)
                raise
        self._store(training, labels)

    def _phases(self, network, X, targets, train, held):
        """List what is trained, by the clips of `train`, and judged by those `held`."""
        from torch import randint

        from mefeat.deep._training import Lessons, Phase

        def show(clip):
            return self._show(clip, np.random.default_rng(int(randint(2**62, ()))))

        def lessons(indices, show):
            clips = [X[i] for i in indices]
            return Lessons(clips, targets[indices], show) if clips else None

        return [
            Phase(
                name=self._phase,
                module=network,
                criterion=self._criterion(targets[train]),
                epochs=self.epochs,
                lessons=lessons(train, show),
                held=lessons(held, self._show),
            )
        ]

    def _settings(self, device):
        """Give the settings of skorch that are not those of a phase."""
        return {
            "batch_size": self.batch_size,
            "device": device,
            "lr": self.learning_rate,
            "optimizer": import_torch().optim.Adam,
            "schedule": self._schedule,
        }

    def _schedule(self, epoch):
        """Give the factor of the learning rate, which falls to 0 along a cosine.

        At a constant rate weights move too far for the running means of batch norm, and
        what has learned its clips by heart may not know them when it predicts.
        """
        return (1 + np.cos(np.pi * epoch / self.epochs)) / 2

    def _outputs(self, n_outputs):
        """Count the outputs of the layers of the network."""
        return {"n_outputs": n_outputs}

    def _store(self, training, labels):
        for name, value in labels.items():
            setattr(self, name, value)
        self.network_ = training.network
        self.history_ = training.history
        self.epoch_ = training.epoch
        self.stopped_ = training.stopped
        last = training.phases[-1].name
        if all(row["phase"] != last for row in training.history):
            warnings.warn(
                f"training was stopped ({training.stopped}) in phase "
                f"{training.history[-1]['phase']!r}, before {last!r}: predictions are "
                "those of an untrained layer.",
                stacklevel=STACKLEVEL,
            )

    def _check_training_part(self, targets, n_outputs):
        """Check the targets that training is left with."""

    def _check_settings(self):
        """Check what the constraints of single parameters do not."""
        checked_size(self.size)

    def _check_shown(self, X):
        self._say_gray(X, STACKLEVEL)

    def _say_gray(self, X, stacklevel):
        if self._has_gray(X):
            warnings.warn(
                f"{type(self).__name__} takes RGB clips: gray frames are repeated as "
                "three channels. Read(color=True) reads colors.",
                stacklevel=stacklevel + 1,
            )

    def _has_gray(self, X):
        return self._color and any(clip.frames.ndim == 3 for clip in X)

    def _seed(self, file):
        if file is not None and file.exists():
            try:
                return read_tensors(file)[1]["seed"]
            except ValueError as error:
                warnings.warn(
                    f"{error} It is not taken: training begins anew.",
                    stacklevel=STACKLEVEL,
                )
                file.unlink()
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _checkpoint_file(self, X, targets, groups):
        """Name the file by all that the training depends on."""
        if self.memory is None:
            return None
        folder = Path(self.memory)
        folder.mkdir(parents=True, exist_ok=True)
        parameters = self.get_params(deep=False).items()
        weights = None if self.weights is None else Path(self.weights).read_bytes()
        versions = [m.__version__ for m in (mefeat, import_torch(), import_skorch())]
        key = digest(
            [
                [type(self), [(k, v) for k, v in parameters if k not in _OUTSIDE]],
                [X, targets, np.asarray(groups).tolist()],
                [weights, versions],
            ]
        )
        return folder / f"{type(self).__name__}-{key[:32]}{SUFFIX}"

    def _predict_scores(self, X):
        # Clip by clip: the others of a batch would change the last bits.
        return np.stack(self._each(X, self._scores))

    def _each(self, X, function):
        """Apply a function of the network and a clip to every clip."""
        check_is_fitted(self, "network_")
        torch = import_torch()
        X = check_clips(X)
        if not self._gray:  # else it was said in training
            self._say_gray(X, 1)
        network = self.network_.to(choose_device(self.device)).eval()

        def numbers(clip):
            return function(network, clip).double().cpu().numpy()

        with torch.inference_mode():
            return apply_each(numbers, X, self)

    def _scores(self, network, clip):
        """Give the outputs of the network for a clip."""
        return network(self._shown(network, clip))[0]

    def _shown(self, network, clip):
        """Put what the network takes of a clip where the network is, as a batch."""
        device = next(network.parameters()).device
        return import_torch().as_tensor(self._show(clip), device=device)[None]
