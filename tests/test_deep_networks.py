"""The networks against known answers: layers, formulas, counts, scores."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from mefeat.clip import Clip
from mefeat.deep import convolution_cost, mobile_cost, unit_scores
from mefeat.deep.pictures import (
    apex_picture,
    part_frames,
    spread_frames,
    standardize,
    take_frames,
)
from mefeat.deep.scores import positive_weights
from mefeat.testing import example_clips

torch = pytest.importorskip("torch", reason="needs torch, of the extra deep")
from torch import nn  # noqa: E402

from mefeat.deep import (  # noqa: E402
    ActionUnitNet,
    AutoencoderRNNClassifier,
    FrameAttentionClassifier,
)
from mefeat.deep._networks import (  # noqa: E402
    VGG16,
    ApexNet,
    AutoencoderRNN,
    FrameAttention,
    MobileNet3D,
    ResNet18,
    count_cost,
)
from mefeat.deep._networks.attention import (  # noqa: E402
    relation_attention,
    self_attention,
)
from mefeat.deep.lessons import expression_lessons  # noqa: E402


def test_the_apex_network_has_47_layers():
    kinds = [type(layer) for layer in ApexNet(32, 7).features] + [nn.Linear]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    assert counts == {
        nn.Conv2d: 14,
        nn.BatchNorm2d: 14,
        nn.ReLU: 14,
        nn.MaxPool2d: 4,
        nn.Linear: 1,
    }
    assert len(kinds) == 42 + 4 + 1
    layers = [m for m in ApexNet(32, 7).modules() if not list(m.children())]
    assert len(layers) == 47


def test_resnet_and_vgg_have_the_parameters_of_their_papers():
    with torch.device("meta"):  # shapes alone
        networks = {"resnet18": ResNet18(), "vgg16": VGG16(1, 1000)}
    count = {k: sum(p.numel() for p in n.parameters()) for k, n in networks.items()}
    count["resnet18"] += 513 * 1000  # its last layer
    assert count == {"resnet18": 11_689_512, "vgg16": 138_357_544}
    assert ResNet18()(torch.zeros(2, 3, 64, 64)).shape == (2, 512)
    assert ResNet18(16).n_features == 128


def test_depthwise_cost_is_the_closed_formula():
    for n_in, n_out, kernel, positions in [
        (16, 32, (3, 3, 3), 10),
        (5, 7, (1, 3, 2), 4),
    ]:
        full = convolution_cost(n_in, n_out, kernel, positions)
        both = convolution_cost(n_in, n_out, kernel, positions, separable=True)
        volume = np.prod(kernel)
        assert full == (volume * n_in * n_out, volume * n_in * n_out * positions)
        for less, much in zip(both, full, strict=True):
            assert less / much == pytest.approx(1 / n_out + 1 / volume)


@pytest.mark.parametrize("width", [0.25, 1.0])
@pytest.mark.parametrize("size", [(32, 32), (50, 34)])
def test_the_formula_counts_the_network(width, size):
    network = MobileNet3D(width, 27)
    found = count_cost(network, (1, 3, 4, *size))
    assert found == mobile_cost(27, 4, size, width)


def test_the_formula_counts_full_convolutions():
    """In a copy whose depthwise and pointwise pairs are replaced by one each."""
    network = MobileNet3D(0.25, 3)
    for block in network.features:
        if not hasattr(block, "steps"):
            continue
        *before, depth, _, relu, point, norm = block.steps
        full = nn.Conv3d(
            depth.in_channels, point.out_channels, 3, depth.stride, 1, bias=False
        )
        block.steps = nn.Sequential(*before, full, norm, relu)
    found = count_cost(network, (1, 3, 4, 32, 32))
    assert found == mobile_cost(3, 4, (32, 32), 0.25, separable=False)


def test_mobilenet_depthwise_kernels_look_at_time():
    depth = [
        m
        for m in MobileNet3D(1, 3).modules()
        if isinstance(m, nn.Conv3d) and m.groups > 1
    ]
    assert len(depth) == 17
    assert all(m.kernel_size == (3, 3, 3) and m.groups == m.in_channels for m in depth)
    assert all(m.stride[0] == 1 for m in depth)


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
    net.alpha.weight.data = torch.tensor(q0)[None]
    net.beta.weight.data = torch.tensor(q1)[None]
    weights, mean = net.attend(torch.tensor(features)[None])
    np.testing.assert_allclose(mean[0].detach(), expected, rtol=1e-12)
    share = alpha * beta / (alpha * beta).sum()
    np.testing.assert_allclose(weights[0].detach(), share, rtol=1e-12)
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
    seen = {
        int((model._some_frames(clip, rng) == plain[..., ::-1]).all())
        for _ in range(20)
    }
    assert seen == {0, 1}
    model.set_params(flip=False)
    for _ in range(20):
        np.testing.assert_array_equal(model._some_frames(clip, rng), plain)


def test_an_autoencoder_overfits_eight_faces():
    """To a root mean square error of 6 gray levels, where they differ by 25."""
    clips = example_clips(8, size=(32, 32), n_frames=1)
    model = AutoencoderRNNClassifier(
        ("reconstruct",),
        size=(32, 32),
        n_code=32,
        pretrain_epochs=200,
        epochs=1,
        learning_rate=0.01,
        validation_fraction=0,
        random_state=0,
    ).fit(clips, np.arange(8) % 2)
    found = np.stack(model.reconstruct(clips))
    faces = np.stack([clip.frames for clip in clips]).astype(float)
    mean = faces.mean(axis=0)
    assert np.sqrt(((faces - mean) ** 2).mean()) > 25
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
    codes = [torch.randn(n, 4) for n in (3, 7, 1)]
    together = net.read(codes)
    alone = torch.cat([net.read([one]) for one in codes])
    torch.testing.assert_close(together, alone)
    # The last state, not that of the padding: frames count, and so does their order.
    assert not torch.allclose(net.read([codes[1].flip(0)]), alone[1:2])


def test_windows_lie_around_the_apex():
    frames = np.arange(20, dtype=np.uint8)[:, None, None, None] * np.ones(3, np.uint8)
    clip = Clip(np.ascontiguousarray(np.broadcast_to(frames, (20, 8, 8, 3))), apex=10)
    model = ActionUnitNet(size=(8, 8), n_frames=4, step=2)

    def shown(clip, rng=None):
        window = model._window(clip, rng)[0, :, 0, 0]
        return (window * 0.229 * 255 + 0.485 * 255).round().astype(int).tolist()

    assert shown(clip) == [6, 8, 10, 12]
    assert shown(clip.replace(apex=None)) == [5, 7, 9, 11]
    assert shown(clip.replace(apex=19)) == [15, 17, 19, 19]
    rng = np.random.default_rng(0)
    assert {shown(clip, rng)[2] for _ in range(60)} == {8, 9, 10, 11, 12}


def test_vgg_averages_the_scores_of_frames():
    torch.manual_seed(0)
    net = VGG16(0.05, 3).eval()
    x = torch.randn(2, 3, 4, 32, 32)
    singles = torch.stack([net(x[:, :, t : t + 1]) for t in range(4)])
    torch.testing.assert_close(net(x), singles.mean(dim=0), atol=1e-6, rtol=1e-4)


def test_units_are_given_as_a_matrix_or_as_sets():
    clips = example_clips(4, size=(32, 32), n_frames=4, color=True)
    model = ActionUnitNet(
        units=[4, 12],
        size=(32, 32),
        width=0.1,
        n_frames=2,
        epochs=1,
        validation_fraction=0,
        random_state=0,
    )
    sets = [{4}, {12, 6}, set(), {4, 12}]
    first = model.fit(clips, sets).predict_proba(clips)
    matrix = np.array([[1, 0], [0, 1], [0, 0], [1, 1]])
    np.testing.assert_array_equal(model.fit(clips, matrix).predict_proba(clips), first)
    assert model.predict(clips).dtype == bool and model.units_.tolist() == [4, 12]
    np.testing.assert_array_equal(model.predict(clips), first >= 0.5)
    model.set_params(units=None).fit(clips, sets)
    assert model.units_.tolist() == [4, 6, 12]
    with pytest.raises(ValueError, match="units must name"):
        model.fit(clips, matrix)


def test_positive_weights():
    shown = np.zeros((30, 4))
    shown[:10, 0] = shown[:1, 1] = shown[:, 3] = 1
    assert positive_weights(shown).tolist() == [2.0, 20.0, 1.0, 1.0]


def test_unit_scores_against_scikit_learn_and_by_hand(rng):
    shown = rng.random((40, 3)) < 0.3
    shown[:, 2] = False
    scores = rng.random((40, 3))
    table = unit_scores(shown, scores, [4, 12, 38])
    for column, unit in enumerate([4, 12]):
        own, row = shown[:, column], table.loc[unit]
        # By hand: the mean of the precision at each clip that shows the unit.
        order = np.argsort(-scores[:, column])
        ranked = own[order]
        precision = np.cumsum(ranked) / np.arange(1, 41)
        assert row["average_precision"] == pytest.approx(precision[ranked].mean())
        expected = average_precision_score(own, scores[:, column])
        assert row["average_precision"] == pytest.approx(expected)
        assert row["recall"] == (scores[own, column] >= 0.5).mean()
        assert row["accuracy"] == ((scores[:, column] >= 0.5) == own).mean()
        assert row["occurrence"] == own.mean()
    assert table.loc[38, "occurrence"] == 0
    assert np.isnan(table.loc[38, "average_precision"])
    pd.testing.assert_series_equal(
        table.loc["mean"], table.loc[[4, 12]].mean(), check_names=False
    )
    with pytest.raises(ValueError, match="a column for each of 2 units"):
        unit_scores(shown, scores, [4, 12])


def test_pictures_are_resized_padded_and_standardized():
    clip = Clip(np.full((3, 4, 6), 80, np.uint8), apex=1)
    found = apex_picture(clip, 16)[0]
    inside = np.zeros((16, 16), bool)
    inside[6:10, 5:11] = True
    assert len(set(found[inside])) == len(set(found[~inside])) == 1
    assert found.mean() == pytest.approx(0, abs=1e-6)
    assert found.std() == pytest.approx(1, abs=1e-6)
    large = Clip(np.full((1, 40, 20), 80, np.uint8), apex=0)
    assert (apex_picture(large, 16)[0, 0] > 0).sum() == 8
    assert not apex_picture(Clip(np.zeros((1, 8, 8), np.uint8), apex=0), 8).any()
    assert spread_frames(5, None).tolist() == [0, 1, 2, 3, 4]
    color = Clip(np.full((2, 4, 6, 3), (255, 0, 0), np.uint8))
    gray = take_frames(color, [1], (4, 6), color=False)
    assert gray.shape == (1, 1, 4, 6) and gray.flat[0] == pytest.approx(76.245)
    kept = take_frames(color, [0], (4, 6), color=True)
    assert kept[0, :, 0, 0].tolist() == [255, 0, 0]
