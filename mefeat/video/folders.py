"""Folders of frame images: which files are frames, and in which order."""

import os
import re
from pathlib import Path

from mefeat.video.errors import ReadError

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff")
# Files that are taken for videos where a folder is searched for some.
VIDEOS = tuple(
    ".264 .265 .3g2 .3gp .asf .avi .divx .dv .f4v .flv .h264 .h265 .hevc .m2t .m2ts "
    ".m2v .m4v .mjpeg .mjpg .mkv .mod .mov .mp4 .mpe .mpeg .mpg .mts .mxf .ogm .ogv "
    ".qt .tod .ts .vob .webm .wmv .y4m".split()
)


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
        If the folder cannot be read, a name has no number, two have the same, or the
        other numbers of the names tell another order (as those of times do).

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
        If a name has no number, two have the same, or the order is not certain.
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
    ordered = sorted(found.items())
    _check_order(folder, ordered)
    return ordered


def _check_order(folder, ordered):
    """Refuse names like frame_0.700 and frame_1.033, whose last numbers do not count.

    Only names that differ in nothing but their numbers can be compared.
    """
    before = {}
    for _, path in ordered:
        stem = os.path.splitext(path.name)[0]
        numbers = [int(digits) for digits in re.findall("[0-9]+", stem)]
        if len(numbers) < 2:
            continue
        decimal = re.search(r"[0-9]+\.[0-9]+(?=[^0-9]*$)", stem)
        keys = numbers, [*numbers[:-2], float(decimal[0])] if decimal else []
        pattern = re.sub("[0-9]+", "0", stem)
        other, others = before.get(pattern, (None, keys))
        if keys[0] < others[0] or keys[1] < others[1]:
            raise ReadError(
                f"{folder}: by its last number {other} comes before {path.name}, read "
                "as a time or by all of its numbers it comes after it: rename the "
                "images so that the last number counts them, or give them as a list."
            )
        before[pattern] = path.name, keys
