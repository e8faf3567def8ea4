"""What of an estimator runs once, and what in every fold."""

import copy
from contextlib import nullcontext

import joblib
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from mefeat.base import ClipPipeline, is_stateless


def split_once(estimator, transductive=False):
    """Split an estimator into what runs once for all folds and what runs in each.

    Parameters
    ----------
    estimator : estimator
        A classifier, mostly at the end of a Pipeline.
    transductive : bool, default=False
        Whether all steps but the last run once, fitted to all clips without classes,
        instead of the leading steps that learn nothing alone.

    Returns
    -------
    head : Pipeline or None
        What runs once, if anything does.
    rest : estimator
        What is fitted in every fold.
    learned : list of str
        Names of the steps of `head` that learn.

    Raises
    ------
    ValueError
        If a step that would be fitted to all clips needs their classes.

    Examples
    --------
    >>> from sklearn.decomposition import PCA
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import Normalizer
    >>> from sklearn.svm import SVC
    >>> head, rest, _ = split_once(make_pipeline(Normalizer(), PCA(), SVC()))
    >>> list(head.named_steps), list(rest.named_steps)
    (['normalizer'], ['pca', 'svc'])
    """
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

    Parameters
    ----------
    pipeline : Pipeline
        Steps.

    Returns
    -------
    list of (str, estimator)
        Names and steps; a step within is named "outer-inner".

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import Normalizer
    >>> [name for name, _ in flat_steps(make_pipeline(make_pipeline(Normalizer())))]
    ['pipeline-normalizer']
    """
    steps = []
    for name, step in pipeline.steps:
        if type(step) is Pipeline and step.memory is None:
            steps += [(f"{name}-{inner}", part) for inner, part in flat_steps(step)]
        else:
            steps.append((name, step))
    return steps


def run_once(head, X, *, learned=(), n_jobs=None, verbose=False):
    """Run the part that runs once on all clips.

    Parameters
    ----------
    head : Pipeline or None
        Its steps; None leaves the clips as they are.
    X : list of Clip or ClipFile, or array-like of shape (n_clips, n_features)
        Clips.
    learned : list of str, default=()
        Its steps that learn, to name them if that fails.
    n_jobs : int, default=None
        Clips at a time.
    verbose : bool, default=False
        Whether a `ClipPipeline` shows progress.

    Returns
    -------
    list or array-like
        What comes out, one item or row for each clip.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import Binarizer
    >>> run_once(make_pipeline(Binarizer()), [[-3, 4]])
    array([[0, 1]])
    """
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
    """Get the classifier at the end of an estimator.

    Parameters
    ----------
    estimator : estimator
        A classifier, perhaps at the end of Pipelines.

    Returns
    -------
    estimator
        The classifier.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.svm import SVC
    >>> last_step(make_pipeline(make_pipeline(SVC())))
    SVC()
    """
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator


def resamples(step):
    """Tell whether a step changes the number of clips, as those of imbalanced-learn do.

    Parameters
    ----------
    step : estimator
        A step of a Pipeline.

    Returns
    -------
    bool
        True if it has `fit_resample`, which is for training clips alone.

    Examples
    --------
    >>> from sklearn.decomposition import PCA
    >>> resamples(PCA())
    False
    """
    return hasattr(step, "fit_resample")


def check_no_resampling(estimator):
    """Check that what is handed subjects is handed the clips that they belong to.

    Parameters
    ----------
    estimator : estimator
        A search, mostly at the end of a Pipeline.

    Raises
    ------
    ValueError
        If a step before it changes the number of clips.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> check_no_resampling(SVC())
    """
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
    """Take some of the clips or rows.

    Parameters
    ----------
    X : list, tuple, array or DataFrame
        Clips or rows.
    index : ndarray of int
        Which.

    Returns
    -------
    list, array or DataFrame
        Those, in that order.

    Examples
    --------
    >>> take(["a", "b", "c"], [2, 0])
    ['c', 'a']
    """
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
