"""Arrows on files: what is written, and what is refused before the work."""

import csv

import cv2
import numpy as np
import pytest

from mefeat.overlay import PARTS, movement_stream, overlay_video
from mefeat.plot import show_part_movement
from mefeat.video import read_clip, video_info, write_video


def test_a_video_with_all_that_belongs_to_it(pulled_video, tmp_path, pulled):
    out, table, faces = (tmp_path / name for name in ("o.mkv", "v.csv", "f.mkv"))
    summary = overlay_video(
        pulled_video,
        out,
        landmarks=tmp_path / "face.npy",
        vectors=table,
        faces=faces,
        faces_size=96,
        parts=True,
    )
    assert video_info(out) == video_info(pulled_video)
    assert (summary.n_frames, summary.n_without_face) == (8, 0)
    assert summary.strongest == 7
    marked = read_clip(out, color=True).frames[7].astype(float)
    assert np.abs(marked - summary.image).mean() < 2
    assert video_info(faces).size == (96, 96)
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert list(rows[0]) == "frame point x y dx dy confidence shown".split()
    moves = list(movement_stream(pulled[0][:8], pulled[1][:8], 30))
    n_points = len(moves[0].grid.points)
    assert len(rows) == 8 * n_points
    last = np.array([[float(r[k]) for k in ("x", "y", "dx", "dy")] for r in rows])
    expected = np.column_stack([moves[7].tails, moves[7].heads - moves[7].tails])
    np.testing.assert_allclose(last[-n_points:], expected, atol=0.1)  # FFV1 is YUV
    assert summary.parts.shape == (8, 11, 2) and summary.parts.dtype == np.float32
    lengths = np.hypot(*summary.parts[-1].T)
    assert list(PARTS)[lengths.argmax()] in ("right mouth", "right cheek")


def test_faces_are_upright_whatever_the_head_does(tmp_path, pulled):
    frames, landmarks, *_ = pulled
    turn = cv2.getRotationMatrix2D((180, 180), 25, 0.8)
    turned = np.stack([cv2.warpAffine(f, turn, (360, 360)) for f in frames[:3]])
    points = landmarks[:3] @ turn[:, :2].T + turn[:, 2]
    path = tmp_path / "turned.mkv"
    write_video(path, turned, 30)
    faces = []
    for name, source, places in (
        ("straight", tmp_path / "straight.mkv", landmarks[:3]),
        ("turned", path, points),
    ):
        if name == "straight":
            write_video(source, frames[:3], 30)
        out = tmp_path / f"{name}-faces.mkv"
        overlay_video(source, tmp_path / f"{name}-o.mkv", landmarks=places, faces=out)
        faces.append(read_clip(out).frames[0].astype(float)[40:200, 40:180])
    assert np.abs(faces[0] - faces[1]).mean() < 4


def test_what_cannot_be_written_is_said_before_the_first_frame(
    pulled_video, tmp_path, monkeypatch
):
    from mefeat.overlay import _video as module

    def frames(*arguments, **settings):
        raise AssertionError("a frame was asked for")
        yield

    monkeypatch.setattr(module, "iter_frames", frames)
    points = tmp_path / "face.npy"
    for settings, error in (
        ({"target": tmp_path / "none" / "o.mkv"}, FileNotFoundError),
        ({"target": tmp_path / "o.txt"}, ValueError),
        ({"target": tmp_path / "o.mp4", "fps": 1e9}, OSError),
        ({"vectors": tmp_path / "none" / "v.csv"}, FileNotFoundError),
        ({"faces": tmp_path / "f.txt"}, ValueError),
    ):
        settings = {"target": tmp_path / "o.mkv", **settings}
        with pytest.raises(error):
            overlay_video(pulled_video, landmarks=points, **settings)
    assert {p.name for p in tmp_path.iterdir()} == {"face.mkv", "face.npy"}


def test_nothing_remains_of_a_run_that_fails(pulled_video, tmp_path):
    points = np.load(tmp_path / "face.npy")[:-1]
    (tmp_path / "v.csv").write_text("yesterday's")
    with pytest.raises(
        ValueError, match="of 7 frames were given, but the video has more"
    ):
        overlay_video(
            pulled_video,
            tmp_path / "o.mkv",
            landmarks=points,
            vectors=tmp_path / "v.csv",
        )
    assert {p.name for p in tmp_path.iterdir()} == {"face.mkv", "face.npy", "v.csv"}
    assert (tmp_path / "v.csv").read_text() == "yesterday's"


def test_plot_of_parts():
    parts = np.zeros((6, 11, 2))
    parts[:, 8] = np.arange(6)[:, None]
    parts[2] = np.nan
    figure = show_part_movement(parts, list(PARTS), fps=30)
    titles = [axis.get_title(loc="left") for axis in figure.axes]
    assert titles == "brow,between brows,eye,nose,cheek,mouth,chin".split(",")
    right = figure.axes[5].lines[0].get_ydata()
    assert right[5] == pytest.approx(np.hypot(5, 5)) and np.isnan(right[2])
    with pytest.raises(ValueError, match=r"\(n_frames, 2, 2\)"):
        show_part_movement(parts, ["a", "b"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["single_face.mp4", "grid/lbbc2a.mpg"])
def test_real_footage(footage, tmp_path, name):
    pytest.importorskip("dlib")
    path = footage / name
    summary = overlay_video(path, tmp_path / "o.mp4")
    assert video_info(tmp_path / "o.mp4") == video_info(path)
    assert summary.n_without_face == 0 and summary.strongest is not None
