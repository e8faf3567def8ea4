"""Curves, peaks and intervals of long videos."""

import numpy as np
import pytest
from naive_spotting import averages, distances, histograms

from mefeat import Clip, ClipFile
from mefeat.datasets import make_clips, make_video
from mefeat.kernels._spotting import average_frames, chi_square_to_ends
from mefeat.regions import grid_regions
from mefeat.spotting import (
    Spotter,
    difference_curve,
    feature_difference,
    find_intervals,
    find_peaks,
    interval_scores,
    spot,
)
from mefeat.spotting._curves import (
    collaborative_difference,
    contrast,
    smooth_features,
    usual_distances,
)
from mefeat.spotting._faces import FaceStream
from mefeat.spotting._histograms import (
    hoof_histograms,
    lbp_histograms,
    texture_and_motion,
)
from mefeat.spotting._peaks import falling_interval, make_curve
from mefeat.spotting._regions import face_regions
from mefeat.spotting._spotter import stream_differences, stream_features
from mefeat.testing import face_layout
from mefeat.video import write_video


def texture(rng, shape):
    """Noise that is smooth enough to have patterns."""
    noise = rng.normal(size=shape)
    return 128 + 60 * (noise + np.roll(noise, 1, -1) + np.roll(noise, 1, -2)) / 2


@pytest.fixture(scope="module")
def video():
    """Two micro-expressions and a macro-expression among head motion and blinks."""
    return make_video(15, 3, amplitude=3, fps=50, random_state=0)


@pytest.mark.parametrize("half", [0, 1, 3, 9])
def test_averages_are_those_of_the_slow_twin(rng, half):
    features = rng.random((11, 6)).astype(np.float32)
    out = np.empty_like(features)
    average_frames(features, half, out)
    np.testing.assert_allclose(out, averages(features, half), rtol=1e-6)


def test_distances_are_those_of_the_slow_twin(rng):
    features = rng.random((12, 3, 7)).astype(np.float32)
    features[features < 0.3] = 0
    out = np.empty((6, 3))
    chi_square_to_ends(features, 3, out)
    np.testing.assert_allclose(out, distances(features, 3), rtol=1e-5)


def test_distance_of_two_histograms_by_hand():
    # (1 - 1/2)^2 / (3/2) + (0 - 1/2)^2 / (1/2) + 0/0
    frames = np.array([[[1, 0, 0]], [[1, 0, 0]], [[0, 1, 0]]])
    assert feature_difference(frames, 1)[0, 0] == pytest.approx(1 / 6 + 1 / 2)


def test_histograms_are_those_of_the_slow_twin(rng):
    frames = texture(rng, (2, 30, 36))
    regions = grid_regions((30, 36), (2, 3))
    expected = histograms(frames, regions)
    np.testing.assert_allclose(lbp_histograms(frames, regions), expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_histograms_take_any_dtype(rng, dtype):
    frames = texture(rng, (70, 20, 20)).clip(0, 255).round()
    expected = lbp_histograms(frames, grid_regions((20, 20), (2, 2)))
    got = lbp_histograms(frames.astype(dtype), grid_regions((20, 20), (2, 2)))
    np.testing.assert_array_equal(got, expected)


def test_backwards_the_curve_is_the_curve_backwards(rng):
    frames = texture(rng, (40, 42, 42)).clip(0, 255).astype(np.uint8)

    def curve(frames):
        features = smooth_features(lbp_histograms(frames), 5)
        return difference_curve(feature_difference(features, 6))

    np.testing.assert_allclose(curve(frames[::-1]), curve(frames)[::-1], rtol=1e-5)


def test_a_still_clip_has_a_curve_of_zeros(rng):
    frames = np.repeat(texture(rng, (1, 42, 42)).clip(0, 255), 20, axis=0)
    for features in (lbp_histograms(frames), hoof_histograms(frames)):
        assert not feature_difference(features, 4).any()
    assert not collaborative_difference(texture_and_motion(frames), 4).any()


def test_motion_to_the_right_is_in_the_first_bin(rng):
    smooth = texture(rng, (60, 66)).repeat(2, 0).repeat(2, 1).clip(0, 255)
    frames = np.stack([smooth[:, 4:-4], smooth[:, 2:-6]]).astype(np.uint8)
    moved = hoof_histograms(frames)[1]
    assert (moved.argmax(axis=1) == 0).mean() > 0.8
    both = texture_and_motion(frames)
    assert np.median(both[1, :, 59]) == pytest.approx(2, abs=0.3)
    assert np.median(both[1, :, 60]) == pytest.approx(0, abs=0.2)


def test_the_curve_is_the_mean_of_the_largest_third(rng):
    values = rng.random((5, 36))
    expected = np.sort(values, axis=1)[:, 24:].mean(axis=1)
    np.testing.assert_allclose(difference_curve(values), expected)
    level, spread = usual_distances(values)
    again = difference_curve(values * spread + level, usual=(level, spread))
    np.testing.assert_allclose(again, expected)


def test_contrast_takes_the_ends_away():
    curve = np.array([1.0, 1, 2, 8, 2, 1, 1])
    assert contrast(curve, 2).tolist() == [-0.5, -3.5, 0.5, 7, 0.5, -3.5, -0.5]


def test_peaks_are_apart_and_above_the_threshold():
    values = np.zeros(60)
    values[[20, 22, 40]] = 10, 9, 1
    curve = make_curve(values, 10, 100)
    assert find_peaks(curve, p=0.15, min_z=0) == [20]
    assert find_peaks(curve, p=0, min_z=0) == [20, 40]
    assert find_peaks(make_curve(np.ones(60), 10, 100), p=0, min_z=0) == []


def test_intervals_of_peaks_by_the_papers_have_one_length():
    values = np.zeros(60)
    values[[3, 30]] = 10
    found = find_intervals(
        [make_curve(values, 5, 100)], min_z=0, intervals="fixed", p=0.15
    )
    assert [(i.onset, i.apex, i.offset) for i in found] == [(0, 3, 8), (25, 30, 35)]


def test_what_is_too_long_for_a_scale_is_left_to_the_coarser():
    values = np.zeros(400)
    values[150:241] = 60 * np.hanning(91)
    fine = np.zeros(400)
    fine[170:221] = 90 * np.hanning(51)
    curves = [
        make_curve(fine, 40, 100, normalized=True),
        make_curve(values, 160, 100, normalized=True),
    ]
    (found,) = find_intervals(curves)
    assert found.kind == "macro"
    # Two frames before the top, 195, the bump is within a hundredth of it.
    assert (found.onset, found.apex, found.offset) == (161, 193, 229)


def test_the_apex_of_a_plateau_is_where_it_begins():
    # That it is highest at its end tells little.
    values = np.interp(np.arange(200), [20, 60, 140, 180], [0, 50, 50.2, 0])
    _, apex, _ = falling_interval(make_curve(values, 90, 100), 139)
    assert 60 <= apex <= 75


def test_blocks_of_a_face_leave_out_eyes_and_surroundings():
    points = face_layout((120, 120))
    kept = face_regions(points, (120, 120))
    whole = face_regions(points, (120, 120), mask_eyes=False)
    eye = points[36:42].mean(axis=0).astype(int)
    assert kept[eye[1], eye[0]] == -1 != whole[eye[1], eye[0]]
    assert kept[0, 0] == -1
    numbers = np.unique(kept)
    np.testing.assert_array_equal(numbers, np.arange(-1, numbers[-1] + 1))


@pytest.mark.parametrize("cut", [1, 7, 64, 400])
def test_parts_of_any_length_give_the_same_distances(rng, cut):
    features = rng.random((300, 4, 5)).astype(np.float32)
    parts = [features[i : i + cut] for i in range(0, 300, cut)]
    whole = smooth_features(features, 5)
    for scale, k in zip(
        stream_differences(parts, [10, 40], width=5), (10, 40), strict=True
    ):
        assert scale.k == k and len(scale.distances) == 300
        inner = scale.distances[k:-k]
        np.testing.assert_allclose(inner, feature_difference(whole, k), rtol=1e-4)
        np.testing.assert_array_equal(scale.distances[:k], np.tile(inner[:1], (k, 1)))


@pytest.mark.parametrize("n_frames", [1, 2, 3, 8, 30, 90])
def test_short_videos_have_curves_too(rng, n_frames):
    features = rng.random((n_frames, 4, 5)).astype(np.float32)
    for scale in stream_differences([features], [10, 40]):
        assert scale.distances.shape == (n_frames, 4)
        assert np.isfinite(scale.distances).all()


def test_nothing_in_still_noisy_and_moving_videos(rng):
    base = make_video(1, 0, fps=10, blinks=False, noise=0, flicker=0)[0]
    still = np.repeat(base.frames[:1], 300, axis=0)
    points = np.repeat(base.landmarks[:1], 300, axis=0)
    noisy = still + rng.normal(0, 2, still.shape)
    clips = {
        "still": Clip(still, points, fps=50),
        "sensor": Clip(noisy.clip(0, 255).astype(np.uint8), points, fps=50),
        "noise": Clip(rng.integers(0, 256, still.shape, np.uint8), points, fps=50),
    }
    for name, clip in clips.items():
        assert spot(clip) == [], name


def test_nothing_where_all_moves_together(rng):
    base = make_video(1, 0, fps=10, blinks=False, noise=0, flicker=0)[0]
    portrait = np.pad(base.frames[0].astype(np.float32), 8, mode="edge")
    t = np.arange(400)
    path = np.stack([3 * np.sin(t / 40), 2 * np.cos(t / 33)], axis=1)
    maps = np.zeros((400, 2, 3))
    maps[:, 0, 0] = maps[:, 1, 1] = 1
    maps[:, :, 2] = path - 8
    source = Clip(np.repeat(portrait[None], 400, axis=0))
    frames = source.warp(maps, base.frames.shape[1:]).frames
    frames = (frames + rng.normal(0, 2, frames.shape)).clip(0, 255).astype(np.uint8)
    points = base.landmarks[0] + path[:, None]
    assert spot(Clip(frames, points, fps=50)) == []


def test_expressions_are_found_among_blinks_and_head_motion(video):
    clip, truth = video
    scores = interval_scores([truth], [spot(clip)])
    assert scores.recall >= 0.8
    assert scores.precision >= 0.6


@pytest.mark.slow
def test_expressions_of_five_videos_are_found():
    pairs = [make_video(20, 3, amplitude=3, random_state=seed) for seed in range(5)]
    founds = Spotter().predict([clip for clip, _ in pairs])
    scores = interval_scores([truth for _, truth in pairs], founds)
    assert scores.recall >= 0.8
    assert scores.precision >= 0.6


def test_files_clips_and_images_give_the_same(video, tmp_path):
    clip = video[0].replace(
        frames=video[0].frames[:200], landmarks=video[0].landmarks[:200]
    )
    path, points = tmp_path / "face.mkv", tmp_path / "face.npy"
    write_video(path, clip.frames, 50)
    np.save(points, clip.landmarks)
    curves = Spotter().curves(clip)
    for source, given in (
        (ClipFile(path, landmarks=points), {}),
        (iter(clip.frames), {"fps": 50, "landmarks": clip.landmarks}),
    ):
        for ours, theirs in zip(Spotter().curves(source, **given), curves, strict=True):
            # The codec turns gray into YUV and back: a step at most.
            np.testing.assert_allclose(ours.values, theirs.values, atol=0.6, rtol=0.2)
    part = ClipFile(path, landmarks=points, span=(20, 149))
    assert len(Spotter().curves(part)[0].values) == 130


def test_frames_without_a_face_find_nothing(video):
    clip = video[0].replace(
        frames=video[0].frames[:300], landmarks=video[0].landmarks[:300]
    )
    points = clip.landmarks.copy()
    points[100:160] = np.nan
    points[:5] = np.nan
    spotter = Spotter()
    with pytest.warns(UserWarning, match="no face in 65 of 300 frames"):
        found = spotter.spot(clip.replace(landmarks=points))
    assert spotter.n_lost_ == 65
    assert all(not (100 <= i.apex < 160 or i.apex < 5) for i in found)
    with pytest.raises(ValueError, match="found no face in any of the 300 frames"):
        spot(clip.replace(landmarks=np.full_like(points, np.nan)))


@pytest.mark.parametrize(("before", "after"), [(97, 0), (40, 57), (0, 97)])
def test_time_counts_while_there_is_a_face(video, before, after):
    clip = video[0].replace(
        frames=video[0].frames[:160], landmarks=video[0].landmarks[:160]
    )
    around = ((before, after), (0, 0), (0, 0))
    frames = np.pad(clip.frames, around, constant_values=20)
    points = np.pad(clip.landmarks, around, constant_values=np.nan)
    alone = Spotter().curves(clip)
    with pytest.warns(UserWarning, match="no face in 97 of 257 frames"):
        curves = Spotter().curves(Clip(frames, landmarks=points, fps=clip.fps))
    face = slice(before, before + 160)
    for ours, theirs in zip(curves, alone, strict=True):
        assert ours.k == theirs.k
        np.testing.assert_array_equal(ours.z[face], theirs.z)
        assert np.delete(ours.z, np.r_[face]).max(initial=0) <= 0
    found, expected = Spotter(min_z=3).find(curves), Spotter(min_z=3).find(alone)
    assert len(expected) >= 1
    ends = np.array([(i.onset, i.apex, i.offset) for i in found]) - before
    alone_ends = np.array([(i.onset, i.apex, i.offset) for i in expected])
    np.testing.assert_array_equal(ends[:, 1], alone_ends[:, 1])
    # An interval may fall beyond the face, where there was nothing to fall to before.
    assert np.abs(ends - alone_ends).max() <= 5


def test_a_box_begins_with_the_shot_of_the_face():
    face = make_clips(1, 1, ["happiness"], fps=25, size=(240, 200)).clips[0].frames
    title = np.full((70, 240, 200), 20, np.uint8)
    stream = FaceStream(np.concatenate([title, face]), fps=25, face="box")
    assert sum(map(len, stream.parts())) == len(face)
    assert stream.seen == [False] * 70 + [True] * len(face)


def test_landmarks_of_no_face_are_named(video):
    points = np.array(video[0].landmarks[:20])
    points[3, 7] = 1e30, 5
    clip = video[0].replace(frames=video[0].frames[:20], landmarks=None)
    with pytest.raises(ValueError, match=r"got \(1e\+30, 5\) for point 7 of frame 3"):
        spot(clip, landmarks=points)
    points[3] = 30
    with pytest.raises(ValueError, match=r"those of frame 3 all lie in \(30, 30\)"):
        spot(clip, landmarks=points)


def test_the_smile_of_real_footage(footage):
    """What was read off: mouth width (48-54) over eye distance (36-45) of each frame.

    It is 0.52 (0.517 to 0.526) to frame 16, 0.557 in 17, 0.61 in 18, 0.72 in 20, 0.76
    from 23 on, largest, 0.776, in 36, above 0.76 to 67, 0.72 in 69, 0.58 in 71, the
    last; the images show the corners of the mouth leave their place between 16 and
    17, and the lips closed again in 71.
    """
    pytest.importorskip("dlib")
    (smile,) = spot(footage / "single_face.mp4")
    assert smile.kind == "macro"
    found = np.array([smile.onset, smile.apex, smile.offset])
    assert np.abs(found - [16, 36, 71]).max() <= 0.2 * 30


@pytest.mark.parametrize("feature", ["lbp", "hoof"])
def test_other_features_run_on_a_cropped_face(video, feature):
    clip = video[0].replace(landmarks=None, frames=video[0].frames[:60])
    curves = Spotter(feature, face="whole").curves(clip)
    assert [len(curve.values) for curve in curves] == [60, 60]


@pytest.mark.parametrize("feature", ["hoof", "cfd"])
def test_flow_takes_faces_that_sharp_sampling_made_brighter_than_white(video, feature):
    # Cubic interpolation overshoots at edges between black and white.
    frames = np.where(video[0].frames[:20] > 128, 255, 0).astype(np.uint8)
    clip = video[0].replace(frames=frames, landmarks=video[0].landmarks[:20])
    stream = FaceStream(clip, steady=True)
    images = next(stream.parts())
    assert images.min() < 0 and images.max() > 255
    (rows,) = stream_features(stream, feature, blur=0)
    assert np.isfinite(rows).all()


def test_the_rule_of_the_papers_is_a_choice_of_parameters(video):
    papers = Spotter(
        micro=0.165,
        macro=None,
        n_blocks=12,
        normalize=False,
        smoothing_s=0,
        steady=False,
        min_z=0,
        intervals="fixed",
        mask_eyes=False,
        points=(39, 42, 33),
    )
    clip = video[0].replace(
        frames=video[0].frames[:300], landmarks=video[0].landmarks[:300]
    )
    (curve,) = papers.curves(clip)
    assert curve.k == 8
    assert {i.offset - i.onset for i in papers.find([curve])} <= set(range(8, 17))


def test_progress_is_shown(video, capsys):
    clip = video[0].replace(
        frames=video[0].frames[:60], landmarks=video[0].landmarks[:60]
    )
    spot(clip, verbose=True)
    assert "60/60" in capsys.readouterr().err


def test_bad_input():
    frames = np.zeros((20, 30, 30), np.uint8)
    with pytest.raises(ValueError, match="give fps"):
        spot(Clip(frames))
    for fps in (0, -5, np.nan, np.inf):
        with pytest.raises(ValueError, match="fps must be positive and finite"):
            spot(Clip(frames, fps=50), fps=fps)
    with pytest.raises(ValueError, match="no frames"):
        spot(iter([]), fps=50, face="whole")
    with pytest.raises(TypeError, match="a path or images .* got int"):
        spot(5, fps=50)
    with pytest.raises(ValueError, match=r"got shape \(30,\) for image 0"):
        spot(frames[0], fps=50, face="whole")
    with pytest.raises(ValueError, match=r"got shape \(30, 9\) for image 1"):
        spot([frames[0], frames[0, :, :9]], fps=50, face="whole")
    with pytest.raises(ValueError, match="'micro' parameter"):
        spot(Clip(frames, fps=50), micro=0)
    with pytest.raises(ValueError, match="68 points"):
        spot(Clip(frames, fps=50, landmarks=np.zeros((20, 5, 2))))
    for count, has in ((3, "more"), (21, "20")):
        points = np.tile(face_layout((30, 30)), (count, 1, 1))
        message = f"landmarks of {count} frames were given, but the video has {has}"
        with pytest.raises(ValueError, match=message):
            spot(frames, fps=50, landmarks=points)
    with pytest.raises(ValueError, match="found no face"):
        spot(Clip(frames, fps=50), face="box")
    with pytest.raises(ValueError, match="k must be 1 to 9"):
        feature_difference(np.zeros((20, 1, 2)), 10)
    with pytest.raises(ValueError, match="gray and at least one"):
        lbp_histograms(np.zeros((2, 30, 30, 3)))
