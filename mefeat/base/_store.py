"""The store of results: keys made of clip, steps and code, and entries on disk."""

import copyreg
import dis
import hashlib
import importlib
import inspect
import json
import os
import pickle
import platform
import stat
import sys
import sysconfig
import warnings
from contextlib import suppress
from functools import cache, cached_property
from importlib import metadata, util
from io import BytesIO
from pathlib import Path
from types import CodeType, FunctionType, MappingProxyType, MethodType, ModuleType

import joblib
import numpy as np
from numpy.lib.format import read_array, write_array
from sklearn.base import BaseEstimator

import mefeat
from mefeat._environment import PACKAGES, version_of, versions_of
from mefeat.base._files import remove_parts, whole_file
from mefeat.clip import Clip, ClipFile

SUFFIX = ".entry"
_DAY = 24 * 3600
_PLAIN = (str, int, float, bool, type(None))


def open_folder(path):
    """Make a folder for one's own results, and warn if others may write to it."""
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(f"expected a folder for results, got the file {path}.")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove_parts(path, older_than=_DAY)
    if os.name == "posix" and (who := _who_else_writes(path.stat())):
        warnings.warn(
            f"{who} may write to the folder {path}, and what lies there is taken for "
            "results: take a folder of your own, or close it with chmod go-w.",
            stacklevel=2,
        )
    return path


def _who_else_writes(status):
    if status.st_uid not in (os.geteuid(), 0):
        return f"its owner, user {status.st_uid},"
    if status.st_mode & 0o002:
        return "everybody"
    # The group that many systems give to each user has the user's number.
    shared = status.st_mode & 0o020 and status.st_gid != status.st_uid
    return f"the group {status.st_gid}" if shared else None


def write_entry(path, key, value):
    """Write a result, whole or not at all."""
    arrays = []
    head = json.dumps({"key": key, "value": _encoded(value, arrays)}).encode()
    file = BytesIO()
    for array in (np.frombuffer(head, np.uint8), *arrays):
        write_array(file, array, allow_pickle=False)
    body = file.getbuffer()
    with whole_file(path) as part, open(part, "wb") as target:
        target.write(hashlib.sha256(body).digest())
        target.write(body)


def read_entry(path, key):
    """Read a result back, to the last bit."""
    try:
        content = Path(path).read_bytes()
        body = memoryview(content)[32:]
        if hashlib.sha256(body).digest() != content[:32]:
            raise ValueError("it is damaged")
        file = BytesIO(body)
        head = json.loads(read_array(file).tobytes())
        if head["key"] != key:
            raise ValueError("it is of another request")
        return _decoded(head["value"], file)
    except FileNotFoundError:
        return None
    # What is raised depends on what somebody else wrote there.
    except Exception as error:
        warnings.warn(
            f"{path} is not taken ({error}): its result is computed anew.",
            stacklevel=2,
        )
        return None


def _encoded(value, arrays):
    """Turn a value into what JSON can hold, and note its arrays in turn."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is list:
        return [_encoded(item, arrays) for item in value]
    if kind is dict and all(type(key) is str for key in value):
        return {"dict": {k: _encoded(item, arrays) for k, item in value.items()}}
    if kind is Clip:
        fields = {name: getattr(value, name) for name in Clip.__slots__}
        return {"clip": _encoded(fields, arrays)}
    if kind is np.ndarray and value.dtype == object:
        items = [_encoded(item, arrays) for item in value.ravel()]
        return {"objects": items, "shape": value.shape}
    if (kind is np.ndarray or isinstance(value, np.generic)) and not (
        value.dtype.hasobject
    ):
        arrays.append(np.asarray(value))
        return {"array": kind is np.ndarray}
    raise TypeError(f"expected arrays, clips and plain values, got {kind.__name__}")


def _decoded(value, file):
    if isinstance(value, list):
        return [_decoded(item, file) for item in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        array = read_array(file)
        return array if value["array"] else array[()]
    if "objects" in value:
        items = (_decoded(item, file) for item in value["objects"])
        return np.fromiter(items, object).reshape(value["shape"])
    if "clip" in value:
        return Clip(**_decoded(value["clip"], file))
    return {key: _decoded(item, file) for key, item in value["dict"].items()}


_CLONE = BaseEstimator.__sklearn_clone__
_HEAP = 1 << 9  # flag of classes that Python code made
_IMMUTABLE = (str, bytes, int, float, complex, bool, type(None), type(...))
# Parameters that change no number.
_IGNORED = ("memory", "n_jobs", "verbose")
# What Python notes of a class besides what it does.
_NOTES = {
    *("__dict__", "__weakref__", "__doc__", "__module__", "__qualname__"),
    *("__firstlineno__", "__static_attributes__", "__abstractmethods__", "_abc_impl"),
    *("__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__"),
    *("__orig_bases__", "__parameters__", "__type_params__", "__slotnames__"),
}


class ResultCache:
    """Results of steps, kept in a folder clip by clip."""

    def __init__(self, folder, steps):
        self._described = digest([steps, versions_of(PACKAGES)])
        self._folder = open_folder(folder)

    def path_of(self, item):
        """Name the file of a clip's result."""
        try:
            source = describe_source(item)
        except OSError:  # which is for the reader to report
            return None
        return self._folder / f"{digest([self._described, source])[:40]}{SUFFIX}"

    def read(self, path):
        """Read a result."""
        return read_entry(path, path.stem)

    def keep(self, path, result):
        """Write a result, or warn why it cannot be kept."""
        try:
            write_entry(path, path.stem, result)
        except (TypeError, OSError) as error:
            why = getattr(error, "strerror", None) or error
            warnings.warn(
                f"results are not kept in {self._folder}: {why}.", stacklevel=2
            )


def memory_folder(memory):
    """Get the folder that a parameter `memory` names."""
    if isinstance(memory, joblib.Memory):
        return memory.location
    if memory is None or isinstance(memory, str | os.PathLike):
        return memory
    raise TypeError(
        "memory must be the path of a folder, a joblib.Memory or None, got "
        f"{type(memory).__name__}."
    )


def describe_source(item):
    """Describe what a clip is."""
    if isinstance(item, Clip):
        return tuple(getattr(item, name) for name in Clip.__slots__)
    if not isinstance(item, ClipFile):
        return _stamps([Path(item)])
    paths = [item.path] if isinstance(item.path, Path) else item.path
    if item.landmarks is not None:
        paths = [*paths, item.landmarks]
    others = [getattr(item, name) for name in ClipFile.__slots__ if name != "path"]
    return _stamps(paths), others


def _stamps(paths):
    stamps = []
    for path in paths:
        status = os.stat(path)
        stamps.append((str(path.absolute()), status.st_size, status.st_mtime_ns))
        if path.is_dir():
            stamps += _stamps(sorted(p for p in path.iterdir() if p.is_file()))
    return stamps


def digest(value):
    """Hash a value by what it holds and by the code that it would run."""
    try:
        return _Digest().of(value).hex()
    except RecursionError:
        raise TypeError("it is nested too deeply to be hashed") from None


def _hash(tag, *parts):
    found = hashlib.sha256(f"{tag}:".encode())
    for part in parts:
        found.update(part)
    return found.digest()


class _Digest:
    """One walk through a value."""

    def __init__(self):
        self._open = {}  # what is being walked through, by id: how deep it lies
        self._code = {}  # functions and classes that are done
        self._whole = 0  # above 0 in what code refers to, or keeps: fitted parts count

    def of(self, value):
        if type(value) in _IMMUTABLE:
            return _hash(type(value).__name__, repr(value).encode())
        if id(value) in self._code:
            return self._code[id(value)][1]
        if id(value) in self._open:
            return _hash("again", str(self._open[id(value)]).encode())
        self._open[id(value)] = len(self._open)
        try:
            found = self._walk(value)
        finally:
            del self._open[id(value)]
        if isinstance(value, FunctionType | type):
            self._code[id(value)] = value, found
        return found

    def _walk(self, value):
        if walk := _EXACT.get(type(value)):
            return walk(self, value)
        if not self._whole and _is_described_by_parameters(value):
            return self._estimator(value)
        self._whole += 1
        try:
            for kinds, walk in _WALKS:
                if isinstance(value, kinds):
                    return walk(self, value)
            if isinstance(getattr(value, "py_func", None), FunctionType):  # numba's
                options = getattr(value, "targetoptions", None)
                return self._all("compiled", value.py_func, options)
            return self._state(value)
        finally:
            self._whole -= 1

    def _all(self, tag, *values):
        return _hash(tag, *map(self.of, values))

    def _list(self, value):
        return self._all(type(value).__name__, *value)

    def _dict(self, value):
        return self._all("dict", *value.keys(), *value.values())

    def _set(self, value):
        return _hash("set", *sorted(map(self.of, value)))

    def _array(self, value):
        value = np.asarray(value)
        shape = _hash("shape", f"{value.dtype.descr}{value.shape}".encode())
        if value.dtype.hasobject:
            return _hash("objects", shape, *map(self.of, value.ravel().tolist()))
        flat = np.ascontiguousarray(value).reshape(-1)
        return _hash("array", shape, flat.view(np.uint8) if flat.size else b"")

    def _estimator(self, value):
        parameters = sorted(value.get_params(deep=False).items())
        found = [
            (name, part, _file_stamp(part))
            for name, part in parameters
            if name not in _IGNORED
        ]
        revision = getattr(value, "revision", None)
        return self._all("estimator", type(value), revision, found)

    def _function(self, value):
        code, scope = value.__code__, value.__globals__
        module = value.__module__ or "__main__"
        package = _package(module)
        if package and _found(module, value.__qualname__) is value:
            return self._all("known", package, module, value.__qualname__)
        parts = [code, value.__defaults__, value.__kwdefaults__]
        for cell in value.__closure__ or ():
            # Empty until the function around has run that far.
            with suppress(ValueError):
                parts.append(cell.cell_contents)
        names = _Names(code)
        for name in sorted(names.globals & scope.keys()):
            parts += [name, self._of_global(name, scope[name], names, value)]
        for name in sorted(names.modules):
            parts += [name, self._imported(name, scope.get("__package__"), names)]
        own = {k: v for k, v in vars(value).items() if k not in names.stored}
        return self._all("function", *parts, own)

    def _of_global(self, name, part, names, function):
        """Hash what a function finds under a global name."""
        try:
            if isinstance(part, ModuleType):
                return self._module_parts(part, names)
            return self.of(part)
        except TypeError as error:
            asker = function.__qualname__
            raise TypeError(f"{name!r}, which {asker} uses: {error}") from error

    def _imported(self, name, package, names):
        """Hash a module that a function imports when it runs."""
        try:
            full = util.resolve_name(name, package)
            return self._module_parts(importlib.import_module(full), names)
        except Exception:  # then that is where the function fails, or what it expects
            return self.of(None)

    def _module_parts(self, module, names):
        """Hash what a function may take from a module."""
        if _package(module.__name__):
            return self._module(module)
        if id(module) in self._open:
            return self.of(module)
        self._open[id(module)] = len(self._open)
        try:
            found = [module.__name__]
            for name in sorted(names.all & vars(module).keys()):
                part = vars(module)[name]
                is_module = isinstance(part, ModuleType)
                found.append(
                    self._module_parts(part, names) if is_module else self.of(part)
                )
            return self._all("module", *found)
        finally:
            del self._open[id(module)]

    def _code_object(self, value):
        return self._all(
            "code",
            value.co_code,
            value.co_consts,
            (value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars),
            (value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount),
            (value.co_flags, getattr(value, "co_exceptiontable", b"")),
        )

    def _class(self, value):
        module, name = value.__module__, value.__qualname__
        package = _package(module)
        # Code that runs outside of any module leaves classes that say "builtins".
        made_there = module != "builtins" or not value.__flags__ & _HEAP
        if package and (made_there or _found(module, name) is value):
            return self._all("known", package, module, name)
        found = {k: v for k, v in vars(value).items() if k not in _NOTES}
        stored = set()
        for part in found.values():
            part = inspect.unwrap(getattr(part, "__func__", part))
            if isinstance(part, FunctionType):
                stored |= _Names(part.__code__).stored
        # A number that its own methods set is a counter and no code.
        for k in stored & found.keys():
            if isinstance(found[k], int | float):
                del found[k]
        parts = sorted(found.items())
        return self._all("class", name, type(value), value.__bases__, parts)

    def _module(self, value):
        package = _package(value.__name__)
        file = getattr(value, "__file__", None)
        if package or file is None:
            return self._all("module", package, value.__name__)
        return self._all("module", Path(file).read_bytes())

    def _wrapper(self, value):
        return self._all(type(value).__name__, value.__func__)

    def _property(self, value):
        return self._all("property", value.fget, value.fset, value.fdel)

    def _cached_property(self, value):
        return self._all("property", value.func)

    def _method(self, value):
        return self._all("method", value.__func__, value.__self__)

    def _state(self, value):
        """Hash what pickle would keep of an object."""
        kind = type(value)
        try:
            reduce = copyreg.dispatch_table.get(kind)
            found = reduce(value) if reduce else value.__reduce_ex__(4)
        except Exception as error:
            raise TypeError(
                f"{kind.__module__}.{kind.__qualname__} cannot be hashed ({error})"
            ) from error
        if isinstance(found, str):
            return self._named(value, found)
        function, arguments, *others = found
        state, items, pairs = (*others, None, None, None)[:3]
        items, pairs = list(items or ()), list(pairs or ())
        return self._all("object", function, arguments, state, items, pairs)

    def _named(self, value, name):
        """Hash what pickle finds by a name, such as a compiled function."""
        if isinstance(wrapped := getattr(value, "__wrapped__", None), FunctionType):
            return self._all("wrapped", type(value), wrapped)
        module = pickle.whichmodule(value, name)
        if _found(module, name) is not value:
            raise TypeError(f"{value!r} cannot be hashed")
        package, file = _package(module), getattr(sys.modules[module], "__file__", "")
        content = b"" if package or not file else Path(file).read_bytes()
        return self._all("named", package, module, name, content)


_EXACT = {
    list: _Digest._list,
    tuple: _Digest._list,
    dict: _Digest._dict,
    MappingProxyType: _Digest._dict,
    set: _Digest._set,
    frozenset: _Digest._set,
}
# The first that fits.
_WALKS = (
    ((np.ndarray, np.generic), _Digest._array),
    (FunctionType, _Digest._function),
    (type, _Digest._class),
    (ModuleType, _Digest._module),
    (CodeType, _Digest._code_object),
    (MethodType, _Digest._method),
    ((staticmethod, classmethod), _Digest._wrapper),
    (property, _Digest._property),
    (cached_property, _Digest._cached_property),
)


def _is_described_by_parameters(value):
    """Tell whether an estimator is cloned, and so fitted anew, before it is used."""
    # What clones as itself keeps what it has learned.
    clone = getattr(type(value), "__sklearn_clone__", _CLONE)
    is_estimator = hasattr(value, "get_params") and not isinstance(value, type)
    return is_estimator and clone is _CLONE


class _Names:
    """Names in a code object and in those within it."""

    def __init__(self, code):
        self.globals, self.modules, self.stored = set(), set(), set()
        self.all = set(code.co_names)
        steps = list(dis.get_instructions(code))
        for i, step in enumerate(steps):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"):
                self.globals.add(step.argval)
            elif step.opname == "STORE_ATTR":
                self.stored.add(step.argval)
            elif step.opname == "IMPORT_NAME":
                # The level of a relative import is loaded two steps before.
                self.modules.add("." * steps[i - 2].argval + step.argval)
        for part in code.co_consts:
            if isinstance(part, CodeType):
                inner = _Names(part)
                self.all |= inner.all
                self.globals |= inner.globals
                self.modules |= inner.modules
                self.stored |= inner.stored


def _found(module, name):
    """Get what a module has under a name with dots, if anything."""
    found = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _file_stamp(value):
    """Get size and time of change of a file that a parameter names, if it does."""
    if isinstance(value, str | os.PathLike):
        with suppress(OSError, ValueError):
            status = os.stat(value)
            if stat.S_ISREG(status.st_mode):
                return status.st_size, status.st_mtime_ns
    return None


@cache
def _package(module):
    """Name the installed package that a module is of, with its version.

    None of what the user wrote: that is known by its code alone.
    """
    top = module.partition(".")[0]
    if top in ("__main__", "__mp_main__"):
        return None
    if top == "mefeat":
        return f"mefeat {mefeat.__version__}"
    loaded = sys.modules.get(top)
    spec = getattr(loaded, "__spec__", None)
    if loaded is None:
        with suppress(ImportError, ValueError):
            spec = util.find_spec(top)
    folders = getattr(spec, "submodule_search_locations", None) or ()
    file = getattr(loaded, "__file__", None) or getattr(spec, "origin", None)
    path = Path(next(iter(folders), file or ""))
    if top in sys.stdlib_module_names:
        folder = sysconfig.get_path("stdlib")
        if not path.is_absolute() or path.is_relative_to(folder):
            return f"python {platform.python_version()}"
    if not {"site-packages", "dist-packages"} & set(path.parts):
        return None
    version = getattr(loaded, "__version__", None)
    if not isinstance(version, str):
        names = metadata.packages_distributions().get(top, [top])
        version = " ".join(str(version_of(name)) for name in sorted(set(names)))
    return f"{top} {version}"
