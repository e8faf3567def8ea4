"""Fixtures for all tests."""

import os
from pathlib import Path

import numpy as np
import pytest

# Test processes run side by side, one a core: networks in each are to take one thread.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Footage and reference numbers lie beside the repository and are not part of it.
SHARED = Path(__file__).parents[2] / "shared"


def _folder(name):
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"needs the folder {name} beside the repository")
    return folder


@pytest.fixture(scope="session")
def footage():
    """Folder of real face videos."""
    return _folder("footage")


@pytest.fixture(scope="session")
def reference():
    """Folder of numbers computed with the original authors' implementations."""
    return _folder("reference")


@pytest.fixture
def rng():
    """Random numbers, the same for every test."""
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def pulled():
    """A face whose mouth is pulled by 3 pixels while the head moves."""
    from benchmarks.overlay.portrait import moving_face

    return moving_face(12, amplitude=3.0, noise=1)


@pytest.fixture
def pulled_video(tmp_path, pulled):
    """The same as a lossless video, with its landmarks beside it."""
    from mefeat.video import write_video

    frames, landmarks, *_ = pulled
    path = tmp_path / "face.mkv"
    write_video(path, frames[:8], 30)
    np.save(tmp_path / "face.npy", landmarks[:8])
    return path


@pytest.fixture
def small_accuracy(monkeypatch, tmp_path):
    """Few, small clips for the benchmark of accuracy, and none of a user's settings."""
    import fast_evaluate

    from mefeat.harness import _datasets as datasets

    monkeypatch.setattr(datasets, "QUICK", fast_evaluate.SMALL)
    monkeypatch.setattr(datasets, "make_clips", fast_evaluate.remembered_clips)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def report_results():
    """Three datasets, one of them of action units."""
    from report_results import make_results

    return make_results()


@pytest.fixture(scope="session")
def report_page(report_results, tmp_path_factory):
    """A report of all of them."""
    import pandas as pd

    from mefeat.evaluation import write_report

    published = pd.DataFrame({"method": ["LBP-TOP †", "MDMO"], "F1": [0.25, np.nan]})
    return write_report(
        report_results,
        tmp_path_factory.mktemp("report") / "report.html",
        title="Two datasets",
        about={"commit": "0123abc", "seed": 0},
        notes=["A note."],
        published=published,
        published_notes=["thesis: a thesis"],
    )
