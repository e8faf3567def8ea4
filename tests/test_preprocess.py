"""Trim, resize, gray."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from mefeat import Clip
from mefeat.clip import luma
from mefeat.preprocess import Gray, Resize, TrimToEvent


@pytest.fixture
def numbered():
    """Frame t is t everywhere, and so are its landmarks."""
    frames = np.broadcast_to(np.arange(20)[:, None, None], (20, 6, 8))
    landmarks = np.broadcast_to(np.arange(20.0)[:, None, None], (20, 3, 2))
    return Clip.from_array(frames, landmarks=landmarks, fps=100)


def test_trim_keeps_onset_to_offset(numbered):
    clip = numbered.replace(onset=4, apex=7, offset=11)
    out = TrimToEvent().transform([clip])[0]
    assert out.frames.dtype == np.uint8
    assert out.frames[:, 0, 0].tolist() == list(range(4, 12))
    assert out.landmarks[:, 0, 0].tolist() == list(range(4, 12))
    assert (out.onset, out.apex, out.offset, out.fps) == (0, 3, 7, 100)


def test_trim_of_the_whole_clip_changes_nothing(numbered):
    clip = numbered.replace(onset=0, offset=19)
    out = TrimToEvent().transform([clip])[0]
    assert np.array_equal(out.frames, clip.frames)
    assert (out.onset, out.offset) == (0, 19)


@pytest.mark.parametrize(
    ("keys", "missing"),
    [
        ({}, "onset and offset"),
        ({"onset": 3}, "offset"),
        ({"offset": 9}, "onset"),
    ],
)
def test_trim_says_which_key_frame_is_missing(numbered, keys, missing):
    with pytest.raises(ValueError, match=f"TrimToEvent needs the {missing} of each"):
        TrimToEvent().transform([numbered.replace(**keys)])


@pytest.mark.parametrize(
    ("keys", "first", "last"),
    [({}, 0, 19), ({"onset": 3}, 3, 19), ({"offset": 9}, 0, 9), ({"apex": 5}, 0, 19)],
)
def test_trim_can_keep_what_is_not_known(numbered, keys, first, last):
    stage = TrimToEvent(on_missing="keep")
    out = stage.transform([numbered.replace(**keys)])[0]
    assert out.frames[[0, -1], 0, 0].tolist() == [first, last]


def test_resize_moves_landmarks_with_the_picture():
    x = np.broadcast_to(np.arange(40.0), (30, 40))
    landmarks = np.array([[[0, 0], [20, 10], [39, 29.0]]])
    clip = Clip(np.array(x[None]), landmarks=landmarks)
    out = Resize((60, 20)).transform([clip])[0]
    assert out.frames.shape == (1, 60, 20)
    assert out.frames[0, 0, 1:-1] == pytest.approx(np.arange(1, 19) * 2 + 0.5)
    assert out.landmarks[0].tolist() == [[-0.25, 0.5], [9.75, 20.5], [19.25, 58.5]]


def test_resize_to_the_same_size_keeps_every_value():
    clip = Clip(astronaut()[None], landmarks=np.full((1, 2, 2), 7.0))
    out = Resize((512, 512)).transform([clip])[0]
    assert np.array_equal(out.frames, clip.frames)
    assert np.array_equal(out.landmarks, clip.landmarks)


def test_resize_averages_where_it_shrinks():
    picture = astronaut()[..., 0]
    out = Resize((128, 128)).transform([Clip(picture[None])])[0].frames[0]
    means = cv2.resize(picture.astype(np.float32), (128, 128), interpolation=3)
    assert np.abs(out - means).mean() < 0.5
    assert np.abs(picture[2::4, 2::4] - means).mean() > 3


def test_resize_leaves_a_flat_picture_flat():
    clip = Clip(np.full((2, 37, 53, 3), 201, np.uint8))
    assert (Resize((20, 90)).transform([clip])[0].frames == 201).all()


def test_gray_is_luma():
    clip = Clip(astronaut()[None], fps=25, apex=0)
    out = Gray().transform([clip])[0]
    assert np.array_equal(out.frames, luma(clip.frames))
    assert (out.fps, out.apex) == (25, 0)


def test_gray_leaves_gray_clips_alone(numbered):
    assert Gray().transform([numbered])[0] is numbered
