"""Folders as they are listed on disk, each of them once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from mefeat.datasets.errors import DatasetError


class Entry(NamedTuple):
    """A file or folder in a folder.

    Parameters
    ----------
    path : Path
        Where it is.
    is_folder : bool
        Whether it is a folder.
    target : Path or None
        Where a link leads; None if it is none.
    """

    path: Path
    is_folder: bool
    target: Path | None

    def stays(self, real):
        """Tell whether it is within a folder, and no link to what it lies in.

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
        above = self.path.parent.resolve().is_relative_to(self.target)
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
                    found = [_entry(folder, entry) for entry in entries]
            except OSError as error:
                raise DatasetError(
                    f"{folder}: cannot be listed ({error.strerror})."
                ) from None
            self._found[folder] = sorted(entry for entry in found if entry is not None)
        return self._found[folder]


def _entry(folder, entry):
    if entry.name.startswith((".", "~$")):
        return None
    try:
        is_folder = entry.is_dir()
        if not is_folder and not entry.is_file():
            return None
        target = Path(entry.path).resolve() if entry.is_symlink() else None
    # A link in a circle, or to where nobody may look.
    except (OSError, RuntimeError):
        return None
    return Entry(folder / entry.name, is_folder, target)
