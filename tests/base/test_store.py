"""Results on disk: what finds them again, and what is not taken for one."""

import errno
import functools
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from pathlib import Path
from types import ModuleType

import joblib
import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_union
from sklearn.preprocessing import FunctionTransformer

import mefeat
from mefeat import Clip, ClipPipeline
from mefeat.base import Descriptor, SequenceDescriptor, Stage
from mefeat.base._files import folder_lock, whole_file
from mefeat.base._store import digest, open_folder, read_entry, write_entry
from mefeat.testing import example_clips


class Light(Descriptor):
    """Mean gray value; counts its calls."""

    calls = 0

    def describe(self, clip):
        Light.calls += 1
        return np.array([float(clip.frames.mean())])

    def feature_names(self):
        return ["light"]


class Rows(SequenceDescriptor):
    def describe(self, clip):
        return clip.frames.mean(axis=2, dtype=np.float64)


class Negative(Stage):
    def apply(self, clip):
        return clip.replace(frames=255 - clip.frames)


class Odd(Stage):
    def transform(self, X):
        return [{"a set": {1, 2}}]


@pytest.fixture(autouse=True)
def _counted():
    Light.calls = 0


@pytest.fixture
def clips():
    return example_clips(3)


def entries(folder):
    return sorted(Path(folder).glob("*.entry"))


def flipped(data, bit):
    data = bytearray(data)
    data[bit // 8] ^= 1 << bit % 8
    return bytes(data)


def test_values_come_back_to_the_last_bit(tmp_path, clips):
    rng = np.random.default_rng(0)
    value = {
        "row": rng.normal(size=7) ** 3,
        "columns": np.asfortranarray(rng.normal(size=(3, 2)).astype(np.float32)),
        "odd": [np.nan, -np.inf, 1e-300, 2**70, True, None, "ä", np.float32(0.1)],
        "classes": np.array(["joy", "fear"]),
        "objects": np.array([["joy", 1], [None, 2.5]], dtype=object),
        "empty": [np.empty((0, 3), np.int8), {}, []],
        "days": np.array(["2020-01-01"], "datetime64[D]"),
    }
    write_entry(tmp_path / "e", ["key", 1], value)
    found = read_entry(tmp_path / "e", ["key", 1])
    assert pickle.dumps(found["odd"]) == pickle.dumps(value["odd"])
    for name in ("row", "columns", "classes", "objects", "days"):
        np.testing.assert_array_equal(found[name], value[name], strict=True)
    assert found["columns"].flags.f_contiguous and found["row"].flags.writeable
    assert found["empty"][0].shape == (0, 3) and found["empty"][1:] == [{}, []]
    write_entry(tmp_path / "e", "clip", clips[0])
    clip = read_entry(tmp_path / "e", "clip")
    for name in Clip.__slots__:
        np.testing.assert_array_equal(getattr(clip, name), getattr(clips[0], name))


@pytest.mark.parametrize("value", [(1, 2), {1: 2}, {1}, b"a", object(), 1j])
def test_other_values_are_refused(value, tmp_path):
    with pytest.raises(TypeError, match=f"got {type(value).__name__}"):
        write_entry(tmp_path / "e", "key", [value])
    assert not list(tmp_path.iterdir())


def test_no_flipped_bit_goes_unseen(tmp_path):
    path = tmp_path / "e"
    write_entry(path, "key", [np.arange(3.0)])
    whole = path.read_bytes()
    for bit in range(0, 8 * len(whole), 7):
        path.write_bytes(flipped(whole, bit))
        with pytest.warns(UserWarning, match="e is not taken"):
            assert read_entry(path, "key") is None
    path.write_bytes(whole)
    with pytest.warns(UserWarning, match="another request"):
        assert read_entry(path, "kez") is None


def plant_pickle(path):
    path.write_bytes(pickle.dumps(Planted(path.parent / "ran")))


def plant_objects(path):
    np.save(path.with_suffix(".npy"), np.array([Planted(path.parent / "ran")]))
    path.with_suffix(".npy").rename(path)


class Planted:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


DAMAGES = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "empty": lambda path: path.write_bytes(b""),
    "a bit": lambda path: path.write_bytes(flipped(path.read_bytes(), 999)),
    "a pickle": plant_pickle,
    "objects": plant_objects,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_bad_entry_is_computed_anew_with_a_word(damage, tmp_path, clips):
    pipeline = ClipPipeline([Light()], memory=tmp_path)
    first = pipeline.transform(clips)
    path = entries(tmp_path)[1]
    DAMAGES[damage](path)
    assert Light.calls == len(entries(tmp_path)) == 3
    with pytest.warns(UserWarning, match=f"{path.name} is not taken"):
        np.testing.assert_array_equal(pipeline.transform(clips), first)
    np.testing.assert_array_equal(pipeline.transform(clips), first)
    assert Light.calls == 4
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "steps",
    [[Negative()], [Rows()], [Negative(), Light()], [make_union(Light(), Light())]],
)
def test_kept_results_are_those_that_were_computed(steps, tmp_path, clips):
    plain = ClipPipeline(steps).transform(clips)
    for _ in range(2):
        found = ClipPipeline(steps, memory=tmp_path).transform(clips)
        for one, other in zip(found, plain, strict=True):
            if isinstance(one, Clip):
                one, other = one.frames, other.frames
            np.testing.assert_array_equal(one, other, strict=True)


def test_results_that_are_no_arrays_are_not_kept(tmp_path, clips):
    pipeline = ClipPipeline([Odd()], memory=tmp_path)
    with pytest.warns(UserWarning, match="not kept in .*: expected arrays.* got set"):
        assert list(pipeline.stream(clips[:1])) == [{"a set": {1, 2}}]
    assert not entries(tmp_path)


def test_memory_is_a_folder(tmp_path, clips):
    pipeline = ClipPipeline([Light()], memory=str(tmp_path / "one" / "two"))
    rows = pipeline.transform(clips)
    memory = joblib.Memory(tmp_path / "one" / "two", verbose=0)
    again = pipeline.set_params(memory=memory).transform(clips)
    np.testing.assert_array_equal(again, rows)
    assert Light.calls == 3 and len(entries(tmp_path / "one" / "two")) == 3
    pipeline.set_params(memory=joblib.Memory(None)).transform(clips)
    assert Light.calls == 6
    with pytest.raises(TypeError, match="path of a folder.*got int"):
        pipeline.set_params(memory=3).transform(clips)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(NotADirectoryError, match="expected a folder.*file"):
        pipeline.set_params(memory=file).transform(clips)


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_folders_are_ones_own(tmp_path):
    assert open_folder(tmp_path / "new").stat().st_mode & 0o777 == 0o700
    open_folder(tmp_path / "new")
    (tmp_path / "new").chmod(0o757)
    with pytest.warns(UserWarning, match="everybody may write to the folder .*new"):
        open_folder(tmp_path / "new")
    (tmp_path / "new").chmod(0o755)
    open_folder(tmp_path / "new")


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can give folders away"
)
def test_folders_of_others_are_told_of(tmp_path):
    os.chown(tmp_path, 12345, -1)
    with pytest.warns(UserWarning, match="its owner, user 12345, may write"):
        open_folder(tmp_path)
    os.chown(tmp_path, 0, 12345)
    tmp_path.chmod(0o770)
    with pytest.warns(UserWarning, match="the group 12345 may write"):
        open_folder(tmp_path)


def test_threads_may_write_the_same_entry(tmp_path):
    row, failures = np.arange(20_000.0), []

    def write():
        try:
            for _ in range(20):
                write_entry(tmp_path / "e", "key", row)
                np.testing.assert_array_equal(read_entry(tmp_path / "e", "key"), row)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failures and [p.name for p in tmp_path.iterdir()] == ["e"]


CODE = """
import functools
import numpy as np
from mefeat.base import Descriptor
import helpers

LIMIT = 3
TABLE = {"gain": [1.0, 2.0]}

def decorated(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args) + 0
    return inner

def helper(x, y=1):
    return x + y * LIMIT

@decorated
def step(x):
    "Text."
    from inner_helpers import fine
    return [helper(i) for i in x] + TABLE["gain"] + [helpers.gain(1), fine(1)]

def make(offset):
    return lambda x: x + offset

closure = make(4)
partial = functools.partial(helper, y=5)

class Base(Descriptor):
    def describe(self, clip):
        return np.array([self.share(clip), 7.0])

class Mixin:
    pass

class Mine(Base):
    width = 4

    @staticmethod
    def share(clip):
        return helper(1) if "a" in {"a", "b"} else 0

    @property
    def half(self):
        return self.width / 2

vectorized = np.vectorize(helper)
"""
HELPERS = """
def gain(x):
    return x * FACTOR

FACTOR = 2

def other(x):
    return x
"""
INNER = "def fine(x): return x - 1"


def run_code(monkeypatch, code=CODE, helpers=HELPERS, inner=INNER):
    """Run code as a notebook does; give the digests of what it defines."""
    for name, text in (("helpers", helpers), ("inner_helpers", inner)):
        module = ModuleType(name)
        exec(text, vars(module))
        monkeypatch.setitem(sys.modules, name, module)
    names = {"__name__": "__main__"}
    exec(code, names)
    made = {name: names[name] for name in ("step", "closure", "partial", "vectorized")}
    made["transformer"] = FunctionTransformer(names["step"])
    made["estimator"] = names["Mine"]()
    made["method"] = names["Mine"]().describe
    return {name: digest(value) for name, value in made.items()}


HELPED = {"step", "transformer", "partial", "vectorized", "estimator", "method"}


@pytest.mark.parametrize(
    ("change", "concerned"),
    [
        (("x + y * LIMIT", "x - y * LIMIT"), HELPED),
        (("LIMIT = 3", "LIMIT = 3.0"), HELPED),
        (("y=1", "y=2"), HELPED),
        (("[1.0, 2.0]", "[1.0, 2.5]"), {"step", "transformer"}),
        (("+ 0", "+ 1"), {"step", "transformer"}),
        (("make(4)", "make(-4)"), {"closure"}),
        (("x + offset", "x - offset"), {"closure"}),
        (("y=5", "y=6"), {"partial"}),
        (("7.0", "8.0"), {"estimator", "method"}),
        (("width = 4", "width = 5"), {"estimator", "method"}),
        (("self.width / 2", "self.width / 3"), {"estimator", "method"}),
        (('{"a", "b"}', '{"c", "b"}'), {"estimator", "method"}),
        (("class Mine(Base)", "class Mine(Mixin, Base)"), {"estimator", "method"}),
        (("x * FACTOR", "x / FACTOR"), {"step", "transformer"}),
        (("FACTOR = 2", "FACTOR = 3"), {"step", "transformer"}),
        (("return x - 1", "return x - 2"), {"step", "transformer"}),
        (("def other(x):\n    return x", "def other(x): return -x"), set()),
        (("LIMIT = 3", "\n\nLIMIT = 3"), set()),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_code_counts_and_nothing_else(change, concerned, monkeypatch):
    before = run_code(monkeypatch)
    assert run_code(monkeypatch) == before
    texts = [text.replace(*change) for text in (CODE, HELPERS, INNER)]
    assert texts != [CODE, HELPERS, INNER]
    after = run_code(monkeypatch, *texts)
    assert {name for name in before if before[name] != after[name]} == concerned


def test_code_counts_the_same_after_it_ran():
    def power(x):
        return x if x < 2 else power(x - 1) * x

    before = digest(power)
    for _ in range(50):
        power(20)
    assert digest(power) == before
    Light.calls, before = 7, digest(Light())
    Light.calls = 8
    assert digest(Light()) == before
    pickle.dumps(Light())
    assert digest(Light()) == before


def test_fitted_parts_that_are_kept_count_by_what_they_learned():
    found = [
        digest(FrozenEstimator(DummyClassifier().fit([[0], [1]], y)))
        for y in ([0, 0], [0, 0], [1, 1])
    ]
    assert found[0] == found[1] != found[2]
    model = DummyClassifier()
    before, asked = digest(model), digest(lambda X: model.predict(X))
    model.fit([[0]], [1])
    assert digest(model) == before  # it will be fitted anew
    assert digest(lambda X: model.predict(X)) != asked


def test_files_that_parameters_name_count(tmp_path):
    path = tmp_path / "weights"
    steps = [FunctionTransformer(kw_args={}, func=None, inverse_func=str(path))] * 2
    missing = digest(steps[0])
    path.write_bytes(b"12")
    before = digest(steps[0])
    path.write_bytes(b"123")
    assert len({missing, before, digest(steps[0])}) == 3
    assert digest(steps[0]) == digest(steps[1])


def test_arrays_count_by_their_values():
    a = np.arange(6.0).reshape(2, 3)
    assert digest(a) == digest(np.asfortranarray(a)) == digest(a[::-1][::-1])
    others = [a.T, a.ravel(), a.astype(np.float32), a + 1e-16 * 8, list(a)]
    assert len({digest(other) for other in [a, *others]}) == 6
    objects = np.array([["a", None]], object)
    assert digest(objects) == digest(objects.copy()) != digest(objects.T)


def test_steps_that_cannot_be_hashed_run_without_a_cache(tmp_path, clips):
    lock = threading.Lock()

    def careful(X):
        with lock:
            return np.array([clip.frames.mean() for clip in X])[:, None]

    step = FunctionTransformer(careful)
    pipeline = ClipPipeline([step], memory=tmp_path / "cache")
    with pytest.warns(UserWarning, match="not kept in .*cache.*_thread.lock cannot be"):
        rows = pipeline.transform(clips)
    np.testing.assert_array_equal(rows, ClipPipeline([step]).transform(clips))
    assert not (tmp_path / "cache").exists()


def test_lambdas_are_kept(tmp_path, clips):
    calls = []
    mean = functools.partial(lambda X, power: calls_and_means(calls, X, power), power=2)
    rows = []
    for _ in range(2):
        step = FunctionTransformer(lambda X: [np.array([X[0].frames.mean()])])
        rows.append(ClipPipeline([step], memory=tmp_path).transform(clips))
    np.testing.assert_array_equal(*rows)
    assert len(entries(tmp_path)) == 3
    step = FunctionTransformer(lambda X: [np.array([X[0].frames.max()])])
    highest = ClipPipeline([step], memory=tmp_path).transform(clips)
    assert len(entries(tmp_path)) == 6 and not np.array_equal(highest, rows[0])
    assert digest(mean) != digest(functools.partial(mean, power=3))


def calls_and_means(calls, X, power):
    calls.append(len(X))
    return [np.array([clip.frames.mean() ** power]) for clip in X]


SCRIPT = """
import sys
import numpy as np
from sklearn.preprocessing import FunctionTransformer
import mefeat
from mefeat import Clip, ClipPipeline

GAIN = 1.0

def mean(X):
    print("computed")
    return [np.array([GAIN * clip.frames.mean()]) for clip in X]

frames = np.arange(3 * 4 * 20 * 20, dtype=np.uint8).reshape(3, 4, 20, 20)
clips = [Clip(f) for f in frames]
pipeline = ClipPipeline([FunctionTransformer(mean)], memory=sys.argv[1])
print(pipeline.transform(clips).ravel().tolist())
"""


def start(path, code, folder):
    path.write_text(textwrap.dedent(code))
    return subprocess.Popen(
        [sys.executable, path, folder],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(mefeat.__file__).parents[1])},
    )


def said(process):
    *computed, rows = process.communicate(timeout=120)[0].splitlines()
    assert process.returncode == 0
    return len(computed), rows


@pytest.mark.hostile
def test_a_script_whose_function_is_edited_between_its_runs(tmp_path):
    def run(code):
        return said(start(tmp_path / "script.py", code, tmp_path / "cache"))

    first = run(SCRIPT)
    assert first[0] == 3 and run(SCRIPT) == (0, first[1])
    for change in (("GAIN = 1.0", "GAIN = 2.0"), (".mean()", ".max()")):
        count, rows = run(SCRIPT.replace(*change))
        assert count == 3 and rows != first[1]


@pytest.mark.hostile
def test_processes_share_a_folder(tmp_path):
    running = [
        start(tmp_path / f"script{i}.py", SCRIPT, tmp_path / "cache") for i in range(2)
    ]
    found = [said(process) for process in running]
    assert len({rows for _, rows in found}) == 1
    names = [path.name for path in (tmp_path / "cache").iterdir()]
    assert len(names) == 3 and all(name.endswith(".entry") for name in names)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert said(start(tmp_path / "again.py", SCRIPT, tmp_path / "cache"))[0] == 0


def test_parts_of_killed_processes_are_removed(tmp_path):
    (tmp_path / "run").mkdir()
    with whole_file(tmp_path / "run" / f"{'long name ' * 9}.entry") as killed:
        pass
    theirs = tmp_path / "run" / ".hidden.part.txt"
    theirs.touch()
    killed.touch()
    open_folder(tmp_path)  # it may be in work
    assert killed.exists()
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(killed, (long_ago, long_ago))
    open_folder(tmp_path)
    assert not killed.exists()
    killed.touch()
    with folder_lock(tmp_path):
        assert not killed.exists() and theirs.exists()


HOLDER = """
import sys, time
from mefeat.base._files import folder_lock
with folder_lock(sys.argv[1]):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_a_lock_ends_with_its_process(tmp_path):
    command = [sys.executable, "-c", HOLDER, tmp_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout.readline().strip() == b"locked"
            message = f"in use by process {holder.pid} "
            with pytest.raises(BlockingIOError, match=message):
                with folder_lock(tmp_path):
                    pass
        finally:
            holder.kill()
    with folder_lock(tmp_path):
        pass


@pytest.mark.skipif(os.name != "posix", reason="flock is that of POSIX")
def test_a_file_system_without_locks_is_told_of(tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with pytest.warns(UserWarning, match="cannot be locked on this file system"):
        with folder_lock(tmp_path):
            pass
