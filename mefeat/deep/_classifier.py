"""Base class of networks that classify clips."""

import warnings

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from mefeat.base import check_clips
from mefeat.base._steps import check_lengths
from mefeat.deep._estimator import STACKLEVEL, _NetworkEstimator
from mefeat.deep._tensors import import_skorch, import_torch


class _ClipClassifier(ClassifierMixin, _NetworkEstimator):
    """Base of classifiers of clips."""

    def _criterion(self, targets):
        return import_torch().nn.CrossEntropyLoss()

    def _check_training_part(self, targets, n_outputs):
        if len(targets) < n_outputs:
            raise ValueError(
                f"{len(targets)} clips to train on are fewer than the {n_outputs} "
                "classes: give more clips, or lower validation_fraction."
            )
        n_lacking = n_outputs - len(np.unique(targets))
        if n_lacking:
            warnings.warn(
                f"{n_lacking} of {n_outputs} classes are shown by subjects alone that "
                "are held out for validation, so that training never sees them: lower "
                "validation_fraction.",
                stacklevel=STACKLEVEL,
            )

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
        On Ctrl-C the estimator is left fitted as if no epoch were to follow the
        finished ones, and `KeyboardInterrupt` goes on.
        """
        self._validate_params()
        import_skorch()
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
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]
