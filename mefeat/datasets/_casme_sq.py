"""CAS(ME)^2: sheets without headers, and folders named by code and by name."""

import re

from mefeat.datasets._bunch import Database, signs
from mefeat.datasets._layout import (
    ClipFolders,
    Listing,
    Root,
    bases_of,
    last_number,
    table_records,
)
from mefeat.datasets._sheets import DatasetError, SheetError, Table, read_sheets
from mefeat.datasets._videos import LongVideo

SUBJECTS = "s[0-9]{1,2}"
SHEET = r"cas\(me\)\^?2.*cod|casme.?(\^2|sq).*cod"
VERSIONS = {"selected": "select", "raw": "raw", "cropped": "crop"}
KINDS = ("micro", "macro", "all")

# By position, since there is no header.
_COLUMNS = (
    *("subject", "clip", "onset", "apex", "offset", "action_units", "emotion"),
    *("type", "self_report"),
)


def _sheet_table(root, given):
    """Read the three sheets: codes, folder of each participant, code of each film."""
    path = root.sheet("CAS(ME)^2", SHEET, given)
    sheets = [sheet for sheet in read_sheets(path) if any(map(any, sheet.rows))]
    if len(sheets) < 3:
        raise SheetError(
            f"{path}: expected three worksheets with the codes, the folders of the "
            f"participants and the codes of the films, got {len(sheets)}."
        )
    codes, participants, films = sheets[:3]
    rows = []
    for i in range(len(codes.rows)):
        cells = [codes.cell(i, j) for j in range(len(_COLUMNS))]
        if last_number(cells[0]) is not None:
            rows.append(dict(zip(_COLUMNS, cells, strict=True)) | {"row": i + 1})
    if not rows:
        raise SheetError(
            f"{path}: worksheet {codes.name!r} has no row that begins with the number "
            "of a participant."
        )
    numbers = {last_number(row["subject"]) for row in rows}
    folders = _participants(participants, numbers)
    return Table(path, rows, _COLUMNS), folders, _films(films)


def _participants(sheet, numbers):
    """Folder number of each participant; a line is there for each expression."""
    rows = [row for row in sheet.rows if any(row)]
    folders = {}
    for row in rows:
        named = [cell for cell in row if re.fullmatch(SUBJECTS, cell.lower())]
        whole = [int(cell) for cell in row if re.fullmatch("[0-9]{1,4}", cell)]
        if named:
            folder = last_number(named[0])
            # The row may repeat the folder's number beside that of the participant.
            own = [n for n in whole if n in numbers and n != folder]
            own = own or [n for n in whole if n in numbers]
        else:
            own, folder = whole[:1], whole[1] if len(whole) > 1 else None
        if own and folder is not None:
            folders.setdefault(own[-1], folder)
    return folders


def _films(sheet):
    """Code of each film by its name, four digits as text."""
    films = {}
    for row in sheet.rows:
        code = [cell for cell in row if re.fullmatch("[0-9]{3,4}", cell)]
        name = [cell for cell in row if re.match("[A-Za-z]", cell)]
        if code and name:
            films[name[0].lower()] = code[0].zfill(4)
    return films


def _videos(root, bases):
    """Folders of long videos by subject and code.

    A folder whose name begins with another subject's number, as one does, counts for
    the subject that it names, where that has none of its own.
    """
    found, strays = {}, {}
    folders = ClipFolders(root, bases, SUBJECTS)
    for subject in folders.subjects:
        for path in folders.of(subject):
            match = re.match("(?:([0-9]{1,2})_)?([0-9]{4})", path.name)
            if match is None:
                continue
            named = int(match[1]) if match[1] else subject
            place = found if named == subject else strays
            place.setdefault((named, match[2]), path)
    return strays | found


def _records(root, sheet, find, fps=30.0):
    table, participants, films = _sheet_table(root, sheet)
    for row in table.rows:
        number = last_number(row["subject"])
        row["number"] = number
        row["folder"] = participants.get(number)
        if row["folder"] is not None:
            row["subject"] = f"s{row['folder']:02d}"
        row["film"] = films.get(row["clip"].rsplit("_", 1)[0].lower())

    def find_own(number, row):
        # The number of a participant is that of another one's folder.
        if row["folder"] is None:
            raise DatasetError(
                f"participant {row['number']} has no folder in the second worksheet"
            )
        return find(number, row)

    records = table_records(root, table, find_own, subject="s{:02d}", fps=fps)
    for record in records:
        macro = record.row["type"].lower().startswith("macro")
        record.kind = "macro" if macro else "micro"
        record.more["self_report"] = record.row["self_report"]
    return records, table.path


def _in_video(videos):
    def find(number, row):
        if row["film"] is None:
            raise DatasetError(
                f"the film of {row['clip']!r} has no code in the third worksheet"
            )
        if (row["folder"], row["film"]) not in videos:
            raise DatasetError(f"the folder of the video {row['film']} is missing")
        return videos[row["folder"], row["film"]]

    return find


def collect_casme_sq(root, *, sheet=None, version="selected", kind="micro"):
    """List the clips of CAS(ME)^2."""
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}, got {kind!r}.")
    root = Root(root)
    bases = bases_of(root, "CAS(ME)^2", SUBJECTS, VERSIONS, version)
    if version == "raw":
        find = _in_video(_videos(root, bases))
    else:
        folders = ClipFolders(root, bases, SUBJECTS)

        def find(number, row):
            return folders.find(number, row["clip"])

    records, path = _records(root, sheet, find)
    records = [record for record in records if kind in (record.kind, "all")]
    for record in records:
        record.whole = version != "raw"
    return Listing(records, f"{path.name}, {version} frames, {kind}-expressions")


def casme_sq_videos(root, *, sheet=None):
    """List the long videos of CAS(ME)^2 and their expressions."""
    root = Root(root)
    folders = _videos(root, bases_of(root, "CAS(ME)^2", SUBJECTS, VERSIONS, "raw"))
    records, path = _records(root, sheet, _in_video(folders))
    videos = []
    for (subject, _), folder in sorted(folders.items()):
        events = [record for record in records if record.place == folder]
        name = f"s{subject:02d}"
        videos.append(LongVideo(root, folder, name, folder.name, 30.0, events))
    return videos, Listing(records, path.name)


CASME_SQ = Database(
    "casme-sq",
    "CAS(ME)^2",
    collect_casme_sq,
    "F. Qu et al., CAS(ME)^2: a database for spontaneous macro-expression and "
    "micro-expression spotting and recognition, IEEE Transactions on Affective "
    "Computing 9, 2018, https://doi.org/10.1109/TAFFC.2017.2654440",
    fps=30.0,
    size=(480, 640),
    subjects=22,
    clips=57,
    rows=57,
    counts={"negative": 21, "others": 19, "surprise": 9, "positive": 8},
    known={
        "subjects": None,
        "impossible key frames": None,
        "macro-expressions": 300,
        "micro-expressions": 57,
    },
    videos=casme_sq_videos,
    versions=("selected", "raw", "cropped"),
    sheet=SHEET,
    signs=signs(SHEET, r"rawpic|selectedpic|cas\(me\)\W?2"),
)


def load_casme_sq(
    root,
    *,
    sheet=None,
    version="selected",
    kind="micro",
    classes="own",
    frames="event",
    strict=False,
):
    """Load CAS(ME)^2.

    For spotting, `load_long_videos` gives the long videos as a whole.

    Parameters
    ----------
    root : path
        Folder into which it was unpacked: it, or folders in it, hold the workbook and
        `selectedpic` or `rawpic`.
    sheet : path, optional
        The workbook.
    version : {"selected", "raw", "cropped"}, default="selected"
        Which frames; "raw" cuts the clips out of the long videos, "cropped" are yours,
        laid out as the selected ones in a folder with "crop" in its name.
    kind : {"micro", "macro", "all"}, default="micro"
        Which expressions.
    classes : {"own", "three"} or dict, default="own"
        negative, positive, surprise and others; without the others; or a dict from
        emotion to class.
    frames : {"event", "all"}, default="event"
        Whether a clip goes from onset to offset, or has all frames of its folder.
    strict : bool, default=False
        Whether a row that cannot be used is an error, not a warning.

    Returns
    -------
    Bunch
        As `load_casme2`; `frame` has the column self_report too.

    Raises
    ------
    DatasetError
        If workbook or frames are not there, or nothing of it can be used.
    """
    return CASME_SQ.load(
        root,
        sheet=sheet,
        version=version,
        kind=kind,
        classes=classes,
        frames=frames,
        strict=strict,
    )
