"""MMEW."""

from mefeat.datasets._bunch import Database, emotion_name, signs
from mefeat.datasets._layout import Listing, Root, plain_name, table_records
from mefeat.datasets._sheets import DatasetError, read_table

EMOTIONS = "happiness|anger|surprise|disgust|fear|sadness|repression|others?"
SHEET = r"(mmew|micro.?exp)(?!.*macro)"


def collect_mmew(root, *, sheet=None):
    """List the clips of MMEW."""
    root = Root(root)
    found = root.bases(EMOTIONS)
    bases = [base for base in found if "macro" not in root.relative(base).lower()]
    if not bases:
        raise DatasetError(
            f"{root.path}: no folders of emotions of MMEW, as in Micro_Expression."
        )
    places = {}
    for emotion in (folder for base in bases for folder in root.folders(base)):
        for folder in root.folders(emotion):
            name = plain_name(folder.name)
            places.setdefault((emotion_name(emotion.name), name), folder)
            places.setdefault(name, folder)
    path = root.sheet("MMEW", SHEET, sheet)
    required = ("subject", "clip", "onset", "apex", "offset", "emotion")
    table = read_table(path, required)

    def find(number, row):
        name = plain_name(row["clip"])
        # The sheet and the folder may name the emotion differently.
        for key in ((emotion_name(row["emotion"]), name), name):
            if key in places:
                return places[key]
        raise DatasetError("the folder of the clip is missing")

    records = table_records(root, table, find, subject="S{:02d}", fps=90.0)
    return Listing(records, path.name)


MMEW = Database(
    "mmew",
    "MMEW",
    collect_mmew,
    "X. Ben et al., Video-based facial micro-expression analysis: a survey of "
    "datasets, features and algorithms, IEEE Transactions on Pattern Analysis "
    "and Machine Intelligence 44, 2022, https://doi.org/10.1109/TPAMI.2021.3067464",
    fps=90.0,
    clips=300,
    rows=300,
    sheet=SHEET,
    signs=signs("mmew", "micro_expressions?|mmew.*"),
)


def load_mmew(root, *, sheet=None, classes="own", frames="event", strict=False):
    """Load the micro-expressions of MMEW.

    Parameters
    ----------
    root : path
        Folder into which it was unpacked: it, or folders in it, hold the sheet and
        `Micro_Expression`.
    sheet : path, optional
        The coding sheet.
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
        As `load_casme2`.

    Raises
    ------
    DatasetError
        If sheet or frames are not there, or nothing of it can be used.
    """
    return MMEW.load(root, sheet=sheet, classes=classes, frames=frames, strict=strict)
