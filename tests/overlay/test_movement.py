"""Micro-movement on the canonical face: known motions, parts, and descriptors."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift

from benchmarks.overlay.errors import errors
from benchmarks.overlay.portrait import moving_face, turning_face
from mefeat import Clip, ClipPipeline
from mefeat.datasets import make_clips
from mefeat.flow import OpticalFlow
from mefeat.flow._alignment import steadied
from mefeat.motion import mdmo_regions
from mefeat.overlay import (
    MOVEMENTS,
    PARTS,
    CanonicalFace,
    MeanMovement,
    MicroMovement,
    face_parts,
    micro_movement,
    movement_stream,
)
from mefeat.overlay._canonical import canonical_mesh
from mefeat.overlay._movement import still_skin, texture
from mefeat.overlay._tracking import mean_vectors
from mefeat.testing import face_layout

# Movement


@pytest.mark.parametrize("method", MOVEMENTS)
def test_every_method_finds_a_shift(rng, method):
    image = gaussian_filter(rng.normal(size=(96, 96)), 3)
    image = 128 + 30 * image / image.std()
    moved = shift(image, (0.7, -1.2), order=3, mode="nearest")
    first, second = (np.clip(p, 0, 255) for p in (image, moved))
    flow = micro_movement(first, second, method, steady=False)
    middle = np.median(flow[:, 30:66, 30:66], axis=(1, 2))
    assert middle == pytest.approx([-1.2, 0.7], abs=0.12)


def test_methods_may_be_functions():
    flow = micro_movement(
        np.zeros((20, 20)), np.zeros((20, 20)), lambda a, b: np.ones((2, *a.shape))
    )
    np.testing.assert_allclose(flow, 0, atol=1e-9)  # all moves alike: the head
    with pytest.raises(ValueError, match="method must be among"):
        micro_movement(np.zeros((20, 20)), np.zeros((20, 20)), "none such")


def test_steadied_takes_a_similarity_out_and_leaves_the_rest():
    mesh = canonical_mesh()
    still = still_skin(mesh.target, mesh.skin.shape)
    y, x = np.mgrid[:256, :256] - 128.0
    head = np.stack([2 + 0.01 * x - 0.02 * y, -1 + 0.01 * y + 0.02 * x])
    smile = np.zeros((2, 256, 256))
    smile[0, 150:200, 50:110] = -1.5
    np.testing.assert_allclose(steadied(head + smile, still), smile, atol=1e-3)
    nowhere = np.zeros_like(still)
    assert steadied(head, nowhere) is head


def test_still_skin_is_where_expressions_do_not_reach():
    mesh = canonical_mesh()
    areas = mdmo_regions(mesh.target, mesh.skin.shape) + 1
    found = set(np.unique(areas[still_skin(mesh.target, mesh.skin.shape)]))
    assert found == {7, 10, 11, 14, 15, 17, 18, 20}


def test_texture_is_the_smaller_eigenvalue():
    y, x = np.mgrid[:80, :80].astype(float)
    assert texture(3 * x)[40, 40] == pytest.approx(0, abs=1e-4)  # an edge
    waves = 128 + 40 * np.sin(x / 3) + 20 * np.sin(y / 3)
    inner = texture(waves)[30:50, 30:50].mean()
    softer = np.exp(-1 / 9)  # what the Gaussian leaves of the square of this wave
    slope = (np.sin(1 / 3) * 20) ** 2 / 2
    assert inner == pytest.approx(softer * slope, rel=0.1)


@pytest.fixture(scope="module")
def pull():
    """A corner of the mouth goes 2 pixels while the head moves."""
    return moving_face(10, amplitude=2.0, noise=1)


@pytest.fixture(scope="module")
def rigid():
    """The head alone moves."""
    return moving_face(10, noise=1)


@pytest.mark.parametrize("method", ["lk", "dis"])
def test_a_head_that_moves_rigidly_gives_no_vectors(rigid, method):
    assert errors(method, *rigid)["still"] < 0.1


@pytest.mark.parametrize("method", ["lk", "dis", "disc", "tvl1"])
def test_a_pull_comes_back_under_head_motion(pull, method):
    row = errors(method, *pull)
    assert row["angle"] < 10
    assert 0.8 < row["length"] < 1.2
    assert row["still"] < 0.1


def test_following_all_landmarks_undoes_the_movement(pull):
    assert errors("lk", *pull, follow="landmarks")["length"] < 0.5


def test_a_cut_begins_anew(pull):
    """The second shot has a reference of its own, and the first does not feel it."""
    frames, landmarks, *_ = pull
    far = np.roll(frames[:4], 70, axis=2), landmarks[:4] + [70, 0]
    both = (np.concatenate(pair) for pair in zip((frames, landmarks), far, strict=True))
    settings = {"method": "dis_fast", "step": 10}
    moves = list(movement_stream(*both, 30, **settings))
    for alone, found in (
        (movement_stream(frames, landmarks, 30, **settings), moves[:10]),
        (movement_stream(*far, 30, **settings), moves[10:]),
    ):
        for one, other in zip(alone, found, strict=True):
            # What is known of the noise goes on.
            np.testing.assert_allclose(one.vectors, other.vectors, atol=0.05)
    assert moves[9].grid is not moves[10].grid
    assert np.abs(moves[9].vectors).max() > 0.6 > 10 * np.abs(moves[10].vectors).max()


def test_a_head_that_turns_away_gets_a_new_reference():
    made = turning_face(9, degrees=40, noise=0)
    ends = {}
    for turn in (None, 1.1):
        moves = list(movement_stream(*made, 30, method="dis_fast", turn=turn))
        ends[turn] = np.hypot(*moves[-1].vectors.T).mean()
        n_references = len({id(move.grid) for move in moves})
        assert n_references == (1 if turn is None else 3)
    assert ends[1.1] < 0.5 * ends[None]


# Parts of the face, and the descriptor


def test_parts_are_symmetric_and_use_areas_once():
    used = [area for areas in PARTS.values() for area in areas]
    assert sorted(used) == list(range(1, 37))
    parts = face_parts(canonical_mesh().target, (256, 256))
    names = list(PARTS)
    for name in ("brow", "eye", "cheek", "mouth"):
        right = parts == names.index(f"right {name}")
        left = parts == names.index(f"left {name}")
        assert abs(right.sum() - left.sum()) < 0.03 * right.sum()
        assert np.argwhere(right)[:, 1].max() < 130 < np.argwhere(left)[:, 1].max()


def test_means_of_blocks_of_time(rng):
    flow = rng.normal(size=(7, 2, 20, 20))
    regions = np.arange(400).reshape(20, 20) % 3
    means = mean_vectors(flow, regions, 2)
    assert means.shape == (2, 3, 2)
    np.testing.assert_allclose(means[0, 1], flow[:4, :, regions == 1].mean(axis=(0, 2)))
    np.testing.assert_allclose(means[1, 2], flow[4:, :, regions == 2].mean(axis=(0, 2)))
    with pytest.raises(ValueError, match="n_times must be 1 to n_pairs=7"):
        mean_vectors(flow, regions, 8)


def test_stages_and_descriptor_tell_classes_apart():
    classes = ["happiness", "surprise"]
    bunch = make_clips(2, 1, classes, fps=50, amplitude=3.0, blinks=False)
    steps = [CanonicalFace(128), MicroMovement("dis"), MeanMovement(1, regions="parts")]
    table = (
        ClipPipeline(steps).set_output(transform="pandas").fit_transform(bunch.clips)
    )
    assert table.shape == (4, 22)
    brows = table[["t0_right_brow_y", "t0_left_brow_y"]].mean(axis=1)
    assert (brows[bunch.target == 1].max() < brows[bunch.target == 0].min()).all()


def test_micro_movement_is_a_flow_as_of_the_first_frame(rng):
    clip = Clip(
        rng.integers(0, 255, (4, 72, 64)).astype(np.uint8),
        landmarks=np.stack([face_layout((72, 64))] * 4),
    )
    own = MicroMovement("dis", steady=False).apply(clip)
    other = OpticalFlow("dis", to="first").apply(clip)
    np.testing.assert_array_equal(own.flow_pairs, other.flow_pairs)
    assert own.flow.dtype == other.flow.dtype == np.float32
    with pytest.raises(ValueError, match="at least 2 frames"):
        MicroMovement().apply(Clip(clip.frames[:1]))


def test_canonical_movement_is_the_same_wherever_the_face_is(pull):
    rows = []
    for made in (moving_face(10, amplitude=2.0, motion=0.0), pull):
        clip = Clip(made[0][::3], landmarks=made[1][::3], fps=10)
        steps = [CanonicalFace(smoother="none"), MicroMovement(), MeanMovement(1)]
        rows.append(ClipPipeline(steps).transform([clip])[0])
    assert np.abs(rows[0]).max() > 0.4
    assert np.abs(np.subtract(*rows)).max() < 0.1
    assert all(np.corrcoef(a, b)[0, 1] > 0.97 for a, b in pairwise(rows))
