"""Versions of what is installed, and texts as a terminal can show them.

It imports little: errors are to be told at once.
"""

import argparse
import unicodedata
from functools import cache
from importlib import metadata

import mefeat

# What numbers depend on. One module goes by several names, as wheels of OpenCV and
# dlib do.
PACKAGES = (
    "numpy",
    "scikit-learn",
    "scikit-image",
    "opencv-contrib-python-headless",
    "opencv-contrib-python",
    "dlib-bin",
    "dlib",
)


def printable(text):
    r"""Escape control characters, as of \x1b[2J, and bytes that are no UTF-8."""
    text = str(text)
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(sign):
    if sign.isprintable() or unicodedata.category(sign) == "Zs":
        return sign
    if "\udc80" <= sign <= "\udcff":  # how Python keeps a byte of a name
        return f"\\x{ord(sign) - 0xDC00:x}"
    return ascii(sign)[1:-1]


def versions_of(packages):
    """Get the versions of mefeat and of those packages that are installed."""
    versions = {"mefeat": mefeat.__version__}
    versions |= {name: version_of(name) for name in packages}
    return {name: version for name, version in versions.items() if version}


@cache
def version_of(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def n_jobs(text):
    """Read a number of processes, as joblib counts them."""
    number = int(text)
    if number == 0:
        raise argparse.ArgumentTypeError("0 processes do nothing; -1 is all cores")
    return number


n_jobs.__name__ = "int"  # how argparse names it
