"""Images of action units on the face."""

import matplotlib
import numpy as np
import pytest

from mefeat.facs import UNIT_AREAS, parse_action_units
from mefeat.motion._mdmo import mdmo_polygons
from mefeat.plot import show_units
from mefeat.testing import example_clips

matplotlib.use("Agg")


@pytest.fixture
def clip():
    import matplotlib.pyplot as plt

    yield example_clips(1)[0]
    plt.close("all")


def names(figure):
    legend = figure.axes[0].get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def test_areas_of_each_unit_are_drawn_where_the_landmarks_say(clip):
    figure = show_units(clip, [12, 6], frame=3)
    drawn = [patch.get_xy()[:-1] for patch in figure.axes[0].patches[::2]]
    polygons = mdmo_polygons(clip.landmarks[3])
    wanted = [polygons[area - 1] for unit in (6, 12) for area in UNIT_AREAS[unit]]
    for found, polygon in zip(drawn, wanted, strict=True):
        np.testing.assert_allclose(found, polygon)
    assert names(figure) == ["6 cheek raiser", "12 lip corner puller"]
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), clip.frames[3])


def test_values_and_title_are_written(clip):
    figure = show_units(clip, [4], 0, values={4: 0.876, 12: 0.1}, title="angry")
    assert names(figure) == ["4 brow lowerer, 0.88"]
    assert figure.axes[0].get_title() == "angry"


def test_the_frame_is_the_apex_or_the_middle(clip):
    cell = parse_action_units("4+L7B")
    title = show_units(clip, cell).axes[0].get_title()
    assert title == f"frame {clip.apex}: 4+7"
    figure = show_units(clip.replace(apex=None), [])
    assert figure.axes[0].get_title() == f"frame {len(clip.frames) // 2}: no units"
    assert names(figure) == [] and not figure.axes[0].patches


def test_what_cannot_be_drawn_is_named(clip):
    with pytest.raises(ValueError, match="needs the landmarks of each clip"):
        show_units(clip.replace(landmarks=None), [4])
    with pytest.raises(ValueError, match=r"where the action units \[99\] act"):
        show_units(clip, [4, 99])
