"""`mefeat datasets`: what is recognized, counted and told."""

import os
import re
import shutil
import warnings
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import trees

from mefeat.cli import main
from mefeat.datasets import DATABASES, DatasetError, load_database
from mefeat.datasets._checking import check_database, recognize


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


def complete(root):
    """Put the image there that the made tree of CASME II lacks."""
    for folder in root.glob("*/sub02/EP02_01f"):
        name = min(path.name for path in folder.glob("*img8.jpg"))
        trees.frames(folder, [name.replace("8", "15")])
    return root


def test_a_complete_copy_is_fine(tmp_path, monkeypatch, capsys):
    counts = dict.fromkeys(DATABASES["casme2"].counts, 1) | {"disgust": 3, "fear": 0}
    small = replace(
        DATABASES["casme2"], rows=8, clips=8, subjects=5, counts=counts, known={}
    )
    monkeypatch.setitem(DATABASES, "casme2", small)
    root = complete(trees.casme2(tmp_path))
    assert main(["datasets", "check", str(root)]) == 0
    shown = capsys.readouterr().out
    assert "casme2: CASME II in" in shown and "problems" not in shown
    (root / "CASME2_RAW_selected/sub04/EP12_01f/img30.jpg").unlink()
    assert main(["datasets", "check", str(root)]) == 1
    shown = capsys.readouterr().out
    assert "key frames without image      1      0       +1" in shown
    assert "sub04 EP12_01f: no image of the offset 30" in shown


def whole(root, name, subjects, folder):
    """Make a database of the known counts, one frame a clip."""
    database = DATABASES[name]
    emotions = [e for e, n in database.counts.items() for _ in range(n)]
    rows = ["Subject,Filename,Onset,Apex,Offset,Emotion"]
    for i, emotion in enumerate(emotions):
        subject, clip = subjects[i % len(subjects)], f"c{i}"
        place = root / folder / subject / clip
        place.mkdir(parents=True)
        (place / "img1.jpg").touch()
        rows.append(f"{subject},{clip},1,1,1,{emotion}")
    (root / f"{name}_coding.csv").write_text("\n".join(rows))
    return root


def test_whole_databases_have_the_known_counts(tmp_path, capsys):
    """What papers count of each, by the class maps, and the composite by its rule."""
    left_out = ["sub04 EP12_01f", "sub05 EP09_05f"]
    names = [f"sub{i:02d}" for i in range(1, 27)]
    casme2 = whole(tmp_path / "a", "casme2", names, "CASME2_RAW_selected")
    # The two that the composite leaves out are of disgust.
    sheet = casme2 / "casme2_coding.csv"
    rows = sheet.read_text().split("\n")
    for i, name in zip((100, 101), left_out, strict=True):
        assert rows[i].endswith("disgust")
        subject, clip = rows[i].split(",")[:2]
        place = casme2 / "CASME2_RAW_selected"
        (place / subject / clip).rename(place / name.replace(" ", "/"))
        rows[i] = rows[i].replace(f"{subject},{clip}", name.replace(" ", ","))
    sheet.write_text("\n".join(rows))
    samm = whole(tmp_path / "b", "samm", [f"{i:03d}" for i in range(6, 38)], "SAMM")
    smic = tmp_path / "c"
    for emotion, n_clips in DATABASES["smic-hs"].counts.items():
        for i in range(n_clips):
            person = smic / "SMIC_all_cropped" / "HS" / f"s{i % 16 + 1}"
            place = person / "micro" / emotion / f"s{i % 16 + 1}_{emotion[:2]}_{i:02d}"
            place.mkdir(parents=True)
            (place / "reg_image000001.bmp").touch()
    assert main(["datasets", "check", str(casme2)]) == 0
    assert main(["datasets", "check", str(smic)]) == 0
    # Two impossible apexes are known of SAMM; that this one has none is no fault.
    assert main(["datasets", "check", str(samm)]) == 0
    assert "impossible key frames         0      2\n" in capsys.readouterr().out
    assert len(load_database("casme2", casme2, classes="five").clips) == 246
    assert len(load_database("samm", samm, classes="five").clips) == 136
    roots = {"casme2": casme2, "smic-hs": smic, "samm": samm}
    pool = load_database("megc2019", roots)
    table = pool.frame.groupby(["database", "class"]).size()
    assert table.unstack().to_dict("index") == {
        "casme2": {"negative": 88, "positive": 32, "surprise": 25},
        "samm": {"negative": 92, "positive": 26, "surprise": 15},
        "smic": {"negative": 70, "positive": 51, "surprise": 43},
    }


def test_faults_beyond_the_known_count(tmp_path, capsys):
    root = complete(trees.casme2(tmp_path))
    shutil.rmtree(root / "CASME2_RAW_selected" / "sub26")
    assert main(["datasets", "check", str(root)]) == 1
    shown = capsys.readouterr().out
    assert "3 problems" in shown
    assert "row 7: sub26 EP18_50: the folder of the subject is missing" in shown
    shutil.rmtree(root / "CASME2_RAW_selected")
    assert main(["datasets", "check", str(root), "--database", "casme2"]) == 1
    shown = capsys.readouterr().out
    assert "no folders of subjects" in shown and "-255" in shown


def test_a_clip_of_which_few_images_are_left(tmp_path, capsys):
    """It is left out; one that lacks more than a few is warned of; all are listed."""
    root = complete(trees.casme2(tmp_path))
    raw = root / "CASME2_RAW_selected"
    for n in set(range(46, 87)) - {46, 59, 86}:
        (raw / f"sub01/EP02_01f/img{n}.jpg").unlink()
    for n in (22, 24, 27):
        (raw / f"sub04/EP12_01f/img{n}.jpg").unlink()
    (raw / "sub05/EP09_05f/img3.jpg").unlink()
    (raw / "sub02/EP02_01f/img17.jpg").unlink()
    none = (
        "1 of 8 clips cannot be used .*\n.*sub01 EP02_01f: only 3 of 41 images from 46"
    )
    many = r"more than a tenth of the images is missing:\n(.*)\n(.*)$"
    with pytest.warns(UserWarning, match=none):
        with pytest.warns(UserWarning, match=many) as caught:
            bunch = load_database("casme2", root)
    message = str(caught[-1].message)
    assert "sub04 EP12_01f: 7 of 10 images from 21 to 30 are there" in message
    assert "sub05 EP09_05f: 8 of 9 images" in message and "sub02" not in message
    assert len(bunch.clips) == 7
    assert bunch.frame["notes"][0] == "10 of 11 images from 10 to 20 are there"
    assert "Incomplete: 3 clips" in bunch.DESCR
    assert main(["datasets", "check", str(root)]) == 1
    shown = capsys.readouterr().out
    assert "4 problems\n" in shown and "sub02 EP02_01f: 10 of 11 images" in shown
    assert "incomplete clips              3      0       +3" in shown
    with pytest.raises(DatasetError, match="only 3 of 41"):
        load_database("casme2", root, strict=True)
    # All frames of the folder are no more of the expression.
    with pytest.warns(UserWarning), pytest.warns(UserWarning, match="only 3 of 41"):
        load_database("casme2", root, frames="all")


@pytest.mark.parametrize("name", sorted(set(trees.TREES) - {"megc2019"}))
def test_every_loader_tells_of_missing_images(name, tmp_path):
    """Of each folder of frames one in five is left."""
    root = trees.make(name, tmp_path)
    for image in root.rglob("*.*"):
        numbers = re.findall("[0-9]+", image.stem)
        if (
            image.suffix in (".jpg", ".png", ".bmp")
            and numbers
            and int(numbers[-1]) % 5
        ):
            image.unlink()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            load_database(name, root)
            told = "\n".join(str(warning.message) for warning in caught)
        except DatasetError as error:
            told = str(error)
    # Where no sheet says how long a clip is, numbers do.
    remark = "(?:only )?[0-9]+ of [0-9]+ images from [0-9]+ to [0-9]+ are there"
    said = {*re.findall(remark, told)}
    assert said
    assert said <= {*re.findall(remark, "\n".join(check_database(root, name).problems))}


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


def test_which_version_is_checked(tmp_path, capsys):
    root = complete(trees.casme2(trees.casme2(tmp_path), folder="Cropped"))
    shutil.rmtree(root / "Cropped" / "sub26")
    assert main(["datasets", "check", str(root)]) == 1
    shown = capsys.readouterr().out
    assert "raw frames" in shown and "problem" not in shown
    assert main(["datasets", "check", str(root), "--version", "cropped"]) == 1
    shown = capsys.readouterr().out
    assert "cropped frames" in shown and "3 problems\n" in shown
    assert main(["datasets", "check", str(root), "--version", "long"]) == 2
    assert "one of ['raw', 'cropped'], got 'long'" in capsys.readouterr().err


def test_a_sheet_of_another_name(tmp_path, capsys):
    root = trees.samm_long(trees.casme2(tmp_path / "root"))
    sheet = root / "CASME2-coding-20140508.xlsx"
    sheet.rename(tmp_path / "mine.xlsx")
    check = ["datasets", "check", str(root)]
    assert main([*check, "--database", "casme2"]) == 1
    assert "say where it is (`sheet` of the loader, --sheet)" in capsys.readouterr().out
    given = ["--sheet", str(tmp_path / "mine.xlsx")]
    assert main([*check, *given, "--database", "casme2"]) == 1
    assert "read from mine.xlsx" in capsys.readouterr().out
    assert main([*check, *given]) == 2
    assert "holds casme2, samm-lv: give --database" in capsys.readouterr().err
    assert main([*check, *given, "--database", "ckplus"]) == 2
    assert "CK+ has no coding sheet" in capsys.readouterr().err
    given = ["--sheet", str(root / "SAMM_LongVideos_V2_Release.xlsx")]
    assert main([*check, *given, "--database", "samm-lv"]) == 1
    assert "long videos                   3" in capsys.readouterr().out
    trees.megc2019(tmp_path / "megc", header=True)
    table = (tmp_path / "megc" / "combined_3class_gt.csv").rename(tmp_path / "t.csv")
    megc = ["datasets", "check", str(tmp_path / "megc"), "--database", "megc2019"]
    assert main([*megc, "--sheet", str(table)]) == 1
    assert f"read from {table}" in capsys.readouterr().out


def test_a_problem_is_told_once(tmp_path, capsys):
    root = trees.samm_long(tmp_path / "a")
    assert main(["datasets", "check", str(root)]) == 1
    shown = capsys.readouterr().out
    assert "3 problems\n" in shown and shown.count("row 15: 007 007_3_2") == 1
    root = trees.casme2(tmp_path / "b")
    (root / "CASME2-coding-0.xlsx").touch()
    assert main(["datasets", "check", str(root)]) == 1
    assert "1 problem\n" in capsys.readouterr().out


def test_list(capsys):
    assert main(["datasets", "list"]) == 0
    shown = capsys.readouterr().out
    assert all(f"{name} " in shown for name in DATABASES)
    assert "casme2           26    255  200  CASME II" in shown


@pytest.mark.parametrize("name", trees.TREES)
def test_the_folder_of_a_clip_is_listed_once_and_no_image_opened(
    name, tmp_path, monkeypatch
):
    root = trees.make(name, tmp_path)
    listed, opened = Counter(), []
    scandir, open_file = os.scandir, open

    def scan(path):
        listed[str(path)] += 1
        return scandir(path)

    def watched(path, *arguments, **options):
        opened.append(str(path))
        return open_file(path, *arguments, **options)

    monkeypatch.setattr(os, "scandir", scan)
    monkeypatch.setattr("builtins.open", watched)
    monkeypatch.setattr(np, "fromfile", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bunch = load_database(name, root)
    assert {listed[str(clip.path[0].parent)] for clip in bunch.clips} == {1}
    assert not any(path.lower().endswith((".jpg", ".png", ".bmp")) for path in opened)
