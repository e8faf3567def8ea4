"""Subjects, on their way to what asks for them."""

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
