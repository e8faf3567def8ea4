"""Flow of known motions by every solver, and slow twins of our own."""

import cv2
import naive_flow
import numpy as np
import pytest
from scipy.ndimage import map_coordinates
from skimage.data import astronaut

from mefeat.clip import luma
from mefeat.datasets import make_clips
from mefeat.flow import SOLVERS, lucas_kanade, optical_flow, tvl1
from mefeat.kernels import _tvl1 as kernel
from mefeat.kernels._lucas_kanade import refine_lucas_kanade

SIZE = (110, 96)
MIDDLE = np.s_[8:-8, 8:-8]

# Mean end-point error of each solver inside of the image, pixels.
MOTIONS = {
    "translation": lambda x, y: (0.8 + 0 * x, -0.4 + 0 * y),
    "rotation": lambda x, y: (-0.02 * y, 0.02 * x),
    "scaling": lambda x, y: (0.02 * x, 0.02 * y),
}
TOLERANCES = {
    "tvl1": 0.06,
    "tvl1_opencv": 0.06,
    "farneback": 0.2,
    "dis": 0.15,
    "dis_fast": 0.25,
    "dis_ultrafast": 0.35,
    "rlof": 0.15,
    "lucas_kanade": 0.13,
    "ilk": 0.15,
    "tvl1_skimage": 0.1,
}


def moved_face(name):
    """A face before and after a known motion, and its flow."""
    height, width = SIZE
    face = luma(astronaut()[None, :270, 95:331])[0]
    face = cv2.resize(face, (width + 40, height + 40), interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    u, v = MOTIONS[name](x - width / 2, y - height / 2)
    first = map_coordinates(face, [y + v + 20, x + u + 20], order=5)
    second = face[20 : 20 + height, 20 : 20 + width]
    images = (np.clip(np.rint(p), 0, 255).astype(np.uint8) for p in (first, second))
    return *images, np.stack([u, v])


def error(flow, truth):
    return np.hypot(*(flow - truth))[MIDDLE].mean()


def test_every_solver_has_a_stated_tolerance():
    assert set(TOLERANCES) == set(SOLVERS)


@pytest.mark.parametrize("solver", TOLERANCES)
@pytest.mark.parametrize("motion", MOTIONS)
def test_solvers_recover_the_motion_of_a_face(motion, solver):
    first, second, truth = moved_face(motion)
    flow = optical_flow(first, second, solver)
    assert flow.shape == (2, *SIZE)
    assert flow.dtype == np.float32
    assert error(flow, truth) < TOLERANCES[solver]
    assert error(flow, truth) < 0.5 * error(0 * truth, truth)


def test_our_tvl1_is_no_worse_than_opencv_on_a_face():
    errors = []
    for motion in MOTIONS:
        first, second, truth = moved_face(motion)
        for solver in ("tvl1", "tvl1_opencv"):
            errors.append(error(optical_flow(first, second, solver), truth))
    ours, theirs = np.reshape(errors, (-1, 2)).mean(axis=0)
    assert ours <= theirs


def test_our_tvl1_is_no_worse_than_opencv_on_generated_clips():
    bunch = make_clips(3, 1, ("surprise", "disgust"), fps=50)
    errors = []
    for clip, flow in zip(bunch.clips, bunch.flow, strict=True):
        for solver in ("tvl1", "tvl1_opencv"):
            found = optical_flow(
                clip.frames[clip.onset], clip.frames[clip.apex], solver
            )
            errors.append(np.hypot(*(found - flow)).mean())
    ours, theirs = np.reshape(errors, (-1, 2)).mean(axis=0)
    assert ours <= theirs


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_same_image_twice_does_not_move(solver):
    image = moved_face("translation")[0]
    flow = optical_flow(image, image, solver)
    if solver == "farneback":
        assert np.abs(flow).max() < 1
        assert np.abs(flow[:, 16:-16, 16:-16]).max() < 0.1
    elif solver == "rlof":
        assert np.abs(flow).mean() < 0.02
        assert np.abs(flow).max() < 0.5
    else:
        assert not flow.any()


@pytest.mark.parametrize("solver", SOLVERS)
def test_solvers_do_not_care_how_gray_values_are_stored(solver):
    first, second, _ = moved_face("translation")
    expected = optical_flow(first, second, solver)
    kinds = {
        "int32": lambda p: p.astype(np.int32),
        "float32": lambda p: p.astype(np.float32),
        "color": lambda p: np.repeat(p[..., None], 3, axis=2),
        "strided": lambda p: np.repeat(p, 2, axis=1)[:, ::2],
    }
    for kind in kinds.values():
        found = optical_flow(kind(first), kind(second), solver)
        np.testing.assert_array_equal(found, expected)
    double = optical_flow(first.astype(float), second.astype(float), solver)
    assert double.dtype == np.float64
    np.testing.assert_array_equal(double, expected)


def test_solvers_may_be_functions():
    image = np.zeros((20, 30), np.uint8)
    flow = optical_flow(image, image, lambda a, b: np.ones((2, 20, 30)))
    assert (flow == 1).all()
    with pytest.raises(ValueError, match=r"shape \(2, 20, 30\), got \(20, 30\)"):
        optical_flow(image, image, lambda a, b: a)


@pytest.mark.parametrize(
    "first, second, solver, message",
    [
        (np.zeros((20, 20)), np.zeros((20, 21)), "dis", "of one size"),
        (np.zeros((20, 20)), np.full((20, 20), 256.0), "dis", "lie in 0..255"),
        (np.zeros((20, 20)), np.full((20, 20), np.nan), "dis", "finite"),
        (np.zeros((20, 15)), np.zeros((20, 15)), "dis", "at least 16x16"),
        (np.zeros((40, 90)), np.zeros((40, 90)), "rlof", "at least 48x48"),
        (np.zeros((5, 20, 20)), np.zeros((5, 20, 20)), "dis", "first must be"),
        (np.zeros((20, 20)), np.zeros((20, 20)), "flownet", "among .*'tvl1'"),
    ],
)
def test_images_that_have_no_flow_are_refused(first, second, solver, message):
    with pytest.raises(ValueError, match=message):
        optical_flow(first, second, solver)


@pytest.mark.parametrize("solver", ["tvl1_opencv", "rlof"])
def test_missing_contributed_modules_are_named(monkeypatch, solver):
    monkeypatch.delattr(cv2, "optflow")
    image = np.zeros((64, 64), np.uint8)
    with pytest.raises(ImportError, match="opencv-contrib-python-headless"):
        optical_flow(image, image, solver)


def test_tvl1_equals_its_slow_twin(rng):
    height, width = 17, 21
    second = rng.uniform(0, 255, (height + 4, width + 4))
    second = cv2.GaussianBlur(second, (0, 0), 2).astype(np.float32)
    first, second = second[2:-2, 1:-3].copy(), second[2:-2, 2:-2].copy()
    for epsilon, rounds in ((0.0, 2), (0.03, 3)):
        flow = rng.normal(0, 0.5, (2, height, width)).astype(np.float32)
        expected = naive_flow.refine_tvl1(
            first, second, flow, 0.15, 0.3, 0.25, epsilon, 2, rounds, 10
        )
        real = np.float32
        settings = real(0.3), real(0.25), real(epsilon), 2, rounds, 10
        kernel.refine_tvl1(first, second, flow, real(0.15), settings)
        np.testing.assert_allclose(flow, expected, atol=2e-3)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (7, 5), (16, 33)])
def test_median_equals_its_slow_twin(rng, shape):
    field = rng.integers(0, 9, shape).astype(np.float32)
    out = np.empty_like(field)
    kernel._median(field, np.empty((5, shape[1] + 4), np.float32), out)
    np.testing.assert_array_equal(out, naive_flow.median5(field))


def test_lucas_kanade_equals_its_slow_twin(rng):
    first, second = cv2.GaussianBlur(rng.uniform(0, 255, (2, 17, 21)), (0, 0), 1.5)
    first, second = first.astype(np.float32), second.astype(np.float32)
    weights = np.array([0.4, 0.2, 0.1], np.float32)
    flow = rng.normal(0, 0.5, (2, 17, 21)).astype(np.float32)
    expected = naive_flow.refine_lucas_kanade(first, second, weights, 1, flow)
    refine_lucas_kanade(first, second, weights, 1, flow)
    np.testing.assert_allclose(flow, expected, atol=1e-3)


@pytest.mark.parametrize("solver", [tvl1, lucas_kanade])
def test_our_solvers_take_flat_and_tiny_images(solver):
    for size in ((16, 16), (16, 90)):
        flat = np.full(size, 7, np.float32)
        assert not solver(flat, flat + 5).any()
