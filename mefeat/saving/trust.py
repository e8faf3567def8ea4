"""What a file of a model may hold."""

import importlib
import io
import re
import zipfile
import zlib

from sklearn.base import BaseEstimator
from sklearn.model_selection import BaseCrossValidator

# Classes of skops' own list are trusted as well: scikit-learn's estimators, plain
# values, arrays and ufuncs.
_ALSO = {
    "sklearn.compose._column_transformer.make_column_selector",
    "sklearn.metrics._classification.f1_score",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._scorer._Scorer",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.tree._tree.Tree",
}
_NAME = re.compile(r"(?:mefeat|sklearn)(?:\.(?!__)\w+)+\.[A-Za-z_]\w*", re.ASCII)
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
)
_LARGEST = 4 * 2**30


class ModelError(ValueError):
    """A file is no model that can be loaded, or that may be."""


def import_skops():
    """Import the input and output of skops.

    Returns
    -------
    module
        `skops.io`.

    Raises
    ------
    ImportError
        If it is not installed.

    Examples
    --------
    >>> import_skops().__name__
    'skops.io'
    """
    try:
        import skops.io
    except ImportError as error:
        raise ImportError(
            "saved models need skops, which is not installed: "
            "`pip install 'mefeat[models]'` brings it."
        ) from error
    return skops.io


def check_archive(data, source, facts):
    """Look at a file before anything in it is believed.

    Parameters
    ----------
    data : bytes
        The file.
    source : object
        What to call it.
    facts : str
        Name of the facts within.

    Returns
    -------
    str
        The facts.

    Raises
    ------
    ModelError
        If it is no whole archive with facts.

    Examples
    --------
    >>> import pickle
    >>> check_archive(pickle.dumps(1), "model.skops", "mefeat.json")
    Traceback (most recent call last):
    mefeat.saving.trust.ModelError: model.skops is a pickle, which can run anything...
    """
    if data[:1] == b"\x80":
        raise ModelError(
            f"{source} is a pickle, which can run anything when it is opened, so "
            "mefeat never does: train and save the model with mefeat."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > _LARGEST:
                raise ModelError(f"{source} would take more than 4 GiB of memory.")
            if archive.testzip() is not None:
                raise zipfile.BadZipFile("a member is damaged")
            names = archive.namelist()
            if facts not in names:
                raise ModelError(
                    f"{source} was not saved by mefeat: it holds no {facts}. Only "
                    "files that `mefeat train` or `save_model` wrote are loaded."
                )
            return archive.read(facts).decode()
    except _DAMAGE as error:
        raise ModelError(
            f"{source} is no model, or not the whole of one ({error})."
        ) from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{source} is damaged: its facts are no text.") from error


def check_types(data, source):
    """Tell which types of a file are ours, and refuse a file with others.

    Parameters
    ----------
    data : bytes
        The file, of which nothing is loaded.
    source : object
        What to call it.

    Returns
    -------
    list of str
        Names that skops has to be told to trust.

    Raises
    ------
    ModelError
        If there are types of another kind than a model is made of.

    Examples
    --------
    >>> from mefeat.evaluation import ExtremeLearningMachine
    >>> check_types(import_skops().dumps(ExtremeLearningMachine()), "the model")
    ['mefeat.evaluation.elm.ExtremeLearningMachine']
    """
    try:
        names = import_skops().get_untrusted_types(data=data)
    except ImportError:
        raise
    except Exception as error:
        raise ModelError(
            f"{source} is no readable model ({type(error).__name__}: {error})."
        ) from error
    strangers = [name for name in names if not _is_ours(name)]
    if strangers:
        raise ModelError(
            f"{source} holds {', '.join(strangers)}. A model is made of estimators of "
            "mefeat and scikit-learn, arrays and plain values; anything else might run "
            "code that is not yours."
        )
    return names


def _is_ours(name):
    """Tell whether a name is that of an estimator or splitter, not of a function."""
    if name in _ALSO:
        return True
    if not _NAME.fullmatch(name):
        return False
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), attribute, None)
    except ImportError:
        return False
    kinds = BaseEstimator, BaseCrossValidator
    return isinstance(found, type) and issubclass(found, kinds)
