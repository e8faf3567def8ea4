"""What of an estimator runs once, and what in every fold."""

import copy
from contextlib import nullcontext

import joblib
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from mefeat.base import ClipPipeline, is_stateless


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
