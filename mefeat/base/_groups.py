"""Subjects, on their way to what asks for them."""

from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter


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


def check_lengths(X, y, groups):
    """Check that there is a label, and a subject if any is named, for each clip."""
    given = {"y": y} if groups is None else {"y": y, "groups": groups}
    for name, rows in given.items():
        if len(rows) != len(X):
            raise ValueError(
                f"{name} must have a row for each of the {len(X)} clips, got "
                f"{len(rows)}."
            )
