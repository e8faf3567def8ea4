"""Steps run on one clip, with a cache."""

import multiprocessing
from itertools import takewhile

import cv2
import numpy as np

from mefeat.base.steps import Stage
from mefeat.base.workers import watch_parent
from mefeat.clip import Clip
from mefeat.clip._frames import Frames


class Fitting:
    """A step that is fitted whenever it transforms.

    Parameters
    ----------
    step : estimator
        The step.
    """

    def __init__(self, step):
        self.step = step

    def transform(self, X):
        """Fit the step and transform.

        Parameters
        ----------
        X : list of Clip
            Clips.

        Returns
        -------
        list or ndarray
            What the step gives.
        """
        return self.step.fit(X).transform(X)


def run_steps(steps, item, index, cache, on_error):
    """Run steps on a clip, or take what they gave before from the cache.

    Parameters
    ----------
    steps : list of (str, estimator)
        Steps.
    item : Clip, ClipFile or path
        The clip.
    index : int
        Its place, for messages.
    cache : ResultCache or None
        The cache.
    on_error : {"raise", "return"}
        Whether an exception is raised, or stands in the place of the result.

    Returns
    -------
    Clip, ndarray or Exception
        What the last step gives.
    """
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
    """Run steps on a clip.

    Parameters
    ----------
    steps : list of (str, estimator)
        Steps.
    item : Clip, ClipFile or path
        The clip.
    index : int
        Its place, for messages.

    Returns
    -------
    Clip or ndarray
        What the last step gives.

    Raises
    ------
    TypeError
        If another step than the last gives numbers.
    """
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
