"""An autoencoder of faces, and a recurrent network that reads its codes."""

import numpy as np

from mefeat.base import check_clips
from mefeat.base.params import choice, whole
from mefeat.deep.estimator import RUN_CONSTRAINTS, _ClipClassifier
from mefeat.deep.lessons import expression_lessons, picture_lessons
from mefeat.deep.needs import import_torch
from mefeat.deep.pictures import spread_frames, take_frames
from mefeat.deep.splits import check_lengths

_STEPS = ("reconstruct", "expression")
# The four halvings of the encoder.
_STEP = 16
# Faces that go through the encoder at a time when predicting.
_CHUNK = 64


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
    checkpoint : path, default=None
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
        Classes. One that no training clip shows is never predicted.
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
        checkpoint=None,
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
        self.checkpoint = checkpoint
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
            X, lambda net, clip: 255 * net.decoder(self._codes(net, clip))[:, 0]
        )

    def _outputs(self, n_outputs):
        self._check()
        n_expressions = n_outputs
        if self.pretrain_y is not None:
            n_expressions = len(set(np.asarray(self.pretrain_y)) - {"neutral"})
        return {"n_outputs": n_outputs, "n_expressions": n_expressions + 1}

    def _check(self):
        steps = self.pretraining
        allowed = {(), _STEPS, *((step,) for step in _STEPS)}
        if steps != "mixed" and tuple(steps) not in allowed:
            raise ValueError(
                f"pretraining must be 'mixed', {_STEPS}, one of both in a tuple, or "
                f"(), got {steps!r}."
            )
        if len(self.size) != 2 or any(n < _STEP or n % _STEP for n in self.size):
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
        from mefeat.deep._pretraining import pretraining_phases

        steps = self.pretraining
        clips, labels = self.pretrain_clips, self.pretrain_y
        own = clips is None
        if own:
            clips, labels = [X[i] for i in train], targets[train]
        faces = expressions = None
        if "reconstruct" in steps:
            faces = picture_lessons(clips, self.size)
        if "expression" in steps or steps == "mixed":
            expressions = expression_lessons(clips, labels, self.size, self, choose=own)
        before = pretraining_phases(
            network, steps, faces, expressions, self._adam, self.pretrain_epochs
        )
        return [*before, self._last_phase(network, X, targets, train, held)]

    def _adam(self, parameters):
        return import_torch().optim.Adam(parameters, self.learning_rate)

    def _last_phase(self, network, X, targets, train, held):
        torch = import_torch()
        from torch.nn.functional import cross_entropy

        from mefeat.deep._training import Phase

        device = next(network.parameters()).device
        targets = torch.as_tensor(targets, device=device)
        modules = [network.rnn, network.output]
        prepared = len(self.pretraining) or self.weights is not None
        frozen = self.freeze_encoder and bool(prepared)
        if not frozen:
            modules.append(network.encoder)
        known = {}

        def codes(i):
            if not frozen:
                return self._codes(network, X[i])
            # The encoder stays, so that every clip is encoded once.
            if i not in known:
                with torch.no_grad():
                    known[i] = self._codes(network, X[i])
            return known[i]

        def loss(indices, rng):
            chosen = train[indices]
            return cross_entropy(
                network.read([codes(i) for i in chosen]), targets[chosen]
            )

        def validate():
            scores = torch.cat([network.read([codes(i)]) for i in held])
            return float(cross_entropy(scores, targets[held]))

        return Phase(
            name="classify",
            modules=modules,
            optimizer=self._adam,
            n_items=len(train),
            loss=loss,
            epochs=self.epochs,
            validate=validate if len(held) else None,
        )

    def _codes(self, network, clip):
        torch = import_torch()
        device = next(network.parameters()).device
        frames = spread_frames(len(clip.frames), self.n_frames)
        parts = []
        for start in range(0, len(frames), _CHUNK):
            chunk = frames[start : start + _CHUNK]
            faces = take_frames(clip, chunk, self.size, color=False) / 255
            parts.append(network.encoder(torch.as_tensor(faces, device=device)))
        return torch.cat(parts)

    def _scores(self, network, clip):
        return network.read([self._codes(network, clip)])[0]
