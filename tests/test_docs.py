"""The documentation: its snippets, commands and example, and that it names all."""

import configparser
import doctest
import os
import pkgutil
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np
import pytest
import trees

import mefeat
from mefeat.cli import main
from mefeat.datasets import make_clips
from mefeat.video import write_video

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
CODE = DOCS / "code"
PAGES = [*DOCS.glob("*.rst"), *DOCS.glob("guide/**/*.rst")]
TEXTS = {p.relative_to(DOCS).as_posix(): p.read_text(encoding="utf-8") for p in PAGES}
BOOKS = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in ("README.md", "CONTRIBUTING.md")
}
UNLISTED = {"__main__", "cli", "kernels"}


def commands_of(text, is_markdown):
    """List the commands of a page: without prompt, remark and what joins them."""
    if is_markdown:
        text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        found = re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)
    else:
        found = re.findall(r"^ +\$ ((?:.*\\\n)*.*)$", text, re.MULTILINE)
    for line in found:
        line = re.sub(r"\s*\\\n\s*", " ", line)
        line = re.sub(r"\s{2,}#.*|\s*&\s*$", "", line)
        for part in line.split(" && "):
            yield re.sub(r"^\.venv/bin/", "", part.strip())


def python_of(text):
    """List the blocks of Python of a page."""
    blocks = re.findall(r"code-block:: python\n\n((?:(?: {3}.*)?\n)+)", text)
    return [textwrap.dedent(block) for block in blocks]


COMMANDS = [
    *dict.fromkeys(
        command
        for page, text in (TEXTS | BOOKS).items()
        for command in commands_of(text, page.endswith(".md"))
    )
]

# What is run elsewhere, or is not ours: the command, and where or why.
EXEMPT = {
    "python3 -m venv .venv": "the section install of .ci/run",
    ". .venv/bin/activate": "the section install of .ci/run",
    "pre-commit install": "changes the clone",
    "pytest -n 2": "the section tests of .ci/run",
    "python -m pytest -n 2": "the section tests of .ci/run",
    ".ci/run": "runs this",
    "pip list | grep -i opencv": "lists packages",
    "pip uninstall opencv-python opencv-python-headless opencv-contrib-python"
    " opencv-contrib-python-headless": "changes what is installed",
    "pip install opencv-contrib-python-headless": "changes what is installed",
    "python -m benchmarks.speed --full --out results": "tests/test_whole_grid.py",
}
CLUSTER = "tests/evaluation/test_cluster.py"
EXEMPT |= {c: CLUSTER for c in COMMANDS if " --scheduler " in c}
# Small forms of these are sections of .ci/run.
IN_CI = {
    "python -m benchmarks.accuracy": "python -m benchmarks.accuracy --quick",
    "mefeat evaluate": "python -m benchmarks.accuracy --quick",
    "mefeat evaluate --quick": "python -m benchmarks.accuracy --quick",
    "python -m benchmarks.speed": "python -m benchmarks.speed --quick",
    "python -m benchmarks.speed --quick": "python -m benchmarks.speed --quick",
    "python -m benchmarks.speed lbp tim": "python -m benchmarks.speed --quick",
    "python -m benchmarks.speed grid": "python -m benchmarks.speed --quick",
    "python -m benchmarks.deep attention": "python -m benchmarks.deep --quick",
    "python -m benchmarks.deep autoencoder": "python -m benchmarks.deep --quick",
    "python -m benchmarks.deep apex": "python -m benchmarks.deep --quick",
    "python -m benchmarks.deep units": "python -m benchmarks.deep --quick",
}
MEFEAT = [
    command
    for command in COMMANDS
    if command.startswith("mefeat ") and not command.startswith("mefeat evaluate")
]
EVALUATE = [
    command
    for command in COMMANDS
    if command.startswith("mefeat evaluate") and command not in {*EXEMPT, *IN_CI}
]
DASK = [command for command in COMMANDS if command.startswith("dask ")]
PIP = [c for c in COMMANDS if c.startswith("pip install ") and c not in EXEMPT]
PYTHON = [command for command in COMMANDS if command.startswith("python -c ")]
# These train on frames of a database.
LONG = re.compile("mefeat train casme2")


def test_every_command_is_run_or_exempt():
    run = {*MEFEAT, *EVALUATE, *DASK, *PIP, *PYTHON}
    assert not run & {*EXEMPT, *IN_CI}
    assert sorted(run | {*EXEMPT, *IN_CI}) == sorted(COMMANDS)
    assert len(MEFEAT) > 20 and len(EVALUATE) > 3


@pytest.mark.parametrize("command", IN_CI)
def test_what_ci_runs_are_commands(command):
    """And their small forms stand there."""
    assert f"    {IN_CI[command]}" in (ROOT / ".ci" / "run").read_text("utf-8")
    command = command.replace("mefeat evaluate", "python -m benchmarks.accuracy")
    _, _, module, *arguments = shlex.split(command)
    names = [name for name in arguments if not name.startswith("-")]
    known = {"speed": "BENCHMARKS", "deep": "EXPERIMENTS"}.get(module.split(".")[1])
    module = import_module(f"{module}.__main__" if known else module)
    offered = getattr(module, known) if known else ()
    assert set(names) <= set(offered)


@pytest.mark.parametrize("command", PIP)
def test_extras_that_are_installed(command):
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    asked = re.findall(r"\[(.+)\]", command)
    extras = {name for found in asked for name in found.split(",")}
    assert extras <= set(config["options.extras_require"])


@pytest.mark.parametrize("command", DASK)
def test_options_of_dask(command):
    pytest.importorskip("distributed", reason="needs dask")
    _, name, *arguments = shlex.split(command)
    run = import_module(f"distributed.cli.dask_{name}").main
    assert run.make_context(name, arguments).params


@pytest.mark.parametrize("command", PYTHON)
def test_python_in_the_shell(command, capsys):
    exec(shlex.split(command)[2], {})
    assert capsys.readouterr().out == "True\n"


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


@pytest.mark.hostile
def test_example_of_a_descriptor_as_a_package(tmp_path):
    """Built and installed by pip, its method is in the table and gives rows."""
    source, target = tmp_path / "source", tmp_path / "target"
    shutil.copytree(CODE, source, ignore=shutil.ignore_patterns("__pycache__"))
    pip = f"{sys.executable} -m pip install --no-deps --no-build-isolation --no-index"
    subprocess.run(
        [*pip.split(), "--target", target, source], check=True, capture_output=True
    )
    code = (
        "from mefeat.cli import main; from mefeat.methods import METHODS; "
        "from mefeat.testing import example_clips; "
        "pipeline = METHODS['frame-difference'].pipeline(crop=False); "
        "print(pipeline.fit_transform(example_clips(2)).shape); main(['methods'])"
    )
    shown = subprocess.check_output(
        [sys.executable, "-W", "error", "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(target), str(ROOT)])},
        cwd=tmp_path,
        text=True,
    )
    shape, *table = shown.splitlines()
    assert shape == "(2, 32)"
    at = table.index("frame-difference")
    assert table[at + 1].strip() == "of the package frame-difference"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Make the files that the pages name."""
    folder = tmp_path_factory.mktemp("files")
    clip = make_clips(1, 1, ["surprise"]).clips[0].at(np.arange(12))
    points = np.float32(clip.landmarks)
    for name in "clips", "more_clips", "points", "EP02_01f":
        (folder / name).mkdir()
    videos = "interview.mp4", "clip.mp4", "clips/a.mp4", "clips/b.mp4"
    for name in (*videos, "more_clips/c.avi"):
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
    train += ["--memory", str(folder / "rows"), "--quiet"]
    assert main([*train, "-o", str(folder / "model.skops")]) == 0
    assert main([*train, "-o", str(folder / "units.skops"), "--units", "all"]) == 0
    rows = ["frame,point,x,y"]
    for t, p in np.ndindex(points.shape[:2]):
        rows.append(f"{t},{p},{points[t, p, 0]},{points[t, p, 1]}")
    (folder / "interview.csv").write_text("\n".join(rows))
    trees.small_faces(folder / "CASME2", "casme2")
    trees.small_faces(folder / "SAMM", "samm")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(command, marks=[pytest.mark.hostile] * bool(LONG.match(command)))
        for command in MEFEAT
    ],
)
def test_commands(command, files, monkeypatch, capsys):
    """As they are printed, but for the place of databases."""
    monkeypatch.chdir(files)
    try:
        status = main(shlex.split(command.replace("/data/", ""))[1:])
    except SystemExit as end:
        status = end.code
    shown, told = capsys.readouterr()
    # The made tree is no complete copy, and that is told.
    assert status == ("datasets check" in command), told
    assert "problem" not in shown


@pytest.mark.hostile
@pytest.mark.parametrize("command", EVALUATE)
def test_commands_of_the_harness(
    command, files, small_accuracy, monkeypatch, capsys, tmp_path
):
    """As they are printed, on small clips and with the quick grid."""
    from mefeat.harness import main

    for name in "CASME2", "SAMM":
        (tmp_path / name).symlink_to(files / name)
    arguments = shlex.split(command.replace("/data/", ""))[2:]
    once_found(monkeypatch)
    assert main([*arguments, "--quick", "--n-jobs", "1"]) == 0
    shown = capsys.readouterr().out
    assert "published by others" in shown or "--dry-run" in arguments
    if "--out" in arguments:
        assert "lbp-top" in (tmp_path / "results" / "results.csv").read_text("utf-8")
        assert (tmp_path / "results" / "report.html").stat().st_size > 1000


def once_found(monkeypatch):
    """Find the landmarks of each clip once for all methods."""
    from mefeat.faces import _landmarks as landmarks

    find, found = landmarks.face_landmarks, {}

    def remembered(frames, **options):
        key = b"".join(frame.tobytes() for frame in frames), repr(options)
        if key not in found:
            found[key] = find(frames, **options)
        return found[key]

    monkeypatch.setattr(landmarks, "face_landmarks", remembered)


def test_api_lists_all_modules():
    text = (DOCS / "api" / "index.rst").read_text(encoding="utf-8")
    found = {info.name for info in pkgutil.iter_modules(mefeat.__path__)}
    names = {name for name in found - UNLISTED if not name.startswith("_")}
    missing = [name for name in names if f" mefeat.{name}\n" not in text]
    assert missing == [], "they belong into docs/api/index.rst"


BLOCKS = {page: python_of(text) for page, text in TEXTS.items()}
# Pages whose Python other tests run.
ELSEWHERE = {
    "guide/cluster.rst": "tests/evaluation/test_cluster.py",  # but for the address
    "guide/deep.rst": "tests/deep/test_methods.py",
}


@pytest.mark.parametrize(
    "page", sorted(page for page, found in BLOCKS.items() if found)
)
def test_blocks_of_python(page, files, monkeypatch, capsys):
    """They run as they are printed, here or in tests that know what they need."""
    if page in ELSEWHERE:
        assert (ROOT / ELSEWHERE[page]).is_file()
    elif page.startswith("guide/databases/"):
        assert Path(page).stem in {*trees.ROOTS, "index"}
    else:
        monkeypatch.chdir(files)
        exec("".join(BLOCKS[page]), {})


SNIPPETS = re.findall(r"^```python\n(.*?)^```", BOOKS["README.md"], re.M | re.S)


# On a made tree, where a class is all that can be learned.
@pytest.mark.filterwarnings("ignore:every clip was predicted")
@pytest.mark.hostile
@pytest.mark.parametrize("number", range(3))
def test_snippets_of_the_readme(number, files, monkeypatch, capsys, tmp_path):
    """As they are printed."""
    assert len(SNIPPETS) == 3
    (tmp_path / "CASME2").symlink_to(files / "CASME2")
    monkeypatch.chdir(tmp_path)
    exec(SNIPPETS[number], {})
    shown = capsys.readouterr().out
    if "interview.mp4" not in SNIPPETS[number]:
        assert "macro_f1" in shown
        return
    assert shown.count("Interval(") == 3
    # What is said below it.
    assert main(["spot", "interview.mp4", "-o", "intervals.csv"]) == 0
    assert len(Path("intervals.csv").read_text().splitlines()) == 4
