"""The documentation: its snippets, commands and example, and that it names all."""

import doctest
import os
import pkgutil
import re
import shlex
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import mefeat
from mefeat.cli import main
from mefeat.datasets import make_clips
from mefeat.video import write_video

DOCS = Path(__file__).parents[1] / "docs"
CODE = DOCS / "code"
PAGES = [*DOCS.glob("*.rst"), *DOCS.glob("guide/**/*.rst")]
TEXTS = {p.relative_to(DOCS).as_posix(): p.read_text(encoding="utf-8") for p in PAGES}
COMMANDS = re.findall(
    r"^ +\$ mefeat (.+)", TEXTS["guide/command-line.rst"], re.MULTILINE
)
UNLISTED = {"__main__", "cli", "kernels"}


@pytest.mark.parametrize(
    "page", sorted(p for p, text in TEXTS.items() if ">>>" in text)
)
def test_snippets(page, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(CODE))
    monkeypatch.chdir(tmp_path)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, tried = doctest.testfile(
        str(DOCS / page), module_relative=False, optionflags=flags, encoding="utf-8"
    )
    assert tried and not failed


def test_example_of_a_descriptor():
    """It passes its own tests and doctests."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", CODE]
    found = subprocess.run(
        command,
        cwd=DOCS.parent,
        env=os.environ | {"PYTHONPATH": str(CODE)},
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout
    assert "8 passed" in found.stdout


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Make the files that the page on the command line names."""
    folder = tmp_path_factory.mktemp("files")
    clip = make_clips(1, 1, ["surprise"]).clips[0].at(np.arange(12))
    points = np.float32(clip.landmarks)
    for name in "clips", "points", "EP02_01f":
        (folder / name).mkdir()
    for name in "interview.mp4", "clips/a.mp4", "clips/b.mp4":
        write_video(folder / name, clip.frames, clip.fps)
        np.save(folder / "points" / Path(name).with_suffix(".npy").name, points)
    for t, frame in enumerate(clip.frames):
        cv2.imwrite(str(folder / f"EP02_01f/img{t}.png"), frame)
    labelled = make_clips(3, 1, ["happiness", "surprise"], fps=50).clips
    lines = ["path,subject,label,action_units"]
    for i, one in enumerate(labelled):
        write_video(folder / f"{i}.mp4", one.frames[:6], one.fps)
        shown = ("happiness,6+12", "surprise,1+2")[i % 2]
        lines.append(f"{i}.mp4,s{i // 2},{shown}")
    (folder / "clips.csv").write_text("\n".join(lines))
    train = ["train", str(folder / "clips.csv"), "--classifier", "linear-svm"]
    train += ["--cache", str(folder / "rows"), "--quiet"]
    assert main([*train, "-o", str(folder / "model.skops")]) == 0
    assert main([*train, "-o", str(folder / "units.skops"), "--units", "all"]) == 0
    rows = ["frame,point,x,y"]
    for t, p in np.ndindex(points.shape[:2]):
        rows.append(f"{t},{p},{points[t, p, 0]},{points[t, p, 1]}")
    (folder / "interview.csv").write_text("\n".join(rows))
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_commands(command, files, monkeypatch, capsys):
    monkeypatch.chdir(files)
    try:
        status = main(shlex.split(command))
    except SystemExit as end:
        status = end.code
    assert status == 0, capsys.readouterr().err


def test_api_lists_all_modules():
    text = (DOCS / "api" / "index.rst").read_text(encoding="utf-8")
    names = {info.name for info in pkgutil.iter_modules(mefeat.__path__)} - UNLISTED
    missing = [name for name in names if f" mefeat.{name}\n" not in text]
    assert missing == [], "they belong into docs/api/index.rst"
