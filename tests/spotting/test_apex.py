"""Apex finders, and spotting with recognition."""

import numpy as np
import pytest
from naive_spotting import frequency_curve as slow_curve
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline

from mefeat import Clip, ClipFile, ClipPipeline
from mefeat.clip import Interval
from mefeat.datasets import make_clips
from mefeat.faces import Align
from mefeat.flow import OpticalFlow
from mefeat.methods import METHODS
from mefeat.motion import BiWOOF, BiWOOFPhase
from mefeat.regions import edges
from mefeat.spotting import (
    ApexFinder,
    SpotThenRecognize,
    apex_by_bisection,
    apex_by_difference,
    apex_by_fft,
    apex_by_flow,
    frequency_curve,
)
from mefeat.spotting._apex import APEX_FINDERS, square_codes
from mefeat.spotting._faces import STEADY_POINTS
from mefeat.spotting._recognize import cut_intervals
from mefeat.testing import example_clips
from mefeat.texture import LBPTOP
from mefeat.video import write_video


@pytest.fixture(scope="module")
def aligned():
    """Clips of micro-expressions whose apexes are known, and the apexes."""
    bunch = make_clips(3, 1, ["happiness", "surprise", "disgust"], amplitude=1.5)
    clips = [clip.replace(apex=None) for clip in bunch.clips]
    truths = np.array([clip.apex for clip in bunch.clips])
    return Align(points=STEADY_POINTS).transform(clips), truths


@pytest.mark.parametrize("size", [(23, 20), (22, 27)])
def test_the_sliding_transform_is_that_of_the_slow_twin(rng, size):
    frames = rng.integers(0, 256, (9, *size)).astype(np.uint8)
    codes = square_codes(frames)
    rows, columns = edges(size[0] - 2, 2), edges(size[1] - 2, 2)
    expected = slow_curve(codes, rows, columns, 7, 0.51)
    ours = frequency_curve(frames, grid=(2, 2), n_window=7)
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


def test_square_codes_by_hand():
    image = np.array([[[1, 9, 1], [1, 5, 5], [1, 1, 9]]])
    # right (ties count), above, and below right
    assert square_codes(image).tolist() == [[[1 + 4 + 128]]]


@pytest.mark.parametrize("method", APEX_FINDERS)
def test_apexes_are_found_to_a_twentieth_of_a_second(aligned, method):
    clips, truths = aligned
    if method == "fft":  # it takes longest
        clips, truths = clips[::3], truths[::3]
    found = [clip.apex for clip in ApexFinder(method).transform(clips)]
    assert np.median(np.abs(found - truths)) <= 0.05 * 200


@pytest.mark.parametrize(
    "find", [apex_by_difference, apex_by_bisection, apex_by_flow, apex_by_fft]
)
def test_functions_give_a_frame_of_a_still_clip(find):
    assert find(np.full((4, 42, 42), 7, np.uint8)) in range(4)


def test_an_apex_that_is_known_stays():
    clip = Clip(np.zeros((9, 42, 42), np.uint8), apex=3)
    assert ApexFinder().transform([clip])[0] is clip


def test_the_apex_is_sought_from_onset_to_offset():
    frames = np.zeros((20, 42, 42), np.uint8)
    frames[3, ::2], frames[12, :, ::3] = 9, 9
    clip = Clip(frames, fps=25, onset=8, offset=16)
    assert ApexFinder().transform([clip])[0].apex == 12
    assert ApexFinder().transform([clip.replace(onset=None)])[0].apex in (3, 12)


def test_bad_input():
    with pytest.raises(ValueError, match="gray"):
        frequency_curve(np.zeros((3, 9, 9, 3)))
    with pytest.raises(ValueError, match="must be odd"):
        frequency_curve(np.zeros((3, 9, 9)), n_window=6)
    with pytest.raises(ValueError, match="6x6 blocks does not fit"):
        frequency_curve(np.zeros((3, 7, 7)))
    with pytest.raises(ValueError, match="must be finite"):
        frequency_curve(np.full((3, 9, 9), np.nan))


class FirstTenFrames:
    """A spotter that is always of one opinion."""

    def fit(self, X, y=None):
        return self

    def predict(self, X):
        return [[Interval(0, 4, 9, kind="micro")] for _ in X]

    def get_params(self, deep=True):
        return {}


def test_spot_then_recognize(rng, tmp_path):
    frames = rng.integers(0, 256, (40, 40, 40)).astype(np.uint8)
    path = tmp_path / "video.mkv"
    write_video(path, frames, 50)
    classifier = make_pipeline(
        ClipPipeline([LBPTOP(grid=(1, 1))]), DummyClassifier(strategy="most_frequent")
    )
    both = SpotThenRecognize(FirstTenFrames(), classifier)
    truths = [[Interval(0, 5, 9), Interval(20, 25, 35)]]
    both.fit([Clip(frames, fps=50)], truths, [["joy", "joy"]])
    for source in (Clip(frames, fps=50), path, ClipFile(path, span=(5, 39))):
        ((result,),) = both.predict([source])
        assert result.label == "joy" and result.interval.offset == 9
    with pytest.raises(ValueError, match="2 intervals and 1 classes"):
        both.fit([Clip(frames, fps=50)], truths, [["joy"]])
    with pytest.raises(ValueError, match="no expression to learn from"):
        both.fit([Clip(frames, fps=50)], [[]], [[]])


def test_cuts_of_files_and_clips_are_the_same(rng, tmp_path):
    frames = rng.integers(0, 256, (30, 40, 40)).astype(np.uint8)
    path = tmp_path / "video.avi"
    write_video(path, frames, 50, codec="FFV1")
    (ours,) = cut_intervals(ClipFile(path, span=(3, 29)), [Interval(2, 5, 9)])
    (theirs,) = cut_intervals(Clip(frames[3:], fps=50), [Interval(2, 5, 9)])
    assert (ours.onset, ours.apex, ours.offset) == (0, 3, 7)
    assert (theirs.onset, theirs.apex, theirs.offset) == (0, 3, 7)
    assert ours.frames.shape == theirs.frames.shape
    assert np.abs(ours.frames.astype(int) - theirs.frames).max() <= 3


def _blinking(n_frames=9, **keys):
    frames = np.zeros((n_frames, 42, 42), np.uint8)
    frames[5, ::2] = 9
    return Clip(frames, **keys)


@pytest.mark.parametrize(
    "keys", [{"onset": 2, "apex": 2, "offset": 8}, {"onset": 2, "apex": 2, "offset": 2}]
)
def test_an_apex_that_is_the_onset_is_looked_for_anew(keys):
    with pytest.warns(UserWarning, match="Clip.* is its onset"):
        found = ApexFinder().transform([_blinking(**keys)])[0]
    assert found.apex == 5


@pytest.mark.parametrize("method", APEX_FINDERS)
def test_the_apex_of_a_still_clip_is_not_its_onset(method):
    still = Clip(np.zeros((9, 42, 42), np.uint8), onset=2)
    assert ApexFinder(method).transform([still])[0].apex > 2


@pytest.mark.parametrize("keys", [{"onset": 2, "apex": 2}, {"apex": 0}])
def test_methods_of_the_apex_refuse_an_apex_that_is_the_onset(keys):
    clip = _blinking(**keys)
    message = "needs an apex after the onset, got frame . for both in Clip"
    with pytest.raises(ValueError, match=f"OpticalFlow {message}.*ApexFinder"):
        OpticalFlow("dis", to="apex").transform([clip])
    start = [[keys.get("onset", 0)] * 2]
    still = clip.replace(flow=np.zeros((1, 2, 42, 42)), flow_pairs=start)
    for descriptor in (BiWOOF(), BiWOOFPhase()):
        with pytest.raises(ValueError, match=message):
            descriptor.transform([still])


@pytest.mark.parametrize("name", ["bi-woof", "bi-woof-phase"])
def test_a_database_run_goes_on_where_the_apex_is_the_onset(name):
    clips = example_clips(2)
    clips[1] = clips[1].replace(onset=3, apex=3, offset=None)
    with pytest.warns(UserWarning, match="is its onset"):
        rows = METHODS[name].pipeline(crop=False).transform(clips)
    assert (np.linalg.norm(rows, axis=1) > 0.9).all()
