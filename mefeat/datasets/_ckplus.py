"""CK+, the extended Cohn-Kanade database of posed and spontaneous expressions."""

from mefeat.datasets._bunch import Database
from mefeat.datasets._layout import (
    ClipFolders,
    Listing,
    Record,
    Root,
    mark_twins,
    plain_name,
)
from mefeat.datasets._sheets import DatasetError
from mefeat.video import ReadError

SUBJECTS = "s[0-9]{3}"
# A file of a label holds one float: its place in this list.
EMOTIONS = (
    *("neutral", "anger", "contempt", "disgust", "fear", "happiness", "sadness"),
    "surprise",
)


def collect_ckplus(root):
    """List the sequences of CK+."""
    root = Root(root)
    parts = {"images": [], "labels": []}
    for base in root.bases(SUBJECTS):
        name = base.name.lower()
        if "emotion" in name:
            parts["labels"].append(base)
        elif not any(word in name for word in ("facs", "landmark")):
            parts["images"].append(base)
    for part, folder in (("images", "cohn-kanade-images"), ("labels", "Emotion")):
        if not parts[part]:
            raise DatasetError(
                f"{root.path}: no folders of subjects (named like S005) of CK+ in a "
                f"folder {folder}."
            )
    images = ClipFolders(root, parts["images"], SUBJECTS)
    labels = ClipFolders(root, parts["labels"], SUBJECTS)
    records = []
    for number in sorted(images.subjects):
        labelled = {plain_name(f.name): f for f in labels.of(number)}
        for folder in images.of(number):
            record = Record(root, f"S{number:03d}", folder.name, folder, emotion=None)
            record.fps, record.where, record.kind = 30.0, "folder", "macro"
            _fill(record, labelled.get(plain_name(folder.name)))
            records.append(record)
    mark_twins(records)
    return Listing(records, "the folders of images and labels")


def _fill(record, labels):
    """Find the label and the key frames: a sequence goes from neutral to its peak."""
    root = record.root
    try:
        listed = root.frames(record.place)
        files = [] if labels is None else root.files(labels)
        for file in files:
            if file.name.lower().endswith("_emotion.txt"):
                record.emotion = _label(file)
    except (DatasetError, ReadError) as error:
        record.trouble = str(error).rstrip(".")
        return
    if listed:
        record.onset, record.apex = (str(listed[i][0]) for i in (0, -1))


def _label(path):
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            text = file.read(100).strip()
    except OSError as error:
        raise DatasetError(f"{path.name} cannot be opened ({error.strerror})") from None
    try:
        number = float(text)
    except ValueError:
        number = None
    if number not in range(len(EMOTIONS)):
        raise DatasetError(
            f"{path.name} must hold a number from 0 to 7, got {text!r:.40}"
        )
    return EMOTIONS[int(number)]


def _is_there(root):
    return any("kanade" in base.name.lower() for base in root.bases(SUBJECTS))


CKPLUS = Database(
    "ckplus",
    "CK+",
    collect_ckplus,
    "P. Lucey et al., The extended Cohn-Kanade dataset (CK+): a complete dataset for "
    "action unit and emotion-specified expression, IEEE CVPR Workshops, 2010, "
    "https://doi.org/10.1109/CVPRW.2010.5543262",
    fps=30.0,
    size=(490, 640),
    subjects=118,
    clips=327,
    rows=593,
    counts={
        "anger": 45,
        "contempt": 18,
        "disgust": 59,
        "fear": 25,
        "happiness": 69,
        "sadness": 28,
        "surprise": 83,
    },
    signs=_is_there,
)


def load_ckplus(root, *, classes="own", frames="event", strict=False):
    """Load the labelled sequences of CK+.

    Parameters
    ----------
    root : path
        Folder into which it was unpacked: folders in it are `cohn-kanade-images` and
        `Emotion`.
    classes : {"own", "three"} or dict, default="own"
        All emotions, 3 classes in the way of MEGC 2019, or a dict from emotion to
        class.
    frames : {"event", "all"}, default="event"
        Either way all, since a sequence goes from neutral to the peak.
    strict : bool, default=False
        Whether a sequence that cannot be used is an error, not a warning.

    Returns
    -------
    Bunch
        As `load_casme2`. The onset is the first frame and the apex the last. Sequences
        without a label, of which there are many, are left out.

    Raises
    ------
    DatasetError
        If images or labels are not there, or nothing of it can be used.
    """
    return CKPLUS.load(root, classes=classes, frames=frames, strict=strict)
