"""Subjects, on their way to what asks for them."""

from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter


def groups_parameter(estimator):
    """Get the name under which `fit` takes the subjects.

    Parameters
    ----------
    estimator : estimator
        A classifier, perhaps at the end of a Pipeline.

    Returns
    -------
    str or None
        The name, None if the last step takes none.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.svm import SVC
    >>> groups_parameter(make_pipeline(GridSearchCV(SVC(), {})))
    'gridsearchcv__groups'
    >>> groups_parameter(SVC()) is None
    True
    """
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        key = None if isinstance(last, str) else groups_parameter(last)
        return None if key is None else f"{name}__{key}"
    takes = isinstance(estimator, GridSearchCV | RandomizedSearchCV)
    return "groups" if takes or has_fit_parameter(estimator, "groups") else None


def fit_with_groups(estimator, X, y, groups):
    """Fit a clone, and tell it the subjects if there are any and it asks for them.

    Parameters
    ----------
    estimator : estimator
        What is cloned, perhaps a Pipeline.
    X : list of Clip, or array-like of shape (n_clips, n_features)
        What it learns from.
    y : array-like of shape (n_clips,) or (n_clips, n_units)
        Labels.
    groups : array-like of shape (n_clips,) or None
        Subjects.

    Returns
    -------
    estimator
        The fitted clone.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> fit_with_groups(SVC(C=2), [[0], [1]], ["a", "b"], ["ann", "bob"])
    SVC(C=2)
    """
    key = None if groups is None else groups_parameter(estimator)
    return clone(estimator).fit(X, y, **({} if key is None else {key: groups}))


def check_lengths(X, y, groups):
    """Check that there is a label, and a subject if any is named, for each clip.

    Parameters
    ----------
    X : list of Clip, or array of shape (n_clips, n_features)
        Clips, or their rows.
    y : array-like
        Labels.
    groups : array-like or None
        Subjects.

    Raises
    ------
    ValueError
        If not.

    Examples
    --------
    >>> check_lengths(["a clip"], [0, 1], None)
    Traceback (most recent call last):
    ValueError: y must have a row for each of the 1 clips, got 2.
    """
    given = {"y": y} if groups is None else {"y": y, "groups": groups}
    for name, rows in given.items():
        if len(rows) != len(X):
            raise ValueError(
                f"{name} must have a row for each of the {len(X)} clips, got "
                f"{len(rows)}."
            )
