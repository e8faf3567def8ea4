"""The composite database of MEGC 2019: parts of CASME II, SMIC-HS and SAMM."""

from __future__ import annotations

from collections.abc import Mapping

from mefeat.datasets._bunch import THREE_CLASSES, Database, emotion_name
from mefeat.datasets._casme import CASME2
from mefeat.datasets._layout import Listing, Record, Root, last_number, plain_name
from mefeat.datasets._samm import SAMM
from mefeat.datasets._sheets import DatasetError, SheetError, read_sheets
from mefeat.datasets._smic import SMIC

PARTS = {"casme2": CASME2, "smic": SMIC["hs"], "samm": SAMM}
TABLE = "combined.?3.?class"
LABELS = ("negative", "positive", "surprise")
# Clips of CASME II that it leaves out though its classes do not: one has no apex.
LEFT_OUT = {("casme2", 4, "ep12_1f"), ("casme2", 5, "ep9_5f")}


def collect_megc2019(root, *, table=None, options=None):
    """List the clips of the composite."""
    outer = None if isinstance(root, Mapping) else Root(root)
    roots = _roots(root) if outer is None else _found_roots(outer)
    options = options or {}
    unknown = set(options) - set(PARTS)
    if unknown:
        raise ValueError(
            f"options must be of {list(PARTS)}, got some of {sorted(unknown)}."
        )
    if table is None and outer is not None:
        found = outer.sheets(TABLE)
        table = found[0] if found else None
    labels = None if table is None else _labels(table)
    records, sources = [], []
    for name, database in PARTS.items():
        listing = database.collect(roots[name], **options.get(name, {}))
        sources.append(f"{database.title}: {listing.source}")
        for record in listing.records:
            label = _label(name, record, labels)
            if label is not None:
                record.more |= {"database": name, "emotion_of_part": record.emotion}
                record.subject = f"{name}/{record.subject}"
                record.emotion = label
                records.append(record)
    if labels:
        records += [_missing(key, label, roots) for key, label in labels.items()]
    rule = "the rule of the challenge" if labels is None else str(table)
    return Listing(records, f"{rule}; {'; '.join(sources)}")


def _roots(given):
    """Take the root of each part that is given."""
    roots = {("smic" if n == "smic-hs" else n): path for n, path in given.items()}
    return _complete(roots, given)


def _found_roots(outer):
    """Find the root of each part."""
    places = [*outer.inner(), outer]
    roots = {}
    for name, database in PARTS.items():
        found = [place for place in places if database.signs(place)]
        if found:
            roots[name] = found[0]
    return _complete(roots, outer.path)


def _complete(roots, where):
    missing = [PARTS[name].title for name in PARTS if name not in roots]
    if missing:
        raise DatasetError(
            f"{where}: MEGC 2019 needs CASME II, SMIC-HS and SAMM, missing are "
            f"{', '.join(missing)}: put all into one folder, or in Python give a dict "
            f"with the root of each of {list(PARTS)}."
        )
    return roots


def _labels(path):
    """Read the table: class of each clip by database, number of the subject, clip."""
    sheet = read_sheets(path)[0]
    labels = {}
    for i, row in enumerate(sheet.rows):
        if not any(row):
            continue
        name, subject, clip, label = (sheet.cell(i, j) for j in range(4))
        number = last_number(subject)
        if name.lower() in PARTS and number is not None and label in ("0", "1", "2"):
            key = (name.lower(), number, plain_name(clip))
            labels[key] = LABELS[int(label)]
        elif i:
            raise SheetError(
                f"{path}: row {i + 1}: expected one of {list(PARTS)}, a subject, a "
                f"clip and 0, 1 or 2, got {row[:4]}."
            )
    if not labels:
        raise SheetError(f"{path}: holds no clip.")
    return labels


def _label(name, record, labels):
    """Find the class of a clip, None if it is no part of the composite."""
    key = (name, last_number(record.subject), plain_name(record.clip))
    own = THREE_CLASSES[name].get(emotion_name(record.emotion or ""))
    if labels is None:
        return None if key in LEFT_OUT else own
    label = labels.pop(key, None)
    if label is not None and label != own:
        record.notes.append(f"the emotion {record.emotion!r} would be {own}")
    return label


def _missing(key, label, roots):
    name, number, clip = key
    subject = f"{name}/{number}"
    record = Record(Root(roots[name]), subject, clip, emotion=label, where="table")
    record.trouble = "there is no such clip in its database"
    return record


MEGC2019 = Database(
    "megc2019",
    "MEGC 2019 composite",
    collect_megc2019,
    "J. See et al., MEGC 2019: the second facial micro-expressions grand challenge, "
    "IEEE FG, 2019, https://doi.org/10.1109/FG.2019.8756611, and its three databases",
    subjects=68,
    clips=442,
    rows=442,
    counts={"negative": 250, "positive": 109, "surprise": 83},
    known={"impossible key frames": None},
    sheet=TABLE,
    signs=lambda root: bool(root.sheets(TABLE)),
)


def load_megc2019(
    root, *, table=None, options=None, classes="own", frames="event", strict=False
):
    """Load the composite database of MEGC 2019.

    Parameters
    ----------
    root : path or dict of str to path
        Folder that holds CASME II, SMIC and SAMM in folders of their own, or a dict
        with the root of each: "casme2", "smic", "samm".
    table : path, optional
        The file `combined_3class_gt.csv`; by default it is looked for below `root`,
        and where it is not, the rule that made it is followed.
    options : dict of str to dict, optional
        Arguments of the loaders of the parts: ``{"casme2": {"version": "cropped"}}``.
    classes : "own" or dict, default="own"
        The classes negative, positive and surprise, or a dict from these to classes.
    frames : {"event", "all"}, default="event"
        Whether a clip goes from onset to offset, or has all frames of its folder.
    strict : bool, default=False
        Whether a clip that cannot be used is an error, not a warning.

    Returns
    -------
    Bunch
        As `load_casme2`; groups are called ``casme2/sub01``, and `frame` has the
        columns database and emotion_of_part too.

    Raises
    ------
    DatasetError
        If a part or the table is not there, or nothing of it can be used.

    Notes
    -----
    The rule: anger, contempt, disgust, fear, repression and sadness are negative,
    happiness is positive, surprise is surprise, the rest is left out; of CASME II
    sadness and fear too, and the clips sub04 EP12_01f and sub05 EP09_05f.
    """
    return MEGC2019.load(
        root,
        table=table,
        options=options,
        classes=classes,
        frames=frames,
        strict=strict,
    )
