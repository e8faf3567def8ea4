"""What learns, and what does not."""

from sklearn.utils import get_tags


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
