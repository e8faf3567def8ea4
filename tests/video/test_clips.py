"""Footage as clips: the stage, and landmarks that follow the frames."""

import numpy as np
import pytest
from sklearn.base import clone
from written_videos import (
    N_FRAMES,
    assert_error,
    gray_of,
    save_images,
    scene,
    write,
)

from mefeat import Clip, ClipFile, ClipPipeline, Read
from mefeat.clip import luma
from mefeat.video import ReadError, iter_frames, read_clip, read_landmarks
from mefeat.video._images import list_frames


def test_a_clip_passes_through_and_turns_gray():
    gray = Clip(frames=gray_of(scene(3)), fps=100, apex=1)
    assert read_clip(gray) is gray
    assert read_clip(gray, color=True) is gray
    points = np.ones((3, 5, 2))
    color = Clip(frames=scene(3), landmarks=points, fps=100, apex=1)
    assert read_clip(color, color=True) is color
    made = read_clip(color)
    np.testing.assert_array_equal(made.frames, gray.frames)
    np.testing.assert_array_equal(made.landmarks, points)
    assert (made.fps, made.apex) == (100, 1)
    np.testing.assert_array_equal(list(iter_frames(color)), gray.frames)
    np.testing.assert_array_equal(list(iter_frames(color, color=True)), scene(3))
    processed = color.replace(frames=scene(3).astype(np.float32) / 3)
    np.testing.assert_allclose(
        read_clip(processed).frames, luma(processed.frames), rtol=1e-6
    )


def test_the_stage_takes_clips_files_and_paths(tmp_path):
    path = write(tmp_path / "a.mkv", "FFV1")
    items = [path, str(path), ClipFile(path), Clip(frames=scene())]
    for clip in clone(Read()).fit(items).transform(items):
        np.testing.assert_array_equal(clip.frames, gray_of(scene()))
    for clip in ClipPipeline([Read(color=True)]).fit_transform(items):
        np.testing.assert_array_equal(clip.frames, scene())
    assert Read().fit_transform([ClipFile(path, fps=7)])[0].fps == 7
    with pytest.raises(TypeError, match=r"X\[0\] must be a Clip, got ndarray"):
        Read().transform([scene()])
    with pytest.raises(TypeError, match="must be a list of clips"):
        Read().transform(str(path))
    with pytest.raises(ValueError, match="on_error"):
        Read(on_error="ignore").fit(items)
    with pytest.raises(ValueError, match="on_error must be among"):
        read_clip(path, on_error="ignore")


def test_landmarks_are_read_and_move_with_span_and_roi(tmp_path):
    video = write(tmp_path / "a.mkv", "FFV1")
    points = np.random.default_rng(0).uniform(0, 40, (N_FRAMES, 4, 2))
    np.save(tmp_path / "a.npy", points)
    np.savez(tmp_path / "a.npz", face=points)
    rows = [
        f"{t + 1},{p},{x},{y}"  # frames may count from 1
        for t, frame in enumerate(points)
        for p, (x, y) in enumerate(frame)
    ]
    (tmp_path / "a.csv").write_text("\n".join(["Frame, point, x, y", *rows[::-1]]))
    for name in ("a.npy", "a.npz", "a.csv"):
        file = ClipFile(video, landmarks=tmp_path / name)
        np.testing.assert_allclose(read_clip(file).landmarks, points, rtol=1e-12)
        part = ClipFile(
            video, span=(4, 9), roi=(3, 5, 40, 50), landmarks=tmp_path / name
        )
        expected = points[4:10] - [5, 3]
        np.testing.assert_allclose(read_clip(part).landmarks, expected, rtol=1e-12)
    np.save(tmp_path / "short.npy", points[:-1])
    short = ClipFile(video, landmarks=tmp_path / "short.npy")
    assert_error(short, "short.npy: landmarks of 29 frames, but", "a.mkv has 30")
    np.save(tmp_path / "long.npy", np.concatenate([points, points]))
    long = ClipFile(video, landmarks=tmp_path / "long.npy")
    assert_error(long, "long.npy: landmarks of 60 frames")


def test_landmarks_follow_the_frames_that_are_kept(tmp_path):
    folder = save_images(tmp_path / "a", range(6))
    (folder / "img2.png").write_bytes(b"no image")
    points = np.arange(6.0)[:, None, None] * np.ones((6, 3, 2))
    np.save(tmp_path / "a.npy", points)
    file = ClipFile(list_frames(folder), landmarks=tmp_path / "a.npy")
    with pytest.warns(UserWarning, match="5 frames are kept"):
        clip = read_clip(file, on_error="keep")
    assert clip.landmarks[:, 0, 0].tolist() == [0, 1, 3, 4, 5]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "frame,point,x\n0,0,1\n", "lacks the columns y"),
        ("a.csv", "frame,point,x,y\n0,0,1,1\n1,1,2,2\n", "one row for each of 2"),
        ("a.csv", "frame,point,x,y\n0,0,1,1\n0,0,2,2\n", "one row for each of 1"),
        ("a.csv", "frame,point,x,y\n0.5,0,1,1\n", "whole numbers"),
        ("a.csv", "frame,point,x,y\n", "whole numbers"),
        ("a.csv", "frame,point,x,y\n0,0,left,1\n", "holds no landmarks"),
        ("a.csv", "", "holds no landmarks"),
        ("a.npy", "text", "holds no landmarks"),
        ("a.npz", "text", "holds no landmarks"),
        ("a.txt", "1 2", "must be in .npy, .npz, .csv files"),
        ("nowhere.npy", None, "cannot be read"),
    ],
)
def test_bad_landmarks_are_a_clear_error(tmp_path, name, text, words):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ReadError, match=words) as caught:
        read_landmarks(tmp_path / name)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "0,0,1,1\n10000000000000000,0,1,1",
        "0,0,1,1\n18446744073709551615,0,1,1",
        "9223372036854775807,0,1,1\n-9223372036854775808,0,1,2",
    ],
)
def test_a_table_that_claims_endless_frames_is_refused(tmp_path, text):
    (tmp_path / "face.csv").write_text(f"frame,point,x,y\n{text}\n")
    with pytest.raises(ReadError, match="of each of 1[0-9]{16,} frames, got 2 rows"):
        read_landmarks(tmp_path / "face.csv")


@pytest.mark.parametrize("n_frames", [10**14, 10**30])
def test_an_array_that_claims_endless_frames_is_refused(tmp_path, n_frames):
    header = {"descr": "<f8", "fortran_order": False, "shape": (n_frames, 68, 2)}
    with open(tmp_path / "face.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
    with pytest.raises(ReadError, match=r"face.npy: holds no landmarks"):
        read_landmarks(tmp_path / "face.npy")


def test_landmarks_of_another_shape_are_refused(tmp_path):
    np.save(tmp_path / "flat.npy", np.ones((5, 136)))
    with pytest.raises(ReadError, match=r"n_landmarks, 2\), got shape \(5, 136\)"):
        read_landmarks(tmp_path / "flat.npy")
    np.savez(tmp_path / "two.npz", a=np.ones((5, 1, 2)), b=np.ones(3))
    with pytest.raises(ReadError, match="expected one array, got"):
        read_landmarks(tmp_path / "two.npz")


def test_arrays_of_numpy_are_read_whatever_they_are_called(tmp_path):
    points = np.ones((5, 1, 2))
    np.savez(tmp_path / "a.npz", points)
    np.save(tmp_path / "b.npy", points)
    for old, new in (("a.npz", "a.npy"), ("b.npy", "b.npz")):
        (tmp_path / old).rename(tmp_path / new)
        assert np.array_equal(read_landmarks(tmp_path / new), points)
