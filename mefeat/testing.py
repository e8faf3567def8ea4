"""Checks that any stage or descriptor can be run through, yours too."""

import pickle

import numpy as np
from sklearn.base import clone
from sklearn.utils import estimator_checks

from mefeat.base import ClipPipeline, is_stateless
from mefeat.base._steps import PAIRS
from mefeat.clip import Clip

__all__ = [
    "DATA_FREE_CHECKS",
    "check_descriptor",
    "check_sequence_descriptor",
    "check_stage",
    "example_clips",
    "face_layout",
]

DATA_FREE_CHECKS = (
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_get_params_invariance",
    "check_set_params",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_param_validation",
    "check_mixin_order",
    "check_valid_tag_types",
    "check_estimator_tags_renamed",
)


def example_clips(n_clips=3, *, size=(72, 64), n_frames=12, color=False, pairs="first"):
    """Make small clips of a moving pattern that have every field.

    Parameters
    ----------
    n_clips : int, default=3
        Number of clips, all different.
    size : tuple of int, default=(72, 64)
        Height and width.
    n_frames : int, default=12
        Number of frames.
    color : bool, default=False
        Whether frames are RGB.
    pairs : {"first", "previous", "apex"}, default="first"
        What the flow belongs to: the first frame and each later one, each frame and
        the next, or the onset and the apex.

    Returns
    -------
    list of Clip
        Clips of 100 frames per second with 68 landmarks laid out like a face, key
        frames, and flow.

    Examples
    --------
    >>> example_clips(1, n_frames=5)
    [Clip(5 frames of 72x64 gray uint8, 100 fps, 68 landmarks, onset 0, ...)]
    """
    clips = [_example_clip(i, size, n_frames, color) for i in range(n_clips)]
    return [_with_flow(clip, pairs) for clip in clips]


def face_layout(size):
    """Lay out 68 landmarks like those of a frontal face that fills an image.

    Parameters
    ----------
    size : tuple of int
        Height and width of the image.

    Returns
    -------
    ndarray of shape (68, 2)
        Points (x, y): jaw, brows, nose, eyes and mouth in the usual order.

    Examples
    --------
    >>> face_layout((100, 100))[[36, 45, 30]].round().tolist()
    [[26.0, 40.0], [74.0, 40.0], [50.0, 58.0]]
    """

    def arc(center, radii, first, last, n):
        angle = np.radians(np.linspace(first, last, n))
        return np.stack([np.cos(angle), np.sin(angle)], axis=1) * radii + center

    def around(center, radii, n):
        return arc(center, radii, 180, 540 - 360 / n, n)

    points = [
        arc((0.5, 0.45), (0.42, 0.5), 180, 0, 17),
        arc((0.34, 0.32), (0.12, 0.05), 200, 340, 5),
        arc((0.66, 0.32), (0.12, 0.05), 200, 340, 5),
        np.stack([np.full(4, 0.5), np.linspace(0.4, 0.58, 4)], axis=1),
        arc((0.5, 0.61), (0.08, 0.03), 180, 0, 5),
        around((0.34, 0.4), (0.08, 0.03), 6),
        around((0.66, 0.4), (0.08, 0.03), 6),
        around((0.5, 0.76), (0.16, 0.06), 12),
        around((0.5, 0.76), (0.12, 0.02), 8),
    ]
    return np.concatenate(points) * [size[1], size[0]]


def check_stage(stage, clips=None):
    """Check that a stage keeps what every other part relies on.

    Parameters
    ----------
    stage : Stage
        The stage.
    clips : list of Clip, default=None
        Clips it can work on; `example_clips()` by default.

    Raises
    ------
    AssertionError
        If it does not.

    Examples
    --------
    >>> from mefeat.interpolate import TemporalInterpolation
    >>> check_stage(TemporalInterpolation(5))
    """
    clips = example_clips() if clips is None else clips
    _check_estimator(stage, clips)
    for before, after in zip(clips, stage.transform(clips), strict=True):
        assert isinstance(after, Clip), f"expected a Clip, got {type(after).__name__}"
        assert after.frames.ndim in (3, 4)
        if after.frames is not before.frames:
            assert after.flow is None or after.flow is not before.flow, "stale flow"
    assert stage.set_output(transform="pandas") is stage
    assert isinstance(stage.transform(clips), list), "clips must stay a list"
    assert stage.get_feature_names_out(["a"]) == ["a"], "names must pass through"


def check_descriptor(descriptor, clips=None):
    """Check that a descriptor keeps what every other part relies on.

    This is what a package that brings a descriptor of its own runs on it.

    Parameters
    ----------
    descriptor : Descriptor
        The descriptor.
    clips : list of Clip, default=None
        Clips it can describe, at least two; `example_clips()` by default, with the
        flow that the descriptor names in an attribute `pairs` if it has one.

    Raises
    ------
    AssertionError
        If it does not.

    Examples
    --------
    >>> from mefeat.texture import LBPTOP
    >>> check_descriptor(LBPTOP(grid=(2, 2)))
    """
    clips = _examples(descriptor) if clips is None else clips
    _check_estimator(descriptor, clips)
    rows = descriptor.fit(clips).transform(clips)
    names = descriptor.get_feature_names_out()
    assert rows.dtype == np.float64, f"rows must be float64, got {rows.dtype}"
    assert rows.shape == (len(clips), len(names)), f"{len(names)} names, {rows.shape}"
    assert len(set(names)) == len(names), "names must be different"
    assert np.isfinite(rows).all(), "rows must be finite"
    for i, clip in enumerate(clips):
        assert np.array_equal(descriptor.transform([clip])[0], rows[i]), "alone differs"
    table = clone(descriptor).set_output(transform="pandas").fit_transform(clips)
    assert list(table.columns) == list(names)
    piped = ClipPipeline([clone(descriptor)], n_jobs=2).fit_transform(clips)
    assert np.array_equal(piped, rows), "a ClipPipeline gives other numbers"


def check_sequence_descriptor(descriptor, clips=None):
    """Check that a sequence descriptor keeps what every other part relies on.

    Parameters
    ----------
    descriptor : SequenceDescriptor
        The descriptor.
    clips : list of Clip, default=None
        Clips it can describe, at least two; `example_clips()` by default, with the
        flow that the descriptor names in an attribute `pairs` if it has one.

    Raises
    ------
    AssertionError
        If it does not.

    Examples
    --------
    >>> from mefeat.motion import MDMOSequence
    >>> check_sequence_descriptor(MDMOSequence())
    """
    clips = _examples(descriptor) if clips is None else clips
    _check_estimator(descriptor, clips)
    sequences = descriptor.fit(clips).transform(clips)
    assert isinstance(sequences, list), "sequences must come as a list"
    assert len(sequences) == len(clips), "one sequence per clip"
    for rows in sequences:
        assert rows.dtype == np.float64, f"samples must be float64, got {rows.dtype}"
        assert rows.ndim == 2, f"expected (n_samples, n_features), got {rows.shape}"
        assert np.isfinite(rows).all(), "samples must be finite"
    assert len({rows.shape[1] for rows in sequences}) == 1, "samples of one length"
    for i, clip in enumerate(clips):
        assert np.array_equal(descriptor.transform([clip])[0], sequences[i]), (
            "alone differs"
        )
    piped = ClipPipeline([clone(descriptor)], n_jobs=2).fit_transform(clips)
    assert all(np.array_equal(a, b) for a, b in zip(piped, sequences, strict=True)), (
        "a ClipPipeline gives other numbers"
    )


def _examples(descriptor):
    return example_clips(pairs=getattr(descriptor, "pairs", "first"))


def _check_estimator(estimator, clips):
    name = type(estimator).__name__
    for check in DATA_FREE_CHECKS:
        getattr(estimator_checks, check)(name, clone(estimator))
    assert is_stateless(estimator), f"{name} must set the tag requires_fit to False"
    pixels = [clip.frames.copy() for clip in clips]
    first = _numbers(estimator.transform(clips))
    for other in (estimator, clone(estimator), pickle.loads(pickle.dumps(estimator))):
        again = _numbers(other.fit(clips).transform(clips))
        same = all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
        assert same, "the same clips must give the same numbers"
    for clip, before in zip(clips, pixels, strict=True):
        assert np.array_equal(clip.frames, before), "the input was changed"
    for wrong, message in [([0], "X[0]"), (clips[0], "single Clip"), ([], "at least")]:
        try:
            estimator.transform(wrong)
        except (TypeError, ValueError) as error:
            assert message in str(error), f"{message!r} not in {str(error)!r}"
        else:
            raise AssertionError(f"{name} accepts {wrong!r}")


def _numbers(results):
    return [r.frames if isinstance(r, Clip) else np.asarray(r) for r in results]


def _example_clip(seed, size, n_frames, color):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: size[0], : size[1]]
    shift = 0.2 * np.arange(n_frames)
    frames = np.full((n_frames, *size), 128.0)
    for _ in range(8):
        fx, fy = rng.uniform(0.1, 0.6, 2)
        phase, height = rng.uniform(0, 2 * np.pi), rng.uniform(5, 20)
        moved = x - shift[:, None, None]
        frames += height * np.sin(fx * moved + fy * y + phase)
    frames = np.clip(frames, 0, 255)
    if color:
        frames = frames[..., None] * [1.0, 0.8, 0.6]
    points = np.stack([shift, 0 * shift], axis=1)[:, None] + face_layout(size)
    return Clip(
        frames=frames.astype(np.uint8),
        landmarks=points,
        onset=0,
        apex=n_frames // 2,
        offset=n_frames - 1,
        fps=100,
    )


def _with_flow(clip, pairs):
    """Give an example clip its true flow."""
    where = PAIRS[pairs](clip)
    flow = np.zeros((len(where), 2, *clip.frames.shape[1:3]), dtype=np.float32)
    x = clip.landmarks[:, 0, 0]
    flow[:, 0] = np.diff(x[where], axis=1)[:, :, None]
    return clip.replace(flow=flow, flow_pairs=where)
