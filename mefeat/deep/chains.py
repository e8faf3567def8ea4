"""What a saved network stands in: alone, or within the chain from clips to emotions."""

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from mefeat.facs import ActionUnitEmotion, CooccurrenceTable
from mefeat.facs.recognition import MAPPINGS

_TABLE = (
    *("classes_", "class_counts_", "sets_", "frequency_", "thresholds_"),
    "n_features_in_",
)


def last_step(model):
    """Get what stands at the end of a model.

    Parameters
    ----------
    model : estimator
        An estimator, perhaps at the end of a Pipeline.

    Returns
    -------
    estimator
        The estimator.
    """
    return model.steps[-1][1] if isinstance(model, Pipeline) else model


def network_of(last):
    """Get the fitted network of a chain.

    Parameters
    ----------
    last : estimator
        A fitted `ActionUnitEmotion`, or the network itself.

    Returns
    -------
    estimator
        The network.
    """
    if not isinstance(last, ActionUnitEmotion):
        return last
    check_is_fitted(last)
    detector = last.detector_
    return detector.estimator if isinstance(detector, FrozenEstimator) else detector


def fitted_chain(last):
    """List what a chain has learned besides the network.

    Parameters
    ----------
    last : estimator
        A fitted `ActionUnitEmotion`, or the network itself.

    Returns
    -------
    dict
        Attributes of the table by their names; empty where none has learned.

    Raises
    ------
    TypeError
        If something else than a table has learned.
    """
    mapping = getattr(last, "mapping_", "")
    if isinstance(mapping, str):
        return {}
    if not isinstance(mapping, CooccurrenceTable):
        raise TypeError(
            "a network is saved with a printed table or a CooccurrenceTable behind it, "
            f"got {type(mapping).__name__}."
        )
    return {name: getattr(mapping, name) for name in _TABLE}


def restore_chain(last, learned):
    """Set what a chain has learned, and find the place of its network.

    Parameters
    ----------
    last : estimator
        An `ActionUnitEmotion`, not fitted, or the network itself.
    learned : dict
        What `fitted_chain` listed.

    Returns
    -------
    estimator
        The network, to be restored by the caller, and then `finish_chain` called.

    Raises
    ------
    ValueError
        If names are others than those that a table learns.
    """
    if learned.keys() not in (set(), set(_TABLE)):
        raise ValueError(f"it sets {sorted(learned)}")
    if not isinstance(last, ActionUnitEmotion):
        return last
    frozen = isinstance(last.detector, FrozenEstimator)
    last.detector_ = last.detector if frozen else clone(last.detector)
    if isinstance(last.mapping, str):
        last.mapping_ = last.mapping
        last.classes_ = np.unique([*MAPPINGS[last.mapping][1], last.others])
    else:
        last.mapping._validate_params()
        last.mapping_ = clone(last.mapping)
        for name, value in learned.items():
            setattr(last.mapping_, name, value)
        last.classes_ = last.mapping_.classes_
    return network_of(last)


def finish_chain(last, network):
    """Give a chain the units of its network, and see that its parts fit together.

    Parameters
    ----------
    last : estimator
        The chain, or the network itself.
    network : estimator
        The fitted network.

    Raises
    ------
    ValueError
        If they do not.
    """
    if not isinstance(last, ActionUnitEmotion):
        return
    last.units_ = np.asarray(network.units_)
    if not isinstance(last.mapping_, str):
        last.mapping_.predict(np.zeros((1, len(last.units_))))
