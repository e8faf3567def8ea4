"""Frame attention: the frames that tell most decide for the clip."""

from mefeat.base._steps import choice, whole
from mefeat.deep._classifier import _ClipClassifier
from mefeat.deep._estimator import RUN_CONSTRAINTS
from mefeat.deep._images import part_frames, spread_frames, standardize, take_frames
from mefeat.deep._tensors import import_torch

_MOMENTUM, _DECAY = 0.9, 1e-4
# The learning rate falls by this factor after so many epochs.
_DROP, _DROP_EPOCHS = 0.2, 30


class FrameAttentionClassifier(_ClipClassifier):
    """Frame attention network (FAN) on aligned faces.

    A residual network turns each frame into numbers f; the clip is their mean, weighted
    by what attention makes of each frame alone and, with "relation", of each frame
    beside the whole clip.

    Parameters
    ----------
    backbone : {"resnet18", "small"}, default="resnet18"
        ResNet-18, 512 numbers for a frame, or one of a quarter of its width for CPUs.
    attention : {"relation", "self"}, default="relation"
        Whether frames are also weighed beside the clip, or one by one alone.
    size : tuple of int, default=(224, 224)
        Height and width that frames are brought to, pixels. A `Resize` step before does
        it once instead of in each epoch.
    n_parts : int, default=3
        Training takes one random frame of each of so many equal parts of the clip.
    n_test_frames : int, default=None
        Most frames of a clip that predictions look at, spread regularly; all by
        default.
    flip : bool, default=True
        Whether training mirrors clips at random. Set it False where movement vectors
        are drawn into the frames: their colors are directions.
    weights : path, default=None
        Safetensors file to start from, see `load_weights`; else from scratch.
    epochs : int, default=60
        Most epochs.
    batch_size : int, default=48
        Clips in a batch.
    learning_rate : float, default=0.01
        Of gradient descent with momentum 0.9; a fifth of it after 30 epochs, and so on.
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

    See Also
    --------
    mefeat.plot.show_attention : Draws the weights over the frames.

    Notes
    -----
    With query vectors q, alpha_i = sigmoid(q0 f_i), the mean F of the f_i is weighted
    by alpha_i, beta_i = sigmoid(q1 [f_i, F]), and the clip is the mean of the [f_i, F]
    weighted by alpha_i beta_i. Rates, dropouts and epochs are the paper's. Its public
    code leaves beta out of the sum at test time, and keeps the epoch that is best on
    the test fold; here training and test take the same formula, and the epoch is chosen
    by subjects of the training fold.

    References
    ----------
    D. Meng, X. Peng, K. Wang, Y. Qiao, "Frame attention networks for facial expression
    recognition in videos", ICIP 2019. https://doi.org/10.1109/ICIP.2019.8803603

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> clips = example_clips(4, size=(32, 32), color=True)
    >>> model = FrameAttentionClassifier(
    ...     "small", size=(32, 32), epochs=2, validation_fraction=0, random_state=0
    ... )
    >>> model.fit(clips, ["a", "b", "a", "b"]).predict_proba(clips).shape
    (4, 2)
    """

    _parameter_constraints: dict = {
        "backbone": [choice(["resnet18", "small"])],
        "attention": [choice(["relation", "self"])],
        "size": [tuple, list],
        "n_parts": [whole(1)],
        "n_test_frames": [whole(1), None],
        "flip": ["boolean"],
        **RUN_CONSTRAINTS,
    }

    def __init__(
        self,
        backbone="resnet18",
        attention="relation",
        *,
        size=(224, 224),
        n_parts=3,
        n_test_frames=None,
        flip=True,
        weights=None,
        epochs=60,
        batch_size=48,
        learning_rate=0.01,
        validation_fraction=0.2,
        patience=None,
        device="auto",
        memory=None,
        max_seconds=None,
        random_state=None,
        verbose=False,
    ):
        self.backbone = backbone
        self.attention = attention
        self.size = size
        self.n_parts = n_parts
        self.n_test_frames = n_test_frames
        self.flip = flip
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

    def attention_weights(self, X):
        """Get the weight of each frame in the mean that stands for the clip.

        Parameters
        ----------
        X : list of Clip
            Clips.

        Returns
        -------
        list of ndarray of shape (n_frames,)
            Weights of the frames that predictions look at, which sum to 1: all, or
            `n_test_frames` of them.
        """
        return self._each(
            X, lambda net, clip: net.attend(net.embed(self._shown(net, clip)))[0][0]
        )

    def _make(self, n_outputs):
        from mefeat.deep._networks import FrameAttention

        return FrameAttention(self.backbone, self.attention, n_outputs)

    def _settings(self, device):
        return super()._settings(device) | {
            "optimizer": import_torch().optim.SGD,
            "optimizer__momentum": _MOMENTUM,
            "optimizer__weight_decay": _DECAY,
        }

    def _schedule(self, epoch):
        return _DROP ** (epoch // _DROP_EPOCHS)

    def _show(self, clip, rng=None):
        n_frames = len(clip.frames)
        if rng is None:
            frames = spread_frames(n_frames, self.n_test_frames)
        else:
            frames = part_frames(n_frames, self.n_parts, rng)
        images = standardize(take_frames(clip, frames, self.size, color=True))
        mirrored = rng is not None and self.flip and rng.random() < 0.5
        return images[..., ::-1].copy() if mirrored else images
