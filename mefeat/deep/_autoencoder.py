"""An autoencoder of faces, and a recurrent network that reads its codes."""

from functools import cache

import numpy as np

from mefeat.base import check_clips, need_apex
from mefeat.base._steps import apply_each, check_lengths, choice, whole
from mefeat.deep._classifier import _ClipClassifier
from mefeat.deep._estimator import RUN_CONSTRAINTS
from mefeat.deep._images import spread_frames, take_frames

# Faces of a clip to reconstruct, and frames on each side of the apex.
_N_FACES = 10
_NEAR = 2
NEUTRAL = "neutral"


def image_lessons(clips, size):
    """Collect faces to reconstruct, spread regularly over the clips."""
    parts = [
        take_frames(clip, spread_frames(len(clip.frames), _N_FACES), size, color=False)
        for clip in clips
    ]
    return np.concatenate(parts) / 255


def expression_lessons(clips, labels, size, owner, *, choose):
    """Collect faces that show an expression, and neutral ones."""
    labels = np.asarray(labels)
    classes = [label for label in np.unique(labels) if label != NEUTRAL]
    kept = _strong(clips, labels, owner) if choose else range(len(clips))
    faces, numbers = [], []
    for i in kept:
        clip, shown = clips[i], spread_frames(len(clips[i].frames), _N_FACES)
        number = 0
        if labels[i] != NEUTRAL:
            number = classes.index(labels[i]) + 1
            apex = _apex(clip, owner)
            shown = np.arange(
                max(0, apex - _NEAR), min(len(clip.frames), apex + _NEAR + 1)
            )
        faces.append(take_frames(clip, [0, *shown], size, color=False))
        numbers += [0] + [number] * len(shown)
    return np.concatenate(faces) / 255, np.array(numbers)


def _strong(clips, labels, owner):
    """Find the half of each class that changes most from first frame to apex."""

    def changed(clip):
        first, apex = clip.frames[[0, _apex(clip, owner)]].astype(np.float32)
        return np.abs(apex - first).mean()

    change = np.array(apply_each(changed, clips, owner))
    kept = []
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        order = own[np.argsort(-change[own], kind="stable")]
        kept += order[: -(-len(own) // 2)].tolist()
    return sorted(kept)


def _apex(clip, owner):
    return need_apex(clip, owner, "spot it, or take it from a coding sheet")


_STEPS = ("reconstruct", "expression")
# The four halvings of the encoder.
_STEP = 16


class AutoencoderRNNClassifier(_ClipClassifier):
    """Autoencoder of faces, and a recurrent network over the codes of a clip.

    Training has up to three phases: an autoencoder learns to reconstruct faces; its
    encoder and a linear layer learn to tell macro-expressions and neutral faces apart;
    a recurrent network learns to tell the class from the codes of the frames in order.

    Parameters
    ----------
    pretraining : sequence of str or "mixed", default=("reconstruct", "expression")
        Phases before the recurrent network: "reconstruct" and "expression" in this
        order, one of them, or none; "mixed" is both at a time, their losses added.
    pretrain_clips : list of Clip, default=None
        Clips of faces for these phases. None of a subject to be tested may be among
        them. By default the training clips serve.
    pretrain_y : array-like, default=None
        Classes of the `pretrain_clips`, needed for "expression". "neutral" stands for a
        clip without an expression.
    pretrain_epochs : int, default=30
        Epochs of each phase before the last.
    size : tuple of int, default=(64, 64)
        Height and width that frames are brought to, multiples of 16, pixels.
    n_code : int, default=128
        Length of the code of a face.
    rnn : {"gru", "lstm"}, default="gru"
        The recurrent network.
    n_hidden : int, default=64
        Length of its state.
    n_frames : int, default=None
        Most frames of a clip that are read, spread regularly; all by default.
    freeze_encoder : bool, default=True
        Whether the encoder stays as it is in the last phase. Without any pretraining
        and weights it learns in any case.
    weights : path, default=None
        Safetensors file to start from, see `load_weights`; else from scratch.
    epochs : int, default=60
        Most epochs of the last phase.
    batch_size : int, default=16
        Clips, and in other phases faces, in a batch.
    learning_rate : float, default=0.001
        Of Adam.
    validation_fraction : float, default=0.2
        Share of the subjects given to `fit` that only choose the epoch of the last
        phase; 0 trains on all and keeps the last epoch.
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
        Phase, loss, validation loss and seconds of each epoch.
    epoch_ : int
        Epoch of the last phase whose network is kept.
    stopped_ : {None, "max_seconds", "interrupted"}
        Why training ended before its time.

    Notes
    -----
    The phases and the ablation of them are those of the study that this follows; the
    widths, the optimizer and the numbers of epochs are ours. Where training clips serve
    as macro-expressions, they are the half of each class whose apex frame differs most
    from the first one: frames around the apex show the class, first frames are neutral.
    Frames are gray; RGB clips give their luma.

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> model = AutoencoderRNNClassifier(
    ...     size=(16, 16), pretrain_epochs=1, epochs=1, validation_fraction=0
    ... )
    >>> model.fit(example_clips(4), [0, 1, 0, 1]).predict_proba(example_clips(2)).shape
    (2, 2)
    """

    _color = False
    _parameter_constraints: dict = {
        "pretraining": [tuple, list, choice(["mixed"])],
        "pretrain_clips": [list, None],
        "pretrain_y": ["array-like", None],
        "pretrain_epochs": [whole(1)],
        "size": [tuple, list],
        "n_code": [whole(1)],
        "rnn": [choice(["gru", "lstm"])],
        "n_hidden": [whole(1)],
        "n_frames": [whole(1), None],
        "freeze_encoder": ["boolean"],
        **RUN_CONSTRAINTS,
    }

    def __init__(
        self,
        pretraining=("reconstruct", "expression"),
        pretrain_clips=None,
        *,
        pretrain_y=None,
        pretrain_epochs=30,
        size=(64, 64),
        n_code=128,
        rnn="gru",
        n_hidden=64,
        n_frames=None,
        freeze_encoder=True,
        weights=None,
        epochs=60,
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
        self.pretraining = pretraining
        self.pretrain_clips = pretrain_clips
        self.pretrain_y = pretrain_y
        self.pretrain_epochs = pretrain_epochs
        self.size = size
        self.n_code = n_code
        self.rnn = rnn
        self.n_hidden = n_hidden
        self.n_frames = n_frames
        self.freeze_encoder = freeze_encoder
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

    def reconstruct(self, X):
        """Encode and decode the frames of clips.

        Parameters
        ----------
        X : list of Clip
            Clips.

        Returns
        -------
        list of ndarray of shape (n_frames, height, width)
            Faces in 0..255, of the frames that predictions read.
        """
        return self._each(
            X, lambda net, clip: 255 * net.reconstruct(self._shown(net, clip))[0, :, 0]
        )

    def _outputs(self, n_outputs):
        n_expressions = n_outputs
        if self.pretrain_y is not None:
            n_expressions = len(set(np.asarray(self.pretrain_y)) - {NEUTRAL})
        return {"n_outputs": n_outputs, "n_expressions": n_expressions + 1}

    def _check_settings(self):
        super()._check_settings()
        steps = self.pretraining
        allowed = {(), _STEPS, *((step,) for step in _STEPS)}
        if steps != "mixed" and tuple(steps) not in allowed:
            raise ValueError(
                f"pretraining must be 'mixed', {_STEPS}, one of both in a tuple, or "
                f"(), got {steps!r}."
            )
        if any(n % _STEP for n in self.size):
            raise ValueError(
                f"size must be (height, width) in multiples of {_STEP}, got "
                f"{self.size}."
            )
        if self.pretrain_clips is not None:
            check_clips(self.pretrain_clips)
            if self.pretrain_y is not None:
                check_lengths(self.pretrain_clips, self.pretrain_y, None)
            elif "expression" in steps or steps == "mixed":
                raise ValueError("pretrain_clips for expressions need pretrain_y.")

    def _make(self, n_outputs, n_expressions):
        from mefeat.deep._networks import AutoencoderRNN

        return AutoencoderRNN(
            self.size, self.n_code, self.rnn, self.n_hidden, n_expressions, n_outputs
        )

    def _phases(self, network, X, targets, train, held):
        from torch import no_grad

        from mefeat.deep._networks import pad_sequences
        from mefeat.deep._training import pretraining_phases

        (last,) = super()._phases(network, X, targets, train, held)
        last.collate = pad_sequences
        if self.freeze_encoder and (len(self.pretraining) or self.weights is not None):

            @cache  # The encoder stays, so that every clip is encoded once.
            @no_grad()
            def codes(clip):
                return network.encode(self._shown(network, clip))[0].cpu()

            last.module = network.reader
            for lessons in filter(None, [last.lessons, last.held]):
                lessons.show = codes
        own = self.pretrain_clips is None
        clips, labels = self.pretrain_clips, self.pretrain_y
        if own:
            clips, labels = [X[i] for i in train], targets[train]
        before = pretraining_phases(
            network, *self._lessons(clips, labels, choose=own), self.pretrain_epochs
        )
        return [*before, last]

    def _schedule(self, epoch):
        return 1.0  # in phases of any length

    def _lessons(self, clips, labels, *, choose):
        """Give the steps before the last phase, and faces and expressions for them."""
        steps, faces, expressions = self.pretraining, None, None
        if "reconstruct" in steps:
            faces = image_lessons(clips, self.size)
        if "expression" in steps or steps == "mixed":
            expressions = expression_lessons(
                clips, labels, self.size, self, choose=choose
            )
        return steps, faces, expressions

    def _show(self, clip, rng=None):
        frames = spread_frames(len(clip.frames), self.n_frames)
        return take_frames(clip, frames, self.size, color=False) / 255
