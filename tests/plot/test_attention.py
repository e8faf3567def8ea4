"""The image of attention over frames, as numbers."""

import matplotlib
import numpy as np
import pytest

from mefeat.plot import show_attention
from mefeat.testing import example_clips

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _close():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.mark.parametrize("color", [False, True])
def test_the_curve_is_weight_by_mean_and_the_strongest_frame_is_shown(color):
    clip = example_clips(1, color=color)[0]
    weights = np.ones(12)
    weights[7] = 13
    figure = show_attention(clip, weights / weights.sum(), n_frames=3)
    *images, curve = figure.axes
    np.testing.assert_allclose(curve.lines[0].get_ydata(), weights / 2)
    assert [axis.get_title() for axis in images] == ["0: 0.50", "7: 6.50", "11: 0.50"]
    for axis, t in zip(images, (0, 7, 11), strict=True):
        np.testing.assert_array_equal(axis.images[0].get_array(), clip.frames[t])
    shown = {text.get_text().strip(): text.get_position()[0] for text in curve.texts}
    assert shown == {n: getattr(clip, n) for n in ("onset", "apex", "offset")}
    assert curve.get_title().startswith("frame 7 weighs 6.5 times")


def test_there_is_a_weight_for_each_frame():
    with pytest.raises(ValueError, match="one number for each of 12 frames, got shape"):
        show_attention(example_clips(1)[0], np.ones(5))
