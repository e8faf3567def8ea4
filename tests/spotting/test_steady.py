"""Faces that keep their place where landmarks jitter or are missing."""

import numpy as np
import pytest
from naive_spotting import cubic, moved_difference, robust_fit
from scipy.ndimage import gaussian_filter

from mefeat import Clip
from mefeat.datasets import make_video
from mefeat.faces._crop import landmark_box
from mefeat.faces._tracking import Steadier, warp_face
from mefeat.kernels._registration import compare_moved, register_similarity
from mefeat.kernels._sampling import affine_inverse, sample_cubic
from mefeat.regions import grid_regions
from mefeat.spotting import Spotter, spot
from mefeat.spotting._faces import FaceStream
from mefeat.testing import face_layout


def smooth_noise(rng, shape, sigma):
    image = gaussian_filter(rng.normal(size=shape), sigma)
    return (128 + 40 * image / image.std()).astype(np.float32)


def similarity(right, down, growth=0.0, turn=0.0, middle=(60, 60)):
    linear = np.array([[1 + growth, -turn], [turn, 1 + growth]])
    shift = np.array([right, down]) + middle - linear @ middle
    return np.concatenate([linear, shift[:, None]], axis=1)


@pytest.fixture(scope="module")
def portrait():
    """A face three times as large as its video, so that it can move by any fraction."""
    clip, _ = make_video(
        *(0.5, 0), fps=10, size=(510, 420), blinks=False, noise=0, flicker=0
    )
    return clip.frames[0].astype(np.float32), clip.landmarks[0]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_cubic_samples_are_those_of_the_slow_twin(rng, dtype):
    frames = rng.integers(0, 256, (1, 9, 8)).astype(dtype)
    matrix = np.array([[1.1, 0.2, -0.7], [-0.1, 0.9, 0.6]])
    out = np.empty((1, 10, 9), np.float32)
    sample_cubic(frames, matrix[None], out)
    expected = cubic(frames[0].astype(float), matrix, (10, 9))
    np.testing.assert_allclose(out[0], expected, atol=2e-4)


def test_what_is_flat_stays_so_to_the_last_bit():
    frames = np.full((3, 12, 12), 77, np.uint8)
    maps = np.stack([similarity(x, 0.3, 0.01, 0.02) for x in (0.1, 0.5, 0.77)])
    assert (warp_face(frames, maps, (12, 12)) == 77).all()


def test_halfway_between_pixels_waves_are_kept_better_than_by_lines():
    x = np.arange(60)
    wave = np.tile(100 * np.sin(2 * np.pi * x / 6), (1, 12, 1)).astype(np.float32)
    maps = np.array([[[1, 0, -0.5], [0, 1, 0]]])
    expected = 100 * np.sin(2 * np.pi * (x + 0.5) / 6)
    sharp = warp_face(wave, maps, (12, 60))[0, 5]
    lines = Clip(wave).warp(maps, (12, 60)).frames[0, 5]
    errors = [np.abs(row - expected)[4:-4].max() for row in (sharp, lines)]
    assert errors[0] < 3 and errors[1] > 12


def test_residuals_are_those_of_the_slow_twin(rng):
    image = rng.random((11, 9)).astype(np.float32) * 100
    points, values = rng.random((30, 2)) * [8, 10], rng.random(30) * 100
    found = np.array([0.7, -1.3, 2.0, -1.5, 0.1, 3.0])
    out = np.empty(30)
    compare_moved(image, points, values, found, out)
    expected = moved_difference(image, points, values, found)
    np.testing.assert_allclose(out, expected, atol=1e-3)


def test_light_alone_is_the_robust_fit_of_the_slow_twin(rng):
    """Where slopes are 0 only light is fitted, and the problem is linear."""
    values = rng.random(80) * 100
    points = np.argwhere(np.ones((10, 8)))[:, ::-1].astype(float)
    image = (1.2 * values - 7 + rng.normal(0, 3, 80)).reshape(10, 8)
    image[:2] += 90
    terms = np.zeros((80, 6))
    terms[:, 4], terms[:, 5] = -values, -1
    out = np.zeros((1, 6))
    one = image[None].astype(np.float32)
    register_similarity(one, points, values, terms, 6, False, out)
    # A round ends early where nothing moves.
    expected = robust_fit(terms[:, 4:], image.ravel() - values, 1)
    np.testing.assert_allclose(out[0, 4:], expected, rtol=1e-3)
    assert not out[0, :4].any()


@pytest.mark.parametrize("acting", [False, True])
def test_maps_are_found_where_most_of_the_face_keeps_still(rng, acting):
    image = smooth_noise(rng, (120, 120), 3)
    regions = grid_regions((120, 120), (6, 6)).copy()
    regions[:8] = regions[-8:] = regions[:, :8] = regions[:, -8:] = -1
    jitter = rng.normal(0, 0.7, (40, 2))
    maps = np.stack([similarity(*move) for move in jitter])
    maps[7] = similarity(1.5, -1, 0.01, 0.012)
    frames = warp_face(np.repeat(image[None], 40, axis=0), maps, (120, 120))
    frames = 0.9 * frames + 6 + rng.normal(0, 2, frames.shape)
    if acting:  # a corner of the mouth
        frames[20:30, 70:100, 60:90] = rng.integers(0, 256, (10, 30, 30))
    still = np.repeat(similarity(0, 0)[None], 40, axis=0)
    steadier = Steadier(regions, 25)
    corrected = steadier.correct(frames.astype(np.float32), still, np.ones(40, bool))
    # What stays is common to all frames: where the reference lies.
    places = np.array([[30.0, 30], [90, 40], [50, 95]])
    seen = np.einsum("tij,pj->tpi", maps[:, :, :2], places) + maps[:, None, :, 2]
    back = np.einsum("tij,tpj->tpi", corrected[..., :2], seen)
    back += corrected[:, None, :, 2]
    assert np.abs(back - np.median(back, axis=0)).max() < 0.15


def test_frames_without_a_face_are_left_alone(rng):
    frames = rng.integers(0, 256, (10, 40, 40)).astype(np.uint8)
    maps = np.repeat(similarity(0, 0)[None], 10, axis=0)
    steadier = Steadier(grid_regions((40, 40), (2, 2)), 25)
    unseen = np.zeros(10, bool)
    np.testing.assert_array_equal(steadier.correct(frames, maps, unseen), maps)
    some = unseen.copy()
    some[:4] = True
    corrected = steadier.correct(frames, maps, some)
    np.testing.assert_allclose(corrected[4:], maps[4:], atol=1e-12)


def test_flat_images_move_nowhere():
    frames = np.zeros((10, 40, 40), np.uint8)
    maps = np.repeat(similarity(0, 0)[None], 10, axis=0)
    steadier = Steadier(grid_regions((40, 40), (2, 2)), 25)
    corrected = steadier.correct(frames, maps, np.ones(10, bool))
    np.testing.assert_allclose(corrected, maps, atol=1e-12)


def burst(portrait, n_frames=300, fps=100, noise=0.0):
    """The image moves out by 4 pixels and back within 0.3 s."""
    image, points = portrait
    t = np.clip((np.arange(n_frames) / fps - 1.5) / 0.3, 0, 1)
    path = 4 * np.sin(np.pi * t)[:, None] ** 2 * [1, 0.5]
    shown = {}
    for move in map(tuple, path):
        if move not in shown:
            moved = warp_face(
                image[None], similarity(*np.multiply(3, move))[None], image.shape
            )
            shown[move] = moved[0].reshape(170, 3, 140, 3).mean(axis=(1, 3))
    frames = np.stack([shown[tuple(move)] for move in path])
    frames = frames + np.random.default_rng(0).normal(0, noise, frames.shape)
    points = (points + 0.5) / 3 - 0.5 + path[:, None]
    return Clip(frames.clip(0, 255).round().astype(np.uint8), points, fps=fps)


@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_a_head_that_darts_aside_is_no_expression(portrait, noise):
    clip = burst(portrait, noise=noise)
    assert spot(clip) == []
    if not noise:
        assert spot(clip, steady=False) != []


def test_without_landmarks_the_images_hold_the_face(portrait):
    clip = burst(portrait).replace(landmarks=None)
    moved = {}
    for steady in (True, False):
        spotter = Spotter(face="box", steady=steady)
        moved[steady] = max(c.values.max() for c in spotter.curves(clip))
    assert moved[True] < moved[False] / 3


def test_maps_are_those_of_the_clip_where_images_shrink(rng):
    frames = rng.integers(0, 256, (2, 40, 40)).astype(np.uint8)
    maps = np.repeat(np.array([[[0.5, 0, 0], [0, 0.5, 0]]]), 2, axis=0)
    expected = Clip(frames).warp(maps, (20, 20)).frames
    np.testing.assert_array_equal(warp_face(frames, maps, (20, 20), 2), expected)
    assert affine_inverse(maps).shape == (2, 2, 3)


def test_a_head_that_comes_nearer_is_sampled_as_before(rng):
    size = (170, 140)
    points = face_layout(size)
    # Means of 2x2 samples would begin with 1.5.
    points *= 1.48 * size[0] / landmark_box(points[None], size)[2]
    nearer = 1.03 * (points - points.mean(axis=0)) + points.mean(axis=0)
    image = rng.integers(0, 256, (300, 240)).astype(np.uint8)
    stream = FaceStream(
        [image] * 256,
        fps=100,
        landmarks=np.repeat([points, nearer], 128, axis=0),
        steady=False,
    )
    before, after = stream.parts()
    assert 0.95 < after.std() / before.std() < 1.05
