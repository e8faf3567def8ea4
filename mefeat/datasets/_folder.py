"""Clips of your own: folders named by a pattern, or a table."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pandas as pd

from mefeat.datasets._bunch import Database
from mefeat.datasets._layout import Listing, Record, Root
from mefeat.datasets._sheets import (
    COLUMNS,
    HEADER_WITHIN,
    DatasetError,
    cell_text,
    read_sheets,
)
from mefeat.video._images import VIDEOS

_FIELD = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)\}")
_OURS = ("subject", "clip", "onset", "apex", "offset", "action_units")
_OWN = {name: (name, *COLUMNS[name]) for name in _OURS}
_OWN["emotion"] = ("label", *COLUMNS["emotion"])
_KEYS = ("onset", "apex", "offset")
_FRACTION = re.compile(r"[+-]?[0-9]*[.,][0-9]*[1-9][0-9]*")
_TIMES = re.compile(r"(onset|apex|offset)\W*(in)?\W*(s|secs?|seconds?|ms|times?)\W*")


def collect_folder(
    root, *, pattern="{subject}/{clip}", table=None, columns=None, fps=None
):
    """List clips that lie in folders, or are videos, named by a pattern."""
    if not _FIELD.search(pattern):
        raise ValueError(
            "pattern must have names in braces, as '{subject}/{clip}', got "
            f"{pattern!r}."
        )
    root = Root(root)
    if table is None:
        return Listing(_search(root, pattern, fps), f"folders like {pattern}")
    wanted = _wanted(columns or {}, _FIELD.findall(pattern))
    heads, rows, source = _rows(root, table, wanted)
    places, missing = _places(heads, wanted)
    if missing:
        raise DatasetError(
            f"{source}: no column {' or '.join(missing)}; there are {heads}. In "
            "Python, columns={'subject': ...} says what they are called."
        )
    _check_times(heads, rows, places, source)
    records = []
    for number, cells in rows:
        row = {name: cells[j] for name, j in places.items()}
        where = f"{source} row {number}"
        records.append(_record(root, row, pattern, fps, where))
    return Listing(records, source)


def read_own_table(path, needed=()):
    """Read a table of anybody's own as text, its columns by our names."""
    ours = {"label": _OWN["emotion"]} | {name: _OWN[name] for name in _OURS}
    wanted = {name: (name,) for name in needed} | ours, list(needed)
    heads, rows, _ = _rows(None, path, wanted)
    names = {j: name for name, j in _places(heads, wanted)[0].items()}
    heads = [names.get(j, head) for j, head in enumerate(heads)]
    return pd.DataFrame([cells for _, cells in rows], columns=heads, dtype=str)


def _rows(root, table, wanted):
    """Get the header and the numbered rows of a table, and what to call it."""
    if isinstance(table, pd.DataFrame):
        heads = [str(name) for name in table.columns]
        filled = table.astype(object).where(table.notna(), None)
        rows = filled.itertuples(index=False, name=None)
        return heads, [(i, [*map(cell_text, r)]) for i, r in enumerate(rows)], "table"
    path = Path(table)
    sheet = read_sheets(path if path.is_file() else root.path / path)[0]
    filled = [i for i, row in enumerate(sheet.rows) if any(row)]
    if not filled:
        raise DatasetError(f"{sheet.path}: is empty.")
    # Lines of a title may come before the header.
    for n, i in enumerate(filled[:HEADER_WITHIN]):
        if not _places(sheet.rows[i], wanted)[1]:
            filled = filled[n:]
            break
    heads = sheet.rows[filled[0]]
    cells = [(i + 1, [sheet.cell(i, j) for j in range(len(heads))]) for i in filled[1:]]
    return heads, cells, sheet.path.name


def _wanted(columns, fields):
    """List what our names and the fields of a pattern may be called, what must be."""
    words = _OWN | {name: (name,) for name in fields if name not in _OWN}
    if "label" in columns:
        # What a label says is the emotion, whatever else it is called.
        columns = {"emotion": columns["label"]} | columns
    words |= {name: (theirs,) for name, theirs in columns.items()}
    return words, [*dict.fromkeys(["subject", *fields, *columns, "emotion"])]


def _places(heads, wanted):
    """Find the column of each name, and which of those that must be are missing."""
    words, needed = wanted
    plain = [_plain(head) for head in heads]
    places = {}
    for name, theirs in words.items():
        found = [plain.index(_plain(word)) for word in theirs if _plain(word) in plain]
        if found:
            places[name] = found[0]
    missing = [name for name in needed if name not in places]
    return places, ["label" if name == "emotion" else name for name in missing]


def _check_times(heads, rows, places, source):
    """Refuse key frames in seconds: rounded, they would be other frames."""
    advice = (
        "onset, apex and offset are numbers of frames, those in the names of images or "
        "counted from 0 in a video: multiply seconds by the frame rate"
    )
    for head in heads:
        match = _TIMES.fullmatch(_plain(head))
        if match and match[1] not in places:
            raise DatasetError(
                f"{source}: the column {head!r} is a time, and no column {match[1]} "
                f"has the frame; {advice}."
            )
    for number, cells in rows:
        for name in _KEYS:
            if name in places and _FRACTION.fullmatch(cells[places[name]]):
                raise DatasetError(
                    f"{source} row {number}: the {name} is {cells[places[name]]!r}; "
                    f"{advice}."
                )


def _plain(name):
    return "".join(name.lower().split()).replace("_", "")


def _record(root, row, pattern, fps, where):
    record = Record(root, row["subject"], "", fps=fps, where=where, row=row)
    record.steps = True
    for name in (*_KEYS, "emotion", "action_units"):
        setattr(record, name, row.get(name, ""))
    empty = [n for n in ("subject", *_FIELD.findall(pattern)) if not row[n]]
    path = _FIELD.sub(lambda match: row[match[1]], pattern)
    record.clip = row.get("clip") or path.replace("\\", "/").rsplit("/", 1)[-1]
    try:
        if empty:
            raise DatasetError(f"{' and '.join(dict.fromkeys(empty))} is empty")
        record.place = root.inside(path)
        if not record.place.exists():
            raise DatasetError(f"{path} is missing")
    except DatasetError as error:
        record.trouble = str(error)
    # A name too long for the system, or one that it does not know.
    except (OSError, ValueError) as error:
        record.trouble = f"{path!r:.200} is no path ({error})"
    return record


def _search(root, pattern, fps):
    """Find folders or videos whose path matches the pattern."""
    parts = pattern.strip("/").split("/")
    fields = _FIELD.findall(pattern)
    if len(set(fields)) < len(fields):
        raise ValueError(f"pattern must name each field once, got {pattern!r}.")
    level = [(root.path, {})]
    for depth, part in enumerate(parts):
        words = _FIELD.split(part)
        form = "".join(
            f"(?P<{word}>.+?)" if i % 2 else re.escape(word)
            for i, word in enumerate(words)
        )
        below = []
        for folder, known in level:
            inner = root.folders(folder)
            if depth == len(parts) - 1:
                inner = inner + [f for f in root.files(folder) if _is_video(f)]
            for path in inner:
                match = re.fullmatch(form, path.name)
                if match:
                    below.append((path, known | match.groupdict()))
        level = below
    records = []
    for path, known in level:
        record = Record(root, known.get("subject", ""), known.get("clip", path.name))
        record.place, record.fps, record.where = path, fps, "folder"
        record.steps = True
        record.emotion = known.get("label", known.get("emotion", ""))
        for name, value in (("subject", record.subject), ("label", record.emotion)):
            if not value:
                record.trouble = f"neither table nor pattern names its {name}"
        records.append(record)
    if not records:
        raise DatasetError(f"{root.path}: nothing in it is named like {pattern!r}.")
    return records


def _is_video(path):
    return path.suffix.lower() in VIDEOS


def load_folder(
    root,
    pattern="{subject}/{clip}",
    *,
    table=None,
    columns=None,
    fps=None,
    classes="own",
    frames="event",
    strict=False,
):
    """Load clips of your own, folders of frame images or videos.

    Parameters
    ----------
    root : path
        Folder that holds them.
    pattern : str, default="{subject}/{clip}"
        Path of a clip below `root`, where a name in braces is a column of the table.
        Without a table it says what the names of folders mean:
        ``"{subject}/{label}/{clip}"``.
    table : path or DataFrame, optional
        A table .csv or .xlsx, perhaps with lines of a title above, with the columns
        subject, label, and those of `pattern`; onset, apex, offset (numbers of frames:
        in the names of images, or from 0 in a video) and action_units, if there are
        any. Key frames in seconds are refused.
    columns : dict of str to str, optional
        What the table calls these columns: ``{"subject": "person"}``.
    fps : float, optional
        Frames per second; a video's own by default.
    classes : "own" or dict, default="own"
        All labels, or a dict from label to class; what it does not name is left out.
    frames : {"event", "all"}, default="event"
        Whether a clip goes from onset to offset, or has all frames.
    strict : bool, default=False
        Whether a row that cannot be used is an error, not a warning.

    Returns
    -------
    Bunch
        As `load_casme2`.

    Raises
    ------
    DatasetError
        If the table is not there, or nothing of it can be used.

    Notes
    -----
    A path that is absolute, has ``..`` in it or is a link out of `root` is refused.

    Numbers of images may go in steps, every fifth or milliseconds: the usual step is
    taken for the whole folder when missing images are counted.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> root = Path(mkdtemp())
    >>> for i in range(9):
    ...     (root / "ann" / "a1").mkdir(parents=True, exist_ok=True)
    ...     (root / "ann" / "a1" / f"img{i}.jpg").touch()
    >>> table = pd.DataFrame([{"subject": "ann", "clip": "a1", "label": "Happy"}])
    >>> bunch = load_folder(root, table=table.assign(onset=2, apex=5, offset=7))
    >>> len(bunch.clips[0].path), bunch.clips[0].apex, bunch.target_names.tolist()
    (6, 3, ['happiness'])
    """
    own = Database("own", os.fspath(root), collect_folder, "whoever recorded them.")
    return own.load(
        root,
        pattern=pattern,
        table=table,
        columns=columns,
        fps=fps,
        classes=classes,
        frames=frames,
        strict=strict,
    )
