"""Folders of subjects and clips, found by their numbers rather than their letters."""

from __future__ import annotations

import re

from mefeat.datasets.errors import DatasetError

# Versions of frames, and how a word in the names of their folders begins; the first is
# what lies in a folder of another name.
VERSIONS = {"raw": "raw", "cropped": "crop"}


def plain_name(name):
    """Write a name as it is compared: without case, blanks and leading zeros.

    Parameters
    ----------
    name : str
        Name of a clip or folder.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> plain_name("s01_ne_01") == plain_name("S1_ne_1 ")
    True
    """
    lower = "".join(name.lower().split())
    return re.sub("[0-9]+", lambda m: m.group().lstrip("0") or "0", lower)


def last_number(text):
    """Get the last whole number in a text.

    Parameters
    ----------
    text : str
        As a sheet or a folder names a subject.

    Returns
    -------
    int or None
        The number, None if there is none.

    Examples
    --------
    >>> last_number("sub01"), last_number("006"), last_number("spNO.1")
    (1, 6, 1)
    >>> last_number("6.0")
    6
    """
    # Tables that went through another program write 6 as 6.0.
    digits = re.findall("[0-9]{1,9}", re.sub(r"(?<=[0-9])\.0*\s*$", "", text))
    return int(digits[-1]) if digits else None


def version_of(root, base, versions):
    """Tell by the names of folders which version of a database lies in one.

    Parameters
    ----------
    root : Root
        The root.
    base : Path
        Folder that holds subjects.
    versions : dict of str to str
        Name of each version, and how a word in a folder's name begins: "crop" is found
        in Cropped, SAMM_crop, CASME2-cropped and FacesCropped, not in microcrops.

    Returns
    -------
    str
        The version: the innermost folder that matches one decides, down to the one
        that holds the root; the first in the table if none does.
    """
    below = base.relative_to(root.path).parts
    for part in (*reversed(below), root.real.name, root.real.parent.name):
        # FacesCropped and SAMMCropped are two words.
        words = re.sub("(?<=[a-z])(?=[A-Z])|(?=[A-Z][a-z])", "_", part)
        for version, begin in versions.items():
            if re.search(f"(?<![a-z])({begin})", words, re.IGNORECASE):
                return version
    return next(iter(versions))


def bases_of(root, title, pattern, versions, version):
    """Find the folders that hold the subjects of one version of a database.

    Parameters
    ----------
    root : Root
        The root.
    title : str
        Name of the database.
    pattern : str
        Regular expression of folders of subjects.
    versions : dict of str to str
        As in `version_of`.
    version : str
        The version wanted.

    Returns
    -------
    list of Path
        The folders.

    Raises
    ------
    DatasetError
        If there are none.
    ValueError
        If there is no such version.
    """
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
    """Folders of clips below folders of subjects.

    Parameters
    ----------
    root : Root
        The root.
    bases : list of Path
        Folders that hold those of the subjects.
    pattern : str
        Regular expression of the names of subjects' folders.
    between : tuple of str, default=()
        Folders between a subject and its clips, by name.
    """

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
        """List the folders of the clips of a subject.

        Parameters
        ----------
        number : int
            Number of the subject.

        Returns
        -------
        list of Path
            The folders.
        """
        level = self.subjects.get(number, [])
        for name in self._between:
            inner = (path for folder in level for path in self.root.folders(folder))
            level = [path for path in inner if path.name.lower() == name]
        return [path for folder in level for path in self.root.folders(folder)]

    def find(self, number, clip):
        """Find the folder of a clip.

        Parameters
        ----------
        number : int or None
            Number of the subject.
        clip : str
            Name of the clip.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        DatasetError
            If there is none.
        """
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
