"""Coding sheets read as tables of text: header, columns, cells."""

from __future__ import annotations

import csv
import warnings
import zipfile
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np

from mefeat.base._files import restored_text


class DatasetError(ValueError):
    """A database that cannot be read as asked; the message says what is missing."""


class SheetError(DatasetError):
    """A coding sheet that cannot be read; the message names the file and the place."""


# No coding sheet comes near: the largest that we know has 900 rows and 20 columns.
MAX_FILE = 2**26
MAX_UNPACKED = 2**26
MAX_PARTS = 1000
MAX_ROWS = 20_000
MAX_COLUMNS = 500
MAX_CELLS = 1_000_000

_ENTITIES = [
    word.encode(code)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for code in ("utf-8", "utf-16-le", "utf-16-be")
]


def read_workbook(path):
    """Read the values of all worksheets."""
    data = read_bytes(path)
    has_formulas = _checked_parts(path, data)
    openpyxl = _openpyxl()
    try:
        # openpyxl remarks on styles and extensions, of which nothing is needed here.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sheets = _values(openpyxl, path, data, has_formulas)
            formulas = sheets
            if has_formulas:
                formulas = _values(openpyxl, path, data, False, data_only=False)
    except SheetError:
        raise
    # Whatever a file can do to a parser, it shall be told in our words.
    except Exception as error:
        raise SheetError(
            f"{path}: is no workbook that openpyxl can read ({error!r:.200})."
        ) from None
    return [
        (name, rows, _uncalculated(rows, formulas[i][1]))
        for i, (name, rows) in enumerate(sheets)
    ]


def read_bytes(path):
    """Read a file that is not too large to be a coding sheet."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise SheetError(f"{path}: cannot be opened ({error.strerror}).") from None
    if len(data) > MAX_FILE:
        raise SheetError(
            f"{path}: is larger than {MAX_FILE >> 20} MiB, no coding sheet is."
        )
    return data


def _openpyxl():
    try:
        import openpyxl
    except ImportError:
        raise ImportError(
            "coding sheets in .xlsx need openpyxl: pip install 'mefeat[datasets]', or "
            "save it as .csv."
        ) from None
    return openpyxl


def _checked_parts(path, data):
    """Refuse bombs and entities; say whether there are formulas."""
    has_formulas = False
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED:
                raise SheetError(
                    f"{path}: unpacks to {len(parts)} parts of {unpacked} bytes, more "
                    f"than the {MAX_PARTS} parts and {MAX_UNPACKED} bytes that a "
                    "coding sheet may have."
                )
            for part in parts:
                text = archive.read(part)
                if any(word in text for word in _ENTITIES):
                    raise SheetError(
                        f"{path}: the part {part.filename!r} declares entities, which "
                        "no spreadsheet program writes."
                    )
                has_formulas |= b"<f>" in text or b"<f " in text
    except SheetError:
        raise
    # BadZipFile, zlib.error, RuntimeError (passwords), NotImplementedError and others.
    except Exception as error:
        raise SheetError(
            f"{path}: is no .xlsx workbook ({error!r:.200}); save it as one or as .csv."
        ) from None
    return has_formulas


def _values(openpyxl, path, data, kinds, data_only=True):
    book = openpyxl.load_workbook(
        BytesIO(data), read_only=True, data_only=data_only, keep_links=False
    )
    try:
        return [(sheet.title, _rows(path, sheet, kinds)) for sheet in book.worksheets]
    finally:
        book.close()


def _rows(path, sheet, kinds):
    """Get the values of a sheet; with `kinds` an empty text is told from no value."""
    # The sheet's own word on its size cannot be trusted.
    sheet.reset_dimensions()
    rows, n_cells = [], 0
    for cells in sheet.iter_rows(values_only=not kinds):
        row = tuple(map(_value, cells)) if kinds else cells
        rows.append(row)
        n_cells += len(row)
        too_large = len(rows) > MAX_ROWS or n_cells > MAX_CELLS
        if too_large or len(row) > MAX_COLUMNS:
            raise SheetError(
                f"{path}: worksheet {sheet.title!r}, row {len(rows)}: has more than "
                f"{MAX_ROWS} rows, {MAX_COLUMNS} columns or {MAX_CELLS} cells; no "
                "coding sheet does."
            )
    return rows


def _value(cell):
    return "" if cell.value is None and cell.data_type == "str" else cell.value


def _uncalculated(rows, formulas):
    if rows is formulas:
        return frozenset()
    return frozenset(
        (i, j)
        for i, (row, written) in enumerate(zip(rows, formulas, strict=False))
        for j, (value, formula) in enumerate(zip(row, written, strict=False))
        if value is None and formula is not None
    )


SUFFIXES = (".xlsx", ".csv")

# Rows searched for a header; SAMM has its own on the 14th.
HEADER_WITHIN = 60

# Names of columns without blanks and in lower case, as the databases write them.
COLUMNS = {
    "subject": ("subject", "sub", "participant"),
    "clip": ("filename", "seq", "video", "clip"),
    "onset": ("onsetframe", "onsetf", "onset", "onset1f"),
    "apex": ("apexframe", "apexf", "apexf1", "apex"),
    "apex2": ("apexf2",),
    "offset": ("offsetframe", "offsetf", "offset", "offset1f"),
    "onset2": ("onset2f",),
    "offset2": ("offset2f",),
    "onset3": ("onset3f",),
    "offset3": ("offset3f",),
    "first": ("firstf",),
    "last": ("lastf",),
    "action_units": ("actionunits", "actionunit", "aus", "au"),
    "emotion": ("estimatedemotion", "emotion", "label"),
    "objective": ("objectiveclasses", "objectiveclass"),
    "type": ("type", "expressiontype", "micro"),
    "inducement": ("inducementcode",),
    "remarks": ("notes", "remarks", "remark"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A worksheet, or a CSV file."""

    path: Path
    name: str
    rows: list
    uncalculated: frozenset = frozenset()

    def cell(self, i, j):
        """Get a cell."""
        if (i, j) in self.uncalculated:
            raise SheetError(
                f"{self.path}: worksheet {self.name!r}, row {i + 1}, column {j + 1}: "
                "is a formula without a calculated value. Open the sheet in a "
                "spreadsheet program and save it, so that it holds the values."
            )
        row = self.rows[i]
        return row[j] if j < len(row) else ""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The rows of a sheet by our names of the columns."""

    path: Path
    rows: list = field(default_factory=list)
    columns: tuple = ()
    sheet: str = ""


def read_sheets(path):
    """Read all worksheets of a file."""
    path = Path(path)
    if path.suffix.lower() == ".csv":
        return [Sheet(path, path.stem, _csv_rows(path))]
    if path.suffix.lower() != ".xlsx":
        raise SheetError(
            f"{path}: a coding sheet must end in {' or '.join(SUFFIXES)}; save it so."
        )
    return [
        Sheet(path, name, [[cell_text(v) for v in row] for row in rows], uncalculated)
        for name, rows, uncalculated in read_workbook(path)
    ]


def read_table(path, required, *, names=(), columns=None):
    r"""Read the table of a sheet whose columns have names."""
    columns = COLUMNS if columns is None else columns
    sheets = read_sheets(path)
    sheets.sort(key=lambda sheet: sheet.name not in names)
    for sheet in sheets:
        for i in range(min(HEADER_WITHIN, len(sheet.rows))):
            places = _places(sheet.rows[i], columns)
            if all(name in places for name in required):
                rows = _below(sheet, i, places)
                return Table(sheet.path, rows, tuple(places), sheet.name)
    heads = " or ".join(repr(columns[name][0]) for name in required)
    raise SheetError(
        f"{path}: none of the first {HEADER_WITHIN} rows names the columns {heads} "
        f"(worksheets {[sheet.name for sheet in sheets]})."
    )


def cell_text(value):
    """Write the value of a cell as text."""
    if value is None:
        return ""
    if (
        isinstance(value, float | np.floating)
        and value.is_integer()
        and abs(value) < 2**53
    ):
        value = int(value)
    return str(value).strip()


def _places(row, columns):
    """Find which column is where; of two with one name the first counts."""
    heads = ["".join(cell.lower().split()).replace("_", "") for cell in row]
    places = {}
    for name, words in columns.items():
        found = [heads.index(word) for word in words if word in heads]
        if found:
            places[name] = found[0]
    return places


def _below(sheet, header, places):
    rows = []
    for i in range(header + 1, len(sheet.rows)):
        row = {name: sheet.cell(i, j) for name, j in places.items()}
        if any(row.values()):
            rows.append(row | {"row": i + 1})
    return rows


def _delimiter(text):
    """Guess what stands between cells; lines of a title may come before the header."""
    if text[:4].lower() == "sep=" and text[4:5] in (",", ";", "\t"):
        return text[4]
    lines = text[:100_000].splitlines()[:HEADER_WITHIN]
    for least in (2, 1):
        for line in lines:
            most = max(",;\t", key=line.count)
            if line.count(most) >= least:
                return most
    return ","


def _csv_rows(path):
    data = read_bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetError(
            f'{path}: is not UTF-8 text: save it as such, in Excel as "CSV UTF-8".'
        ) from None
    delimiter = _delimiter(text)
    if text[:5].lower() == f"sep={delimiter}":
        text = text[5:]
    rows, n_cells = [], 0
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter):
            rows.append([restored_text(cell.strip()) for cell in row])
            n_cells += len(row)
            too_large = len(rows) > MAX_ROWS or n_cells > MAX_CELLS
            if too_large or len(row) > MAX_COLUMNS:
                raise SheetError(
                    f"{path}: row {len(rows)}: has more than {MAX_ROWS} rows, "
                    f"{MAX_COLUMNS} columns or {MAX_CELLS} cells; no coding sheet does."
                )
    except csv.Error as error:
        raise SheetError(f"{path}: row {len(rows) + 1}: {error}.") from None
    return rows
