"""What a database is: how it is read, and what is known of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import signature

from mefeat.datasets.bunches import class_map, make_bunch
from mefeat.datasets.classes import FIVE_CLASSES, OWN_CLASSES, THREE_CLASSES
from mefeat.datasets.records import find_clips


def signs(sheet, folder):
    """Make the test whether a database lies somewhere.

    Parameters
    ----------
    sheet, folder : str
        Regular expressions: one is searched in names of sheets, one matches the whole
        name of a folder, in any case.

    Returns
    -------
    callable
        ``found(root)`` tells whether one of them is there.
    """
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
