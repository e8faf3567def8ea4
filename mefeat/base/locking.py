"""A folder for one process at a time."""

import errno
import os
import platform
import warnings
from contextlib import contextmanager
from pathlib import Path

from mefeat.base.files import remove_parts

NAME = ".lock"
_UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
# Windows locks bytes against reading, so lock one far behind what is written.
_FAR = 1 << 20


@contextmanager
def folder_lock(folder):
    """Keep other processes from working in a folder at the same time.

    Parameters
    ----------
    folder : path
        A folder that exists. A file `.lock` appears in it and stays.

    Yields
    ------
    None
        Nothing.

    Raises
    ------
    BlockingIOError
        If the folder is locked, with the process that holds it.
    OSError
        If the folder cannot be written to.

    Notes
    -----
    The operating system holds the lock, so it ends with the process, however that ends;
    a file that is left behind locks nothing. Half-written files of processes that were
    killed are removed once the folder is locked. Where the file system knows no
    locks, a warning says so.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> folder = mkdtemp()
    >>> with folder_lock(folder):
    ...     with folder_lock(folder):
    ...         pass
    Traceback (most recent call last):
    BlockingIOError: ... is in use by process ...
    """
    path = Path(folder) / NAME
    with open(path, "a+", encoding="utf-8") as file:
        try:
            _lock(file)
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise BlockingIOError(_in_use(folder, path)) from None
            warnings.warn(
                f"{folder} cannot be locked on this file system: see that no other "
                "process works in it.",
                stacklevel=3,
            )
        else:
            remove_parts(folder)
        file.truncate(0)
        file.write(f"{os.getpid()} on {platform.node()}")
        file.flush()
        yield


def _in_use(folder, path):
    holder = path.read_text(encoding="utf-8").strip() or "unknown"
    return (
        f"{folder} is in use by process {holder}: wait until it ends, or take another "
        "folder."
    )


if os.name == "nt":
    import msvcrt

    def _lock(file):
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)

else:
    import fcntl

    def _lock(file):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
