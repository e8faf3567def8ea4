"""Arrows on streams of frames: what they show, threshold, memory, bad input."""

import tracemalloc
from itertools import count, islice

import cv2
import numpy as np
import pytest

from benchmarks.overlay.known import smile_errors
from benchmarks.overlay.portrait import smiling_face
from mefeat.datasets import make_clips
from mefeat.faces import MEAN_FACE
from mefeat.overlay import AutoThreshold, movement_stream, overlay_stream
from mefeat.overlay._arrows import draw_legend

FPS = 30


@pytest.fixture(scope="module")
def drawn(pulled):
    """The frames with arrows."""
    frames, landmarks, *_ = pulled
    return list(overlay_stream(frames, landmarks, FPS))


def test_arrows_show_the_pull_and_only_it(pulled, drawn):
    _, landmarks, field, poses = pulled
    last = drawn[-1]
    shown = last.movement.tails[last.shown]
    mouth = landmarks[-1, 48]
    assert 3 <= last.shown.sum() <= 40
    near = np.linalg.norm(shown - mouth, axis=1) < 35
    assert near.mean() > 0.8
    vectors = (last.movement.heads - last.movement.tails)[last.shown][near]
    truth = poses[-1][:, :2] @ [-0.8, -0.6]
    cosine = vectors @ truth / np.hypot(*vectors.T) / np.hypot(*truth)
    assert cosine.mean() > 0.95
    assert drawn[0].shown.sum() == 0


@pytest.fixture(scope="module")
def smile():
    """Corners of the mouth that go 25 pixels up and out."""
    return smiling_face(10, amplitude=25.0)


@pytest.mark.parametrize("method", ["disc", "lk"])
def test_a_broad_smile_is_followed(smile, method):
    found = smile_errors(*smile, method=method)
    assert found["shown"] > 0.8
    assert found["within 20"] > 0.9
    assert found["angle"] < 8


def test_what_went_too_far_at_once_has_no_arrows(smile):
    frames, landmarks, field, poses = smile
    jump = [0, 0, 0, -1]
    found = smile_errors(frames[jump], landmarks[jump], field, poses[jump])
    assert found["shown"] < 0.2


def test_skin_that_is_covered_has_no_arrows(smile):
    frames, landmarks, *_ = smile
    frames = frames[:3].copy()
    corner = np.rint(landmarks[2, 48]).astype(int)
    hand = np.s_[2, corner[1] - 30 : corner[1] + 30, corner[0] - 30 : corner[0] + 30]
    frames[hand] = np.random.default_rng(0).integers(0, 255, (60, 60))
    *_, before, last = overlay_stream(frames, landmarks[:3], FPS)
    covered = (np.abs(last.movement.tails - corner) < 25).all(axis=1)
    assert covered.sum() >= 4
    assert (last.movement.confidence[covered] == 0).all()
    assert not last.shown[covered].any()
    assert (before.movement.confidence[covered] > 0.5).any()


def test_images_are_the_frames_but_for_arrows_and_legend(pulled, drawn):
    for frame, overlay in zip(pulled[0], drawn, strict=True):
        assert (
            overlay.movement.frame is frame or (overlay.movement.frame == frame).all()
        )
        changed = (overlay.image != frame[..., None]).any(axis=2)
        assert not changed[:290, :60].any() and not changed[:290, 300:].any()
        assert changed[:290].any() == (overlay.shown.sum() > 0)


@pytest.mark.parametrize("scale", [5, 20])
def test_arrows_cover_less_than_a_tenth_of_the_face(pulled, scale):
    """Even where all of it moves, and arrows are long."""
    frames, landmarks, *_ = pulled
    for overlay in overlay_stream(
        frames[:6],
        landmarks[:6] + np.arange(6)[:, None, None],  # landmarks that run away
        FPS,
        scale=scale,
        threshold=0,
        steady=False,
    ):
        clean = np.repeat(overlay.movement.frame[..., None], 3, axis=2)
        draw_legend(clean, scale)
        covered = (overlay.image != clean).any(axis=2).sum()
        assert covered < 0.1 * overlay.movement.grid.area
    assert covered > 0.03 * overlay.movement.grid.area


def test_arrows_do_not_flicker(rng):
    """With noise in every frame, an arrow comes once and goes once, or nearly so."""
    bunch = make_clips(1, 1, ["happiness"], fps=50, amplitude=3, noise=4, blinks=False)
    clip = bunch.clips[0]
    landmarks = clip.landmarks + rng.normal(scale=0.2, size=clip.landmarks.shape)
    stream = overlay_stream(clip.frames, landmarks, 50, step=12)
    shown = np.stack([overlay.shown for overlay in stream])
    changes = (shown[1:] != shown[:-1]).sum(axis=0)
    assert shown.any(axis=0).sum() > 10
    assert changes[shown.any(axis=0)].mean() < 2.5


def test_auto_threshold_is_three_sigmas_of_noise(rng):
    for sigma in (0.1, 0.5):
        threshold = AutoThreshold()
        values = [threshold(rng.normal(scale=sigma, size=(400, 2))) for _ in range(20)]
        assert np.mean(values) == pytest.approx(3 * sigma, rel=0.1)
        moved = rng.normal(scale=sigma, size=(400, 2))
        moved[:150] += 5  # an expression moves a part of the face
        assert threshold(moved) < 5.5 * sigma
    assert AutoThreshold()(np.zeros((9, 2))) == AutoThreshold()(np.zeros((0, 2))) == 0.1


def test_a_given_threshold_is_kept(pulled):
    frames, landmarks, *_ = pulled
    all_of_them = list(overlay_stream(frames[:5], landmarks[:5], FPS, threshold=0))
    none = list(overlay_stream(frames[:5], landmarks[:5], FPS, threshold=50))
    sure = all_of_them[-1].movement.grid.confidence >= 0.5
    assert (all_of_them[-1].shown == sure).all() and sure.sum() > 20
    assert not none[-1].shown.any()


def test_frames_without_a_face_pass_unmarked(pulled):
    frames, landmarks, *_ = pulled
    landmarks = landmarks.copy()
    landmarks[[0, 5]] = np.nan
    found = list(overlay_stream(iter(frames[:9]), iter(landmarks[:9]), FPS))
    assert len(found) == 9
    for t, overlay in enumerate(found):
        if t in (0, 5):
            assert overlay.shown is None and overlay.movement.vectors is None
            assert (overlay.image == frames[t][..., None]).all()
        else:
            assert overlay.shown is not None
    nobody = list(overlay_stream(frames[:2], np.full((2, 68, 2), np.nan), FPS))
    assert all(
        (o.image == f[..., None]).all() for o, f in zip(nobody, frames, strict=False)
    )


def test_color_and_gray_frames_move_alike(pulled):
    frames, landmarks, *_ = pulled
    color = np.repeat(frames[:4, ..., None], 3, axis=3)
    gray = list(movement_stream(frames[:4], landmarks[:4], FPS))
    same = list(movement_stream(color, landmarks[:4], FPS))
    np.testing.assert_allclose(gray[-1].vectors, same[-1].vectors, atol=1e-5)


def test_memory_does_not_grow_with_the_video(pulled):
    """Frames are let go: a stream without an end holds as many as a short one."""
    frames, landmarks, *_ = pulled
    taken = [0]

    def endless(items):
        for t in count():
            taken[0] += items is frames
            yield items[t % 2].copy()

    stream = overlay_stream(endless(frames), endless(landmarks), FPS, method="dis_fast")
    peaks = []
    tracemalloc.start()
    for n_frames in (15, 30):
        tracemalloc.reset_peak()
        given = sum(1 for _ in islice(stream, n_frames))
        peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    assert given == 30 and taken[0] - 45 < 20
    assert peaks[1] < 1.1 * peaks[0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "none"}, "method must be among"),
        ({"follow": "none"}, "follow must be among"),
        ({"smoother": "none such"}, "smoother must be among"),
        ({"scale": 0}, "scale must be positive"),
        ({"turn": 1}, "turn must be above 1"),
        ({"threshold": -1}, "threshold must be 'auto' or finite and not negative"),
    ],
)
def test_settings_are_checked_before_the_first_frame(settings, message):
    def frames():
        raise AssertionError("a frame was asked for")
        yield

    with pytest.raises(ValueError, match=message):
        overlay_stream(frames(), frames(), **settings)
    with pytest.raises(TypeError, match="must be a CanonicalMesh"):
        overlay_stream(frames(), frames(), mesh=1)


@pytest.mark.parametrize(
    ("landmarks", "message"),
    [
        (np.ones((2, 68, 2)), "of 2 frames were given, but the video has more"),
        (np.ones((4, 68, 2)), "of 4 frames were given, but the video has 3"),
        (np.ones((3, 5, 2)), r"must be 68 points .* got shape \(5, 2\)"),
    ],
)
def test_landmarks_must_fit(landmarks, message):
    frames = [np.zeros((40, 40), np.uint8)] * 3
    points = landmarks * np.nan
    with pytest.raises(ValueError, match=message):
        list(overlay_stream(frames, points))


def test_landmarks_that_are_no_face():
    frames = [np.zeros((180, 180), np.uint8)] * 8
    points = np.stack([90 + 80 * MEAN_FACE] * 8)
    points[3, 7, 0] = np.inf  # counts as missing, as NaN does
    found = [o.movement.landmarks is None for o in overlay_stream(frames, points)]
    assert found == [False] * 3 + [True] + [False] * 4
    points[3, 7, 0] = 1e30
    with pytest.raises(ValueError, match=r"got \(1e\+30, .* for point 7 of frame 3"):
        list(overlay_stream(frames, points))
    points[3] = 30
    with pytest.raises(ValueError, match=r"those of frame 3 all lie in \(30, 30\)"):
        list(overlay_stream(frames, points))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scale": np.inf}, "scale must be positive, up to 1000, got inf"),
        ({"scale": np.nan}, "scale must be positive"),
        ({"threshold": np.inf}, "threshold must be 'auto' or finite"),
        ({"turn": np.inf}, "turn must be above 1 and finite"),
        ({"step": 0}, "step must be at least 1"),
        ({"step": -1}, "step must be at least 1"),
        ({"fps": np.inf}, "fps must be positive and finite"),
        ({"fps": np.nan}, "fps must be positive and finite"),
    ],
)
def test_numbers_that_nothing_can_be_drawn_with_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        overlay_stream([], [], **settings)


def test_two_faces_and_the_smaller_of_them(pulled):
    """The points of which face are drawn on is said by its number."""
    pytest.importorskip("dlib")
    frames, *_ = pulled
    small = cv2.resize(frames[0], None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    both = np.full((360, 600), 90, np.uint8)
    both[:, :360], both[72:288, 372:588] = frames[0], small
    middles = []
    for face in (0, 1):
        (move,) = movement_stream([both], face=face)
        middles.append(move.landmarks[30, 0])
    assert middles[0] < 300 < middles[1]
    (nobody,) = movement_stream([both], face=2)
    assert nobody.landmarks is None


def test_the_mean_face_is_no_secret():
    """The canvas takes any face of 68 points, as those of `MEAN_FACE`."""
    frames = [np.zeros((180, 180), np.uint8)] * 2
    (_, last) = movement_stream(frames, [90 + 80 * MEAN_FACE] * 2)
    np.testing.assert_allclose(last.tails, last.heads)
