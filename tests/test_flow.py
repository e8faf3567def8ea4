"""Flow of known motions, the head taken out of it, strain, and the pairs of a clip."""

import cv2
import naive_flow
import numpy as np
import pytest
from scipy.ndimage import map_coordinates
from skimage.data import astronaut
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline, make_union

from mefeat import Clip, ClipPipeline
from mefeat.clip import luma
from mefeat.datasets import make_clips
from mefeat.evaluation import evaluate
from mefeat.flow import (
    HEAD_POINTS,
    SOLVERS,
    OpticalFlow,
    align_flow,
    lucas_kanade,
    optical_flow,
    optical_strain,
    tvl1,
)
from mefeat.kernels import tvl1 as kernel
from mefeat.kernels.lucas_kanade import refine_lucas_kanade
from mefeat.motion import HOOF, BiWOOF
from mefeat.testing import example_clips

SIZE = (110, 96)
MIDDLE = np.s_[8:-8, 8:-8]

# Mean end-point error of each solver inside of the picture, pixels.
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
    pictures = (np.clip(np.rint(p), 0, 255).astype(np.uint8) for p in (first, second))
    return *pictures, np.stack([u, v])


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
    bunch = make_clips(3, 1, ("surprise", "disgust"))
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
def test_the_same_picture_twice_does_not_move(solver):
    picture = moved_face("translation")[0]
    flow = optical_flow(picture, picture, solver)
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
    picture = np.zeros((20, 30), np.uint8)
    flow = optical_flow(picture, picture, lambda a, b: np.ones((2, 20, 30)))
    assert (flow == 1).all()
    with pytest.raises(ValueError, match=r"shape \(2, 20, 30\), got \(20, 30\)"):
        optical_flow(picture, picture, lambda a, b: a)


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
def test_pictures_that_have_no_flow_are_refused(first, second, solver, message):
    with pytest.raises(ValueError, match=message):
        optical_flow(first, second, solver)


@pytest.mark.parametrize("solver", ["tvl1_opencv", "rlof"])
def test_missing_contributed_modules_are_named(monkeypatch, solver):
    monkeypatch.delattr(cv2, "optflow")
    picture = np.zeros((64, 64), np.uint8)
    with pytest.raises(ImportError, match="opencv-contrib-python-headless"):
        optical_flow(picture, picture, solver)


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
def test_our_solvers_take_flat_and_tiny_pictures(solver):
    for size in ((16, 16), (16, 90)):
        flat = np.full(size, 7, np.float32)
        assert not solver(flat, flat + 5).any()


def test_alignment_takes_an_affine_head_motion_out(rng):
    y, x = np.mgrid[:60, :50].astype(float)
    head = np.stack([0.02 * x - 0.03 * y + 1.5, 0.01 * x + 0.015 * y - 0.7])
    points = rng.uniform(5, 45, (13, 2))
    np.testing.assert_allclose(align_flow(head, points), 0, atol=1e-12)
    both = align_flow(np.stack([head, 0 * head]), points)
    assert not both[1].any()
    single = align_flow(head.astype(np.float32), points)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, 0, atol=1e-5)


def test_alignment_leaves_what_the_face_does():
    head = np.zeros((2, 60, 50))
    head[0] = 2
    head[1, 40:45, 20:30] = 0.5
    points = [[1, 1], [48, 2], [25, 12]]
    aligned = align_flow(head, points)
    np.testing.assert_allclose(aligned[0], 0, atol=1e-12)
    np.testing.assert_allclose(aligned[1], head[1], atol=1e-12)


def test_alignment_refuses_what_it_cannot_read():
    flow = np.zeros((2, 5, 5))
    with pytest.raises(ValueError, match="n_points, 2"):
        align_flow(flow, [1, 2])
    with pytest.raises(ValueError, match="finite"):
        align_flow(flow, [[np.nan, 1]])
    with pytest.raises(ValueError, match="flow must be"):
        align_flow(np.zeros((3, 5, 5)), [[1, 2]])


@pytest.mark.parametrize("convention", ["frobenius", "ststnet"])
@pytest.mark.parametrize("differences", ["central", "backward"])
def test_strain_of_known_motions(convention, differences):
    y, x = np.mgrid[:9, :7].astype(float)
    options = {"convention": convention, "differences": differences}
    assert not optical_strain(np.full((2, 9, 7), 1.7), **options).any()
    angle = 0.3
    turn = np.stack(
        [
            (np.cos(angle) - 1) * x - np.sin(angle) * y,
            np.sin(angle) * x + (np.cos(angle) - 1) * y,
        ]
    )
    expected = np.sqrt(2) * (1 - np.cos(angle))
    np.testing.assert_allclose(optical_strain(turn, **options), expected, atol=1e-12)
    stretch = np.stack([0 * x, 0.04 * y])
    np.testing.assert_allclose(optical_strain(stretch, **options), 0.04, atol=1e-12)
    shear = np.stack([0.2 * y, 0 * x])
    expected = {"frobenius": 0.2 / np.sqrt(2), "ststnet": 0.1}[convention]
    np.testing.assert_allclose(optical_strain(shear, **options), expected, atol=1e-12)


def test_strain_equals_its_slow_twin(rng):
    flow = rng.normal(size=(3, 2, 8, 11))
    expected = [naive_flow.strain(pair) for pair in flow]
    np.testing.assert_allclose(optical_strain(flow), expected, rtol=1e-12)
    np.testing.assert_allclose(
        optical_strain(flow[0], convention="ststnet"),
        naive_flow.strain(flow[0], 1.0),
        rtol=1e-12,
    )
    assert optical_strain(flow.astype(np.float32)).dtype == np.float32
    assert not optical_strain(np.ones((2, 1, 1))).any()


def test_strain_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="convention must be among"):
        optical_strain(np.zeros((2, 4, 4)), convention="shear")
    with pytest.raises(ValueError, match="flow must be"):
        optical_strain(np.zeros((4, 4)))


def test_pairs():
    (clip,) = example_clips(1, n_frames=4)
    clip = clip.replace(onset=1, apex=3, offset=3)
    expected = {
        "first": [[0, 1], [0, 2], [0, 3]],
        "previous": [[0, 1], [1, 2], [2, 3]],
        "apex": [[1, 3]],
    }
    for to, pairs in expected.items():
        stage = OpticalFlow(solver="dis_fast", to=to)
        out = stage.transform([clip])[0]
        assert out.flow_pairs.tolist() == pairs
        assert out.flow.dtype == np.float32
        assert out.frames is not None and np.array_equal(out.frames, clip.frames)
        for flow, (start, end) in zip(out.flow, pairs, strict=True):
            alone = optical_flow(clip.frames[start], clip.frames[end], "dis_fast")
            np.testing.assert_array_equal(flow, alone)
    late = OpticalFlow(solver="dis_fast", to="apex").transform(
        [clip.replace(onset=None)]
    )
    assert late[0].flow_pairs.tolist() == [[0, 3]]


def test_flow_of_the_face_alone():
    (clip,) = example_clips(1, n_frames=3)
    moving = OpticalFlow(solver="tvl1").transform([clip])[0]
    still = OpticalFlow(solver="tvl1", align="affine").transform([clip])[0]
    assert np.abs(moving.flow[1, 0]).mean() > 0.3
    assert np.abs(still.flow[1, 0]).mean() < 0.05
    points = clip.landmarks[0][list(HEAD_POINTS)]
    np.testing.assert_array_equal(still.flow, align_flow(moving.flow, points))


@pytest.mark.parametrize(
    "changes, options, message",
    [
        ({"apex": None}, {"to": "apex"}, "needs the apex .* apex finder"),
        ({"landmarks": None}, {"align": "affine"}, "needs the landmarks .* FaceLand"),
        ({"landmarks": np.zeros((3, 5, 2))}, {"align": "affine"}, "got 5 landmarks"),
    ],
)
def test_clips_that_lack_something_are_told_the_step(changes, options, message):
    (clip,) = example_clips(1, n_frames=3)
    with pytest.raises(ValueError, match=message):
        OpticalFlow(solver="dis_fast", **options).transform([clip.replace(**changes)])


def test_one_frame_has_no_flow():
    clip = Clip(np.zeros((1, 32, 32), np.uint8), apex=0)
    for to in ("first", "previous", "apex"):
        with pytest.raises(ValueError, match="at least 2 frames, got 1.*TrimToEvent"):
            OpticalFlow(to=to).transform([clip])


def test_flow_is_found_once_for_descriptors_folds_and_runs(monkeypatch, tmp_path):
    clips, y, groups = example_clips(12), np.arange(12) % 3, np.arange(12) // 3
    calls, dis = [], SOLVERS["dis"]

    def counted(first, second):
        calls.append(1)
        return dis(first, second)

    def count(job):
        calls.clear()
        job()
        return len(calls)

    monkeypatch.setitem(SOLVERS, "dis", counted)

    def model(memory=None):
        steps = [OpticalFlow("dis", to="apex"), make_union(HOOF(), BiWOOF())]
        return make_pipeline(
            ClipPipeline(steps, memory=memory), KNeighborsClassifier(1)
        )

    folds = {"groups": groups, "cv": GroupKFold(4)}
    assert count(lambda: cross_validate(model(), clips, y, **folds)) == 48
    assert count(lambda: evaluate(model(), clips, y, groups)) == 12
    cached = str(tmp_path)
    assert count(lambda: evaluate(model(cached), clips, y, groups)) == 12
    assert count(lambda: evaluate(model(cached), clips, y, groups)) == 0
    assert count(lambda: cross_validate(model(cached), clips, y, **folds)) == 0
