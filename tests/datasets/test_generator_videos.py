"""Generated long videos."""

import numpy as np
import pytest

from mefeat.datasets import make_video


def test_expressions_of_a_video_are_where_it_says():
    settings = {"size": (64, 56), "fps": 40, "amplitude": (1.0, 2.5)}
    settings |= {"head_motion": 0, "noise": 0, "flicker": 0, "blinks": False}
    clip, intervals = make_video(14, (2, 2), **settings)
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
    settings = {"duration": 3, "n_expressions": 1, "amplitude": 1}
    settings |= {"size": (64, 56), "fps": 60}
    with pytest.raises(error, match=message):
        make_video(**(settings | change))
