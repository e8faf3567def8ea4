"""The ClipPipeline: stateless steps run clip by clip, in parallel, with a cache."""

import multiprocessing
import warnings
from itertools import takewhile

import cv2
import joblib
import numpy as np
from sklearn.base import TransformerMixin
from sklearn.pipeline import _name_estimators
from sklearn.utils import Bunch
from sklearn.utils._repr_html.estimator import _VisualBlock
from sklearn.utils._set_output import ADAPTERS_MANAGER, _get_output_config
from sklearn.utils.metaestimators import _BaseComposition, available_if

from mefeat.base._checks import check_clips
from mefeat.base._parallel import as_they_come, one_thread, progress_bar, watch_parent
from mefeat.base._steps import Stage, is_stateless
from mefeat.base._store import ResultCache, memory_folder
from mefeat.clip import Clip, Frames


class Fitting:
    """A step that is fitted whenever it transforms."""

    def __init__(self, step):
        self.step = step

    def transform(self, X):
        """Fit the step and transform."""
        return self.step.fit(X).transform(X)


def run_steps(steps, item, index, cache, on_error):
    """Run steps on a clip, or take what they gave before from the cache."""
    if multiprocessing.parent_process() is not None:
        watch_parent()
        cv2.setNumThreads(1)
    try:
        path = None if cache is None else cache.path_of(item)
        if path is None:
            return apply_steps(steps, item, index)
        result = cache.read(path)
        if result is None:
            result = apply_steps(steps, item, index)
            cache.keep(path, result)
        return result
    except Exception as error:
        if on_error == "raise":
            raise
        return error


def apply_steps(steps, item, index):
    """Run steps on a clip."""
    results, failed = [item], []
    n_streamed = sum(1 for _ in takewhile(_is_by_frame, steps))
    for i, (name, step) in enumerate(steps):
        if i > 0 and not isinstance(results[0], Clip):
            raise TypeError(
                f"only the last step may give numbers, but {steps[i - 1][0]!r} stands "
                f"before {name!r}."
            )
        try:
            if i < n_streamed > 1:
                step = step.step if isinstance(step, Fitting) else step
                results = [_watched(step._stream(results)[0], name, failed)]
                if i == n_streamed - 1:
                    results = [_held(results[0])]
            else:
                results = step.transform(results)
        except Exception as error:
            name = failed[0] if failed else name
            error.add_note(f"while X[{index}], {item!r}, was in the step {name!r}")
            raise
        if not isinstance(results, list):
            results = np.asarray(results)
    return results[0]


def _is_by_frame(pair):
    step = pair[1].step if isinstance(pair[1], Fitting) else pair[1]
    # A class derived from one of ours may do with the frames what it likes.
    return isinstance(step, Stage) and vars(type(step)).get("by_frame", False)


def _watched(clip, name, failed):
    """Let an error of frames that are made later be told of the step they are of."""
    if not isinstance(clip.frames, Frames):
        return clip

    def make(frames=clip.frames):
        try:
            yield from frames
        except Exception:
            failed.append(name)
            raise

    return clip.replace(frames=Frames(make, clip.frames.shape, clip.frames.dtype))


def _held(clip):
    """Make the frames, of which only these are held."""
    if not isinstance(clip.frames, Frames):
        return clip
    return clip.replace(frames=clip.frames.whole())


class ClipPipeline(TransformerMixin, _BaseComposition, auto_wrap_output_keys=()):
    """Stateless steps, run clip by clip: memory holds the clips in work alone.

    Parameters
    ----------
    steps : list of estimators or of (name, estimator) pairs
        Stages, at the end perhaps a descriptor, a sequence descriptor or a union of
        descriptors. None may learn: what learns stands behind, in a scikit-learn
        Pipeline. Steps without names are named like those of `make_pipeline`. A step
        that is "passthrough" or None hands on what it is given.
    memory : path, default=None
        Folder in which finished results are kept. An entry is found again by the clip
        (a file by path, size and time of change; an array by its hash), the steps,
        their parameters and their code, and the versions of what computes. Entries are
        arrays, no pickles; results of other kinds are not kept. Of a `joblib.Memory`
        only the folder is taken.
    n_jobs : int, default=None
        Clips in work at a time; threads, unless `joblib.parallel_config` says
        otherwise. OpenCV and linear algebra are set to one thread meanwhile.
    verbose : bool, default=False
        Whether to show progress: a bar in a terminal, elsewhere a line a minute.

    See Also
    --------
    sklearn.pipeline.Pipeline : Gives the same numbers, but holds all clips at once.

    Examples
    --------
    >>> from mefeat import ClipPipeline, Read
    >>> from mefeat.datasets import make_clips
    >>> from mefeat.texture import LBPTOP
    >>> bunch = make_clips(n_subjects=1, n_per_class=1, classes=["disgust"])
    >>> pipeline = ClipPipeline([Read(), LBPTOP()])
    >>> pipeline.fit_transform(bunch.clips).shape
    (1, 11328)
    """

    def __init__(self, steps, *, memory=None, n_jobs=None, verbose=False):
        self.steps = steps
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose

    @property
    def named_steps(self):
        """Steps by name, a Bunch, as of a scikit-learn Pipeline."""
        return Bunch(**dict(self._pairs))

    @property
    def _pairs(self):
        """Steps as (name, estimator) pairs."""
        if all(isinstance(step, tuple) for step in self.steps):
            return list(self.steps)
        return _name_estimators(self.steps)

    @_pairs.setter
    def _pairs(self, pairs):
        named = all(isinstance(step, tuple) for step in self.steps)
        # What is replaced by "passthrough" would lose its name, that of its class.
        named = named or any(_passes(step) for _, step in pairs)
        self.steps = list(pairs) if named else [step for _, step in pairs]

    @property
    def _working(self):
        """Pairs of the steps that do something."""
        return [(name, step) for name, step in self._pairs if not _passes(step)]

    def __getitem__(self, index):
        """Get a part of the pipeline, or one step by place or name."""
        if isinstance(index, slice):
            options = {k: v for k, v in self.get_params(False).items() if k != "steps"}
            return type(self)(self.steps[index], **options)
        if isinstance(index, str):
            return self.named_steps[index]
        return self._pairs[index][1]

    @property
    def _last(self):
        working = self._working
        return working[-1][1] if working else None

    def get_params(self, deep=True):
        """Get parameters, with those of the steps as `name__parameter`.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the steps' own.

        Returns
        -------
        dict
            Names and values.
        """
        return self._get_params("_pairs", deep=deep)

    def set_params(self, **params):
        """Set parameters, those of the steps as `name__parameter`.

        Parameters
        ----------
        **params
            Names and values.

        Returns
        -------
        self : object
            The same object.
        """
        self._set_params("_pairs", **params)
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags

    def __sklearn_is_fitted__(self):
        return True

    def _sk_visual_block_(self):
        names, steps = zip(*self._pairs, strict=True)
        return _VisualBlock(
            "serial",
            steps,
            names=[
                f"{name}: {'passthrough' if _passes(step) else type(step).__name__}"
                for name, step in self._pairs
            ],
            name_details=[str(step) for step in steps],
            dash_wrapped=False,
        )

    def set_output(self, *, transform=None):
        """Choose the container of the rows, if the last step gives rows.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            As in scikit-learn.

        Returns
        -------
        self : object
            The same object.
        """
        if transform is not None:
            self._sklearn_output_config = {"transform": transform}
        return self

    @available_if(lambda self: hasattr(self._last, "get_feature_names_out"))
    def get_feature_names_out(self, input_features=None):
        """Name the columns of the result.

        Parameters
        ----------
        input_features : object, default=None
            Handed through the stages.

        Returns
        -------
        ndarray of str
            One name per column.
        """
        return self._last.get_feature_names_out(input_features)

    def fit(self, X, y=None):
        """Check the steps, and run them on the first clip.

        Parameters
        ----------
        X : list of Clip or ClipFile
            Clips.
        y : object, default=None
            Ignored.

        Returns
        -------
        self : object
            The same object.
        """
        self._fit_first(check_clips(X, object)[0])
        return self

    def fit_transform(self, X, y=None):
        """Check the steps and run them on every clip.

        Parameters
        ----------
        X : list of Clip or ClipFile
            Clips.
        y : object, default=None
            Ignored.

        Returns
        -------
        ndarray of shape (n_clips, n_features) or list
            As `transform`.
        """
        X = check_clips(X, object)
        results = list(self.stream(X))
        if self._names_differ(results[0]):
            self._fit_first(X[0])
        return self._collect(results)

    def transform(self, X):
        """Run the steps on every clip.

        Parameters
        ----------
        X : list of Clip or ClipFile
            Clips.

        Returns
        -------
        ndarray of shape (n_clips, n_features) or list
            Rows if the last step is a descriptor, else what it gives for each clip.
        """
        return self._collect(list(self.stream(check_clips(X, object))))

    def stream(self, X, *, on_error="raise"):
        """Run the steps on clip after clip and yield each result in turn.

        Parameters
        ----------
        X : iterable of Clip or ClipFile
            Clips.
        on_error : {"raise", "return"}, default="raise"
            With "return" the exception stands in the place of the result.

        Yields
        ------
        Clip, ndarray or Exception
            What the last step gives for the clip.
        """
        if on_error not in ("raise", "return"):
            raise ValueError(f"on_error must be 'raise' or 'return', got {on_error!r}.")
        self.check()
        X = list(X)
        cache = self._cache()
        jobs = (
            joblib.delayed(run_steps)(self._working, item, i, cache, on_error)
            for i, item in enumerate(X)
        )
        parallel = joblib.Parallel(
            self.n_jobs, prefer="threads", return_as=as_they_come("threads")
        )
        with one_thread():
            yield from progress_bar(
                parallel(jobs), total=len(X), unit="clip", shown=self.verbose
            )

    def check(self):
        """Check the steps and their parameters, before any clip is touched.

        Raises
        ------
        TypeError
            If a step is no estimator, or learns.
        ValueError
            If there is no step, or a parameter is out of its range.
        """
        if not self.steps:
            raise ValueError("ClipPipeline needs at least one step.")
        self._validate_names([name for name, _ in self._pairs])
        for name, step in self._working:
            if isinstance(step, type):
                raise TypeError(
                    f"expected an estimator, {step.__name__}(), got its class."
                )
            if not hasattr(step, "transform"):
                raise TypeError(
                    f"step {name!r} must be an estimator with transform, 'passthrough' "
                    f"or None, got {step!r}."
                )
            if not is_stateless(step):
                raise TypeError(
                    f"step {name!r} learns from clips, which ClipPipeline never shows "
                    "together: put it behind the ClipPipeline in a scikit-learn "
                    "Pipeline."
                )
            if hasattr(step, "_parameter_constraints"):
                step._validate_params()

    def _cache(self):
        folder = memory_folder(self.memory)
        if folder is None:
            return None
        try:
            return ResultCache(folder, [step for _, step in self._working])
        except TypeError as error:
            warnings.warn(
                f"results are not kept in {folder}: the code of the steps cannot be "
                f"told from other code. {error}.",
                stacklevel=3,
            )
            return None

    def _fit_first(self, item):
        self.check()
        with one_thread():
            apply_steps([(n, Fitting(s)) for n, s in self._working], item, 0)

    def _names_differ(self, result):
        """Tell whether the last step has yet to learn that clips are RGB, or gray."""
        row = isinstance(result, np.ndarray) and result.ndim == 1
        named = row and hasattr(self, "get_feature_names_out")
        return named and len(self.get_feature_names_out()) != len(result)

    def _collect(self, results):
        if isinstance(results[0], Clip) or results[0].ndim != 1:
            return results
        lengths = sorted({len(row) for row in results})
        if len(lengths) > 1:
            raise ValueError(
                f"the clips gave rows of {lengths} numbers: they must all be gray or "
                "all RGB."
            )
        rows = np.stack(results)
        container = _get_output_config("transform", self)["dense"]
        if container == "default":
            return rows
        adapter = ADAPTERS_MANAGER.adapters[container]
        return adapter.create_container(rows, rows, columns=self.get_feature_names_out)


def _passes(step):
    return step is None or (isinstance(step, str) and step == "passthrough")
