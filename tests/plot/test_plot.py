"""Images: what they show, as numbers."""

import builtins

import matplotlib
import numpy as np
import pytest

from mefeat import Clip
from mefeat.motion._mdmo import mdmo_polygons
from mefeat.plot import (
    show_atoms,
    show_blocks,
    show_codes,
    show_flow,
    show_region_motion,
    show_regions,
)
from mefeat.plot._texture import block_weights
from mefeat.testing import example_clips
from mefeat.texture import ELBPTOP, LBPSIP, LBPTOP, STCLQP

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _close():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def test_codes_of_a_dark_pixel_are_bright():
    frames = np.full((3, 9, 9), 100, np.uint8)
    frames[1, 4, 4] = 200
    figure = show_codes(Clip(frames=frames))
    images = [axis.images[0].get_array() for axis in figure.axes[1:4]]
    for image in images:
        assert image.shape == (7, 7)
        assert image[3, 3] == 0  # no neighbor reaches it
        assert image[0, 0] == 8
    assert figure.axes[0].get_title() == "frame 1"
    clip = example_clips(1, color=True)[0]
    figure = show_codes(clip, radius=(2, 1, 3), planes=("xt",))
    assert figure.axes[0].get_title() == f"frame {clip.apex}"
    assert len(figure.axes) == 3
    with pytest.raises(ValueError, match="frame 0 has no codes: .* from 1 to 1 do"):
        show_codes(Clip(frames=frames), 0)


def test_blocks_show_where_the_weight_is():
    descriptor = LBPTOP(grid=(4, 3, 2), planes=("xy", "yt"))
    names = descriptor.feature_names()
    row = np.zeros(len(names))
    row[names.index("t1_r2_c0_yt_code3")] = -5
    row[names.index("t1_r2_c0_yt_nonuniform")] = 2
    weights = block_weights(row, descriptor)
    assert list(weights) == ["xy", "yt"]
    assert not weights["xy"].any()
    assert weights["yt"][1, 2, 0] == weights["yt"].sum() == 7
    for clip in (None, example_clips(1)[0]):
        figure = show_blocks(row, descriptor, clip)
        titles = [axis.get_title() for axis in figure.axes[:4]]
        assert titles == ["xy, time 0", "yt, time 0", "xy, time 1", "yt, time 1"]
        np.testing.assert_array_equal(
            figure.axes[3].images[-1].get_array(), weights["yt"][1]
        )


def test_parts_have_images_of_their_own():
    clips = example_clips(2)
    for descriptor, parts in [
        (
            ELBPTOP(4, grid=(2, 2)),
            {f"{p} {q}" for p in ("lbp", "rd", "ad") for q in ("xy", "xt", "yt")},
        ),
        (LBPSIP(grid=(2, 2)), {"space", "time"}),
        (
            STCLQP(4, grid=(2, 2), planes=("xt",)),
            {"sign xt", "magnitude xt", "orientation xt"},
        ),
    ]:
        row = descriptor.fit(clips).transform(clips)[0]
        weights = block_weights(row, descriptor)
        assert set(weights) == parts
        for weight in weights.values():
            assert weight.shape == (1, 2, 2)
            np.testing.assert_allclose(weight, 1)
    color = example_clips(1, color=True)
    lbp = LBPTOP(grid=(2, 2), planes=("xy",)).fit(color)
    weights = block_weights(lbp.transform(color)[0], lbp)
    assert set(weights) == {"channel0 xy", "channel1 xy", "channel2 xy"}


def test_bad_rows_and_missing_packages_are_named(monkeypatch):
    descriptor = LBPTOP(grid=(2, 2))
    with pytest.raises(ValueError, match=r"hold 708 numbers, .* got shape \(3,\)"):
        show_blocks(np.zeros(3), descriptor)
    known = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return known(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"mefeat\[plot\]"):
        show_blocks(np.zeros(708), descriptor)


def test_flow_is_drawn_from_its_frame_in_its_direction():
    clip = example_clips(1)[0]  # moves to the right by 0.2 pixel a frame
    figure = show_flow(clip, 5, magnify=3)
    arrows = figure.axes[0].collections[0]
    np.testing.assert_allclose(arrows.U, 3.0, rtol=1e-6)
    np.testing.assert_allclose(arrows.V, 0.0, atol=1e-6)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), clip.frames[0])
    strongest = show_flow(clip)
    assert strongest.axes[0].get_title() == "frame 0 to 11, up to 2.2 pixels"
    wheel = strongest.axes[1].images[0].get_array()
    assert wheel[50, 80] == pytest.approx(0)  # right of the middle
    assert wheel[80, 50] == pytest.approx(np.pi / 2)  # below it
    with pytest.raises(ValueError, match="no flow to frame 0"):
        show_flow(clip, 0)
    with pytest.raises(ValueError, match="put an OpticalFlow step"):
        show_flow(clip.replace(frames=clip.frames))


def test_areas_and_their_motion():
    clip = example_clips(1)[0]
    figure = show_regions(clip)
    assert [text.get_text() for text in figure.axes[0].texts] == [
        str(number) for number in range(1, 37)
    ]
    motion = show_region_motion(clip).axes[0].images[0].get_array()
    expected = np.broadcast_to(0.2 * np.arange(1, 12), (36, 11))
    np.testing.assert_allclose(motion, expected, atol=1e-6)
    bare = clip.replace(landmarks=None)
    for show in (show_regions, show_region_motion):
        with pytest.raises(ValueError, match="show_region.* needs the landmarks of"):
            show(bare)


def test_atoms_are_arrows_on_their_areas():
    clip = example_clips(1)[0]
    atoms = np.zeros((3, 72))
    atoms[0, 4], atoms[0, 36 + 4] = 0.9, 0.1 * np.pi / 2  # the fifth area, down
    atoms[1, 7] = -0.45  # to the left, half as long
    figure = show_atoms(atoms, clip, ["a", "b", "c"], n_columns=2)
    assert [axis.get_title() for axis in figure.axes] == ["a", "b", "c"]
    middle = mdmo_polygons(clip.landmarks[0]).mean(axis=1)
    for axis, row in zip(figure.axes, [(4, 0, 0.9), (7, -0.45, 0), None], strict=True):
        arrows = axis.collections[0]
        np.testing.assert_allclose(arrows.get_offsets(), middle)
        expected = np.zeros((36, 2))
        if row is not None:
            expected[row[0]] = row[1:]
        np.testing.assert_allclose(arrows.U, expected[:, 0], atol=1e-9)
        np.testing.assert_allclose(arrows.V, expected[:, 1], atol=1e-9)
        assert arrows.scale == pytest.approx(8 * 0.9 / clip.frames.shape[2])
    still = show_atoms(np.zeros(72), clip)  # one row, and nothing moves
    assert not still.axes[0].collections[0].U.any()


def test_bad_atoms_are_named():
    clip = example_clips(1)[0]
    with pytest.raises(ValueError, match=r"rows of 72 numbers, got shape \(2, 36\)"):
        show_atoms(np.zeros((2, 36)), clip)
    with pytest.raises(ValueError, match="2 atoms need as many titles, got 1"):
        show_atoms(np.zeros((2, 72)), clip, ["one"])
    with pytest.raises(ValueError, match="between 0 and 1, got 1"):
        show_atoms(np.zeros((2, 72)), clip, magnitude_weight=1)
    with pytest.raises(ValueError, match="show_atoms needs the landmarks"):
        show_atoms(np.zeros((2, 72)), clip.replace(landmarks=None))
