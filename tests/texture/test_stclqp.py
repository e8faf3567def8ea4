"""STCLQP: the completed patterns and their twin, the words, what fit learns."""

import pickle

import naive
import naive_texture
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from mefeat import Clip, ClipPipeline, Read
from mefeat.base import is_stateless
from mefeat.interpolate import TemporalInterpolation
from mefeat.kernels._stclqp import gradient_angles
from mefeat.regions import grid_regions
from mefeat.testing import DATA_FREE_CHECKS, estimator_checks, example_clips
from mefeat.texture import STCLQP, completed_lbp_top, lbp_top
from mefeat.texture._stclqp import quantize_codes


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize(
    ("n_points", "radius"), [(8, (1, 1, 1)), (4, (2, 1, 2)), (5, (1, 2, 1))]
)
def test_equals_the_slow_twin(rng, n_points, radius, dtype):
    volume = rng.integers(0, 64, (7, 11, 10)).astype(dtype)
    regions = rng.integers(-1, 2, (11, 10))
    options = {"n_points": n_points, "radius": radius, "n_times": 2}
    np.testing.assert_array_equal(
        completed_lbp_top(volume, regions, **options),
        naive_texture.completed_lbp_top(volume, regions, **options),
    )


def test_every_gradient_of_whole_numbers_has_the_nearest_angle():
    up, right = np.mgrid[-255:256, -255:256]
    n = up.size
    padded = np.zeros((3, n + 2, 3), np.float32)
    padded[1, 1:-1, 2], padded[2, 1:-1, 1] = right.ravel(), up.ravel()
    angles = np.zeros((1, n, 1), np.uint8)
    row, frame = 1, 3 * (n + 2)
    gradient_angles(padded, np.array([row, frame, -row, -frame]), angles)
    expected = np.floor(np.arctan2(up, right) * 128 / np.pi + 0.5).astype(int) % 256
    np.testing.assert_array_equal(angles.ravel(), expected.ravel())


def test_the_sign_is_lbp_top(rng):
    volume = rng.integers(0, 256, (6, 20, 18)).astype(np.uint8)
    regions = grid_regions((20, 18), (2, 2))
    counts = completed_lbp_top(volume, regions)
    every = lbp_top(volume, regions, mapping="all", norm=None)
    np.testing.assert_array_equal(counts[:, 0], every)
    assert (counts.sum(axis=3) == every.sum(axis=2)[:, None]).all()


def test_a_flat_volume_sets_every_bit():
    # All differ by nothing, which is the mean.
    for value in (0.1, 7):
        counts = completed_lbp_top(np.full((4, 6, 6), value))
        assert (counts[0, :, :, 255] == 2 * 4 * 4).all()


def test_as_many_words_as_codes_are_the_plain_histograms(rng):
    clips = example_clips(2)
    stclqp = STCLQP(n_words=256, grid=(2, 3)).fit(clips)
    assert (stclqp.tables_ == np.arange(256)).all()
    rows = stclqp.transform(clips).reshape(2, 6, 3, 3, 256)
    regions = grid_regions((72, 64), (2, 3))
    for clip, row in zip(clips, rows, strict=True):
        counts = completed_lbp_top(clip.frames, regions)
        np.testing.assert_array_equal(row, counts / counts.sum(axis=3, keepdims=True))
        sign = lbp_top(clip.frames, regions, mapping="all")
        np.testing.assert_array_equal(row[:, 0], sign)


def test_words_hold_what_their_codes_hold(rng):
    clip = example_clips(1)[0]
    stclqp = STCLQP(n_words=8, n_points=4, grid=(1, 1)).fit([clip])
    row = stclqp.transform([clip]).reshape(3, 3, 8)
    counts = completed_lbp_top(clip.frames, n_points=4)[0]
    for i, plane in np.ndindex(3, 3):
        slow = [counts[i, plane][stclqp.tables_[i, plane] == w].sum() for w in range(8)]
        np.testing.assert_allclose(row[i, plane], slow / counts[i, plane].sum())


def test_quantized_codes_are_a_local_best(rng):
    weights = rng.integers(0, 50, 64).astype(float)
    table = quantize_codes(weights, 8)
    bits = np.array([naive.bits_of(code, 6) for code in range(64)])
    assert sorted(set(table)) == list(range(8))
    assert [int(np.flatnonzero(table == w)[0]) for w in range(8)] == sorted(
        int(np.flatnonzero(table == w)[0]) for w in range(8)
    )
    centers = np.array(
        [
            np.average(bits[table == w], axis=0, weights=weights[table == w])
            for w in range(8)
        ]
    )
    distance = ((bits[:, None] - centers) ** 2).sum(axis=2)
    own = distance[np.arange(64), table]
    assert (own <= distance.min(axis=1) + 1e-12).all()
    np.testing.assert_array_equal(table, quantize_codes(weights, 8))


def test_words_are_learned_from_the_training_clips_alone(rng):
    clips = example_clips(4)
    noise = [
        clip.replace(frames=rng.integers(0, 256, clip.frames.shape).astype(np.uint8))
        for clip in clips
    ]
    first = STCLQP(n_words=8, grid=(1, 1)).fit(clips[:2])
    tables = first.tables_.copy()
    first.transform(noise)
    np.testing.assert_array_equal(first.tables_, tables)
    other = STCLQP(n_words=8, grid=(1, 1)).fit(noise)
    assert (other.tables_ != tables).any()
    alone = first.transform(clips[2:3])
    np.testing.assert_array_equal(alone[0], first.transform(clips)[2])


def test_kept_words_tell_the_classes_apart(rng):
    clips, y = example_clips(8), np.arange(8) % 2
    for i in np.flatnonzero(y):
        noise = rng.integers(0, 40, clips[i].frames.shape).astype(np.uint8)
        clips[i] = clips[i].replace(frames=clips[i].frames // 2 + noise)
    every = STCLQP(n_words=16, grid=(1, 1)).fit(clips)
    some = STCLQP(n_words=16, grid=(1, 1), keep=0.9).fit(clips, y)
    names = list(every.get_feature_names_out())
    kept = [names.index(name) for name in some.get_feature_names_out()]
    assert 9 <= len(kept) < len(names)
    np.testing.assert_array_equal(
        some.transform(clips), every.transform(clips)[:, kept]
    )
    with pytest.raises(ValueError, match="needs the class of each clip as y"):
        some.fit(clips)


def test_composes_behind_a_clip_pipeline():
    clips = example_clips(3)
    head = ClipPipeline([Read(), TemporalInterpolation(6)])
    model = make_pipeline(head, STCLQP(n_words=8, grid=(2, 2)))
    rows = model.fit_transform(clips)
    assert not is_stateless(model)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.transform(clips), rows)
    table = clone(model).set_output(transform="pandas").fit_transform(clips)
    assert list(table.columns) == list(model[-1].get_feature_names_out())
    with pytest.raises(TypeError, match="put it behind the ClipPipeline"):
        ClipPipeline([STCLQP()]).fit(clips)


@pytest.mark.parametrize("check", DATA_FREE_CHECKS)
def test_is_an_estimator(check):
    getattr(estimator_checks, check)("STCLQP", STCLQP())


def test_bad_input_is_named():
    clip = Clip(frames=np.zeros((3, 40, 40), np.uint8))
    with pytest.raises(ValueError, match="n_words must be 1 to 16, got 17"):
        STCLQP(n_words=17, n_points=4).fit([clip])
    with pytest.raises(ValueError, match="n_points must be 1 to 8, got 9"):
        STCLQP(n_points=9).fit([clip])
    short = clip.at([0, 1])
    for method in (STCLQP().fit, STCLQP().fit([clip]).transform):
        with pytest.raises(ValueError, match="at least 3 frames") as caught:
            method([clip, short])
        assert caught.value.__notes__ == [f"while X[1], {short!r}, was in STCLQP()"]
    with pytest.raises(ValueError, match="blocks of 1x1 pixels are smaller"):
        STCLQP(grid=(40, 40)).fit([clip])
    with pytest.raises(TypeError, match=r"X\[0\] must be a Clip"):
        STCLQP().fit([0])


@pytest.mark.parametrize(
    ("shape", "radius"),
    [((7, 20, 33), (1, 1, 1)), ((5, 40, 200), (1, 1, 1)), ((70, 6, 9), (2, 1, 3))],
)
def test_whole_numbers_are_coded_alike_in_any_dtype(rng, shape, radius):
    # Bytes take tables and some frames at a time, floats take polynomials and all.
    volume = rng.integers(0, 256, shape).astype(np.uint8)
    bytes_ = completed_lbp_top(volume, radius=radius)
    for dtype in (np.float32, np.float64):
        floats = completed_lbp_top(volume.astype(dtype), radius=radius)
        np.testing.assert_array_equal(floats, bytes_)
