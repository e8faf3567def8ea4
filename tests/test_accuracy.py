"""The benchmark of accuracy: what can be asked for, and what comes out."""

import json
import shutil
from argparse import Namespace

import fast_accuracy
import numpy as np
import pandas as pd
import pytest
from rows import make_rows
from sklearn.model_selection import GridSearchCV, ParameterGrid
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import Bunch

from benchmarks.accuracy import (
    datasets,
    dry_run,
    files,
    methods,
    neutral,
    tables,
)
from benchmarks.accuracy.__main__ import main
from benchmarks.accuracy.comparison import ComparisonError, compare_folders
from benchmarks.accuracy.options import parse
from benchmarks.accuracy.store import Store, stored_bytes
from benchmarks.accuracy.workers import workers
from benchmarks.published import SPARSE_MDMO_GRID
from mefeat.base import ClipPipeline
from mefeat.evaluation import (
    Evaluation,
    PolySVCSearch,
    RelativeToOnset,
    evaluate,
    load_result,
)
from mefeat.evaluation.grids import list_points
from mefeat.flow import OpticalFlow
from mefeat.interpolate import TemporalInterpolation
from mefeat.testing import example_clips

QUICK = ["--quick", "--n-jobs", "1", "--datasets", "synthetic"]


@pytest.fixture(autouse=True)
def _small(monkeypatch, tmp_path):
    """Make few, small clips, and leave alone what a user's settings would say."""
    monkeypatch.setattr(datasets, "QUICK", fast_accuracy.SMALL)
    monkeypatch.setattr(datasets, "make_clips", fast_accuracy.remembered_clips)
    monkeypatch.chdir(tmp_path)


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
        '[accuracy]\nmethods = ["hoof"]\nn_jobs = 3\ntransductive = true\nquick=false'
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
    other.write_text("[accuracy]\nmethod = 3")
    assert "no option is named 'method'" in refused(capsys, "--config", str(other))
    other.write_text("[data]\nsamm = 3")
    assert "must hold lines such as" in refused(capsys, "--config", str(other))
    other.write_text("data = [")
    assert "settings.toml: " in refused(capsys, "--config", str(other))
    assert "no-such.toml" in refused(capsys, "--config", "no-such.toml")


def test_what_cannot_be_is_refused(capsys):
    assert "expected NAME=FOLDER" in refused(capsys, "--data", "casme2")
    assert "'casme9' is none of casme," in refused(capsys, "--data", "casme9=/x")
    said = refused(capsys, "--datasets", "casme2")
    assert "'casme2' is none of synthetic-still" in said and "--data NAME" in said
    assert "several databases" in refused(capsys, "--protocol", "cd6me")
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


def part(name, y):
    n_clips = len(y)
    return Bunch(
        clips=example_clips(n_clips),
        target=np.unique(y, return_inverse=True)[1],
        target_names=np.unique(y),
        groups=np.array(["01"] * n_clips),
        frame=pd.DataFrame({"emotion": y, "action_units": "4+L12"}),
    )


def test_pools_keep_people_of_databases_apart(monkeypatch):
    parts = {"casme2": part("casme2", ["a", "b"]), "samm": part("samm", ["b"])}
    monkeypatch.setattr(
        datasets, "load_database", lambda name, root, classes: parts[name]
    )
    options = Namespace(data={"casme2": 1, "samm": 2}, classes="own")
    pool = datasets.load("pooled", options)
    assert pool.groups.tolist() == ["casme2/01", "casme2/01", "samm/01"]
    assert pool.databases.tolist() == ["casme2", "casme2", "samm"]
    assert [shown.numbers for shown in pool.units] == [[4, 12]] * 3
    assert pool.y.tolist() == ["a", "b", "b"] and pool.labels.tolist() == ["a", "b"]
    assert datasets.load("casme2", options).databases is None


def test_composite_of_its_parts(monkeypatch):
    asked = []
    monkeypatch.setattr(
        datasets, "load_megc2019", lambda parts: asked.append(parts) or part("m", ["a"])
    )
    data = {"casme2": 1, "samm": 2, "smic-hs": 3, "casme": 4}
    datasets.load("megc2019", Namespace(data=data, classes="five"))
    assert asked == [{"casme2": 1, "smic": 3, "samm": 2}]


def test_generated_clips_in_three_classes():
    options = parse([*QUICK, "--classes", "three"])
    data = datasets.load("synthetic", options)
    assert data.labels.tolist() == ["positive", "surprise"]
    still = datasets.load_neutral("synthetic", options)
    assert still.groups.tolist() == data.groups.tolist()


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


def test_run_writes_files_and_takes_what_is_finished(tmp_path, capsys):
    out = tmp_path / "out"
    asked = [*QUICK, "--methods", "hoof", "--selection", "oracle", "--out", str(out)]
    assert main(asked) == 0
    printed = capsys.readouterr()
    assert printed.out.count("hoof (dis, TIM 20) †") == 5
    for title in "accuracy", "macro-F1", "UAR", "weighted F1", "mean fold F1":
        assert f"{title}, leave one subject out, oracle selection" in printed.out
    table = pd.read_csv(out / "results.csv")
    (first,) = table.to_dict("records")
    assert f"{first['accuracy']:.4f}" in printed.out
    assert (first["dataset"], first["method"], first["mark"]) == (
        "synthetic",
        "hoof (dis, TIM 20)",
        "†",
    )
    assert first["n_clips"] == 8 and first["accuracy_low"] <= first["accuracy_high"]
    content = json.loads((out / "results.json").read_text())
    assert content["results"][0]["macro_f1"] == pytest.approx(first["macro_f1"])
    assert content["run"]["seed"] == 0 and content["run"]["commit"]
    assert "baseline none" in content["run"]["options"]
    assert content["footnotes"][0].startswith("† ")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "hoof (dis, TIM 20) †" in page and "Published by others" in page
    cell = out / "synthetic" / "hoof"
    assert Evaluation.load(cell).accuracy == pytest.approx(first["accuracy"])
    stamp = (cell / "result.json").stat().st_mtime_ns
    assert main(asked) == 0
    again = capsys.readouterr()
    assert f"taken from {cell}" in again.err
    assert again.out.rpartition("\n\n")[0] == printed.out.rpartition("\n\n")[0]
    assert (cell / "result.json").stat().st_mtime_ns == stamp
    assert main([*asked, "--seed", "1"]) == 0
    assert "taken from" not in capsys.readouterr().err


@pytest.mark.parametrize("protocol", ["kfold", "group_kfold"])
def test_folds_that_cannot_be_are_an_error_before_the_work(protocol, capsys):
    assert main([*QUICK, "--methods", "lbp-top", "--protocol", protocol]) == 2
    said = capsys.readouterr().err
    assert f"error: --protocol {protocol} on synthetic: " in said
    assert "n_splits=5" in said and "lbp-top" not in said


def test_relative_to_clips_at_rest(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(files, "write_report", lambda results, path, **_: path)
    asked = [*QUICK, "--methods", "lbp-top", "--out", str(tmp_path)]
    assert main([*asked, "--baseline", "neutral"]) == 0
    table = pd.read_csv(tmp_path / "results.csv")
    assert table["baseline"].tolist() == ["neutral"]
    settings = Evaluation.load(tmp_path / "synthetic" / "lbp-top").settings
    assert any("lbptop" in name for name in settings["estimator"]["parameters"])


def test_subjects_without_clips_at_rest_are_an_error_not_a_crash(monkeypatch, capsys):
    less = datasets.load("synthetic", parse(QUICK))
    less.clips, less.groups = less.clips[:2], less.groups[:2]
    monkeypatch.setattr(datasets, "load_neutral", lambda *_: less)
    assert main([*QUICK, "--methods", "lbp-top", "--baseline", "neutral"]) == 2
    said = capsys.readouterr().err
    assert "error: --baseline neutral on synthetic: no neutral clip of subject" in said


def test_composite_has_the_clips_at_rest_of_its_parts(monkeypatch):
    asked = []
    monkeypatch.setattr(
        datasets,
        "load_database",
        lambda name, root, classes: asked.append(name) or part(name, ["neutral"]),
    )
    data = {"casme2": 1, "samm": 2, "smic-hs": 3}
    found = datasets.load_neutral("megc2019", Namespace(data=data))
    assert found.groups.tolist() == ["casme2/01", "smic/01", "samm/01"]
    assert asked == ["casme2", "smic-hs", "samm"]


def test_tables_need_no_extra(tmp_path, capsys, monkeypatch):
    def missing(*args, **others):
        raise ImportError("the report needs jinja2")

    monkeypatch.setattr(files, "write_report", missing)
    assert main([*QUICK, "--methods", "hoof", "--out", str(tmp_path)]) == 0
    assert "no report.html: the report needs jinja2" in capsys.readouterr().err
    assert (tmp_path / "results.csv").exists()


@pytest.fixture
def two_databases(monkeypatch):
    """Generated clips in the place of two databases."""
    made = {
        name: fast_accuracy.remembered_clips(**fast_accuracy.SMALL, random_state=seed)
        for seed, name in enumerate(("casme2", "samm"))
    }
    monkeypatch.setattr(datasets, "load_database", lambda name, *_, **__: made[name])
    # Twelve searches in each fold would take most of the time.
    monkeypatch.setattr(methods, "classifier", lambda *_: KNeighborsClassifier(1))
    asked = ["--quick", "--n-jobs", "1", "--crop", "none", "--methods", "hoof"]
    return [*asked, "--data", *(f"{name}=here" for name in made)]


def test_across_databases(two_databases, capsys):
    assert main([*two_databases, "--protocol", "leave_one_database_out"]) == 0
    printed = capsys.readouterr().out
    assert "leave one database out" in printed and "pooled" in printed
    # A row for each database and one for all, as the composite protocol has it.
    assert "pooled/casme2" in printed and "pooled/samm" in printed


def test_action_units_across_databases(two_databases, tmp_path, capsys):
    asked = [*two_databases, "--protocol", "cd6me", "--out", str(tmp_path / "a")]
    assert main(asked) == 0
    printed = capsys.readouterr().out
    assert "AU12" in printed and "mean_database_f1" in printed
    assert "Always 1" in printed and "Onset-apex flow" in printed
    assert "Baseline" not in printed
    table = pd.read_csv(tmp_path / "a" / "action_units.csv")
    assert table["n_clips"].tolist() == [16, 8, 8]
    assert table["dataset"].tolist() == ["pooled", "pooled/casme2", "pooled/samm"]
    assert table["n_folds"].tolist() == [2, 1, 1]
    assert set(table["classifier"]) == {"svm"}
    cell = tmp_path / "a" / "pooled" / "hoof-cd6me"
    result = load_result(cell)
    assert f"{result.mean_f1:.4f} [" in printed
    expected = [result.mean_f1, *result.per_database["mean"]]
    assert table["mean_f1"].tolist() == pytest.approx(expected)
    assert (cell / "request.json").exists() and (cell / "commit.txt").exists()
    content = json.loads((tmp_path / "a" / "action_units.json").read_text())
    assert content["results"][0]["n_units"] == 12 and content["run"]["seed"] == 0
    page = (tmp_path / "a" / "action_units.html").read_text(encoding="utf-8")
    assert f"{result.mean_database_f1:.4f}" in page and "Onset-apex flow" in page
    shutil.copytree(cell, tmp_path / "b" / "pooled" / "hoof-cd6me")
    assert main([*asked, "--dry-run"]) == 0
    assert "pooled" in capsys.readouterr().out
    assert main(["--compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    printed = capsys.readouterr().out
    assert "pooled/hoof-cd6me" in printed and "mean_database_f1" in printed


def test_action_units_by_oracle_selection_are_marked(
    two_databases, tmp_path, capsys, monkeypatch
):
    search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3]})
    monkeypatch.setattr(methods, "classifier", lambda *_: search)
    monkeypatch.setattr(files, "write_report", lambda results, path, **_: path)
    asked = ["--protocol", "cd6me", "--selection", "oracle", "--transductive"]
    assert main([*two_databases, *asked, "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "hoof (dis, TIM 20) †" in printed and "(oracle)" in printed
    table = pd.read_csv(tmp_path / "action_units.csv")
    assert set(table["mark"]) == {"†"}  # hoof learns nothing, so no ‡
    settings = load_result(tmp_path / "pooled" / "hoof-cd6me").settings
    assert settings["selection"] == "oracle" and "AU12" in settings["best_params"]


def test_action_units_relative_to_clips_at_rest(two_databases, capsys):
    arguments = [*two_databases, "--protocol", "cd6me", "--baseline", "neutral"]
    asked = parse(arguments)
    bunch = datasets.load("pooled", asked)
    rows = neutral.rows_of(methods.estimator("hoof", asked), "pooled", bunch, asked)[1]
    assert main(arguments) == 0
    # Here the clips at rest are the same clips, so each subject's rows add up to zero.
    for subject in np.unique(bunch.groups):
        total = rows[bunch.groups == subject].sum(axis=0)
        np.testing.assert_allclose(total, 0, atol=1e-9)


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """Two runs of one method, saved as the command saves them."""
    out = tmp_path_factory.mktemp("runs")
    X, y, groups = make_rows()
    for name, k in ("one", 1), ("two", 9):
        result = evaluate(KNeighborsClassifier(k), X, y, groups)
        result.save(out / name / "synthetic" / "hoof")
    return out


def test_compare_folders(cells, capsys):
    assert main(["--compare", str(cells / "one"), str(cells / "two")]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("synthetic/hoof\nloso: 48 clips")
    assert "p_value" in printed and "one " in printed and "two " in printed
    folders = [cells / name / "synthetic" / "hoof" for name in ("one", "two")]
    assert str(folders[0]) in compare_folders(*folders)
    assert main(["--compare", str(cells / "one"), str(cells / "none")]) == 2
    assert "holds no result.json" in capsys.readouterr().err
    assert main(["--compare", str(cells / "one"), str(folders[1])]) == 2
    assert "name the folders of their results" in capsys.readouterr().err


def test_what_cannot_be_compared_is_said_and_the_rest_compared(cells, tmp_path, capsys):
    for name in "one", "two":
        shutil.copytree(cells / name, tmp_path / name)
        for other in "other", "cut":
            source = tmp_path / name / "synthetic" / "hoof"
            shutil.copytree(source, tmp_path / name / "synthetic" / other)
    X, y, groups = make_rows(n_clips=24)
    other = evaluate(KNeighborsClassifier(), X, y, groups)
    other.save(tmp_path / "two" / "synthetic" / "other")
    other.save(tmp_path / "two" / "samm" / "hoof")
    cut = tmp_path / "one" / "synthetic" / "cut" / "result.json"
    cut.write_bytes(cut.read_bytes()[:2000])
    folders = [str(tmp_path / name) for name in ("one", "two")]
    assert main(["--compare", *folders]) == 0
    printed = capsys.readouterr().out
    assert printed.count("p_value:") == 1
    assert "synthetic/other\nnot compared: the results must be of the same c" in printed
    assert f"synthetic/cut\nnot compared: {cut} is no result of" in printed
    assert f"only in {folders[1]}: samm/hoof" in printed
    shutil.rmtree(tmp_path / "one" / "synthetic" / "hoof")
    assert main(["--compare", *folders]) == 2
    assert "error: synthetic/cut\nnot compared: " in capsys.readouterr().err


def test_results_of_other_clips_are_not_compared(cells, tmp_path):
    shutil.copytree(cells, tmp_path, dirs_exist_ok=True)
    folders = [tmp_path / name / "synthetic" / "hoof" for name in ("one", "two")]
    for second in ("synthetic-still", 0), ("synthetic", 1), ("casme2", 0):
        for folder, (name, seed) in zip(
            folders, [("synthetic", 0), second], strict=True
        ):
            asked = json.dumps({"dataset": name, "seed": seed})
            (folder / "request.json").write_text(asked)
        with pytest.raises(ComparisonError, match="clips, got synthetic, seed 0 and"):
            compare_folders(*folders)
    # The seed of folds and classifiers makes no other clips of a database.
    (folders[0] / "request.json").write_text('{"dataset": "casme2", "seed": 1}')
    assert "p_value" in compare_folders(*folders)


def test_dry_run(capsys):
    assert main([*QUICK, "--methods", "lbp-top", "hoof", "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    frames = sum(len(c.frames) for c in datasets.load("synthetic", parse(QUICK)).clips)
    assert lines[1].split()[:4] == ["synthetic", "lbp-top", "8", str(frames)]
    assert lines[4].startswith("total: ") and "CPU hours" in lines[4]
    megabytes = 8 * (3 * 64 * 59 * 8 + 4000) / 1e6
    assert float(lines[1].split()[-1]) == pytest.approx(megabytes, abs=0.06)
    assert dry_run.duration(99) == "99 s"


@pytest.mark.parametrize("selection, seconds", [("nested", 197), ("oracle", 66)])
def test_a_grid_is_reckoned_from_its_points_and_not_from_fixed_costs(
    selection, seconds, monkeypatch
):
    def timed(fit, *arguments):
        return None, 5 + len(list_points(fit.__self__))

    monkeypatch.setattr(dry_run, "_timed", timed)
    X, y, groups = make_rows()
    options = Namespace(selection=selection)
    found = dry_run._grid_seconds(PolySVCSearch(), X, y, groups, options)
    # 192 points; oracle selection fits a fifth as often, 25 / 16 as long.
    assert found == pytest.approx(seconds)


def test_bytes_of_what_is_kept():
    (clip,) = example_clips(1)
    assert stored_bytes(np.zeros(100)) == 800 + 2000
    assert stored_bytes(clip) >= clip.frames.nbytes
    Store(None).check_room(1e30)  # nothing is kept, so everything fits
    assert Store(None).take("a", "b", {}) is None


def test_published_block_marks_what_is_not_to_be_trusted():
    def asked(*names, protocol="loso"):
        return Namespace(methods=names, protocol=protocol)

    text = tables.published_block(asked("stclqp"))
    assert "Baseline" in text and "STCLQP [1]" in text
    assert "[1] equals the accuracy" in text
    assert "†" not in tables.published_block(asked("stclqp"))  # none of its figures
    table, notes = tables.published_table(asked("lbp-top"))
    assert "LBP-TOP†" in set(table["method"]) and notes[0].startswith("†")
    # Figures of action units are no macro-F1 of classes.
    assert "CD6ME" not in set(table["source"])
    table, notes = tables.published_table(asked("lbp-top", protocol="cd6me"))
    assert set(table["source"]) == {"CD6ME"} and len(table) == 4
    assert "mean F1" in table and "macro-F1" not in table and "accuracy" not in table


def test_scheduler_needs_dask(monkeypatch):
    import builtins

    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("distributed"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install mefeat\[dask\]"):
        with workers(Namespace(scheduler="tcp://127.0.0.1:1")):
            pass
