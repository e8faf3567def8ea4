"""Databases: how each is read, its classes, and the Bunch that a loader gives."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from mefeat._environment import printable
from mefeat.datasets._layout import find_clips
from mefeat.datasets._sheets import DatasetError
from mefeat.facs import parse_action_units

# Names as they are written in coding sheets, and the one we use.
SPELLINGS = {
    "angry": "anger",
    "comtempt": "contempt",
    "happy": "happiness",
    "happyiness": "happiness",
    "other": "others",
    "sad": "sadness",
    "suprise": "surprise",
    "tense": "tenseness",
}

_NEGATIVE = ("anger", "contempt", "disgust", "fear", "repression", "sadness")
_POLARITY = {
    **dict.fromkeys(_NEGATIVE, "negative"),
    "happiness": "positive",
    "surprise": "surprise",
}

# The composite classes of MEGC 2019 (https://doi.org/10.1109/FG.2019.8756611). Its part
# of CASME II has no clips of sadness and fear, so that 88 are negative.
THREE_CLASSES = {
    "casme2": {
        "disgust": "negative",
        "repression": "negative",
        "happiness": "positive",
        "surprise": "surprise",
    },
    "samm": _POLARITY,
    "smic": {name: name for name in ("negative", "positive", "surprise")},
    "synthetic": _POLARITY,
}
# The others were no part of it; their maps follow it.
THREE_CLASSES |= {
    **dict.fromkeys(("smic-hs", "smic-vis", "smic-nir"), THREE_CLASSES["smic"]),
    **dict.fromkeys(("casme-sq", "megc2019"), THREE_CLASSES["smic"]),
    **dict.fromkeys(("casme", "casme3", "mmew", "ckplus"), _POLARITY),
    "meview": _POLARITY,
}

# The classes of most papers with five: 246 clips of CASME II, 136 of SAMM.
FIVE_CLASSES = {
    "casme2": {
        name: name
        for name in ("happiness", "disgust", "repression", "surprise", "others")
    },
    "samm": {
        name: name for name in ("anger", "happiness", "surprise", "contempt", "others")
    },
}

# All classes of each database, in the order in which its tables are printed.
OWN_CLASSES = {
    "casme": (
        *("tenseness", "disgust", "repression", "surprise", "happiness", "sadness"),
        *("contempt", "fear"),
    ),
    "casme2": (
        *("others", "disgust", "happiness", "repression", "surprise", "sadness"),
        "fear",
    ),
    "casme-sq": ("negative", "positive", "surprise", "others"),
    "casme3": (
        *("disgust", "surprise", "others", "fear", "anger", "sadness", "happiness"),
    ),
    "samm": (
        *("anger", "happiness", "others", "surprise", "contempt", "disgust", "fear"),
        "sadness",
    ),
    "smic-hs": ("negative", "positive", "surprise"),
    "smic-vis": ("negative", "positive", "surprise"),
    "smic-nir": ("negative", "positive", "surprise"),
    "mmew": (
        *("happiness", "anger", "surprise", "disgust", "fear", "sadness", "others"),
    ),
    "ckplus": (
        *("neutral", "anger", "contempt", "disgust", "fear", "happiness", "sadness"),
        "surprise",
    ),
    "samm-lv": ("macro", "micro"),
    "megc2019": ("negative", "positive", "surprise"),
}


def emotion_name(text):
    """Write the name of an emotion as we do."""
    name = text.strip().lower()
    return SPELLINGS.get(name, name)


def map_classes(emotions, classes):
    """Find the class of each emotion.

    Parameters
    ----------
    emotions : iterable of str
        Emotions as they are written.
    classes : dict of str to str
        Class of each emotion, by the names of `emotion_name`.

    Returns
    -------
    list of (str or None)
        The classes, None where the map leaves the emotion out.

    Examples
    --------
    >>> map_classes(["Happiness", "Disgust", "Others"], THREE_CLASSES["casme2"])
    ['positive', 'negative', None]
    """
    return [classes.get(emotion_name(emotion)) for emotion in emotions]


# So many rows are listed in a message.
_MOST = 50


def make_bunch(listing, title, citation, classes, strict):
    """Make what every loader returns."""
    report(listing, title, strict)
    rows, clips, left_out = [], [], Counter()
    for record, clip in zip(listing.records, listing.clips, strict=True):
        if clip is None:
            continue
        emotion = emotion_name(record.emotion or "unlabelled")
        label = classes.get(emotion) if record.emotion is not None else None
        if label is None:
            left_out[emotion] += 1
            continue
        clips.append(clip)
        rows.append(_row(record, label))
    if not clips:
        raise DatasetError(
            f"{title}: all clips are left out by `classes`, whose emotions are "
            f"{sorted(classes)}; there are {dict(left_out)}."
        )
    # Of a composite, not all parts have all columns.
    columns = dict.fromkeys(name for row in rows for name in row)
    frame = pd.DataFrame([{n: row.get(n, "") for n in columns} for row in rows])
    present = set(frame["class"])
    names = [name for name in dict.fromkeys(classes.values()) if name in present]
    return Bunch(
        clips=clips,
        target=np.array([names.index(label) for label in frame["class"]]),
        target_names=np.array(names),
        groups=frame["subject"].to_numpy(dtype=str),
        frame=frame,
        DESCR=_description(listing, title, citation, frame, names, left_out),
    )


def class_map(classes, tables, emotions, title):
    """Find the class of each emotion that a user asks for."""
    if isinstance(classes, Mapping):
        return {emotion_name(emotion): name for emotion, name in classes.items()}
    if not isinstance(classes, str) or classes not in tables:
        raise ValueError(
            f"classes of {title} must be one of {list(tables)} or a dict from emotion "
            f"to class, got {classes!r}."
        )
    if classes != "own":
        return tables[classes]
    found = dict.fromkeys((*tables["own"], *sorted(map(emotion_name, emotions))))
    return {name: name for name in found}


def _row(record, label):
    return {
        "subject": record.subject,
        "clip": record.clip,
        "path": record.root.relative(record.place),
        "onset": record.onset,
        "apex": record.apex,
        "offset": record.offset,
        "emotion": record.emotion,
        "class": label,
        "kind": record.kind,
        "action_units": record.action_units,
        "units": parse_action_units(record.action_units),
        **record.more,
        "notes": "; ".join(record.notes),
    }


def report(listing, title, strict, level=5):
    """Warn of what cannot be used, once for all rows."""
    skipped = [f"{record.name}: {record.trouble}" for record in listing.skipped]
    n_rows = len(listing.records)
    if not n_rows:
        raise DatasetError(f"{title}: {listing.source} lists no clip.")
    if skipped and strict:
        raise DatasetError(
            f"{title}: {len(skipped)} of {n_rows} clips cannot be used:"
            f"{_lines(skipped)}"
        )
    if len(skipped) == n_rows:
        raise DatasetError(
            f"{title}: none of {n_rows} clips can be used:{_lines(skipped)}"
        )
    if skipped:
        warnings.warn(
            f"{title}: {len(skipped)} of {n_rows} clips cannot be used and are left "
            f"out:{_lines(skipped)}",
            stacklevel=level,
        )
    lacking = [f"{r.name}: {note}" for r, note, many in listing.incomplete if many]
    if lacking:
        warnings.warn(
            f"{title}: more than a tenth of the images is missing:{_lines(lacking)}",
            stacklevel=level,
        )
    dropped = [f"{record.name}: {note}" for record, note in listing.dropped]
    if dropped:
        warnings.warn(
            f"{title}: impossible key frames are dropped:{_lines(dropped)}",
            stacklevel=level,
        )


def _lines(lines):
    more = [f"... and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return "".join(f"\n  {printable(line)}" for line in (*lines[:_MOST], *more))


def _description(listing, title, citation, frame, names, left_out):
    counts = frame["class"].value_counts()
    lines = [
        title,
        "",
        f"{len(frame)} clips of {frame['subject'].nunique()} subjects: "
        + ", ".join(f"{name} {counts[name]}" for name in names),
        f"Read from {listing.source}.",
    ]
    if left_out:
        parts = ", ".join(f"{name} {n}" for name, n in left_out.most_common())
        lines.append(f"Left out by the classes asked for: {parts}.")
    if listing.incomplete:
        n = len(listing.incomplete)
        lines.append(f"Incomplete: {n} clips lack images, their notes say how many.")
    if listing.skipped:
        lines.append(f"Cannot be used: {len(listing.skipped)} clips.")
        lines += [f"  {record.name}: {record.trouble}" for record in listing.skipped]
    lines = [line if line.isprintable() else printable(line) for line in lines]
    return "\n".join([*lines, "", f"Please cite {citation}"])


def signs(sheet, folder):
    """Make the test whether a database lies somewhere."""
    named = re.compile(folder, re.IGNORECASE).fullmatch

    def found(root):
        inner = (path.name for path in root.walk(1))
        names = [root.real.name, *(name for name in inner if name)]
        return bool(root.sheets(sheet)) or any(map(named, names))

    return found


@dataclass(frozen=True, slots=True, eq=False)
class Database:
    """A database that can be loaded.

    Parameters
    ----------
    name : str
        Short name, for the command line.
    title : str
        Full name.
    collect : callable
        ``collect(root, **options)`` gives a `Listing` of all rows.
    citation : str
        What to cite, with its DOI if there is one.
    fps : float or None
        Frames per second.
    size : tuple of int or None
        Height and width of the frames.
    subjects, clips : int or None
        How many there are.
    has_apex : bool
        Whether apex frames are annotated.
    counts : dict of str to int
        How many clips each emotion has.
    rows : int or None
        Rows of its sheet.
    known : dict of str to (int or None)
        What a check counts where that is not 0 or as above; None if it is not known.
    videos : callable, optional
        ``videos(root, **options)`` gives the long videos and their expressions.
    versions : tuple of str
        Versions that can be asked for, the default first.
    sheet : str, optional
        Regular expression of the name of its sheet.
    signs : callable, optional
        ``signs(root)`` tells whether the database lies there.
    """

    name: str
    title: str
    collect: Callable
    citation: str
    fps: float | None = None
    size: tuple[int, int] | None = None
    subjects: int | None = None
    clips: int | None = None
    has_apex: bool = True
    counts: dict = field(default_factory=dict)
    rows: int | None = None
    known: dict = field(default_factory=dict)
    videos: Callable | None = None
    versions: tuple[str, ...] = ()
    sheet: str | None = None
    signs: Callable | None = None

    @property
    def classes(self):
        """Class maps by name: "own" lists the emotions, others map them to classes."""
        maps = {"own": OWN_CLASSES.get(self.name, ())}
        tables = {"five": FIVE_CLASSES, "three": THREE_CLASSES}
        return maps | {k: t[self.name] for k, t in tables.items() if self.name in t}

    def options(self, *, version=None, sheet=None):
        """Name the options of the loader that somebody gave on a command line.

        Parameters
        ----------
        version : str, optional
            Version of the frames.
        sheet : path, optional
            Coding sheet, or the table that stands for it.

        Returns
        -------
        dict
            Those that are not None.

        Raises
        ------
        ValueError
            If the database has no such version, or no sheet.
        """
        options = {}
        if version is not None:
            if version not in self.versions:
                raise ValueError(
                    f"version of {self.title} must be one of {list(self.versions)}, "
                    f"got {version!r}."
                )
            options["version"] = version
        if sheet is not None:
            known = signature(self.collect).parameters
            names = [name for name in ("sheet", "table") if name in known]
            if not names:
                raise ValueError(f"{self.title} has no coding sheet, got {sheet}.")
            options[names[0]] = sheet
        return options

    def load(self, root, *, classes="own", frames="event", strict=False, **options):
        """Load the database.

        Parameters
        ----------
        root : path
            Folder into which it was unpacked.
        classes : str or dict, default="own"
            Name of a class map, or a dict from emotion to class.
        frames : {"event", "all"}, default="event"
            Whether a clip goes from onset to offset, or has all frames of its folder.
        strict : bool, default=False
            Whether a row that cannot be used is an error.
        **options
            Further arguments of the loader of this database.

        Returns
        -------
        Bunch
            clips, target, target_names, groups, frame, DESCR.
        """
        # A wrong name is told before the disk is searched.
        class_map(classes, self.classes, (), self.title)
        listing = find_clips(self.collect(root, **options), frames)
        emotions = [r.emotion for r in listing.records if r.emotion]
        table = class_map(classes, self.classes, emotions, self.title)
        return make_bunch(listing, self.title, self.citation, table, strict)
