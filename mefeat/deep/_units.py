"""Networks that find action units: VGG16 on frames, a 3-D MobileNetV2 on windows."""

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.metrics import average_precision_score

from mefeat.base import check_clips
from mefeat.base._steps import check_lengths, choice, number, whole
from mefeat.deep._estimator import RUN_CONSTRAINTS, _NetworkEstimator
from mefeat.deep._images import standardize, take_frames
from mefeat.deep._tensors import import_skorch, import_torch
from mefeat.facs import DETECTED_UNITS
from mefeat.facs._units import unit_targets

MEAN = "mean"
# A unit that one clip in a thousand shows would else count a thousand times.
_LARGEST_WEIGHT = 20.0


def unit_scores(shown, scores, units, threshold=0.5):
    """Judge the scores of action units, one row for each unit.

    Parameters
    ----------
    shown : array-like of bool, shape (n_clips, n_units)
        Whether the clip shows the unit.
    scores : array-like of shape (n_clips, n_units)
        Probabilities or other scores, higher where the unit is likely.
    units : sequence of int
        Numbers of the units, one for each column.
    threshold : float, default=0.5
        Score from which on a unit counts as found; 0 for those of a
        `decision_function`.

    Returns
    -------
    DataFrame
        By unit: `occurrence`, the share of the clips that show it, `average_precision`,
        `recall` and `accuracy`. The row "mean" averages the units that occur; of those
        that do not, average precision and recall are nan.

    Raises
    ------
    ValueError
        If shapes do not fit.

    Notes
    -----
    Average precision of guesses is the occurrence, so the two belong side by side, and
    the accuracy of never finding a rare unit is nearly 1.

    Examples
    --------
    >>> table = unit_scores([[1], [0], [1], [0]], [[0.9], [0.8], [0.7], [0.1]], [12])
    >>> table.loc[12].round(3).tolist()
    [0.5, 0.833, 1.0, 0.75]
    """
    shown = np.asarray(shown, dtype=bool)
    scores = np.asarray(scores, dtype=np.float64)
    if shown.ndim != 2 or not shown.shape == scores.shape == (len(shown), len(units)):
        raise ValueError(
            f"shown and scores must have a column for each of {len(units)} units, got "
            f"shapes {shown.shape} and {scores.shape}."
        )
    found = scores >= threshold
    rows = {}
    for column, unit in enumerate(units):
        own, said = shown[:, column], found[:, column]
        occurs = bool(own.any())
        rows[unit] = {
            "occurrence": own.mean(),
            "average_precision": (
                average_precision_score(own, scores[:, column]) if occurs else np.nan
            ),
            "recall": said[own].mean() if occurs else np.nan,
            "accuracy": (own == said).mean(),
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "unit"
    occurring = table[table["occurrence"] > 0]
    table.loc[MEAN] = occurring.mean() if len(occurring) else np.nan
    return table


def positive_weights(shown):
    """Weigh clips that show a unit by how many more do not."""
    n_with = shown.sum(axis=0)
    n_without = len(shown) - n_with
    both = (n_with > 0) & (n_without > 0)
    weights = np.where(both, n_without / np.maximum(n_with, 1), 1)
    return np.minimum(weights, _LARGEST_WEIGHT).astype(np.float32)


NETWORKS = ("mobilenet3d", "vgg16")
_THRESHOLD = 0.5
# Five poolings leave a pixel of so many.
_SMALLEST = 32


class ActionUnitNet(_NetworkEstimator):
    """Network that tells which action units a clip shows.

    Parameters
    ----------
    network : {"mobilenet3d", "vgg16"}, default="mobilenet3d"
        MobileNetV2 whose depthwise convolutions are 3x3x3, on windows of frames; or
        VGG16 on single frames, whose scores are averaged over a window.
    units : sequence of int, default=DETECTED_UNITS
        Numbers of the units to be found; None for all that the training clips show.
    size : tuple of int, default=(224, 224)
        Height and width that frames are brought to, pixels.
    width : float, default=1.0
        Factor of the numbers of channels.
    n_frames : int, default=8
        Frames of a window.
    step : int, default=1
        Distance of the frames of a window, in frames. Windows are centered at the apex,
        or at the middle of a clip without one, in training up to half their length
        beside it. Where they leave the clip, its first and last frames are repeated.
    weights : path, default=None
        Safetensors file to start from, see `load_weights`; else from scratch.
    epochs : int, default=30
        Most epochs.
    batch_size : int, default=16
        Clips in a batch.
    learning_rate : float, default=0.001
        First one of Adam; it falls to 0 along a cosine.
    validation_fraction : float, default=0.2
        Share of the subjects given to `fit` that only choose the epoch; 0 trains on all
        and keeps the last epoch.
    patience : int, default=None
        Stop after so many epochs in which the validation loss reached no new low.
    device : str, default="auto"
        "auto" is a GPU if there is one; or a name that torch knows.
    memory : path, default=None
        Folder to write each finished epoch to. A training of the same parameters on the
        same clips goes on from there.
    max_seconds : float, default=None
        Stop with the last epoch that ends before; the first one is always finished.
    random_state : int, RandomState or None, default=None
        Source of chance.
    verbose : bool, default=False
        Whether to show progress.

    Attributes
    ----------
    units_ : ndarray of int, shape (n_units,)
        Units that the columns of `predict` stand for.
    network_ : torch.nn.Module
        The network.
    history_ : list of dict
        Loss, validation loss and seconds of each epoch.
    epoch_ : int
        Epoch whose network is kept.
    stopped_ : {None, "max_seconds", "interrupted"}
        Why training ended before its time.

    See Also
    --------
    unit_scores : Judges predictions unit by unit.
    split_subjects : Halves and quarters of clips, by subject.
    mobile_cost : What the network costs, and what full convolutions would.
    mefeat.facs.ActionUnitDetector : The same by a descriptor, without torch.

    Notes
    -----
    Binary cross-entropy of each unit; a clip that shows it weighs as much more as there
    are more clips that do not, up to 20 times. The study that this follows starts Adam
    at 0.05; 0.001 is ours, as are the windows: it does not tell where they lie.

    References
    ----------
    .. [1] K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale
       image recognition", 2014. https://doi.org/10.48550/arXiv.1409.1556
    .. [2] M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L.-C. Chen, "MobileNetV2:
       inverted residuals and linear bottlenecks", CVPR 2018.
       https://doi.org/10.1109/CVPR.2018.00474

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> clips = example_clips(4, size=(32, 32), color=True)
    >>> model = ActionUnitNet(
    ...     units=[4, 12], size=(32, 32), width=0.1, epochs=1, validation_fraction=0
    ... )
    >>> model.fit(clips, [{4}, {12}, {4, 12}, set()]).predict(clips).shape
    (4, 2)
    """

    _phase = "units"
    _parameter_constraints: dict = {
        "network": [choice(NETWORKS)],
        "units": ["array-like", None],
        "size": [tuple, list],
        "width": [number(0, closed="neither")],
        "n_frames": [whole(1)],
        "step": [whole(1)],
        **RUN_CONSTRAINTS,
    }

    def __init__(
        self,
        network="mobilenet3d",
        units=DETECTED_UNITS,
        *,
        size=(224, 224),
        width=1.0,
        n_frames=8,
        step=1,
        weights=None,
        epochs=30,
        batch_size=16,
        learning_rate=0.001,
        validation_fraction=0.2,
        patience=None,
        device="auto",
        memory=None,
        max_seconds=None,
        random_state=None,
        verbose=False,
    ):
        self.network = network
        self.units = units
        self.size = size
        self.width = width
        self.n_frames = n_frames
        self.step = step
        self.weights = weights
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.device = device
        self.memory = memory
        self.max_seconds = max_seconds
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X, y, groups=None):
        """Train the network.

        Parameters
        ----------
        X : list of Clip
            Training clips.
        y : array of bool, shape (n_clips, n_units), or list of collections
            Units of the clips: a matrix with a column for each of `units`, or the units
            of each clip.
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
            If lengths differ, or there are no units.

        Notes
        -----
        A unit that no clip shows is learned as absent. On Ctrl-C the estimator is left
        fitted as if no epoch were to follow the finished ones, and `KeyboardInterrupt`
        goes on.
        """
        self._validate_params()
        import_skorch()
        X = check_clips(X)
        shown, numbers = unit_targets(y, self.units)
        check_lengths(X, shown, groups)
        targets = shown.astype(np.float32)
        self._train(X, targets, groups, len(numbers), units_=numbers)
        return self

    def predict_proba(self, X):
        """Estimate how probable each unit is.

        Parameters
        ----------
        X : list of Clip
            Clips.

        Returns
        -------
        ndarray of shape (n_clips, n_units)
            Probability that the clip shows the unit, float64.
        """
        return expit(self.decision_function(X))

    def decision_function(self, X):
        """Tell how clearly each clip shows each unit.

        Parameters
        ----------
        X : list of Clip
            Clips.

        Returns
        -------
        ndarray of shape (n_clips, n_units)
            Scores; above 0 the unit is there.
        """
        return self._predict_scores(X)

    def predict(self, X):
        """Tell which units each clip shows.

        Parameters
        ----------
        X : list of Clip
            Clips.

        Returns
        -------
        ndarray of bool, shape (n_clips, n_units)
            Whether the clip shows the unit, in the order of `units_`.
        """
        return self.predict_proba(X) >= _THRESHOLD

    def _check_settings(self):
        super()._check_settings()
        if self.network == "vgg16" and min(self.size) < _SMALLEST:
            raise ValueError(
                f"size must be at least {_SMALLEST} for VGG16, got {self.size}."
            )

    def _make(self, n_outputs):
        from mefeat.deep import _networks

        networks = {"mobilenet3d": _networks.MobileNet3D, "vgg16": _networks.VGG16}
        return networks[self.network](self.width, n_outputs)

    def _criterion(self, targets):
        torch = import_torch()
        weights = torch.as_tensor(positive_weights(targets))
        return torch.nn.BCEWithLogitsLoss(pos_weight=weights)

    def _show(self, clip, rng=None):
        """Take a window as (3, n_frames, height, width)."""
        last = len(clip.frames) - 1
        center = last // 2 if clip.apex is None else clip.apex
        half = self.n_frames * self.step // 2
        if rng is not None:
            reach = half // 2
            center += int(rng.integers(-reach, reach + 1))
        frames = center - half + self.step * np.arange(self.n_frames)
        images = take_frames(clip, np.clip(frames, 0, last), self.size, color=True)
        return np.ascontiguousarray(standardize(images).transpose(1, 0, 2, 3))
