"""Coding sheets as tables of text: where the header is, what its columns are called."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import numpy as np

from mefeat.base import restored_text
from mefeat.datasets.errors import SheetError
from mefeat.datasets.workbooks import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    read_bytes,
    read_workbook,
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
    """A worksheet, or a CSV file.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Name of the worksheet.
    rows : list of list of str
        Cells as text, blanks trimmed, empty ones as "".
    uncalculated : frozenset of tuple of int
        Places (row, column), from 0, of formulas without a value.
    """

    path: Path
    name: str
    rows: list
    uncalculated: frozenset = frozenset()

    def cell(self, i, j):
        """Get a cell.

        Parameters
        ----------
        i, j : int
            Row and column, from 0.

        Returns
        -------
        str
            The text, "" beyond the end of the row.

        Raises
        ------
        SheetError
            If it is a formula of which the file does not hold the value.
        """
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
    """The rows of a sheet by our names of the columns.

    Parameters
    ----------
    path : Path
        The file.
    rows : list of dict of str to str
        Cells by column; "row" is the number of the row in the file, from 1.
    columns : tuple of str
        Columns that the sheet has.
    sheet : str
        Name of the worksheet.
    """

    path: Path
    rows: list = field(default_factory=list)
    columns: tuple = ()
    sheet: str = ""


def read_sheets(path):
    """Read all worksheets of a file.

    Parameters
    ----------
    path : path
        A file .xlsx or .csv.

    Returns
    -------
    list of Sheet
        Its worksheets; a CSV file is one.

    Raises
    ------
    SheetError
        If it cannot be read, or is larger than any coding sheet.
    """
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
    r"""Read the table of a sheet whose columns have names.

    Parameters
    ----------
    path : path
        The file.
    required : sequence of str
        Columns that must be there, by our names.
    names : sequence of str, default=()
        Worksheets to look at first.
    columns : dict of str to sequence of str, optional
        What columns may be called; `COLUMNS` by default.

    Returns
    -------
    Table
        The rows below the header but for empty ones.

    Raises
    ------
    SheetError
        If no worksheet has a row that names the columns.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "sheet.csv"
    >>> _ = path.write_text("a remark\nSubject,Filename,Onset\n01,EP02_01f,46\n")
    >>> read_table(path, ["subject", "onset"]).rows
    [{'subject': '01', 'clip': 'EP02_01f', 'onset': '46', 'row': 3}]
    """
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
    """Write the value of a cell as text.

    Parameters
    ----------
    value : object
        What openpyxl makes of a cell.

    Returns
    -------
    str
        The text without blanks around it; whole floats without their ".0".

    Examples
    --------
    >>> cell_text(46.0), cell_text(" 006"), cell_text(None), cell_text("NULL")
    ('46', '006', '', 'NULL')
    """
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
