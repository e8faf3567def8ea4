"""The canonical face: there and back, and what it takes out."""

import naive_overlay as naive
import numpy as np
import pytest

from mefeat import Clip
from mefeat.datasets import make_clips
from mefeat.faces import MEAN_FACE
from mefeat.faces._align import PiecewiseAffine
from mefeat.faces._template import EYE_CORNERS_AND_NOSE
from mefeat.overlay import CanonicalFace, movement_stream
from mefeat.overlay._canonical import CanonicalMesh, canonical_mesh


@pytest.fixture(scope="module")
def face():
    """A frame's landmarks: turned, scaled, shifted, and not quite symmetric."""
    rng = np.random.default_rng(3)
    turn = np.array([[0.9, -0.3], [0.3, 0.9]]) * 150
    return MEAN_FACE @ turn.T + [160, 130] + rng.normal(scale=0.3, size=(68, 2))


def test_the_layout_is_symmetric_and_inside():
    mesh = canonical_mesh()
    right, left = mesh.target[:17], mesh.target[16::-1]
    np.testing.assert_allclose(right[:, 0] + left[:, 0], 255)
    np.testing.assert_allclose(right[:, 1], left[:, 1])
    assert mesh.target.min() > 5 and mesh.target.max() < 250
    assert 0.3 < mesh.skin.mean() < 0.6
    assert (mesh.skin ^ mesh.skin[:, ::-1]).mean() < 0.01  # pixels on its edge
    assert not mesh.skin[*np.rint(mesh.target[36:42].mean(axis=0)).astype(int)[::-1]]


def test_there_and_back(face):
    mesh = canonical_mesh()
    inside = np.argwhere(mesh.skin)[::5, ::-1] + np.array([0.3, 0.4])
    frame = mesh.backward_points(face, inside)
    np.testing.assert_allclose(mesh.forward(face, frame), inside, atol=1e-9)
    np.testing.assert_allclose(mesh.backward_points(face, mesh.target), face, atol=1e-9)
    np.testing.assert_allclose(mesh.forward(face, face), mesh.target, atol=1e-9)


def test_pixels_go_where_points_do(face):
    mesh = canonical_mesh()
    dense = mesh.backward(face)
    y, x = np.argwhere(mesh.skin)[::50].T
    points = np.stack([x, y], axis=1).astype(float)
    np.testing.assert_allclose(dense[y, x], mesh.backward_points(face, points))
    # A step over an edge of the mesh is no larger than its triangles are stretched.
    steps = np.linalg.norm(np.diff(dense, axis=1), axis=2)
    assert steps.max() < 6 * np.median(steps)


def test_the_map_back_is_its_slow_twin(rng):
    target = rng.uniform(2, 38, (9, 2))
    mesh = PiecewiseAffine(target, (40, 40))
    source = target * 0.5 + rng.normal(size=(9, 2)) + 3
    dense = mesh.forward_map(source, (30, 26))
    corners = mesh._moved_corners(source)
    slow = naive.paint_triangles(corners, mesh.triangles, mesh.corners, (30, 26))
    np.testing.assert_allclose(dense, slow, atol=1e-7)
    assert np.isfinite(dense[8:20, 8:20]).all()
    y, x = np.argwhere(np.isfinite(dense[..., 0])).T
    back = mesh.backward_points(source, dense[y, x])
    inside = mesh.forward(source, np.stack([x, y], 1).astype(float))
    np.testing.assert_allclose(inside, dense[y, x], atol=1e-6)
    np.testing.assert_allclose(back, np.stack([x, y], axis=1), atol=1e-6)


def test_a_mesh_of_ones_own(rng):
    points = np.array([[10.0, 10], [50, 10], [50, 50], [10, 50], [30, 25]])
    triangles = [[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]]
    mesh = CanonicalMesh(points, triangles, size=64)
    face = points * 2 + rng.normal(size=(5, 2))
    assert mesh.skin[30, 30] and not mesh.skin[5, 5]
    np.testing.assert_allclose(mesh.backward_points(face, points), face, atol=1e-9)
    # Beyond the mesh its nearest triangle goes on: here the upper one.
    dense = mesh.backward(face)
    np.testing.assert_allclose(
        dense[2, 30] - dense[6, 30], dense[14, 30] - dense[18, 30], atol=1e-9
    )
    still = [np.full((130, 130), 9, np.uint8)] * 2
    moves = list(movement_stream(still, [face, face], mesh=mesh))
    assert moves[1].parts is None and (moves[1].vectors == 0).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": np.ones((2, 2))}, "at least 3 points"),
        ({"points": [[0, 0], [9, 0], [0, 300]]}, "on the canvas, 0 to 255"),
        ({"points": MEAN_FACE[:5] + 9, "head": [0, 1, 5]}, "head must name at least 3"),
        ({"points": MEAN_FACE[:5] + 9, "triangles": [[0, 1, 5]]}, "points from 0 to 4"),
        ({"points": MEAN_FACE[:5] + 9, "triangles": [0, 1, 4]}, r"\(n_triangles, 3\)"),
    ],
)
def test_meshes_that_cannot_be(arguments, message):
    with pytest.raises(ValueError, match=message):
        CanonicalMesh(**arguments)


def test_the_head_is_taken_out_and_the_face_is_not(face):
    mesh = canonical_mesh()
    pose = np.array([[1.02, 0.05, 3], [-0.04, 0.98, -5]])
    moved = face @ pose[:, :2].T + pose[:, 2]
    np.testing.assert_allclose(mesh.carried(face, moved), moved, atol=1e-9)
    smile = moved.copy()
    smile[48] += [-4, -3]
    assert 48 not in EYE_CORNERS_AND_NOSE
    np.testing.assert_allclose(mesh.carried(face, smile), moved, atol=1e-9)


def test_canonical_clips_move_frames_and_landmarks_alike(face):
    clip = make_clips(1, 1, ["surprise"], fps=50).clips[0]
    for follow in ("head", "landmarks"):
        out = CanonicalFace(128, follow=follow, smoother="none").apply(clip)
        assert out.frames.shape == (len(clip.frames), 128, 128)
        target = canonical_mesh(128).target
        np.testing.assert_allclose(out.landmarks[0], target, atol=1e-6)
        far = np.abs(out.landmarks[clip.apex] - target).max()
        assert far > 0.3 if follow == "head" else far < 1e-6
        assert out.apex == clip.apex and out.fps == clip.fps


def test_large_faces_are_smoothed_before_they_shrink(rng):
    noise = rng.uniform(0, 255, (1, 900, 900)).astype(np.float32)
    clip = Clip(noise, landmarks=[450 + 700 * MEAN_FACE])
    assert CanonicalFace(128).apply(clip).frames.std() < 0.35 * noise.std()


def test_canonical_face_refuses_other_landmarks():
    frames = np.zeros((1, 90, 90), np.uint8)
    for landmarks, message in (
        (np.ones((1, 5, 2)), "68 landmarks in a frame, got 5"),
        (np.full((1, 68, 2), np.nan), r"finite .*\(nan, nan\) for point 0 of frame 0"),
    ):
        with pytest.raises(ValueError, match=message):
            CanonicalFace().apply(Clip(frames, landmarks=landmarks))
