"""What lies where below the root of a database; nothing outside of it is touched."""

from __future__ import annotations

import os
import re
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from mefeat.datasets._sheets import SUFFIXES, DatasetError
from mefeat.video import ReadError
from mefeat.video._images import is_image, number_frames


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
