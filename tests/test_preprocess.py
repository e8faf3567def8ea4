"""Trim, resize, gray, texture."""

import cv2
import naive_flow
import numpy as np
import pytest
from skimage.data import astronaut

from mefeat import Clip
from mefeat.clip import luma
from mefeat.preprocess import (
    Gray,
    Resize,
    StructureTexture,
    TrimToEvent,
    structure_texture,
)


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


def test_resize_moves_landmarks_with_the_image():
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
    image = astronaut()[..., 0]
    out = Resize((128, 128)).transform([Clip(image[None])])[0].frames[0]
    means = cv2.resize(image.astype(np.float32), (128, 128), interpolation=3)
    assert np.abs(out - means).mean() < 0.5
    assert np.abs(image[2::4, 2::4] - means).mean() > 3


def test_resize_leaves_a_flat_image_flat():
    clip = Clip(np.full((2, 37, 53, 3), 201, np.uint8))
    assert (Resize((20, 90)).transform([clip])[0].frames == 201).all()


@pytest.mark.parametrize("size", [(9,), (9, 9, 9), (0, 9)])
def test_resize_says_what_a_size_is(numbered, size):
    with pytest.raises(ValueError, match="size must be .height, width. in pixels, got"):
        Resize(size).transform([numbered])


def test_gray_is_luma():
    clip = Clip(astronaut()[None], fps=25, apex=0)
    out = Gray().transform([clip])[0]
    assert np.array_equal(out.frames, luma(clip.frames))
    assert (out.fps, out.apex) == (25, 0)


def test_gray_leaves_gray_clips_alone(numbered):
    assert Gray().transform([numbered])[0] is numbered


def test_structure_equals_its_slow_twin(rng):
    frames = rng.uniform(0, 255, (2, 13, 11))
    frames[0, 0, 0], frames[1, -1, -1] = 0, 255
    smooth, texture = structure_texture(frames, n_iterations=20)
    expected = [naive_flow.structure(f / 127.5 - 1, 1 / 8, 20) for f in frames]
    expected = 127.5 * (np.stack(expected) + 1)
    np.testing.assert_allclose(smooth, expected, rtol=1e-10)
    np.testing.assert_allclose(texture, frames - 0.95 * expected, atol=1e-8)
    single, _ = structure_texture(frames.astype(np.float32), n_iterations=20)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected, atol=1e-2)


def test_structure_keeps_an_edge_and_lowers_its_contrast():
    """The structure of a step is the step, each side moved by theta over its width."""
    frames = np.zeros((1, 30, 40))
    frames[0, :, 20:] = 255
    smooth, _ = structure_texture(frames, n_iterations=5000)
    moved = 127.5 * (1 / 8) / 20
    np.testing.assert_allclose(smooth[0, :, :20], moved, atol=0.01)
    np.testing.assert_allclose(smooth[0, :, 20:], 255 - moved, atol=0.01)


def test_texture_hardly_sees_a_slow_ramp():
    face = luma(astronaut()[None, :270:2, 95:331:2])[0]
    ramp = np.linspace(0, 40, face.shape[1], dtype=np.float32)
    clip = Clip(np.stack([face * 0.8, face * 0.8 + ramp]))
    before = clip.frames[1] - clip.frames[0]
    after = structure_texture(clip.frames)[1]
    assert np.abs(after[1] - after[0]).mean() < 0.1 * before.mean()


def test_texture_of_a_clip():
    still = Clip(np.full((3, 8, 8), 90, np.uint8))
    assert not StructureTexture().transform([still])[0].frames.any()
    face = astronaut()[:64, 180:244]
    clip = Clip(np.stack([face, face[:, ::-1]]))
    out = StructureTexture(n_iterations=20).transform([clip])[0].frames
    assert out.shape == (2, 64, 64, 3)
    assert (out.min(), out.max()) == (0, 255)
    gray = Clip(np.ascontiguousarray(clip.frames[..., 1]))
    alone = StructureTexture(n_iterations=20).transform([gray])[0].frames
    scale = np.polyfit(alone.ravel(), out[..., 1].ravel(), 1)
    np.testing.assert_allclose(np.polyval(scale, alone), out[..., 1], atol=1e-2)


def test_structure_takes_gray_frames_only():
    with pytest.raises(ValueError, match="gray, got shape"):
        structure_texture(np.zeros((4, 4)))
    for wrong in ({"theta": 0}, {"theta": -1}, {"n_iterations": -1}):
        with pytest.raises(ValueError, match="theta must be more than 0"):
            structure_texture(np.zeros((1, 4, 4)), **wrong)
