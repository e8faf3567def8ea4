"""Videos that were damaged at random: frames or our error, in bounded time.

A decoder may die or hang, so they are read in a process of its own, which tells before
each file which one it is.
"""

import random
import struct
import subprocess
import sys

import numpy as np
import pytest

from mefeat.video import write_video

pytestmark = pytest.mark.hostile

N_VIDEOS = 100
PATIENCE = 240  # seconds for all, in which a few take none
SUFFIXES = (".mp4", ".webm", ".avi", ".mkv")
EXTREME = (0, 1, 7, 8, 65535, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
STRANGE = (
    *(b"", b"\0", b"ftyp", b"#EXTM3U\n/etc/passwd\n", bytes(100_000)),
    b"ffconcat version 1.0\nfile /etc/passwd\n",
    b"RIFF\xff\xff\xff\xffAVI LIST",
    b"\x1aE\xdf\xa3\x01" + b"\xff" * 7,
    b"YUV4MPEG2 W999999 H999999 F25:1\nFRAME\n",
    b"YUV4MPEG2 W4 H4 F0:0 Ip A0:0 C420jpeg\nFRAME\n" + bytes(24),
    b"P6\n99999 99999\n255\n" + bytes(99),
)
READER = """
import sys, warnings
from mefeat import Read
from mefeat.video import ReadError

for path in sys.argv[1:]:
    print("begin", path, flush=True)
    for mode in ("raise", "keep"):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                frames = Read(on_error=mode).transform([path])[0].frames
                assert frames.ndim == 3 and len(frames)
                print("frames", mode, flush=True)
            except ReadError as error:
                assert path.rsplit("/", 1)[1] in str(error), error
                print("refused", mode, flush=True)
        assert {w.category for w in caught} <= {UserWarning}, caught
"""


def by_bytes(chance, data):
    data = bytearray(data)
    place, kind = chance.randrange(len(data)), chance.randrange(6)
    if kind == 0:
        del data[place:]
    elif kind == 1:
        for _ in range(chance.randint(1, 200)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    elif kind == 2:
        for _ in range(chance.randint(1, 60)):
            data[chance.randrange(min(len(data), 4096))] = chance.randrange(256)
    elif kind == 3:
        length = chance.randint(1, len(data) // 3)
        data[place : place + length] = bytes(chance.choice([0, length]))
    elif kind == 4:
        data[place:place] = chance.randbytes(chance.randint(1, 5000))
    else:
        for _ in range(chance.randint(1, 20)):
            place = len(data) - 1 - chance.randrange(min(len(data), 4096))
            data[place] ^= 1 << chance.randrange(8)
    return bytes(data)


def by_structure(chance, data, others):
    """Numbers and names in headers, two files in one, and what is no video."""
    pick = chance.random()
    if pick < 0.15:
        return data + chance.choice(others)
    if pick < 0.25:
        n = chance.choice([16, 64, 512, 4096])
        return chance.choice(others)[:n] + data[n:]
    if pick < 0.35:
        return chance.choice(STRANGE)
    marks = [b"moov", b"mvhd", b"tkhd", b"stts", b"stsz", b"stco", b"avcC", b"elst"]
    marks += [b"RIFF", b"LIST", b"avih", b"strh", b"strf", b"idx1", b"movi"]
    places = [data.find(mark) for mark in marks if mark in data] or [0]
    data = bytearray(data)
    for _ in range(chance.randint(1, 5)):
        place = chance.choice(places) + 4 * chance.randrange(-1, 12)
        place = min(max(place, 0), len(data) - 4)
        order = chance.choice("<>")
        struct.pack_into(f"{order}I", data, place, chance.choice(EXTREME))
    return bytes(data)


def test_mutated_videos(tmp_path):
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (16, 64, 48), dtype=np.uint8)
    sources = []
    for suffix in SUFFIXES:
        write_video(tmp_path / f"whole{suffix}", frames, 25)
        sources.append((tmp_path / f"whole{suffix}").read_bytes())
    paths = []
    for seed in range(N_VIDEOS):
        chance = random.Random(seed)
        i = chance.randrange(len(SUFFIXES))
        if seed % 2:
            data = by_bytes(chance, sources[i])
        else:
            data = by_structure(chance, sources[i], sources)
        suffix = SUFFIXES[i] if chance.random() < 0.8 else chance.choice(SUFFIXES)
        paths.append(tmp_path / f"m{seed}{suffix}")
        paths[-1].write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", READER, *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0, (lines[-2:], done.stderr[-2000:])
    assert sum(line.startswith("begin") for line in lines) == N_VIDEOS
    told = lines.count("frames raise"), lines.count("refused raise")
    assert sum(told) == N_VIDEOS and min(told) > 10, told
