"""What lies where below the root of a database; nothing outside of it is touched."""

from __future__ import annotations

import re
from pathlib import Path

from mefeat.datasets.errors import DatasetError
from mefeat.datasets.scans import Scans
from mefeat.datasets.sheets import SUFFIXES
from mefeat.video import ReadError
from mefeat.video.folders import is_image, number_frames

# Levels between the root and the folders of the subjects, doubled ones included.
DEPTH = 5

# Where nothing is found, the search must end: it goes no deeper below a folder with
# many folders, which are those of subjects, and leaves off after so many.
MANY, MOST = 40, 5000


class Root:
    """Folder into which a database was unpacked.

    Names that come from a sheet are looked up among those that a folder has, so that no
    sheet can lead anywhere else; links that lead out of the root are not followed.

    Parameters
    ----------
    path : path or Root
        The folder. What another root has listed of it is not listed again.
    scans : Scans, optional
        What folders are known to hold.

    Raises
    ------
    DatasetError
        If it is no folder.
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
        """Take each folder in this one for a root.

        Returns
        -------
        list of Root
            The folders, in the order of their names.
        """
        return [Root(path, self.scans) for path in self.folders(self.path)]

    def folders(self, folder):
        """List the folders in a folder.

        Parameters
        ----------
        folder : Path
            The folder.

        Returns
        -------
        list of Path
            Folders in the order of their names, but for hidden ones and links that lead
            out of the root.
        """
        return [folder / entry.name for entry in self._listed(folder, True)]

    def files(self, folder):
        """List the files in a folder.

        Parameters
        ----------
        folder : Path
            The folder.

        Returns
        -------
        list of Path
            Files in the order of their names, but for hidden ones, lock files and links
            that lead out of the root.
        """
        return [folder / entry.name for entry in self._listed(folder, False)]

    def walk(self, depth=DEPTH, stop=None):
        """Go through folders, those near the root first.

        Parameters
        ----------
        depth : int, default=5
            How far below the root.
        stop : callable, optional
            Tells of the name of a folder whether to leave it out, and what is in it.

        Yields
        ------
        Path
            The root, and folders below it.
        """
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
        """Find the folders that hold folders of subjects.

        Parameters
        ----------
        pattern : str
            Regular expression of the names of the inner folders, in any case.

        Returns
        -------
        list of Path
            The folders; what is inside of the inner ones is not searched.
        """
        named = re.compile(pattern, re.IGNORECASE).fullmatch
        found = self.walk(stop=named)
        return [p for p in found if any(named(f.name) for f in self.folders(p))]

    def sheets(self, pattern, depth=2, suffixes=SUFFIXES):
        """Find coding sheets.

        Parameters
        ----------
        pattern : str
            Regular expression that is searched in the name, in any case.
        depth : int, default=2
            How far below the root.
        suffixes : tuple of str, default=(".xlsx", ".csv")
            Which files.

        Returns
        -------
        list of Path
            The files, those near the root first.
        """
        search = re.compile(pattern, re.IGNORECASE).search
        return [
            path
            for folder in self.walk(depth)
            for path in self.files(folder)
            if path.suffix.lower() in suffixes and search(path.name)
        ]

    def sheet(self, title, pattern, given=None):
        """Find the coding sheet of a database.

        Parameters
        ----------
        title : str
            Name of the database.
        pattern : str
            Regular expression that is searched in the name.
        given : path, optional
            The sheet that the user wants: a path, or one below the root.

        Returns
        -------
        Path
            The file: of several the first by name.

        Raises
        ------
        DatasetError
            If there is none.
        """
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
        """List the frame images of a folder, once.

        Parameters
        ----------
        folder : Path
            The folder.

        Returns
        -------
        list of tuple of int and Path
            Numbers and files.

        Raises
        ------
        ReadError
            If an image is a link out of the root, has no number, or one that another
            has.
        """
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
        """Resolve a path that somebody wrote into a table.

        Parameters
        ----------
        name : str
            Path relative to the root.

        Returns
        -------
        Path
            The path.

        Raises
        ------
        DatasetError
            If it is absolute, has ``..``, or a link on its way leads out of the root.
        """
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
        """Write a path below the root.

        Parameters
        ----------
        path : Path
            The path.

        Returns
        -------
        str
            The path from the root on, with forward slashes.
        """
        return path.relative_to(self.path).as_posix()

    def _listed(self, folder, folders):
        entries = self.scans.entries(folder)
        return [e for e in entries if e.is_folder == folders and e.stays(self.real)]
