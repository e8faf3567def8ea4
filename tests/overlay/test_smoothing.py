"""Landmarks and vectors smoothed in time."""

from functools import partial

import naive_overlay as naive
import numpy as np
import pytest
from scipy.signal import savgol_filter

from mefeat.faces._tracking import SMOOTHERS, apart, one_euro, savgol
from mefeat.overlay._tracking import calmed, nearness, windows


def wander(rng, n_frames, n_points=3):
    return rng.normal(size=(n_frames, n_points, 2)).cumsum(axis=0) + 50


# Smoothing


@pytest.mark.parametrize("n_frames", [1, 2, 6, 7, 8, 20])
def test_savgol_is_its_slow_twin(rng, n_frames):
    points = wander(rng, n_frames)
    smooth = np.stack(list(savgol(iter(points), window=7)))
    np.testing.assert_allclose(smooth, naive.savgol(points, 7, 2), atol=1e-9)


def test_savgol_is_scipys_on_long_rows(rng):
    points = wander(rng, 30)
    expected = savgol_filter(points, 9, 2, axis=0, mode="interp")
    smooth = np.stack(list(savgol(points, window=9)))
    np.testing.assert_allclose(smooth, expected, atol=1e-9)


def test_savgol_is_late_by_no_more_than_its_window(rng):
    taken = []

    def points():
        for t, point in enumerate(wander(rng, 40)):
            taken.append(t)
            yield point

    for t, _ in enumerate(savgol(points(), window=7)):
        assert taken[-1] - t <= 6


def test_stretches_with_a_face_are_smoothed_apart(rng):
    points = wander(rng, 21)
    points[9] = np.nan
    for smoother in SMOOTHERS.values():
        smooth = np.stack(list(smoother(points, 30)))
        assert np.isnan(smooth[9]).all()
        for part in (slice(0, 9), slice(10, 21)):
            alone = np.stack(list(smoother(points[part], 30)))
            np.testing.assert_allclose(smooth[part], alone, atol=1e-12)


@pytest.mark.parametrize("name", SMOOTHERS)
def test_points_that_stay_are_not_touched(name):
    still = np.full((9, 4, 2), 0.1)
    assert (np.stack(list(SMOOTHERS[name](still, 30))) == still).all()


def test_one_euro_is_its_slow_twin(rng):
    values = wander(rng, 30, 1)[:, 0, 0]
    points = values[:, None, None]
    smooth = list(one_euro(points, 50, least_cutoff=2.0, slope=0.3, speed_cutoff=1.5))
    expected = naive.one_euro(values, 50, 2.0, 0.3, 1.5)
    np.testing.assert_allclose(np.ravel(smooth), expected, atol=1e-9)


@pytest.mark.parametrize(("name", "speed"), [("savgol", 20), ("one_euro", 0.5)])
def test_smoothing_takes_jitter_and_leaves_slow_motion(rng, name, speed):
    t = np.arange(100) / 50
    path = speed * np.sin(t)[:, None, None] + np.zeros((1, 5, 2))
    noisy = path + rng.normal(scale=0.5, size=path.shape)
    smooth = np.stack(list(SMOOTHERS[name](noisy, 50)))
    settled = slice(20, None)
    jitter = np.diff(noisy - path, axis=0)[settled].std()
    assert np.diff(smooth - path, axis=0)[settled].std() < 0.35 * jitter


@pytest.mark.parametrize("window", [2, 6, 1])
def test_savgol_refuses_windows(window):
    with pytest.raises(ValueError, match="window must be odd and above 2"):
        savgol([], window=window)


def test_rows_are_smoothed_apart(rng):
    points = wander(rng, 20)
    points[12:] += 100
    pairs = ((p, t == 12) for t, p in enumerate(points))
    smooth = list(apart(partial(savgol, window=7), pairs))
    assert len(smooth) == 20
    for part in (slice(0, 12), slice(12, 20)):
        alone = np.stack(list(savgol(points[part], window=7)))
        np.testing.assert_allclose(np.stack(smooth[part]), alone, atol=1e-9)


# Vectors


@pytest.mark.parametrize("fps", [30, 50, 100, 200])
def test_calm_vectors_keep_short_peaks_and_lose_noise(rng, fps):
    """A tenth of a second, in a corner of the grid; all points tremble."""
    t, points = np.arange(fps) / fps, np.argwhere(np.ones((12, 12))) * 15.0
    rise = np.clip(1 - (np.abs(t - 0.5) / 0.05), 0, 1)
    rise = np.sin(np.pi / 2 * rise) ** 2
    truth = np.zeros((fps, 144, 2))
    corner = (points < 60).all(axis=1)
    truth[:, corner] = rise[:, None, None] * [1.0, -0.5]
    noisy = truth + rng.normal(scale=0.1, size=truth.shape)
    weights = nearness(points, points)
    calm = np.stack(list(calmed(noisy, lambda: weights, fps)))
    fitted = np.stack(list(savgol(noisy, window=windows(fps)[1])))

    def height(found):
        peak = rise.argmax()
        return (found * truth)[peak].sum() / (truth[peak] ** 2).sum()

    def jitter(found):
        return np.diff((found - truth)[:, ~corner], axis=0).std()

    assert height(calm) > max(0.85, height(fitted) - 0.02)
    assert jitter(calm) < 1.1 * jitter(fitted) < 0.8 * jitter(noisy)


def test_calm_vectors_that_do_not_move_stay_and_gaps_stay_gaps():
    vectors = np.full((9, 5, 2), 0.3)
    vectors[4] = np.nan
    calm = np.stack(list(calmed(vectors, lambda: np.eye(5), 30)))
    assert np.isnan(calm[4]).all()
    np.testing.assert_allclose(np.delete(calm, 4, axis=0), 0.3, atol=1e-12)


def test_the_near_weigh_more(rng):
    points = rng.uniform(0, 100, (30, 2))
    weights = nearness(points[:4], points)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    for i in range(4):
        far = np.hypot(*(points - points[i]).T)
        assert (np.argsort(far) == np.argsort(-weights[i], kind="stable")).all()
    # A part of the face far from all points asks the nearest one.
    assert nearness(np.array([[9e9, 0.0]]), points).max() > 0
