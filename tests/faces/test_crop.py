"""Cropping: where the box lies, and that one box holds for a whole clip."""

import pickle

import numpy as np
import pytest
from skimage.data import astronaut
from sklearn.base import clone

from mefeat import Clip
from mefeat.faces import CropFace
from mefeat.faces._crop import landmark_box
from mefeat.faces._detection import steady_box
from mefeat.faces._template import place

POINTS = place((78.0, 176.0, 94.0, 94.0))
GRADUAL = np.indices((240, 260), dtype=np.float32)[::-1]


def test_crop_face_puts_the_box_on_the_image():
    landmarks = np.array([[[10.0, 20.0], [50.0, 60.0]]])
    clips = [Clip(c[None], landmarks=landmarks) for c in GRADUAL]
    x, y = (c.frames[0] for c in CropFace((120, 80), margin=0).transform(clips))
    # 40 x 40 pixels become 40 x 60, upwards; twice enlarged.
    assert x[60, 0] == pytest.approx(10.25)
    assert x[60, -1] == pytest.approx(49.75)
    assert y[0, 40] == pytest.approx(0.25)
    assert y[-1, 40] == pytest.approx(59.75)
    out = CropFace((120, 80), margin=0).transform(clips)[0].landmarks
    assert out == pytest.approx(np.array([[[-0.5, 39.5], [79.5, 119.5]]]))


def test_crop_face_has_one_box_for_all_frames(rng):
    landmarks = POINTS + rng.normal(0, 1, (7, 68, 2))
    clip = Clip(np.stack([astronaut()] * 7), landmarks=landmarks)
    out = CropFace().transform([clip])[0]
    assert out.frames.shape == (7, 170, 140, 3)
    assert (out.frames == out.frames[0]).all()


def test_crop_face_is_not_moved_by_a_wrong_frame():
    landmarks = np.stack([POINTS] * 5)
    landmarks[2] += 200
    good = landmark_box(landmarks[:1], (170, 140))
    assert np.array_equal(landmark_box(landmarks, (170, 140)), good)


@pytest.mark.parametrize("size", [(170, 140), (64, 64), (50, 200)])
def test_the_box_keeps_the_ratio_and_holds_the_landmarks(size):
    top, left, height, width = landmark_box(POINTS[None], size, margin=0.1)
    assert height / width == pytest.approx(size[0] / size[1])
    (x0, y0), (x1, y1) = POINTS.min(axis=0), POINTS.max(axis=0)
    gap = min(x0 - left, y0 - top, left + width - x1, top + height - y1)
    assert gap >= 0.1 * min(x1 - x0, y1 - y0) - 1


def test_crop_face_leaves_flat_areas_flat():
    clip = Clip(np.full((2, 300, 300), 77, np.uint8), landmarks=[POINTS * 0.7] * 2)
    assert (CropFace().transform([clip])[0].frames == 77).all()


def test_crop_face_repeats_the_border():
    image = np.zeros((60, 60), np.uint8)
    image[:, 0], image[:, -1] = 100, 200
    clip = Clip(image[None], landmarks=[[[0, 20], [59, 40]]])
    out = CropFace((30, 60), margin=0.5).transform([clip])[0].frames[0]
    assert (out[:, :10] == 100).all()
    assert (out[:, -10:] == 200).all()


def test_box_and_landmarks_crop_alike():
    boxes = [
        landmark_box(points[None], (170, 140))
        for points in (POINTS, place(steady_box(astronaut()[None])))
    ]
    assert boxes[0] == pytest.approx(boxes[1], abs=6)


def test_auto_takes_landmarks_where_there_are_any():
    clip = Clip(astronaut()[None])
    marked = clip.replace(landmarks=POINTS[None])
    box = CropFace(source="box").transform([clip, marked])
    auto = CropFace().transform([clip, marked])
    landmarks = CropFace(source="landmarks").transform([marked])[0]
    assert np.array_equal(box[0].frames, box[1].frames)
    assert np.array_equal(auto[0].frames, box[0].frames)
    assert np.array_equal(auto[1].frames, landmarks.frames)
    assert not np.array_equal(auto[0].frames, auto[1].frames)


def test_crop_face_says_what_is_missing():
    blank = Clip(np.zeros((2, 100, 100), np.uint8))
    with pytest.raises(ValueError, match="CropFace needs the landmarks.*source='box'"):
        CropFace(source="landmarks").transform([blank])
    with pytest.raises(ValueError, match="no face in the frames 0, 1"):
        CropFace().transform([blank])
    with pytest.raises(ValueError, match="points on one line"):
        CropFace().transform([blank.replace(landmarks=np.ones((2, 3, 2)))])
    with pytest.raises(ValueError, match="size must be .height, width.* got .9, 9, 9"):
        CropFace((9, 9, 9)).transform([blank.replace(landmarks=[POINTS] * 2)])


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("part", [np.s_[1], np.s_[1, :, 0], np.s_[1, 5, 1]])
def test_crop_face_refuses_landmarks_that_are_not_finite(wrong, part):
    landmarks = np.stack([POINTS] * 2)
    landmarks[part] = wrong
    clip = Clip(np.zeros((2, 240, 260), np.uint8), landmarks=landmarks)
    with pytest.raises(ValueError, match="finite landmarks.*on_missing='interpolate'"):
        CropFace().transform([clip])


def test_crop_face_clones_and_pickles():
    stage = CropFace((64, 48), margin=0.2, source="box")
    for copy in (clone(stage), pickle.loads(pickle.dumps(stage))):
        assert copy.get_params() == stage.get_params()
