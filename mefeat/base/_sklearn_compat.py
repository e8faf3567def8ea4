"""What mefeat uses of scikit-learn's private parts, for versions 1.7 to 1.9."""

from sklearn.pipeline import _name_estimators as name_estimators
from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    Options,
    StrOptions,
)
from sklearn.utils._repr_html.estimator import _VisualBlock as VisualBlock
from sklearn.utils._set_output import ADAPTERS_MANAGER, _get_output_config
from sklearn.utils.metaestimators import _BaseComposition as BaseComposition

__all__ = [
    "BaseComposition",
    "Interval",
    "InvalidParameterError",
    "Options",
    "StrOptions",
    "VisualBlock",
    "in_container",
    "name_estimators",
]


def in_container(rows, transformer):
    """Put rows into what `set_output` asked for, an array by default."""
    container = _get_output_config("transform", transformer)["dense"]
    if container == "default":
        return rows
    adapter = ADAPTERS_MANAGER.adapters[container]
    names = transformer.get_feature_names_out
    return adapter.create_container(rows, rows, columns=names)
