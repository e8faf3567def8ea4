"""What every public stage and descriptor must keep, and how they compose."""

import importlib
import inspect
import pickle
import pkgutil

import numpy as np
import pytest
from sklearn.base import TransformerMixin, clone
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut, cross_validate
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import mefeat
from mefeat import ClipPipeline, Read
from mefeat.base import Descriptor, SequenceDescriptor, Stage
from mefeat.evaluation import RelativeToOnset, evaluate
from mefeat.faces import Align, CropFace, FaceLandmarks
from mefeat.flow import OpticalFlow
from mefeat.interpolate import TemporalInterpolation
from mefeat.magnify import EulerianMagnification, GlobalLagrangianMagnification
from mefeat.model_selection import PolySVCSearch, RowScaler
from mefeat.motion import FDM, HOOF, MDMO, OSF, BiWOOF, BiWOOFPhase, MDMOSequence
from mefeat.overlay import CanonicalFace, MeanMovement, MicroMovement
from mefeat.preprocess import Gray, Resize, StructureTexture, TrimToEvent
from mefeat.sparse import GraphSC, SparseMDMO
from mefeat.spotting import ApexFinder
from mefeat.testing import (
    check_descriptor,
    check_sequence_descriptor,
    check_stage,
    example_clips,
)
from mefeat.texture import (
    ELBPTOP,
    HIGOTOP,
    HOGTOP,
    LBPMOP,
    LBPSIP,
    LBPTOP,
    OSW,
    STCLQP,
    TICS,
    WPCA,
    ColorSpace,
    WienerFilter,
)


def public_transformers():
    """Find every public transformer of the package."""
    found = set()
    for module in pkgutil.walk_packages(mefeat.__path__, "mefeat."):
        if module.name == "mefeat.__main__" or "._" in module.name:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if (
                inspect.isclass(value)
                and issubclass(value, TransformerMixin)
                and value.__module__.startswith("mefeat.")
                and not name.startswith("_")
                and not value.__name__.startswith("_")
            ):
                found.add(value)
    return found - {Descriptor, SequenceDescriptor, Stage}


def with_all(variants, kind):
    """Add every public step of a kind that no variant is of."""
    listed = {type(step) for step in variants}
    others = [c for c in public_transformers() if issubclass(c, kind)]
    # A step for color alone has tests of its own.
    others = sorted(set(others) - listed - {ColorSpace}, key=lambda c: c.__name__)
    return [*variants, *(cls() for cls in others)]


# Variants to try. Every public step that is not among them is added.
STAGES = [
    Align(),
    Align(method="affine13"),
    Align(method="piecewise"),
    Align(method="lwm"),
    CanonicalFace(64),
    CanonicalFace(48, follow="landmarks", smoother="one_euro"),
    ApexFinder(),
    ApexFinder("fft"),
    CropFace(size=(40, 32)),
    EulerianMagnification(),
    EulerianMagnification(20, filter="butter", low=2, high=20),
    EulerianMagnification(filter="ideal", low=2, high=20, chrom_attenuation=0),
    FaceLandmarks(),  # keeps the landmarks that clips bring
    GlobalLagrangianMagnification(solver="dis"),
    Gray(),
    MicroMovement(),
    MicroMovement("disc", steady=False),
    OpticalFlow(solver="dis"),
    OpticalFlow(solver="dis_fast", to="apex", align="affine"),
    Read(),
    Resize((30, 28)),
    StructureTexture(n_iterations=5),
    TemporalInterpolation(5),
    TemporalInterpolation(20, method="linear"),
    TrimToEvent(),
    WienerFilter(),
]
DESCRIPTORS = [
    BiWOOF(),
    BiWOOFPhase(grid=(3, 3), n_bins=6, scale=1.5),
    FDM(),
    FDM(grid=(3, 2, 2), method="exact", align=False, unit=True),
    HOOF(),
    HOOF(grid=(3, 2), n_bins=5, symmetric=False),
    MDMO(),
    MeanMovement(),
    MeanMovement(1, regions="parts"),
    OSF(size=(20, 30)),
    OSW(grid=(3, 2)),
    LBPTOP(grid=(3, 2)),
    LBPTOP(grid=(2, 2, 2), planes=("xt", "yt"), mapping="riu2"),
    LBPTOP(n_points=4, radius=(2, 1, 3), interpolation="bilinear", mapping="all"),
    LBPTOP(grid=(2, 2), borders="per_block", overlap=0.5, norm=None),
    ELBPTOP(grid=(2, 3)),
    ELBPTOP(4, (3, 2, 2), inner_radius=(1, 1, 1), parts=("rd", "ad"), mapping="u2"),
    HIGOTOP(grid=(2, 3, 2)),
    HOGTOP(grid=(3, 2), planes=("xt", "yt"), norm=None),
    LBPMOP(grid=(2, 3, 2)),
    LBPSIP(grid=(3, 3, 2)),
    LBPSIP(radius=(1, 2, 1), grid=(2, 2), levels=2, norm=None),
    RelativeToOnset(LBPTOP(grid=(2, 2))),
]
SEQUENCES = [MDMOSequence(), MDMOSequence(magnitude_weight=0.5)]
STAGES = with_all(STAGES, Stage)
DESCRIPTORS = with_all(DESCRIPTORS, Descriptor)
SEQUENCES = with_all(SEQUENCES, SequenceDescriptor)


def test_what_is_no_step_learns_or_is_a_pipeline():
    steps = {type(step) for step in STAGES + DESCRIPTORS + SEQUENCES}
    assert {LBPTOP, Align, MDMOSequence} < steps
    others = public_transformers() - steps
    learning = {ColorSpace, GraphSC, RowScaler, SparseMDMO, STCLQP, TICS, WPCA}
    assert others == learning | {ClipPipeline}


@pytest.mark.parametrize("stage", STAGES, ids=repr)
def test_stages(stage):
    check_stage(stage)


@pytest.mark.parametrize("stage", STAGES, ids=repr)
def test_stages_take_color(stage):
    for clip in stage.transform(example_clips(2, color=True)):
        gray = isinstance(stage, Gray) or (isinstance(stage, Read) and not stage.color)
        assert clip.frames.ndim == (3 if gray else 4)


@pytest.mark.parametrize("stage", STAGES, ids=repr)
def test_a_still_clip_stays_still(stage):
    clip = example_clips(1)[0]
    still = clip.replace(
        frames=np.repeat(clip.frames[:1], 12, axis=0),
        landmarks=np.repeat(clip.landmarks[:1], 12, axis=0),
    )
    frames = stage.transform([still])[0].frames
    assert (frames == frames[0]).all()


@pytest.mark.parametrize("descriptor", DESCRIPTORS, ids=repr)
def test_descriptors(descriptor):
    check_descriptor(clone(descriptor))


@pytest.mark.parametrize("descriptor", SEQUENCES, ids=repr)
def test_sequence_descriptors(descriptor):
    check_sequence_descriptor(clone(descriptor))


def clips_for(descriptor, *, color=False):
    pairs = getattr(descriptor, "pairs", "first")
    return example_clips(2, color=color, pairs=pairs)


@pytest.mark.parametrize("descriptor", DESCRIPTORS, ids=repr)
def test_descriptors_take_float_and_color_frames(descriptor):
    gray = clips_for(descriptor)
    rows = descriptor.transform(gray)
    floats = [
        c.replace(
            frames=c.frames.astype(np.float32), flow=c.flow, flow_pairs=c.flow_pairs
        )
        for c in gray
    ]
    np.testing.assert_allclose(descriptor.transform(floats), rows, rtol=1e-12)
    check_descriptor(clone(descriptor), clips_for(descriptor, color=True))


@pytest.fixture
def problem():
    """Eighteen clips of three subjects, in two classes that differ in texture."""
    clips = example_clips(18, size=(40, 36))
    y = np.arange(18) % 2
    rng = np.random.default_rng(0)
    for i in np.flatnonzero(y):
        noise = rng.integers(0, 40, clips[i].frames.shape).astype(np.uint8)
        clips[i] = clips[i].replace(frames=clips[i].frames // 2 + noise)
    return clips, y, np.repeat(["a", "b", "c"], 6)


def features():
    return ClipPipeline([Read(), TemporalInterpolation(8), LBPTOP(grid=(2, 2))])


def test_compose_in_a_pipeline_with_the_nested_search(problem):
    clips, y, groups = problem
    model = make_pipeline(features(), PolySVCSearch())
    model.fit(clips, y, polysvcsearch__groups=groups)
    assert model.score(clips, y) == 1
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(clips), model.predict(clips))
    copy = clone(model).set_params(clippipeline__lbptop__grid=(1, 1))
    copy.fit(clips, y, polysvcsearch__groups=groups)
    assert copy.predict(clips).shape == (18,)


def test_compose_in_a_union_with_names(problem):
    clips, y, _ = problem
    union = make_union(
        LBPTOP(grid=(1, 1)), LBPTOP(grid=(1, 1), mapping="riu2", n_points=4)
    )
    model = make_pipeline(TemporalInterpolation(8), union, StandardScaler())
    table = model.set_output(transform="pandas").fit_transform(clips, y)
    assert table.shape == (18, 177 + 18)
    assert table.columns[-1] == "lbptop-2__t0_r0_c0_yt_nonuniform"


def test_compose_in_a_grid_search_over_stages_and_descriptors(problem):
    clips, y, groups = problem
    model = make_pipeline(features(), SVC(kernel="linear", C=100))
    grid = {
        "clippipeline__temporalinterpolation__n_frames": [5, 8],
        "clippipeline__lbptop__grid": [(1, 1), (2, 2)],
    }
    search = GridSearchCV(model, grid, cv=LeaveOneGroupOut())
    search.fit(clips, y, groups=groups)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_score_ > 0.8


def test_cross_validate_slices_the_groups_of_the_inner_search(problem):
    clips, y, groups = problem
    model = make_pipeline(features(), PolySVCSearch(degree=(2,), C=(1, 100)))
    scores = cross_validate(
        model,
        clips,
        y,
        groups=groups,
        cv=LeaveOneGroupOut(),
        params={"polysvcsearch__groups": groups},
    )
    assert scores["test_score"].shape == (3,)
    assert scores["test_score"].mean() > 0.8


def test_evaluate_describes_once_whatever_the_jobs(problem, monkeypatch):
    clips, y, groups = problem
    calls = []
    describe = LBPTOP.describe

    def counted(self, clip):
        calls.append(clip)
        return describe(self, clip)

    monkeypatch.setattr(LBPTOP, "describe", counted)
    # What learns may stand in a Pipeline of its own, as in the table of methods.
    head = make_pipeline(features(), StandardScaler())
    model = make_pipeline(head, PolySVCSearch(degree=(2,), C=(1, 100)))
    results = [evaluate(model, clips, y, groups, n_jobs=n) for n in (1, 2)]
    assert len(calls) == 2 * len(clips)
    assert results[0].predictions.equals(results[1].predictions)
    assert results[0].accuracy > 0.8
