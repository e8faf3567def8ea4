"""Files written whole or not at all, tables, and locked folders."""

import csv
import errno
import os
import platform
import re
import secrets
import stat
import time
import warnings
import zipfile
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from types import SimpleNamespace

from filelock import FileLock, Timeout

# What a disk does, whatever the writer was about.
_DISK = {errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EROFS, getattr(errno, "EDQUOT", 0)}
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_PART = re.compile(r"\..{0,40}\.[0-9a-f]{16}\.part(\..*)?", re.DOTALL)
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_waiting = ContextVar("files that wait for others", default=None)


@contextmanager
def whole_file(path):
    """Write a file beside its place and move it there at the end."""
    target = _target(Path(path))
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    # A part of the name is enough for people: the whole may be as long as names can be,
    # and have characters that writers do not know.
    stem = target.stem[:40].encode("ascii", "ignore").decode()
    name = f".{stem}.{secrets.token_hex(8)}.part{target.suffix}"
    part, waiting, kept = target.with_name(name), _waiting.get(), False
    try:
        with _told_of(path, part), zip_years():
            _create(part, mode)
            yield part
            _settle(part, mode)
            if waiting is None:
                os.replace(part, target)
            else:
                waiting.append((part, target))
                kept = True
    finally:
        if not kept:
            _remove(part)


def remove_parts(folder, *, older_than=0):
    """Remove what `whole_file` could not, in processes that were killed."""
    for place, _, names in os.walk(folder):
        for path in (Path(place, name) for name in names if _PART.fullmatch(name)):
            with suppress(OSError):
                if time.time() - path.lstat().st_mtime >= older_than:
                    path.unlink()


@contextmanager
def moved_together():
    """Move the files written in a block to their places at its end, all or none.

    Only those that `whole_file` writes in this thread.
    """
    waiting, moved = [], []
    token = _waiting.set(waiting)
    try:
        yield moved
        for part, target in waiting:
            with _told_of(target, part):
                os.replace(part, target)
            moved.append(target)
    finally:
        _waiting.reset(token)
        for part, _ in waiting:
            _remove(part)


def _target(path):
    """Follow links to the file that is to be written."""
    if path.is_symlink():
        folder, link = path.parent.stat(), path.lstat()
        # As Linux does: in a folder like /tmp, a link of somebody else is a trap.
        shared = folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH
        if shared and link.st_uid not in (os.geteuid(), folder.st_uid):
            raise PermissionError(errno.EPERM, "is a link of somebody else", str(path))
        path = Path(os.path.realpath(path))
        if path.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder {path.parent} does not exist.")
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "is no file but a device or a pipe", str(path))
    return path


def _create(part, mode):
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK
    os.close(os.open(part, flags, 0o666 if mode is None else 0o600))


def _remove(part):
    with suppress(OSError):
        part.unlink()


def _settle(part, mode):
    """Have the disk say that it took all, which some tell as late as this."""
    if mode is not None:
        os.chmod(part, mode | stat.S_IWUSR)
    number = os.open(part, os.O_RDWR | _NO_LINK)
    try:
        os.fsync(number)
    finally:
        os.close(number)
    if mode is not None:
        os.chmod(part, mode)


@contextmanager
def _told_of(path, part):
    """Name the file in errors of the disk, not the part that is written."""
    try:
        yield
    except OSError as error:
        if error.filename != str(part) and (error.filename or error.errno not in _DISK):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def zip_years():
    """Let archives be written whatever the clock says: ZIP knows 1980 to 2107."""
    if 1980 <= time.localtime().tm_year <= 2107:
        yield
        return
    known = zipfile.time

    def localtime(seconds=None):
        now = time.localtime(seconds)
        return time.struct_time((1980, 1, 1, 0, 0, 0, *now[6:]))

    zipfile.time = SimpleNamespace(time=time.time, localtime=localtime)
    try:
        yield
    finally:
        zipfile.time = known


def write_table(path, table):
    """Write a table as CSV, whole, such that a spreadsheet runs none of its cells.

    A text that begins with one of ``= + - @``, a tab or a line break gets an apostrophe
    before it, unless it is a number. `read_table` takes it away.
    """
    table = _each_text(table, _escaped)
    # A line would end at this sign, were there no quotes around it.
    ends = any("\r" in text for text in _texts(table) if isinstance(text, str))
    quoting = csv.QUOTE_NONNUMERIC if ends else csv.QUOTE_MINIMAL
    with whole_file(path) as part:
        table.to_csv(part, index=False, quoting=quoting, errors="backslashreplace")


def read_table(path, **options):
    r"""Read a table that `write_table` wrote, or another CSV."""
    import pandas as pd

    return _each_text(pd.read_csv(path, **options), restored_text)


def restored_text(cell):
    """Take away the apostrophe that `write_table` puts before a text."""
    quoted = isinstance(cell, str) and cell[:1] == "'" and _FORMULA.match(cell)
    return cell[1:] if quoted else cell


def _each_text(table, change):
    """Change the texts among cells and names of columns."""
    table = table.copy(deep=False)
    table.columns = [change(name) for name in table.columns]
    for i in _text_columns(table):
        table.isetitem(i, table.iloc[:, i].map(change))
    return table


def _texts(table):
    yield from table.columns
    for i in _text_columns(table):
        yield from table.iloc[:, i]


def _text_columns(table):
    return [i for i, kind in enumerate(table.dtypes) if kind.kind == "O"]


def _escaped(cell):
    if not isinstance(cell, str) or not _FORMULA.match(cell) or _is_number(cell):
        return cell
    return f"'{cell}"


def _is_number(text):
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text) is not None


# Where the file system knows no locks.
_UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def folder_lock(folder):
    """Keep other processes from working in a folder at the same time.

    The operating system holds the lock, so it ends with the process, however that ends.
    Half-written files of processes that were killed are removed.
    """
    lock, holder = FileLock(Path(folder) / ".lock"), Path(folder) / ".holder"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        owner = holder.read_text("utf-8") if holder.exists() else "unknown"
        raise BlockingIOError(
            f"{folder} is in use by process {owner}: wait until it ends, or take "
            "another folder."
        ) from None
    except (NotImplementedError, OSError) as error:
        if getattr(error, "errno", errno.ENOSYS) not in _UNSUPPORTED:
            raise
        warnings.warn(
            f"{folder} cannot be locked on this file system: see that no other process "
            "works in it.",
            stacklevel=3,
        )
    else:
        remove_parts(folder)
    try:
        holder.write_text(f"{os.getpid()} on {platform.node()}", "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
