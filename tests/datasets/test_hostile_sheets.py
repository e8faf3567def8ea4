"""Coding sheets that were damaged at random: clips within the root, or our error."""

import csv
import random
import re
import warnings
import zipfile
from io import StringIO

import pytest
import trees

from mefeat.datasets import DatasetError, load_database, load_long_videos
from mefeat.datasets._checking import check_database
from mefeat.datasets._sheets import read_sheets

pytestmark = pytest.mark.hostile

N_SHEETS = 100
NAMES = ["casme", "casme2", "casme-sq", "casme3", "samm", "samm-lv", "smic-hs", "mmew"]
LONG = ("casme-sq", "samm-lv", "smic-hs")
ODD = [
    *(None, "", "NULL", "/", "..", "../../outside", "/etc/passwd", "C:\\x", "out"),
    *("=1+1", "@SUM(1)", -1, 0, 0.5, 1e308, float("nan"), 2**63, True, "9" * 400),
    *("1e5", "46,5", "４６", "²", "Subject", "sub01", "\n", "a\u202eb", "a" * 3000),
    *("#REF!", "12+" * 400, "None", "<b>"),
]
XML = ["", "<v>", "</c>", "&#0;", 'r="XFD9"', 't="s"', "<f>A1*2</f>", "</row>", "&x;"]


def cells(chance, rows):
    """Change rows, columns and cells."""
    rows = [list(row) for row in rows] or [["x"]]
    width = max(map(len, rows))
    for _ in range(chance.randint(1, 8)):
        kind, row = chance.randrange(7), chance.choice(rows)
        column = chance.randrange(max(1, width))
        if kind == 0 and len(rows) > 2:
            rows.remove(row)
        elif kind == 1:
            rows.insert(chance.randrange(len(rows)), list(row))
        elif kind == 2:
            row.insert(chance.randrange(len(row) + 1), chance.choice(ODD))
        elif kind == 3:
            odd = chance.choice(ODD)
            for other in rows[1:]:
                other[column : column + 1] = [odd]
        elif kind == 4:
            other = chance.randrange(max(1, width))
            for line in rows[chance.randrange(2) :]:
                line += [None] * (width - len(line))
                line[column], line[other] = line[other], line[column]
        elif kind == 5:
            chance.shuffle(rows)
        elif row:
            row[chance.randrange(len(row))] = chance.choice(ODD)
    return rows


def as_csv(chance, rows):
    """Write as other programs do, and cut or double it."""
    text = StringIO()
    delimiter = chance.choice(",;\t|")
    ends = {"lineterminator": chance.choice(["\n", "\r\n", "\r"])}
    csv.writer(text, delimiter=delimiter, **ends).writerows(rows)
    text = text.getvalue()
    code = chance.choice(["utf-8", "utf-8-sig", "utf-16", "latin-1"])
    data = text.encode(code, "replace")
    broken = data * 30, data + b'"open', data[: len(data) // 2]
    return chance.choice([data, data, *broken])


def bytes_of(chance, data):
    """Flip, cut, take away and put in bytes."""
    data = bytearray(data)
    place, kind = chance.randrange(len(data)), chance.randrange(4)
    if kind == 0:
        del data[place:]
    elif kind == 1:
        del data[place : place + chance.randint(1, 900)]
    elif kind == 2:
        data[place:place] = chance.randbytes(chance.randint(1, 900))
    else:
        for _ in range(chance.choice([1, 5, 50])):
            data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def part_of(chance, sheet):
    """Change the text of a part of the workbook."""
    with zipfile.ZipFile(sheet) as archive:
        parts = [n for n in archive.namelist() if n.endswith((".xml", ".rels"))]
    part = chance.choice(parts + [n for n in parts if "sheets/" in n] * 3)

    def change(text):
        if chance.random() < 0.3:
            value = f"<v>{chance.choice(ODD)}</v>"
            return re.sub("<v>[0-9]+</v>", lambda match: value, text)
        for _ in range(chance.randint(1, 5)):
            place = chance.randrange(len(text) + 1)
            end = place + chance.choice([0, 1, 30, 500])
            text = text[:place] + chance.choice(XML) + text[end:]
        return text

    trees.edit(sheet, part, change)


def mutate(chance, sheet, data, pages):
    """Put a mutated sheet in the place of the original."""
    sheet.write_bytes(data)
    other = sheet.with_suffix(".csv")
    other.unlink(missing_ok=True)
    i = chance.randrange(len(pages))
    rows = cells(chance, pages[i][1])
    kind = chance.randrange(5)
    if kind < 2:
        trees._BOOKS.clear()
        trees.workbook(sheet, *pages[:i], (pages[i][0], rows), *pages[i + 1 :])
    elif kind == 2:
        part_of(chance, sheet)
    elif kind == 3:
        sheet.write_bytes(bytes_of(chance, data))
    else:
        sheet.unlink()
        other.write_bytes(as_csv(chance, rows))


def outside(root):
    """Make links that lead out of the root, with names that sheets may hold."""
    target = root.parent / "outside"
    trees.frames(target / "EP02_01f", [f"img{n}.jpg" for n in range(40, 91)])
    for folder in [path for path in root.rglob("*") if path.is_dir()]:
        if any(path.is_dir() for path in folder.iterdir()):
            for name in ("out", "outside"):
                (folder / name).symlink_to(target)


@pytest.mark.parametrize("name", NAMES)
def test_mutated_sheets(name, tmp_path):
    root = trees.make(name, tmp_path / "root")
    outside(root)
    books = [p for p in root.rglob("*.xlsx") if "~" not in p.name]
    books = [path for path in books if "MaE" not in path.name]
    sheet, real = books[0], root.resolve()
    data = sheet.read_bytes()
    pages = [(page.name, page.rows) for page in read_sheets(sheet)]
    options = {"version": "long"} if name == "smic-hs" else {}
    n_loaded = 0
    for seed in range(N_SHEETS):
        mutate(random.Random(seed), sheet, data, pages)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            said = []
            try:
                clips = load_database(name, root, **options).clips
                n_loaded += 1
            except DatasetError as error:
                clips, said = [], [str(error)]
            if name in LONG and seed % 4 == 0:
                try:
                    clips += load_long_videos(name, root).videos
                except DatasetError as error:
                    said.append(str(error))
            if seed % 4 == 1:
                said.append(check_database(root, name).table(None))
        for path in (path for clip in clips for path in clip.path):
            assert path.resolve().is_relative_to(real), seed
        assert {warning.category for warning in caught} <= {UserWarning}, seed
        for text in (*said, *(str(warning.message) for warning in caught)):
            assert text.replace("\n", "").isprintable(), (seed, text)
    assert 5 < n_loaded < N_SHEETS - 5, "mutations must break some sheets, not all"
