"""Clips that ClipPipeline reads frame by frame give what clips held whole do."""

import subprocess
import sys
import textwrap
from itertools import count

import numpy as np
import pytest
from skimage.data import astronaut
from written_videos import save_images, scene, write, y4m

from mefeat import Clip, ClipFile, ClipPipeline, Read
from mefeat.faces import ALIGNMENTS, Align, CropFace, FaceLandmarks
from mefeat.faces._align import PiecewiseAffine
from mefeat.faces._template import place
from mefeat.preprocess import Resize, TrimToEvent
from mefeat.video import ReadError, read_clip
from mefeat.video import _reading as reading

CROP = CropFace(size=(20, 16))
ALIGNED = [FaceLandmarks(), *map(Align, ALIGNMENTS)]
N_FRAMES = 12


@pytest.fixture(params=["held", "read again"])
def passes(request, monkeypatch):
    if request.param == "read again":
        monkeypatch.setattr(reading, "_HELD", 0)


@pytest.fixture
def again(monkeypatch):
    monkeypatch.setattr(reading, "_HELD", 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streaming")
    write(folder / "a.avi", "MJPG", scene(N_FRAMES))
    save_images(folder / "images", range(N_FRAMES), scene(N_FRAMES))
    points = place(np.array([8.0, 15, 30, 30]))
    head = np.random.default_rng(0).normal(0, 0.7, (N_FRAMES, 1, 2)).cumsum(axis=0)
    rest = np.random.default_rng(1).normal(0, 0.2, (N_FRAMES, 68, 2))
    points = points + head + rest
    np.save(folder / "points.npy", points)
    points[[0, 5, 6]] = np.nan
    np.save(folder / "gaps.npy", points)
    return folder


def files(folder):
    points = folder / "points.npy"
    images = sorted((folder / "images").iterdir(), key=lambda p: int(p.stem[3:]))
    part = {"span": (2, 10), "roi": (1, 2, 44, 60), "onset": 1, "apex": 4, "offset": 7}
    return [
        ClipFile(folder / "a.avi", landmarks=points),
        ClipFile(folder / "a.avi", landmarks=points, fps=90, **part),
        ClipFile(folder / "images", landmarks=points),
        ClipFile(images, landmarks=points, **part),
    ]


def step_by_step(steps, item):
    clips = [item]
    for step in steps:
        clips = step.transform(clips)
        assert isinstance(clips[0].frames, np.ndarray)
    return clips[0]


def assert_same(steps, item):
    got = ClipPipeline(steps).transform([item])[0]
    expected = step_by_step(steps, item)
    assert type(got.frames) is np.ndarray and not got.frames.flags.writeable
    assert got.frames.dtype == expected.frames.dtype
    np.testing.assert_array_equal(got.frames, expected.frames)
    if expected.landmarks is None:
        assert got.landmarks is None
    else:
        np.testing.assert_array_equal(got.landmarks, expected.landmarks)
    for name in ("onset", "apex", "offset", "fps"):
        assert getattr(got, name) == getattr(expected, name)
    return got


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("align", ALIGNED, ids=str)
def test_frames_one_by_one_are_those_of_the_whole_clip(folder, passes, align, color):
    for file in files(folder):
        clip = assert_same([Read(color=color), align, CROP], file)
        assert clip.frames.shape[1:] == ((20, 16, 3) if color else (20, 16))


def test_other_orders_of_steps(folder, passes):
    part = files(folder)[1]
    assert_same([Read(), Resize((20, 30)), Align(), CROP], part)
    assert_same([Read(), FaceLandmarks()], part)
    assert_same([Read()], part)
    assert_same(
        [Read(), TrimToEvent(), Align(per_frame=True, smoothing_frames=1.0)], part
    )
    gaps = ClipFile(part.path, landmarks=folder / "gaps.npy")
    for way, n_frames in (("drop", N_FRAMES - 3), ("interpolate", N_FRAMES)):
        clip = assert_same([Read(), FaceLandmarks(on_missing=way), Align(), CROP], gaps)
        assert len(clip.frames) == n_frames


def test_the_box_of_a_detector(tmp_path, passes):
    face = astronaut()[::2, ::2]
    frames = np.stack([np.roll(face, t, axis=1) for t in range(12)])
    save_images(tmp_path / "face", range(12), frames)
    assert_same([Read(), CropFace(source="box")], tmp_path / "face")
    with pytest.raises(ValueError, match="found no face in the frames 0, 1"):
        save_images(tmp_path / "none", range(3), np.zeros((3, 90, 90, 3), np.uint8))
        ClipPipeline([Read(), CropFace(source="box")]).transform([tmp_path / "none"])


def test_a_fitted_pipeline_reads_as_one_that_is_not(folder, passes):
    file = files(folder)[0]
    steps = [Read(), Align(), CROP]
    got = ClipPipeline(steps).fit([file]).transform([file])[0]
    np.testing.assert_array_equal(got.frames, step_by_step(steps, file).frames)


def test_only_long_clips_are_decoded_several_times(folder, monkeypatch):
    decoded = []
    opened = reading.open_footage
    monkeypatch.setattr(
        reading, "open_footage", lambda s: decoded.append(s) or opened(s)
    )
    file = files(folder)[0]
    pipeline = ClipPipeline([Read(), Align(), CROP])
    pipeline.transform([file])
    assert len(decoded) == 1
    monkeypatch.setattr(reading, "_HELD", N_FRAMES * 48 * 64 - 1)
    pipeline.transform([file])
    assert len(decoded) == 3
    ClipPipeline([Read()]).transform([file])
    read_clip(file)
    assert len(decoded) == 5


def test_steps_of_others_get_arrays(folder, again):
    class Darker(Align):
        def apply(self, clip):
            assert isinstance(clip.frames, np.ndarray)
            return super().apply(clip.replace(frames=clip.frames // 2))

    assert_same([Read(), Darker(), CROP], files(folder)[0])


def test_what_was_kept_of_damaged_footage_is_kept_again(tmp_path, again):
    damaged = sorted(save_images(tmp_path / "images", range(6), scene(6)).iterdir())
    damaged[2].write_bytes(b"no image")
    steps = [Read(on_error="keep"), Resize((8, 9))]
    with pytest.warns(UserWarning, match=r"frame 2: is no image.*5 frames") as told:
        got = ClipPipeline(steps).transform([ClipFile(damaged)])[0]
    assert len(told) == 1
    with pytest.warns(UserWarning, match="5 frames are kept"):
        expected = step_by_step(steps, ClipFile(damaged))
    np.testing.assert_array_equal(got.frames, expected.frames)


def test_warnings_come_once(tmp_path, again):
    path = y4m(tmp_path / "tv.y4m", "F25:1 A16:15", 3)
    with pytest.warns(UserWarning, match="not square") as told:
        ClipPipeline([Read(), Resize((8, 8))]).transform([path])
    assert len(told) == 1


def test_errors_name_the_step_that_makes_the_frames(folder, again, monkeypatch):
    file = files(folder)[0]
    pipeline = ClipPipeline([Read(), Align("piecewise"), CROP])
    backward = PiecewiseAffine.backward
    with monkeypatch.context() as context:
        context.setattr(
            PiecewiseAffine, "backward", lambda *a: np.inf * (1 + backward(*a))
        )
        with pytest.raises(ValueError, match="the map of frame 0 holds") as caught:
            pipeline.transform([file])
    (note,) = caught.value.__notes__
    assert "while X[0]" in note and note.endswith("was in the step 'align'")
    with pytest.raises(ReadError, match="there is no such file") as caught:
        pipeline.transform([ClipFile(folder / "b.avi")])
    (note,) = caught.value.__notes__
    assert note.endswith("was in the step 'read'")


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (scene()[5:17], "0: is not what it was"),
        (scene()[:7], "7: is not what it was"),
        (scene(N_FRAMES, (32, 64)), "0: is not what it was"),
        (None, "there is no such file"),
    ],
)
def test_footage_that_changes_between_passes(
    tmp_path, again, monkeypatch, other, message
):
    path = write(tmp_path / "a.avi", "MJPG", scene(N_FRAMES))
    resize = Resize.apply

    def change(self, clip):
        path.unlink()
        if other is not None:
            write(path, "MJPG", other)
        return resize(self, clip)

    monkeypatch.setattr(Resize, "apply", change)
    with pytest.raises(ReadError, match=f"a.avi: frame .*{message}") as error:
        ClipPipeline([Read(), Resize((8, 8))]).transform([path])
    assert error.value.__notes__[0].endswith("was in the step 'read'")


def test_a_damaged_video_may_be_patched_otherwise_each_time(folder, again, monkeypatch):
    mark, numbers = reading._mark, count()
    monkeypatch.setattr(reading, "_mark", lambda *a: (*mark(*a)[:2], next(numbers)))
    video, _, images, _ = files(folder)
    pipeline = ClipPipeline([Read(), Resize((8, 8))])
    assert len(pipeline.transform([video])[0].frames) == N_FRAMES
    with pytest.raises(ReadError, match="the footage changed meanwhile"):
        pipeline.transform([images])


def test_footage_that_grows_is_what_it_was(tmp_path, again, monkeypatch):
    save_images(tmp_path, range(4), scene(4))
    expected = step_by_step([Read(), Resize((8, 8))], tmp_path)
    resize = Resize.apply

    def grow(self, clip):
        save_images(tmp_path, range(4, 6), scene(2))
        return resize(self, clip)

    monkeypatch.setattr(Resize, "apply", grow)
    got = ClipPipeline([Read(), Resize((8, 8))]).transform([tmp_path])[0]
    np.testing.assert_array_equal(got.frames, expected.frames)


def test_clips_hold_arrays_alone(folder):
    clip = read_clip(files(folder)[0])
    for step in (Align(), Align("lwm"), CROP, Resize((9, 9))):
        assert type(step.transform([clip])[0].frames) is np.ndarray
        assert type(step.apply(clip).frames) is np.ndarray
    assert type(Read().apply(files(folder)[0]).frames) is np.ndarray
    with pytest.raises(TypeError, match="frames must be an ndarray, got list"):
        Clip(frames=[np.zeros((2, 2), np.uint8)])


@pytest.mark.hostile
def test_memory_does_not_hold_a_long_clip(tmp_path):
    script = """
        import resource, sys
        import numpy as np
        from mefeat import ClipFile, ClipPipeline, Read
        from mefeat.faces import Align, CropFace, FaceLandmarks
        from mefeat.faces._template import place
        from mefeat.interpolate import TemporalInterpolation
        from mefeat.video import write_video

        def peak():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

        def describe(n_frames):
            image = np.arange(480 * 640, dtype=np.uint8).reshape(480, 640)
            write_video("a.mp4", (image for _ in range(n_frames)), 25)
            points = place(np.array([100.0, 200, 200, 200]))
            points = np.repeat(points[None], n_frames, axis=0)
            points[1::2] += 1
            np.save("a.npy", points)
            steps = [Read(), FaceLandmarks(), Align(), CropFace()]
            steps.append(TemporalInterpolation(10))
            ClipPipeline(steps).transform([ClipFile("a.mp4", landmarks="a.npy")])

        describe(50)
        start = peak()
        describe(1500)
        print(peak() - start)
    """
    script = textwrap.dedent(script)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, stdout=subprocess.PIPE, check=True
    )
    cropped, held, interpolated = 1500 * 170 * 140 * 4, reading._HELD, 2**26
    most = (cropped + held + interpolated) / 2**20
    assert float(done.stdout) < most < 0.8 * 1500 * 480 * 640 / 2**20
