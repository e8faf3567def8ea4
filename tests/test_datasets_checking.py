"""`mefeat datasets`: what is recognized, counted and told."""

import shutil
from dataclasses import replace

import pytest
import trees

from mefeat.cli import main
from mefeat.datasets import DATABASES
from mefeat.datasets.checking import check_database, recognize


@pytest.mark.parametrize("name", trees.TREES)
def test_databases_are_recognized(name, tmp_path):
    root = trees.make(name, tmp_path / "root")
    found = dict(recognize(root))
    assert name in found
    expected = {"megc2019": {"megc2019", "casme2", "samm", "smic-hs", "smic-vis"}}
    assert set(found) - {"smic-vis"} == expected.get(name, {name}) - {"smic-vis"}


def test_databases_side_by_side(tmp_path):
    for name, make in trees.TREES.items():
        if name != "megc2019":
            make(tmp_path / name.upper())
    found = dict(recognize(tmp_path))
    assert set(found) == {*trees.TREES, "smic-vis"} - {"megc2019"}
    assert found["casme2"] == tmp_path / "CASME2"
    assert found["casme3"] == tmp_path / "CASME3"


def test_what_is_counted(tmp_path):
    check = check_database(trees.samm(tmp_path), "samm")
    counts = {item.strip(): (n, known) for item, n, known in check.counts}
    assert counts["rows"] == (5, 159)
    assert counts["anger"] == (2, 57)
    assert counts["fear"] == (0, 8)
    assert counts["impossible key frames"] == (2, 2)
    assert counts["key frames without image"] == (0, 0)
    assert not check.fine
    assert "028 028_4_1: apex 3100 lies outside" in check.table()
    assert "anger                       2     57      -55" in check.table()


def test_the_second_version_will_do(tmp_path):
    root = trees.casme_sq(tmp_path)
    shutil.rmtree(root / "selectedpic")
    check = check_database(root, "casme-sq")
    assert "raw frames" in check.source
    assert ("long videos", 5, None) in check.counts


def test_a_complete_copy_is_fine(tmp_path, monkeypatch, capsys):
    counts = dict.fromkeys(DATABASES["casme2"].counts, 1) | {"disgust": 3, "fear": 0}
    small = replace(
        DATABASES["casme2"], rows=8, clips=8, subjects=5, counts=counts, known={}
    )
    monkeypatch.setitem(DATABASES, "casme2", small)
    root = trees.casme2(tmp_path)
    assert main(["datasets", "check", str(root)]) == 0
    shown = capsys.readouterr().out
    assert "casme2: CASME II in" in shown and "problems" not in shown
    (root / "CASME2_RAW_selected/sub04/EP12_01f/img30.jpg").unlink()
    assert main(["datasets", "check", str(root)]) == 1
    shown = capsys.readouterr().out
    assert "key frames without image      1      0       +1" in shown
    assert "sub04 EP12_01f: no image of the offset 30" in shown


def test_faults_beyond_the_known_count(tmp_path, capsys):
    root = trees.casme2(tmp_path)
    shutil.rmtree(root / "CASME2_RAW_selected" / "sub26")
    assert main(["datasets", "check", str(root)]) == 1
    shown = capsys.readouterr().out
    assert "3 problems" in shown
    assert "row 7: sub26 EP18_50: the folder of the subject is missing" in shown
    shutil.rmtree(root / "CASME2_RAW_selected")
    assert main(["datasets", "check", str(root), "--database", "casme2"]) == 1
    shown = capsys.readouterr().out
    assert "no folders of subjects" in shown and "-255" in shown


def test_long_lists_are_cut(tmp_path, capsys):
    root = trees.casme2(tmp_path)
    head = "Subject,Filename,Onset,Offset,Emotion\n"
    (root / "CASME2-coding-0.csv").write_text(head + "1,x,1,2,fear\n" * 30)
    assert main(["datasets", "check", str(root)]) == 1
    assert "... and 10 more" in capsys.readouterr().out
    assert main(["datasets", "check", str(root), "--all"]) == 1
    assert "more" not in capsys.readouterr().out


def test_what_cannot_be_checked(tmp_path, capsys):
    assert main(["datasets", "check", str(tmp_path / "none")]) == 2
    assert "is no folder" in capsys.readouterr().err
    (tmp_path / "holiday").mkdir()
    assert main(["datasets", "check", str(tmp_path)]) == 2
    assert "looks like no database" in capsys.readouterr().err
    assert main(["datasets", "check", str(tmp_path), "--database", "casme9"]) == 2
    assert "database must be one of" in capsys.readouterr().err


def test_list(capsys):
    assert main(["datasets", "list"]) == 0
    shown = capsys.readouterr().out
    assert all(f"{name} " in shown for name in DATABASES)
    assert "casme2           26    255  200  CASME II" in shown
