"""What a file of a model may hold."""

import importlib
import io
import re
import zipfile
import zlib

import sklearn.metrics

# Classes of skops' own list are trusted as well: scikit-learn's estimators, plain
# values, arrays and ufuncs.
_ALSO = {
    "numpy.dtype",
    "scipy.sparse._csr.csr_matrix",
    "sklearn.compose._column_transformer.make_column_selector",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.feature_selection._mutual_info.mutual_info_classif",
    "sklearn.feature_selection._univariate_selection.chi2",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils._metadata_requests.MetadataRequest",
    "sklearn.utils._metadata_requests.MethodMetadataRequest",
}
# What a class of mefeat or scikit-learn may be to be part of a model. By name, since
# some are private and not in every version.
_BASES = {
    "sklearn.base.BaseEstimator",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.gaussian_process.kernels.Kernel",
    "sklearn.metrics._dist_metrics.DistanceMetric",
    "sklearn.metrics._dist_metrics.DistanceMetric64",
    "sklearn.metrics._scorer._BaseScorer",
    "sklearn.metrics._scorer._MultimetricScorer",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.model_selection._split.BaseCrossValidator",
    "sklearn.model_selection._split.BaseShuffleSplit",
    "sklearn.model_selection._split._RepeatedSplits",
    "sklearn.neural_network._stochastic_optimizers.BaseOptimizer",
}
# Functions of sklearn.metrics that only compare classes, by how their names end.
_SCORES = ("_score", "_loss", "_corrcoef")
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


def checksum_of(data, facts):
    """Sum up what a file holds besides its facts.

    Parameters
    ----------
    data : bytes
        The file.
    facts : str
        Name of the facts within.

    Returns
    -------
    str
        The checksum, which does not depend on how the file is compressed.

    Examples
    --------
    >>> buffer = io.BytesIO()
    >>> with zipfile.ZipFile(buffer, "w") as archive:
    ...     archive.writestr("mefeat.json", "{}")
    >>> checksum_of(buffer.getvalue(), "mefeat.json")
    'crc32 00000000'
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = sorted((m.filename, m.CRC) for m in archive.infolist())
    found = 0
    for name, crc in members:
        if name != facts:
            found = zlib.crc32(f"{name} {crc}".encode(), found)
    return f"crc32 {found:08x}"


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
            f"{source} holds {', '.join(strangers)}. A model is made of estimators, "
            "splitters and scores of mefeat and scikit-learn, arrays and plain values; "
            "anything else might run code that is not yours."
        )
    return names


def _is_ours(name):
    """Tell whether a name is that of a part of models, which only computes."""
    if name in _ALSO:
        return True
    if not _NAME.fullmatch(name):
        return False
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), attribute, None)
    except ImportError:
        return False
    if isinstance(found, type):
        bases = {f"{kind.__module__}.{kind.__qualname__}" for kind in found.__mro__}
        return not _BASES.isdisjoint(bases)
    public = getattr(sklearn.metrics, attribute, None) is found is not None
    return public and attribute.endswith(_SCORES)
