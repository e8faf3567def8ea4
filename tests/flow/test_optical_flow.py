"""Flow of clips: the head taken out of it, strain, and pairs."""

import naive_flow
import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline, make_union

from mefeat import Clip, ClipPipeline
from mefeat.evaluation import evaluate
from mefeat.flow import SOLVERS, OpticalFlow, align_flow, optical_flow, optical_strain
from mefeat.flow._alignment import HEAD_POINTS
from mefeat.motion import HOOF, BiWOOF
from mefeat.testing import example_clips


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
