"""Rows of a sheet as records of clips."""

from mefeat.datasets.errors import DatasetError
from mefeat.datasets.folders import last_number
from mefeat.datasets.records import Record


def table_records(root, table, find, *, subject, fps):
    """Make records of a table whose rows name a subject and a clip.

    Parameters
    ----------
    root : Root
        The root.
    table : Table
        The rows.
    find : callable
        ``find(number, row)`` gives the folder of a row, or raises `DatasetError`.
    subject : str
        How subjects are written, a format of their number.
    fps : float
        Frames per second.

    Returns
    -------
    list of Record
        A record for each row.
    """
    records = []
    for row in table.rows:
        number = last_number(row["subject"])
        if number is None and not row["clip"]:
            # A legend below the table.
            continue
        record = Record(
            root,
            row["subject"] if number is None else subject.format(number),
            row["clip"],
            onset=row.get("onset", ""),
            apex=row.get("apex", ""),
            offset=row.get("offset", ""),
            emotion=row.get("emotion", ""),
            action_units=row.get("action_units", ""),
            fps=fps,
            where=f"{table.path.name} row {row['row']}",
            more={"sheet": table.path.name},
            row=row,
        )
        if "objective" in row:
            record.more["objective"] = row["objective"]
        if row.get("remarks"):
            record.notes.append(row["remarks"])
        try:
            record.place = find(number, row)
        except DatasetError as error:
            record.trouble = str(error)
        records.append(record)
    return records
