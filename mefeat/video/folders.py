"""Folders of frame images: which files are frames, and in which order."""

import os
import re
from pathlib import Path

from mefeat.video.errors import ReadError

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff")


def list_frames(folder):
    """List the frame images of a folder in the order of their numbers.

    Parameters
    ----------
    folder : path
        Folder that holds the images of one clip.

    Returns
    -------
    list of Path
        Image files (bmp, jpeg, jpg, png, tif, tiff, in any case), sorted by the last
        whole number in the name. Hidden files, lock files (``~$...``) and all other
        kinds of files are passed over.

    Raises
    ------
    ReadError
        If the folder cannot be read, a name has no number, or two have the same.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("img9.jpg", "img10.jpg", "reg_img008.JPG", "Thumbs.db"):
    ...         Path(folder, name).touch()
    ...     [path.name for path in list_frames(folder)]
    ['reg_img008.JPG', 'img9.jpg', 'img10.jpg']
    """
    return [path for _, path in numbered_frames(folder)]


def numbered_frames(folder):
    """List the numbers and the paths of the frame images of a folder.

    Parameters
    ----------
    folder : path
        Folder that holds the images of one clip.

    Returns
    -------
    list of tuple of int and Path
        Number and path of each image, in the order of the numbers.

    Raises
    ------
    ReadError
        As `list_frames`.
    """
    folder = Path(folder)
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if is_image(e.name) and e.is_file()]
    except OSError as error:
        raise ReadError(f"{folder}: cannot be listed ({error.strerror}).") from None
    return number_frames(folder, names)


def is_image(name):
    """Tell by its name whether a file is a frame image.

    Parameters
    ----------
    name : str
        Name of the file.

    Returns
    -------
    bool
        Whether it has the ending of one and is no hidden and no lock file.
    """
    return name.lower().endswith(SUFFIXES) and not name.startswith((".", "~$"))


def number_frames(folder, names):
    """Put frame images in the order of their numbers.

    Parameters
    ----------
    folder : Path
        Folder that holds them.
    names : list of str
        Names of the images.

    Returns
    -------
    list of tuple of int and Path
        Number and path of each image, in the order of the numbers.

    Raises
    ------
    ReadError
        If a name has no number, or two have the same.
    """
    found = {}
    for name in sorted(names):
        digits = re.findall("[0-9]+", os.path.splitext(name)[0])
        if not digits:
            raise ReadError(
                f"{folder / name}: no number in the name says which frame it is; move "
                "it away, or give the images as a list."
            )
        number = int(digits[-1])
        if number in found:
            raise ReadError(
                f"{folder}: frame {number} is there twice, as {found[number].name} and "
                f"{name}; the last number in a name must tell the frames apart."
            )
        found[number] = folder / name
    return sorted(found.items())
