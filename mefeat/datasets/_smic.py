"""SMIC: three cameras; cropped and raw clips labelled by their folders, long videos."""

import re
from functools import partial

from mefeat.datasets._bunch import Database
from mefeat.datasets._layout import (
    VERSIONS,
    ClipFolders,
    Listing,
    Record,
    Root,
    bases_of,
    last_number,
    mark_twins,
    table_records,
)
from mefeat.datasets._sheets import DatasetError, read_table
from mefeat.datasets._videos import LongVideo

SUBJECTS = "s[0-9]{1,2}"
SHEET = r"smic"
EMOTIONS = ("negative", "positive", "surprise")
CAMERAS = {"hs": 100.0, "vis": 25.0, "nir": 25.0}
SMIC_VERSIONS = VERSIONS | {"long": "long|(?<=-)e(?![a-z])"}
_CAMERA = r"(?<![a-z])(hs|vis|nir)(?![a-z])"


def _bases(root, camera, version):
    """Find the folders of subjects of one camera."""
    title = f"SMIC-{camera.upper()}"
    found = []
    for base in bases_of(root, title, SUBJECTS, SMIC_VERSIONS, version):
        below = base.relative_to(root.path).parts
        names = (*reversed(below), root.real.name, root.real.parent.name)
        cameras = [re.search(_CAMERA, name.lower()) for name in names]
        first = next((match[1] for match in cameras if match), None)
        if first == camera:
            found.append(base)
    if not found:
        raise DatasetError(
            f"{root.path}: no folder {camera.upper()} of {title} in the version "
            f"{version!r}."
        )
    return found


def collect_smic(root, *, camera, version="cropped", sheet=None):
    """List the clips of SMIC."""
    if version == "long":
        return smic_videos(root, camera=camera, sheet=sheet)[1]
    root = Root(root)
    folders = ClipFolders(root, _bases(root, camera, version), SUBJECTS, ("micro",))
    records = []
    for number in sorted(folders.subjects):
        for labelled in folders.of(number):
            records += _labelled(root, labelled, number, CAMERAS[camera])
    if not records:
        raise DatasetError(
            f"{root.path}: no folders micro/negative, micro/positive or micro/surprise "
            "below those of the subjects."
        )
    mark_twins(records)
    return Listing(records, f"the folders, {version} frames")


def _labelled(root, folder, number, fps):
    """Make records of a folder that is named by the emotion."""
    emotion = folder.name.lower()
    if emotion not in EMOTIONS:
        return []
    records = []
    for place in root.folders(folder):
        record = Record(root, f"s{number:02d}", place.name, place, emotion=emotion)
        record.fps, record.where, record.trimmed = fps, "folder", True
        records.append(record)
    return records


def smic_videos(root, *, camera="hs", sheet=None):
    """List the long videos of SMIC and their expressions."""
    root = Root(root)
    fps = CAMERAS[camera]
    folders = ClipFolders(root, _bases(root, camera, "long"), SUBJECTS)
    path = root.sheet("SMIC", SHEET, sheet)
    required = ("subject", "clip", "onset", "offset", "emotion")
    table = read_table(path, required, names=[camera.upper()])
    if table.sheet.lower() in {*CAMERAS} - {camera}:
        raise DatasetError(
            f"{path}: has no worksheet {camera.upper()}, but one of {table.sheet}: "
            f"give the coding sheet of the videos of {camera.upper()} (`sheet` of the "
            "loader, --sheet)."
        )

    def find(number, row):
        return folders.find(number, row["clip"])

    records = []
    for first in table_records(root, table, find, subject="s{:02d}", fps=fps):
        first.whole = False
        first.notes += _ends(first.row)
        records.append(first)
        records += _further(first)
    videos = [
        LongVideo(
            root,
            folder,
            f"s{number:02d}",
            folder.name,
            fps,
            [record for record in records if record.place == folder],
        )
        for number in sorted(folders.subjects)
        for folder in folders.of(number)
        # A folder that was unpacked twice counts once.
        if folders.find(number, folder.name) == folder
    ]
    return videos, Listing(records, f"{path.name}, long videos")


def _ends(row):
    """Remark on ends of a video that are no numbers."""
    names = {"first": "FirstF", "last": "LastF"}
    return [
        f"{title} is {row[name]!r}"
        for name, title in names.items()
        if row.get(name) and not re.fullmatch("[0-9]+", row[name])
    ]


def _further(first):
    """Make records of the second and third expression of a row."""
    records = []
    for i in (2, 3):
        onset, offset = (first.row.get(f"{end}{i}", "") for end in ("onset", "offset"))
        # An empty cell and a 0 say that there is none.
        if last_number(onset) or last_number(offset):
            more = Record(
                first.root,
                first.subject,
                f"{first.clip}#{i}",
                first.place,
                onset,
                "",
                offset,
                first.emotion,
                fps=first.fps,
                where=first.where,
                whole=False,
                trouble=first.trouble,
                more=dict(first.more),
                row=first.row,
            )
            records.append(more)
    return records


def _signs(camera):
    def has(root, version):
        try:
            return bool(_bases(root, camera, version))
        except DatasetError:
            return False

    return lambda root: any(has(root, version) for version in SMIC_VERSIONS)


def _database(camera, **facts):
    return Database(
        f"smic-{camera}",
        f"SMIC-{camera.upper()}",
        partial(collect_smic, camera=camera),
        "X. Li et al., A spontaneous micro-expression database: inducement, collection "
        "and baseline, IEEE FG, 2013, https://doi.org/10.1109/FG.2013.6553717",
        fps=CAMERAS[camera],
        size=(480, 640),
        has_apex=False,
        videos=partial(smic_videos, camera=camera),
        versions=("cropped", "raw", "long"),
        signs=_signs(camera),
        **facts,
    )


SMIC = {
    "hs": _database(
        "hs",
        subjects=16,
        clips=164,
        counts={"negative": 70, "positive": 51, "surprise": 43},
    ),
    "vis": _database("vis", subjects=8, clips=71),
    "nir": _database("nir", subjects=8, clips=71),
}


def load_smic(
    root,
    *,
    camera="hs",
    sheet=None,
    version="cropped",
    classes="own",
    frames="event",
    strict=False,
):
    """Load SMIC.

    Parameters
    ----------
    root : path
        Folder into which it was unpacked: folders in it are `SMIC_all_cropped`,
        `SMIC_all_raw` or `HS_long`.
    camera : {"hs", "vis", "nir"}, default="hs"
        High speed, visible or near infrared.
    sheet : path, optional
        The sheet of the long videos; the others need none.
    version : {"cropped", "raw", "long"}, default="cropped"
        Which frames; "long" cuts the clips out of the long videos.
    classes : {"own", "three"} or dict, default="own"
        negative, positive and surprise either way, or a dict from these to classes.
    frames : {"event", "all"}, default="event"
        Whether a clip goes from onset to offset, or has all frames of its folder.
    strict : bool, default=False
        Whether a clip that cannot be used is an error, not a warning.

    Returns
    -------
    Bunch
        As `load_casme2`. There are no apexes. Cropped and raw clips are cut from onset
        to offset, which are their first and last frame.

    Raises
    ------
    DatasetError
        If frames or sheet are not there, or nothing of it can be used.
    ValueError
        If there is no such camera.
    """
    if camera not in SMIC:
        raise ValueError(f"camera must be one of {list(SMIC)}, got {camera!r}.")
    return SMIC[camera].load(
        root,
        sheet=sheet,
        version=version,
        classes=classes,
        frames=frames,
        strict=strict,
    )
