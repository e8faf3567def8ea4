"""CASME and CASME II."""

import re

from mefeat.datasets._bunch import Database, signs
from mefeat.datasets._layout import (
    BLANKS,
    VERSIONS,
    ClipFolders,
    Listing,
    Root,
    bases_of,
    table_records,
)
from mefeat.datasets._sheets import read_table

SUBJECTS = r"sub\d{1,2}"
CASME2_SHEET = r"casme[ _-]?(2|ii).*cod"
CASME_SHEET = r"casme(?![ _^-]?(2|3|ii|sq))"
CASME_VERSIONS = VERSIONS | {"original": "section"}


def collect_casme2(root, *, sheet=None, version="raw"):
    """List the clips of CASME II."""
    root = Root(root)
    path = root.sheet("CASME II", CASME2_SHEET, sheet)
    table = read_table(path, ("subject", "clip", "onset", "offset", "emotion"))
    bases = bases_of(root, "CASME II", SUBJECTS, VERSIONS, version)
    folders = ClipFolders(root, bases, SUBJECTS)
    records = table_records(
        root,
        table,
        lambda number, row: folders.find(number, row["clip"]),
        subject="sub{:02d}",
        fps=200.0,
    )
    # Only the later sheet has objective classes, and other emotions in three rows.
    found = re.search("20[0-9]{2}", path.name)
    year = found[0] if found else "2019" if "objective" in table.columns else "2014"
    source = f"{path.name} (the sheet of {year}), {version} frames"
    return Listing(records, source, comparable=year == "2014")


def collect_casme(root, *, sheet=None, version="raw"):
    """List the clips of CASME."""
    root = Root(root)
    path = root.sheet("CASME", CASME_SHEET, sheet)
    table = read_table(path, ("subject", "clip", "onset", "offset", "emotion"))
    bases = bases_of(root, "CASME", SUBJECTS, CASME_VERSIONS, version)
    folders = ClipFolders(root, bases, SUBJECTS)

    def find(number, row):
        name = row["clip"]
        return folders.find(
            number, name.split("_")[0] if version == "original" else name
        )

    records = table_records(root, table, find, subject="sub{:02d}", fps=60.0)
    for record in records:
        record.whole = version != "original"
        if record.apex in BLANKS:
            record.apex = record.row.get("apex2", "")
    return Listing(records, f"{path.name}, {version} frames")


CASME2 = Database(
    "casme2",
    "CASME II",
    collect_casme2,
    "W.-J. Yan et al., CASME II: an improved spontaneous micro-expression database and "
    "the baseline evaluation, PLoS ONE 9, 2014, "
    "https://doi.org/10.1371/journal.pone.0086041",
    fps=200.0,
    size=(480, 640),
    subjects=26,
    clips=255,
    rows=255,
    counts={
        "others": 99,
        "disgust": 63,
        "happiness": 32,
        "repression": 27,
        "surprise": 25,
        "sadness": 7,
        "fear": 2,
    },
    versions=("raw", "cropped"),
    sheet=CASME2_SHEET,
    signs=signs(CASME2_SHEET, "casme2.*"),
)
CASME = Database(
    "casme",
    "CASME",
    collect_casme,
    "W.-J. Yan et al., CASME database: a dataset of spontaneous micro-expressions "
    "collected from neutralized faces, IEEE FG, 2013, "
    "https://doi.org/10.1109/FG.2013.6553799",
    fps=60.0,
    subjects=19,
    clips=189,
    rows=189,
    versions=("raw", "cropped", "original"),
    sheet=CASME_SHEET,
    signs=signs(CASME_SHEET, "casme_(raw|a|b).*|section [ab]"),
)


def load_casme2(
    root, *, sheet=None, version="raw", classes="own", frames="event", strict=False
):
    """Load CASME II.

    Parameters
    ----------
    root : path
        Folder into which it was unpacked: it, or folders in it, hold the sheet and
        `CASME2_RAW_selected` or `Cropped`.
    sheet : path, optional
        The coding sheet; by default what lies below `root`, that of 2014 before that
        of 2019.
    version : {"raw", "cropped"}, default="raw"
        Which frames.
    classes : {"own", "five", "three"} or dict, default="own"
        All 7 emotions, the 5 of most papers (without sadness and fear), the 3 of MEGC
        2019, or a dict from emotion to class; what it does not name is left out.
    frames : {"event", "all"}, default="event"
        Whether a clip goes from onset to offset, or has all frames of its folder.
    strict : bool, default=False
        Whether a row that cannot be used is an error, not a warning.

    Returns
    -------
    Bunch
        With the fields

        - `clips`, a list of `ClipFile` with key frames and fps;
        - `target`, the classes as indices into `target_names`;
        - `target_names`, the names of the classes that occur;
        - `groups`, the subject of each clip;
        - `frame`, a DataFrame of one row per clip: subject, clip, path, onset, apex,
          offset, emotion and action_units as written, class, kind, units (parsed),
          sheet, notes;
        - `DESCR`, what was read, counted and left out.

    Raises
    ------
    DatasetError
        If sheet or frames are not there, or nothing of it can be used.

    Warns
    -----
    UserWarning
        One that lists rows which cannot be used, one that lists impossible key frames.
    """
    return CASME2.load(
        root,
        sheet=sheet,
        version=version,
        classes=classes,
        frames=frames,
        strict=strict,
    )


def load_casme(
    root, *, sheet=None, version="raw", classes="own", frames="event", strict=False
):
    """Load CASME.

    Parameters
    ----------
    root : path
        Folder into which it was unpacked.
    sheet : path, optional
        The coding sheet.
    version : {"raw", "cropped", "original"}, default="raw"
        Which frames; "original" cuts the clips out of the videos of sections A and B.
    classes : {"own", "three"} or dict, default="own"
        All 8 emotions, 3 classes in the way of MEGC 2019, or a dict from emotion to
        class.
    frames : {"event", "all"}, default="event"
        Whether a clip goes from onset to offset, or has all frames of its folder.
    strict : bool, default=False
        Whether a row that cannot be used is an error, not a warning.

    Returns
    -------
    Bunch
        As `load_casme2`.

    Raises
    ------
    DatasetError
        If sheet or frames are not there, or nothing of it can be used.
    """
    return CASME.load(
        root,
        sheet=sheet,
        version=version,
        classes=classes,
        frames=frames,
        strict=strict,
    )
