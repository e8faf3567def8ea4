"""Arrows on videos: streams, threshold, drawing, files and the command."""

import csv
import re
import tracemalloc
from itertools import count, islice

import cv2
import numpy as np
import pytest

from benchmarks.overlay.portrait import moving_face
from mefeat.cli import main
from mefeat.datasets import make_clips
from mefeat.faces import MEAN_FACE
from mefeat.overlay import (
    PARTS,
    AutoThreshold,
    direction_colors,
    draw_arrows,
    draw_legend,
    movement_stream,
    overlay_stream,
    overlay_video,
)
from mefeat.overlay.arrows import arrow_ink, spread_order
from mefeat.plot import show_part_movement
from mefeat.video import read_clip, video_info, write_video

FPS = 30


@pytest.fixture(scope="module")
def pulled():
    """A face whose mouth is pulled by 3 pixels while the head moves."""
    return moving_face(12, amplitude=3.0, noise=1)


@pytest.fixture(scope="module")
def drawn(pulled):
    """The frames with arrows."""
    frames, landmarks, *_ = pulled
    return list(overlay_stream(frames, landmarks, FPS))


@pytest.fixture
def video(tmp_path, pulled):
    """The same as a lossless video, with its landmarks beside it."""
    frames, landmarks, *_ = pulled
    path = tmp_path / "face.mkv"
    write_video(path, frames[:8], FPS)
    np.save(tmp_path / "face.npy", landmarks[:8])
    return path


# Drawing


def linear(colors):
    """Light of colors, as far as they go."""
    colors = np.asarray(colors) / 255
    return np.where(
        colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4
    )


# Machado, Oliveira and Fernandes 2009: what people without one kind of cone see.
# fmt: off
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]),
    "tritanopia": np.array([
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ]),
}
# fmt: on


@pytest.mark.parametrize("kind", BLINDNESS)
def test_directions_have_colors_that_everybody_tells_apart(kind):
    turn = np.arange(8) * np.pi / 4
    colors = direction_colors(np.stack([np.cos(turn), np.sin(turn)], axis=1))
    seen = np.clip(linear(colors) @ BLINDNESS[kind].T, 0, 1).astype(np.float32)
    lab = cv2.cvtColor(seen[None] ** np.float32(1 / 2.2), cv2.COLOR_RGB2LAB)[0]
    apart = np.linalg.norm(lab[:, None] - lab, axis=2)
    for k in range(1, 5):
        steps = apart[np.arange(8), (np.arange(8) + k) % 8]
        assert steps.min() > (10 if k == 1 else 20)


def test_colors_change_steadily_around_the_circle():
    turn = np.linspace(-np.pi, np.pi, 721)
    colors = direction_colors(np.stack([np.cos(turn), np.sin(turn)], axis=1))
    assert np.abs(np.diff(colors.astype(int), axis=0)).max() <= 3
    assert (colors[0] == colors[-1]).all()


def test_an_arrow_by_hand():
    picture = np.zeros((41, 61, 3), np.uint8)
    n = draw_arrows(picture, np.array([[10.0, 20.0]]), np.array([[8.0, 0.0]]), scale=5)
    y, x = np.nonzero(picture.any(axis=2))
    assert n == 1
    assert (x.min(), x.max()) == (pytest.approx(10, abs=1), pytest.approx(50, abs=1))
    assert (y.min() + y.max()) / 2 == 20
    tip = y[x > 46]
    assert np.ptp(tip) >= 3 and np.ptp(y[x < 44]) <= 2


def test_ink_is_what_arrows_cover(rng):
    for width in (1, 2):
        covered = estimate = 0
        for _ in range(60):
            picture = np.zeros((140, 140, 3), np.uint8)
            vector = rng.normal(scale=20, size=(1, 2))
            draw_arrows(picture, np.full((1, 2), 70.0), vector, scale=1, width=width)
            covered += picture.any(axis=2).sum()
            estimate += arrow_ink(np.hypot(*vector[0]), width)
        assert 0.7 < covered / estimate < 1.05


def test_the_order_covers_the_grid_evenly():
    rows, columns = np.indices((16, 16)).reshape(2, -1)
    order = spread_order(rows, columns)
    assert sorted(order) == list(range(256))
    for n in (16, 64):
        first = np.zeros((16, 16))
        first[rows[order[:n]], columns[order[:n]]] = 1
        quarters = first.reshape(4, 4, 4, 4).sum(axis=(1, 3))
        assert quarters.min() == quarters.max() == n / 16


def test_legend_tells_the_scale():
    picture = np.full((360, 640, 3), 200, np.uint8)
    amount = draw_legend(picture, 5)
    assert amount == 5
    changed = (picture != 200).any(axis=2)
    assert changed[-10, 10] and not changed[:280].any() and not changed[:, 130:].any()
    assert draw_legend(picture, 50) == 0.5
    small = np.zeros((60, 60, 3), np.uint8)
    assert draw_legend(small, 5) is None and not small.any()


# The stream


def test_arrows_show_the_pull_and_only_it(pulled, drawn):
    _, landmarks, field, poses = pulled
    last = drawn[-1]
    shown = last.movement.tails[last.shown]
    mouth = landmarks[-1, 48]
    assert 3 <= last.shown.sum() <= 40
    near = np.linalg.norm(shown - mouth, axis=1) < 35
    assert near.mean() > 0.8
    vectors = (last.movement.heads - last.movement.tails)[last.shown][near]
    truth = poses[-1][:, :2] @ [-0.8, -0.6]
    cosine = vectors @ truth / np.hypot(*vectors.T) / np.hypot(*truth)
    assert cosine.mean() > 0.95
    assert drawn[0].shown.sum() == 0


def test_pictures_are_the_frames_but_for_arrows_and_legend(pulled, drawn):
    for frame, overlay in zip(pulled[0], drawn, strict=True):
        assert (
            overlay.movement.frame is frame or (overlay.movement.frame == frame).all()
        )
        changed = (overlay.picture != frame[..., None]).any(axis=2)
        assert not changed[:290, :60].any() and not changed[:290, 300:].any()
        assert changed[:290].any() == (overlay.shown.sum() > 0)


@pytest.mark.parametrize("scale", [5, 20])
def test_arrows_cover_less_than_a_tenth_of_the_face(pulled, scale):
    """Even where all of it moves, and arrows are long."""
    frames, landmarks, *_ = pulled
    for overlay in overlay_stream(
        frames[:6],
        landmarks[:6] + np.arange(6)[:, None, None],  # landmarks that run away
        FPS,
        scale=scale,
        threshold=0,
        steady=False,
    ):
        clean = np.repeat(overlay.movement.frame[..., None], 3, axis=2)
        draw_legend(clean, scale)
        covered = (overlay.picture != clean).any(axis=2).sum()
        assert covered < 0.1 * overlay.movement.grid.area
    assert covered > 0.03 * overlay.movement.grid.area


def test_arrows_do_not_flicker(rng):
    """With noise in every frame, an arrow comes once and goes once, or nearly so."""
    bunch = make_clips(1, 1, ["happiness"], fps=50, amplitude=3, noise=4, blinks=False)
    clip = bunch.clips[0]
    landmarks = clip.landmarks + rng.normal(scale=0.2, size=clip.landmarks.shape)
    stream = overlay_stream(clip.frames, landmarks, 50, step=12)
    shown = np.stack([overlay.shown for overlay in stream])
    changes = (shown[1:] != shown[:-1]).sum(axis=0)
    assert shown.any(axis=0).sum() > 10
    assert changes[shown.any(axis=0)].mean() < 2.5


def test_auto_threshold_is_three_sigmas_of_noise(rng):
    for sigma in (0.1, 0.5):
        threshold = AutoThreshold()
        values = [threshold(rng.normal(scale=sigma, size=(400, 2))) for _ in range(20)]
        assert np.mean(values) == pytest.approx(3 * sigma, rel=0.1)
        moved = rng.normal(scale=sigma, size=(400, 2))
        moved[:150] += 5  # an expression moves a part of the face
        assert threshold(moved) < 5.5 * sigma
    assert AutoThreshold()(np.zeros((9, 2))) == AutoThreshold()(np.zeros((0, 2))) == 0.1


def test_a_given_threshold_is_kept(pulled):
    frames, landmarks, *_ = pulled
    all_of_them = list(overlay_stream(frames[:5], landmarks[:5], FPS, threshold=0))
    none = list(overlay_stream(frames[:5], landmarks[:5], FPS, threshold=50))
    sure = all_of_them[-1].movement.grid.confidence >= 0.5
    assert (all_of_them[-1].shown == sure).all() and sure.sum() > 20
    assert not none[-1].shown.any()


def test_frames_without_a_face_pass_unmarked(pulled):
    frames, landmarks, *_ = pulled
    landmarks = landmarks.copy()
    landmarks[[0, 5]] = np.nan
    found = list(overlay_stream(iter(frames[:9]), iter(landmarks[:9]), FPS))
    assert len(found) == 9
    for t, overlay in enumerate(found):
        if t in (0, 5):
            assert overlay.shown is None and overlay.movement.vectors is None
            assert (overlay.picture == frames[t][..., None]).all()
        else:
            assert overlay.shown is not None
    nobody = list(overlay_stream(frames[:2], np.full((2, 68, 2), np.nan), FPS))
    assert all(
        (o.picture == f[..., None]).all() for o, f in zip(nobody, frames, strict=False)
    )


def test_color_and_gray_frames_move_alike(pulled):
    frames, landmarks, *_ = pulled
    color = np.repeat(frames[:4, ..., None], 3, axis=3)
    gray = list(movement_stream(frames[:4], landmarks[:4], FPS))
    same = list(movement_stream(color, landmarks[:4], FPS))
    np.testing.assert_allclose(gray[-1].vectors, same[-1].vectors, atol=1e-5)


def test_memory_does_not_grow_with_the_video(pulled):
    """Frames are let go: a stream without an end holds as many as a short one."""
    frames, landmarks, *_ = pulled
    taken = [0]

    def endless(items):
        for t in count():
            taken[0] += items is frames
            yield items[t % 2].copy()

    stream = overlay_stream(endless(frames), endless(landmarks), FPS, method="dis_fast")
    peaks = []
    tracemalloc.start()
    for n_frames in (15, 30):
        tracemalloc.reset_peak()
        given = sum(1 for _ in islice(stream, n_frames))
        peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    assert given == 30 and taken[0] - 45 < 20
    assert peaks[1] < 1.1 * peaks[0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "none"}, "method must be among"),
        ({"follow": "none"}, "follow must be among"),
        ({"smoothing": "none such"}, "smoothing must be among"),
        ({"scale": 0}, "scale must be positive"),
        ({"turn": 1}, "turn must be above 1"),
        ({"threshold": -1}, "threshold must be 'auto' or not negative"),
    ],
)
def test_settings_are_checked_before_the_first_frame(settings, message):
    def frames():
        raise AssertionError("a frame was asked for")
        yield

    with pytest.raises(ValueError, match=message):
        overlay_stream(frames(), frames(), **settings)
    with pytest.raises(TypeError, match="must be a CanonicalMesh"):
        overlay_stream(frames(), frames(), mesh=1)


@pytest.mark.parametrize(
    ("landmarks", "message"),
    [
        (np.ones((2, 68, 2)), "as many as frames, got 2"),
        (np.ones((4, 68, 2)), "as many as frames, got more"),
        (np.ones((3, 5, 2)), r"must be 68 points .* got shape \(5, 2\)"),
    ],
)
def test_landmarks_must_fit(landmarks, message):
    frames = [np.zeros((40, 40), np.uint8)] * 3
    points = landmarks * np.nan
    with pytest.raises(ValueError, match=message):
        list(overlay_stream(frames, points))


# Files


def test_a_video_with_all_that_belongs_to_it(video, tmp_path, pulled):
    out, table, faces = (tmp_path / name for name in ("o.mkv", "v.csv", "f.mkv"))
    summary = overlay_video(
        video,
        out,
        landmarks=tmp_path / "face.npy",
        vectors=table,
        faces=faces,
        faces_size=96,
        parts=True,
    )
    assert video_info(out) == video_info(video)
    assert (summary.n_frames, summary.n_without_face) == (8, 0)
    assert summary.strongest == 7
    marked = read_clip(out, color=True).frames[7].astype(float)
    assert np.abs(marked - summary.picture).mean() < 2
    assert video_info(faces).size == (96, 96)
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert list(rows[0]) == "frame point x y dx dy confidence shown".split()
    moves = list(movement_stream(pulled[0][:8], pulled[1][:8], FPS))
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
    write_video(path, turned, FPS)
    faces = []
    for name, source, places in (
        ("straight", tmp_path / "straight.mkv", landmarks[:3]),
        ("turned", path, points),
    ):
        if name == "straight":
            write_video(source, frames[:3], FPS)
        out = tmp_path / f"{name}-faces.mkv"
        overlay_video(source, tmp_path / f"{name}-o.mkv", landmarks=places, faces=out)
        faces.append(read_clip(out).frames[0].astype(float)[40:200, 40:180])
    assert np.abs(faces[0] - faces[1]).mean() < 4


def test_what_cannot_be_written_is_said_before_the_first_frame(
    video, tmp_path, monkeypatch
):
    from mefeat.overlay import video as module

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
            overlay_video(video, landmarks=points, **settings)
    assert {p.name for p in tmp_path.iterdir()} == {"face.mkv", "face.npy"}


def test_nothing_remains_of_a_run_that_fails(video, tmp_path):
    points = np.load(tmp_path / "face.npy")[:-1]
    (tmp_path / "v.csv").write_text("yesterday's")
    with pytest.raises(ValueError, match="as many as frames, got 7"):
        overlay_video(
            video, tmp_path / "o.mkv", landmarks=points, vectors=tmp_path / "v.csv"
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


# The command


def run(*arguments):
    return main(["overlay", *map(str, arguments), "--quiet"])


def test_the_command_writes_what_the_function_does(video, tmp_path, capsys):
    out, other = tmp_path / "o.mkv", tmp_path / "other.mkv"
    points = tmp_path / "face.npy"
    settings = ["--method", "lk", "--scale", "8", "--threshold", "0.3"]
    settings += ["--keep-reference"]
    settings += ["--vectors", tmp_path / "v.csv", "--faces", "64"]
    settings += ["--picture", tmp_path / "p.png", "--plot", tmp_path / "q.png"]
    assert run(video, "-o", out, "--landmarks", points, *settings) == 0
    overlay_video(video, other, landmarks=points, method="lk", scale=8, threshold=0.3)
    assert (read_clip(out).frames == read_clip(other).frames).all()
    assert video_info(tmp_path / "o-faces.mkv").size == (64, 64)
    assert cv2.imread(str(tmp_path / "p.png")).shape == (360, 360, 3)
    assert cv2.imread(str(tmp_path / "q.png")).size > 10_000
    assert capsys.readouterr().err == ""


def test_the_command_counts_frames_without_a_face(video, tmp_path, capsys):
    points = np.load(tmp_path / "face.npy")
    points[[2, 3]] = np.nan
    np.save(tmp_path / "face.npy", points)
    out = tmp_path / "o.mkv"
    assert run(video, "-o", out, "--landmarks", tmp_path / "face.npy") == 0
    assert "no face in 2 of 8 frames" in capsys.readouterr().err


def test_a_video_without_faces_passes_unmarked(video, tmp_path, capsys):
    np.save(tmp_path / "face.npy", np.full((8, 68, 2), np.nan))
    out, points = tmp_path / "o.mkv", tmp_path / "face.npy"
    files = ["--faces", "64", "--vectors", tmp_path / "v.csv"]
    files += ["--plot", tmp_path / "q.png", "--picture", tmp_path / "p.png"]
    assert run(video, "-o", out, "--landmarks", points, *files) == 0
    assert (read_clip(out).frames == read_clip(video).frames).all()
    assert not list(tmp_path.glob("*-faces*")) and not (tmp_path / "p.png").exists()
    assert (tmp_path / "v.csv").read_text().count("\n") == 1
    message = capsys.readouterr().err
    for part in ("no face in 8 of 8", "no video of --faces", "so no --picture"):
        assert part in message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("{video} -o {folder}/o.txt", "--output must end in"),
        ("{video} -o {folder}/none/o.mkv", "folder .*none does not exist"),
        ("{video} -o {video}", "is what to read"),
        ("{video} -o {folder}/o.mkv --landmarks {folder}/none.npy", "none.npy"),
        ("{folder}/none.mp4 -o {folder}/o.mkv", "none.mp4"),
        ("{video} -o {folder}/o.mkv --method none", "no method 'none'; there are lk,"),
        ("{video} -o {folder}/o.mkv --threshold much", "must be auto or pixels"),
        ("{video} -o {folder}/o.mkv --scale 0", "--scale must be positive"),
        ("{video} -o {folder}/o.mkv --face 0", "--face must be positive"),
        ("{video} -o {folder}/o.mkv --faces 8", "--faces must be at least 32"),
        ("{video} -o {folder}/o.mkv --vectors {folder}/v.txt", "--vectors must end in"),
        ("{video} -o {folder}/o.mkv --picture {folder}/p.gif", "--picture must end in"),
        ("{video} -o {folder}/o.mkv --plot {folder}/none/p.png", "does not exist"),
    ],
)
def test_what_cannot_be_begun_is_said_before_the_work(
    video, tmp_path, capsys, arguments, message
):
    if "--landmarks" not in arguments:
        arguments += " --landmarks {folder}/face.npy"
    arguments = arguments.format(video=video, folder=tmp_path).split()
    assert run(*arguments) == 2
    assert re.search(message, capsys.readouterr().err)
    assert {p.name for p in tmp_path.iterdir()} == {"face.mkv", "face.npy"}


def test_settings_of_the_command_are_those_of_the_library():
    from argparse import ArgumentParser

    from mefeat.cli import overlay
    from mefeat.overlay import SMOOTHERS

    commands = ArgumentParser().add_subparsers()
    overlay.add_command(commands)
    actions = commands.choices["overlay"]._actions
    choices = next(a.choices for a in actions if a.dest == "smoothing")
    assert set(choices) == set(SMOOTHERS)


# Real footage


@pytest.mark.slow
@pytest.mark.parametrize("name", ["single_face.mp4", "grid/lbbc2a.mpg"])
def test_real_footage(footage, tmp_path, name):
    pytest.importorskip("dlib")
    path = footage / name
    summary = overlay_video(path, tmp_path / "o.mp4")
    assert video_info(tmp_path / "o.mp4") == video_info(path)
    assert summary.n_without_face == 0 and summary.strongest is not None


def test_two_faces_and_the_smaller_of_them(pulled):
    """The points of which face are drawn on is said by its number."""
    pytest.importorskip("dlib")
    frames, *_ = pulled
    small = cv2.resize(frames[0], None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    both = np.full((360, 600), 90, np.uint8)
    both[:, :360], both[72:288, 372:588] = frames[0], small
    middles = []
    for face in (0, 1):
        (move,) = movement_stream([both], face=face)
        middles.append(move.landmarks[30, 0])
    assert middles[0] < 300 < middles[1]
    (nobody,) = movement_stream([both], face=2)
    assert nobody.landmarks is None


def test_the_mean_face_is_no_secret():
    """The canvas takes any face of 68 points, as those of `MEAN_FACE`."""
    frames = [np.zeros((180, 180), np.uint8)] * 2
    (_, last) = movement_stream(frames, [90 + 80 * MEAN_FACE] * 2)
    np.testing.assert_allclose(last.tails, last.heads)
