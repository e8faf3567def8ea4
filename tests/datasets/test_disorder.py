"""Copies that went through other programs and hands: what is read, what is told."""

import os
import shutil

import numpy as np
import pytest
import trees

from mefeat.cli import main
from mefeat.datasets import (
    DatasetError,
    load_casme2,
    load_casme3,
    load_casme_sq,
    load_ckplus,
    load_folder,
    load_long_videos,
    load_mmew,
    load_smic,
)
from mefeat.datasets._layout import last_number
from mefeat.datasets._sheets import cell_text, read_table

HEAD = "Subject,Filename,OnsetFrame,ApexFrame,OffsetFrame,Estimated Emotion"
ROW = "1,EP02_01f,46,59,86,happiness"


def keys(bunch):
    return [(len(c.path), c.onset, c.apex, c.offset) for c in bunch.clips]


def as_csv(root, *lines, encoding="utf-8"):
    """Make CASME II whose only sheet is this text."""
    trees.casme2(root)
    (root / "CASME2-coding-20140508.xlsx").unlink()
    text = "\r\n".join([*lines, ""])
    (root / "CASME2-coding.csv").write_bytes(text.encode(encoding))
    return root


@pytest.mark.parametrize("subject", ["1", "01", "1.0", " sub01 ", "'01", "Sub 1", "1."])
def test_subjects_as_other_programs_write_them(subject, tmp_path):
    root = as_csv(tmp_path, HEAD, f"{subject},EP02_01f,46.0,59.0,86.0,happiness")
    bunch = load_casme2(root, strict=True)
    assert bunch.groups.tolist() == ["sub01"]
    assert keys(bunch) == [(41, 0, 13, 40)]


def test_numbers_of_subjects():
    assert [last_number(t) for t in ("spNO.10", "10.00", "s1", "x")] == [
        10,
        10,
        1,
        None,
    ]
    assert cell_text(np.float32(3)) == cell_text(np.float64(3)) == "3"


def test_a_row_that_is_there_twice_in_other_words(tmp_path):
    root = as_csv(tmp_path, HEAD, ROW, "01,ep2_1F,46.0,59.0,86.0,happiness")
    with pytest.warns(
        UserWarning, match="row 3: sub01 ep2_1F: is there twice, also as"
    ):
        assert len(load_casme2(root).clips) == 1


@pytest.mark.parametrize(
    "above", [(), ("sep=;",), ("Codes, of 2014",), ("", "a title", "")]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_of_spreadsheet_programs(above, encoding, tmp_path):
    lines = [line.replace(",", ";") for line in (HEAD, ROW)]
    root = as_csv(tmp_path, *above, *lines, encoding=encoding)
    assert keys(load_casme2(root)) == [(41, 0, 13, 40)]
    row = read_table(root / "CASME2-coding.csv", ["subject"]).rows[0]["row"]
    assert row == len(above) + 2


def test_a_table_from_excel(tmp_path):
    trees.frames(tmp_path / "ann" / "a1", ["IMG_1.JPG", "IMG_2.Jpeg", "IMG_003.PNG"])
    lines = ["Subject;Clip;Label;Onset;Apex;Offset;Notes"]
    lines += ['ann;a1;Überraschung;1;2;3;"a; b, c, d, e, f, g, h"', ""]
    for above in ([], ["sep=;"]):
        text = "\r\n".join([*above, *lines])
        (tmp_path / "t.csv").write_bytes(text.encode("utf-8-sig"))
        bunch = load_folder(tmp_path, table="t.csv")
        assert keys(bunch) == [(3, 0, 1, 2)]
        assert bunch.target_names.tolist() == ["überraschung"]
    for encoding in ("cp1252", "utf-16"):
        (tmp_path / "t.csv").write_bytes(text.encode(encoding))
        with pytest.raises(DatasetError, match='not UTF-8 .* in Excel as "CSV UTF-8"'):
            load_folder(tmp_path, table="t.csv")


def test_what_is_no_number_is_told(tmp_path):
    root = as_csv(tmp_path, HEAD, "1,EP02_01f,46x,NULL,86,happiness")
    with pytest.warns(UserWarning, match="sub01 EP02_01f: onset '46x' is no number"):
        bunch = load_casme2(root)
    assert keys(bunch) == [(47, None, None, 46)]
    assert bunch.frame["notes"][0] == "onset '46x' is no number"


def test_an_onset_behind_all_images(tmp_path):
    root = as_csv(tmp_path, HEAD, ROW, "2,EP02_01f,30,,,fear", "4,EP12_01f,,,2,fear")
    with pytest.warns(UserWarning, match="images, which go from 8 to 24") as caught:
        assert len(load_casme2(root).clips) == 1
    text = str(caught[0].message)
    assert "EP02_01f: 30 lies outside" in text and "EP12_01f: 2 lies outside" in text


@pytest.mark.parametrize(
    "place",
    ["loop", "CASME2_RAW_selected/sub09", "CASME2_RAW_selected/sub01/x", "a-cod.xlsx"],
)
def test_links_in_a_circle_are_passed_over(place, tmp_path):
    root = trees.casme2(tmp_path)
    (root / place).symlink_to((root / place).name)
    assert len(load_casme2(root, strict=True).clips) == 8


def test_a_path_that_is_a_link_in_a_circle(tmp_path):
    trees.frames(tmp_path / "ann" / "a1", ["1.png"])
    (tmp_path / "ann" / "l").symlink_to("l")
    (tmp_path / "t.csv").write_text(
        "subject,clip,label\nann,a1,joy\nann,l,joy\nann,l/x,joy\n"
    )
    with pytest.warns(
        UserWarning, match="2 of 3 .*\n.*ann l: (the path 'ann/l' is a|.*miss)"
    ):
        assert len(load_folder(tmp_path, table="t.csv").clips) == 1


def test_folders_that_nobody_may_look_into(tmp_path, monkeypatch):
    """On the way to the sheet they are passed over; a clip in one is told."""
    root = trees.casme2(tmp_path)
    (root / "lost+found").mkdir()
    scandir = os.scandir

    def denied(path):
        if str(path).endswith(("lost+found", "sub02")):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.warns(UserWarning, match="1 of 8 .*\n.*sub02: cannot be listed .Perm"):
        assert len(load_casme2(root).clips) == 7
    monkeypatch.setattr(os, "scandir", lambda path: denied("sub02"))
    with pytest.raises(DatasetError, match="cannot be listed .Permission denied"):
        load_casme2(root)


def test_a_folder_that_is_called_like_a_sheet(tmp_path):
    root = trees.casme2(tmp_path)
    (root / "CASME2-coding-1999.xlsx").mkdir()
    assert len(load_casme2(root, strict=True).clips) == 8


def test_nothing_that_is_printed_steers_a_terminal(tmp_path, capsys):
    root = as_csv(tmp_path, HEAD, ROW.replace("happiness", "a\x1b[2Jb"))
    assert main(["datasets", "check", str(root)]) == 1
    assert r"  a\x1b[2jb  " in capsys.readouterr().out
    assert "\x1b" not in load_casme2(root).DESCR
    (root / "t.csv").write_text("subject,clip,label\ns,\x1b[2J,joy\n")
    with pytest.raises(DatasetError, match=r"s/\\x1b\[2J is missing"):
        load_folder(root, table="t.csv")


def test_smic_that_was_unpacked_twice(tmp_path):
    """Else each clip would be there twice, and a learner would know its twin."""
    root = trees.smic(tmp_path)
    cropped = root / "SMIC_all_cropped"
    shutil.copytree(cropped / "HS", cropped / "SMIC_all_cropped" / "HS")
    with pytest.warns(UserWarning, match="4 of 8 .*\n.*s01 s1_ne_01: is there twice"):
        bunch = load_smic(root)
    assert bunch.frame["clip"].is_unique
    assert not bunch.frame["path"].str.contains("cropped/SMIC").any()
    long = root / "SMIC-E" / "HS_long" / "SMIC-HS-E"
    before = load_long_videos("smic-hs", root)
    shutil.copytree(long, long / "SMIC-HS-E")
    after = load_long_videos("smic-hs", root)
    assert after.intervals == before.intervals
    assert [v.path for v in after.videos] == [v.path for v in before.videos]


def test_folders_of_which_some_were_unpacked_into_each_other(tmp_path):
    root = trees.casme2(tmp_path, folder="Cropped/Cropped")
    outer, inner = root / "Cropped", root / "Cropped" / "Cropped"
    shutil.copytree(inner / "sub01", outer / "sub01")
    (inner / "sub02").rename(outer / "sub02")
    bunch = load_casme2(root, version="cropped", strict=True)
    paths = bunch.frame["path"]
    assert paths[0] == "Cropped/sub01/EP02_01f" and paths[1].startswith("Cropped/sub02")
    assert paths[2] == "Cropped/Cropped/sub04/EP12_01f"


def test_ckplus_that_was_unpacked_twice(tmp_path):
    root = trees.ckplus(tmp_path)
    images = root / "cohn-kanade-images"
    shutil.copytree(images, root / "more" / images.name)
    with pytest.warns(UserWarning, match="3 of 6 clips cannot"):
        assert len(load_ckplus(root).clips) == 2


def test_a_label_of_ckplus_that_cannot_be_opened(tmp_path, monkeypatch):
    root = trees.ckplus(tmp_path)
    label = next((root / "Emotion" / "S005" / "001").iterdir())
    label.unlink()
    label.symlink_to("/proc/self/mem")
    # A link out of the root is no label; nothing of what it leads to is read.
    assert len(load_ckplus(root).clips) == 1
    label.unlink()
    label.touch()
    monkeypatch.setattr("builtins.open", _denied(open, label.name))
    with pytest.warns(UserWarning, match="_emotion.txt cannot be opened .Permission"):
        assert len(load_ckplus(root).clips) == 1


def _denied(opened, name):
    def denied(path, *arguments, **options):
        if str(path).endswith(name):
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    return denied


PARTICIPANTS = [
    [(1, 15, "x"), (2, 16, "y")],
    [(1, "s15"), (2, "s16")],
    [("1", "S15 "), ("2", "S16")],
    [("participant", "folder"), (1.0, 15.0), (2, 16), (2, 16)],
]
CODES = [
    (2.0, "happy5_1", 3, 5, 9, "12", "positive", "micro-expression", "x"),
    ("1", "anger1_1", 557, 562, 566, "4", "negative", "Micro-expression", "x"),
]
FILMS = [(503, "Happy5"), (401.0, "anger1")]


@pytest.mark.parametrize("participants", PARTICIPANTS)
@pytest.mark.parametrize("version", ["selected", "raw"])
def test_casme_sq_in_other_cells(participants, version, tmp_path):
    root = trees.casme_sq(tmp_path)
    sheets = ("a", CODES), ("b", participants), ("c", FILMS)
    trees.workbook(root / "CAS(ME)^2code_final(Updated).xlsx", *sheets)
    bunch = load_casme_sq(root, version=version, strict=True)
    assert bunch.groups.tolist() == ["s16", "s15"]
    assert keys(bunch) == [(7, 0, 2, 6), (10, 0, 5, 9)]


@pytest.mark.parametrize("version", ["selected", "raw"])
def test_casme_sq_takes_nobody_for_another(version, tmp_path):
    """Participant 16 is not the one whose folder is s16, who is participant 2."""
    root = trees.casme_sq(tmp_path)
    codes = [(16, *CODES[0][1:]), CODES[1]]
    sheets = ("a", codes), ("b", [(15, "s15", 1)]), ("c", FILMS)
    trees.workbook(root / "CAS(ME)^2code_final(Updated).xlsx", *sheets)
    with pytest.warns(UserWarning, match="participant 16 has no folder in the second"):
        bunch = load_casme_sq(root, version=version)
    assert bunch.groups.tolist() == ["s15"]


def test_casme3_as_csv(tmp_path):
    root = trees.casme3(tmp_path)
    path = next((root / "annotation").glob("*ME_label*"))
    path.unlink()
    lines = ["Subject,Filename,Onset,Apex,Offset,emotion"]
    lines += ["spNO.1,b,166.0,170.0,180.0,happy", "spNO.1,b,200,204,0,Others"]
    path.with_suffix(".csv").write_text("\n".join(lines))
    bunch = load_casme3(root, strict=True)
    assert bunch.frame["clip"].tolist() == ["b_166", "b_200"]


def test_mmew_passes_over_the_sheet_of_the_others(tmp_path):
    root = trees.mmew(tmp_path)
    trees.workbook(root / "MMEW_Macro_Exp.xlsx", ("a", [("Subject", "Filename")]))
    assert len(load_mmew(root, strict=True).clips) == 3
