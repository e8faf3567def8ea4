"""Compiled kernels: on disk, damaged or without a place, and as Python runs them."""

import errno
import importlib.util
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core import caching

import mefeat.kernels

pytestmark = pytest.mark.skipif(
    bool(numba.config.DISABLE_JIT), reason="nothing is compiled without the JIT"
)
CODE = """
from mefeat.kernels import njit

@njit(cache=True, nogil=True)
def twice(x):
    return 2 * x
"""
DAMAGES = {
    "truncated": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "zeros": lambda data: bytes(len(data)),
    "a bit": lambda data: data[:-50] + bytes([data[-50] ^ 1]) + data[-49:],
}


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch):
    monkeypatch.setattr(mefeat.kernels, "_said", set())


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Load a module with a kernel as a new process would."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    path = tmp_path / "kernels_of_a_test.py"
    path.write_text(CODE)

    def load():
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.twice

    return load


def kept(tmp_path, suffix):
    [path] = tmp_path.rglob(f"*.{suffix}")
    return path


def test_what_was_compiled_is_found_again(load, tmp_path):
    assert load()(21) == 42
    again = load()
    assert again(21) == 42
    assert sum(again.stats.cache_hits.values()) == 1
    assert Path(again.stats.cache_path).is_relative_to(tmp_path)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
def test_what_is_damaged_is_compiled_anew_with_a_word(suffix, damage, load, tmp_path):
    load()(21)
    path = kept(tmp_path, suffix)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    again = load()
    with pytest.warns(UserWarning, match="compiled code is damaged.*nb[ic], maybe"):
        assert again(21) == 42
    assert not again.stats.cache_hits
    once_more = load()
    assert once_more(21) == 42
    assert sum(once_more.stats.cache_hits.values()) == 1


def test_many_damaged_files_are_told_of_once(load, tmp_path):
    for number in (21, 21.0):
        load()(number)
    for path in tmp_path.rglob("*.nbc"):
        path.write_bytes(b"")
    again = load()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert (again(21), again(21.5)) == (42, 43.0)
    assert len(caught) == 1


def test_without_a_place_kernels_are_compiled_all_the_same(load, monkeypatch):
    def refuse(self):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(caching._CacheLocator, "ensure_cache_path", refuse)
    with pytest.warns(UserWarning, match="cannot be kept.*Set NUMBA_CACHE_DIR"):
        twice = load()
    assert twice(21) == 42
    assert load()(21) == 42  # said once


def test_a_full_disk_is_told_of(load, monkeypatch):
    def refuse(self, name, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(caching.IndexDataCacheFile, "_save_data", refuse)
    twice = load()
    with pytest.warns(UserWarning, match="cannot be kept in .*No space left"):
        assert twice(21) == 42


FLOWS = """
import numpy as np
from scipy.ndimage import gaussian_filter
from mefeat.flow import lucas_kanade, optical_strain, tvl1

def numbers():
    noise = np.random.default_rng(0).uniform(0, 255, (16, 18))
    first = gaussian_filter(noise, 1).astype(np.float32)
    second = np.roll(first, 1, axis=1)
    found = {"tvl1": tvl1(first, second, n_warps=1)}
    found["lucas_kanade"] = lucas_kanade(first, second, n_iterations=2)
    found["strain"] = optical_strain(found["tvl1"].astype(np.float32))
    return found
"""


@pytest.mark.hostile
def test_without_the_jit_numbers_are_the_same_to_the_last_bit(tmp_path):
    names = {}
    exec(FLOWS, names)
    code = "import sys\n" + FLOWS + "\nnp.savez(sys.argv[1], **numbers())"
    root = Path(mefeat.kernels.__file__).parents[2]
    subprocess.run(
        [sys.executable, "-c", code, tmp_path / "found.npz"],
        check=True,
        timeout=120,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(root)},
    )
    with np.load(tmp_path / "found.npz") as found:
        for name, value in names["numbers"]().items():
            assert np.ptp(value) > 0
            np.testing.assert_array_equal(found[name], value, err_msg=name)
