"""Compiled loops: numpy and numba only, arrays and numbers in, nothing checked."""

import hashlib
import os
import pickle
import warnings
from contextlib import suppress

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile


def njit(*, cache=False, **options):
    """Compile as `numba.njit` does, also where its cache is damaged or full."""

    def compiled(function):
        found = numba.njit(**options)(function)
        # Without the JIT it is the function itself.
        if cache and found is not function:
            try:
                found._cache = _Cache(function)
            except RuntimeError as error:
                _say(
                    f"compiled code cannot be kept ({error}): every process compiles "
                    "anew. Set NUMBA_CACHE_DIR to a folder that can be written to.",
                )
        return found

    return compiled


_said = set()


def _say(text):
    """Warn, once in a process of the same kind of trouble: kernels are many."""
    kind = text.split("(")[0]
    if kind not in _said:
        _said.add(kind)
        warnings.warn(text, stacklevel=3)


class _Damaged(Exception):
    """Names the file of the cache that is damaged."""


class _CheckedFile(IndexDataCacheFile):
    """The cache of a kernel on disk, whose files end in their SHA-256."""

    def _dump(self, obj):
        # What follows a pickle is not read with it.
        data = super()._dump(obj)
        return data + hashlib.sha256(data).digest()

    def _load_index(self):
        try:
            found = super()._load_index()
        except Exception as error:
            raise _Damaged(self._index_path) from error
        if found:  # else it is not there, or of other code
            with open(self._index_path, "rb") as file:
                pickle.load(file)  # numba's version
                self._check(self._index_path, file.read())
        return found

    def _load_data(self, name):
        path = self._data_path(name)
        with open(path, "rb") as file:
            self._check(path, file.read())
        return super()._load_data(name)

    def _check(self, path, data):
        if hashlib.sha256(data[:-32]).digest() != data[-32:]:
            raise _Damaged(path)


class _Cache(FunctionCache):
    """A cache that compiles anew what is damaged, and does without what is full."""

    def __init__(self, function):
        super().__init__(function)
        self._cache_file = _CheckedFile(
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=self._impl.locator.get_source_stamp(),
        )

    def load_overload(self, sig, target_context):
        try:
            return super().load_overload(sig, target_context)
        except _Damaged as error:
            _remove(error.args[0])

    def save_overload(self, sig, data):
        try:
            super().save_overload(sig, data)
        except _Damaged as error:
            _remove(error.args[0])
        except OSError as error:
            _say(f"compiled code cannot be kept in {self.cache_path} ({error}).")


def _remove(path):
    with suppress(OSError):
        os.unlink(path)
    _say(f"compiled code is damaged ({path}, maybe others): it is compiled anew.")
