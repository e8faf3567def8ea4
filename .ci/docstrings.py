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

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def public_modules():
    """Yield mefeat and every module in it whose path has no leading underscore."""
    yield mefeat
    for info in pkgutil.walk_packages(mefeat.__path__, "mefeat."):
        # To import __main__ would run it.
        if "._" not in info.name:
            yield importlib.import_module(info.name)


def public_names(module):
    """Yield the full names of the functions, classes and members a module defines."""
    for name, value in vars(module).items():
        value = inspect.unwrap(value)
        if not (inspect.isclass(value) or inspect.isfunction(value)):
            continue
        if name.startswith("_") or value.__module__ != module.__name__:
            continue
        yield f"{module.__name__}.{name}"
        if inspect.isclass(value):
            for member in public_members(value):
                yield f"{module.__name__}.{name}.{member}"


def public_members(cls):
    """Yield the names of a class's own methods and properties, but not of its data."""
    for name, value in vars(cls).items():
        is_code = hasattr(type(value), "__get__") and not inspect.isdatadescriptor(
            value
        )
        if not name.startswith("_") and (is_code or isinstance(value, property)):
            yield name


def main():
    """Print every fault; the exit status says whether there was one."""
    settings = tomllib.loads(PYPROJECT.read_text())["tool"]["numpydoc_validation"]
    names = [name for module in public_modules() for name in public_names(module)]
    faults = [
        f"{name}: {code} {text}"
        for name in names
        for code, text in validate(name)["errors"]
        if code in settings["checks"]
    ]
    print(*faults, f"{len(names)} docstrings, {len(faults)} faults", sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
