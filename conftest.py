"""What is collected where: the networks' own doctests need torch."""

import sys
from importlib.util import find_spec

import pytest

_HAS_TORCH = find_spec("torch") is not None
collect_ignore_glob = [] if _HAS_TORCH else ["mefeat/deep/*"]


def pytest_report_header(config):
    """Say what is left out."""
    return None if _HAS_TORCH else "no torch: doctests of mefeat.deep are left out"


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test or doctest has drawn."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
