"""The autoencoder and what reads its codes: pretraining, lessons, sequences."""

import numpy as np
import pytest

from mefeat.clip import Clip
from mefeat.deep._images import take_frames
from mefeat.testing import example_clips

torch = pytest.importorskip("torch", reason="needs torch, of the extra deep")

from mefeat.deep import AutoencoderRNNClassifier  # noqa: E402
from mefeat.deep._autoencoder import expression_lessons  # noqa: E402
from mefeat.deep._networks import AutoencoderRNN, pad_sequences  # noqa: E402


def test_an_autoencoder_overfits_eight_faces():
    """To a root mean square error of 6 gray levels, where they differ by 24."""
    clips = example_clips(8, size=(32, 32), n_frames=1)
    model = AutoencoderRNNClassifier(
        ("reconstruct",),
        size=(16, 16),
        n_code=32,
        pretrain_epochs=120,
        epochs=1,
        learning_rate=0.01,
        validation_fraction=0,
        random_state=0,
    ).fit(clips, np.arange(8) % 2)
    found = np.stack(model.reconstruct(clips))
    faces = np.stack(
        [take_frames(clip, [0], (16, 16), color=False)[0] for clip in clips]
    )
    mean = faces.mean(axis=0)
    assert np.sqrt(((faces - mean) ** 2).mean()) > 24
    assert np.sqrt(((found - faces) ** 2).mean()) < 6


@pytest.mark.parametrize("steps", [(), ("reconstruct",), ("expression",), "mixed"])
def test_pretraining_is_as_told(steps):
    clips = example_clips(6, size=(32, 32), n_frames=6)
    model = AutoencoderRNNClassifier(
        steps, size=(16, 16), pretrain_epochs=2, epochs=1, validation_fraction=0
    ).fit(clips, np.arange(6) % 3)
    phases = [row["phase"] for row in model.history_]
    before = ["mixed"] if steps == "mixed" else list(steps)
    assert phases == [*np.repeat(before, 2), "classify"]
    assert model.outputs_ == {"n_outputs": 3, "n_expressions": 4}


def test_pretraining_takes_clips_of_its_own():
    clips = example_clips(6, size=(32, 32), n_frames=6)
    model = AutoencoderRNNClassifier(
        pretrain_clips=clips[:4],
        pretrain_y=["joy", "neutral", "fear", "awe"],
        size=(16, 16),
        pretrain_epochs=1,
        epochs=1,
        validation_fraction=0,
    )
    model.fit(clips, np.arange(6) % 2)
    assert model.outputs_ == {"n_outputs": 2, "n_expressions": 4}
    with pytest.raises(ValueError, match="need pretrain_y"):
        model.set_params(pretrain_y=None).fit(clips, np.arange(6) % 2)
    with pytest.raises(ValueError, match="pretraining must be"):
        model.set_params(pretraining=("sing",)).fit(clips, np.arange(6) % 2)
    with pytest.raises(ValueError, match="multiples of 16, got"):
        model.set_params(pretraining=(), size=(20, 16)).fit(clips, np.arange(6) % 2)


def test_lessons_are_apex_frames_of_strong_clips_and_first_frames():
    def moving(strength):
        frames = np.full((9, 16, 16), 100, np.uint8)
        frames[4:] += np.uint8(strength)
        return Clip(frames, apex=6)

    clips = [moving(s) for s in (1, 50, 30, 2)]
    faces, numbers = expression_lessons(
        clips, ["a", "a", "b", "b"], (16, 16), "x", choose=True
    )
    assert numbers.tolist() == [0, *[1] * 5, 0, *[2] * 5]
    levels = (faces[:, 0, 0, 0] * 255).round().astype(int)
    assert levels.tolist() == [100, *[150] * 5, 100, *[130] * 5]
    faces, numbers = expression_lessons(
        clips[:1], ["neutral"], (16, 16), "x", choose=False
    )
    assert set(numbers) == {0} and len(faces) == 10


@pytest.mark.parametrize("rnn", ["gru", "lstm"])
def test_clips_of_different_length_are_read_alike_in_any_batch(rnn):
    torch.manual_seed(0)
    net = AutoencoderRNN((16, 16), 4, rnn, 5, 2, 3).eval()
    faces = [np.float32(torch.rand(n, 1, 16, 16)) for n in (3, 7, 1)]
    batch, classes = pad_sequences([(one, i) for i, one in enumerate(faces)])
    assert batch["x"].shape == (3, 7, 1, 16, 16) and classes.tolist() == [0, 1, 2]
    together = net(**batch)
    alone = torch.cat([net(torch.as_tensor(one)[None]) for one in faces])
    torch.testing.assert_close(together, alone)
    # The last state, not that of the padding: frames count, and so does their order.
    assert not torch.allclose(net(torch.as_tensor(faces[1]).flip(0)[None]), alone[1:2])


def test_batch_norm_does_not_see_the_padding():
    torch.manual_seed(0)
    net = AutoencoderRNN((16, 16), 4, "gru", 5, 2, 3).train()
    faces = [torch.rand(n, 1, 16, 16) for n in (2, 5)]
    expected = net.encoder(torch.cat(faces)).split((2, 5))
    batch, _ = pad_sequences([(one.numpy(), 0) for one in faces])
    found = net.encode(**batch)
    for codes, own in zip(found, expected, strict=True):
        torch.testing.assert_close(codes[: len(own)], own)
        assert not codes[len(own) :].any()


@pytest.mark.parametrize("frozen", [True, False])
def test_a_frozen_encoder_stays_as_it_was_pretrained(frozen):
    clips = example_clips(6, size=(32, 32), n_frames=4)
    model = AutoencoderRNNClassifier(
        ("reconstruct",),
        size=(16, 16),
        pretrain_epochs=1,
        epochs=1,
        freeze_encoder=frozen,
        validation_fraction=0,
        random_state=0,
    ).fit(clips, np.arange(6) % 2)
    first = model.network_.state_dict()
    second = (
        model.set_params(epochs=3).fit(clips, np.arange(6) % 2).network_.state_dict()
    )
    same = {name: torch.equal(first[name], second[name]) for name in first}
    coder = [equal for name, equal in same.items() if name.startswith("encoder")]
    assert all(coder) == frozen and any(coder) == frozen
    assert not any(equal for name, equal in same.items() if "reader" in name)
