"""Frame attention: the formula by hand, frames, flips."""

import numpy as np
import pytest

from mefeat.clip import Clip
from mefeat.deep._images import part_frames, standardize, take_frames
from mefeat.testing import example_clips

torch = pytest.importorskip("torch", reason="needs torch, of the extra deep")
from torch import nn  # noqa: E402

from mefeat.deep import FrameAttentionClassifier  # noqa: E402
from mefeat.deep._networks import FrameAttention, relation_attention, self_attention  # noqa: E402


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_relation_attention_by_hand():
    """Two frames of two numbers; beta weighs in the mean at test time as well."""
    features = np.array([[1.0, 0.0], [0.0, 2.0]])
    q0, q1 = np.array([1.0, -1.0]), np.array([0.5, 0.0, 0.0, 1.0])
    alpha = sigmoid(np.array([1.0, -2.0]))
    whole = alpha @ features / alpha.sum()
    beta = sigmoid(np.array([0.5 + whole[1], whole[1]]))
    pairs = np.column_stack([features, np.tile(whole, (2, 1))])
    expected = (alpha * beta) @ pairs / (alpha * beta).sum()

    net = FrameAttention("small", "relation", 3).double().eval()
    net.alpha = nn.Linear(2, 1, bias=False).double()
    net.beta = nn.Linear(4, 1, bias=False).double()
    net.backbone = nn.Identity()  # frames that are features already
    net.output = nn.Identity()
    net.alpha.weight.data = torch.tensor(q0)[None]
    net.beta.weight.data = torch.tensor(q1)[None]
    weights, mean = net.attend(torch.tensor(features)[None])
    np.testing.assert_allclose(mean[0].detach(), expected, rtol=1e-12)
    share = alpha * beta / (alpha * beta).sum()
    np.testing.assert_allclose(weights[0].detach(), share, rtol=1e-12)
    np.testing.assert_allclose(net(torch.tensor(features)[None])[0].detach(), expected)
    # Without beta in the numerator the answer is another one.
    wrong = alpha @ pairs / (alpha * beta).sum()
    assert np.abs(wrong - expected).max() > 0.1

    found = self_attention(
        torch.tensor(features)[None], torch.tensor(features)[None], net.alpha
    )
    np.testing.assert_allclose(found[0][0].detach(), alpha, rtol=1e-12)
    np.testing.assert_allclose(found[1][0].detach(), whole, rtol=1e-12)
    found = relation_attention(
        found[0], torch.tensor(features)[None], found[1], net.beta, nn.Identity()
    )
    np.testing.assert_allclose(found[0][0].detach(), beta, rtol=1e-12)


def test_self_attention_stops_at_the_first_mean():
    net = FrameAttention("small", "self", 3).eval()
    assert not hasattr(net, "beta") and net.output[1].in_features == 128
    relation = FrameAttention("resnet18", "relation", 3)
    assert relation.output[1].in_features == 1024
    assert (relation.dropout.p, relation.output[0].p, net.output[0].p) == (
        0.5,
        0.6,
        0.5,
    )


@pytest.mark.parametrize("attention", ["relation", "self"])
def test_identical_frames_weigh_the_same_and_repeating_changes_nothing(attention):
    clips = example_clips(4, size=(32, 32), n_frames=6, color=True)
    model = FrameAttentionClassifier(
        "small",
        attention,
        size=(32, 32),
        epochs=2,
        validation_fraction=0,
        random_state=0,
    ).fit(clips, [0, 1, 0, 1])
    clip = clips[0].replace(frames=clips[0].frames[[0, 3, 0, 5, 3, 0]])
    weights = model.attention_weights([clip])[0]
    np.testing.assert_allclose(weights[[2, 5]], weights[0], rtol=1e-5)
    np.testing.assert_allclose(weights[4], weights[1], rtol=1e-5)
    assert weights.sum() == pytest.approx(1, abs=1e-6)
    one, three = clips[0].at([2]), clips[0].at([2, 2, 2])
    twice = Clip(np.repeat(clips[0].frames, 2, axis=0))
    rows = model.predict_proba([one, three, clips[0], twice])
    np.testing.assert_allclose(rows[0], rows[1], rtol=1e-5)
    np.testing.assert_allclose(rows[2], rows[3], rtol=1e-5)


def test_training_takes_one_frame_of_each_third(rng):
    found = np.array([part_frames(10, 3, rng) for _ in range(300)])
    assert [set(column) for column in found.T] == [{0, 1, 2}, {3, 4, 5, 6}, {7, 8, 9}]
    assert part_frames(1, 3, rng).tolist() == [0, 0, 0]
    assert (np.diff([part_frames(2, 3, rng) for _ in range(20)]) >= 0).all()


def test_flips_mirror_whole_clips_or_do_not(rng):
    clip = example_clips(1, size=(32, 32), color=True)[0].at([4])
    plain = standardize(take_frames(clip, [0, 0, 0], (32, 32), color=True))
    model = FrameAttentionClassifier(size=(32, 32))
    shown = [model._show(clip, rng) for _ in range(20)]
    assert {int((found == plain[..., ::-1]).all()) for found in shown} == {0, 1}
    assert all((f == plain).all() or (f == plain[..., ::-1]).all() for f in shown)
    np.testing.assert_array_equal(model._show(clip), plain[:1])
    model.set_params(flip=False)
    for _ in range(20):
        np.testing.assert_array_equal(model._show(clip, rng), plain)


def test_frames_in_parts_give_what_all_at_once_give(monkeypatch):
    """A long clip goes through the backbone in parts when predicting."""
    torch.manual_seed(0)
    net = FrameAttention("small", "relation", 3).eval()
    images = torch.randn(2, 5, 3, 32, 32)
    whole = net(images)
    monkeypatch.setattr("mefeat.deep._networks.CHUNK", 3)
    torch.testing.assert_close(net(images), whole)
    assert whole.shape == (2, 3)
