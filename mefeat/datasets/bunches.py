"""What every loader returns: clips with classes, and what it says of the others."""

import warnings
from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from mefeat.base import printable
from mefeat.datasets.classes import emotion_name
from mefeat.datasets.errors import DatasetError
from mefeat.facs import parse_action_units

# So many rows are listed in a message.
_MOST = 50


def make_bunch(listing, title, citation, classes, strict):
    """Make what every loader returns.

    Parameters
    ----------
    listing : Listing
        With clips.
    title, citation : str
        Of the database.
    classes : dict of str to str
        Class of each emotion; others are left out.
    strict : bool
        Whether a record that cannot be used is an error, not a warning.

    Returns
    -------
    Bunch
        clips, target, target_names, groups, frame, DESCR.

    Raises
    ------
    DatasetError
        If nothing can be used, or anything cannot with `strict`.
    """
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
    """Find the class of each emotion that a user asks for.

    Parameters
    ----------
    classes : str or dict
        Name of a table, or the user's own: class of each emotion.
    tables : dict of str to dict
        Class maps of the database, and under "own" its emotions in order.
    emotions : iterable of str
        Emotions that occur.
    title : str
        Name of the database.

    Returns
    -------
    dict of str to str
        The map.

    Raises
    ------
    ValueError
        If there is no such table.
    """
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
    """Warn of what cannot be used, once for all rows.

    Parameters
    ----------
    listing : Listing
        With clips.
    title : str
        Name of the database.
    strict : bool
        Whether a record that cannot be used is an error, not a warning.
    level : int, default=5
        Which caller warnings are to point at.

    Raises
    ------
    DatasetError
        If nothing can be used, or anything cannot with `strict`.
    """
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
    return "\n".join([*map(printable, lines), "", f"Please cite {citation}"])
