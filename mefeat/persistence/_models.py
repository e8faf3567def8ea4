"""`save_model` and `load_model`, with the facts of the training."""

import importlib
import io
import json
import re
import warnings
import zipfile
import zlib
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sklearn.metrics
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

import mefeat
from mefeat.base._files import whole_file, zip_years
from mefeat.evaluation import environment
from mefeat.evaluation._results import describe_estimator
from mefeat.persistence._networks import load_network, save_network

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
    """Import the input and output of skops."""
    try:
        import skops.io
    except ImportError as error:
        raise ImportError(
            "saved models need skops, which is not installed: "
            "`pip install 'mefeat[models]'` brings it."
        ) from error
    return skops.io


def check_archive(data, source, facts):
    """Look at a file before anything in it is believed."""
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
    """Sum up what a file holds besides its facts."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = sorted((m.filename, m.CRC) for m in archive.infolist())
    found = 0
    for name, crc in members:
        if name != facts:
            found = zlib.crc32(f"{name} {crc}".encode(), found)
    return f"crc32 {found:08x}"


def check_types(data, source):
    """Tell which types of a file are ours, and refuse a file with others."""
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


_FORMAT = 1
_FACTS = "mefeat.json"
_VERSIONS = ("mefeat", "numpy", "scikit-learn")


def save_model(model, path, facts=None):
    """Save a fitted model with the facts of its training.

    Parameters
    ----------
    model : estimator
        A fitted estimator, mostly a `Pipeline` from clips to a classifier, or to action
        units and emotions, of parts of mefeat and scikit-learn.
    path : path
        The file, which ends in ".skops"; in ".safetensors" for networks of
        `mefeat.deep`. It is written whole or not at all.
    facts : dict, default=None
        What else is to be known of the training, in what JSON can hold.

    Raises
    ------
    ValueError
        If the name of the file ends otherwise.
    TypeError
        If a part of the model is none that `load_model` would take.
    ImportError
        If skops is not installed.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.

    See Also
    --------
    load_model : Reads it.

    Notes
    -----
    Folders of caches (`memory`) are not saved. To the facts belong also when the file
    was written, the parameters of the model, and the versions of what it is made of.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> model = KNeighborsClassifier(1).fit([[0], [1]], ["low", "high"])
    >>> path = Path(mkdtemp()) / "model.skops"
    >>> save_model(model, path, {"dataset": "two numbers"})
    >>> loaded, facts = load_model(path)
    >>> loaded.predict([[0.9]]).tolist(), facts["dataset"]
    (['high'], 'two numbers')
    """
    path = Path(path)
    facts = {
        "format": _FORMAT,
        **(facts or {}),
        "saved": datetime.now(UTC).isoformat(timespec="seconds"),
        **environment(),
        "model": describe_estimator(model),
    }
    _of_suffix(path)[0](model, path, facts)


def load_model(path):
    """Load a model that `save_model` wrote.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    model : estimator
        The fitted model.
    facts : dict
        What was saved with it.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelError
        If the file is no model of mefeat, is damaged, or holds parts of another kind
        than a model is made of.
    ImportError
        If a package is missing that it needs.

    Warns
    -----
    UserWarning
        If the model was saved under other versions of what computes: its predictions
        may then differ.

    See Also
    --------
    save_model : Writes it.

    Notes
    -----
    Before anything is loaded, the file is asked for the types that it holds: classes of
    mefeat and scikit-learn, arrays and plain values are taken, everything else is
    refused. Pickles are refused as such, since opening one runs what is in it. A file
    that was forged cannot run code, but it can say what it likes, and a forged forest
    may crash Python.

    Examples
    --------
    >>> load_model("setup.cfg")
    Traceback (most recent call last):
    mefeat.persistence._models.ModelError: ... must end in .skops or .safetensors: ...
    """
    path = Path(path)
    _, load = _of_suffix(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}.")
    model, facts = load(path)
    if not callable(getattr(model, "predict", None)):
        raise ModelError(
            f"{path} holds a {type(model).__name__}, which predicts nothing."
        )
    return model, facts


def _of_suffix(path):
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ModelError(
            f"{path} is no file of a model, whose name must end in "
            f"{' or '.join(SUFFIXES)}: pickles, which can run code, are not opened."
        )
    return SUFFIXES[suffix]


def _save_skops(model, path, facts):
    skops = import_skops()
    check_is_fitted(model)
    try:
        with _without_caches(model), zip_years():
            data = skops.dumps(model, compression=zipfile.ZIP_DEFLATED)
    # What skops raises depends on what it met.
    except Exception as error:
        raise TypeError(
            f"the model holds what skops cannot save ({error}). Networks are saved "
            "under a name that ends in .safetensors."
        ) from error
    try:
        check_types(data, "the model")
    except ModelError as error:
        raise TypeError(
            f"{error} load_model would refuse the file. Of a search it is enough to "
            "save the best_estimator_."
        ) from None
    facts = facts | {"checksum": checksum_of(data, _FACTS)}
    with whole_file(path) as part:
        part.write_bytes(data)
        with zipfile.ZipFile(part, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_FACTS, json.dumps(facts, indent=1))


@contextmanager
def _without_caches(model):
    caches = [(part, part.memory) for part in _parts(model) if part.memory is not None]
    for part, _ in caches:
        part.memory = None
    try:
        yield
    finally:
        for part, memory in caches:
            part.memory = memory


def _parts(value):
    """List what has a cache in a model, to any depth, fitted parts included."""
    found, todo, seen = [], [value], set()
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            todo += value.values()
        elif isinstance(value, list | tuple | set):
            todo += value
        elif isinstance(value, BaseEstimator):
            todo += vars(value).values()
            if "memory" in vars(value):
                found.append(value)
    return found


def _load_skops(path):
    data = path.read_bytes()
    facts = _read_facts(check_archive(data, path, _FACTS), path)
    trusted = check_types(data, path)
    if facts.pop("checksum", None) not in (None, checksum_of(data, _FACTS)):
        raise ModelError(f"{path} was changed after it was saved.")
    _warn_of_versions(facts, path)
    try:
        with warnings.catch_warnings():
            # Said above, once and for all parts.
            warnings.filterwarnings("ignore", "Trying to unpickle estimator")
            model = import_skops().loads(data, trusted=trusted)
    except Exception as error:
        raise ModelError(
            f"{path} cannot be loaded ({type(error).__name__}: {error})."
            f"{_trained_under(facts)}"
        ) from error
    # Caches are pickles: none is opened because a file of others names its folder.
    for part in _parts(model):
        part.memory = None
    return model, facts


def _read_facts(text, path):
    try:
        facts = json.loads(text)
        _check_facts(facts, path)
        if facts["format"] > _FORMAT:
            raise ModelError(
                f"{path} was written by mefeat {facts['versions']['mefeat']} in a "
                f"newer format, {facts['format']}; this is mefeat "
                f"{mefeat.__version__}, which knows {_FORMAT}."
            )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path} is damaged: its facts cannot be read.") from error
    return facts


def _check_facts(facts, path):
    tables = isinstance(facts, dict) and isinstance(facts.get("versions", {}), dict)
    if not tables:
        raise ModelError(f"{path} is damaged: its facts are no table.")


def _differing(facts):
    saved, ours = facts.get("versions", {}), environment()["versions"]
    return [
        f"{name} {saved.get(name)} (now {ours[name]})"
        for name in _VERSIONS
        if saved.get(name) != ours[name]
    ]


def _warn_of_versions(facts, path):
    differing = _differing(facts)
    if differing:
        warnings.warn(
            f"{path} was saved under {', '.join(differing)}: predictions may differ.",
            stacklevel=4,
        )


def _trained_under(facts):
    differing = _differing(facts)
    return f" It was saved under {', '.join(differing)}." if differing else ""


def _load_network(path):
    try:
        model, facts = load_network(path)
        _check_facts(facts, path)
    except ModelError:
        raise
    except ValueError as error:
        raise ModelError(error) from error
    _warn_of_versions(facts, path)
    return model, facts


SUFFIXES = {
    ".skops": (_save_skops, _load_skops),
    ".safetensors": (save_network, _load_network),
}
