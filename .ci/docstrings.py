"""Validate the docstring of every public object of mefeat with numpydoc.

The objects are imported, since only then dataclasses show their parameters. Docstrings
of modules are left to ruff.
"""

import importlib
import inspect
import pkgutil
import sys
import tomllib
from pathlib import Path

from numpydoc.validate import validate

import mefeat

# What the base classes of steps call: a sentence says what it gives.
HOOKS = ("apply", "describe", "feature_names")
SECTIONS = ("PR01", "RT01")
PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def public_names():
    """Yield the full names of all that is in an `__all__`, and of its members."""
    for info in pkgutil.iter_modules(mefeat.__path__, "mefeat."):
        if info.name.rpartition(".")[2].startswith("_"):
            continue
        module = importlib.import_module(info.name)
        for name in getattr(module, "__all__", ()):
            value = inspect.unwrap(getattr(module, name))
            if inspect.isclass(value) or inspect.isfunction(value):
                yield f"{info.name}.{name}"
            if inspect.isclass(value):
                for member in public_members(value):
                    yield f"{info.name}.{name}.{member}"


def public_members(cls):
    """Yield the names of methods and properties, those of private bases included."""
    private = [c for c in cls.__mro__[1:] if not is_public(c)]
    for kind in (cls, *private):
        for name, value in vars(kind).items():
            is_code = hasattr(type(value), "__get__") and not inspect.isdatadescriptor(
                value
            )
            if not name.startswith("_") and (is_code or isinstance(value, property)):
                yield name


def is_public(cls):
    """Tell whether a class has a page of its own, or is none of mefeat's."""
    package = importlib.import_module(".".join(cls.__module__.split(".")[:2]))
    names = getattr(package, "__all__", ())
    return not cls.__module__.startswith("mefeat") or cls.__name__ in names


def main():
    """Print every fault; the exit status says whether there was one."""
    settings = tomllib.loads(PYPROJECT.read_text())["tool"]["numpydoc_validation"]
    names = list(public_names())
    faults = [
        f"{name}: {code} {text}"
        for name in names
        for code, text in validate(name)["errors"]
        if code in settings["checks"]
        and not (code in SECTIONS and name.rpartition(".")[2] in HOOKS)
    ]
    print(*faults, f"{len(names)} docstrings, {len(faults)} faults", sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
