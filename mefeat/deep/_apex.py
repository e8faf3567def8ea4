"""The network of 47 layers, which sees the apex frame alone."""

from mefeat.base import need_apex
from mefeat.base._steps import apply_each, whole
from mefeat.deep._classifier import _ClipClassifier
from mefeat.deep._estimator import RUN_CONSTRAINTS
from mefeat.deep._images import apex_image

_STEP = "spot it, or take it from a coding sheet"
# Four poolings leave a pixel of so many.
_SMALLEST = 16


class ApexCNNClassifier(_ClipClassifier):
    """Convolutional network of 47 layers on the apex frame.

    Fourteen modules of a 3x3 convolution, batch norm and ReLU, four max poolings and
    one linear layer: 42 + 4 + 1 = 47.

    Parameters
    ----------
    size : int, default=400
        The cropped face is padded with black to a square of this height and width,
        pixels, at least 16.
    width : int, default=32
        Channels of the first modules; the last ones have 16 times as many.
    weights : path, default=None
        Safetensors file to start from, see `load_weights`; else from scratch.
    epochs : int, default=50
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
    classes_ : ndarray of shape (n_classes,)
        Classes of `y`; no other is ever predicted.
    network_ : torch.nn.Module
        The network.
    history_ : list of dict
        Loss, validation loss and seconds of each epoch.
    epoch_ : int
        Epoch whose network is kept.
    stopped_ : {None, "max_seconds", "interrupted"}
        Why training ended before its time.

    Notes
    -----
    The study that this follows gives the number of layers, the size and the
    normalization of each image. Its text tells of three poolings, but only four make
    47 layers. Ours are the widths (2 modules of 32 channels, then 3 each of 64, 128,
    256 and 512), the place of the poolings (after the first four groups), the mean over
    the image before the last layer, gray input, the optimizer, and that the epoch is
    chosen by subjects of the training fold.

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> model = ApexCNNClassifier(
    ...     size=80, width=2, epochs=1, validation_fraction=0, random_state=0
    ... )
    >>> model.fit(example_clips(4), [0, 1, 0, 1]).predict_proba(example_clips(2)).shape
    (2, 2)
    """

    _color = False
    _parameter_constraints: dict = {
        "size": [whole(_SMALLEST)],
        "width": [whole(1)],
        **RUN_CONSTRAINTS,
    }

    def __init__(
        self,
        size=400,
        width=32,
        *,
        weights=None,
        epochs=50,
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
        self.size = size
        self.width = width
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

    def _make(self, n_outputs):
        from mefeat.deep._networks import ApexNet

        return ApexNet(self.width, n_outputs)

    def _check_settings(self):
        pass  # one number, which is checked with the other parameters

    def _check_shown(self, X):
        apply_each(lambda clip: need_apex(clip, self, _STEP), X, self)

    def _show(self, clip, rng=None):
        need_apex(clip, self, _STEP)
        return apex_image(clip, self.size)
