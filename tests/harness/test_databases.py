"""The benchmark of accuracy on several databases: pools, composite, action units."""

import json
import shutil
from argparse import Namespace

import fast_evaluate
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import Bunch

from mefeat.evaluation import load_result
from mefeat.harness import _datasets as datasets
from mefeat.harness import _evaluate as files
from mefeat.harness import _methods as methods
from mefeat.harness import _runs as neutral
from mefeat.harness import main
from mefeat.harness._options import parse
from mefeat.model_selection import DATABASE_PROTOCOLS, PROTOCOLS, SubjectKFold
from mefeat.testing import example_clips

pytestmark = pytest.mark.usefixtures("small_accuracy")


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
    options = Namespace(data={"casme2": 1, "samm": 2}, classes={None: "own"})
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
    datasets.load("megc2019", Namespace(data=data, classes={None: "five"}))
    assert asked == [{"casme2": 1, "smic": 3, "samm": 2}]


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


@pytest.fixture
def two_databases(monkeypatch):
    """Generated clips in the place of two databases."""
    made = {
        name: fast_evaluate.remembered_clips(**fast_evaluate.SMALL, random_state=seed)
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
    # The first column of the scores, not the line of the published figures.
    head = printed.split("database out: pooled\n")[1].splitlines()[0]
    assert head.strip().startswith("always 1 ")
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


def test_a_method_that_does_not_suit_the_data_is_marked_and_the_others_judged(
    two_databases, tmp_path, capsys, monkeypatch
):
    made = methods.features

    def as_tables(name, *options, **others):
        head = made(name, *options, **others)
        return head.set_output(transform="pandas") if name == "lbp-top" else head

    monkeypatch.setattr(methods, "features", as_tables)  # as elbptop, which is slow
    out = tmp_path / "out"
    names = ["hoof", "tics", "lbp-top"]
    asked = [*two_databases, "--methods", *names, "--datasets", "casme2"]
    reason = "TICS needs color, but the clip is gray"
    assert main([*asked, "--out", str(out)]) == 1
    printed = capsys.readouterr()
    assert f"tics on casme2 is left out: {reason}" in printed.err
    assert printed.err.splitlines()[-1].startswith(
        f"left out: tics on casme2: {reason}"
    )
    assert printed.out.count("none [a]") == 5 and f"[a] {reason}" in printed.out
    table = pd.read_csv(out / "results.csv")
    assert table["method"].tolist() == ["hoof (dis, TIM 20)", "lbp-top", "tics"]
    assert table["accuracy"].notna().tolist() == [True, True, False]
    assert table["not_judged"].notna().tolist() == [False, False, True]
    assert table["n_clips"].tolist()[:2] == [8, 8]
    content = json.loads((out / "results.json").read_text())
    assert content["results"][-1]["not_judged"].startswith(reason)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f"Not judged: tics on casme2: {reason}" in page
    monkeypatch.setattr(files, "write_report", lambda results, path, **_: path)
    assert "Traceback" in (out / "casme2" / "tics" / "error.txt").read_text()
    assert main([*asked, "--out", str(out)]) == 1  # goes on the same way
    again = capsys.readouterr()
    assert again.out.rpartition("\n\n")[0] == printed.out.rpartition("\n\n")[0]
    assert main([*asked, "--dry-run"]) == 1
    printed = capsys.readouterr()
    row = next(line for line in printed.out.splitlines() if " tics " in line)
    assert row.split()[4:8] == ["none", "[a]", "none", "[a]"]
    assert f"[a] {reason}" in printed.out and "total: " in printed.out


def test_where_no_method_suits_the_data_it_is_an_error(two_databases, tmp_path, capsys):
    asked = [*two_databases, "--methods", "tics", "--datasets", "casme2"]
    for more in (["--out", str(tmp_path)], ["--dry-run"]):
        assert main([*asked, *more]) == 2
        said = capsys.readouterr().err
        assert (
            "error: nothing could be judged: tics on casme2: TICS needs color" in said
        )


def test_an_option_that_does_not_suit_a_method_leaves_the_others(two_databases, capsys):
    asked = [*two_databases, "--methods", "hoof", "tics", "--datasets", "casme2"]
    assert main([*asked, "--baseline", "onset"]) == 1
    assert (
        "left out: tics on casme2: --baseline onset is for" in capsys.readouterr().err
    )


def test_classes_of_each_database(two_databases, tmp_path, capsys, monkeypatch):
    asked = []
    loaded = datasets.load_database
    monkeypatch.setattr(
        datasets,
        "load_database",
        lambda name, root, classes: asked.append((name, classes)) or loaded(name),
    )
    out = ["--out", str(tmp_path)]
    chosen = ["--datasets", "casme2", "samm", "pooled", "--classes"]
    assert main([*two_databases, *out, *chosen, "casme2=five", "samm=own"]) == 0
    assert asked[:2] == [("casme2", "five"), ("samm", "own")]
    table = pd.read_csv(tmp_path / "results.csv").set_index("dataset")["classes"]
    assert table[["casme2", "samm"]].tolist() == ["five", "own"]
    assert table["pooled"] == "casme2=five samm=own"
    assert table[["pooled/casme2", "pooled/samm"]].tolist() == ["five", "own"]
    capsys.readouterr()
    for classes in (["three"], ["five", "samm=three"]):
        parse([*two_databases, "--classes", *classes])
    for classes, said in {
        "smic-hs=five": "--classes: 'smic-hs' is none of casme2, samm",
        "six": "expected one of own, five, three, or NAME= and one of them, got 'six'",
    }.items():
        with pytest.raises(SystemExit):
            parse([*two_databases, "--classes", classes])
        assert said in capsys.readouterr().err


def test_action_units_of_clips_without_any_are_an_error(
    two_databases, monkeypatch, capsys
):
    made = datasets.load_database("samm")
    frame = made.frame.assign(action_units="")
    loaded = datasets.load_database
    monkeypatch.setattr(
        datasets,
        "load_database",
        lambda name, *_, **__: (
            Bunch(**loaded(name) | {"frame": frame}) if name == "samm" else loaded(name)
        ),
    )
    assert main([*two_databases, "--protocol", "cd6me"]) == 2
    assert "no clip of samm has any: leave it out of --data" in capsys.readouterr().err


@pytest.mark.hostile
def test_all_methods_with_out_by_each_protocol_and_selection(
    two_databases, tmp_path, monkeypatch, capsys
):
    grid = {"n_neighbors": [1, 2]}
    search = GridSearchCV(KNeighborsClassifier(), grid, cv=SubjectKFold())
    monkeypatch.setattr(methods, "classifier", lambda *_: search)
    monkeypatch.setattr(files, "write_report", lambda results, path, **_: path)
    out = [*two_databases, "--datasets", "pooled", "--out", str(tmp_path)]
    protocols = [*PROTOCOLS, "leave_one_database_out", "cross_database", "cd6me"]
    assert set(protocols) == {*PROTOCOLS, *DATABASE_PROTOCOLS, "cd6me"}
    for protocol in protocols:
        held_out = ["--test-databases", "samm"] * (protocol == "cross_database")
        for selection in "nested", "oracle":
            # Few folds, or the slowest methods would take minutes.
            every = (protocol, selection) == ("leave_one_database_out", "nested")
            names = ["all"] if every else ["lbp-top"]
            how = ["--protocol", protocol, "--selection", selection, *held_out]
            printed = []
            for _ in range(2):  # the second time it goes on
                status = main([*out, "--methods", *names, *how])
                assert status == (1 if every else 0)  # tics needs color
                printed.append(capsys.readouterr().out.rpartition("\n\n")[0])
            assert printed[0] == printed[1]
            if every:
                table = pd.read_csv(tmp_path / "results.csv")
                whole = table[table["dataset"] == "pooled"]
                assert len(whole) == len(methods.HANDCRAFTED)
                assert whole["method"][whole["accuracy"].isna()].tolist() == ["tics"]
