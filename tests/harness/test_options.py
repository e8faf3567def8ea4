"""`mefeat evaluate`: what can be asked for, and what is refused."""

from argparse import Namespace

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, ParameterGrid

from mefeat.base import ClipPipeline
from mefeat.evaluation import RelativeToOnset
from mefeat.flow import OpticalFlow
from mefeat.harness import _datasets as datasets
from mefeat.harness import _methods as methods
from mefeat.harness._interrupts import workers
from mefeat.harness._options import parse
from mefeat.harness._published import SPARSE_MDMO_GRID
from mefeat.interpolate import TemporalInterpolation
from mefeat.model_selection._svm import list_points

pytestmark = pytest.mark.usefixtures("small_accuracy")


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        parse(arguments)
    assert end.value.code == 2
    return capsys.readouterr().err


def test_defaults():
    options = parse([])
    assert options.datasets == ["synthetic-still", "synthetic", "synthetic-strong"]
    assert options.methods == ["lbp-top", "mdmo", "bi-woof"]
    assert (options.protocol, options.selection, options.grid) == (
        "loso",
        "nested",
        "default",
    )
    assert parse(["--quick"]).grid == "quick"
    assert parse(["--methods", "all"]).methods == methods.HANDCRAFTED


def test_settings_file(tmp_path, capsys):
    (tmp_path / "mefeat.toml").write_text(
        '[data]\ncasme2 = "here/CASME2"\n'
        '[evaluate]\nmethods = ["hoof"]\nn_jobs = 3\ntransductive = true\nquick=false'
    )
    options = parse([])
    assert options.data == {"casme2": tmp_path.relative_to(tmp_path) / "here/CASME2"}
    assert options.datasets == ["casme2"]
    assert (options.methods, options.n_jobs) == (["hoof"], 3)
    assert options.transductive and not options.quick
    # What the command line says goes before.
    options = parse(["--methods", "fdm", "osf", "--data", "casme2=/there"])
    assert options.methods == ["fdm", "osf"]
    assert str(options.data["casme2"]) == "/there"
    other = tmp_path / "other" / "settings.toml"
    other.parent.mkdir()
    other.write_text('[data]\nsamm = "SAMM"\n')
    assert parse(["--config", str(other)]).data == {"samm": other.parent / "SAMM"}
    other.write_text('[evaluate]\nseed = 7\nmethods = "hoof"')
    assert parse(["--config", str(other)]).seed == 7
    other.write_text("[evaluate]\nmethod = 3")
    assert "no option is named 'method'" in refused(capsys, "--config", str(other))
    other.write_text("[data]\nsamm = 3")
    assert "must hold lines such as" in refused(capsys, "--config", str(other))
    other.write_text("data = [")
    assert "settings.toml: " in refused(capsys, "--config", str(other))
    assert "no-such.toml" in refused(capsys, "--config", "no-such.toml")


@pytest.mark.parametrize(
    "text, said",
    {
        "data = 5": "data must be a table, [data], got 5",
        "evaluate = [1]": "evaluate must be a table, [evaluate], got [1]",
        "[evalute]\nseed = 1": "[evalute] is none of the tables data, evaluate",
        "[data]\ncasme2 = {a = 1}": "[data] must hold lines such as",
        '[data]\ncasme2 = "~nobody-at-all/x"': "~nobody-at-all/x: nobody has",
        "[evaluate]\nseed = 1.5": "seed cannot be 1.5",
        "[evaluate]\nseed = [1, 2]": "seed cannot be [1, 2]",
        "[evaluate]\nout = true": "out cannot be True",
        '[evaluate]\nquick = "yes"': "quick must be true or false",
        "[evaluate]\nhelp = true": "no option is named 'help'",
        '[evaluate]\nmethods = ["hoof", "--out", "/x"]': "methods holds '--out'",
        '[evaluate]\nmethods = [["hoof"]]': "methods cannot be ['hoof']",
        '[evaluate]\nscheduler = "tcp://far:1"': "scheduler can be given on",
        '[evaluate]\nconfig = "other.toml"': "config can be given on",
        "a = " + "[" * 3000 + "]" * 3000: "lists within lists",
    }.items(),
)
def test_settings_that_hold_no_values_are_refused(text, said, tmp_path, capsys):
    (tmp_path / "mefeat.toml").write_text(text)
    assert f"error: mefeat.toml: {said}" in refused(capsys).replace("[evaluate]: ", "")


def test_settings_that_are_no_file_are_refused(tmp_path, capsys):
    (tmp_path / "mefeat.toml").mkdir()
    assert "mefeat.toml: must be a file" in refused(capsys)


def test_what_cannot_be_is_refused(capsys):
    assert "expected NAME=FOLDER" in refused(capsys, "--data", "casme2")
    assert "'casme9' is none of casme," in refused(capsys, "--data", "casme9=/x")
    assert "nobody has this home" in refused(capsys, "--data", "casme2=~no-one-x/y")
    said = refused(capsys, "--datasets", "casme2")
    assert "'casme2' is none of synthetic-still" in said and "--data NAME" in said
    said = refused(capsys, "--protocol", "cd6me")
    assert "--protocol cd6me needs several databases, at least two --data" in said
    one = ["--data", "casme2=a", "--protocol"]
    assert "--data NAME=FOLDER, got casme2" in refused(capsys, *one, "cd6me")
    assert "got casme2" in refused(capsys, *one, "leave_one_database_out")
    without = ["--protocol", "cd6me", "--data", "casme2=a", "smic-hs=b"]
    said = refused(capsys, *without)
    assert "judges action units, which smic-hs does not have" in said
    said = refused(capsys, "--data", "casme2=a", "smic-hs=b", "--classes", "five")
    assert "--classes: smic-hs has own and three, not five: choose for each" in said
    assert "synthetic-still has own and three" in refused(capsys, "--classes", "five")
    assert "expected 0 to 2**32 - 1, got -1" in refused(capsys, "--seed=-1")
    units = ["--protocol", "cd6me", "--data", "casme2=a", "samm=b"]
    said = refused(capsys, *units, "--classes", "three")
    assert "--protocol cd6me does not go with --classes" in said
    said = refused(capsys, *units, "--test-databases", "samm")
    assert "--test-databases goes with --protocol cross_database alone" in said
    across = ["--protocol", "cross_database", "--data", "casme2=a", "samm=b"]
    assert "needs --test-databases" in refused(capsys, *across)
    said = refused(capsys, *across, "--test-databases", "samm", "casme9")
    assert "'casme9' is none of --data" in said
    assert parse([*across, "--test-databases", "samm"]).test_databases == ["samm"]
    assert "0 processes do nothing" in refused(capsys, "--n-jobs", "0")
    said = refused(capsys, "--data", "casme2=./data", "--out", "data")
    assert "--out data is the folder of casme2" in said
    assert "invalid int value: 'two'" in refused(capsys, "--n-jobs", "two")
    said = refused(capsys, *units, "--methods", list(methods.NETWORKS)[0])
    assert "does not go with" in said
    said = refused(capsys, "--baseline", "neutral", "--methods", "tics")
    assert "tics is none" in said


def test_datasets_that_are_there():
    data = {name: name for name in ("casme2", "samm")}
    options = Namespace(data=data, protocol="loso")
    assert datasets.default_names(options) == ["casme2", "samm"]
    data["smic-hs"] = "smic"
    assert datasets.default_names(options) == ["casme2", "samm", "smic-hs", "megc2019"]
    options.protocol = "leave_one_database_out"
    assert datasets.default_names(options) == ["pooled"]
    assert datasets.offered(options)[-1] == "pooled"
    assert datasets.crop_of("casme2", Namespace(crop="box")) == "box"
    assert datasets.crop_of("synthetic", Namespace(crop="box")) is False


def test_flow_is_made_cheaper_and_says_so():
    whole = methods.features("mdmo", "farneback")
    before, flow = whole.steps[-3:-1]
    assert isinstance(before, TemporalInterpolation) and before.n_frames == 20
    assert flow.solver == "farneback"
    assert methods.label("mdmo", "farneback") == "mdmo (farneback, TIM 20)"
    assert methods.label("bi-woof", "dis") == "bi-woof (dis)"
    assert methods.label("lbp-top", "dis") == "lbp-top"
    own = methods.features("mdmo", "paper")
    assert [type(step) for step in own.steps[1:-1]] == [OpticalFlow]
    assert own.steps[1].solver == "rlof"
    assert methods.label("mdmo", "paper") == "mdmo"


@pytest.mark.parametrize("name", methods.NAMES)
def test_every_method_can_be_asked_for(name):
    options = parse(["--quick", "--methods", name])
    made = methods.estimator(name, options)
    assert isinstance(methods.clip_steps(made[0]), ClipPipeline)
    assert methods.method_of(name).paper


def test_networks_are_classifiers_themselves_and_not_among_all():
    options = parse(["--quick", "--methods", "all"])
    assert set(options.methods) == set(methods.NAMES) - set(methods.NETWORKS)
    for name in methods.NETWORKS:
        made = methods.estimator(name, options)
        assert len(made.steps) == 2
        assert hasattr(made[-1], "predict_proba") and made[-1].epochs == 1


def test_grids():
    options = parse(["--grid", "paper"])
    sizes = {
        name: len(list_points(methods.classifier(name, options)))
        for name in ("mdmo", "lbp-top")
    }
    assert sizes == {"mdmo": 6400, "lbp-top": 640}
    search = methods.estimator("sparse-mdmo", options)[-1]
    assert isinstance(search, GridSearchCV)
    n_codes = int(np.prod([len(v) for v in SPARSE_MDMO_GRID.values()]))
    assert len(ParameterGrid(search.param_grid)) == 640 * n_codes
    without = methods.estimator("basic-sc", options)[-1].param_grid
    assert "sparsemdmo__graph_weight" not in without
    options = parse(["--grid", "paper", "--classifier", "knn"])
    other = methods.estimator("sparse-mdmo", options)[-1].param_grid
    assert not any("sparsemdmo" in name for name in other)


def test_relative_to_the_onset():
    options = parse(["--methods", "hoof", "--baseline", "onset"])
    made = methods.estimator("hoof", options)
    assert isinstance(made[0][-1], RelativeToOnset)


def test_scheduler_needs_dask(monkeypatch):
    import builtins

    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("distributed"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'mefeat\[dask\]'"):
        with workers(Namespace(scheduler="tcp://127.0.0.1:1")):
            pass
