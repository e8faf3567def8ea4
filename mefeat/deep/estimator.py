"""What the estimators share: parameters, the way to a trained network, prediction."""

import hashlib
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

import mefeat
from mefeat.base import check_clips
from mefeat.base.params import number, whole
from mefeat.deep.needs import choose_device, import_torch
from mefeat.deep.splits import check_lengths, validation_split
from mefeat.deep.tensors import SUFFIX, read_tensors
from mefeat.deep.weights import load_weights

# Parameters that do not change what a training leads to.
_OUTSIDE = ("device", "checkpoint", "max_seconds", "verbose")
# One line of the caller of `fit`.
_STACKLEVEL = 4

RUN_CONSTRAINTS = {
    "weights": [str, Path, None],
    "epochs": [whole(1)],
    "batch_size": [whole(1)],
    "learning_rate": [number(0, closed="neither")],
    "validation_fraction": [number(0, 1)],
    "patience": [whole(1), None],
    "device": [str],
    "checkpoint": [str, Path, None],
    "max_seconds": [number(0, closed="neither"), None],
    "random_state": ["random_state"],
    "verbose": ["boolean"],
}


class _NetworkEstimator(BaseEstimator):
    """Base of what trains a network on clips.

    A subclass gives `_make(n_outputs)`, the network; `_phases(network, X, targets,
    train, held)`, what to train; and `_scores(network, clip)`, its outputs for a clip.
    """

    _color = True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.target_tags.required = True
        return tags

    def _train(self, X, targets, groups, n_outputs, **labels):
        """Train, and set the attributes of the fit, `labels` among them, together."""
        import_torch()
        from mefeat.deep._training import Training, own_chance

        device = choose_device(self.device)
        file = self._checkpoint_file(X, targets, groups)
        seed = self._seed(file)
        train, held = validation_split(
            targets,
            groups,
            self.validation_fraction,
            seed,
            stacklevel=_STACKLEVEL - 1,
        )
        self._check_training_part(targets[train], n_outputs)
        self._tell_of_gray(X)
        labels["outputs_"] = self._outputs(n_outputs)
        with own_chance(seed, device):
            network = self._make(**labels["outputs_"])
            if self.weights is not None:
                load_weights(network, self.weights)
            network.to(device)
            training = Training(
                network,
                self._phases(network, X, targets, train, held),
                batch_size=self.batch_size,
                patience=self.patience,
                seed=seed,
                max_seconds=self.max_seconds,
                file=file,
                verbose=self.verbose,
            )
            try:
                training.run()
            except KeyboardInterrupt:
                if training.history:
                    self._store(training, labels)
                raise
        self._store(training, labels)

    def _outputs(self, n_outputs):
        """Count the outputs of the layers of the network."""
        return {"n_outputs": n_outputs}

    def _store(self, training, labels):
        for name, value in labels.items():
            setattr(self, name, value)
        self.network_ = training.network
        self.history_ = training.history
        self.epoch_ = training.epoch if training.best is None else training.best_epoch
        self.stopped_ = training.stopped
        last = training.phases[-1].name
        if all(row["phase"] != last for row in training.history):
            warnings.warn(
                f"training was stopped ({training.stopped}) in phase "
                f"{training.history[-1]['phase']!r}, before {last!r}: predictions are "
                "those of an untrained layer.",
                stacklevel=_STACKLEVEL,
            )

    def _check_training_part(self, targets, n_outputs):
        if len(targets) < n_outputs:
            raise ValueError(
                f"{len(targets)} clips to train on are fewer than the {n_outputs} "
                "classes: give more clips, or lower validation_fraction."
            )

    def _tell_of_gray(self, X):
        if self._color and any(clip.frames.ndim == 3 for clip in X):
            warnings.warn(
                f"{type(self).__name__} takes RGB clips: gray frames are repeated as "
                "three channels. Read(color=True) reads colors.",
                stacklevel=_STACKLEVEL,
            )

    def _seed(self, file):
        if file is not None and file.exists():
            return read_tensors(file)[1]["seed"]
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _checkpoint_file(self, X, targets, groups):
        """Name the file by all that the training depends on."""
        if self.checkpoint is None:
            return None
        folder = Path(self.checkpoint)
        folder.mkdir(parents=True, exist_ok=True)
        parameters = self.get_params(deep=False)
        digest = hashlib.blake2b(digest_size=8)
        for name, value in sorted(parameters.items()):
            if name not in _OUTSIDE:
                _update(digest, name, value)
        if self.weights is not None:
            digest.update(Path(self.weights).read_bytes())
        _update(digest, "data", [X, targets, groups])
        _update(digest, "versions", [mefeat.__version__, import_torch().__version__])
        return folder / f"{type(self).__name__}-{digest.hexdigest()}{SUFFIX}"

    def _predict_scores(self, X):
        # Clip by clip: the others of a batch would change the last bits.
        return np.stack(self._each(X, self._scores))

    def _each(self, X, function):
        """Apply a function of the network and a clip to every clip."""
        check_is_fitted(self, "network_")
        torch = import_torch()
        X = check_clips(X)
        network = self.network_.to(choose_device(self.device)).eval()
        with torch.inference_mode():
            return [function(network, clip).double().cpu().numpy() for clip in X]

    def _held_loss(self, network, X, targets, held, criterion):
        """Make the function that judges an epoch by the clips held out, if any."""
        torch = import_torch()

        def validate():
            scores = torch.stack([self._scores(network, X[i]) for i in held])
            return float(criterion(scores, targets[held]))

        return validate if len(held) else None


class _ClipClassifier(ClassifierMixin, _NetworkEstimator):
    """Base of classifiers of clips."""

    def fit(self, X, y, groups=None):
        """Train the network.

        Parameters
        ----------
        X : list of Clip
            Training clips.
        y : array-like of shape (n_clips,)
            Their classes.
        groups : array-like of shape (n_clips,), default=None
            Their subjects, which stand on one side of the split for validation.

        Returns
        -------
        self : object
            The same object.

        Raises
        ------
        ImportError
            If torch is not installed.
        ValueError
            If lengths differ, there is one class alone, or fewer clips than classes.

        Notes
        -----
        On Ctrl-C the estimator is left fitted as of the last finished epoch, and
        `KeyboardInterrupt` goes on.
        """
        self._validate_params()
        import_torch()
        X = check_clips(X)
        y = column_or_1d(y)
        check_classification_targets(y)
        check_lengths(X, y, groups)
        classes, targets = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(
                f"{type(self).__name__} needs clips of two classes, got {classes}."
            )
        self._train(X, targets, groups, len(classes), classes_=classes)
        return self

    def predict_proba(self, X):
        """Estimate the probability of each class.

        Parameters
        ----------
        X : list of Clip
            Clips.

        Returns
        -------
        ndarray of shape (n_clips, n_classes)
            Probabilities in the order of `classes_`, float64.
        """
        scores = self._predict_scores(X)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)

    def predict(self, X):
        """Predict the class of each clip.

        Parameters
        ----------
        X : list of Clip
            Clips.

        Returns
        -------
        ndarray of shape (n_clips,)
            Classes.
        """
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def _update(digest, name, value):
    """Feed a value into a hash, clips by what they show and mark."""
    digest.update(f"{name}:".encode())
    if isinstance(value, list | tuple):
        for item in value:
            _update(digest, "item", item)
    elif hasattr(value, "frames"):
        marks = (value.onset, value.apex, value.offset, value.frames.shape)
        digest.update(repr(marks).encode())
        digest.update(np.ascontiguousarray(value.frames))
    elif isinstance(value, np.ndarray):
        digest.update(repr((value.shape, value.tolist())).encode())
    else:
        digest.update(repr(value).encode())
