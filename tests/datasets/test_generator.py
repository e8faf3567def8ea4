"""The generator: what its clips promise."""

import cv2
import numpy as np
import pytest
from sklearn.model_selection import LeaveOneGroupOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mefeat.datasets import make_clips
from mefeat.datasets._generator._acting import EXPRESSIONS, MIRROR, unit_displacements

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
        image = clip.frames[0].astype(float)
        for eye in (range(36, 42), range(42, 48)):
            x, y = clip.landmarks[0, list(eye)].mean(axis=0).round().astype(int)
            # The pupil is darker than the skin below it.
            below = y + 14
            assert image[y - 2 : y + 3, x - 2 : x + 3].mean() < (
                0.75 * image[below - 2 : below + 3, x - 2 : x + 3].mean()
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
