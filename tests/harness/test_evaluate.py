"""The benchmark of accuracy: what comes out."""

import io
import json
import os
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rows import make_rows

from mefeat.base import _parallel as progress
from mefeat.evaluation import Evaluation
from mefeat.harness import _datasets as datasets
from mefeat.harness import _dry_run as dry_run
from mefeat.harness import _evaluate as files
from mefeat.harness import _tables as tables
from mefeat.harness import main
from mefeat.harness._options import parse
from mefeat.harness._store import Store, stored_bytes
from mefeat.model_selection import PolySVCSearch
from mefeat.model_selection._svm import list_points
from mefeat.testing import example_clips

pytestmark = pytest.mark.usefixtures("small_accuracy")

QUICK = ["--quick", "--n-jobs", "1", "--datasets", "synthetic"]


def test_generated_clips_in_three_classes():
    options = parse([*QUICK, "--classes", "three"])
    data = datasets.load("synthetic", options)
    assert data.labels.tolist() == ["positive", "surprise"]
    still = datasets.load_neutral("synthetic", options)
    assert still.groups.tolist() == data.groups.tolist()


@pytest.mark.filterwarnings("ignore:gamma=0.01, the smallest")
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


@pytest.mark.filterwarnings("ignore:gamma=0.01, the smallest")
def test_a_terminal_that_knows_few_letters(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(files, "write_report", lambda results, path, **_: path)
    printed = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", printed)
    asked = [*QUICK, "--methods", "hoof", "--selection", "oracle"]
    # A folder of a name that is no UTF-8, which is in the command that is noted, too.
    out = os.fsdecode(os.fsencode(tmp_path) + b"/gr\xfc")
    monkeypatch.setattr(sys, "argv", ["command", *asked, "--out", out])
    assert main(sys.argv[1:]) == 0
    printed.flush()
    text = printed.buffer.getvalue().decode("ascii")
    assert text.count("hoof (dis, TIM 20) (o)") == 5
    assert "(o) parameters chosen on the folds" in text
    content = json.loads((Path(out) / "results.json").read_text())
    assert content["run"]["command"].endswith("gr\\xfc'")
    result = Evaluation.load(Path(out) / "synthetic" / "hoof")
    for shown in (str(result), repr(result)):
        assert "(o)" in shown and shown.isascii()
    with pytest.raises(SystemExit):
        main(["--help"])


def test_progress_without_a_terminal_is_lines(capsys, monkeypatch):
    assert main([*QUICK, "--methods", "hoof"]) == 0
    said = capsys.readouterr().err
    # One for a minute at most, and the last; no line is written over another.
    assert "\n8/8 clips in 00:" in said and "\n4/4 folds in 00:" in said
    assert "\r" not in said and said.count(" folds in ") == 1
    monkeypatch.setattr(progress, "_SECONDS", 0)
    assert main([*QUICK, "--methods", "hoof"]) == 0
    said = capsys.readouterr().err
    assert said.count(" folds in ") == 4 and "left; held out: subject s02, 2 cl" in said


def test_tables_need_no_extra(tmp_path, capsys, monkeypatch):
    def missing(*args, **others):
        raise ImportError("the report needs jinja2")

    monkeypatch.setattr(files, "write_report", missing)
    assert main([*QUICK, "--methods", "hoof", "--out", str(tmp_path)]) == 0
    assert "no report.html: the report needs jinja2" in capsys.readouterr().err
    assert (tmp_path / "results.csv").exists()


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
