"""CAS(ME)^3, part A."""

from mefeat.datasets._bunch import Database, signs
from mefeat.datasets._layout import (
    ClipFolders,
    Listing,
    Root,
    frame_number,
    plain_name,
    table_records,
)
from mefeat.datasets._sheets import DatasetError, read_table

SUBJECTS = r"spno\.?[0-9]{1,3}"
CLIPS = r"spno\.?[0-9]{1,3}_[^_]+_[0-9]+"
SHEET = r"cas\(?me\)?.?\^?3(?!.*mae).*|casme.?3(?!.*mae).*"
VERSIONS = ("clips", "raw")


def collect_casme3(root, *, sheet=None, version="clips"):
    """List the clips of part A of CAS(ME)^3."""
    if version not in VERSIONS:
        raise ValueError(
            f"version must be one of {VERSIONS} for CAS(ME)^3, got {version!r}."
        )
    root = Root(root)
    find = _clips(root) if version == "clips" else _videos(root)
    path = root.sheet("CAS(ME)^3", SHEET, sheet)
    required = ("subject", "clip", "onset", "offset", "emotion")
    table = read_table(path, required, names=["label"])
    records = table_records(root, table, find, subject="spNO.{}", fps=30.0)
    for record in records:
        record.clip = f"{record.clip}_{record.onset.removesuffix('.0')}"
        record.whole = version == "clips"
    return Listing(records, f"{path.name}, {version}")


def _clips(root):
    """Find folders named by subject, video and onset."""
    bases = root.bases(CLIPS)
    if not bases:
        raise DatasetError(
            f"{root.path}: no folders like spNO.1_b_166 of CAS(ME)^3; the version "
            "'raw' cuts the clips out of the videos."
        )
    folders = {plain_name(f.name): f for base in bases for f in root.folders(base)}

    def find(number, row):
        onset = frame_number(row["onset"])
        name = plain_name(f"spno.{number}_{row['clip']}_{onset}")
        for other in (name, name.replace("spno.", "spno")):
            if other in folders:
                return folders[other]
        raise DatasetError("the folder of the clip is missing")

    return find


def _videos(root):
    """Find the color frames of the video of a subject."""
    bases = root.bases(SUBJECTS)
    if not bases:
        raise DatasetError(f"{root.path}: no folders like spNO.1 of CAS(ME)^3.")
    folders = ClipFolders(root, bases, SUBJECTS)

    def find(number, row):
        folder = folders.find(number, row["clip"])
        color = [f for f in root.folders(folder) if f.name.lower() == "color"]
        return color[0] if color else folder

    return find


CASME3 = Database(
    "casme3",
    "CAS(ME)^3 part A",
    collect_casme3,
    "J. Li et al., CAS(ME)^3: a third generation facial spontaneous micro-expression "
    "database with depth information and high ecological validity, IEEE Transactions "
    "on Pattern Analysis and Machine Intelligence 45, 2023, "
    "https://doi.org/10.1109/TPAMI.2022.3174895",
    fps=30.0,
    size=(720, 1280),
    subjects=100,
    clips=860,
    rows=860,
    known={
        "subjects": None,
        "key frames without image": None,
        "incomplete clips": None,
    },
    versions=VERSIONS,
    sheet=SHEET,
    signs=signs(SHEET, "part_a.*"),
)


def load_casme3(
    root, *, sheet=None, version="clips", classes="own", frames="event", strict=False
):
    """Load the micro-expressions of part A of CAS(ME)^3.

    Parameters
    ----------
    root : path
        Folder into which it was unpacked: it, or folders in it, hold the sheet of the
        micro-expressions and `Part_A_ME_clip` or `part_A`.
    sheet : path, optional
        The coding sheet.
    version : {"clips", "raw"}, default="clips"
        Which frames; "raw" cuts the clips out of the videos.
    classes : {"own", "three"} or dict, default="own"
        All 7 emotions, 3 classes in the way of MEGC 2019, or a dict from emotion to
        class.
    frames : {"event", "all"}, default="event"
        Whether a clip goes from onset to offset, or has all frames of its folder.
    strict : bool, default=False
        Whether a row that cannot be used is an error, not a warning.

    Returns
    -------
    Bunch
        As `load_casme2`; a clip is called by its video and its onset, ``b_166``.

    Raises
    ------
    DatasetError
        If sheet or frames are not there, or nothing of it can be used.
    """
    return CASME3.load(
        root,
        sheet=sheet,
        version=version,
        classes=classes,
        frames=frames,
        strict=strict,
    )
