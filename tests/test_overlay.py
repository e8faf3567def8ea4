"""Micro-movement on the canonical face: smoothing, maps, movement, parts."""

from functools import partial
from itertools import pairwise

import naive_overlay as naive
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates, shift, zoom
from scipy.signal import savgol_filter

from benchmarks.overlay.errors import errors
from benchmarks.overlay.portrait import moving_face, turning_face
from mefeat import Clip, ClipPipeline
from mefeat.datasets import make_clips
from mefeat.faces import MEAN_FACE, PiecewiseAffine
from mefeat.faces.template import EYE_CORNERS_AND_NOSE
from mefeat.flow import OpticalFlow
from mefeat.kernels.correlation import correlate
from mefeat.kernels.subsets import refine_subsets
from mefeat.motion import mdmo_regions
from mefeat.overlay import (
    MOVEMENTS,
    PARTS,
    SMOOTHERS,
    CanonicalFace,
    CanonicalMesh,
    MeanMovement,
    MicroMovement,
    canonical_mesh,
    disc,
    disc_flow,
    face_parts,
    mean_vectors,
    micro_movement,
    movement_stream,
    one_euro,
    savgol,
    steadied,
    still_skin,
    texture,
)
from mefeat.overlay.calm import calmed, nearness, windows
from mefeat.overlay.smoothing import apart
from mefeat.testing import face_layout


def wander(rng, n_frames, n_points=3):
    return rng.normal(size=(n_frames, n_points, 2)).cumsum(axis=0) + 50


@pytest.fixture(scope="module")
def face():
    """A frame's landmarks: turned, scaled, shifted, and not quite symmetric."""
    rng = np.random.default_rng(3)
    turn = np.array([[0.9, -0.3], [0.3, 0.9]]) * 150
    return MEAN_FACE @ turn.T + [160, 130] + rng.normal(scale=0.3, size=(68, 2))


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


# The canonical face


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
        out = CanonicalFace(128, follow=follow, smoothing="none").apply(clip)
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
    for landmarks in (np.ones((1, 5, 2)), np.full((1, 68, 2), np.nan)):
        with pytest.raises(ValueError, match="68 finite landmarks"):
            CanonicalFace().apply(Clip(frames, landmarks=landmarks))


# Correlation


def test_correlation_is_its_slow_twin(rng):
    first = gaussian_filter(rng.normal(size=(48, 52)), 1.5)
    second = shift(first, (1.3, -0.6), order=3) + 0.01 * rng.normal(size=(48, 52))
    rows, columns = np.array([16, 24, 30]), np.array([15, 21, 36])
    vectors, scores = np.zeros((2, 3, 3)), np.zeros((3, 3))
    correlate(first, second, rows, columns, 5, 3, vectors, scores)
    for r, c in np.ndindex(3, 3):
        vector, score = naive.correlate(first, second, columns[c], rows[r], 5, 3)
        assert scores[r, c] == pytest.approx(score, abs=1e-9)
        np.testing.assert_allclose(vectors[:, r, c], vector, atol=1e-6)


def test_the_refinement_is_its_slow_twin(rng):
    first = gaussian_filter(rng.normal(size=(40, 44)), 1.5)
    second = zoom(shift(first, (1.1, -0.7), order=3), (79 / 40, 87 / 44), order=1)
    slopes = np.stack(np.gradient(first)[::-1])
    rows, columns = np.array([14, 22]), np.array([13, 19, 27])
    start, scores = np.full((2, 2, 3), -0.6), np.ones((2, 3))
    start[1] = 1.0
    found = start.copy()
    refine_subsets(first, slopes, second, rows, columns, 5, 4, found, scores)
    for r, c in np.ndindex(2, 3):
        place = columns[c], rows[r], 5, 4, start[:, r, c]
        vector, score = naive.refine_subset(first, slopes, second, *place)
        np.testing.assert_allclose(found[:, r, c], vector, atol=1e-9)
        assert scores[r, c] == pytest.approx(score, abs=1e-9)


def test_the_refinement_follows_a_square_that_stretches_and_turns(rng):
    """Middles of squares move as they should, to a hundredth of a pixel."""
    picture = gaussian_filter(rng.normal(size=(90, 90)), 2)
    picture *= 30 / picture.std()
    warp = np.array([[1.04, 0.03], [-0.05, 0.97]])
    back = np.linalg.inv(warp)
    y, x = np.mgrid[:90, :90] - 45.0
    places = np.einsum("ij,jyx->iyx", back, [x - 0.4, y + 0.3])[::-1] + 45
    moved = map_coordinates(picture, places, order=3, mode="nearest")
    rows = columns = np.array([35, 45, 55])
    around = np.stack(np.meshgrid(columns, rows)) - 45.0
    truth = np.einsum("ij,jyx->iyx", warp, around) - around
    truth += np.array([0.4, -0.3])[:, None, None]
    rough, _ = disc(picture, moved, rows, columns, n_rounds=0)
    fine, scores = disc(picture, moved, rows, columns)
    assert np.abs(fine - truth).max() < 0.01 < np.abs(rough - truth).max()
    assert scores.min() > 0.98  # before the last step


def test_a_square_that_goes_away_is_lost(rng):
    first = gaussian_filter(rng.normal(size=(40, 40)), 1.5)
    second = zoom(np.roll(first, 4, axis=1), 79 / 40, order=1)
    slopes = np.stack(np.gradient(first)[::-1])
    found, scores = np.full((2, 1, 2), [[[2.2, 4.0]], [[0.0, 0.0]]]), np.ones((1, 2))
    columns = np.array([18, 18])
    refine_subsets(first, slopes, second, np.array([20]), columns, 5, 9, found, scores)
    assert np.isnan(scores[0, 0]) and found[:, 0, 0].tolist() == [2.2, 0]
    assert found[:, 0, 1] == pytest.approx([4, 0], abs=0.05)


def test_correlation_by_hand():
    """A dot that moves by (2, 1): its patch is found again, the same in all pixels."""
    first, second = np.zeros((2, 30, 30))
    first[15, 15], second[16, 17] = 9, 9
    for n_rounds in (0, 5):
        settings = {"half": 2, "reach": 3, "n_rounds": n_rounds}
        vectors, scores = disc(first, second, [15], [15], **settings)
        assert vectors[:, 0, 0].round(9).tolist() == [2, 1] and scores[0, 0] == 1


def test_correlation_knows_what_it_cannot_know(rng):
    picture = rng.normal(size=(60, 60))
    flat = np.full((60, 60), 7.0)
    assert disc(flat, picture, [30], [30])[1][0, 0] == 0
    assert disc(picture, flat, [30], [30])[1][0, 0] == 0
    far = np.roll(picture, 3, axis=1)
    assert np.isnan(disc(picture, far, [30], [30], reach=3)[1][0, 0])
    for n_rounds, error in ((0, 1e-9), (5, 1e-4)):  # it stops within 0.01 pixel
        settings = {"reach": 4, "n_rounds": n_rounds}
        for second in (far, 50 + 2 * far):
            score = disc(picture, second, [30], [30], **settings)[1][0, 0]
            assert 1 - error < score <= 1 + 1e-9


def test_disc_flow_fills_lost_points_from_their_neighbors(rng):
    first = gaussian_filter(rng.normal(size=(96, 90)), 2)
    second = np.roll(first, 2, axis=1)
    second[30:60, 30:60] = 0
    flow = disc_flow(first, second)
    assert flow.shape == (2, 96, 90)
    assert abs(flow[0, 20:76, 20:70] - 2).mean() < 0.2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((9, 9)), np.zeros((9, 8)), [1], [1]), "of one size"),
        ((np.zeros((9, 9, 3)), np.zeros((9, 9, 3)), [1], [1]), "gray pictures"),
        ((np.zeros((9, 9)), np.zeros((9, 9)), [9], [1]), "lie in 0..8"),
    ],
)
def test_disc_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        disc(*arguments)


# Movement


@pytest.mark.parametrize("method", MOVEMENTS)
def test_every_method_finds_a_shift(rng, method):
    picture = gaussian_filter(rng.normal(size=(96, 96)), 3)
    picture = 128 + 30 * picture / picture.std()
    moved = shift(picture, (0.7, -1.2), order=3, mode="nearest")
    first, second = (np.clip(p, 0, 255) for p in (picture, moved))
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
        steps = [CanonicalFace(smoothing="none"), MicroMovement(), MeanMovement(1)]
        rows.append(ClipPipeline(steps).transform([clip])[0])
    assert np.abs(rows[0]).max() > 0.4
    assert np.abs(np.subtract(*rows)).max() < 0.1
    assert all(np.corrcoef(a, b)[0, 1] > 0.97 for a, b in pairwise(rows))
