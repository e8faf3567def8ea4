"""TIM against the original recipe, and what must stay as it is."""

import naive
import numpy as np
import pytest

from mefeat import Clip
from mefeat.interpolate import (
    TemporalInterpolation,
    linear_weights,
    temporal_interpolation,
    tim_weights,
)


def test_equals_the_original_code(reference):
    with np.load(reference / "tim.npz") as file:
        ours = temporal_interpolation(file["frames"], 10)
        assert np.abs(ours - file["to_10_frames"]).max() < 1e-10


@pytest.mark.parametrize(("n_in", "n_out"), [(2, 5), (7, 10), (30, 4)])
def test_equals_the_recipe_with_svd(rng, n_in, n_out):
    frames = rng.normal(size=(n_in, 60))
    slow = naive.tim_svd(frames, np.linspace(0, 1, n_out))
    np.testing.assert_allclose(temporal_interpolation(frames, n_out), slow, atol=1e-10)


@pytest.mark.parametrize("n_in", [1, 2, 9, 50])
def test_weights_equal_the_closed_form_and_sum_to_one(n_in):
    positions = np.linspace(0, 1, 7)
    weights = tim_weights(n_in, positions)
    np.testing.assert_allclose(weights, naive.tim_matrix(n_in, positions).T, atol=1e-12)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(linear_weights(n_in, positions).sum(axis=1), 1)


@pytest.mark.parametrize("method", ["tim", "linear"])
def test_as_many_frames_as_before_are_the_same_frames(rng, method):
    frames = rng.uniform(0, 255, (12, 5, 4))
    again = temporal_interpolation(frames, 12, method=method)
    np.testing.assert_allclose(again, frames, atol=1e-9)
    ends = temporal_interpolation(frames, 5, method=method)[[0, -1]]
    np.testing.assert_allclose(ends, frames[[0, -1]], atol=1e-9)


@pytest.mark.parametrize("method", ["tim", "linear"])
def test_what_does_not_change_stays_to_the_last_bit(rng, method):
    image = rng.uniform(0, 255, (1, 150, 140)).astype(np.float32)
    frames = np.repeat(image, 33, axis=0)
    frames[7, 3, 3] = 0
    out = temporal_interpolation(frames, 10, method=method)
    still = np.ones((150, 140), bool)
    still[3, 3] = False
    assert (out[:, still] == image[:, still]).all()
    assert not (out[:, 3, 3] == image[:, 3, 3]).all()


def test_one_frame_is_repeated_and_one_wanted_is_the_first(rng):
    frames = rng.uniform(0, 255, (1, 3, 3))
    assert (temporal_interpolation(frames, 4) == frames).all()
    frames = rng.uniform(0, 255, (6, 3, 3))
    np.testing.assert_allclose(temporal_interpolation(frames, 1)[0], frames[0])


def test_precision_follows_the_input(rng):
    frames = rng.integers(0, 256, (9, 4, 4))
    double = temporal_interpolation(frames.astype(np.float64), 5)
    single = temporal_interpolation(frames.astype(np.uint8), 5)
    assert (double.dtype, single.dtype) == (np.float64, np.float32)
    np.testing.assert_allclose(single, double, atol=1e-3)


def test_the_stage_moves_all_that_belongs_to_the_clip():
    landmarks = np.zeros((21, 68, 2))
    landmarks[:, :, 0] = np.arange(21)[:, None]
    frames = np.zeros((21, 6, 6), np.uint8)
    frames[10] = 255  # weights of TIM overshoot beside a step
    clip = Clip(frames, landmarks, onset=2, apex=10, offset=20, fps=200)
    out = TemporalInterpolation(41).apply(clip)
    assert (out.onset, out.apex, out.offset, out.fps) == (4, 20, 40, 400)
    np.testing.assert_allclose(out.landmarks[:, 5, 0], np.arange(41) / 2)
    assert out.frames.min() == 0
    assert out.frames.max() <= 255
    assert temporal_interpolation(frames, 41).min() < 0


def test_color_clips(rng):
    frames = rng.integers(0, 256, (9, 4, 4, 3)).astype(np.uint8)
    out = TemporalInterpolation(5).apply(Clip(frames=frames))
    gray = TemporalInterpolation(5).apply(Clip(frames=frames[..., 1]))
    np.testing.assert_allclose(out.frames[..., 1], gray.frames, atol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((np.zeros((0, 3)), 5), {}, "must not be empty"),
        ((np.zeros((4, 3)), 0), {}, "n_frames must be at least 1, got 0"),
        ((np.zeros((4, 3)), 2), {"method": "cubic"}, "among .*tim.*, got 'cubic'"),
    ],
)
def test_bad_arguments_are_named(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        temporal_interpolation(*arguments, **options)


def test_one_frame_is_not_stretched():
    clip = Clip(frames=np.zeros((1, 8, 8), np.uint8))
    with pytest.raises(ValueError, match="at least 2 frames, got 1"):
        TemporalInterpolation(10).apply(clip)
    assert len(TemporalInterpolation(1).apply(clip).frames) == 1
