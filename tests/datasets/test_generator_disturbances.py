"""What disturbs generated clips, faces of the user, and bad parameters."""

import cv2
import numpy as np
import pytest

from mefeat.clip import luma
from mefeat.datasets import make_clips, make_video
from mefeat.datasets._generator._clips import astronaut

SMALL = {"size": (64, 56), "fps": 60}
STILL = {"head_motion": 0, "noise": 0, "flicker": 0, "blinks": False}


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
