"""Stages, descriptors and the ClipPipeline."""

import ast
import pickle
import threading
from pathlib import Path

import cv2
import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline, make_union
from sklearn.preprocessing import Binarizer, Normalizer, StandardScaler
from sklearn.utils import estimator_html_repr

import mefeat
from mefeat import Clip
from mefeat.base import (
    ClipPipeline,
    Descriptor,
    SequenceDescriptor,
    Stage,
    check_clips,
    is_stateless,
    need,
    one_thread,
)
from mefeat.base._pipeline import flat_steps
from mefeat.base._steps import number
from mefeat.faces import Align, CropFace
from mefeat.flow import OpticalFlow
from mefeat.interpolate import TemporalInterpolation
from mefeat.motion import MDMO
from mefeat.overlay import CanonicalFace, MeanMovement
from mefeat.preprocess import Resize
from mefeat.testing import check_descriptor, check_stage, example_clips, face_layout
from mefeat.texture import LBPTOP


class Mean(Descriptor):
    """Mean gray value of every row; counts its calls."""

    calls = 0
    _parameter_constraints: dict = {"scale": [number(0)]}

    def __init__(self, scale=1.0):
        self.scale = scale

    def describe(self, clip):
        type(self).calls += 1
        return self.scale * clip.frames.mean(axis=(0, 2), dtype=np.float64)

    def feature_names(self):
        return [f"row{i}" for i in range(72)]


class Rows(SequenceDescriptor):
    """Mean of every row of every frame."""

    def describe(self, clip):
        return clip.frames.mean(axis=2, dtype=np.float64)


class Broken(Stage):
    """Fails on the clip of a given seed."""

    def apply(self, clip):
        if clip.fps == 7:
            raise RuntimeError("seven")
        return clip


class Pixels(Stage):
    """Forgets that a stage gives clips."""

    def apply(self, clip):
        return clip.frames


@pytest.fixture
def clips():
    return example_clips(5)


@pytest.fixture
def steps():
    return [TemporalInterpolation(6), LBPTOP(grid=(2, 2))]


def test_same_numbers_as_a_plain_pipeline_whatever_the_jobs(clips, steps):
    plain = make_pipeline(*steps).fit_transform(clips)
    for n_jobs in (None, 2):
        pipeline = ClipPipeline(steps, n_jobs=n_jobs)
        np.testing.assert_array_equal(pipeline.transform(clips), plain)
        np.testing.assert_array_equal(pipeline.fit_transform(clips), plain)


@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_processes_give_the_same_numbers(backend, clips, steps):
    pipeline = ClipPipeline(steps, n_jobs=2)
    with joblib.parallel_config(backend=backend):
        rows = pipeline.transform(clips)
    np.testing.assert_array_equal(rows, make_pipeline(*steps).fit_transform(clips))


def test_what_it_returns_is_what_the_last_step_gives(clips):
    assert [
        c.frames.shape[0]
        for c in ClipPipeline([TemporalInterpolation(4)]).transform(clips)
    ] == [4] * 5
    sequences = ClipPipeline([TemporalInterpolation(4), Rows()]).transform(clips)
    assert [s.shape for s in sequences] == [(4, 72)] * 5
    union = ClipPipeline([TemporalInterpolation(4), make_union(Mean(), LBPTOP())])
    assert union.fit_transform(clips).shape == (5, 72 + 11328)
    nested = ClipPipeline([ClipPipeline([TemporalInterpolation(4)]), Mean()])
    np.testing.assert_array_equal(
        nested.transform(clips),
        ClipPipeline([TemporalInterpolation(4), Mean()]).transform(clips),
    )


def test_parameters_reach_the_steps(steps):
    pipeline = ClipPipeline(steps)
    pipeline.set_params(lbptop__grid=(3, 3), n_jobs=2)
    assert pipeline.get_params()["lbptop__grid"] == (3, 3)
    assert pipeline["lbptop"].grid == (3, 3)
    assert pipeline[0].n_frames == 6
    assert len(pipeline[:1].steps) == 1
    assert pipeline[:1].n_jobs == 2
    pipeline.set_params(lbptop=Mean())
    assert isinstance(pipeline[-1], Mean)
    copy = clone(pipeline).set_params(temporalinterpolation__n_frames=3)
    assert pipeline[0].n_frames == 6
    assert copy[0].n_frames == 3
    named = ClipPipeline([("time", TemporalInterpolation()), ("lbp", LBPTOP())])
    assert named.set_params(lbp__n_points=4)["lbp"].n_points == 4
    with pytest.raises(ValueError, match="Invalid parameter"):
        pipeline.set_params(nothing__grid=1)


def test_named_steps_are_those_of_scikit_learn(steps):
    pipeline = ClipPipeline(steps)
    named = make_pipeline(*steps).named_steps
    assert type(pipeline.named_steps) is type(named)
    assert pipeline.named_steps == named
    assert pipeline.named_steps["lbptop"] is pipeline.named_steps.lbptop is steps[1]


@pytest.mark.parametrize("nothing", [None, "passthrough"])
def test_steps_that_pass_hand_on_what_they_are_given(nothing, clips, steps, tmp_path):
    time, lbp = steps
    expected = ClipPipeline(steps).transform(clips)
    pairs = [
        ("a", nothing),
        ("time", time),
        ("b", nothing),
        ("lbp", lbp),
        ("c", nothing),
    ]
    pipeline = ClipPipeline(pairs, memory=str(tmp_path))
    np.testing.assert_array_equal(pipeline.fit(clips).transform(clips), expected)
    assert pipeline.get_feature_names_out().tolist() == lbp.feature_names()
    np.testing.assert_array_equal(
        ClipPipeline([nothing, *steps]).fit_transform(clips), expected
    )
    assert "TemporalInterpolation" in estimator_html_repr(pipeline)
    assert ClipPipeline([nothing]).transform(clips) == clips
    changed = ClipPipeline(steps).set_params(temporalinterpolation=nothing)
    assert list(changed.named_steps) == ["temporalinterpolation", "lbptop"]
    np.testing.assert_array_equal(
        clone(changed).fit_transform(clips), ClipPipeline([lbp]).transform(clips)
    )


@pytest.mark.parametrize("step", ["pass", 5, ("a", Mean())])
def test_steps_that_are_none_are_named(step, clips):
    with pytest.raises(TypeError, match="must be an estimator with transform, 'pass"):
        ClipPipeline([TemporalInterpolation(), step]).fit(clips)


def test_tables_with_one_column_of_clips(clips, steps):
    pipeline = ClipPipeline(steps)
    expected = pipeline.transform(clips)
    cells = np.empty(5, dtype=object)
    cells[:] = clips
    table = pd.DataFrame({"clip": clips, "age": range(5)})
    for X in (tuple(clips), cells, cells[:, None], table["clip"], table[["clip"]]):
        np.testing.assert_array_equal(pipeline.fit_transform(X), expected)
    columns = ColumnTransformer([("rows", pipeline, ["clip"])], remainder="passthrough")
    np.testing.assert_array_equal(columns.fit_transform(table)[:, :-1], expected)
    with pytest.raises(TypeError, match=r"one column .* of shape \(5, 2\)"):
        pipeline.transform(table)
    with pytest.raises(TypeError, match=r"got ndarray of shape \(12, 72, 64\)"):
        pipeline.transform(clips[0].frames)


def test_names_and_containers(clips, steps):
    pipeline = ClipPipeline(steps).set_output(transform="pandas")
    table = pipeline.fit_transform(clips)
    assert list(table.columns) == steps[1].feature_names()
    names = ClipPipeline([TemporalInterpolation(4), make_union(Mean(), LBPTOP())])
    assert names.get_feature_names_out()[0] == "mean__row0"
    whole = make_pipeline(ClipPipeline(steps), StandardScaler())
    table = whole.set_output(transform="pandas").fit_transform(clips)
    assert table.columns[0] == "t0_r0_c0_xy_code0"


def test_a_global_container_leaves_clips_alone(clips, steps):
    with sklearn.config_context(transform_output="pandas"):
        assert isinstance(ClipPipeline(steps[:1]).fit_transform(clips), list)
        table = make_pipeline(*steps).fit_transform(clips)
        assert table.shape == (5, 708)
        again = ClipPipeline(steps).fit_transform(clips)
        sequences = ClipPipeline([Rows()]).fit_transform(clips)
    assert list(again.columns) == list(table.columns)
    assert isinstance(sequences[0], np.ndarray)


def test_names_of_color_clips():
    color = example_clips(2, color=True)
    union = make_union(LBPTOP(grid=(1, 1)), LBPTOP(grid=(2, 1)))
    pipeline = ClipPipeline([TemporalInterpolation(5), union])
    table = pipeline.set_output(transform="pandas").fit_transform(color)
    assert table.shape == (2, 3 * 3 * 177)
    assert table.columns[177] == "lbptop-1__channel1_t0_r0_c0_xy_code0"


def test_what_learns_is_sent_behind(clips):
    pipeline = ClipPipeline([TemporalInterpolation(4), make_pipeline(Mean(), PCA(2))])
    with pytest.raises(TypeError, match="'pipeline' learns from clips.*behind"):
        pipeline.fit(clips)
    with pytest.raises(TypeError, match="only the last step may give numbers"):
        ClipPipeline([Mean(), LBPTOP()]).transform(clips)
    with pytest.raises(ValueError, match="at least one step"):
        ClipPipeline([]).fit(clips)
    with pytest.raises(TypeError, match=r"an estimator, Mean\(\), got its class"):
        ClipPipeline([Mean]).fit(clips)


def test_is_stateless_looks_inside(steps):
    assert is_stateless(ClipPipeline(steps))
    assert is_stateless(make_pipeline(ClipPipeline(steps), Normalizer()))
    assert is_stateless(make_union(Mean(), make_pipeline(*steps)))
    assert not is_stateless(make_union(Mean(), make_pipeline(*steps, PCA())))
    assert is_stateless(FeatureUnion([("a", Mean()), ("b", "drop")]))


def test_errors_name_the_clip_and_the_step(clips):
    clips[3] = clips[3].replace(fps=7)
    pipeline = ClipPipeline([Broken(), Mean()])
    with pytest.raises(RuntimeError, match="seven") as caught:
        pipeline.transform(clips)
    assert "X[3]" in caught.value.__notes__[0]
    assert "'broken'" in caught.value.__notes__[0]
    with pytest.raises(RuntimeError, match="seven") as caught:
        Broken().transform(clips)
    assert caught.value.__notes__ == [f"while X[3], {clips[3]!r}, was in Broken()"]
    results = list(pipeline.stream(clips, on_error="return"))
    assert isinstance(results[3], RuntimeError)
    assert [len(r) for i, r in enumerate(results) if i != 3] == [72] * 4
    with pytest.raises(ValueError, match="on_error must be"):
        list(pipeline.stream(clips, on_error="ignore"))


def test_check_clips_names_what_came(clips):
    assert check_clips(tuple(clips)) == clips
    for X, error, message in [
        (clips[0], TypeError, "got a single Clip"),
        ([clips[0], None], TypeError, r"X\[1\] must be a Clip, got NoneType"),
        (5, TypeError, "X must be a list of clips, got int"),
        ([], ValueError, "at least one clip"),
    ]:
        with pytest.raises(error, match=message):
            check_clips(X)


def test_need_names_the_missing_step(clips):
    clip = clips[0].replace(frames=clips[0].frames)
    with pytest.raises(ValueError, match="Mean needs the optical flow of each clip: p"):
        need(clip, "flow", Mean(), "put an OpticalFlow step before it")
    assert need(clip, "fps", Mean(), "") == 100


def test_the_cache_finds_finished_results(tmp_path, clips):
    pipeline = ClipPipeline([TemporalInterpolation(4), Mean()], memory=str(tmp_path))
    Mean.calls = 0
    first = pipeline.transform(clips)
    assert Mean.calls == 5
    np.testing.assert_array_equal(pipeline.transform(clips[::-1]), first[::-1])
    np.testing.assert_array_equal(clone(pipeline).transform(clips), first)
    copies = pickle.loads(pickle.dumps(clips))
    np.testing.assert_array_equal(pipeline.transform(copies), first)
    assert Mean.calls == 5
    pipeline.set_params(mean__scale=2.0)
    np.testing.assert_array_equal(pipeline.transform(clips), 2 * first)
    assert Mean.calls == 10
    changed = clips[0].replace(frames=255 - clips[0].frames)
    assert not np.array_equal(pipeline.transform([changed])[0], 2 * first[0])
    Mean.revision += 1
    pipeline.transform(clips)
    assert Mean.calls == 16


@pytest.fixture
def three_threads():
    """Three threads of OpenCV, however many cores there are."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(3)
    yield
    cv2.setNumThreads(before)


def test_threads_of_libraries_come_back(clips, three_threads):
    seen = []

    class Look(Stage):
        def apply(self, clip):
            seen.append(cv2.getNumThreads())
            return clip

    def run():
        list(ClipPipeline([Look()], n_jobs=2).stream(clips))

    threads = [threading.Thread(target=run) for _ in range(3)]
    with one_thread():
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    run()
    assert set(seen) == {1}
    assert cv2.getNumThreads() == 3


def test_a_block_within_another_leaves_its_one_thread(three_threads):
    with one_thread():
        with one_thread():
            assert cv2.getNumThreads() == 1
        assert cv2.getNumThreads() == 1
    assert cv2.getNumThreads() == 3


def test_the_last_of_overlapping_blocks_restores(three_threads):
    """In threads, the block that began first may end first."""
    began, ended = threading.Event(), threading.Event()
    seen = []

    def later():
        with one_thread():
            began.set()
            ended.wait(10)
            seen.append(cv2.getNumThreads())

    with one_thread():
        thread = threading.Thread(target=later)
        thread.start()
        assert began.wait(10)
    ended.set()
    thread.join()
    assert seen == [1] and cv2.getNumThreads() == 3


def test_a_pipeline_with_a_cache_of_its_own_stays_whole(tmp_path):
    inner = make_pipeline(Normalizer(), Binarizer())
    cached = make_pipeline(Normalizer(), Binarizer(), memory=str(tmp_path))
    flat = [type(step) for _, step in flat_steps(make_pipeline(inner, cached))]
    assert flat == [Normalizer, Binarizer, Pipeline]


def test_stopping_early_leaves_nothing_behind(clips, three_threads):
    stream = ClipPipeline([Mean()]).stream(clips)
    next(stream)
    stream.close()
    assert cv2.getNumThreads() == 3


def test_progress_is_shown_when_asked(clips, capsys):
    ClipPipeline([Mean()], verbose=True).transform(clips)
    assert "5/5" in capsys.readouterr().err
    ClipPipeline([Mean()]).transform(clips)
    assert capsys.readouterr().err == ""


def test_the_image_of_a_pipeline_shows_the_steps(steps):
    html = estimator_html_repr(make_pipeline(ClipPipeline(steps), Normalizer()))
    assert "TemporalInterpolation" in html
    assert "LBPTOP" in html


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda clip: np.zeros(72, np.float32), "float64"),
        (lambda clip: np.zeros(71), "72 names"),
        (lambda clip: np.full(72, np.nan), "finite|same numbers"),
        (lambda clip: np.random.default_rng().normal(size=72), "same numbers"),
    ],
)
def test_check_descriptor_finds_faults(monkeypatch, spoil, message):
    check_descriptor(Mean())
    monkeypatch.setattr(Mean, "describe", lambda self, clip: spoil(clip))
    with pytest.raises(AssertionError, match=message):
        check_descriptor(Mean())


def test_check_stage_finds_faults():
    check_stage(Broken())
    with pytest.raises(AssertionError, match="expected a Clip, got ndarray"):
        check_stage(Pixels())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, r"finite landmarks, got \(nan, 20\) for point 1 of frame 2 in Clip"),
        (np.inf, r"finite landmarks, got \(nan, 20\) for point 1 of frame 2 in Clip"),
        (1e30, r"near the image, got \(1e\+30, 20\) for point 1 of frame 2 in Clip"),
    ],
)
def test_landmarks_that_are_nowhere_are_named_at_every_door(value, message):
    points = np.repeat(face_layout((72, 64))[None], 4, axis=0)
    points[2, 1] = value, 20
    frames = np.random.default_rng(0).integers(0, 255, (4, 72, 64), np.uint8)
    clip = Clip(frames, landmarks=points)
    flows = OpticalFlow("dis").transform([clip])
    for step, given in (
        (Align(), [clip]),
        (CropFace(), [clip]),
        (CanonicalFace(), [clip]),
        (OpticalFlow("dis", align="affine"), [clip]),
        (MDMO(), flows),
        (MeanMovement(1), flows),
    ):
        with pytest.raises(ValueError, match=message):
            step.transform(given)


def test_landmarks_in_one_point_are_named():
    clip = Clip(np.zeros((2, 72, 64), np.uint8), landmarks=np.full((2, 68, 2), 30.0))
    with pytest.raises(ValueError, match=r"lie apart, .* frame 0 in Clip.* \(30, 30\)"):
        Align().transform([clip])


@pytest.mark.parametrize(
    "stage",
    [Resize((10, 10**6)), CropFace((10**6, 10)), CanonicalFace(10**5)],
)
def test_images_that_would_fill_the_memory_are_not_begun(stage):
    with pytest.raises(ValueError, match="8192"):
        stage.transform(example_clips(1))


def private_scikit_learn(path):
    """List what a file imports from scikit-learn under a private name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (n for n in names if n.startswith("sklearn.") and "._" in n)


def test_one_module_imports_private_names_of_scikit_learn():
    package = Path(mefeat.__file__).parent
    found = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if list(private_scikit_learn(path))
    ]
    assert found == ["base/_sklearn_compat.py"]
