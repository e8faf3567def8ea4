"""The generator: what its clips promise, and the class maps."""

import cv2
import numpy as np
import pytest
from scipy.ndimage import map_coordinates
from sklearn.model_selection import LeaveOneGroupOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mefeat.clip import luma
from mefeat.datasets import (
    FIVE_CLASSES,
    THREE_CLASSES,
    make_clips,
    make_video,
    map_classes,
)
from mefeat.datasets.action_units import EXPRESSIONS, MIRROR, unit_displacements
from mefeat.datasets.faces import astronaut
from mefeat.datasets.scenes import blink_field
from mefeat.kernels import warping

SMALL = {"size": (64, 56), "fps": 60}
STILL = {"head_motion": 0, "noise": 0, "flicker": 0, "blinks": False}


def dis(clip, start, end):
    """Optical flow by a solver that knows nothing of us, (2, height, width)."""
    preset = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
    solver = cv2.DISOpticalFlow_create(preset)
    return np.moveaxis(solver.calc(clip.frames[start], clip.frames[end], None), 2, 0)


def blocks(clip):
    """Mean flow from onset to apex in 5x5 blocks, without that of the head."""
    flow = dis(clip, clip.onset, clip.apex)
    flow = np.moveaxis(flow - np.median(flow, axis=(1, 2), keepdims=True), 0, 2)
    return cv2.resize(flow, (5, 5), interpolation=cv2.INTER_AREA).ravel()


def loso(rows, bunch):
    model = make_pipeline(StandardScaler(), SVC(kernel="linear", C=0.1))
    folds = {"groups": bunch.groups, "cv": LeaveOneGroupOut()}
    return cross_val_score(model, rows, bunch.target, **folds).mean()


def bytes_of(bunch):
    return b"".join(clip.frames.tobytes() for clip in bunch.clips)


# One set of clips of every class, without noise, for what is looked at in full size.


@pytest.fixture(scope="module")
def clean():
    return make_clips(2, 1, tuple(EXPRESSIONS), noise=0, blinks=False, random_state=1)


# Reproducibility


def test_same_seed_same_bytes_whatever_the_threads():
    first = make_clips(2, 1, **SMALL)
    assert bytes_of(first) == bytes_of(make_clips(2, 1, **SMALL, n_jobs=2))
    assert first.frame.equals(make_clips(2, 1, **SMALL).frame)
    assert bytes_of(first) != bytes_of(make_clips(2, 1, **SMALL, random_state=1))
    states = [np.random.RandomState(3) for _ in range(2)]
    one, other = (make_clips(1, 1, **SMALL, random_state=state) for state in states)
    assert bytes_of(one) == bytes_of(other)


def test_a_larger_set_holds_the_smaller_one():
    small = make_clips(1, 1, ["happiness", "anger"], **SMALL)
    large = make_clips(2, 2, ["happiness", "anger"], **SMALL)
    assert (small.clips[0].frames == large.clips[0].frames).all()
    assert (small.clips[1].frames == large.clips[2].frames).all()


def test_amplitude_changes_nothing_but_how_far_the_skin_moves():
    weak, strong = (make_clips(1, 1, amplitude=a, **SMALL) for a in (0.5, 2.0))
    for a, b in zip(weak.clips, strong.clips, strict=True):
        assert (a.onset, a.apex, a.offset) == (b.onset, b.apex, b.offset)
        assert (a.frames[: a.onset + 1] == b.frames[: a.onset + 1]).all()
        assert (a.frames[a.apex] != b.frames[a.apex]).any()
    assert weak.frame["action_units"].equals(strong.frame["action_units"])


# What comes back


def test_the_bunch_describes_every_clip():
    bunch = make_clips(3, 2, ["surprise", "contempt"], **SMALL)
    assert bunch.target_names.tolist() == ["surprise", "contempt"]
    assert bunch.target.tolist() == [0, 0, 1, 1] * 3
    assert bunch.groups.tolist() == ["s01"] * 4 + ["s02"] * 4 + ["s03"] * 4
    assert len(bunch.clips) == len(bunch.flow) == len(bunch.frame) == 12
    assert not bunch.frame.duplicated(["subject", "clip"]).any()
    for clip, row in zip(bunch.clips, bunch.frame.itertuples(), strict=True):
        assert clip.frames.dtype == np.uint8
        assert clip.landmarks.shape == (len(clip.frames), 68, 2)
        assert (clip.onset, clip.apex, clip.offset) == (row.onset, row.apex, row.offset)
        assert len(row.action_units.split("+")) == len(row.intensities)
        assert 0 < max(row.intensities) < 2 * 1.5
    assert "Synthetic" in bunch.DESCR and "12 clips of 3 subjects" in bunch.DESCR


@pytest.mark.parametrize("fps", [25, 200])
def test_time_goes_from_neutral_to_neutral(fps):
    bunch = make_clips(3, 2, size=(40, 32), fps=fps, amplitude=1)
    for clip in bunch.clips:
        last = len(clip.frames) - 1
        assert max(6, 0.17 * fps - 1) <= last + 1 <= max(6, 0.5 * fps + 1)
        assert 0 < clip.onset < clip.apex < clip.offset < last
        assert last / 4 - 1 <= clip.apex <= 3 * last / 4 + 1
        assert clip.apex - clip.onset <= clip.offset - clip.apex
    assert len({len(clip.frames) for clip in bunch.clips}) > 1


def test_the_face_rests_before_onset_and_after_offset():
    clip = make_clips(1, 1, ["disgust"], size=(64, 56), **STILL).clips[0]
    still = np.ptp(clip.landmarks[: clip.onset + 1], axis=0)
    assert np.abs(still).max() < 1e-4
    assert (clip.frames[clip.offset :] == clip.frames[0]).all()
    distance = np.linalg.norm(clip.landmarks - clip.landmarks[0], axis=2).max(axis=1)
    assert distance.argmax() == clip.apex


# Truth


def test_a_solver_recovers_the_true_flow(clean):
    for i, clip in enumerate(clean.clips):
        true = clean.flow[i]
        error = np.linalg.norm(dis(clip, clip.onset, clip.apex) - true, axis=0)
        length = np.linalg.norm(true, axis=0)
        moves = length > 0.3
        assert error[moves].mean() < 0.35 * length[moves].mean()


def test_the_true_flow_takes_the_onset_to_the_apex():
    bunch = make_clips(1, 1, amplitude=4, noise=0, flicker=0, blinks=False)
    grid = np.indices((170, 140), dtype=np.float32)[::-1]
    for clip, flow in zip(bunch.clips, bunch.flow, strict=True):
        onset = clip.frames[clip.onset].astype(np.float32)
        apex = clip.frames[clip.apex].astype(np.float32)
        back = cv2.remap(apex, *(grid + flow), cv2.INTER_CUBIC)
        inside = np.s_[8:-8, 8:-8]
        rest = np.abs(back - onset)[inside].mean()
        assert rest < 1.5
        assert rest < 0.35 * np.abs(apex - onset)[inside].mean()


@pytest.mark.parametrize("amplitude", [0.5, 1.5, 3.5])
def test_amplitude_is_the_largest_displacement_at_the_apex(amplitude):
    settings = STILL | {"size": (96, 80), "fps": 60, "amplitude": amplitude}
    bunch = make_clips(2, 1, tuple(EXPRESSIONS), **settings)
    for flow in bunch.flow:
        assert np.linalg.norm(flow, axis=0).max() == pytest.approx(amplitude, rel=0.05)


def test_head_motion_is_in_the_flow_but_not_in_the_amplitude():
    bunch = make_clips(4, 1, amplitude=0, head_motion=3, **SMALL)
    assert max(np.abs(flow).mean() for flow in bunch.flow) > 0.3


def test_landmarks_move_with_the_skin(clean):
    for i, clip in enumerate(clean.clips):
        x, y = np.float32(clip.landmarks[clip.onset]).T.reshape(2, 1, 68)
        moved = [cv2.remap(c, x, y, cv2.INTER_LINEAR)[0] for c in clean.flow[i]]
        step = clip.landmarks[clip.apex] - clip.landmarks[clip.onset]
        # Points of the neck and the chin may leave a small frame.
        inside = (y[0] < clip.frames.shape[1] - 1) & (x[0] > 0)
        np.testing.assert_allclose(np.transpose(moved)[inside], step[inside], atol=0.05)


def test_landmarks_lie_on_the_features_of_the_face(clean):
    for clip in clean.clips:
        picture = clip.frames[0].astype(float)
        for eye in (range(36, 42), range(42, 48)):
            x, y = clip.landmarks[0, list(eye)].mean(axis=0).round().astype(int)
            # The pupil is darker than the skin below it.
            below = y + 14
            assert picture[y - 2 : y + 3, x - 2 : x + 3].mean() < (
                0.75 * picture[below - 2 : below + 3, x - 2 : x + 3].mean()
            )


def test_the_skin_never_folds():
    bunch = make_clips(3, 1, tuple(EXPRESSIONS), amplitude=6.7, fps=20, **STILL)
    for flow in bunch.flow:
        du_dy, du_dx = np.gradient(flow[0])
        dv_dy, dv_dx = np.gradient(flow[1])
        assert ((1 + du_dx) * (1 + dv_dy) - du_dy * dv_dx).min() > 0


def test_action_units_move_what_they_are_named_for():
    lip_corner, brow = 48, 19
    assert unit_displacements(12)[lip_corner, 1] < 0 < unit_displacements(15)[48, 1]
    assert unit_displacements(1)[21, 1] < 0 < unit_displacements(4)[21, 1]
    assert unit_displacements(2)[brow, 1] < 0
    assert unit_displacements(26)[8, 1] > 0 > unit_displacements(17)[8, 1]
    left, right = unit_displacements("L14"), unit_displacements("R14")
    assert right[lip_corner, 0] < 0 == left[lip_corner, 0]
    np.testing.assert_array_equal(left + right, unit_displacements(14))
    for unit in (1, 4, 9, 12, 20, 26):
        moves = unit_displacements(unit)[:68]
        np.testing.assert_array_equal(moves[MIRROR] * [-1, 1], moves)


# What must not leak, and what must be there


def test_without_amplitude_the_class_is_nowhere_in_the_clips():
    settings = {"amplitude": 0, **SMALL}
    first = make_clips(2, 2, ["happiness", "surprise"], **settings)
    second = make_clips(2, 2, ["contempt", "disgust"], **settings)
    for a, b in zip(first.clips, second.clips, strict=True):
        assert (a.frames == b.frames).all()
        assert (a.landmarks == b.landmarks).all()
        assert (a.onset, a.apex, a.offset) == (b.onset, b.apex, b.offset)


def test_accuracy_rises_from_chance_with_amplitude():
    settings = {"size": (85, 70), "fps": 50, "n_jobs": 2}
    chance, weak, strong = (
        make_clips(6, 2, amplitude=amplitude, **settings) for amplitude in (0, 0.7, 3)
    )
    accuracy = [
        loso(np.array([blocks(clip) for clip in bunch.clips]), bunch)
        for bunch in (chance, weak, strong)
    ]
    # Sixty clips of five classes: three standard deviations above 1/5 are .355.
    assert accuracy[0] < 0.355 < accuracy[1] < accuracy[2]
    assert accuracy[2] > 0.65
    numbers = [[len(c.frames), c.onset, c.apex, c.offset] for c in strong.clips]
    assert loso(np.array(numbers), strong) < 0.355


def test_identity_is_in_the_raw_rows():
    bunch = make_clips(6, 1, **SMALL)
    rows = np.array([clip.frames[0].ravel() for clip in bunch.clips], dtype=float)
    nearest = KNeighborsClassifier(1)
    others = cross_val_score(nearest, rows, bunch.groups, cv=5)
    assert others.mean() > 0.9


# Disturbances


def test_noise_has_the_spread_that_was_asked_for():
    quiet, noisy = (
        make_clips(1, 1, ["anger"], noise=n, **SMALL).clips[0].frames.astype(float)
        for n in (0, 4)
    )
    middle = (quiet > 20) & (quiet < 235)
    assert (noisy - quiet)[middle].std() == pytest.approx(4, rel=0.05)
    assert (noisy - quiet)[middle].mean() == pytest.approx(0, abs=0.1)


def test_the_lamp_flickers_at_100_hertz():
    settings = STILL | {"size": (64, 56), "fps": 400, "amplitude": 0}
    clip = make_clips(1, 1, ["anger"], **(settings | {"flicker": 5})).clips[0]
    level = clip.frames.mean(axis=(1, 2))
    level = level[: len(level) // 4 * 4] - level.mean()
    spectrum = np.abs(np.fft.rfft(level * np.hanning(len(level))))
    peak = spectrum[5:].argmax() + 5
    assert np.fft.rfftfreq(len(level), 1 / 400)[peak] == pytest.approx(100, abs=6)
    steady = make_clips(1, 1, ["anger"], **settings).clips[0].frames
    assert (steady == steady[0]).all()


def test_eyes_blink_only_if_they_may():
    settings = {"size": (96, 80), "fps": 40, "head_motion": 0, "noise": 0}
    openings = []
    for blinks in (True, False):
        clip, _ = make_video(12, 0, blinks=blinks, **settings)
        lids = clip.landmarks[:, [41, 40], 1] - clip.landmarks[:, [37, 38], 1]
        openings.append(lids.mean(axis=1) / np.median(lids.mean(axis=1)))
    assert openings[0].min() < 0.4 < 0.99 < openings[1].min()
    # Eyes are open most of the time.
    assert 0.02 < np.mean(openings[0] < 0.9) < 0.3


def test_color_and_compression():
    settings = {"n_subjects": 1, "n_per_class": 1, "classes": ["anger"], **SMALL}
    gray = make_clips(**settings, noise=0).clips[0].frames
    color = make_clips(**settings, noise=0, color=True).clips[0].frames
    assert color.shape == (*gray.shape, 3)
    assert np.abs(luma(color) - gray).max() < 2
    # The face is redder than blue, before and after the codec.
    for jpeg in (None, 90):
        frames = make_clips(**settings, color=True, jpeg=jpeg).clips[0].frames
        assert frames[..., 0].mean() > frames[..., 2].mean() + 5
    pressed = make_clips(**settings, noise=0, jpeg=50).clips[0].frames
    difference = np.abs(pressed.astype(float) - gray)
    assert 0 < difference.mean() < 10


# Faces of the user


def test_faces_of_any_scale_fill_the_frame_alike():
    photo, landmarks = astronaut()
    large = cv2.resize(photo, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    settings = {"classes": ["anger"], "random_state": 2, **SMALL, **STILL}
    small, big = (
        make_clips(1, 1, faces=[face], **settings).clips[0]
        for face in ((photo, landmarks), (large, (landmarks + 0.5) * 4 - 0.5))
    )
    np.testing.assert_allclose(small.landmarks, big.landmarks, atol=0.05)
    a, b = (c.frames[0].astype(float).ravel() for c in (small, big))
    assert np.corrcoef(a, b)[0, 1] > 0.95


def test_a_face_at_the_edge_of_its_photograph():
    photo, landmarks = astronaut()
    cut = photo[80:185, 175:275]
    faces = [(cut, landmarks - [175, 80])]
    bunch = make_clips(1, 1, ["anger"], faces=faces, **SMALL)
    assert bunch.clips[0].frames.std() > 10


def test_landmarks_are_found_where_they_lack():
    pytest.importorskip("dlib")
    photo, _ = astronaut()
    settings = {"classes": ["anger"], **SMALL, **STILL}
    found = make_clips(1, 1, faces=[photo], **settings).clips[0].landmarks[0]
    stored = make_clips(1, 1, **settings).clips[0].landmarks[0]
    # dlib continues the brows beyond their ends, and leaves out the corners of eyes.
    assert np.linalg.norm(found - stored, axis=1).mean() < 1


# Parameters


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"n_subjects": 0}, ValueError, "n_subjects must be at least 1, got 0"),
        ({"n_per_class": 1.5}, TypeError, "n_per_class must be a whole number"),
        ({"classes": []}, ValueError, "at least one class"),
        ({"classes": ["joy"]}, ValueError, "happiness, .*contempt, got 'joy'"),
        ({"classes": ["fear", "fear"]}, ValueError, "classes must differ"),
        ({"classes": "fear"}, TypeError, "classes must be a sequence of names"),
        ({"size": 64}, TypeError, r"size must be \(height, width\)"),
        ({"size": (64,)}, ValueError, r"size must be \(height, width\)"),
        ({"size": (64, 10)}, ValueError, "each of size must be at least 32"),
        ({"fps": 0}, ValueError, "fps must be from 10"),
        ({"fps": "fast"}, TypeError, "fps must be a number, got 'fast'"),
        ({"amplitude": -1}, ValueError, "amplitude must be from 0"),
        ({"amplitude": 6}, ValueError, "at most 2.5 pixels in frames of 64x56"),
        ({"noise": np.nan}, ValueError, "noise must be from 0 to 255, got nan"),
        ({"head_motion": -1}, ValueError, "head_motion must be from 0"),
        ({"flicker": None}, TypeError, "flicker must be a number"),
        ({"blinks": 1}, TypeError, "blinks must be True or False"),
        ({"jpeg": 101}, ValueError, "jpeg must be from 1 to 100, got 101"),
        ({"faces": []}, ValueError, "at least one photograph"),
        ({"faces": astronaut()[0]}, TypeError, "faces must be a list"),
        ({"faces": ["me.png"]}, TypeError, r"faces\[0\] must be a uint8 photograph"),
        ({"faces": [astronaut()[0][..., 0]]}, ValueError, r"faces\[0\] must be RGB"),
        (
            {"faces": [(astronaut()[0], np.zeros((5, 2)))]},
            ValueError,
            r"landmarks of faces\[0\] must be 68 finite points .*\(5, 2\)",
        ),
        (
            {"faces": [(astronaut()[0], np.zeros((68, 2)))]},
            ValueError,
            r"eyes of faces\[0\] must be at least 10 pixels apart",
        ),
    ],
)
def test_wrong_parameters_are_named(change, error, message):
    with pytest.raises(error, match=message):
        make_clips(**({"n_subjects": 1, "n_per_class": 1, **SMALL} | change))


# Long videos


def test_expressions_of_a_video_are_where_it_says():
    settings = {"size": (64, 56), "fps": 40, "amplitude": (1.0, 2.5)}
    clip, intervals = make_video(14, (2, 2), **settings, **STILL)
    assert clip.frames.shape == (560, 64, 56) and clip.frames.dtype == np.uint8
    assert sorted(i.kind for i in intervals) == ["macro", "macro", "micro", "micro"]
    away = np.linalg.norm(clip.landmarks - clip.landmarks[0], axis=2).max(axis=1)
    inside = np.zeros(560, dtype=bool)
    for interval in intervals:
        seconds = (interval.offset - interval.onset + 1) / 40
        low, high = {"micro": (0.1, 0.5), "macro": (0.67, 2)}[interval.kind]
        assert low <= seconds <= high
        stretch = np.s_[interval.onset : interval.offset + 1]
        assert not inside[stretch].any()
        inside[stretch] = True
        assert away[stretch].argmax() == interval.apex - interval.onset
        limit = {"micro": 1.0, "macro": 2.5}[interval.kind]
        assert 0.3 * limit < away[interval.apex] <= 1.05 * limit
    assert away[~inside].max() < 1e-4
    starts = [interval.onset for interval in intervals]
    assert starts == sorted(starts)


def test_videos_repeat_and_may_be_empty():
    settings = {"size": (40, 32), "fps": 25, "amplitude": 1}
    first, where = make_video(6, 2, **settings)
    again, where_too = make_video(6, 2, **settings)
    assert (first.frames == again.frames).all() and where == where_too
    assert [i.kind for i in make_video(3, 1, **settings)[1]] == ["micro"]
    quiet, none = make_video(2, 0, **settings)
    assert none == [] and len(quiet.frames) == 50


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"n_expressions": 9}, ValueError, "9 expressions need .* duration is 3.0"),
        ({"n_expressions": -1}, ValueError, "n_expressions must be at least 0"),
        ({"n_expressions": (1, 2, 3)}, ValueError, r"\(n_micro, n_macro\)"),
        ({"amplitude": (1, 2, 3)}, ValueError, r"\(micro, macro\)"),
        ({"amplitude": 6}, ValueError, "amplitude must be at most 2.5"),
        ({"duration": "long"}, TypeError, "duration must be a number"),
    ],
)
def test_wrong_parameters_of_videos_are_named(change, error, message):
    settings = {"duration": 3, "n_expressions": 1, "amplitude": 1, **SMALL}
    with pytest.raises(error, match=message):
        make_video(**(settings | change))


# Kernels


def test_points_go_through_the_maps_in_order():
    moved, shape = np.zeros((5, 6, 2)), np.zeros((5, 6, 2))
    moved[..., 0] = np.arange(6) / 10
    shape[..., 1] = 0.5
    to_rest = np.array([[1.0, 0, 0.25], [0, 1.0, 0]])
    to_portrait = np.array([[2.0, 0, 1], [0, 3.0, 0]])
    corners = np.empty((6, 7, 2))
    warping.source_map(to_rest, moved, shape, to_portrait, corners)
    # (1.5, 2.5) -> (1.75, 2.5) -> x - x / 10 -> y - 1/2 -> (2 x + 1, 3 y)
    np.testing.assert_allclose(corners[3, 2], [2 * 1.575 + 1, 6], rtol=1e-6)


def test_areas_are_averaged():
    y, x = np.indices((20, 30))
    ramp = (3.0 * x + y)[..., None].astype(np.float32)
    corners = np.stack(np.meshgrid(np.arange(2, 27, 4), np.arange(3, 16, 4)), axis=2)
    out = np.empty((3, 6, 1), dtype=np.float32)
    for n_sub in (1, 2, 3):
        warping.sample_areas(ramp, corners.astype(float), n_sub, out)
        # The mean of a ramp over a square of four pixels is its value in the middle.
        np.testing.assert_allclose(out[1, 2], 3 * (2 + 8 + 2) + (3 + 4 + 2), rtol=1e-6)
    stripes = (x % 2 * 100.0)[..., None].astype(np.float32)
    warping.sample_areas(stripes, corners.astype(float), 4, out)
    np.testing.assert_allclose(out, 50, atol=1e-3)


def test_exposure_rounds_and_clips():
    picture = np.full((1, 4, 1), 100, dtype=np.float32)
    noise = np.array([0, 0.6, -200, 500], dtype=np.float32).reshape(1, 4, 1)
    out = np.empty((1, 4, 1), dtype=np.uint8)
    warping.expose(picture, 1.0, 0.0, noise, out)
    assert out.ravel().tolist() == [100, 101, 0, 255]
    warping.expose(picture, 1.0, 0.4, np.zeros_like(noise), out)
    assert out.ravel().tolist() == [85, 95, 105, 115]


def test_moved_points_are_found(rng):
    y, x = np.indices((40, 50))
    bump = np.exp(-((x - 25) ** 2 + (y - 20) ** 2) / 60.0)
    smooth = np.stack([4 * bump, -5 * bump], axis=2)
    eyes = [[10, 20], [13, 16], [17, 16], [20, 20], [17, 23], [13, 23]]
    landmarks = np.zeros((68, 2))
    landmarks[17:27] = 20, 9
    landmarks[36:42], landmarks[42:48] = eyes, np.add(eyes, [18, 0])
    points = rng.uniform([-5, -5], [55, 45], (300, 2))
    moved = np.empty_like(points)
    for field in (smooth, blink_field(landmarks, (40, 50))):
        assert np.abs(field).max() > 4
        warping.find_moved(points, field, moved)
        at = [
            map_coordinates(c, moved.T[::-1], order=1, mode="nearest")
            for c in np.moveaxis(field, 2, 0)
        ]
        np.testing.assert_allclose(moved - np.transpose(at), points, atol=1e-3)
        back = np.empty_like(points)
        warping.take_back(moved, field, back)
        np.testing.assert_allclose(back, points, atol=1e-4)
    warping.find_moved(points, np.zeros_like(smooth), moved)
    np.testing.assert_array_equal(moved, points)


def test_bumps_add_up():
    out = np.empty((9, 9, 1))
    centers, heights = np.array([[2.0, 4.0], [6.0, 4.0]]), np.array([[1.0], [3.0]])
    warping.spread(centers, heights, 4.0, out)
    # Halfway (r = 1/2) a bump is (1/2)^4 * 3 = 3/16; each ends at the other's center.
    assert out[4, 2, 0] == 1 and out[4, 6, 0] == 3
    assert out[4, 4, 0] == pytest.approx(4 * 3 / 16)
    assert out[0, 2, 0] == 0


# Class maps


def test_class_maps_give_the_published_counts():
    casme2 = dict(disgust=63, happiness=32, repression=27, surprise=25, sadness=7)
    casme2 |= dict(others=99, fear=2)
    samm = dict(Anger=57, Happiness=26, Other=26, Surprise=15, Contempt=12)
    samm |= dict(Disgust=9, Fear=8, Sadness=6)

    def count(emotions, classes):
        names = [name for name, n in emotions.items() for _ in range(n)]
        found = map_classes(names, classes)
        return {c: found.count(c) for c in set(found) - {None}}

    # Two of the 90 are not in the composite of MEGC 2019, which lists 88.
    three = dict(negative=90, positive=32, surprise=25)
    assert count(casme2, THREE_CLASSES["casme2"]) == three
    three = dict(negative=92, positive=26, surprise=15)
    assert count(samm, THREE_CLASSES["samm"]) == three
    assert sum(count(casme2, FIVE_CLASSES["casme2"]).values()) == 246
    assert sum(count(samm, FIVE_CLASSES["samm"]).values()) == 136
    assert set(THREE_CLASSES["synthetic"]) >= set(EXPRESSIONS)
