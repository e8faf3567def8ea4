"""Global Lagrangian magnification: known motions, and what must stay as it is."""

import cv2
import naive_magnify as naive
import numpy as np
import pytest

from mefeat import Clip
from mefeat.magnify import GlobalLagrangianMagnification
from mefeat.magnify._lagrangian import (
    about_mean_shape,
    carry,
    exaggerate,
    motion_courses,
    reference_flow,
)

SIZE = (80, 72)
CENTER = (40.0, 36.0)


def bump(width=13.0):
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    squares = (y - CENTER[0]) ** 2 + (x - CENTER[1]) ** 2
    return np.exp(-squares / (2 * width**2))


def scene(amplitude, direction=(1.0, 0.5)):
    """A blob on a texture, moved by a known bump of displacement."""
    field = np.stack([amplitude * d * bump() for d in direction])
    x, y = naive.fixed_point(field, 60)
    blob = np.exp(-((x - CENTER[1]) ** 2 + (y - CENTER[0]) ** 2) / (2 * 4**2))
    return 100 + 25 * np.sin(x / 5) * np.cos(y / 6) + 100 * blob


def course(n_frames=9):
    wave = np.sin(2 * np.pi * np.arange(n_frames) / n_frames)
    return 1.5 * (wave - wave.mean())


def true_solver(frames, amplitudes, direction=(1.0, 0.5)):
    """Make a solver that knows how each frame was moved from the mean shape."""
    fields = [np.stack([a * d * bump() for d in direction]) for a in amplitudes]

    def solve(first, second):
        i, j = (
            int(np.argmin([np.abs(f - p).sum() for f in frames]))
            for p in (first, second)
        )
        points = naive.fixed_point(fields[i], 60)
        return naive.sample(fields[j] - fields[i], points).astype(np.float32)

    return solve


def place(frames):
    """Place of the blob, by the center of what is bright."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    light = np.maximum(frames - 150, 0)
    total = light.sum(axis=(1, 2))
    return np.stack([(light * c).sum(axis=(1, 2)) / total for c in (x, y)], axis=1)


@pytest.fixture(scope="module")
def moving():
    return np.stack([scene(a) for a in course()]).astype(np.float32)


@pytest.mark.parametrize("onset", [0, 4])
def test_a_blob_moves_alpha_times_as_far_about_its_mean_place(moving, onset):
    clip = Clip(frames=moving, onset=onset)
    solver = true_solver(moving, course())
    stage = GlobalLagrangianMagnification(3, solver=solver, smoothing_px=0)
    out = stage.apply(clip)
    truth = np.stack([scene(3 * a) for a in course()])
    # Each image is sampled bilinearly once: the texture's curvature is what is lost.
    assert np.abs(out.frames - truth).max() < 2.5
    np.testing.assert_allclose(place(out.frames), place(truth), atol=0.05)
    far = np.ptp(place(out.frames), axis=0) / np.ptp(place(moving), axis=0)
    np.testing.assert_allclose(far, 3, rtol=0.05)


@pytest.mark.parametrize("solver", ["dis", "farneback"])
def test_a_blob_moves_further_by_a_real_solver_too(moving, solver):
    out = GlobalLagrangianMagnification(3, solver=solver).apply(Clip(frames=moving))
    far = np.ptp(place(out.frames), axis=0) / np.ptp(place(moving), axis=0)
    np.testing.assert_allclose(far, 3, rtol=0.2)


@pytest.mark.parametrize("solver", ["dis", "farneback"])
def test_alpha_one_with_all_components_gives_the_clip_back(moving, solver):
    clip = Clip(frames=moving, landmarks=np.full((9, 5, 2), 30.0))
    stage = GlobalLagrangianMagnification(1, components=None, solver=solver)
    out = stage.apply(clip)
    np.testing.assert_allclose(out.frames, moving, atol=1e-2)
    np.testing.assert_allclose(out.landmarks, clip.landmarks, atol=1e-3)


def test_a_motion_of_rank_one_has_one_component(rng):
    waves = rng.normal(size=(10, 3))
    waves -= waves.mean(axis=0)
    waves = np.linalg.qr(waves)[0]
    shapes = np.linalg.qr(rng.normal(size=(200, 3)))[0].T
    one = waves[:, :1] * 5 @ shapes[:1]
    assert motion_courses(one, None).shape == (10, 1)
    three = waves * [10, 3, 1] @ shapes  # variances 100 : 9 : 1
    assert motion_courses(three, 0.9).shape == (10, 1)
    assert motion_courses(three, 0.95).shape == (10, 2)
    assert motion_courses(three, None).shape == (10, 3)
    assert motion_courses(three, 7).shape == (10, 3)
    assert motion_courses(0 * three, None).shape == (10, 0)
    courses = motion_courses(three, 2)
    np.testing.assert_allclose(np.abs(courses.T @ waves[:, :2]), np.eye(2), atol=1e-12)
    single = motion_courses(one.astype(np.float32), None)
    assert single.shape == (10, 1)


def test_noise_beside_the_main_motion_is_dropped(rng):
    wave = course()[:, None, None, None] * np.stack([bump(), 0 * bump()])
    noise = rng.normal(size=wave.shape) * 0.02
    kept = exaggerate(wave + noise - noise.mean(axis=0), alpha=1, components=1)
    assert np.abs(kept - wave).mean() < 0.5 * np.abs(noise).mean()


def smooth_flow(rng, n_frames=6):
    flow = rng.normal(size=(n_frames, 2, *SIZE))
    flow = np.stack(
        [[cv2.GaussianBlur(f, (0, 0), 8) for f in fields] for fields in flow]
    )
    flow *= 1.5 / flow.std()
    flow[0] = 0
    return flow


def test_equals_the_slow_twin(rng):
    flow = smooth_flow(rng)
    before = about_mean_shape(flow)
    np.testing.assert_allclose(before, naive.about_mean_shape(flow), atol=1e-3)
    np.testing.assert_allclose(before.mean(axis=0), 0, atol=1e-12)
    after = exaggerate(before, alpha=2, components=3)
    np.testing.assert_allclose(after, naive.exaggerate(before, 2, 3), atol=1e-9)
    frames = cv2.GaussianBlur(rng.uniform(0, 255, SIZE), (0, 0), 2)[None].repeat(6, 0)
    solver = iter(flow[1:].astype(np.float32))
    frames += np.arange(6)[:, None, None] * 1e-3  # the solver is asked for each
    out = GlobalLagrangianMagnification(
        2, 3, solver=lambda first, second: next(solver), smoothing_px=0
    ).apply(Clip(frames=frames))
    np.testing.assert_allclose(out.frames, naive.warp(frames, before, after), atol=2e-2)


def test_points_are_carried_from_one_shape_to_the_other(rng):
    start, end = smooth_flow(rng)[1:3]
    rest = rng.uniform(10, 60, (20, 2))
    before, after = (
        rest + naive.sample(field, rest.T[:, None])[:, 0].T for field in (start, end)
    )
    np.testing.assert_allclose(carry(before, start, end), after, atol=1e-3)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_points_that_are_nowhere_are_carried_nowhere(wrong):
    fields = np.ones((2, 9, 9))
    carried = carry(np.array([[wrong, 4.0], [4.0, 4.0]]), fields, 2 * fields)
    assert np.isnan(carried[0]).all()
    assert carried[1] == pytest.approx([5, 5])


def test_landmarks_move_with_the_image(moving):
    solver = true_solver(moving, course())
    rest = np.stack(np.meshgrid([22.0, 36.0, 41.0], [33.0, 40.0]), -1).reshape(-1, 2)
    field = np.stack([bump(), 0.5 * bump()])
    moved = naive.sample(field, rest.T[:, None])[:, 0].T
    landmarks = rest + course()[:, None, None] * moved
    clip = Clip(frames=moving, landmarks=landmarks, apex=3, fps=100)
    stage = GlobalLagrangianMagnification(3, solver=solver, smoothing_px=0)
    out = stage.apply(clip)
    expected = rest + 3 * course()[:, None, None] * moved
    np.testing.assert_allclose(out.landmarks, expected, atol=0.02)
    assert (out.apex, out.fps) == (3, 100)


def test_flow_from_the_reference_is_smoothed():
    frames = np.zeros((3, 32, 32), np.uint8)
    frames[1] = 1
    spike = np.zeros((2, 32, 32), np.float32)
    spike[0, 16, 16] = 1
    flow = reference_flow(frames, solver=lambda first, second: spike)
    assert flow[[0, 2]].max() == 0
    assert 0.1 < flow[1].max() < 0.2  # 1 / (2 pi)
    assert flow[1].sum() == pytest.approx(1, abs=1e-3)
