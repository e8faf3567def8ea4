"""Workbooks (.xlsx) as rows of text, within bounds, whoever wrote them.

A workbook is a zip of XML. Before anything is parsed, its parts are counted, and their
sizes as the archive states them, beyond which `zipfile` gives nothing out.
"""

import warnings
import zipfile
from io import BytesIO

from mefeat.datasets.errors import SheetError

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
    """Read the values of all worksheets.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of tuple
        Of each worksheet its name, its rows as tuples of what openpyxl makes of the
        cells, and the set of places (row, column), from 0, of formulas without a value.

    Raises
    ------
    SheetError
        If the file is no workbook, or larger than any coding sheet.
    """
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
    """Read a file that is not too large to be a coding sheet.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    SheetError
        If it cannot be opened or is too large.
    """
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
