"""Folders of a database, and the rows of its sheet matched to the clips in them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path
from statistics import median_low
from typing import NamedTuple

from mefeat._environment import printable
from mefeat.datasets._sheets import SUFFIXES, DatasetError
from mefeat.video import ReadError, clip_file
from mefeat.video._images import clip_of_images, is_image, number_frames


class Entry(NamedTuple):
    """A file or folder in a folder."""

    name: str
    is_folder: bool
    link: Path | None = None
    target: Path | None = None

    def stays(self, real):
        """Tell whether it is no link out of a folder, nor to what the link lies in."""
        if self.target is None:
            return True
        above = self.link.parent.resolve().is_relative_to(self.target)
        return self.target.is_relative_to(real) and not above


class Scans:
    """What folders hold, kept from the first time it is asked for."""

    def __init__(self):
        self._found = {}

    def entries(self, folder):
        """List what is in a folder."""
        if folder not in self._found:
            try:
                with os.scandir(folder) as entries:
                    found = [_entry(entry) for entry in entries]
            except OSError as error:
                raise DatasetError(
                    f"{folder}: cannot be listed ({error.strerror})."
                ) from None
            known = [entry for entry in found if entry is not None]
            self._found[folder] = sorted(known, key=itemgetter(0))
        return self._found[folder]


def _entry(entry):
    if entry.name.startswith((".", "~$")):
        return None
    try:
        is_folder = entry.is_dir()
        if not is_folder and not entry.is_file():
            return None
        if not entry.is_symlink():
            return Entry(entry.name, is_folder)
        link = Path(entry.path)
        return Entry(entry.name, is_folder, link, link.resolve())
    # A link in a circle, or to where nobody may look.
    except (OSError, RuntimeError):
        return None


# What sheets write where there is no number.
BLANKS = ("", "/", "-", "?", "null", "none", "nan", "n/a")

_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{0,20})?")


class KeyFrames(NamedTuple):
    """Key frames by number."""

    onset: int | None
    apex: int | None
    offset: int | None
    end: int | None
    dropped: tuple[str, ...] = ()


def frame_number(text):
    """Read a frame number."""
    if not _NUMBER.fullmatch(text):
        return None
    return round(float(text))


def key_frames(onset, apex, offset):
    """Make key frames of three cells, and drop what is impossible."""
    cells = {"onset": onset, "apex": apex, "offset": offset}
    keys, dropped = {}, []
    for name, text in cells.items():
        keys[name] = number = frame_number(text)
        if number is None and text.lower() not in BLANKS:
            dropped.append(f"{name} {text!r:.50} is no number")
        elif number is not None and (number < 0 or number == 0 and name != "onset"):
            keys[name] = None
    onset, apex, offset = keys.values()
    if onset is not None and offset is not None and offset < onset:
        dropped.append(f"offset {offset} lies before the onset {onset}")
        offset = None
    low = -1 if onset is None else onset
    high = apex if offset is None else offset
    if apex is not None and not low <= apex <= high:
        if offset is None:
            dropped.append(f"apex {apex} lies before the onset {onset}")
        else:
            dropped.append(f"apex {apex} lies outside of {max(low, 0)} to {offset}")
        apex = None
    end = apex if offset is None else offset
    return KeyFrames(onset, apex, offset, end, tuple(dropped))


# Versions of frames, and how a word in the names of their folders begins; the first is
# what lies in a folder of another name.
VERSIONS = {"raw": "raw", "cropped": "crop"}


def plain_name(name):
    """Write a name as it is compared: without case, blanks and leading zeros."""
    lower = "".join(name.lower().split())
    return re.sub("[0-9]+", lambda m: m.group().lstrip("0") or "0", lower)


def last_number(text):
    """Get the last whole number in a text."""
    # Tables that went through another program write 6 as 6.0.
    digits = re.findall("[0-9]{1,9}", re.sub(r"(?<=[0-9])\.0*\s*$", "", text))
    return int(digits[-1]) if digits else None


def version_of(root, base, versions):
    """Tell by the names of folders which version of a database lies in one."""
    below = base.relative_to(root.path).parts
    for part in (*reversed(below), root.real.name, root.real.parent.name):
        # FacesCropped and SAMMCropped are two words.
        words = re.sub("(?<=[a-z])(?=[A-Z])|(?=[A-Z][a-z])", "_", part)
        for version, begin in versions.items():
            if re.search(f"(?<![a-z])({begin})", words, re.IGNORECASE):
                return version
    return next(iter(versions))


def bases_of(root, title, pattern, versions, version):
    """Find the folders that hold the subjects of one version of a database."""
    if version not in versions:
        raise ValueError(
            f"version must be one of {list(versions)} for {title}, got {version!r}."
        )
    found = [(version_of(root, base, versions), base) for base in root.bases(pattern)]
    wanted = [base for kind, base in found if kind == version]
    if not wanted:
        others = sorted({f"{kind} in {base.name}" for kind, base in found})
        there = f"there is {', '.join(others)}" if others else "there is nothing alike"
        raise DatasetError(
            f"{root.path}: no folders of subjects (named like {pattern}) of {title} in "
            f"the version {version!r}; {there}."
        )
    return wanted


class ClipFolders:
    """Folders of clips below folders of subjects."""

    def __init__(self, root, bases, pattern, between=()):
        self.root = root
        self.subjects = {}
        named = re.compile(pattern, re.IGNORECASE).fullmatch
        for base in bases:
            for folder in root.folders(base):
                if named(folder.name):
                    number = last_number(folder.name)
                    self.subjects.setdefault(number, []).append(folder)
        self._between = between
        self._clips = {}

    def of(self, number):
        """List the folders of the clips of a subject."""
        level = self.subjects.get(number, [])
        for name in self._between:
            inner = (path for folder in level for path in self.root.folders(folder))
            level = [path for path in inner if path.name.lower() == name]
        return [path for folder in level for path in self.root.folders(folder)]

    def find(self, number, clip):
        """Find the folder of a clip."""
        if number not in self.subjects:
            raise DatasetError("the folder of the subject is missing")
        if number not in self._clips:
            names = {}
            for path in self.of(number):
                names.setdefault(plain_name(path.name), path)
            # A name as it is goes before one that is alike.
            names |= {path.name: path for path in reversed(self.of(number))}
            self._clips[number] = names
        names = self._clips[number]
        for name in (clip, plain_name(clip)):
            if name in names:
                return names[name]
        if re.search(r"[/\\:\0]|^\.+$", clip):
            raise DatasetError(f"{clip!r} is no name of a folder")
        raise DatasetError("the folder of the clip is missing")


# Levels between the root and the folders of the subjects, doubled ones included.
DEPTH = 5

# Where nothing is found, the search must end: it goes no deeper below a folder with
# many folders, which are those of subjects, and leaves off after so many.
MANY, MOST = 40, 5000


class Root:
    """Folder into which a database was unpacked.

    Names that come from a sheet are looked up among those that a folder has, so that no
    sheet can lead anywhere else; links that lead out of the root are not followed.
    """

    def __init__(self, path, scans=None):
        if isinstance(path, Root):
            path, scans = path.path, path.scans
        self.path = Path(path)
        if not self.path.is_dir():
            raise DatasetError(f"{self.path}: is no folder.")
        self.real = self.path.resolve()
        self.scans = Scans() if scans is None else scans
        self._frames = {}

    def inner(self):
        """Take each folder in this one for a root."""
        return [Root(path, self.scans) for path in self.folders(self.path)]

    def folders(self, folder):
        """List the folders in a folder."""
        return [folder / entry.name for entry in self._listed(folder, True)]

    def files(self, folder):
        """List the files in a folder."""
        return [folder / entry.name for entry in self._listed(folder, False)]

    def walk(self, depth=DEPTH, stop=None):
        """Go through folders, those near the root first."""
        level, n_seen = [self.path], 0
        for _ in range(depth + 1):
            below = []
            for folder in level[: max(0, MOST - n_seen)]:
                try:
                    inner = self.folders(folder)
                except DatasetError:
                    # What nobody may look into hides nothing that is searched.
                    if folder == self.path:
                        raise
                    continue
                yield folder
                if len(inner) <= MANY or folder == self.path:
                    below += [p for p in inner if stop is None or not stop(p.name)]
            n_seen += len(level)
            level = below

    def bases(self, pattern):
        """Find the folders that hold folders of subjects."""
        named = re.compile(pattern, re.IGNORECASE).fullmatch
        found = self.walk(stop=named)
        return [p for p in found if any(named(f.name) for f in self.folders(p))]

    def sheets(self, pattern, depth=2, suffixes=SUFFIXES):
        """Find coding sheets."""
        search = re.compile(pattern, re.IGNORECASE).search
        return [
            path
            for folder in self.walk(depth)
            for path in self.files(folder)
            if path.suffix.lower() in suffixes and search(path.name)
        ]

    def sheet(self, title, pattern, given=None):
        """Find the coding sheet of a database."""
        if given is not None:
            for path in (Path(given), self.path / given):
                if path.is_file():
                    return path
            raise DatasetError(f"{given}: there is no such coding sheet.")
        found = self.sheets(pattern)
        if not found:
            others = self.sheets(
                pattern, suffixes=(".xls", ".ods", ".xlsb", ".numbers")
            )
            advice = "put it there, or say where it is (`sheet` of the loader, --sheet)"
            if others:
                advice = f"save {self.relative(others[0])} as .xlsx"
            raise DatasetError(
                f"{self.path}: no coding sheet of {title} in this folder or the two "
                f"levels below (.xlsx or .csv, its name matches {pattern!r}): {advice}."
            )
        return min(found, key=lambda path: (path.name, len(path.parts)))

    def frames(self, folder):
        """List the frame images of a folder, once."""
        if folder not in self._frames:
            entries = self.scans.entries(folder)
            images = [e for e in entries if not e.is_folder and is_image(e.name)]
            for image in images:
                if not image.stays(self.real):
                    raise ReadError(
                        f"{image.link}: is a link that leads out of {self.real}."
                    )
            self._frames[folder] = number_frames(folder, [e.name for e in images])
        return self._frames[folder]

    def inside(self, name):
        """Resolve a path that somebody wrote into a table."""
        parts = re.split(r"[/\\]", name)
        absolute = Path(name).is_absolute() or not parts[0] or ":" in parts[0]
        if absolute or ".." in parts or "\0" in name:
            raise DatasetError(f"the path {name!r} leads out of the root")
        path = self.path.joinpath(*parts)
        try:
            real = path.resolve()
        except RuntimeError:
            raise DatasetError(f"the path {name!r} is a link in a circle") from None
        if not real.is_relative_to(self.real):
            raise DatasetError(f"the path {name!r} leads out of the root by a link")
        return path

    def relative(self, path):
        """Write a path below the root."""
        return path.relative_to(self.path).as_posix()

    def _listed(self, folder, folders):
        entries = self.scans.entries(folder)
        return [e for e in entries if e.is_folder == folders and e.stays(self.real)]


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
        return min([present[0], *given]), max([present[-1], *given])
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
