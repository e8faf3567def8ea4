"""Weights of blocks, learned on some faces for others."""

import numpy as np
import pytest
from sklearn.base import clone

from mefeat.clip import Interval
from mefeat.datasets import make_video
from mefeat.regions import grid_regions
from mefeat.spotting import Spotter, difference_curve
from mefeat.spotting._faces import FaceStream
from mefeat.spotting._regions import fisher_weights
from mefeat.spotting._spotter import measure_scales

N_BLOCKS = 36


@pytest.fixture(scope="module")
def video():
    """One expression, at a rate that makes the flow of every frame cheap."""
    return make_video(4, 1, amplitude=3, fps=25, random_state=0)


@pytest.fixture(scope="module")
def spotter(video):
    """A spotter that learned from the whole face."""
    clip, truth = video
    return Spotter("cfd").fit([clip], [truth])


def without(clip, left, top):
    """Cut columns and rows off, and with them a part of the face."""
    return clip.replace(
        frames=clip.frames[:, top:, left:], landmarks=clip.landmarks - [left, top]
    )


def face_of(clip):
    """Give the face as the default spotter reads it."""
    return FaceStream(clip, steady=True, smoothing_s=Spotter().smoothing_s)


def grid_numbers(stream):
    """Read off which block of the grid the pixels of each block lie in."""
    grid = grid_regions(stream.size, (6, 6))
    numbers = []
    for block in range(stream.regions.max() + 1):
        (number,) = set(grid[stream.regions == block])
        numbers.append(number)
    return np.array(numbers)


def test_weights_are_learned_for_the_blocks_of_the_face(video, spotter):
    clip, truth = video
    fresh = clone(spotter)
    with pytest.raises(ValueError, match="fit it to training videos first"):
        fresh.spot(clip)
    with pytest.raises(ValueError, match="a list of intervals for each of 1 videos"):
        fresh.fit([clip])
    weights = spotter.weights_.reshape(2, N_BLOCKS)
    stream = face_of(clip)
    measure_scales(stream, [0.5])
    seen = grid_numbers(stream)
    assert len(seen) < N_BLOCKS
    assert weights[:, seen].mean() == pytest.approx(1)
    assert (weights[:, seen] >= 0).all()
    assert not np.delete(weights, seen, axis=1).any()
    assert all(isinstance(i, Interval) for i in spotter.spot(clip))


@pytest.mark.parametrize(("left", "top"), [(50, 0), (0, 50)])
def test_blocks_of_another_face_get_the_very_weights_learned(video, spotter, left, top):
    other = without(video[0], left, top)
    stream = face_of(other)
    scales = measure_scales(stream, [0.5, 2.0], feature="cfd")
    weights = spotter.weights_.reshape(2, N_BLOCKS)[:, grid_numbers(stream)].ravel()
    assert 0 < len(weights) < np.count_nonzero(spotter.weights_)
    for scale, curve in zip(scales, spotter.curves(other), strict=True):
        expected = difference_curve(
            scale.distances, 4, usual=scale.usual, weights=weights
        )
        np.testing.assert_allclose(curve.values, expected)


def test_blocks_that_no_training_face_had_count_nothing(video, spotter):
    clip, truth = video
    parts = [without(clip, 50, 0), without(clip, 0, 50)]
    few = clone(spotter).fit(parts, [truth, truth])
    assert few.weights_.shape == spotter.weights_.shape
    seen = [few.weights_ > 0, spotter.weights_ > 0]
    assert np.count_nonzero(seen[0]) < np.count_nonzero(seen[1])
    assert not (seen[0] & ~seen[1]).any()
    assert all(np.isfinite(curve.values).all() for curve in few.curves(clip))


def test_a_block_is_weighed_by_the_videos_that_have_it():
    # The last is known of rest alone, and weighs nothing.
    nan = np.nan
    first = np.array(
        [[8, 4, nan, nan], [9, 4, nan, nan], [0, 0, nan, 7], [1, 0, nan, 7]]
    )
    second = np.array(
        [[nan, 6, 2, nan], [nan, 6, 3, nan], [nan, 2, 6, 7], [nan, 2, 7, 7]]
    )
    weights = fisher_weights([first, second], [[Interval(0, 0, 1)]] * 2)
    # 8^2 / (1/4 + 1/4), 4^2 / (1 + 1) and 4^2 / (1/4 + 1/4); their mean is 56.
    np.testing.assert_allclose(weights, np.array([128, 8, 32, 0]) / 56)


def test_weights_need_both_kinds_of_frames(rng):
    with pytest.raises(ValueError, match="got 0 of 9"):
        fisher_weights([rng.random((9, 3))], [[]])
