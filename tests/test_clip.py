"""The clip keeps together what belongs together."""

import pickle

import naive
import numpy as np
import pytest

from mefeat import Clip, ClipFile
from mefeat.clip import Interval, luma
from mefeat.kernels._sampling import sample_at
from mefeat.testing import example_clips


@pytest.fixture
def clip():
    return example_clips(1)[0]


def test_the_array_given_stays_writeable_and_the_view_is_not(rng):
    frames = rng.integers(0, 256, (3, 4, 5)).astype(np.uint8)
    clip = Clip(frames=frames)
    assert frames.flags.writeable
    assert np.shares_memory(clip.frames, frames)
    with pytest.raises(ValueError, match="read-only"):
        clip.frames[0] = 0
    with pytest.raises(AttributeError):
        clip.fps = 3


def test_numpy_cannot_unpack_a_clip(clip):
    assert np.asarray([clip, clip], dtype=object).shape == (2,)
    for name in ("__len__", "__getitem__", "__array__"):
        assert not hasattr(clip, name)


def test_floats_are_kept_as_float32():
    assert Clip(frames=np.zeros((2, 3, 3))).frames.dtype == np.float32
    assert Clip.from_array(np.full((2, 3, 3), 200)).frames.dtype == np.uint8
    assert Clip.from_array(np.full((2, 3, 3, 1), 9.5)).frames.shape == (2, 3, 3)


def test_pickle(clip):
    again = pickle.loads(pickle.dumps(clip))
    np.testing.assert_array_equal(again.frames, clip.frames)
    np.testing.assert_array_equal(again.flow, clip.flow)
    assert (again.onset, again.apex, again.fps) == (clip.onset, clip.apex, clip.fps)
    assert not again.frames.flags.writeable


def test_new_frames_drop_the_flow(clip):
    assert clip.replace(apex=None).flow is not None
    assert clip.replace(frames=clip.frames).flow is None
    kept = clip.replace(frames=clip.frames, flow=clip.flow, flow_pairs=clip.flow_pairs)
    assert kept.flow is not None


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"frames": [[1]]}, TypeError, "must be an ndarray, got list"),
        ({"frames": np.zeros((2, 3, 3), int)}, TypeError, "Clip.from_array converts"),
        ({"frames": np.zeros((3, 3))}, ValueError, r"got shape \(3, 3\)"),
        ({"frames": np.zeros((2, 3, 3, 4))}, ValueError, r"got shape \(2, 3, 3, 4\)"),
        ({"frames": np.zeros((0, 3, 3))}, ValueError, "must not be empty"),
        ({"landmarks": np.zeros((3, 68, 2))}, ValueError, r"shape \(4, any, 2\), got"),
        ({"apex": 4}, ValueError, r"apex must lie in 0\.\.3, got 4"),
        ({"apex": 1.5}, TypeError, "apex must be a whole number, got 1.5"),
        ({"onset": 2, "apex": 1}, ValueError, "onset <= apex <= offset, got 2, 1"),
        ({"fps": 0}, ValueError, "fps must be positive"),
        ({"flow": np.zeros((1, 2, 5, 6))}, ValueError, "go together"),
        (
            {"flow": np.zeros((1, 2, 5, 5)), "flow_pairs": [[0, 1]]},
            ValueError,
            r"flow must have shape \(any, 2, 5, 6\)",
        ),
        (
            {"flow": np.zeros((1, 2, 5, 6)), "flow_pairs": [[0, 4]]},
            ValueError,
            r"flow_pairs must lie in 0\.\.3",
        ),
    ],
)
def test_bad_fields_are_named(fields, error, message):
    with pytest.raises(error, match=message):
        Clip(**({"frames": np.zeros((4, 5, 6), np.uint8)} | fields))


def test_from_array_refuses_what_is_not_gray_values():
    with pytest.raises(ValueError, match="got values from 0.0 to 300.0"):
        Clip.from_array(np.array([[[0.0, 300.0]]]))
    with pytest.raises(ValueError, match="finite"):
        Clip.from_array(np.array([[[0.0, np.nan]]]))
    with pytest.raises(TypeError, match="real numbers"):
        Clip.from_array(np.array([[["a"]]]))


@pytest.mark.parametrize("make", [Clip, Clip.from_array])
def test_frames_from_0_to_1_are_warned_of(make):
    with pytest.warns(UserWarning, match="multiply them by 255"):
        make(np.array([[[0.0, 0.0]], [[0.0, 0.5]]]))
    make(np.array([[[0.0, 0.5]], [[0.0, 2.0]]]))
    make(np.zeros((1, 2, 2)))
    make(np.ones((1, 2, 2), np.uint8))


def test_at_picks_whole_times_without_change(clip):
    out = clip.at([2, 5, 8])
    np.testing.assert_array_equal(out.frames, clip.frames[[2, 5, 8]])
    assert out.frames.dtype == np.uint8
    np.testing.assert_array_equal(out.landmarks, clip.landmarks[[2, 5, 8]])
    assert out.fps == pytest.approx(100 / 3)
    assert (out.onset, out.apex, out.offset) == (None, 1, None)  # apex 6 is nearest 5
    assert out.flow is None


def test_at_moves_key_frames_and_points_with_given_frames(clip):
    times = np.linspace(0, 11, 23)
    frames = np.zeros((23, 72, 64), np.float32)
    out = clip.at(times, frames)
    assert (out.onset, out.apex, out.offset, out.fps) == (0, 12, 22, 200)
    np.testing.assert_allclose(out.landmarks[1], clip.landmarks[:2].mean(axis=0))


def test_a_single_time_has_no_rate(clip):
    assert clip.at([3]).fps is None


@pytest.mark.parametrize("times", [[], [[0]], [3, 2], [-1, 2], [0, 11.5], [np.nan]])
def test_bad_times_are_refused(clip, times):
    with pytest.raises(ValueError, match="times must"):
        clip.at(times)


def test_crop_keeps_values_and_moves_landmarks(clip):
    out = clip.crop(10, 20, 30, 40)
    np.testing.assert_array_equal(out.frames, clip.frames[:, 10:40, 20:60])
    np.testing.assert_allclose(out.landmarks, clip.landmarks - [20, 10])
    with pytest.raises(ValueError, match=r"\(top 60, .*\) leaves frames of 72x64"):
        clip.crop(60, 0, 20, 5)


@pytest.mark.parametrize("n_sub", [1, 2])
@pytest.mark.parametrize("shape", [(12, 10), (1, 5), (5, 1)])
def test_warp_equals_the_slow_twin_also_beyond_all_borders(rng, shape, n_sub):
    frames = rng.integers(0, 256, (2, *shape)).astype(np.uint8)
    scale = 1 / n_sub
    forward = np.array([[scale, 0.05, 1.3], [-0.04, scale, 0.6]])
    size = (shape[0] + 2) // n_sub + 2, (shape[1] + 2) // n_sub + 3
    out = Clip(frames=frames).warp(forward, size)
    backward = np.linalg.inv(np.vstack([forward, [0, 0, 1]]))[:2]
    for t in range(2):
        slow = naive.sample_affine(frames[t].astype(float), backward, size, n_sub)
        np.testing.assert_allclose(out.frames[t], slow, atol=1e-4)


def test_warp_of_nothing_is_exact_and_of_flat_stays_flat(clip):
    same = clip.warp([[1, 0, 0], [0, 1, 0]], (72, 64))
    np.testing.assert_array_equal(same.frames, clip.frames)
    np.testing.assert_array_equal(same.landmarks, clip.landmarks)
    flat = Clip(frames=np.full((2, 20, 20), 7.1, np.float32))
    turned = flat.warp([[0.37, -0.2, 3], [0.2, 0.37, 4]], (9, 9))
    assert (turned.frames == np.float32(7.1)).all()


def test_landmarks_stay_on_the_skin():
    # A ramp tells for each pixel where it came from.
    x = np.broadcast_to(np.arange(50.0), (3, 40, 50))
    points = np.tile([[20.0, 10.0], [31.0, 25.0]], (3, 1, 1))
    matrices = np.array([[[0.9, -0.1, 2 + t], [0.1, 0.9, 1]] for t in range(3)])
    out = Clip(frames=x, landmarks=points).warp(matrices, (40, 50))
    for t in range(3):
        for (px, _), (nx, ny) in zip(points[t], out.landmarks[t], strict=True):
            assert naive.bilinear(out.frames[t], ny, nx) == pytest.approx(px, abs=1e-3)


def test_remap_samples_where_the_maps_say(rng):
    frames = rng.integers(0, 256, (2, 9, 8, 3)).astype(np.uint8)
    points = rng.uniform(-1, 9, (2, 5, 4, 2))
    out = Clip(frames=frames, landmarks=np.zeros((2, 1, 2))).remap(iter(points))
    assert out.frames.shape == (2, 5, 4, 3)
    assert out.landmarks is None
    for t, y, x, c in np.ndindex(2, 5, 4, 3):
        px, py = points[t, y, x]
        slow = naive.bilinear(frames[t, ..., c].astype(float), py, px)
        assert out.frames[t, y, x, c] == pytest.approx(slow, abs=1e-3)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_place_that_is_no_number_is_refused(bad):
    flat = Clip(np.full((2, 6, 6), 7, np.uint8))
    message = "map of frame 1 holds a number that is not finite"
    maps = np.zeros((2, 2, 2, 2))
    maps[1, 0, 1, 0] = bad
    with pytest.raises(ValueError, match=message):
        flat.remap(maps)
    matrices = np.tile(np.eye(2, 3), (2, 1, 1))
    matrices[1, 0, 2] = bad
    with pytest.raises(ValueError, match=message):
        flat.warp(matrices, (2, 2))


def test_the_kernel_reads_nothing_at_places_that_are_no_numbers():
    points = np.zeros((2, 2, 2))
    points[0, 1] = np.nan, 3
    points[1, 0] = np.inf, -np.inf
    out = np.empty((2, 2, 1), np.float32)
    sample_at(np.full((6, 6, 1), 7, np.uint8), points, out)
    # What is infinitely far away lies beyond the border, as all that is outside.
    np.testing.assert_array_equal(out[..., 0], [[7, np.nan], [7, 7]])


def test_bad_sizes_and_too_few_maps_are_refused(clip):
    with pytest.raises(ValueError, match=r"size must be \(height, width\).* got \(5,"):
        clip.warp([[1, 0, 0], [0, 1, 0]], (5, 0))
    with pytest.raises(ValueError, match="shorter"):
        clip.remap([np.zeros((5, 5, 2))] * 3)


def test_luma_keeps_gray_to_the_last_bit(rng):
    gray = rng.uniform(0, 255, (2, 5, 5)).astype(np.float32)
    assert luma(gray) is gray
    np.testing.assert_array_equal(luma(np.repeat(gray[..., None], 3, axis=3)), gray)


def test_clip_file_checks_what_it_can():
    images = ClipFile(["a/1.png", "a/2.png", "a/3.png"], apex=1, span=(1, 2))
    assert images.name == "a"
    for fields, message in [
        ({"path": []}, "at least one frame image"),
        ({"span": (2, 1)}, "span must be"),
        ({"span": (0, 3)}, "last < 3"),
        ({"apex": 3}, r"apex must lie in 0\.\.2"),
        ({"apex": 2, "span": (1, 2)}, r"apex must lie in 0\.\.1"),
        ({"roi": (0, 0, 0, 5)}, "roi must be"),
        ({"fps": -1}, "fps must be"),
    ]:
        with pytest.raises(ValueError, match=message):
            ClipFile(**({"path": ["1.png", "2.png", "3.png"]} | fields))
    with pytest.raises(TypeError, match="got int"):
        ClipFile(5)


def test_interval_is_in_order():
    assert Interval(3, 5, 9).score is None
    with pytest.raises(ValueError, match="onset <= apex <= offset, got 3, 2, 9"):
        Interval(3, 2, 9)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_frame_that_is_no_number_is_named(bad):
    frames = np.full((4, 5, 6), 128.0)
    frames[2, 3, 1] = bad
    with pytest.raises(ValueError, match=r"finite, got .* frame 2 at .*\(1, 3\)"):
        Clip(frames)
    color = np.repeat(frames[..., None], 3, axis=3)
    with pytest.raises(ValueError, match=r"frame 2 at .*\(1, 3\); 3 in all"):
        Clip(color)


def test_frames_that_are_large_but_finite_pass():
    assert Clip(np.full((4, 5, 6), 3e38)).frames.dtype == np.float32
    with pytest.raises(ValueError, match="finite"):
        Clip(np.full((4, 5, 6), 1e300))  # too large for float32


def test_landmarks_are_numbers_or_missing():
    points = np.zeros((3, 2, 2))
    points[1, 1, 0] = np.inf
    clip = Clip(np.zeros((3, 5, 6), np.uint8), landmarks=points)
    assert np.isnan(clip.landmarks[1, 1, 0]) and np.isinf(points[1, 1, 0])
    with pytest.raises(ValueError, match="NaN for point 1 of frame 1"):
        clip.at([0, 0.5, 1])
    assert clip.at([0, 2]).landmarks.tolist() == points[[0, 2]].tolist()
