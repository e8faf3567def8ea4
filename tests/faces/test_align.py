"""Aligning: known motions undone, landmarks that stay on the image."""

import pickle

import cv2
import numpy as np
import pytest
from scipy.ndimage import map_coordinates
from skimage.data import astronaut
from skimage.transform import (
    AffineTransform,
    PiecewiseAffineTransform,
    SimilarityTransform,
)
from sklearn.base import clone

from mefeat import Clip
from mefeat.faces import ALIGNMENTS, MEAN_FACE, Align
from mefeat.faces._align import LocalWeightedMean, PiecewiseAffine
from mefeat.faces._template import place
from mefeat.faces._tracking import smooth_landmarks
from mefeat.kernels._mesh import fit_affine, fit_similarity, weighted_polynomials

BOX = (78.0, 176.0, 94.0, 94.0)
POINTS = place(BOX)
PHOTO = cv2.GaussianBlur(astronaut().astype(np.float32), (0, 0), 2.5)
FACE = np.s_[90:175, 185:260]
GRADUAL = np.indices((240, 260), dtype=np.float32)[::-1]

methods = pytest.mark.parametrize("method", ALIGNMENTS)
references = pytest.mark.parametrize("reference", ["first", "template"])


def similarity(angle, scale, shift):
    return SimilarityTransform(rotation=angle, scale=scale, translation=shift).params


def moved(matrices, photo=PHOTO):
    """Clip of the portrait with exact landmarks, each frame moved by its matrix."""
    still = Clip(
        frames=np.stack([photo] * len(matrices)),
        landmarks=np.stack([POINTS] * len(matrices)),
    )
    return still.warp(np.stack(matrices)[:, :2], photo.shape[:2])


def about_face(angle=0.0, scale=1.0, shift=(0, 0), shear=0.0):
    center = POINTS.mean(axis=0)
    around = AffineTransform(
        rotation=angle, scale=scale, translation=shift, shear=shear
    ).params
    there, back = np.eye(3), np.eye(3)
    there[:2, 2], back[:2, 2] = -center, center
    return back @ around @ there


def bent(rng, n_frames=3):
    """Landmarks on the coordinates themselves, bent a little from frame to frame."""
    points = place((60.0, 70.0, 120.0, 120.0))
    slow = rng.normal(0, 6, (n_frames, 2, 1, 1, 2)) * np.array([0.02, 0.01])
    x, y = (points - points.mean(axis=0)).T
    waves = np.stack([np.sin(x / 30), np.cos(y / 25)])[..., None]
    return points + 10 * (slow[:, 0] * waves[0] + slow[:, 1] * waves[1])[:, 0]


@methods
def test_a_motion_of_the_head_is_undone(method):
    clip = moved(
        [
            np.eye(3),
            about_face(shift=(3.3, -2.6)),
            about_face(angle=0.1),
            about_face(scale=1.06, angle=-0.05, shift=(-4.0, 1.5)),
        ]
    )
    out = Align(method).transform([clip])[0]
    assert out.landmarks == pytest.approx(np.stack([POINTS] * 4), abs=1e-6)
    before = np.abs(clip.frames[1:] - clip.frames[0])[(slice(None), *FACE)].mean()
    after = np.abs(out.frames[1:] - out.frames[0])[(slice(None), *FACE)].mean()
    assert before > 7
    assert after < before / 20


@pytest.mark.parametrize("method", ["affine", "affine13", "piecewise", "lwm"])
def test_shear_is_undone_by_all_but_the_similarity(method):
    clip = moved([np.eye(3), about_face(shear=0.1)])
    out = Align(method).transform([clip])[0]
    assert out.landmarks[1] == pytest.approx(POINTS, abs=1e-6)
    off = Align().transform([clip])[0].landmarks[1] - POINTS
    assert np.abs(off).max() > 1


@methods
def test_a_clip_that_lies_right_comes_back_bit_by_bit(method):
    frames = np.stack([astronaut()] * 3)
    clip = Clip(frames, landmarks=np.stack([POINTS] * 3))
    for smoothing_frames in (0, 2):
        out = Align(method, smoothing_frames=smoothing_frames).transform([clip])[0]
        assert out.frames.dtype == np.float32
        assert np.array_equal(out.frames, frames)
        assert out.landmarks == pytest.approx(clip.landmarks, abs=1e-9)


@methods
@references
def test_a_still_clip_stays_still_bit_by_bit(method, reference, rng):
    points = POINTS + rng.normal(0, 2, (68, 2))
    clip = Clip(np.stack([astronaut()] * 3), landmarks=np.stack([points] * 3))
    out = Align(method, reference=reference, smoothing_frames=1.5).transform([clip])[0]
    assert (out.frames == out.frames[0]).all()
    assert (out.landmarks == out.landmarks[0]).all()


@methods
@references
def test_landmarks_move_with_the_image(method, reference, rng):
    """On images whose values are their coordinates, by looking them up."""
    landmarks = bent(rng)
    clips = [Clip(np.stack([c] * 3), landmarks=landmarks) for c in GRADUAL]
    outs = Align(method, reference=reference).transform(clips)
    for t in range(3):
        at = outs[0].landmarks[t].T[::-1]
        seen = [map_coordinates(out.frames[t], at, order=1) for out in outs]
        assert np.stack(seen, axis=-1) == pytest.approx(landmarks[t], abs=0.15)


@pytest.mark.parametrize(("method", "least"), [("piecewise", 1e-9), ("lwm", 0.5)])
def test_bending_puts_landmarks_on_the_reference(method, least, rng):
    landmarks = bent(rng)
    clip = Clip(np.zeros((3, 240, 260), np.uint8), landmarks=landmarks)
    out = Align(method).transform([clip])[0]
    assert np.abs(out.landmarks - landmarks[0]).max() < least
    assert np.abs(landmarks - landmarks[0]).max() > 2


def test_an_expression_is_kept_by_the_default():
    landmarks = np.stack([POINTS] * 2)
    landmarks[1, 48:] += [0, 3]
    head = about_face(angle=0.08, shift=(2, 1))
    clip = Clip(np.stack([PHOTO] * 2), landmarks=landmarks)
    clip = clip.warp(np.stack([np.eye(3), head])[:, :2], PHOTO.shape[:2])
    out = Align().transform([clip])[0]
    assert out.landmarks == pytest.approx(landmarks, abs=1e-9)


def test_the_template_is_the_mean_face_upright():
    clip = moved([about_face(angle=0.2), about_face(angle=0.25, shift=(4, 4))])
    out = Align("piecewise", reference="template").transform([clip])[0]
    matrices = fit_similarity(MEAN_FACE, out.landmarks)
    assert matrices[:, 0, 1] == pytest.approx([0, 0], abs=1e-9)
    assert np.hypot(*matrices[0, 0, :2]) == pytest.approx(94)
    expected = MEAN_FACE @ matrices[0, :, :2].T + matrices[0, :, 2]
    assert out.landmarks[1] == pytest.approx(expected, abs=1e-9)
    first = clip.landmarks[0].mean(axis=0)
    assert out.landmarks[0].mean(axis=0) == pytest.approx(first)


@methods
def test_one_map_for_all_frames_keeps_their_motion(method):
    clip = moved([np.eye(3), about_face(shift=(2, 0))])
    stage = Align(method, reference="template", per_frame=False)
    out = stage.transform([clip])[0]
    step = np.diff(out.landmarks, axis=0)[0]
    assert step == pytest.approx(np.tile([2, 0], (68, 1)), abs=0.2)


def test_smoothing_calms_jitter_and_follows_slow_motion(rng):
    slow = np.linspace(0, 10, 60)[:, None, None] * [1, 0.5]
    clean = POINTS + slow
    jitter = rng.normal(0, 0.3, clean.shape)
    clip = Clip(np.zeros((60, 300, 300), np.uint8), landmarks=clean + jitter)
    errors = []
    for smoothing_frames in (0, 3):
        out = Align(smoothing_frames=smoothing_frames).transform([clip])[0]
        fake = out.landmarks - jitter - POINTS
        errors.append(np.sqrt((fake[10:50] ** 2).mean()))
    assert errors[1] < 0.6 * errors[0]


@pytest.mark.parametrize("sigma", [0.7, 1.0, 3.3])
def test_smoothing_leaves_points_that_stay_to_the_last_bit(sigma, rng):
    """Weights add up to 1 but for an ulp, so differences are smoothed, not points."""
    still = np.broadcast_to(rng.uniform(20, 300, (68, 2)), (40, 68, 2))
    np.testing.assert_array_equal(smooth_landmarks(still, sigma), still)
    late = np.array(still)
    late[35:] += 1.0
    np.testing.assert_array_equal(smooth_landmarks(late, sigma)[:15], still[:15])


def test_points_choose_the_landmarks():
    landmarks = np.stack([POINTS] * 2)
    landmarks[1, [36, 45, 33]] += [1, 2]
    clip = Clip(np.zeros((2, 300, 300), np.uint8), landmarks=landmarks)
    out = Align(points=[36, 45, 33]).transform([clip])[0]
    assert out.landmarks[1, 0] == pytest.approx(POINTS[0] - [1, 2])


@methods
def test_other_landmarks_than_68_work_when_points_say_which(method, rng):
    few = rng.uniform(20, 80, (9, 2))
    clip = Clip(np.zeros((2, 100, 100), np.uint8), landmarks=np.stack([few, few + 2]))
    out = Align(method, points=range(9)).transform([clip])[0]
    assert out.landmarks[1] == pytest.approx(few, abs=1e-6)


def test_align_says_what_is_missing():
    frames = np.zeros((2, 100, 100), np.uint8)
    with pytest.raises(ValueError, match="Align needs the landmarks.*FaceLandmarks"):
        Align().transform([Clip(frames)])
    five = Clip(frames, landmarks=np.ones((2, 5, 2)))
    with pytest.raises(ValueError, match=r"36, .* but the clip has 5; `points`"):
        Align().transform([five])
    with pytest.raises(ValueError, match="needs the 68 points of iBUG 300-W, got 5"):
        Align(points=[0, 1, 2], reference="template").transform([five])
    with pytest.raises(ValueError, match="finite landmarks"):
        Align().transform([Clip(frames, landmarks=np.full((2, 68, 2), np.nan))])
    with pytest.raises(ValueError, match="would change nothing"):
        Align(per_frame=False).transform([five])
    with pytest.raises(ValueError, match="'method' parameter"):
        Align("elastic").transform([five])


def test_align_clones_and_pickles():
    stage = Align("lwm", points=[1, 2, 3])
    for copy in (clone(stage), pickle.loads(pickle.dumps(stage))):
        assert copy.get_params() == stage.get_params()


def lstsq_affine(source, target):
    known = np.column_stack([source, np.ones(len(source))])
    return np.linalg.lstsq(known, target)[0].T


def lstsq_similarity(source, target):
    (x, y), one, zero = source.T, np.ones(len(source)), np.zeros(len(source))
    known = [np.column_stack([x, -y, one, zero]), np.column_stack([y, x, zero, one])]
    a, b, c, d = np.linalg.lstsq(np.concatenate(known), target.T.ravel())[0]
    return np.array([[a, -b, c], [b, a, d]])


@pytest.mark.parametrize(
    ("fit", "plain"), [(fit_affine, lstsq_affine), (fit_similarity, lstsq_similarity)]
)
def test_fits_are_least_squares(fit, plain, rng):
    source = rng.uniform(0, 100, (4, 9, 2))
    target = source @ [[1.1, 0.2], [-0.1, 0.9]] + rng.normal(0, 2, source.shape)
    for one, a, b in zip(fit(source, target), source, target, strict=True):
        assert one == pytest.approx(plain(a, b))
        assert fit(a, a).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_piecewise_affine_equals_that_of_scikit_image(rng):
    target = POINTS - [150, 60]
    source = target + rng.normal(0, 1.5, target.shape)
    bend = PiecewiseAffine(target, (150, 150))
    corners = np.vstack([source, bend._moved_corners(source)[68:]])
    peer = PiecewiseAffineTransform.from_estimate(bend.corners, corners)
    pixels = np.indices((150, 150))[::-1].reshape(2, -1).T
    dense = bend.backward(source)
    assert dense.reshape(-1, 2) == pytest.approx(peer(pixels), abs=1e-6)


@pytest.mark.parametrize("kind", [PiecewiseAffine, LocalWeightedMean])
def test_forward_undoes_backward(kind, rng):
    target = bent(rng, 1)[0]
    source = bent(rng, 1)[0]
    bend = kind(target, (240, 260))
    pixels = rng.integers(75, 160, (50, 2))
    places = bend.backward(source)[pixels[:, 1], pixels[:, 0]]
    assert np.abs(places - pixels).max() > 0.5
    assert bend.forward(source, places) == pytest.approx(pixels, abs=1e-6)


def test_a_point_that_is_no_number_moves_with_no_triangle():
    corners = np.array([[2.0, 2], [6, 2], [4, 6]])
    bend = PiecewiseAffine(corners, (9, 9))
    assert np.isnan(bend.forward(corners, np.array([[np.nan, 1.0]]))).all()


def test_local_weighted_mean_follows_a_bend_of_second_order():
    x, y = np.meshgrid(np.arange(5, 100, 10.0), np.arange(5, 100, 10.0))
    target = np.stack([x, y], axis=-1).reshape(-1, 2)

    def parabola(points):
        x, y = np.moveaxis(points / 50 - 1, -1, 0)
        return points + np.stack([3 * x * y, 2 * x * x - 2 * y * y], axis=-1)

    bend = LocalWeightedMean(target, (100, 100), n_neighbors=21)
    dense = bend.backward(parabola(target))[20:80, 20:80]
    pixels = np.indices((100, 100))[::-1].transpose(1, 2, 0)[20:80, 20:80]
    assert np.abs(dense - parabola(pixels)).max() < 0.15
    assert np.abs(pixels - parabola(pixels)).max() > 1


def test_local_weighted_mean_ends_in_the_affine_map():
    target = place((50.0, 50.0, 40.0, 40.0))
    source = target + [5, 3]
    source[48:] += [0, 2]
    matrix = fit_affine(target, source)
    corner = LocalWeightedMean(target, (200, 200)).backward(source)[199, 199]
    assert corner == pytest.approx(matrix[:, :2] @ [199, 199] + matrix[:, 2])


def test_weighted_polynomials_by_hand():
    centers, radii = np.array([[0.0, 0.0], [4.0, 0.0]]), np.array([4.0, 2.0])
    terms = np.zeros((2, 6, 2))
    terms[0, :, 0] = [1, 2, 3, 4, 5, 6]
    terms[1, 0] = [10, 20]
    points = np.array([[2.0, 0], [3.0, 0], [0, 2.0], [9.0, 9.0]])
    out = np.empty((4, 2))
    weighted_polynomials(points, centers, radii, terms, 0.1, out)
    # Half way to the end the weight is 1 - 3/4 + 2/8 = 1/2, at 3/4 it is 5/32.
    both = (5 / 32 * (1 + 2 * 0.75 + 4 * 0.5625) + 10 / 2) / (5 / 32 + 1 / 2)
    assert out[:, 0] == pytest.approx([1 + 1 + 1, both, 1 + 1.5 + 1.5, 0])
    assert out[:, 1] == pytest.approx([0, 10 / (5 / 32 + 1 / 2), 0, 0])
