"""Videos damaged at random: an error that names them, or a clip, and no more."""

import json
import os
import random
import struct
import subprocess
import sys

import pytest
from written_videos import boxes, scene, write

N_MUTANTS = 100
EXTREME = (0, 1, 7, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 65535, 100000)
STRANGE = (
    b"\0\0\1\xba" + bytes(50),
    b"RIFF\xff\xff\xff\xffAVI LIST",
    b"\x1aE\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff",
    b"YUV4MPEG2 W999999 H999999 F25:1\nFRAME\n",
    b"YUV4MPEG2 W4 H4 F0:0 Ip A0:0 C420jpeg\nFRAME\n" + bytes(24),
    b"GIF89a\xff\xff\xff\xff" + bytes(40),
    b"P6\n99999 99999\n255\n" + bytes(99),
    b"OggS" + bytes(200),
    b"FLV\x01\x05" + bytes(100),
)
READER = """
import json, resource, sys, warnings
from mefeat.video import ReadError, read_clip
if sys.platform == "linux":
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
warnings.simplefilter("ignore", UserWarning)
for line in sys.stdin:
    found = []
    for mode in ("raise", "keep"):
        try:
            found.append(len(read_clip(json.loads(line), on_error=mode).frames))
        except ReadError as error:
            found.append(str(error))
    print(json.dumps(found), flush=True)
"""


def by_bytes(rng, data):
    """Cut, overwrite, insert or repeat bytes anywhere."""
    how, at = rng.randrange(5), rng.randrange(len(data))
    if how == 0:
        return data[:at]
    if how == 1:
        return data[:at] + rng.randbytes(rng.randint(1, 3000)) + data[at:]
    if how == 2:
        return data[:at] + bytes(rng.randint(1, 2000)) + data[at + 2000 :]
    if how == 3:
        return data[:at] + data[at // 2 : at] + data[at:]
    data = bytearray(data)
    for _ in range(rng.randint(1, 100)):
        data[rng.randrange(min(len(data), rng.choice([2048, len(data)])))] ^= 0x41
    return bytes(data)


def by_structure(rng, data, others):
    """Write extreme numbers into headers, or put together what does not belong."""
    how = rng.random()
    if how < 0.15:
        return rng.choice(STRANGE)
    if how < 0.3:
        return data + rng.choice(others)
    if how < 0.4:
        return rng.choice(others)[: rng.choice([16, 64, 512])] + data[64:]
    data = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        end = min(len(data), 2500) - 4
        at = rng.randrange(end)
        if b"moov" in boxes(data):
            start, size = boxes(data)[b"moov"]
            at = start + 8 + 4 * rng.randrange(max(1, size // 4 - 3))
        form = rng.choice(["<I", ">I"])
        struct.pack_into(form, data, min(at, len(data) - 4), rng.choice(EXTREME))
    return bytes(data)


@pytest.mark.hostile
def test_damaged_videos_are_errors_that_name_them(tmp_path):
    kinds = (("mp4", "mp4v"), ("avi", "MJPG"), ("mkv", "FFV1"), ("webm", "VP80"))
    kinds += (("mpg", "PIM1"), ("ts", "mpg2"))
    whole = [
        write(tmp_path / f"own.{suffix}", codec, scene(24)).read_bytes()
        for suffix, codec in kinds
    ]
    reader = subprocess.Popen(
        [sys.executable, "-c", READER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"OPENCV_FFMPEG_LOGLEVEL": "-8"},
    )
    n_read = 0
    with reader:
        for seed in range(N_MUTANTS):
            rng = random.Random(seed)
            k = rng.randrange(len(kinds))
            if seed % 2:
                data = by_bytes(rng, whole[k])
            else:
                data = by_structure(rng, whole[k], whole)
            path = tmp_path / f"mutant{seed}.{kinds[k][0]}"
            path.write_bytes(data)
            reader.stdin.write(json.dumps(str(path)) + "\n")
            reader.stdin.flush()
            answer = reader.stdout.readline()
            assert answer, f"reading the mutant of seed {seed} ended the process"
            raised, kept = json.loads(answer)
            if isinstance(raised, int):
                n_read += 1
                assert kept == raised
            else:
                assert str(path) in raised
                assert isinstance(kept, int) or str(path) in kept
    assert 10 < n_read < 90
    assert reader.returncode == 0
