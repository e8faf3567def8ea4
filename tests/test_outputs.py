"""Files that are written: whole or not at all, where they were asked for, harmless."""

import io
import os
import re
import resource
import signal
import stat
import subprocess
import sys
import time
from functools import cache

import numpy as np
import pandas as pd
import pytest

from mefeat._environment import n_jobs, printable
from mefeat.base import _files
from mefeat.base._files import moved_together, read_table, whole_file, write_table
from mefeat.cli import main
from mefeat.cli._options import LIMITS, CommandError, Terminated, check_places
from mefeat.evaluation import evaluate, write_report
from mefeat.testing import example_clips, face_layout
from mefeat.video import write_video

FORMULAS = ["=1+1", "+1+cmd", "-2+3", "@sum", "\tx", "\rx", "\nx", "'=1", "''@a"]
PLAIN = ["-1.5", "+3e4", "ann", "'tis", "", "a=b", "1-2", "'-x y'"]


def no_parts(folder):
    return not list(folder.rglob("*.part*"))


# One file


def test_a_new_file_has_the_mode_of_all_new_files(tmp_path):
    for mask in (0o022, 0o077):
        before = os.umask(mask)
        try:
            with whole_file(tmp_path / f"{mask}") as part:
                part.write_text("new")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / f"{mask}").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_a_file_keeps_its_mode_and_is_never_more_open(tmp_path, mode):
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(mode)
    with whole_file(path) as part:
        assert not part.stat().st_mode & ~mode & 0o077
        part.write_text("new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_of_a_link_the_target_is_written(tmp_path):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "a.txt", tmp_path / "a.txt"
    for text in ("first", "second"):
        link.unlink(missing_ok=True)
        link.symlink_to("far/a.txt")
        with whole_file(link) as part:
            part.write_text(text)
        assert link.is_symlink() and target.read_text() == text
    link.unlink()
    link.symlink_to("a.txt")
    with pytest.raises(OSError, match="a.txt"), whole_file(link):
        pytest.fail("a link to itself was written")
    assert no_parts(tmp_path)


def test_a_link_of_somebody_else_in_a_shared_folder_is_not_followed(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give a link to somebody else")
    (tmp_path / "victim").write_text("precious")
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "a.txt").symlink_to(tmp_path / "victim")
    os.lchown(shared / "a.txt", 4321, 4321)
    with pytest.raises(PermissionError, match="somebody"), whole_file(shared / "a.txt"):
        pytest.fail("it was followed")
    assert (tmp_path / "victim").read_text() == "precious"


def test_names_cannot_be_guessed_and_are_opened_exclusively(tmp_path, monkeypatch):
    path, seen = tmp_path / "a.txt", set()
    for _ in range(2):
        with whole_file(path) as part:
            seen.add(part.name)
            assert (part.parent, part.suffix) == (tmp_path, ".txt")
    assert len(seen) == 2
    # Even who guesses it gains nothing by a link.
    monkeypatch.setattr(_files.secrets, "token_hex", lambda n: "guessed")
    (tmp_path / "victim").write_text("precious")
    planted = tmp_path / ".a.guessed.part.txt"
    planted.symlink_to(tmp_path / "victim")
    with pytest.raises(FileExistsError), whole_file(path):
        pytest.fail("it was opened")
    assert (tmp_path / "victim").read_text() == "precious"


def test_what_is_no_file_stays_what_it_is(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    for path in (tmp_path / "pipe.txt", tmp_path / "folder.txt", "/dev/null"):
        with pytest.raises(OSError, match=str(path)), whole_file(path):
            pytest.fail("it was opened")
    assert stat.S_ISFIFO((tmp_path / "pipe.txt").stat().st_mode)
    assert no_parts(tmp_path)


def test_names_as_long_as_names_can_be(tmp_path):
    longest = tmp_path / ("ü" * 125 + ".txt")
    with whole_file(longest) as part:
        part.write_text("long")
    assert longest.read_text() == "long"
    with pytest.raises(OSError, match="x{300}") as caught:
        with whole_file(tmp_path / ("x" * 300 + ".txt")) as part:
            part.write_text("too long")
    assert ".part" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == [longest.name]


def test_several_files_are_moved_together_or_not_at_all(tmp_path):
    paths = [tmp_path / name for name in "abc"]
    for path in paths:
        path.write_text("old")

    def write(fail=None):
        with moved_together() as moved:
            for path in paths:
                with whole_file(path) as part:
                    part.write_text("new")
                    if path is fail:
                        raise KeyboardInterrupt
            assert moved == []
            assert {path.read_text() for path in paths} == {"old"}
        return moved

    with pytest.raises(KeyboardInterrupt):
        write(paths[1])
    assert {path.read_text() for path in paths} == {"old"} and no_parts(tmp_path)
    assert write() == paths
    assert {path.read_text() for path in paths} == {"new"} and no_parts(tmp_path)


# Full disks: a limit on the size of files acts like one


def limited(size, function):
    """Run a function in a fork that can write no more than so many bytes to a file."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            function()
            status = 0
        except OSError as error:
            # The file that was asked for is named, and no hidden one.
            status = 3 if "asked" in str(error) and ".part" not in str(error) else 4
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def images():
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (12, 64, 64, 3), np.uint8)


def _figure(path):
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([0, 1])
    with whole_file(path) as part:
        figure.savefig(part)


def _rows(path):
    from mefeat.cli._describe import WRITERS

    names = np.array([f"f{i}" for i in range(300)])
    rows = np.random.default_rng(0).normal(size=(4, 300))
    WRITERS[path.suffix](path, list("abcd"), rows, names)


def _model(path):
    from sklearn.neighbors import KNeighborsClassifier

    from mefeat.persistence import save_model

    rows = np.random.default_rng(0).normal(size=(40, 60))
    save_model(KNeighborsClassifier(1).fit(rows, [0, 1] * 20), path)


def _tensors(path):
    import torch

    from mefeat.deep._tensors import write_tensors

    write_tensors(path, {"a": torch.ones(5000)}, {})


@cache
def _judged():
    from sklearn.neighbors import KNeighborsClassifier

    rows = np.random.default_rng(0).normal(size=(24, 3))
    groups = np.repeat(list("abcd"), 6)
    return evaluate(KNeighborsClassifier(1), rows, ["x", "y"] * 12, groups)


def _result(path):
    _judged().save(path)


def _report(path):
    write_report({"d": {"m": _judged()}}, path)


def _video(path):
    write_video(path, images(), 25)


WRITTEN = {
    ".csv": _rows,
    ".npz": _rows,
    ".parquet": _rows,
    ".png": _figure,
    ".pdf": _figure,
    ".svg": _figure,
    ".skops": _model,
    ".safetensors": _tensors,
    ".html": _report,
    ".mp4": _video,
    ".webm": _video,
    ".avi": _video,
    ".mkv": _video,
}
NEEDED = {".parquet": "pyarrow", ".safetensors": "torch", ".html": "jinja2"}


@pytest.mark.parametrize("suffix", WRITTEN)
def test_a_full_disk_is_told_and_the_old_file_stays(tmp_path, suffix):
    pytest.importorskip(NEEDED.get(suffix, "numpy"))
    path, write = tmp_path / f"asked{suffix}", WRITTEN[suffix]
    write(path)
    size = path.stat().st_size
    path.write_bytes(b"old")
    # Videos are as long each time; elsewhere times and names that vary are in them.
    last = (size - 9, size - 1) if write is _video else (size - size // 20 - 9,)
    for limit in (0, size // 2, *last):
        assert limited(limit, lambda: write(path)) == 3, limit
        assert path.read_bytes() == b"old"
        assert no_parts(tmp_path)


def test_a_result_is_saved_with_both_files_or_not_at_all(tmp_path):
    folder = tmp_path / "asked"
    _result(folder)
    sizes = sorted(path.stat().st_size for path in folder.iterdir())
    for path in folder.iterdir():
        path.write_text("old")
    assert limited(sizes[-1] - 1, lambda: _result(folder)) == 3
    assert [path.read_text() for path in folder.iterdir()] == ["old", "old"]
    assert no_parts(tmp_path)


# Tables


def test_no_cell_is_run_and_all_come_back(tmp_path):
    texts = [*FORMULAS, *PLAIN]
    table = pd.DataFrame(
        {"=a": texts, "score": np.linspace(-1.5, 1, len(texts)), "n": range(len(texts))}
    )
    path = tmp_path / "a.csv"
    write_table(path, table.assign(kind=pd.Categorical(texts)))
    assert table.columns[0] == "=a" and table["=a"].tolist() == texts
    found = pd.read_csv(path, keep_default_na=False)
    assert found.columns[0] == "'=a"
    written = found["'=a"].tolist()
    assert not [c for c in written if re.match(r"[=@\t\r\n]|[+-](?![\d.e]+$)", c)]
    assert written[len(FORMULAS) :] == [*PLAIN[:-1], "''-x y'"]
    # Numbers stay numbers.
    assert found["score"].dtype == np.float64 and found["score"][0] == -1.5
    found = read_table(path, keep_default_na=False)
    assert found["=a"].tolist() == found["kind"].tolist() == texts


def test_names_that_are_no_utf8_are_written_as_escapes(tmp_path):
    write_table(tmp_path / "a.csv", pd.DataFrame({"clip": [os.fsdecode(b"caf\xe9")]}))
    assert pd.read_csv(tmp_path / "a.csv")["clip"].tolist() == ["caf\\udce9"]


# The command


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "a.avi"
    write_video(path, example_clips(1)[0].frames, 100)
    return path


def run(*arguments):
    return main([str(argument) for argument in arguments])


def test_names_of_files_steer_neither_terminals_nor_spreadsheets(
    video, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    names = ["=cmd.avi", "a\x1b[2J\nb.avi", "@\u202etxt.avi"]
    for name in names:
        os.link(video, name)
    (tmp_path / "bad\x07.avi").write_bytes(b"nothing")
    arguments = ["-o", "rows.csv", "--no-crop", "--set", "lbptop__grid=(1,1)"]
    assert run("describe", *names, "bad\x07.avi", *arguments) == 1
    assert read_table("rows.csv")["clip"].tolist() == names
    assert pd.read_csv("rows.csv")["clip"][0] == "'=cmd.avi"
    said = capsys.readouterr().err
    assert "bad\\x07.avi" in said
    assert not set(said) & {"\x1b", "\x07", "\u202e"}
    assert run("describe", "no\x1b]0;.avi", "-o", "rows.csv") == 2
    assert capsys.readouterr().err == "mefeat: no\\x1b]0;.avi does not exist.\n"
    with pytest.raises(SystemExit):
        run("describe", "a", "-o", "b.csv", "--no\x1b")
    assert "\x1b" not in capsys.readouterr().err
    assert printable("ü\u3000\u202f微.mp4") == "ü\u3000\u202f微.mp4"


@pytest.mark.filterwarnings("ignore:compiled code cannot be kept")
@pytest.mark.parametrize("command", ["describe", "spot", "magnify", "overlay"])
def test_a_full_disk_is_a_line_and_not_a_traceback(command, video, tmp_path, capsys):
    points = np.repeat(face_layout((72, 64))[None], 12, axis=0)
    np.save(tmp_path / "points.npy", points)
    suffix = ".csv" if command in ("describe", "spot") else ".mp4"
    more = {"overlay": ["--landmarks", tmp_path / "points.npy"], "magnify": []}
    more = more.get(command, ["--no-crop"])
    output = tmp_path / f"asked{suffix}"
    output.write_text("old")
    arguments = [command, video, "-o", output, "--quiet", *more]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, before[1]))
    try:
        status = run(*arguments)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    said = [t for t in capsys.readouterr().err.splitlines() if t.startswith("mefeat")]
    assert status == 2
    assert f"{output}: " in said[-1] and ".part" not in said[-1]
    assert output.read_text() == "old" and no_parts(tmp_path)


def test_what_is_wrong_is_a_line_and_debug_shows_the_rest(
    video, tmp_path, monkeypatch, capsys
):
    from mefeat.base import ClipPipeline

    def broken(self):
        raise RuntimeError("of a kind that nobody\nexpects")

    monkeypatch.setattr(ClipPipeline, "check", broken)
    arguments = ["describe", video, "-o", tmp_path / "a.csv", "--no-crop"]
    assert run(*arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("mefeat: RuntimeError: of a kind that nobody\\nexpects")
    assert "--debug" in said and said.count("\n") == 1
    assert run(*arguments, "--debug") == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "lbptop=5"], "--set takes STEP__NAME=VALUE, got 'lbptop=5'."),
        (["--set", "steps=[]"], "--set takes STEP__NAME=VALUE"),
        (["--set", f"lbptop__grid={'(' * 9999}"], "'grid' parameter of LBPTOP"),
        (["--memory", "{video}"], "--memory .* is no folder: File exists."),
        (["--memory", "/dev/null/x"], "--memory .* is no folder: Not a directory."),
        (["--on-missing", "drop"], "no step here looks for any"),
        (["--landmarks", "x" * 300], "File name too long"),
    ],
)
def test_what_describe_cannot_do(arguments, message, video, tmp_path, capsys):
    arguments = [a.format(video=video) if "{v" in a else a for a in arguments]
    status = run("describe", video, "-o", tmp_path / "a.csv", "--no-crop", *arguments)
    assert status == 2
    said = capsys.readouterr().err
    assert re.search(message, said) and said.count("\n") == 1


def test_every_number_of_every_command_has_limits(capsys):
    from mefeat.cli import _parser

    parsers, numbers = [_parser()], set()
    while parsers:
        for action in parsers.pop()._actions:
            if isinstance(action.choices, dict):
                parsers += action.choices.values()
            elif action.type in (int, float, n_jobs):
                numbers.add(action.dest)
    assert numbers == set(LIMITS) - {"threshold"}
    for name in LIMITS:
        command = {"n_jobs": "describe", "min_z": "spot", "fps": "magnify"}
        command |= dict.fromkeys(("alpha", "low", "high", "cutoff"), "magnify")
        command |= dict.fromkeys(("seed", "subjects", "per_class"), "train")
        command = command.get(name, "overlay")
        option = f"--{name.replace('_', '-')}"
        least = "-1" if name != "n_jobs" else "-9999"
        for value in ("inf", "nan", least, "9" * 20):
            arguments = [command, "x.mp4", "-o", "y.mp4", f"{option}={value}"]
            try:
                assert run(*arguments) == 2
            except SystemExit as error:  # no whole number
                assert error.code == 2
            assert option in capsys.readouterr().err


def test_no_output_is_anything_that_is_read(video, tmp_path, capsys):
    from written_videos import save_images

    folder = save_images(tmp_path / "frames", [1, 2, 3])
    frame = sorted(folder.iterdir())[1]
    held = {path: path.read_bytes() for path in (*folder.iterdir(), video)}
    points = tmp_path / "points.npz"
    np.savez(points, np.zeros((12, 68, 2)))
    (tmp_path / "soft.png").symlink_to(frame)
    os.link(frame, tmp_path / "hard.png")
    os.link(video, tmp_path / "hard.avi")
    spot = ["spot", folder, "--fps", "25", "--no-crop", "-o", tmp_path / "o.csv"]
    refused = [
        [*spot, "--plot", frame],
        [*spot, "--plot", tmp_path / "soft.png"],
        [*spot, "--plot", tmp_path / "hard.png"],
        [*spot, "--plot", folder / "img9.png"],
        ["describe", video, "-o", points, "--landmarks", points, "--no-crop"],
        ["magnify", video, "-o", tmp_path / "hard.avi"],
    ]
    for arguments in refused:
        assert run(*arguments) == 2
        assert re.search("is what to read|of the frames", capsys.readouterr().err)
    assert {path: path.read_bytes() for path in held} == held
    assert not (folder / "img9.png").exists()


def test_no_output_is_another_one(tmp_path):
    (tmp_path / "a.csv").touch()
    (tmp_path / "soft.csv").symlink_to("a.csv")
    os.link(tmp_path / "a.csv", tmp_path / "hard.csv")
    (tmp_path / "new.csv").symlink_to("b.csv")
    for first, second in (
        ("a.csv", "soft.csv"),
        ("a.csv", "hard.csv"),
        (
            "b.csv",
            "new.csv",
        ),
    ):
        places = {"--output": tmp_path / first, "--vectors": tmp_path / second}
        with pytest.raises(CommandError, match="--output and --vectors would write"):
            check_places(places, [])
    check_places({"--output": tmp_path / "a.csv", "--plot": tmp_path / "c.csv"}, [])


@pytest.mark.parametrize(
    ("kind", "status", "said"),
    [(KeyboardInterrupt(), 130, "interrupted"), (Terminated(15), 143, "told to end")],
)
def test_what_was_written_before_an_interrupt_is_told_truly(
    kind, status, said, tmp_path, monkeypatch, capsys
):
    from written_videos import save_images

    from mefeat.cli import _spot as spot

    def interrupt(*_):
        raise kind

    folder = save_images(tmp_path / "frames", range(12))
    outputs = [tmp_path / name for name in ("o.csv", "o.png", "o.mp4")]
    for output in outputs:
        output.write_text("old")
    arguments = ["spot", folder, "--fps", 25, "--no-crop", "--quiet", "-o", outputs[0]]
    arguments += ["--plot", outputs[1], "--overlay", outputs[2]]
    with monkeypatch.context() as patch:
        patch.setattr(spot, "_marked", interrupt)  # the plot is drawn by then
        assert run(*arguments) == status
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"mefeat: {said}, nothing was written"
    )
    assert {output.read_text() for output in outputs} == {"old"}
    with monkeypatch.context() as patch:
        patch.setattr(spot, "_say_if_short", interrupt)  # all is in its place by then
        assert run(*arguments) == status
    told = capsys.readouterr().err.splitlines()[-1]
    assert all(str(output) in told for output in outputs) and "nothing" not in told
    assert all(output.read_bytes() != b"old" for output in outputs)
    assert no_parts(tmp_path)


def test_an_interrupt_that_became_another_error_is_one(monkeypatch, capsys):
    from mefeat.cli import _methods as methods

    def work(arguments):
        try:
            raise KeyboardInterrupt
        finally:
            raise NameError("name '_half_imported' is not defined")

    monkeypatch.setattr(methods, "_methods", work)
    assert run("methods") == 130
    assert capsys.readouterr().err == "mefeat: interrupted, nothing was written\n"


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
)
def test_a_signal_that_python_drops_ends_the_command_all_the_same(
    number, status, monkeypatch, capsys
):
    from mefeat.cli import _methods as methods

    class Drops:
        def __del__(self):
            signal.raise_signal(number)

    def work(arguments):
        Drops()  # what is raised in it is printed and forgotten
        for _ in range(1000):
            time.sleep(0.01)
        pytest.fail("nothing ended it")

    monkeypatch.setattr(methods, "_methods", work)
    # As at a terminal, whatever runs the tests.
    usual = signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler
    before = signal.signal(number, usual)
    try:
        assert run("methods") == status
        assert signal.getsignal(number) is usual
    finally:
        signal.signal(number, before)
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "nothing was written" in said


@pytest.mark.parametrize("year", [1970, 1979, 2110])
def test_archives_whatever_the_clock_says(year, tmp_path, monkeypatch):
    from mefeat.persistence import load_model

    now = time.struct_time((year, 1, 2, 3, 4, 5, 0, 2, 0))
    monkeypatch.setattr(time, "localtime", lambda seconds=None: now)
    _model(tmp_path / "a.skops")
    _rows(tmp_path / "a.npz")
    monkeypatch.undo()
    assert load_model(tmp_path / "a.skops")[0].n_neighbors == 1
    with np.load(tmp_path / "a.npz") as found:
        assert found["features"].shape == (4, 300)


def test_facts_of_any_shape_are_a_line(tmp_path):
    from mefeat.cli._predict import _about

    whole = dict.fromkeys(("method", "classifier", "dataset", "n_clips"), ["\x1b"])
    for facts in ({}, {"dataset": 5}, whole, None, [], "dataset"):
        assert "does not say what it was trained on" in _about("m.skops", facts)
    assert len(_about("m.skops", whole | {"n_subjects": "x" * 10**6})) < 1200


def test_a_terminal_that_knows_ascii_alone(monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    assert run("methods") == 0
    assert b"Pietik\\xe4inen" in terminal.buffer.getvalue()
    assert terminal.errors == "strict"


def test_a_pipe_that_nobody_reads_ends_the_command_silently(monkeypatch, capsys):
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        assert run("methods") == 141
    assert capsys.readouterr().err == ""


def test_an_interrupt_in_code_made_of_a_text(tmp_path):
    code = """
import sys
from mefeat import cli

cli.check_numbers = lambda arguments: exec("raise KeyboardInterrupt")
sys.exit(cli.main(["methods"]))
"""
    (tmp_path / "interrupted.py").write_text(code)
    command = [sys.executable, "-m", "interrupted"]
    done = subprocess.run(command, cwd=tmp_path, stderr=subprocess.PIPE)
    assert done.returncode == 130
    assert done.stderr == b"mefeat: interrupted, nothing was written\n"


@pytest.mark.hostile
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_behind_the_standard_output():
    command = [sys.executable, "-m", "mefeat", "methods"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "No space left" in done.stderr


@pytest.mark.hostile
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_sigterm_leaves_neither_files_nor_workers(n_jobs, tmp_path):
    (tmp_path / "clips").mkdir()
    for i in range(60):
        os.link(long_video(tmp_path), tmp_path / "clips" / f"{i}.avi")
    output = tmp_path / "rows.csv"
    output.write_text("old")
    command = [sys.executable, "-m", "mefeat", "describe", tmp_path / "clips"]
    command += ["-o", output, "--no-crop", "--n-jobs", n_jobs]
    command += ["--memory", tmp_path / "rows"]
    with started(command) as process:
        # The first clip is done, the last ones are not.
        while not list(tmp_path.glob("rows/*.entry")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
    assert process.returncode == 143
    assert b"told to end, nothing was written" in said and b"Traceback" not in said
    assert output.read_text() == "old" and no_parts(tmp_path)
    # The standard error is at its end, so nobody holds it: workers are gone.


@pytest.mark.hostile
def test_sigterm_while_a_video_is_written(tmp_path):
    source, output = long_video(tmp_path), tmp_path / "out.mp4"
    output.write_text("old")
    command = [sys.executable, "-m", "mefeat", "magnify", source, "-o", output]
    with started(command) as process:
        while no_parts(tmp_path):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
    assert process.returncode == 143
    assert b"told to end, nothing was written" in said
    assert output.read_text() == "old" and no_parts(tmp_path)


def started(command):
    arguments = list(map(str, command))
    return subprocess.Popen(arguments, stderr=subprocess.PIPE, start_new_session=True)


def long_video(folder):
    path = folder / "long.avi"
    if not path.exists():
        write_video(path, np.tile(images().repeat(60, 0), (1, 2, 2, 1)), 25)
    return path


def test_frames_without_a_face_can_be_left_out_by_command(tmp_path, capsys):
    clip = example_clips(1, size=(120, 100))[0]
    write_video(tmp_path / "a.avi", clip.frames, 100)
    points = np.repeat(face_layout((120, 100))[None], len(clip.frames), axis=0)
    points[3] = np.nan
    np.save(tmp_path / "a.npy", points)
    output = tmp_path / "rows.csv"
    arguments = ["describe", tmp_path / "a.avi", "-o", output, "--quiet"]
    arguments += ["--set", "lbptop__grid=(1,1)"]
    arguments += ["--landmarks", tmp_path / "a.npy"]
    assert run(*arguments) == 1
    assert "--on-missing" in capsys.readouterr().err
    for policy in ("drop", "interpolate"):
        assert run(*arguments, "--on-missing", policy) == 0
    assert len(read_table(output)) == 1


def test_a_coding_sheet_has_the_texts_that_were_written(tmp_path):
    from mefeat.datasets._sheets import read_sheets

    write_table(tmp_path / "a.csv", pd.DataFrame({"subject": ["@ann", "'tis", "-1"]}))
    rows = read_sheets(tmp_path / "a.csv")[0].rows
    assert rows == [["subject"], ["@ann"], ["'tis"], ["-1"]]


def test_models_take_the_policy_of_the_command():
    from argparse import Namespace

    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline

    from mefeat.cli._options import set_on_missing
    from mefeat.methods import METHODS

    head = METHODS["lbp-top"].pipeline().set_params(facelandmarks__on_missing="drop")
    model = make_pipeline(head, KNeighborsClassifier())
    for asked, policy in (None, "drop"), ("interpolate", "interpolate"):
        set_on_missing(model, Namespace(on_missing=asked))
        assert head.get_params()["facelandmarks__on_missing"] == policy
