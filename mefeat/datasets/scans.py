"""Folders as they are listed on disk, each of them once."""

from __future__ import annotations

import os
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from mefeat.datasets.errors import DatasetError


class Entry(NamedTuple):
    """A file or folder in a folder.

    Parameters
    ----------
    name : str
        Its name.
    is_folder : bool
        Whether it is a folder.
    link : Path or None
        Where a link is; None if it is none.
    target : Path or None
        Where it leads.
    """

    name: str
    is_folder: bool
    link: Path | None = None
    target: Path | None = None

    def stays(self, real):
        """Tell whether it is no link out of a folder, nor to what the link lies in.

        Parameters
        ----------
        real : Path
            The folder, resolved.

        Returns
        -------
        bool
            Whether it is.
        """
        if self.target is None:
            return True
        above = self.link.parent.resolve().is_relative_to(self.target)
        return self.target.is_relative_to(real) and not above


class Scans:
    """What folders hold, kept from the first time it is asked for."""

    def __init__(self):
        self._found = {}

    def entries(self, folder):
        """List what is in a folder.

        Parameters
        ----------
        folder : Path
            The folder.

        Returns
        -------
        list of Entry
            Files and folders in the order of their names, but for hidden ones, lock
            files, and links in a circle or to where nobody may look.

        Raises
        ------
        DatasetError
            If the folder cannot be listed.
        """
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
