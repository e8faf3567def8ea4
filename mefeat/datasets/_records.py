"""Rows of a sheet as records of clips."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median_low

from mefeat._text import printable
from mefeat.datasets._layout import (
    Root,
    frame_number,
    key_frames,
    last_number,
    plain_name,
)
from mefeat.datasets._sheets import DatasetError
from mefeat.video import ReadError, clip_file
from mefeat.video._images import clip_of_images

FRAMES = ("event", "all")

# Parts of the images of a clip: if more are missing the loader warns of it, and if
# fewer are there the clip is left out.
MOST_MISSING, LEAST_THERE = 1 / 10, 1 / 3


@dataclass(slots=True, eq=False)
class Record:
    """One expression as a database describes it."""

    root: Root
    subject: str
    clip: str
    place: Path | None = None
    onset: str = ""
    apex: str = ""
    offset: str = ""
    emotion: str | None = ""
    action_units: str = ""
    kind: str = "micro"
    fps: float | None = None
    where: str = ""
    whole: bool = True
    trimmed: bool = False
    steps: bool = False
    trouble: str | None = None
    notes: list = field(default_factory=list)
    more: dict = field(default_factory=dict)
    row: dict = field(default_factory=dict)

    @property
    def name(self):
        """How messages call it."""
        name = f"{self.where}: {self.subject} {self.clip}".removeprefix(": ")
        return printable(name[:150])


@dataclass(slots=True, eq=False)
class Listing:
    """What was found of a database, before classes are chosen."""

    records: list
    source: str
    clips: list = field(default_factory=list)
    dropped: list = field(default_factory=list)
    incomplete: list = field(default_factory=list)
    comparable: bool = True

    @property
    def skipped(self):
        """Records that cannot be used."""
        return [record for record in self.records if record.trouble is not None]


def mark_twins(records):
    """Note as the trouble of a record that its clip lies in an earlier folder, too."""
    seen = {}
    for record in records:
        twin = seen.setdefault((record.subject, plain_name(record.clip)), record)
        if twin is not record:
            other = record.root.relative(twin.place)
            record.trouble = f"is there twice, also in {other}"


def find_clips(listing, frames="event"):
    """Find the frames of each record; what fails is noted as its trouble."""
    if frames not in FRAMES:
        raise ValueError(f"frames must be one of {FRAMES}, got {frames!r}.")
    seen = {}
    for record in listing.records:
        clip = None
        if record.trouble is None and record.emotion == "":
            record.trouble = "no emotion is given"
        if record.trouble is None:
            numbers = map(frame_number, (record.onset, record.apex, record.offset))
            own = (record.place, plain_name(record.clip), *numbers)
            twin = seen.setdefault(own, record)
            if twin is not record:
                record.trouble = f"is there twice, also as {twin.where}"
        if record.trouble is None:
            try:
                clip = _clip(listing, record, frames)
            except (DatasetError, ReadError) as error:
                record.trouble = str(error).rstrip(".")
        listing.clips.append(clip)
    return listing


def _clip(listing, record, frames):
    key = key_frames(record.onset, record.apex, record.offset)
    record.notes += key.dropped
    listing.dropped += [(record, remark) for remark in key.dropped]
    keys = dict(zip(("onset", "apex", "offset"), key[:3], strict=True))
    if record.place.is_file():
        known = frames == "event" and None not in (key.onset, key.end)
        numbers = (key.onset, key.end) if known else None
        return clip_file(record.place, numbers=numbers, **keys, fps=record.fps)
    listed = record.root.frames(record.place)
    present = [number for number, _ in listed] or [0]
    numbers = _ends(present, key, record.whole, frames)
    clip = clip_of_images(record.place, listed, numbers=numbers, **keys, fps=record.fps)
    known = set(present)
    for name, number in keys.items():
        if number is not None and number not in known:
            record.notes.append(f"no image of the {name} {number}")
    if frames == "all":
        numbers = _ends(present, key, record.whole, "event")
    count_images(listing, record, present, *numbers)
    if record.trimmed:
        return replace(clip, onset=0, offset=len(listed) - 1)
    return clip


def count_images(listing, record, present, first, last):
    """Note how many images of a clip, from first to last, are not there."""
    between = [int(b - a) for a, b in zip(present, present[1:], strict=False)]
    step = median_low(between) if record.steps and between else 1
    start = present[0] % step
    n_wanted = (last - start) // step - (first - 1 - start) // step
    n_there = sum(first <= number <= last for number in present)
    if n_there >= n_wanted:
        return
    remark = f"{n_there} of {n_wanted} images from {first} to {last} are there"
    remark += f" (their numbers go in steps of {step})" if step > 1 else ""
    if n_there < LEAST_THERE * n_wanted:
        raise DatasetError(f"only {remark}")
    record.notes.append(remark)
    many = n_wanted - n_there > MOST_MISSING * n_wanted
    listing.incomplete.append((record, remark, many))


def _ends(present, key, whole, frames):
    """First and last frame of a clip, by number."""
    if not whole and None in (key.onset, key.end):
        raise DatasetError("onset or offset is not annotated")
    if frames == "all":
        given = [number for number in key[:4] if number is not None]
        return min(present[0], *given, present[0]), max(present[-1], *given, present[0])
    first = present[0] if key.onset is None else key.onset
    last = present[-1] if key.end is None else key.end
    if first > last:
        given = " and ".join(str(n) for n in key[:3] if n is not None)
        raise DatasetError(
            f"{given} lies outside of the images, which go from {present[0]} to "
            f"{present[-1]}"
        )
    return first, last


def table_records(root, table, find, *, subject, fps):
    """Make records of a table whose rows name a subject and a clip."""
    records = []
    for row in table.rows:
        number = last_number(row["subject"])
        if number is None and not row["clip"]:
            # A legend below the table.
            continue
        record = Record(
            root,
            row["subject"] if number is None else subject.format(number),
            row["clip"],
            onset=row.get("onset", ""),
            apex=row.get("apex", ""),
            offset=row.get("offset", ""),
            emotion=row.get("emotion", ""),
            action_units=row.get("action_units", ""),
            fps=fps,
            where=f"{table.path.name} row {row['row']}",
            more={"sheet": table.path.name},
            row=row,
        )
        if "objective" in row:
            record.more["objective"] = row["objective"]
        if row.get("remarks"):
            record.notes.append(row["remarks"])
        try:
            record.place = find(number, row)
        except DatasetError as error:
            record.trouble = str(error)
        records.append(record)
    return records
