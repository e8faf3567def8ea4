"""Images of a folder that are no whole images."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from written_videos import (
    SIZE,
    assert_error,
    gray_of,
    save_images,
    scene,
)

from mefeat import ClipFile
from mefeat.video import ReadError, iter_frames, read_clip, video_info
from mefeat.video._images import _header, list_frames


def test_a_bad_image_is_an_error_or_left_out(tmp_path):
    folder = save_images(tmp_path / "a", range(10), form="img{}.jpg")
    whole = read_clip(folder).frames
    good = (folder / "img4.jpg").read_bytes()
    cases = {
        "damaged": good[: len(good) // 2],
        "is empty": b"",
        "is no image": b"some text",
        "expected 48x64 like the first, got 20x20": cv2.imencode(
            ".jpg", np.zeros((20, 20), np.uint8)
        )[1].tobytes(),
    }
    for words, data in cases.items():
        (folder / "img4.jpg").write_bytes(data)
        assert_error(folder, "img4.jpg: frame 4", words)
        with pytest.raises(ReadError, match="img4.jpg: frame 4"):
            list(iter_frames(folder))
        file = ClipFile(list_frames(folder), onset=2, apex=4, offset=8)
        with pytest.warns(UserWarning) as caught:
            kept = read_clip(file, on_error="keep")
        np.testing.assert_array_equal(kept.frames, np.delete(whole, 4, axis=0))
        assert (kept.onset, kept.apex, kept.offset) == (2, None, 7)
        assert "img4.jpg" in str(caught[0].message)
        assert "apex is frame 4" in str(caught[1].message)
    (folder / "img4.jpg").unlink()
    assert_error(file, "img4.jpg: frame 4", "No such file")
    only = tmp_path / "only1.png"
    only.write_bytes(b"nothing")
    assert_error([only], "only1.png: frame 0", on_error="keep")
    with pytest.raises(ReadError, match="only1.png"):
        video_info(only)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
def test_half_an_image_is_an_error(tmp_path, suffix):
    folder = save_images(tmp_path / "a", [1, 2], form="{}" + suffix)
    data = (folder / f"2{suffix}").read_bytes()
    (folder / f"2{suffix}").write_bytes(data[: len(data) // 2])
    assert_error(folder, f"2{suffix}: frame 1", "damaged")


def test_images_of_more_than_8_bits_are_refused(tmp_path):
    deep = np.full((1, *SIZE), 4095, np.uint16)
    folder = save_images(tmp_path / "a", [1], deep)
    assert_error(folder, "img1.png: frame 0", "uint16", "scale the images to 8 bits")


def test_a_stack_of_images_in_one_file_is_refused(tmp_path):
    path = tmp_path / "stack1.tif"
    assert cv2.imwritemulti(str(path), [*gray_of(scene(3))])
    assert_error(path, "stack1.tif: frame 0", "several images")
    assert_error(tmp_path, "stack1.tif: frame 0", "several images")


def claiming(suffix, width, height):
    """Make a small image whose header claims another size."""
    data = bytearray(cv2.imencode(suffix, np.zeros((8, 8, 3), np.uint8))[1].tobytes())
    if suffix == ".png":
        struct.pack_into(">II", data, 16, width, height)
        struct.pack_into(">I", data, 29, zlib.crc32(data[12:29]))
    elif suffix == ".bmp":
        struct.pack_into("<ii", data, 18, width, -height)
    elif suffix == ".jpg":
        struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, height, width)
    else:
        at = struct.unpack_from("<I", data, 4)[0] + 2
        for k, side in ((0, width), (1, height)):
            assert struct.unpack_from("<H", data, at + 12 * k)[0] == 256 + k
            struct.pack_into("<HII", data, at + 12 * k + 2, 4, 1, side)
    return bytes(data)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".jpg", ".tif"])
def test_an_image_that_claims_too_many_pixels_is_refused_unread(
    tmp_path, monkeypatch, suffix
):
    for number in (1, 2):
        path = tmp_path / f"{number}{suffix}"
        path.write_bytes(claiming(suffix, 30000, 20000))
    monkeypatch.setattr(cv2, "imdecode", None)  # it would take 1.7 GiB
    words = f"1{suffix}: frame 0: claims 20000x30000 pixels, 67,108,864 in all are the"
    for source in (tmp_path, [tmp_path / f"1{suffix}"], tmp_path / f"1{suffix}"):
        assert_error(source, words)
        with pytest.raises(ReadError, match="claims 20000x30000"):
            video_info(source)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".jpg", ".tif", ".webp"])
@pytest.mark.parametrize("size", [(1, 1), (37, 53), (300, 2)])
def test_headers_tell_the_size_that_is_decoded(suffix, size):
    for shape in (size, (*size, 3)):
        data = cv2.imencode(suffix, np.zeros(shape, np.uint8))[1]
        assert _header(memoryview(data)) == (size, False)
    deep = b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2)  # the large form of TIFF
    deep += struct.pack("<HHQQHHQQQ", 256, 16, 1, size[1], 257, 3, 1, size[0], 0)
    assert _header(memoryview(deep)) == (size, False)
    assert (
        _header(memoryview(data[:9]))
        == _header(memoryview(b"P6\n9 9"))
        == (None, False)
    )
