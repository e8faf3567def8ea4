"""Rows of a database on their way from sheet and folders to clips."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median_low

from mefeat.base import printable
from mefeat.datasets.errors import DatasetError
from mefeat.datasets.folders import plain_name
from mefeat.datasets.frames import frame_number, key_frames
from mefeat.datasets.places import Root
from mefeat.video import ReadError, clip_file
from mefeat.video.images import clip_of_images

FRAMES = ("event", "all")

# Parts of the images of a clip: if more are missing the loader warns of it, and if
# fewer are there the clip is left out.
MOST_MISSING, LEAST_THERE = 1 / 10, 1 / 3


@dataclass(slots=True, eq=False)
class Record:
    """One expression as a database describes it.

    Parameters
    ----------
    root : Root
        Where the database lies.
    subject, clip : str
        Names.
    place : Path or None
        Folder of the frames, or a video; None if it was not found.
    onset, apex, offset : str
        Key frames as they are written.
    emotion : str or None
        As it is written; None where the database leaves it open on purpose.
    action_units : str
        As they are written.
    kind : {"micro", "macro"}
        Kind of expression.
    fps : float or None
        Frames per second.
    where : str
        Where it is described, for messages.
    whole : bool
        Whether the folder is this clip alone, and not a long video.
    trimmed : bool
        Whether the first and the last image are onset and offset.
    steps : bool
        Whether the numbers of images may go in steps, as every fifth or milliseconds.
    trouble : str or None
        Why it cannot be used.
    notes : list of str
        Remarks.
    more : dict
        Further columns of the table that users see.
    row : dict
        The row of the sheet.
    """

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
    """What was found of a database, before classes are chosen.

    Parameters
    ----------
    records : list of Record
        All rows, those that cannot be used with their trouble.
    source : str
        Which sheet or folders were read.
    clips : list of (ClipFile or None)
        The clips, when `find_clips` has been called.
    dropped : list of tuple of Record and str
        Impossible key frames.
    incomplete : list of tuple of Record, str and bool
        Clips that lack images, how many, and whether it is more than a few.
    comparable : bool
        Whether the known counts of emotions belong to this sheet.
    """

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
    """Note as the trouble of a record that its clip lies in an earlier folder, too.

    Parameters
    ----------
    records : list of Record
        Records found by their folders.
    """
    seen = {}
    for record in records:
        twin = seen.setdefault((record.subject, plain_name(record.clip)), record)
        if twin is not record:
            other = record.root.relative(twin.place)
            record.trouble = f"is there twice, also in {other}"


def find_clips(listing, frames="event"):
    """Find the frames of each record; what fails is noted as its trouble.

    Parameters
    ----------
    listing : Listing
        Records; their notes and troubles, `clips` and `dropped` are filled in.
    frames : {"event", "all"}, default="event"
        Whether a clip goes from onset to offset, or has all frames of its folder.

    Returns
    -------
    Listing
        The same.
    """
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
    """Note how many images of a clip, from first to last, are not there.

    Parameters
    ----------
    listing : Listing
        Gets the clip in its `incomplete`.
    record : Record
        The clip.
    present : sequence of int
        Numbers of the images that are there, in order.
    first, last : int
        Numbers of its first and its last image.

    Raises
    ------
    DatasetError
        If less than a third of them is there.
    """
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
