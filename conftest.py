"""What is collected where: the networks' own doctests need torch."""

from importlib.util import find_spec

_HAS_TORCH = find_spec("torch") is not None
collect_ignore_glob = [] if _HAS_TORCH else ["mefeat/deep/*"]


def pytest_report_header(config):
    """Say what is left out."""
    return None if _HAS_TORCH else "no torch: doctests of mefeat.deep are left out"
