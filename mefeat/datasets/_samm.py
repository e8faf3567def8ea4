"""SAMM, and the long videos of SAMM."""

from mefeat.datasets._bunch import Database, signs
from mefeat.datasets._layout import (
    VERSIONS,
    ClipFolders,
    Listing,
    Root,
    bases_of,
    last_number,
    plain_name,
    table_records,
)
from mefeat.datasets._sheets import DatasetError, read_table
from mefeat.datasets._videos import LongVideo

SUBJECTS = "[0-9]{3}"
VIDEOS = "[0-9]{3}_[0-9]{1,2}"
SHEET = r"samm(?!.?(long|lv)).*(micro|facs|cod)"
LONG_SHEET = r"samm.?(long|lv)"


def collect_samm(root, *, sheet=None, version="raw"):
    """List the clips of SAMM."""
    root = Root(root)
    bases = bases_of(root, "SAMM", SUBJECTS, VERSIONS, version)
    path = root.sheet("SAMM", SHEET, sheet)
    required = ("subject", "clip", "onset", "apex", "offset", "emotion")
    table = read_table(path, required, names=["MICRO_ONLY"])
    folders = ClipFolders(root, bases, SUBJECTS)
    records = table_records(
        root,
        table,
        lambda number, row: folders.find(number, row["clip"]),
        subject="{:03d}",
        fps=200.0,
    )
    return Listing(records, f"{path.name}, {version} frames")


def collect_samm_long(root, *, sheet=None):
    """List the expressions in the long videos of SAMM."""
    return samm_videos(root, sheet=sheet)[1]


def samm_videos(root, *, sheet=None):
    """List the long videos of SAMM and their expressions."""
    root = Root(root)
    bases = bases_of(root, "SAMM Long Videos", VIDEOS, {"raw": "raw"}, "raw")
    folders = {plain_name(f.name): f for base in bases for f in root.folders(base)}
    path = root.sheet("SAMM Long Videos", LONG_SHEET, sheet)
    required = ("subject", "clip", "onset", "offset", "type")
    table = read_table(path, required, names=["FACS_Movement_Only"])

    def find(number, row):
        name = plain_name("_".join(row["clip"].split("_")[:2]))
        if name not in folders:
            raise DatasetError("the folder of the video is missing")
        return folders[name]

    records = table_records(root, table, find, subject="{:03d}", fps=200.0)
    for record in records:
        micro = record.row["type"].lower().startswith("micro")
        record.kind = record.emotion = "micro" if micro else "macro"
        record.whole = False
    videos = [
        LongVideo(
            root,
            folder,
            f"{last_number(folder.name.split('_')[0]):03d}",
            folder.name,
            200.0,
            [record for record in records if record.place == folder],
        )
        for folder in folders.values()
        if last_number(folder.name.split("_")[0]) is not None
    ]
    return videos, Listing(records, path.name)


SAMM = Database(
    "samm",
    "SAMM",
    collect_samm,
    "A. K. Davison et al., SAMM: a spontaneous micro-facial movement dataset, IEEE "
    "Transactions on Affective Computing 9, 2018, "
    "https://doi.org/10.1109/TAFFC.2016.2573832",
    fps=200.0,
    size=(1088, 2040),
    subjects=32,
    clips=159,
    rows=159,
    counts={
        "anger": 57,
        "happiness": 26,
        "others": 26,
        "surprise": 15,
        "contempt": 12,
        "disgust": 9,
        "fear": 8,
        "sadness": 6,
    },
    known={"subjects": None, "impossible key frames": 2},
    versions=("raw", "cropped"),
    sheet=SHEET,
    signs=signs(SHEET, "samm"),
)
SAMM_LONG = Database(
    "samm-lv",
    "SAMM Long Videos",
    collect_samm_long,
    "C. H. Yap, C. Kendrick, M. H. Yap, SAMM long videos: a spontaneous facial micro- "
    "and macro-expressions dataset, IEEE FG, 2020, "
    "https://doi.org/10.1109/FG47880.2020.00029",
    fps=200.0,
    size=(1088, 2040),
    subjects=32,
    clips=502,
    rows=502,
    counts={"macro": 343, "micro": 159},
    known={
        "subjects": None,
        "key frames without image": None,
        "incomplete clips": None,
        "macro-expressions": 343,
        "micro-expressions": 159,
    },
    videos=samm_videos,
    sheet=LONG_SHEET,
    signs=signs(LONG_SHEET, "samm.?long.*"),
)


def load_samm(
    root, *, sheet=None, version="raw", classes="own", frames="event", strict=False
):
    """Load SAMM.

    Parameters
    ----------
    root : path
        Folder into which it was unpacked: it, or folders in it, hold the sheet and the
        folders of the subjects, `006` and so on.
    sheet : path, optional
        The coding sheet.
    version : {"raw", "cropped"}, default="raw"
        Which frames; "cropped" are yours, in a folder with "crop" in its name.
    classes : {"own", "five", "three"} or dict, default="own"
        All 8 emotions, the 5 of most papers, the 3 of MEGC 2019, or a dict from emotion
        to class; what it does not name is left out.
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
    return SAMM.load(
        root,
        sheet=sheet,
        version=version,
        classes=classes,
        frames=frames,
        strict=strict,
    )


def load_samm_long(root, *, sheet=None, classes="own", frames="event", strict=False):
    """Load the expressions in SAMM Long Videos, each as a clip.

    For spotting, `load_long_videos` gives the videos as a whole.

    Parameters
    ----------
    root : path
        Folder into which they were unpacked.
    sheet : path, optional
        The coding sheet.
    classes : "own" or dict, default="own"
        "micro" and "macro", or a dict from these to classes.
    frames : {"event", "all"}, default="event"
        Whether a clip goes from onset to offset, or has all frames of its video.
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
    return SAMM_LONG.load(
        root, sheet=sheet, classes=classes, frames=frames, strict=strict
    )
