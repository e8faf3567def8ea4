"""Coding sheets: what is read, and what strangers may have put into them."""

import random
import re
import string
import sys
import warnings
import zipfile
from datetime import datetime
from functools import partial

import numpy as np
import pytest
import trees

from mefeat.datasets import DatasetError, SheetError, load_casme2, load_database
from mefeat.datasets._layout import frame_number, key_frames
from mefeat.datasets._sheets import (
    MAX_COLUMNS,
    MAX_ROWS,
    cell_text,
    read_sheets,
    read_table,
)

SHEET = "xl/worksheets/sheet1.xml"
REQUIRED = ("subject", "clip", "onset", "offset", "emotion")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return trees.casme2(tmp_path_factory.mktemp("casme2"))


def book(path, *rows):
    return trees.workbook(path / "sheet.xlsx", ("Sheet1", rows))


def small(path, sheet_xml):
    """Make a workbook whose only worksheet is this text."""
    trees.workbook(path / "sheet.xlsx", ("Sheet1", [("Subject",)]))
    trees.edit(path / "sheet.xlsx", SHEET, lambda text: sheet_xml)
    return path / "sheet.xlsx"


def sheet_xml(rows):
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("46", 46),
        ("46.0", 46),
        ("566.4", 566),
        ("567.6", 568),
        ("-1", -1),
        ("0", 0),
        ("/", None),
        ("", None),
        ("NULL", None),
        ("MISSING <-426679", None),
        ("1e5", None),
        ("9" * 30, None),
        ("nan", None),
        ("١٢", None),
    ],
)
def test_frame_numbers(text, number):
    assert frame_number(text) == number


@pytest.mark.parametrize(
    ("cells", "expected", "dropped"),
    [
        (("10", "14", "20"), (10, 14, 20, 20), ""),
        (("10", "10", "10"), (10, 10, 10, 10), ""),
        (("10", "/", "20"), (10, None, 20, 20), ""),
        (("10", "14", "0"), (10, 14, None, 14), ""),
        (("10", "0", "20"), (10, None, 20, 20), ""),
        (("10", "-1", "20"), (10, None, 20, 20), ""),
        (("10", "25", "20"), (10, None, 20, 20), "apex 25 lies outside of 10 to 20"),
        (("10", "5", "20"), (10, None, 20, 20), "apex 5 lies outside of 10 to 20"),
        (("10", "5", "0"), (10, None, None, None), "apex 5 lies before the onset 10"),
        (("10", "14", "9"), (10, 14, None, 14), "offset 9 lies before the onset 10"),
        (("", "14", "20"), (None, 14, 20, 20), ""),
        (("0", "2", "4"), (0, 2, 4, 4), ""),
    ],
)
def test_key_frames(cells, expected, dropped):
    found = key_frames(*cells)
    assert found[:4] == expected
    assert "".join(found.dropped) == dropped


def test_cells_are_text(tmp_path):
    day = datetime(2014, 5, 8)
    path = book(tmp_path, ("006", 6, 6.0, 566.4, True, day, " NULL ", None, "x"))
    assert read_sheets(path)[0].rows == [
        ["006", "6", "6", "566.4", "True", "2014-05-08 00:00:00", "NULL", "", "x"]
    ]
    assert cell_text(float("inf")) == "inf" and cell_text(1e300) == "1e+300"


def test_where_the_header_is(tmp_path):
    rows = [("a title",), (None,), (None, "subject ", "FILE NAME", "Onset_Frame")]
    table = read_table(
        book(tmp_path, *rows, (None, "006", "006_1_2", 5562)), ["subject", "onset"]
    )
    assert table.rows == [
        {"subject": "006", "clip": "006_1_2", "onset": "5562", "row": 4}
    ]


def test_no_header(tmp_path):
    path = book(tmp_path, ("006", "006_1_2", 5562), ("007", "007_1_2", 12))
    with pytest.raises(SheetError, match="none of the first 60 rows names the columns"):
        read_table(path, REQUIRED)
    with pytest.raises(SheetError, match="names the columns"):
        read_table(trees.workbook(tmp_path / "empty.xlsx", ("a", [])), REQUIRED)


def test_formulas_have_their_values(tmp_path):
    path = book(tmp_path, ("Subject", "Onset"), ("1", 46))
    trees.calculated(path, 1, "B2", "A2+45")
    assert read_table(path, ["subject"]).rows[0]["onset"] == "46"


def test_a_formula_may_give_no_text(tmp_path):
    path = book(tmp_path, ("Subject", "Onset"), ("1", '=IF(A2="1","","x")'))
    empty = re.compile('<c r="B2"[^>]*>(<f>.*?</f>).*?</c>')
    trees.edit(
        path,
        "xl/worksheets/sheet1.xml",
        lambda text: empty.sub(r'<c r="B2" t="str">\1<v></v></c>', text),
    )
    assert read_table(path, ["subject"]).rows[0]["onset"] == ""


def test_a_sheet_without_calculated_values_is_refused(tmp_path):
    path = book(tmp_path, ("Subject", "Onset", "Other"), ("1", "=A2+45", "=1+1"))
    with pytest.raises(SheetError, match="row 2, column 2: is a formula without"):
        read_table(path, ["subject"])
    # Where nobody looks it does not matter.
    path = book(tmp_path, ("Subject", "Onset", "Other"), ("1", 46, "=1+1"))
    assert read_table(path, ["subject"]).rows[0]["onset"] == "46"


def test_links_are_text_and_not_followed(tmp_path):
    link = '=HYPERLINK("http://127.0.0.1:9/x","click")'
    path = book(tmp_path, ("Subject", "Filename"), ("1", link))
    with pytest.raises(SheetError, match="without a calculated value"):
        read_table(path, ["subject"])
    text = sheet_xml(
        '<row r="1"><c r="A1" t="str"><v>Subject</v></c></row>'
        '<row r="2"><c r="A2" t="str"><f>HYPERLINK("http://127.0.0.1:9/x")</f>'
        "<v>click</v></c></row>"
    )
    assert read_table(small(tmp_path, text), ["subject"]).rows[0]["subject"] == "click"
    (tmp_path / "s.csv").write_text(f"Subject,Filename\n1,'{link[:10]}'\n")
    rows = read_table(tmp_path / "s.csv", ["subject"]).rows
    # An apostrophe before a formula says that it is text, and belongs not to it.
    assert rows[0]["clip"] == "=HYPERLINK'"


def test_bombs_are_refused_before_they_are_unpacked(tmp_path):
    path = book(tmp_path, ("Subject",))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/media/image1.png", bytes(2**26))
    assert path.stat().st_size < 2**19
    with pytest.raises(SheetError, match="unpacks to .* bytes, more than"):
        read_sheets(path)
    path = book(tmp_path, ("Subject",))
    with zipfile.ZipFile(path, "a") as archive:
        for i in range(1001):
            archive.writestr(f"xl/media/{i}", b"")
    with pytest.raises(SheetError, match="unpacks to 10.. parts"):
        read_sheets(path)


def test_a_part_that_lies_about_its_size_is_not_believed(tmp_path):
    """It is cut where it says it ends, and then it is no XML and its sum is wrong."""
    path = book(tmp_path, ("Subject",), *[("1" * 50,)] * 500)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        true = archive.getinfo(SHEET).file_size
    lie = (10).to_bytes(4, "little")
    assert data.count(true.to_bytes(4, "little")) >= 2
    path.write_bytes(bytes(data.replace(true.to_bytes(4, "little"), lie)))
    with pytest.raises(SheetError, match="is no"):
        read_sheets(path)


def test_entities_are_refused(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + sheet_xml("")
    with pytest.raises(SheetError, match="declares entities"):
        read_sheets(small(tmp_path, bomb))


def test_too_many_columns(tmp_path):
    path = small(tmp_path, sheet_xml("<row>" + "<c><v>1</v></c>" * 10_000 + "</row>"))
    with pytest.raises(SheetError, match="row 1: has more than .* 500 columns"):
        read_sheets(path)
    (tmp_path / "s.csv").write_text("Subject" + ",x" * 10_000)
    with pytest.raises(SheetError, match="500 columns"):
        read_sheets(tmp_path / "s.csv")


def test_a_far_row_does_not_fill_the_memory(tmp_path):
    text = sheet_xml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    with pytest.raises(SheetError, match=f"more than {MAX_ROWS} rows"):
        read_sheets(small(tmp_path, text))
    wide = ",".join("x" * MAX_COLUMNS)
    (tmp_path / "s.csv").write_text("\n".join([wide] * 2100))
    with pytest.raises(SheetError, match="1000000 cells"):
        read_sheets(tmp_path / "s.csv")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.xlsx", b"", "no .xlsx workbook"),
        ("a.xlsx", b"PK\x03\x04 nothing", "no .xlsx workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "must end in .xlsx or .csv"),
        ("a.csv", b"Subject\xff\xfe", "not UTF-8"),
        ("a.csv", b'"' + b"x" * 200_000, "row 1: field larger"),
    ],
)
def test_files_that_are_no_sheets(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SheetError, match=message):
        read_sheets(tmp_path / name)


def test_openpyxl_is_named_where_it_is_missing(tree, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ImportError, match=r"mefeat\[datasets\]"):
        load_casme2(tree)


OUTSIDE = (
    *("..", "../secret", "/etc", "..\\secret", "C:\\x", "a/../../secret"),
    *("sub01/EP02_01f", "\\\\host\\share", "file:///etc/passwd"),
)


@pytest.mark.parametrize("name", OUTSIDE)
def test_names_in_sheets_lead_nowhere_else(tmp_path, name):
    root = trees.casme2(tmp_path / "root")
    trees.frames(tmp_path / "secret", ["img1.jpg"])
    trees.frames(root / "CASME2_RAW_selected" / "secret", ["img1.jpg"])
    rows = [("01", "EP02_01f", "46", "59", "86", "happiness")]
    rows += [("01", name, "1", "1", "1", "disgust"), (name, "x", "1", "1", "1", "fear")]
    head = "Subject,Filename,Onset,Apex,Offset,Emotion"
    sheet = tmp_path / "s.csv"
    sheet.write_text("\n".join([head, *(",".join(row) for row in rows)]))
    with pytest.warns(UserWarning, match="2 of 3 clips cannot be used"):
        bunch = load_casme2(root, sheet=sheet)
    assert [clip.path[0].name for clip in bunch.clips] == ["img46.jpg"]


def test_links_out_of_the_root_are_not_followed(tmp_path):
    root = trees.casme2(tmp_path / "root")
    raw = root / "CASME2_RAW_selected"
    outside = tmp_path / "outside"
    trees.frames(outside / "EP02_01f", [f"img{n}.jpg" for n in range(1, 30)])
    for folder in (raw / "sub02", raw / "sub26" / "EP18_50"):
        folder.rename(tmp_path / folder.name)
    (raw / "sub02").symlink_to(outside)
    (raw / "sub26" / "EP18_50").symlink_to(outside / "EP02_01f")
    image = raw / "sub04" / "EP12_01f" / "img25.jpg"
    image.unlink()
    image.symlink_to(outside / "EP02_01f" / "img25.jpg")
    with pytest.warns(UserWarning, match="3 of 8 clips") as caught:
        bunch = load_casme2(root)
    text = str(caught[0].message)
    assert "sub02 EP02_01f: the folder of the subject is missing" in text
    assert "img25.jpg: is a link that leads out of" in text
    assert not any("outside" in str(p.resolve()) for c in bunch.clips for p in c.path)


def test_links_within_the_root_are_followed(tmp_path):
    root = trees.casme2(tmp_path)
    raw = root / "CASME2_RAW_selected"
    (raw / "sub02").rename(root / "elsewhere")
    (raw / "sub02").symlink_to(root / "elsewhere")
    # A circle is no way.
    (raw / "again").symlink_to(root)
    assert len(load_casme2(root, strict=True).clips) == 8


def test_messages_do_not_steer_a_terminal(tmp_path, tree):
    sheet = tmp_path / "s.csv"
    rows = "Subject,Filename,Onset,Offset,Emotion\n01,EP02_01f,46,86,fear\n"
    sheet.write_text(rows + "01,\x1b[2Jgone,1,2,fear\n")
    with pytest.warns(UserWarning, match=r"sub01 \\x1b\[2Jgone: the folder"):
        load_casme2(tree, sheet=sheet)


def _mutated_cells(chance, rows):
    odd = [
        *(None, "", "NULL", "/", "..", "../..", "/etc/passwd", "\x1b[1m", "=1+1", "?"),
        *(0, -1, 1e308, 0.5, 2**40, True, datetime(2014, 5, 8), "9" * 400, "a" * 3000),
        *("Subject", "sub01", "nan", "=HYPERLINK(A1)", "²", "١", "#REF!", "\n", "L12"),
    ]
    rows = [list(row) for row in rows]
    for _ in range(chance.randint(1, 12)):
        row = chance.choice(rows)
        kind = chance.randrange(5)
        if kind == 0 and len(rows) > 2:
            rows.remove(row)
        elif kind == 1:
            rows.insert(chance.randrange(len(rows)), list(row))
        elif kind == 2:
            row.insert(chance.randrange(len(row) + 1), chance.choice(odd))
        elif row:
            row[chance.randrange(len(row))] = chance.choice(odd)
    return [[c if c != "\x1b[1m" else "esc" for c in row] for row in rows]


def _mutated_text(chance, text):
    text = list(text)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(text))
        end = place + chance.choice([0, 1, 1, 1, 30, 500])
        text[place:end] = chance.choice(
            ["", chance.choice(string.printable), 'r="99999"', "<v>", "</c>", "&#0;"]
        )
        text = text or [""]
    return "".join(text)


def _mutated_file(chance, data):
    data = bytearray(data)
    for _ in range(chance.randint(1, 20)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data[: chance.choice([len(data), len(data), len(data) // 2])])


@pytest.mark.parametrize("name", ["casme2", "samm", "casme-sq", "mmew"])
def test_mutated_sheets_raise_nothing_but_ours(name, tmp_path):
    """Cells, XML and bytes at random: an error of ours, or clips within the root."""
    root = trees.make(name, tmp_path / "root")
    sheet = next(path for path in root.glob("*.xlsx") if "~" not in path.name)
    original = sheet.read_bytes()
    pages = [(page.name, page.rows) for page in read_sheets(sheet)]
    parts = [n for n in zipfile.ZipFile(sheet).namelist() if n.endswith("xml")]
    outcomes = []
    for seed in range(51):
        chance = random.Random(seed)
        if seed % 3 == 0:
            i = chance.randrange(len(pages))
            rows = _mutated_cells(chance, pages[i][1] or [["x"]])
            trees.workbook(sheet, *pages[:i], (pages[i][0], rows), *pages[i + 1 :])
        elif seed % 3 == 1:
            sheet.write_bytes(original)
            part = chance.choice([*parts, *[p for p in parts if "sheet1" in p] * 9])
            trees.edit(sheet, part, partial(_mutated_text, chance))
        else:
            sheet.write_bytes(_mutated_file(chance, original))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                bunch = load_database(name, root)
            except DatasetError:
                outcomes.append(False)
                continue
        outcomes.append(True)
        for path in (path for clip in bunch.clips for path in clip.path):
            assert path.resolve().is_relative_to(root.resolve())
    assert 5 < np.sum(outcomes) < 50, "mutations must break some sheets, not all"
