"""Saved models: what comes back, and what is refused."""

import io
import json
import os
import pickle
import re
import sys
import zipfile

import numpy as np
import pytest
import scipy.stats
import skops.io
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.metrics import cohen_kappa_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    RepeatedStratifiedKFold,
    StratifiedShuffleSplit,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.svm import SVC

import mefeat
from mefeat import ClipPipeline, Read
from mefeat.model_selection import CLASSIFIERS, make_classifier
from mefeat.persistence import ModelError, load_model, save_model
from mefeat.regions import grid_regions
from mefeat.testing import example_clips
from mefeat.texture import LBPTOP


@pytest.fixture(scope="module")
def rows():
    """Rows of three classes and three subjects."""
    y = np.array(["anger", "fear", "joy"])[np.arange(18) % 3]
    noise = np.random.default_rng(0).normal(size=(18, 3))
    return 3 * np.eye(3)[np.arange(18) % 3] + noise, y, np.repeat(range(3), 6)


@pytest.fixture
def model(rows):
    X, y, _ = rows
    return make_pipeline(StandardScaler(), KNeighborsClassifier(1)).fit(X, y)


@pytest.fixture
def saved(model, tmp_path):
    save_model(model, tmp_path / "model.skops", {"dataset": "three clouds"})
    return tmp_path / "model.skops"


def rewrite(path, **members):
    """Replace members of an archive, None removes one."""
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    kept |= {name.replace("_", "."): data for name, data in members.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in kept.items():
            if data is not None:
                archive.writestr(name, data)


def archive_of(obj, path, facts='{"format": 1}'):
    """Save what save_model would not, with facts as if it had."""
    path.write_bytes(skops.io.dumps(obj))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("mefeat.json", facts)
    return path


def test_a_model_comes_back_with_its_facts(saved, model, rows):
    loaded, facts = load_model(saved)
    np.testing.assert_array_equal(loaded.predict(rows[0]), model.predict(rows[0]))
    assert facts["dataset"] == "three clouds"
    assert facts["versions"]["mefeat"] == mefeat.__version__
    assert facts["versions"]["scikit-learn"] and facts["versions"]["numpy"]
    assert facts["model"]["parameters"]["kneighborsclassifier__n_neighbors"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", facts["saved"])
    assert list(saved.parent.iterdir()) == [saved]


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_can_be_saved(name, rows, tmp_path):
    X, y, groups = rows
    model = make_classifier(name)
    for parameter in model.get_params():
        if parameter.endswith("n_estimators"):
            model.set_params(**{parameter: 3})
    if isinstance(model, GridSearchCV):
        model.set_params(param_grid={k: v[:1] for k, v in model.param_grid.items()})
    model.fit(X, y, groups=groups)
    save_model(model, tmp_path / "model.skops")
    loaded, _ = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def _svc_search(**options):
    return GridSearchCV(SVC(), {"C": [1, 2]}, **options)


COMPOSED = {
    "no scoring": _svc_search(),
    "a score by name": _svc_search(scoring="accuracy"),
    "a scorer": _svc_search(scoring=make_scorer(cohen_kappa_score)),
    "probabilities": GridSearchCV(GaussianNB(), {}, scoring="roc_auc_ovr"),
    "several scores": _svc_search(scoring=["accuracy", "f1_macro"], refit="f1_macro"),
    "drawn": RandomizedSearchCV(SVC(), {"C": [1, 2]}, n_iter=1, random_state=0),
    "shuffled": _svc_search(
        cv=StratifiedShuffleSplit(2, test_size=0.5, random_state=0)
    ),
    "repeated": _svc_search(cv=RepeatedStratifiedKFold(n_splits=2, n_repeats=1)),
    "folds": _svc_search(cv=[(np.arange(12), np.arange(12, 18))]),
    "parts": GridSearchCV(
        Pipeline([("scale", StandardScaler()), ("svc", SVC())]),
        {"scale": ["passthrough", MinMaxScaler()], "svc__C": np.array([1.0, 2.0])},
    ),
    "calibrated": CalibratedClassifierCV(SVC()),
    "isotonic": CalibratedClassifierCV(SVC(), method="isotonic", ensemble=False),
    "voting": VotingClassifier([("svc", SVC()), ("nb", GaussianNB())]),
    "stacking": StackingClassifier([("svc", SVC()), ("nb", GaussianNB())], cv=2),
    "one by one": OneVsRestClassifier(SVC()),
    "pairs": OneVsOneClassifier(SVC()),
    "bagging": BaggingClassifier(SVC(), 2, random_state=0),
    "boosted trees": HistGradientBoostingClassifier(max_iter=2, max_leaf_nodes=3),
    "layers": MLPClassifier((3,), tol=10.0, random_state=0),
    "process": GaussianProcessClassifier(),
    "ball tree": KNeighborsClassifier(algorithm="ball_tree", metric="manhattan"),
    "selected": make_pipeline(SelectKBest(f_classif, k=2), SVC()),
    "columns": make_pipeline(ColumnTransformer([("a", PCA(1), [0, 1])]), SVC()),
}


@pytest.mark.parametrize("name", COMPOSED)
def test_parts_of_scikit_learn_can_be_saved(name, rows, tmp_path):
    X, y, _ = rows
    model = clone(COMPOSED[name]).fit(X, y)
    save_model(model, tmp_path / "model.skops")
    loaded, _ = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_thresholds_can_be_saved(rows, tmp_path):
    X, y, _ = rows
    model = TunedThresholdClassifierCV(GaussianNB()).fit(X, y == y[0])
    save_model(model, tmp_path / "model.skops")
    loaded, _ = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_distributions_are_not_saved_and_the_way_out_is_named(rows, tmp_path):
    grid = {"C": scipy.stats.loguniform(1, 2)}
    search = RandomizedSearchCV(SVC(), grid, n_iter=1).fit(*rows[:2])
    with pytest.raises(TypeError, match="rv_continuous_frozen.* save the best_estim"):
        save_model(search, tmp_path / "model.skops")


@pytest.mark.parametrize(
    "change", [np.transpose, lambda a: a[:-1], lambda a: a.astype("f4"), np.negative]
)
def test_arrays_that_were_changed_are_refused(change, rows, tmp_path):
    path = tmp_path / "model.skops"
    X, y, _ = rows
    save_model(make_pipeline(StandardScaler(), SVC()).fit(X, y), path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    arrays = {n: np.load(io.BytesIO(b)) for n, b in members.items() if ".npy" in n}
    name = next(n for n, a in arrays.items() if a.ndim == 2 and a.dtype == float)
    changed = io.BytesIO()
    np.save(changed, change(arrays[name]))
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in (members | {name: changed.getvalue()}).items():
            archive.writestr(member, data)
    with pytest.raises(ModelError, match="was changed after it was saved"):
        load_model(path)


@pytest.mark.parametrize("facts", ["5", '"x"', '{"format": 1, "versions": [1]}'])
def test_facts_of_another_shape_are_refused(facts, saved):
    rewrite(saved, mefeat_json=facts)
    with pytest.raises(ModelError, match="is damaged: its facts are no table"):
        load_model(saved)


def test_a_pipeline_of_clips_comes_back_without_its_cache(tmp_path):
    clips = example_clips(4)
    features = ClipPipeline(
        [Read(), LBPTOP(grid=(2, 2))], memory=str(tmp_path / "rows")
    )
    model = make_pipeline(features, KNeighborsClassifier(1))
    model.fit(clips, [0, 1, 0, 1])
    save_model(model, tmp_path / "model.skops")
    assert features.memory == str(tmp_path / "rows")
    loaded, _ = load_model(tmp_path / "model.skops")
    assert loaded[0].memory is None
    assert loaded.predict(clips).tolist() == [0, 1, 0, 1]


def test_a_cache_named_by_a_file_is_not_opened(tmp_path):
    inner = ClipPipeline([Read(), LBPTOP()], memory="/their/pickles")
    search = GridSearchCV(make_pipeline(inner, KNeighborsClassifier(1)), {})
    search.best_estimator_ = make_pipeline(inner, KNeighborsClassifier(1))
    loaded, _ = load_model_quietly(archive_of(search, tmp_path / "model.skops"))
    assert loaded.estimator[0].memory is None
    assert loaded.best_estimator_[0].memory is None


def load_model_quietly(path):
    with pytest.warns(UserWarning, match="was saved under"):
        return load_model(path)


class Foreign:
    """Of no package that a model is made of."""


def _facts():
    return json.dumps({"format": 1, "versions": {"mefeat": mefeat.__version__}})


@pytest.mark.parametrize(
    ("obj", "named"),
    [
        ({"model": Foreign()}, "Foreign"),
        (FunctionTransformer(os.system), "posix.system|nt.system"),
        (FunctionTransformer(grid_regions), "mefeat.regions.*grid_regions"),
        (FunctionTransformer(pickle.loads), "_pickle.loads"),
    ],
)
def test_a_file_with_something_foreign_is_refused_and_told(obj, named, tmp_path):
    path = archive_of(obj, tmp_path / "model.skops", _facts())
    with pytest.raises(ModelError, match=f"holds .*({named}).* might run code"):
        load_model(path)


def test_a_hand_made_schema_runs_nothing(saved, tmp_path):
    mark = tmp_path / "ran"
    schema = {
        "__class__": "system",
        "__module__": "os",
        "__loader__": "ObjectNode",
        "__id__": 1,
        "content": {
            "__class__": "str",
            "__module__": "builtins",
            "__loader__": "JsonNode",
            "__id__": 2,
            "content": json.dumps(f"touch {mark}"),
            "is_json": True,
        },
        "protocol": 2,
        "_skops_version": skops.__version__,
    }
    rewrite(saved, schema_json=json.dumps(schema))
    with pytest.raises(ModelError, match=r"holds os\.system"):
        load_model(saved)
    assert not mark.exists()


def test_a_pickle_is_refused_as_such(model, tmp_path):
    path = tmp_path / "model.skops"
    path.write_bytes(pickle.dumps(model))
    with pytest.raises(ModelError, match="is a pickle, which can run anything"):
        load_model(path)


def test_damaged_files_are_refused(saved):
    data = saved.read_bytes()
    for n_bytes in (0, 1, 100, len(data) // 2, len(data) - 1):
        saved.write_bytes(data[:n_bytes])
        with pytest.raises(ModelError, match="no model, or not the whole of one"):
            load_model(saved)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.getinfo("schema.json").header_offset
    saved.write_bytes(data[: start + 90] + b"????" + data[start + 94 :])
    with pytest.raises(ModelError, match="no model, or not the whole of one"):
        load_model(saved)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"mefeat_json": None}, "was not saved by mefeat"),
        ({"mefeat_json": "{"}, "is damaged: its facts"),
        ({"mefeat_json": b"\xff"}, "is damaged: its facts"),
        ({"mefeat_json": "[1]"}, "is damaged: its facts"),
        ({"schema_json": None}, "is no readable model"),
        ({"schema_json": "{}"}, "is no readable model"),
        ({"schema_json": "[" * 100_000}, "is no readable model"),
    ],
)
def test_files_of_others_are_refused(saved, members, message):
    rewrite(saved, **members)
    with pytest.raises(ModelError, match=message):
        load_model(saved)


def test_a_file_that_would_fill_the_memory_is_refused(saved, monkeypatch):
    monkeypatch.setattr("mefeat.persistence._models._LARGEST", 100)
    with pytest.raises(ModelError, match="would take more than"):
        load_model(saved)


def test_other_versions_are_told(saved):
    with zipfile.ZipFile(saved) as archive:
        facts = json.loads(archive.read("mefeat.json"))
    facts["versions"]["scikit-learn"] = "1.0"
    rewrite(saved, mefeat_json=json.dumps(facts))
    with pytest.warns(
        UserWarning, match=r"saved under scikit-learn 1\.0 \(now "
    ) as told:
        load_model(saved)
    assert len(told) == 1 and "numpy" not in str(told[0].message)
    facts["format"] = 2
    rewrite(saved, mefeat_json=json.dumps(facts))
    with pytest.raises(ModelError, match="newer format, 2; this is mefeat"):
        load_model(saved)


def test_what_could_not_be_loaded_is_not_saved(rows, tmp_path):
    X, y, _ = rows
    model = make_pipeline(FunctionTransformer(os.path.abspath), KNeighborsClassifier())
    model[-1].fit(X, y)
    with pytest.raises(TypeError, match=r"abspath.*load_model would refuse"):
        save_model(model, tmp_path / "model.skops")
    with pytest.raises(NotFittedError):
        save_model(KNeighborsClassifier(), tmp_path / "model.skops")
    assert not any(tmp_path.iterdir())


def test_names_and_places_of_files(saved, model):
    with pytest.raises(FileNotFoundError, match="no file"):
        load_model(saved.with_name("other.skops"))
    with pytest.raises(ModelError, match=r"must end in \.skops or \.safetensors"):
        load_model(saved.with_suffix(".pkl"))
    with pytest.raises(ValueError, match=r"must end in \.skops or \.safetensors"):
        save_model(model, saved.with_suffix(".joblib"))
    with pytest.raises(FileNotFoundError, match="the folder"):
        save_model(model, saved.parent / "nowhere" / "model.skops")


def test_what_predicts_nothing_is_no_model(rows, tmp_path):
    save_model(StandardScaler().fit(rows[0]), tmp_path / "scaler.skops")
    with pytest.raises(ModelError, match="StandardScaler, which predicts nothing"):
        load_model(tmp_path / "scaler.skops")


def test_without_skops_the_extra_is_named(saved, model, monkeypatch):
    monkeypatch.setitem(sys.modules, "skops.io", None)
    with pytest.raises(ImportError, match=r"mefeat\[models\]"):
        load_model(saved)
    with pytest.raises(ImportError, match=r"mefeat\[models\]"):
        save_model(model, saved)


def test_networks_are_saved_by_their_own_format(tmp_path):
    pytest.importorskip("torch", reason="needs the extra deep")
    from mefeat.deep import ApexCNNClassifier
    from mefeat.deep._tensors import read_tensors, write_tensors

    clips = example_clips(4)
    model = ApexCNNClassifier(32, 2, epochs=1, validation_fraction=0, random_state=0)
    model.fit(clips, [0, 1, 0, 1])
    path = tmp_path / "model.safetensors"
    save_model(model, path, {"dataset": "four clips"})
    loaded, facts = load_model(path)
    assert facts["dataset"] == "four clips"
    np.testing.assert_array_equal(loaded.predict(clips), model.predict(clips))
    tensors, header = read_tensors(path)
    for wrong in ([1], "x", 5, None, {"versions": [1]}):
        write_tensors(path, tensors, header | {"facts": wrong})
        with pytest.raises(ModelError, match="is damaged: its facts are no table"):
            load_model(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ModelError):
        load_model(path)
