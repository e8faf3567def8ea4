"""ClipPipeline, and questions that any pipeline is asked."""

import copy
import multiprocessing
import warnings
from contextlib import nullcontext
from itertools import takewhile

import cv2
import joblib
import numpy as np
from sklearn.base import TransformerMixin, clone
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import has_fit_parameter

from mefeat.base._parallel import as_they_come, one_thread, progress_bar, watch_parent
from mefeat.base._sklearn_compat import (
    BaseComposition,
    VisualBlock,
    in_container,
    name_estimators,
)
from mefeat.base._steps import Stage, check_clips
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


class ClipPipeline(TransformerMixin, BaseComposition, auto_wrap_output_keys=()):
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
        return name_estimators(self.steps)

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
        return VisualBlock(
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
        return in_container(np.stack(results), self)


def _passes(step):
    return step is None or (isinstance(step, str) and step == "passthrough")


def is_stateless(estimator):
    """Tell whether an estimator learns nothing, all its parts included.

    Parameters
    ----------
    estimator : estimator
        A step, or a Pipeline, FeatureUnion or ClipPipeline of steps.

    Returns
    -------
    bool
        True if `transform` needs no `fit`.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import Normalizer, StandardScaler
    >>> is_stateless(make_pipeline(Normalizer()))
    True
    >>> is_stateless(make_pipeline(Normalizer(), StandardScaler()))
    False
    """
    if estimator is None or isinstance(estimator, str):
        return True
    # A Pipeline and a ClipPipeline have the one, a FeatureUnion has the other.
    for name in ("named_steps", "named_transformers"):
        if hasattr(estimator, name):
            return all(map(is_stateless, getattr(estimator, name).values()))
    return not get_tags(estimator).requires_fit


def groups_parameter(estimator):
    """Get the name under which `fit` takes the subjects."""
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        key = None if isinstance(last, str) else groups_parameter(last)
        return None if key is None else f"{name}__{key}"
    takes = isinstance(estimator, GridSearchCV | RandomizedSearchCV)
    return "groups" if takes or has_fit_parameter(estimator, "groups") else None


def fit_with_groups(estimator, X, y, groups):
    """Fit a clone, and tell it the subjects if there are any and it asks for them."""
    key = None if groups is None else groups_parameter(estimator)
    return clone(estimator).fit(X, y, **({} if key is None else {key: groups}))


def split_once(estimator, transductive=False):
    """Split an estimator into what runs once for all folds and what runs in each."""
    if not isinstance(estimator, Pipeline):
        return None, estimator, []
    # Of the class of the user, which may do what that of scikit-learn does not.
    flat = copy.copy(estimator)
    flat.steps = flat_steps(estimator)
    learned = []
    n_once = 0
    for name, step in flat.steps[:-1]:
        if resamples(step) or not is_stateless(step):
            if not transductive:
                break
            _check_unsupervised(name, step)
            learned.append(name)
        n_once += 1
    if n_once == 0:
        return None, estimator, []
    return flat[:n_once], flat[n_once:], learned


def flat_steps(pipeline):
    """List steps, those of Pipelines within included unless they have a cache.

    A Pipeline within that is of another class than that of scikit-learn stays whole.
    """
    steps = []
    for name, step in pipeline.steps:
        if type(step) is Pipeline and step.memory is None:
            steps += [(f"{name}-{inner}", part) for inner, part in flat_steps(step)]
        else:
            steps.append((name, step))
    return steps


def run_once(head, X, *, learned=(), n_jobs=None, verbose=False):
    """Run the part that runs once on all clips."""
    if head is None:
        return X
    head = clone(head)
    for _, step in head.steps:
        if verbose and isinstance(step, ClipPipeline):
            step.set_params(verbose=True)
    context = nullcontext() if n_jobs is None else joblib.parallel_config(n_jobs=n_jobs)
    with context:
        try:
            return head.fit_transform(X)
        except Exception as error:
            if learned:
                error.add_note(
                    f"while {', '.join(learned)} learned from all clips, without their "
                    "classes (transductive)"
                )
            raise


def last_step(estimator):
    """Get the classifier at the end of an estimator."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator


def resamples(step):
    """Tell whether a step changes the number of samples, as in imbalanced-learn."""
    return hasattr(step, "fit_resample")


def check_no_resampling(estimator):
    """Check that what is handed subjects is handed the clips that they belong to."""
    while isinstance(estimator, Pipeline):
        for name, step in estimator.steps[:-1]:
            if resamples(step):
                raise ValueError(
                    f"the step {name!r} resamples clips before the search at the end, "
                    "whose inner folds need the subject of each: put it into the "
                    "pipeline that is searched, as GridSearchCV(pipeline of "
                    f"{name} and classifier, ...)."
                )
        estimator = estimator.steps[-1][1]


def take(X, index):
    """Take some of the clips or rows."""
    if isinstance(X, list | tuple):
        return [X[i] for i in index]
    return X.iloc[index] if hasattr(X, "iloc") else X[index]


def _check_unsupervised(name, step):
    if resamples(step):
        raise ValueError(
            f"the step {name!r} resamples clips, which is for the training clips of a "
            "fold: transductive is for steps that learn without classes."
        )
    parts = [part for _, part in flat_steps(step)] if hasattr(step, "steps") else [step]
    if any(get_tags(part).target_tags.required for part in parts):
        raise ValueError(
            f"the step {name!r} learns from the classes, so it cannot be fitted to all "
            "clips: transductive is for steps that learn without them."
        )
